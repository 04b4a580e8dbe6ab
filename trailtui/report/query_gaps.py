"""Queries without a whole answer: of the case, and of query engines at AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.model.redact import redact_text

_LONGEST = 300


@dataclass(slots=True)
class QueryGaps:
    """A sentence for each query."""

    cut: list[str] = field(default_factory=list[str])
    """More rows were found than were shown or kept."""
    failed: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    """Started at AWS, and nothing is known of its end."""


def find_query_gaps(case: Case) -> QueryGaps:
    """What the action log says of queries that have no whole answer."""
    gaps = QueryGaps()
    waiting: dict[str, str] = {}
    for entry in entries(case, kinds=("query",)):
        what, name = entry.what, _name(entry)
        query = str(what.get("query") or "")
        if what.get("started"):
            waiting[query] = f"{name}, {query}"
            continue
        waiting.pop(query, None)
        if what.get("truncated"):
            gaps.cut.append(f"{name} {_cut(what)}")
        if what.get("failed"):
            gaps.failed.append(redact_text(f"{name}: {what['failed']}"))
    gaps.lost += waiting.values()
    return gaps


def _cut(what: Mapping[str, object]) -> str:
    if "on" in what:
        return f"keeps the first {what.get('rows')} rows as answer {what.get('run')}"
    return f"shows the first {what.get('rows')} rows"


def _name(entry: LogEntry) -> str:
    """`log entry 7: query failed-logins on athena, account 1, us-east-1`."""
    what = entry.what
    named = str(what.get("name") or what.get("sql"))
    named = named if len(named) <= _LONGEST else f"{named[:_LONGEST]}…"
    where = ""
    if "on" in what:
        where = f" on {what['on']}, account {what.get('account')}, {what.get('region')}"
    return redact_text(f"log entry {entry.seq}: query {named}{where}")
