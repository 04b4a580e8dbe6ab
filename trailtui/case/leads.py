"""Leads of tampering: what event history has and the delivered log files lack.

CloudTrail delivers every event that a trail selects; so one that LookupEvents knows and no file of
its day has was taken out of a file, or its file was taken away, or it was never delivered. None of
these is proven here: each lead says what it rests on and how sure that is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from trailtui.case.covering import DELIVERY_DELAY_MS, FILES, Place
from trailtui.case.delivered import Delivered
from trailtui.case.event_hours import EventHours, count_event_hours
from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.case.logging_spans import not_logged
from trailtui.case.unlogged import EVERYTHING, READS, WRITES, NotLogged
from trailtui.model.times import HOUR_MS, format_utc

MOST = 1000
"""Leads from events that are told at most."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Something that points at tampering with the logs."""

    kind: str
    """missing-from-files | differs-from-files | digest-missing"""
    account: str
    region: str
    at_ms: int
    why: str
    sure: str
    """`strong`, `fair` or `weak`, and why it is no more."""
    event: EventRow | None = None


def find_leads(case: Case) -> list[Lead]:
    """Every lead: events in time order, up to MOST of them, then digest files."""
    delivered = Delivered(case)
    if not delivered.places:
        return []
    return [*_from_events(case, delivered), *_from_digests(case, delivered)]


def missing_from_files(case: Case) -> list[Lead]:
    """The events that LookupEvents has and the delivered log files lack, though they should not."""
    return [lead for lead in find_leads(case) if lead.event is not None]


# Events

_FILE = (
    "{0}kind = 'records' AND ({0}fetch IS NULL OR {0}fetch IN "
    "(SELECT id FROM fetches WHERE source = 's3'))"
)
_CANDIDATES = f"""
SELECT e.id FROM event_rows e WHERE e.flags & 64 = 0 AND e.account = ? AND e.region = ? AND (
  e.evidence IN (SELECT id FROM evidence WHERE kind = 'lookup') OR EXISTS (
    SELECT 1 FROM sightings s JOIN evidence v ON v.id = s.evidence
    WHERE s.event = e.id AND v.kind = 'lookup'))
AND e.evidence NOT IN (SELECT id FROM evidence WHERE {_FILE.format("")}) AND NOT EXISTS (
  SELECT 1 FROM sightings s JOIN evidence v ON v.id = s.evidence
  WHERE s.event = e.id AND {_FILE.format("v.")})
ORDER BY e.id
"""  # noqa: S608 - parts of ours


def _from_events(case: Case, delivered: Delivered) -> list[Lead]:
    judge = _Judge(case, delivered)
    found: list[Lead] = []
    for row in _seen_in_history_only(case, delivered.places):
        lead = judge.lead(row)
        if lead is not None:
            found.append(lead)
        if len(found) == MOST:
            break
    return sorted(found, key=lambda lead: lead.at_ms)


def _seen_in_history_only(case: Case, places: set[Place]) -> Iterator[EventRow]:
    """Events of LookupEvents that no file has, of the places that there are files of."""
    if not case.connection.execute("SELECT 1 FROM evidence WHERE kind = 'lookup'").fetchone():
        return
    texts = sorted({text for place in places for text in place})
    marks = ", ".join("?" * len(texts))
    sql = f"SELECT text, id FROM strings WHERE text IN ({marks})"  # noqa: S608 - marks only
    numbers: dict[str, int] = dict(case.connection.execute(sql, texts).fetchall())
    for account, region in sorted(places):
        pair = [numbers.get(account), numbers.get(region)]
        ids = [row[0] for row in case.connection.execute(_CANDIDATES, pair)]
        for start in range(0, len(ids), 500):
            yield from by_ids(case, ids[start : start + 500])


