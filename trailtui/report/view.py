"""What a report says, as plain values: the templates lay it out and work nothing out.

Texts are as they stand in the case (secrets replaced); making them safe is the renderers' part.
Times are milliseconds since 1970.
"""

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
class LineageLine:
    """A node of a lineage, or a trust or policy that one of them opened."""

    indent: str
    id: str
    kind: str
    name: str
    state: str
    why: str
    place: str
    how: str
    """How it came about."""
    certainty: str
    uses: int
    """Events that it signed."""
    answered: str
    """What answers for it in the containment; empty where nothing has to."""
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineageView:
    """What came out of a credential, as of a moment."""

    root: str
    at_ms: int
    says: str
    lines: tuple[LineageLine, ...]
    opened: tuple[LineageLine, ...]
    more: int
    """Lines beyond those listed."""
    unanswered: int
    holds: bool
    """Whether each live node has a verified action or a written reason."""
    also: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class PlaybookLine:
    """A playbook that was run."""

    id: str
    title: str
    version: int
    sha256: str
    started_ms: int
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """Where a step of the playbook stands."""

    phase: str
    id: str
    title: str
    state: str
    decision: str
    reason: str
    at_ms: int | None
    found: tuple[str, ...]
    """What its parts gave, a sentence each."""
    pinned: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an action, as the log has it."""

    at_ms: int
    what: str
    who: str
    log_entry: int


@dataclass(frozen=True, slots=True)
class ActionLine:
    """A containment action."""

    id: int
    name: str
    target: str
    account: str
    state: str
    plan_hash: str
    undo_of: int | None
    undone_by: int | None
    commands: tuple[str, ...]
    """The calls of the plan, as service, operation and parameters."""
    request_ids: tuple[str, ...]
    reason: str
    warnings: tuple[str, ...]
    moments: tuple[Moment, ...]
    planned_ms: int
    sent_ms: int | None
    answered_ms: int | None
    verified_ms: int | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A span between two things that happened."""

    title: str
    from_ms: int
    until_ms: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.until_ms - self.from_ms) / 1000


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the action log."""

    seq: int
    at_ms: int
    kind: str
    who: str
    what: str
    hash: str


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


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says."""

    case: str
    made_ms: int
    made_by: str
    created_ms: int | None
    window: tuple[int | None, int | None]
    responders: tuple[str, ...]
    armed: str
    """For which account and identity the case is armed; empty while it is read-only."""
    playbooks: tuple[PlaybookLine, ...]
    counts: Counts
    groups: tuple[TallyGroup, ...]
    decisions: tuple[StepLine, ...]
    pinned: tuple[PinnedEvent, ...]
    entities: tuple[JudgedLine, ...]
    alerts: tuple[AlertLine, ...]
    alerts_more: int
    """Findings beyond those listed."""
    detected: tuple[DetectedLine, ...]
    detected_more: int
    """Findings of rules beyond those listed."""
    lineages: tuple[LineageView, ...]
    steps: tuple[StepLine, ...]
    actions: tuple[ActionLine, ...]
    intervals: tuple[Interval, ...]
    notes: tuple[tuple[int, str, str], ...]
    """Notes that belong to no event and no step: when, who, text."""
    log: tuple[LogLine, ...]
    log_entries: int
    log_head: str
    log_fault: str
    evidence: tuple[EvidenceLine, ...]
    hours: tuple[HoursLine, ...]
    coverage: CoverageLines | None
    leads: tuple[LeadLine, ...]
    more_leads: int
    problems: tuple[ProblemLine, ...]
    gaps: tuple[Gap, ...]
