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
from math import isfinite

from trailtui.case.coverage import looked_at
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case, reported
from trailtui.case.sorting import sort_in_small_runs
from trailtui.model.errors import TrailtuiError
from trailtui.model.times import format_utc, now_ms
from trailtui.query.columns import Kind
from trailtui.query.complaints import ValueComplaint
from trailtui.query.context import Context, Given
from trailtui.query.errors import QueryError, QueryStopped
from trailtui.query.fragment import Sql, joined, sql
from trailtui.query.functions import Failure, register
from trailtui.query.harvesting import HarvestFailed, HarvestStopped, harvest
from trailtui.query.harvests import WORTH_WORKERS, Harvest, Harvests, make_tables
from trailtui.query.messages import version_of
from trailtui.query.ordering import Output
from trailtui.query.parse import Parsed, parse_query
from trailtui.query.read_only import authorizer
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

_TOO_LARGE = {
    "integer overflow": "a sum is too large for a bigint",
    "string or blob too big": "a value is too large",
}
"""What SQLite says of a value, which is no damage of the case."""

_authorized = authorizer(WINDOW_FUNCTIONS)


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
    harvests: Harvests | None = None,
) -> Rewritten:
    """Rewrite a query for the case; raises QueryError with the place of what is wrong.

    `rows`: how many the caller will read at most, where it knows. `statistics`: sizes of the case
    that it is for; without them the answer is the same and may take longer. `harvests`: notes which
    records are to be read before the query runs; who gives it reads them.
    """
    parsed = parse_query(text)
    _check_given(parsed, parameters)
    present = now_ms() if present_ms is None else present_ms
    context = Context(parsed, parameters, present, statistics=statistics, harvests=harvests)
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
    apart_from: int = WORTH_WORKERS,
) -> Result:
    """Ask the case in SQL.

    `parameters` are bound to `:name` (times as aware datetimes). At most `limit` rows are given;
    more make the result `truncated`. `cancelled` is asked now and then, from this thread.
    Where so many records as `apart_from` have to be read, other processes read them.
    Raises QueryError for the query, QueryStopped when cancelled or out of time.
    """
    started = time.monotonic()
    given = parameters or {}
    asked_ms = now_ms() if present_ms is None else present_ms

    def rewritten_for(harvests: Harvests | None) -> Rewritten:
        return rewrite(
            text,
            given,
            present_ms=asked_ms,
            rows=limit + 1,
            statistics=opened.statistics,
            harvests=harvests,
        )

    with _connection(case) as opened:
        stop = _Stop(started + seconds, cancelled)
        harvests = Harvests(opened.connection, worth=apart_from)
        rewritten = rewritten_for(harvests)
        opened.connection.set_progress_handler(stop.asked, _STEPS_BETWEEN_LOOKS)
        try:
            if not _harvested(case, opened, harvests.needed_for(rewritten.sql), stop):
                rewritten = rewritten_for(None)
            cursor = opened.connection.execute(rewritten.sql, rewritten.parameters)
            found = cursor.fetchmany(limit + 1)
        except (sqlite3.Error, HarvestStopped) as error:
            raise _explained(error, opened.failure, stop, case) from error
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
    with _connection(case) as opened:
        connection = opened.connection
        harvests = Harvests(connection)
        rewritten = rewrite(text, parameters, statistics=opened.statistics, harvests=harvests)
        needed = harvests.needed_for(rewritten.sql)
        connection.set_authorizer(None)
        make_tables(connection, needed)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {rewritten.sql}", rewritten.parameters)
        steps = [str(row[3]) for row in plan]
    apart = [f"{name}, read apart beforehand: {each.described()}" for name, each in needed.items()]
    bound = ", ".join(repr(value) for value in rewritten.parameters) or "none"
    return "\n".join([rewritten.sql, "", f"bound: {bound}", *apart, "", *steps])


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


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection of the query's own, that can only read."""

    connection: sqlite3.Connection
    failure: Failure
    statistics: Statistics
    version: int
    """The state of the case that it sees."""