class _Judge:
    """Tells leads from events whose absence is explained."""

    def __init__(self, case: Case, delivered: Delivered) -> None:
        self._case = case
        self._delivered = delivered
        self._unlogged: list[NotLogged] | None = None
        self._hours: EventHours | None = None

    def lead(self, row: EventRow) -> Lead | None:
        """An event of the event history that no file has: a lead, or None where it is none."""
        place, at_ms = (row.account or "", row.region or ""), row.time_ms
        if at_ms is None or row.category not in (None, "Management"):
            return None
        until_ms = at_ms + DELIVERY_DELAY_MS
        whole = self._delivered.whole(place, at_ms, until_ms)
        if not (whole or self._delivered.by_name(place, at_ms, until_ms)):
            return None
        if self._explained(row, at_ms):
            return None
        if row.conflict:
            return self._differing(row, place, at_ms)
        neighbours = self._in_files(place, at_ms)
        here = (
            "all log files that the bucket lists of that time are here"
            if whole
            else "log files of that day are here"
        )
        why = (
            f"LookupEvents has it; {here}, with {neighbours:,} other events of that hour, and none "
            "of them has it"
        )
        broken = self._delivered.broken(place, at_ms, until_ms)
        return Lead("missing-from-files", *place, at_ms, why, _sure(whole, broken, neighbours), row)

    def _differing(self, row: EventRow, place: Place, at_ms: int) -> Lead:
        """Another record under the same event id; a file's record, where a file has one."""
        stands = self._case.connection.execute(
            "SELECT count(*) FROM event_rows e JOIN evidence v ON v.id = e.evidence "  # noqa: S608
            "WHERE e.event_id = (SELECT event_id FROM event_rows WHERE id = ?1) AND e.id <> ?1 "
            f"AND e.id >= ?2 AND e.id < ?3 AND {_FILE.format('v.')}",
            [row.id, (at_ms - HOUR_MS) // 1000 << 31, (at_ms + HOUR_MS) // 1000 << 31],
        ).fetchone()[0]
        why = (
            "a log file has another record under this event id than LookupEvents"
            if stands
            else "records that differ claim this event id, and no log file has this one"
        )
        sure = "fair: compare the two records before anything is made of it"
        return Lead("differs-from-files", *place, at_ms, why, sure, row)

    def _explained(self, row: EventRow, at_ms: int) -> bool:
        """Whether a trail that did not log is known to be the reason."""
        if self._unlogged is None:
            self._unlogged = not_logged(self._case)
        reads = "" if row.read_only is None else READS if row.read_only else WRITES
        left_out = (reads, f"events of {row.source}")
        return any(
            span.concerns(row.account or "", row.region or "")
            and span.within(at_ms, at_ms + 1)
            and (span.whole or (span.what in left_out and not span.others_log))
            for span in self._unlogged
        )

    def _in_files(self, place: Place, at_ms: int) -> int:
        """Events of the same hour that the files have."""
        if self._hours is None:
            self._hours = count_event_hours(self._case)
        hour = at_ms // HOUR_MS * HOUR_MS
        counted = self._hours.of_layers
        return sum(counted.get((*place, source, ""), {}).get(hour, 0) for source in ("s3", FILES))


def _sure(whole: bool, broken: bool, neighbours: int) -> str:
    if broken:
        return "weak: a file of that day could not be read whole, and it may stand there"
    if not whole:
        return "weak: whether these are all the files that were written, files can't tell"
    if not neighbours:
        return "fair: no file has any event of that hour, so perhaps no trail logged then"
    return "strong: a trail logged that hour; but deliveries can be late, so ask the bucket again"


# Digests

_DIGEST = re.compile(
    r"(?:^|/)(\d{12})_CloudTrail-Digest_([a-z]{2}(?:-[a-z]+)+-\d)_(.+)_[a-z]{2}(?:-[a-z]+)+-\d"
    r"_(\d{8}T\d{6}Z)\.json\.gz$"
)
_LATE_MS = HOUR_MS // 2


def _from_digests(case: Case, delivered: Delivered) -> Iterator[Lead]:
    """Hours for which a trail's digest file lacks, although the days around it are here whole.

    A digest comes every hour, also when there was nothing to log (CloudTrail User Guide,
    "CloudTrail digest file structure").
    """
    ends: dict[tuple[str, str, str], set[int]] = {}
    rows = case.connection.execute(
        "SELECT o.origin FROM evidence_origins o JOIN evidence e ON e.id = o.evidence "
        "WHERE e.kind = 'digest'"
    )
    for (origin,) in rows:
        if (found := _DIGEST.search(origin)) and (at_ms := _moment_ms(found[4])) is not None:
            ends.setdefault((found[1], found[2], found[3]), set()).add(at_ms)
    spans = not_logged(case) if ends else []
    for (account, region, trail), times in sorted(ends.items()):
        stopped = [
            span
            for span in spans
            if (span.account, span.trail, span.what) == (account, trail, EVERYTHING)
        ]
        yield from _gaps(delivered, (account, region), trail, sorted(times), stopped)


def _moment_ms(text: str) -> int | None:
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000


def _gaps(
    delivered: Delivered,
    place: Place,
    trail: str,
    times: Sequence[int],
    stopped: Sequence[NotLogged],
) -> Iterator[Lead]:
    for one, two in pairwise(times):
        if two - one <= HOUR_MS + _LATE_MS or not delivered.whole(place, one, two):
            continue
        if any(span.within(one, two) for span in stopped):
            continue
        why = f"trail {trail} has no digest file between {format_utc(one)} and {format_utc(two)}"
        sure = "fair: a digest comes every hour while a trail logs; it may have been stopped"
        yield Lead("digest-missing", *place, one, why, sure)
