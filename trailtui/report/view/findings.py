"""What products outside and rules of the program found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A finding from outside, in its newest version."""

    number: int
    product: str
    type: str
    title: str
    severity: str
    place: str
    """Account and Region."""
    first_ms: int | None
    last_ms: int | None
    count: int | None
    version: int
    evidence: int
    position: str
    """Where it stands in the evidence."""
    missing: tuple[str, ...]
    """What it lacks, a sentence each."""


@dataclass(frozen=True, slots=True)
class DetectedLine:
    """A finding of a rule over the case's events."""

    name: str
    """d7, as the commands call it."""
    kind: str
    rule: str
    title: str
    severity: str
    about: str
    attack: str
    events: int
    first_ms: int | None
    last_ms: int | None
    detail: str
    event_ids: tuple[str, ...]
    """Of its first events."""
