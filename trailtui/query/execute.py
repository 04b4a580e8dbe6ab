"""Running a rewritten query: on a connection that can only read, within limits.

Three things keep a query from changing anything: the rewrite makes SELECTs only, the connection
is opened read-only, and an authorizer lets through nothing but reading the tables of events.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from trailtui.case.coverage import looked_at
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case, reported
from trailtui.model.errors import TrailtuiError
from trailtui.model.times import format_utc, now_ms
from trailtui.query.columns import Kind
from trailtui.query.complaints import ValueComplaint
from trailtui.query.context import Context, Given
from trailtui.query.errors import QueryError, QueryStopped
from trailtui.query.fragment import Sql, joined, sql
from trailtui.query.functions import (
    AGGREGATES,
    PURE,
    SOFT_FUNCTIONS,
    WITH_NULLS,
    Failure,
    register,
)
from trailtui.query.ordering import Output
from trailtui.query.parse import Parsed, parse_query
from trailtui.query.record_functions import RECORD_FUNCTIONS, STORED_FUNCTIONS
from trailtui.query.records import Records
from trailtui.query.result import Result, Scalar
from trailtui.query.selects import Selected, Selects
from trailtui.query.statistics import Statistics
from trailtui.query.times import as_date_text, moment, zone_of
from trailtui.query.windows import WINDOW_FUNCTIONS

DEFAULT_LIMIT = 1000
"""Rows of a result unless the caller asks for more."""
DEFAULT_SECONDS = 300.0
"""How long a query may run."""
_STEPS_BETWEEN_LOOKS = 2000
"""SQLite's instructions between two looks at the clock and at the wish to stop."""

