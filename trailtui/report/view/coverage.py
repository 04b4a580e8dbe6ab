"""What was acquired and looked at, and what was not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A file or answer that was acquired."""

    id: int
    origin: str
    kind: str
    size: int
    sha256: str
    records: int
    problems: int
    acquired_ms: int
    acquired_by: str


@dataclass(frozen=True, slots=True)
class HoursLine:
    """What there is of one account and Region."""

    account: str
    region: str
    events: int
    first_ms: int
    last_ms: int
    hours: int
    """Hours with at least one event."""
    empty_hours: int
    """Hours of the window without any."""
    longest_gap_ms: int
    """Where the longest run of such hours begins; 0 where there is none."""
    longest_gap_hours: int


@dataclass(frozen=True, slots=True)
class StripLine:
    """One account and Region over the whole window, a letter or shape for each part of it."""

    account: str
    region: str
    events: int
    strip: str


@dataclass(frozen=True, slots=True)
class CoverageLines:
    """What was looked at within the window, and what not."""

    since_ms: int
    until_ms: int
    says: tuple[str, ...]
    strips: tuple[StripLine, ...]
    more: int
    """Accounts and Regions beyond those listed."""
    legend: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadLine:
    """Something that points at tampering with the logs."""

    kind: str
    account: str
    region: str
    at_ms: int
    event_id: str
    name: str
    why: str
    sure: str


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """Something that could not be read."""

    origin: str
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not looked at."""

    title: str
    says: str
    items: tuple[str, ...] = ()
    more: int = 0
    """Items beyond those listed."""