@contextmanager
def _connection(case: Case) -> Generator[_Opened]:
    """A connection for one query; records come from the case's.

    It stands in one transaction, so what its statistics say holds as long as the query runs.
    """
    with case.reopen(readonly=True) as own:
        records = Records(RecordReader(case))
        failure = register(own.connection, records)
        sort_in_small_runs(own.connection)
        own.connection.execute("SELECT 1 FROM json_each('[]')")  # makes it known: no table needed
        own.connection.execute("BEGIN")
        version = version_of(own.connection)
        opened = _Opened(own.connection, failure, Statistics(own.connection), version)
        own.connection.set_authorizer(_authorized)
        yield opened


def _harvested(case: Case, opened: _Opened, needed: Mapping[str, Harvest], stop: "_Stop") -> bool:
    """Read apart what is needed; False where the query has to read it itself."""
    if not needed:
        return True
    opened.connection.set_authorizer(None)  # for its own temporary tables
    try:
        harvest(opened.connection, case, needed, opened.version, stop.asked)
    except HarvestFailed:
        return False
    finally:
        opened.connection.set_authorizer(_authorized)
    return True


class _Stop:
    """Why a query is to stop: out of time, or not wanted any more."""

    def __init__(self, until: float, cancelled: Callable[[], bool]) -> None:
        self._until, self._cancelled = until, cancelled
        self.reason = ""

    def asked(self) -> int:
        """1 to stop, 0 to go on; SQLite asks it now and then."""
        if time.monotonic() > self._until:
            self.reason = "the query ran into its time limit"
        elif self._cancelled():
            self.reason = "the query was cancelled"
        return int(bool(self.reason))


def _explained(
    error: sqlite3.Error | HarvestStopped, failure: Failure, stop: _Stop, case: Case
) -> TrailtuiError | sqlite3.Error:
    if stop.reason:
        return QueryStopped(
            stop.reason, cure="Narrow the time window, or ask for an indexed column."
        )
    if isinstance(failure.error, TrailtuiError):
        return failure.error
    if isinstance(failure.error, ValueComplaint):
        cure = "Trino would stop here too; element_at, TRY_CAST give NULL instead."
        return QueryError(str(failure.error), cure=cure)
    if failure.error is not None:
        raise failure.error
    if (known := _TOO_LARGE.get(str(error))) is not None:
        return QueryError(known, cure="Ask for less at a time, or sum as double.")
    try:
        with reported(case.path):
            raise error
    except sqlite3.OperationalError as unknown:  # neither the file's fault nor the disk's
        return QueryError(f"SQLite can't run this query: {unknown}")


def _presenter(output: Output) -> Callable[[object], Scalar]:
    kind = output.kind
    if kind is Kind.BOOLEAN:
        return lambda value: None if value is None else bool(value)
    zone = output.column.zone if output.column is not None else ""
    if kind is Kind.TIME and zone not in ("", "UTC"):
        return lambda value: _with_offset(value, zone)
    if kind is Kind.TIME:
        return lambda value: _shown_time(format_utc, value)
    if kind is Kind.DATE:
        return lambda value: _shown_time(as_date_text, value)
    return _scalar


def _shown_time(shown: Callable[[int], str], value: object) -> Scalar:
    if not isinstance(value, int):
        return None
    try:
        return shown(value)
    except OverflowError:
        raise QueryError("a time of the answer is not between the years 1 and 9999") from None


def _with_offset(value: object, zone: str) -> Scalar:
    """A time in a zone of its own: what a clock there shows, and its distance from UTC."""

    def shown(at_ms: int) -> str:
        at = moment(at_ms).astimezone(zone_of(zone))
        return at.isoformat(timespec="milliseconds" if at_ms % 1000 else "seconds")

    return _shown_time(shown, value)


def _scalar(value: object) -> Scalar:
    if isinstance(value, float) and not isfinite(value):
        raise QueryError("a number of the answer is NaN or Infinity, which are not answered here")
    return value if isinstance(value, str | int | float) else None
