"""Addresses and hosts of the case that are on a list that was given.

Looked at are the addresses that calls came from, and the hosts' names in user agents and in the
names of principals: each distinct text once, whatever the number of events.
"""

import re
from collections.abc import Iterator

from trailtui.case.file import Case
from trailtui.detect.behaviour.computed import ComputedRule, Unusual, behaviour_facts
from trailtui.detect.enrich.enrichment import Enrichment
from trailtui.detect.enrich.listed import Listed, WatchList
from trailtui.detect.enrich.sources import Source

MOST_EVENTS = 10_000
"""Events of one finding; the count in its detail is of all."""
MOST_FINDINGS = 1000
"""Values of one list with a finding of their own; a list that meets everybody tells nothing."""
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,20}")
_NEXT = (
    "See what was done from there and with which credentials; judge the address an indicator where "
    "it was not one of yours."
)
_Hits = dict[str, tuple[Listed, dict[str, list[int]]]]
"""By the list's value: the value, and the ids of the strings that meet it, by their column."""


def list_rules(case: Case, known: Enrichment) -> list[ComputedRule]:
    """A rule for each list that is used."""
    return [_rule(case, source, listed) for source, listed in known.lists]


def _rule(case: Case, source: Source, listed: WatchList) -> ComputedRule:
    facts = behaviour_facts(
        f"on-the-list-{source.name}", "An address or host on a list was met", "high",
        (source.sha256, source.column, MOST_EVENTS, MOST_FINDINGS),
        description="The case has events from an address, or with a host, that a list names.",
        next_step=_NEXT, attack="T1078.004", origin=source.path,
    )  # fmt: skip
    return ComputedRule(case, facts, lambda opened: _met(opened, listed))


def _met(case: Case, listed: WatchList) -> list[Unusual]:
    hits: _Hits = {}
    for column, number, text in _texts(case, hosts=bool(listed.hosts)):
        found = listed.find(text) if column == "ip" else _host_in(listed, text)
        if found is not None:
            columns = hits.setdefault(found.value, (found, {}))[1]
            columns.setdefault(column, []).append(number)
    return [
        _told(case, value, columns) for value, columns in list(hits.values())[:MOST_FINDINGS]
    ] + _rest(case, hits)


def _texts(case: Case, *, hosts: bool) -> Iterator[tuple[str, int, str]]:
    """Column, id and text of the distinct strings that a list is held against."""
    for column in ("ip", "agent", "principal") if hosts else ("ip",):
        rows = case.connection.execute(
            f"SELECT s.id, s.text FROM (SELECT DISTINCT {column} AS id FROM event_rows) v "  # noqa: S608
            "JOIN strings s ON s.id = v.id"
        )
        for number, text in rows:
            yield column, number, text


def _host_in(listed: WatchList, text: str) -> Listed | None:
    found = (listed.find_host(name) for name in _HOST.findall(text[:2000]))
    return next((each for each in found if each is not None), None)


def _told(case: Case, value: Listed, columns: dict[str, list[int]]) -> Unusual:
    condition = " OR ".join(
        f"{column} IN ({','.join(map(str, numbers))})" for column, numbers in columns.items()
    )
    execute = case.connection.execute
    count = int(execute(f"SELECT count(*) FROM event_rows WHERE {condition}").fetchone()[0])  # noqa: S608
    rows = execute(
        f"SELECT id FROM event_rows WHERE {condition} ORDER BY id LIMIT {MOST_EVENTS}"  # noqa: S608
    )
    events = [row[0] for row in rows]
    who = execute(
        f"SELECT count(DISTINCT principal) FROM event_rows WHERE {condition}"  # noqa: S608
    ).fetchone()[0]
    label = f"{value.label}; " if value.label else ""
    where = "" if set(columns) == {"ip"} else " (in user agents or names too)"
    return value.value, events, f"{label}{count:,} events of {who:,} principals{where}"


def _rest(case: Case, hits: _Hits) -> list[Unusual]:
    """What is beyond MOST_FINDINGS, as one finding with an event of each."""
    left = list(hits.values())[MOST_FINDINGS:]
    events: list[int] = []
    for _, columns in left[:MOST_EVENTS]:
        column, numbers = next(iter(columns.items()))
        row = case.connection.execute(
            f"SELECT min(id) FROM event_rows WHERE {column} = ?",  # noqa: S608
            [numbers[0]],
        ).fetchone()
        events.append(row[0])
    told = "an event of each; a list that meets so much may be the wrong one"
    return [(f"{len(left):,} further values", events, told)] if left else []
