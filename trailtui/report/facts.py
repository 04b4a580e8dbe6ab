"""Counting what a case holds: who, what, when, where; each count with the events it rests on."""

from trailtui.case.coverage import summarize_coverage
from trailtui.case.events import EventFilter, EventRow, by_ids, count, page
from trailtui.case.evidence import evidence_of
from trailtui.case.file import Case
from trailtui.case.marks import judged_entities, notes, pins
from trailtui.model.redact import redact_text
from trailtui.report.view import (
    Counts,
    JudgedLine,
    PinnedEvent,
    Reference,
    Tally,
    TallyGroup,
)

MOST_TALLIES = 10

_GROUPS = (
    ("Principals", "principal", "principal"),
    ("Credentials", "credential", "userIdentity_accessKeyId"),
    ("Source addresses", "ip", "sourceIPAddress"),
    ("User agents", "agent", "userAgent"),
    ("Accounts", "account", "recipientAccountId"),
    ("Regions", "region", "awsRegion"),
    ("Calls", "name", "eventName"),
    ("Errors", "error", "errorCode"),
)
"""Title, column of event_rows, and the same in the view `events`."""


class References:
    """Makes references to events; each evidence's hash is looked up once."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._hashes: dict[int, str] = {}

    def of(self, row: EventRow) -> Reference:
        """The reference to an event."""
        sha256 = self._hashes.get(row.evidence)
        if sha256 is None:
            sha256 = self._hashes[row.evidence] = evidence_of(self._case, row.evidence).sha256
        return Reference(row.event_id, row.time_ms, row.evidence, sha256, row.offset, row.length)

    def by_id(self, row_id: int | None) -> Reference | None:
        """The reference to an event by its row."""
        found = [] if row_id is None else by_ids(self._case, [row_id])
        return self.of(found[0]) if found else None

    def ends(self, chosen: EventFilter) -> tuple[Reference | None, Reference | None]:
        """The first and the last event that meet a filter."""
        first = page(self._case, chosen, limit=1).rows
        last = page(self._case, chosen, limit=1, newest_first=True).rows
        return (self.of(first[0]) if first else None, self.of(last[0]) if last else None)


def count_case(case: Case, references: References) -> Counts:
    """The case in numbers."""
    summary = summarize_coverage(case)
    first, last = references.ends(EventFilter())
    return Counts(
        evidence=summary.evidence,
        evidence_bytes=summary.evidence_bytes,
        records=summary.records,
        events=summary.events,
        sightings=summary.sightings,
        conflicts=summary.conflicts,
        without_time=summary.without_time,
        errors=count(case, EventFilter(errors=True)),
        writes=count(case, EventFilter(writes=True)),
        problems=summary.problems,
        unreadable_files=summary.unreadable_files,
        first=first,
        last=last,
    )


def tally_groups(case: Case, references: References) -> tuple[TallyGroup, ...]:
    """Who and what occurs most, and how many different ones there are."""
    return tuple(_group(case, references, *group) for group in _GROUPS)


def _group(case: Case, references: References, title: str, column: str, field: str) -> TallyGroup:
    execute = case.connection.execute
    distinct = execute(
        f"SELECT count(DISTINCT {column}) FROM event_rows"  # noqa: S608 - a column of ours
    ).fetchone()[0]
    rows = execute(
        "SELECT s.text, c.events, c.errors, c.first, c.last FROM ("  # noqa: S608
        f"SELECT {column} AS value, count(*) AS events, count(error) AS errors, "
        f"min(id) AS first, max(id) AS last FROM event_rows WHERE {column} IS NOT NULL "
        f"GROUP BY {column} ORDER BY events DESC, value LIMIT ?"
        ") c JOIN strings s ON s.id = c.value ORDER BY c.events DESC, s.text",
        [MOST_TALLIES],
    ).fetchall()
    tallies = [
        Tally(redact_text(text), events, errors, references.by_id(first), references.by_id(last))
        for text, events, errors, first, last in rows
    ]
    return TallyGroup(title, field, distinct, tuple(tallies))


def pinned_events(case: Case, references: References) -> tuple[PinnedEvent, ...]:
    """The pinned events in time order."""
    written: dict[int, list[str]] = {}
    for note in notes(case):
        if note.event is not None:
            written.setdefault(note.event, []).append(redact_text(note.text))
    return tuple(
        _pinned(references, pin.event, pin.step, pin.reason, written.get(pin.event.id, []))
        for pin in pins(case)
    )


def _pinned(
    references: References, row: EventRow, step: str | None, reason: str, written: list[str]
) -> PinnedEvent:
    changes = {True: "reads", False: "changes", None: "unknown"}[row.read_only]
    return PinnedEvent(
        reference=references.of(row),
        name=row.name or "",
        source=row.source or "",
        principal=row.principal or "",
        credential=row.credential or "",
        ip=row.ip or "",
        agent=redact_text(row.agent or ""),
        region=row.region or "",
        account=row.account or "",
        error=row.error or "",
        changes=changes,
        step=step or "",
        reason=redact_text(reason),
        tags=row.tags,
        notes=tuple(written),
    )


def judged_lines(case: Case, references: References) -> tuple[JudgedLine, ...]:
    """What the alert named and the responder judged, with what the case has of it."""
    lines: list[JudgedLine] = []
    for judged in judged_entities(case):
        chosen = EventFilter(entities=(judged.entity,))
        first, last = references.ends(chosen)
        lines.append(
            JudgedLine(
                judged.entity.kind,
                redact_text(judged.entity.value),
                judged.verdict,
                redact_text(judged.reason),
                judged.at_ms,
                count(case, chosen),
                first,
                last,
            )
        )
    return tuple(lines)
