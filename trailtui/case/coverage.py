"""What a case looked at, and what it could not read."""

from collections.abc import Iterator
from dataclasses import dataclass

from trailtui.case.asked import asked_in_short
from trailtui.case.events import count, first_and_last_ms
from trailtui.case.file import Case
from trailtui.model.times import HOUR_MS, format_utc


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read."""

    id: int
    origin: str
    evidence: int | None
    offset: int | None
    length: int | None
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """How many events one account and Region has in one hour."""

    account: str
    region: str
    hour_ms: int
    events: int


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    """The case's reading, in numbers."""

    evidence: int
    evidence_bytes: int
    digests: int
    records: int
    """Records read: events and further sightings together."""
    events: int
    sightings: int
    conflicts: int
    without_time: int
    problems: int
    unreadable_files: int
    first_ms: int | None
    last_ms: int | None


def problems(case: Case, *, limit: int = -1) -> list[Problem]:
    """Everything that could not be read, in the order it was met."""
    rows = case.connection.execute(
        "SELECT id, origin, evidence, offset, length, reason, at_ms FROM problems "
        "ORDER BY id LIMIT ?",
        [limit],
    )
    return [Problem(*row) for row in rows]


def summarize_coverage(case: Case) -> CoverageSummary:
    """The numbers of what was read."""
    execute = case.connection.execute
    evidence = execute(
        "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(kind = 'digest'), 0), "
        "coalesce(sum(records), 0), coalesce(sum(kind = 'none' AND problems > 0), 0) FROM evidence"
    ).fetchone()
    lost = execute("SELECT count(DISTINCT origin) FROM problems WHERE evidence IS NULL").fetchone()
    flags = execute(
        "SELECT coalesce(sum(flags & 256 <> 0), 0), coalesce(sum(flags & 64 <> 0), 0) "
        "FROM event_rows"
    ).fetchone()
    span = first_and_last_ms(case)
    return CoverageSummary(
        evidence=evidence[0],
        evidence_bytes=evidence[1],
        digests=evidence[2],
        records=evidence[3],
        events=count(case),
        sightings=execute("SELECT count(*) FROM sightings").fetchone()[0],
        conflicts=flags[0],
        without_time=flags[1],
        problems=execute("SELECT count(*) FROM problems").fetchone()[0],
        unreadable_files=evidence[4] + lost[0],
        first_ms=span[0] if span else None,
        last_ms=span[1] if span else None,
    )


def hours(case: Case) -> Iterator[HourCount]:
    """Events per account, Region and hour, in that order; hours without events are not listed."""
    rows = case.connection.execute(
        "SELECT coalesce(a.text, ''), coalesce(r.text, ''), h.hour, h.events FROM ("
        "  SELECT account, region, (id >> 31) / 3600 AS hour, count(*) AS events FROM event_rows"
        "  WHERE flags & 64 = 0 GROUP BY account, region, hour"
        ") h LEFT JOIN strings a ON a.id = h.account LEFT JOIN strings r ON r.id = h.region "
        "ORDER BY 1, 2, 3"
    )
    for account, region, hour, events in rows:
        yield HourCount(account, region, hour * HOUR_MS, events)


def looked_at(case: Case) -> str:
    """What an answer from this case rests on, in a sentence or two; goes with every empty answer.

    Quick, as it goes with every answer: sums over the fetches, not the hours themselves.
    """
    total = count(case)
    asked = asked_in_short(case)
    unread = case.connection.execute("SELECT count(*) FROM problems").fetchone()[0]
    if not total and not asked.asked:
        if unread:
            return f"The case holds no events: {unread} that it was given could not be read."
        return "The case holds no events yet: nothing was looked at."
    span = first_and_last_ms(case)
    when = f" from {format_utc(span[0])} to {format_utc(span[1])}" if span else ""
    regions = case.connection.execute("SELECT count(*) FROM places").fetchone()[0]
    text = f"Looked at {total:,} events{when} in {regions} account-Region pairs of this case"
    text += f"; asked: {asked.asked}" if asked.asked else ", from log files alone"
    text += f"; {unread} things could not be read." if unread else "."
    if asked.lacking:
        text += f" NOT looked at whole: {asked.lacking}; see `trailtui coverage {case.name}`."
    return text
