"""Fetches: what a source was asked, how far it came, and why it came no further.

A fetch is one account and Region, one stretch of time and one question to one source. It is kept
together with each page that it brings, in the same transaction, so that whoever goes on after a
kill asks for nothing twice and loses nothing. All fetches together are the case's coverage.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from trailtui.case.file import Case
from trailtui.model.times import now_ms


class State(StrEnum):
    """How a fetch stands."""

    PLANNED = "planned"
    """Not begun."""
    RUNNING = "running"
    """Begun; where nobody works at it, it was interrupted."""
    FETCHED = "fetched"
    EMPTY = "empty"
    """Answered whole, and there was nothing."""
    PARTIAL = "partial"
    """Something came, and not all of it can be had."""
    THROTTLED = "throttled"
    DENIED = "denied"
    FAILED = "failed"

    @property
    def whole(self) -> bool:
        """Whether all that was asked for is in the case."""
        return self in (State.FETCHED, State.EMPTY)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is asked in one piece."""

    source: str
    """lookup | s3 | athena | insights | lake | findings"""
    account: str
    region: str
    since_ms: int
    until_ms: int
    """Exclusive."""
    question: Mapping[str, object] = field(default_factory=dict[str, object])
    """What else was asked, as JSON: an attribute, a bucket, a query. Empty: everything the source
    has of that account, Region and time. A member `filter` says in words what was left out."""

    @property
    def question_text(self) -> str:
        """The question in the one form that tells two apart."""
        return json.dumps(self.question, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Fetch:
    """A unit and how it stands."""

    id: int
    unit: Unit
    state: State
    cursor: Mapping[str, object]
    reached_ms: int | None
    """From `until_ms` back to here all is there; None: nothing, or the source tells no order."""
    records: int
    requests: int
    detail: str
    changed_ms: int
    asked_ms: int | None = None
    """When its first answer came, of the time it was last begun; None: not known."""

    @property
    def knows_until_ms(self) -> int:
        """Nothing that happened after this can be in it, and the last minutes may be missing."""
        return self.changed_ms if self.asked_ms is None else self.asked_ms


_COLUMNS = (
    "id, source, account, region, since_ms, until_ms, question, state, cursor, reached_ms, "
    "records, requests, detail, changed_ms, asked_ms"
)


def plan_fetches(case: Case, units: Iterable[Unit]) -> list[Fetch]:
    """Make sure there is a fetch for each unit; gives them in the order of the units.

    A unit that was asked before keeps its state and its cursor.
    """
    at_ms = now_ms()
    wanted = list(units)
    with case.writing() as connection:
        connection.executemany(
            "INSERT INTO fetches (source, account, region, since_ms, until_ms, question, state, "
            "cursor, records, requests, detail, changed_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, 'planned', '{}', 0, 0, '', ?) ON CONFLICT DO NOTHING",
            [(*_key(unit), at_ms) for unit in wanted],
        )
        return [_of(case, unit) for unit in wanted]


def all_fetches(case: Case, *, sources: Sequence[str] = ()) -> list[Fetch]:
    """Every fetch, by account, Region, source and time."""
    chosen = f" WHERE source IN ({', '.join('?' * len(sources))})" if sources else ""
    rows = case.connection.execute(
        f"SELECT {_COLUMNS} FROM fetches{chosen} "  # noqa: S608 - marks only
        "ORDER BY account, region, source, since_ms, question",
        list(sources),
    )
    return [_fetch(row) for row in rows]


def update_fetch(
    case: Case,
    fetch: int,
    state: State,
    *,
    cursor: Mapping[str, object] | None = None,
    reached_ms: int | None = None,
    records: int = 0,
    requests: int = 0,
    detail: str | None = None,
    asked_ms: int | None = None,
) -> None:
    """Note how a fetch stands; `records` and `requests` are added, None leaves a value as it is.

    Call it in the transaction that stores what was brought.
    """
    with case.writing() as connection:
        connection.execute(
            "UPDATE fetches SET state = ?, cursor = coalesce(?, cursor), "
            "reached_ms = coalesce(?, reached_ms), records = records + ?, "
            "requests = requests + ?, detail = coalesce(?, detail), "
            "asked_ms = coalesce(?, asked_ms), changed_ms = ? WHERE id = ?",
            [
                str(state),
                None if cursor is None else json.dumps(cursor, sort_keys=True),
                reached_ms,
                records,
                requests,
                detail,
                asked_ms,
                now_ms(),
                fetch,
            ],
        )


def extend_fetch(case: Case, fetch: Fetch, until_ms: int) -> Fetch:
    """Let a fetch that follows what happens reach to a later time; gives it as it stands then."""
    with case.writing() as connection:
        connection.execute(
            "UPDATE fetches SET until_ms = ?, changed_ms = ? WHERE id = ?",
            [until_ms, now_ms(), fetch.id],
        )
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM fetches WHERE id = ?",  # noqa: S608
            [fetch.id],
        ).fetchone()
    return _fetch(row)


def drop_fetches(case: Case, units: Iterable[Unit]) -> None:
    """Take away fetches that brought nothing and say nothing any more; the action log keeps them.

    Units are compared without their times.
    """
    with case.writing() as connection:
        connection.executemany(
            "DELETE FROM fetches WHERE source = ? AND account = ? AND region = ? "
            "AND question = ? AND NOT EXISTS (SELECT 1 FROM evidence v WHERE v.fetch = fetches.id)",
            [(one.source, one.account, one.region, one.question_text) for one in units],
        )


def _key(unit: Unit) -> tuple[str, str, str, int, int, str]:
    return (
        unit.source,
        unit.account,
        unit.region,
        unit.since_ms,
        unit.until_ms,
        unit.question_text,
    )


def _of(case: Case, unit: Unit) -> Fetch:
    row = case.connection.execute(
        f"SELECT {_COLUMNS} FROM fetches WHERE source = ? AND account = ? AND region = ? "  # noqa: S608
        "AND since_ms = ? AND until_ms = ? AND question = ?",
        _key(unit),
    ).fetchone()
    return _fetch(row)


def _fetch(row: Sequence[object]) -> Fetch:
    (id_, source, account, region, since_ms, until_ms, question, state, cursor, reached_ms,
     records, requests, detail, changed_ms, asked_ms) = row  # fmt: skip
    unit = Unit(
        str(source),
        str(account),
        str(region),
        int(str(since_ms)),
        int(str(until_ms)),
        json.loads(str(question)),
    )
    return Fetch(
        int(str(id_)),
        unit,
        State(str(state)),
        json.loads(str(cursor)),
        None if reached_ms is None else int(str(reached_ms)),
        int(str(records)),
        int(str(requests)),
        str(detail),
        int(str(changed_ms)),
        None if asked_ms is None else int(str(asked_ms)),
    )