_TABLES = frozenset(
    {"event_rows", "strings", "actors", "event_resources", "resources", "json_each", ""}
)
_FUNCTIONS = frozenset(
    {
        "count", "sum", "min", "max", "avg", "coalesce", "ifnull", "nullif", "typeof", "hex",
        "lower", "substr", "length", "json_each", *PURE, *WITH_NULLS, *AGGREGATES,
        *RECORD_FUNCTIONS, *STORED_FUNCTIONS, *SOFT_FUNCTIONS, *WINDOW_FUNCTIONS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A query in SQLite's words."""

    sql: str
    parameters: tuple[object, ...]
    outputs: tuple[Output, ...]
    has_event: bool


def rewrite(
    text: str,
    parameters: Mapping[str, Given],
    *,
    present_ms: int | None = None,
    rows: int | None = None,
    statistics: Statistics | None = None,
) -> Rewritten:
    """Rewrite a query for the case; raises QueryError with the place of what is wrong.

    `rows`: how many the caller will read at most, where it knows. `statistics`: sizes of the case
    that it is for; without them the answer is the same and may take longer.
    """
    parsed = parse_query(text)
    _check_given(parsed, parameters)
    present = now_ms() if present_ms is None else present_ms
    context = Context(parsed, parameters, present, statistics=statistics)
    try:
        selected = Selects(context).statement(parsed.tree, rows)
        return _finished(selected, context.made_first)
    except RecursionError:
        raise QueryError("the query is nested too deeply") from None
    finally:
        context.close()


def run_sql(
    case: Case,
    text: str,
    parameters: Mapping[str, Given] | None = None,
    limit: int = DEFAULT_LIMIT,
    *,
    seconds: float = DEFAULT_SECONDS,
    cancelled: Callable[[], bool] = lambda: False,
    present_ms: int | None = None,
) -> Result:
    """Ask the case in SQL.

    `parameters` are bound to `:name` (times as aware datetimes). At most `limit` rows are given;
    more make the result `truncated`. `cancelled` is asked now and then, from this thread.
    Raises QueryError for the query, QueryStopped when cancelled or out of time.
    """
    started = time.monotonic()
    with _connection(case) as (connection, failure, statistics):
        rewritten = rewrite(
            text, parameters or {}, present_ms=present_ms, rows=limit + 1, statistics=statistics
        )
        stop = _watch(connection, started + seconds, cancelled)
        try:
            cursor = connection.execute(rewritten.sql, rewritten.parameters)
            found = cursor.fetchmany(limit + 1)
        except sqlite3.Error as error:
            raise _explained(error, failure, stop, case) from error
    took_ms = round((time.monotonic() - started) * 1000)
    rows = found[:limit]
    width = len(rewritten.outputs)
    present = [_presenter(output) for output in rewritten.outputs]
    return Result(
        columns=column_names(rewritten.outputs),
        rows=tuple(
            tuple(show(value) for show, value in zip(present, row, strict=False)) for row in rows
        ),
        event_ids=tuple(row[width] if rewritten.has_event else None for row in rows),
        truncated=len(found) > limit,
        looked_at=looked_at(case),
        took_ms=took_ms,
    )


def explain_sql(case: Case, text: str, parameters: Mapping[str, Given]) -> str:
    """The query in SQLite's words, its bound values, and how SQLite would go about it."""
    with _connection(case) as (connection, _, statistics):
        rewritten = rewrite(text, parameters, statistics=statistics)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {rewritten.sql}", rewritten.parameters)
        steps = [str(row[3]) for row in plan]
    bound = ", ".join(repr(value) for value in rewritten.parameters) or "none"
    return "\n".join([rewritten.sql, "", f"bound: {bound}", "", *steps])


def column_names(outputs: Sequence[Output]) -> tuple[str, ...]:
    """The columns' names: `_col0` where there is none, the dotted path where two are the same."""
    names = [output.name or f"_col{at}" for at, output in enumerate(outputs)]
    repeated = Counter(name.lower() for name in names)
    names = [
        output.path if repeated[name.lower()] > 1 and output.path else name
        for name, output in zip(names, outputs, strict=True)
    ]
    seen: Counter[str] = Counter()
    for at, name in enumerate(names):
        seen[name.lower()] += 1
        if seen[name.lower()] > 1:
            names[at] = f"{name}_{seen[name.lower()]}"
    return tuple(names)


def _finished(selected: Selected, made_first: Sequence[tuple[str, Sql]]) -> Rewritten:
    whole = selected.sql
    if made_first:
        first = [sql(f"{name} AS MATERIALIZED ({{}})", made) for name, made in made_first]
        whole = sql("WITH {} {}", joined(", ", first), whole)
    return Rewritten(whole.text, whole.parameters, selected.outputs, bool(selected.event))


def _check_given(parsed: Parsed, parameters: Mapping[str, Given]) -> None:
    from sqlglot import exp

    named = {str(node.name) for node in parsed.tree.find_all(exp.Placeholder)}
    for name in parameters:
        if name not in named:
            known = ", ".join(f":{each}" for each in sorted(named)) or "none"
            raise QueryError(f"the query has no parameter :{name}", cure=f"It has {known}.")


@contextmanager
def _connection(case: Case) -> Generator[tuple[sqlite3.Connection, Failure, Statistics]]:
    """A connection of the query's own, that can only read; records come from the case's.

    It stands in one transaction, so what its statistics say holds as long as the query runs.
    """
    with case.reopen(readonly=True) as own:
        records = Records(RecordReader(case))
        failure = register(own.connection, records)
        own.connection.execute("SELECT 1 FROM json_each('[]')")  # makes it known: no table needed
        own.connection.execute("BEGIN")
        statistics = Statistics(own.connection)
        own.connection.set_authorizer(_authorize)
        yield own.connection, failure, statistics


def _authorize(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    allowed = (
        action == sqlite3.SQLITE_SELECT
        or (action == sqlite3.SQLITE_READ and first in _TABLES)
        or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _watch(
    connection: sqlite3.Connection, until: float, cancelled: Callable[[], bool]
) -> list[str]:
    """Stop the query when it is out of time or not wanted any more; gives the reason."""
    reasons: list[str] = []

    def look() -> int:
        if time.monotonic() > until:
            reasons.append("the query ran into its time limit")
        elif cancelled():
            reasons.append("the query was cancelled")
        return int(bool(reasons))

    connection.set_progress_handler(look, _STEPS_BETWEEN_LOOKS)
    return reasons


def _explained(
    error: sqlite3.Error, failure: Failure, stop: list[str], case: Case
) -> TrailtuiError | sqlite3.Error:
    if stop:
        return QueryStopped(stop[0], cure="Narrow the time window, or ask for an indexed column.")
    if isinstance(failure.error, TrailtuiError):
        return failure.error
    if isinstance(failure.error, ValueComplaint):
        cure = "Trino would stop here too; element_at, TRY_CAST give NULL instead."
        return QueryError(str(failure.error), cure=cure)
    if failure.error is not None:
        raise failure.error
    with reported(case.path):
        raise error


def _presenter(output: Output) -> Callable[[object], Scalar]:
    kind = output.kind
    if kind is Kind.BOOLEAN:
        return lambda value: None if value is None else bool(value)
    zone = output.column.zone if output.column is not None else ""
    if kind is Kind.TIME and zone not in ("", "UTC"):
        return lambda value: _with_offset(value, zone)
    if kind is Kind.TIME:
        return lambda value: format_utc(value) if isinstance(value, int) else None
    if kind is Kind.DATE:
        return lambda value: as_date_text(value) if isinstance(value, int) else None
    return _scalar


def _with_offset(value: object, zone: str) -> Scalar:
    """A time in a zone of its own: what a clock there shows, and its distance from UTC."""
    if not isinstance(value, int):
        return None
    at = moment(value).astimezone(zone_of(zone))
    return at.isoformat(timespec="milliseconds" if value % 1000 else "seconds")


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, str | int | float) else None
