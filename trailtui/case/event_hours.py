"""Events by account, Region and hour, and by the source that brought them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from trailtui.case.covering import FILES, Place, filter_of
from trailtui.case.file import Case
from trailtui.model.times import HOUR_MS

LayerKey = tuple[str, str, str, str]
"""Account, Region, source, filter."""
Hours = dict[int, int]
"""Events by the beginning of their hour in ms."""


@dataclass(slots=True)
class EventHours:
    """Events of a case, counted by the hour."""

    of_places: dict[Place, Hours] = field(default_factory=dict[Place, Hours])
    """Each event once."""
    of_layers: dict[LayerKey, Hours] = field(default_factory=dict[LayerKey, Hours])
    """Each event once for every source (and filter) that brought it."""

    def add(self, key: LayerKey, hour_ms: int, events: int, *, first: bool) -> None:
        """Count events; `first` where this is the first place that they were seen at."""
        hours = self.of_layers.setdefault(key, {})
        hours[hour_ms] = hours.get(hour_ms, 0) + events
        if first:
            hours = self.of_places.setdefault(key[:2], {})
            hours[hour_ms] = hours.get(hour_ms, 0) + events


_FIRST = (
    "SELECT e.account, e.region, (e.id >> 31) / 3600, {fetch}, count(*) FROM event_rows e {joined} "
    "WHERE e.flags & 64 = 0 GROUP BY 1, 2, 3, 4"
)
_AGAIN = """
SELECT e.account, e.region, (e.id >> 31) / 3600, a.source, a.question, count(*) FROM (
  SELECT DISTINCT s.event AS event, coalesce(f.source, 'files') AS source,
         coalesce(f.question, '{}') AS question
  FROM sightings s JOIN evidence v ON v.id = s.evidence LEFT JOIN fetches f ON f.id = v.fetch
) a JOIN event_rows e ON e.id = a.event JOIN evidence v ON v.id = e.evidence
LEFT JOIN fetches f ON f.id = v.fetch
WHERE e.flags & 64 = 0 AND (coalesce(f.source, 'files') <> a.source
                            OR coalesce(f.question, '{}') <> a.question)
GROUP BY 1, 2, 3, 4, 5
"""
_KNOWN_OBJECTS = """
SELECT account, region, (id >> 31) / 3600, count(*) FROM event_rows
WHERE flags & 64 = 0 AND evidence IN (
  SELECT o.evidence FROM evidence_origins o JOIN evidence v ON v.id = o.evidence
  WHERE o.origin >= 's3://' AND o.origin < 's3:0' AND v.fetch IS NULL)
GROUP BY 1, 2, 3
"""


def count_event_hours(case: Case) -> EventHours:
    """Count all events that have a time."""
    counted = EventHours()
    text_of = _texts(case)
    _count_first(case, counted, text_of)
    filters: dict[str, str] = {}
    for account, region, hour, source, question, events in case.connection.execute(_AGAIN):
        if question not in filters:
            filters[question] = filter_of(json.loads(question))
        key = text_of(account), text_of(region), source, filters[question]
        counted.add(key, hour * HOUR_MS, events, first=False)
    # files that were in the case already when the bucket was asked for the same bytes
    for account, region, hour, events in case.connection.execute(_KNOWN_OBJECTS):
        key = text_of(account), text_of(region), "s3", ""
        counted.add(key, hour * HOUR_MS, events, first=False)
    return counted


def _count_first(case: Case, counted: EventHours, text_of: Callable[[int | None], str]) -> None:
    asked = case.connection.execute("SELECT id, source, question FROM fetches")
    filters: dict[str, str] = {}
    brought: dict[int | None, tuple[str, str]] = {None: (FILES, "")}
    for number, source, question in asked:
        if question not in filters:
            filters[question] = filter_of(json.loads(question))
        brought[number] = source, filters[question]
    joined = "JOIN evidence v ON v.id = e.evidence" if len(brought) > 1 else ""
    sql = _FIRST.format(fetch="v.fetch" if joined else "NULL", joined=joined)
    for account, region, hour, fetch, events in case.connection.execute(sql):
        key = text_of(account), text_of(region), *brought[fetch]
        counted.add(key, hour * HOUR_MS, events, first=True)


def _texts(case: Case) -> Callable[[int | None], str]:
    known: dict[int | None, str] = {None: ""}

    def text_of(number: int | None) -> str:
        if number not in known:
            row = case.connection.execute("SELECT text FROM strings WHERE id = ?", [number])
            known[number] = row.fetchone()[0]
        return known[number]

    return text_of
