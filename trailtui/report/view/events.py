"""Events and counts of them: each number leads to the events that it rests on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """An event, and the place of its record: from here a number can be followed to its source."""

    event_id: str
    time_ms: int | None
    evidence: int
    sha256: str
    """Of the evidence as it was acquired."""
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something occurs, with the first and the last event that it rests on."""

    value: str
    events: int
    errors: int
    first: Reference | None
    last: Reference | None


@dataclass(frozen=True, slots=True)
class TallyGroup:
    """The most frequent values of one kind."""

    title: str
    field: str
    """The field of the events that was counted, as the `events` view of a case names it."""
    distinct: int
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class PinnedEvent:
    """An event that was kept as evidence."""

    reference: Reference
    name: str
    source: str
    principal: str
    credential: str
    ip: str
    agent: str
    region: str
    account: str
    error: str
    changes: str
    """reads, changes or unknown"""
    step: str
    reason: str
    tags: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """An entity that was given or judged, and what the case has of it."""

    kind: str
    value: str
    verdict: str
    reason: str
    at_ms: int
    events: int
    first: Reference | None
    last: Reference | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The case in numbers."""

    evidence: int
    evidence_bytes: int
    records: int
    events: int
    sightings: int
    conflicts: int
    without_time: int
    errors: int
    writes: int
    problems: int
    unreadable_files: int
    first: Reference | None
    last: Reference | None
