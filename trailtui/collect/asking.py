"""Asking a query of an engine at AWS, and keeping its answer in the case.

What was started is written into the action log with its id before anybody waits for it: a query
costs money, whether its answer is ever read or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from trailtui.aws.errors import CallError, Throttled
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.case.query_runs import Answer, Asked, Kept, Rows, Scalar, keep
from trailtui.collect.answer_values import AnswerColumn, columns_for, typed
from trailtui.collect.prices import Price
from trailtui.collect.remote_query import Outcome, Standing, pause
from trailtui.collect.running import Stop
from trailtui.model.errors import TrailtuiError
from trailtui.model.times import now_ms
from trailtui.query.ordering import Output

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 10.0
_STARTS = 7
"""How often a query is started at most while others hold all places."""

Wait = Callable[[float, Stop], bool]
Texts = tuple[str | None, ...]


class AskingStopped(TrailtuiError):
    """The user wanted an end before there was an answer; the query was stopped at AWS."""


@dataclass(frozen=True, slots=True)
class Part:
    """A page of an answer."""

    columns: tuple[tuple[str, str], ...]
    """Name and type of each, as the engine says them; no type where it says none."""
    rows: tuple[Texts, ...]
    token: str | None = None
    """Where the next page begins; None: this is the last one."""


class AsksEngine(Protocol):
    """What an engine tells of itself to be asked this way."""

    price: Price
    empty_is_null: bool
    """Whether it writes NULL and an empty text alike."""

    def start(self, text: str, token: str) -> str:
        """Start the query; gives its id. The same token starts it once only, where there is one."""
        ...

    def standing(self, query: str) -> Standing:
        """How it stands."""
        ...

    def part(self, query: str, token: str | None) -> Part:
        """One page of its answer, the first one for None."""
        ...

    def stop(self, query: str) -> None:
        """Stop it."""
        ...

    def refusal(self, reason: str) -> CallError:
        """The error for a query that failed, by AWS's reason."""
        ...


@dataclass(frozen=True, slots=True)
class OrderBy:
    """A column by whose values rows are ordered here, as SQL orders them."""

    position: int
    down: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Errand:
    """A question, ready to be asked."""

    asked: Asked
    engine: AsksEngine
    outputs: tuple[Output, ...]
    """The columns of the query as the case reads it; empty: those that the engine gives."""
    columns: tuple[AnswerColumn, ...] = ()
    """The columns, where neither the query nor the engine says them."""
    order: tuple[OrderBy, ...] = ()
    """For an engine that does not order as SQL does: then all of its rows are taken first."""
    takes_all: bool = False
    full_at: int | None = None
    """How many rows the engine gives at most, and says nothing of the rest."""
    at_most: int | None = None
    """The query's own LIMIT, where the engine was not told it."""
    only_row: tuple[Scalar, ...] | None = None
    """What SQL answers where nothing is found, for an engine that answers nothing then."""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Came:
    """What was asked and came so far."""

    query: str = ""
    started_ms: int = 0
    scanned_bytes: int = 0
    columns: tuple[tuple[str, str], ...] = ()
    rows: list[Texts] = field(default_factory=list[Texts])
    more: bool = False


def ask_and_keep(
    case: Case,
    errand: Errand,
    limit: int,
    *,
    stop: Stop = lambda: False,
    wait: Wait = pause,
    present_ms: Callable[[], int] = now_ms,
) -> Kept:
    """Ask an engine, wait for its answer, and keep at most `limit` rows of it.

    What came of it is in the action log in every case, with its cost. Raises AskingStopped where
    `stop` said so, a CallError where AWS refused or the query failed there.
    """
    came = _Came(started_ms=present_ms())
    try:
        _ask(case, errand, came, limit, stop, wait)
    except TrailtuiError as error:
        if came.query:
            cost = {"scanned_bytes": came.scanned_bytes, "dollars": _dollars(errand, came)}
            told = {"query": came.query, "failed": error.what, **cost}
            append(case, "query", {**errand.asked.as_json(), **told})
        raise
    came.more = came.more or len(came.rows) >= (errand.full_at or len(came.rows) + 1)
    columns = errand.columns or columns_for(errand.outputs, came.columns)
    rows = _finished(errand, columns, came.rows)
    if errand.at_most is not None:
        rows = rows[: errand.at_most]
    answer = Answer(
        came.query,
        came.started_ms,
        present_ms(),
        came.scanned_bytes,
        _dollars(errand, came),
        tuple((column.name, str(column.kind)) for column in columns),
        rows[:limit],
        came.more or len(rows) > limit,
        errand.notes,
    )
    return keep(case, errand.asked, answer)


def _dollars(errand: Errand, came: _Came) -> float:
    return round(errand.engine.price.of(came.scanned_bytes), 9)


def _ask(case: Case, errand: Errand, came: _Came, limit: int, stop: Stop, wait: Wait) -> None:
    engine = errand.engine
    came.query = _start(engine, errand.asked.sent, stop, wait)
    append(case, "query", {**errand.asked.as_json(), "query": came.query, "started": True,
                           "sent": errand.asked.sent})  # fmt: skip
    standing = _await(engine, came, stop, wait)
    if standing.outcome is not Outcome.DONE:
        raise engine.refusal(standing.reason or "it was stopped by somebody else")
    token: str | None = None
    most = None if errand.takes_all else limit
    while True:
        part = engine.part(came.query, token)
        came.columns = came.columns or part.columns
        came.rows += part.rows
        token = part.token
        if token is None or (most is not None and len(came.rows) > most):
            came.more = token is not None
            return
        if stop():
            raise AskingStopped("stopped before all of the answer was read")


def _start(engine: AsksEngine, text: str, stop: Stop, wait: Wait) -> str:
    token, seconds = uuid4().hex, 1.0
    for _again in range(_STARTS - 1):
        try:
            return engine.start(text, token)
        except Throttled:
            if not wait(seconds, stop):
                raise AskingStopped("stopped before the query was started") from None
        seconds *= 2
    return engine.start(text, token)


def _await(engine: AsksEngine, came: _Came, stop: Stop, wait: Wait) -> Standing:
    """How the query ended; where it is time to stop, it is stopped at AWS, too."""
    seconds = _FIRST_WAIT_SECONDS
    while True:
        standing = engine.standing(came.query)
        came.scanned_bytes = max(came.scanned_bytes, standing.scanned_bytes)
        if standing.outcome is not Outcome.RUNNING:
            return standing
        if not wait(seconds, stop):
            engine.stop(came.query)
            came.scanned_bytes = max(came.scanned_bytes, engine.standing(came.query).scanned_bytes)
            raise AskingStopped("stopped before there was an answer")
        seconds = min(seconds * 1.5, _LONGEST_WAIT_SECONDS)


def _finished(errand: Errand, columns: Sequence[AnswerColumn], texts: Sequence[Texts]) -> Rows:
    """The rows with values of their types, in the order that the query asks for."""
    lenient = errand.engine.empty_is_null
    rows = [
        tuple(
            typed(text, column.kind, empty_is_null=lenient)
            for text, column in zip(row, columns, strict=False)
        )
        for row in texts
    ]
    if not rows and errand.only_row is not None:
        rows = [errand.only_row]
    for order in reversed(errand.order):
        rows.sort(key=lambda row, by=order: _key(row[by.position], by), reverse=order.down)
    return tuple(rows)


def _key(value: Scalar, order: OrderBy) -> tuple[object, ...]:
    """A key for sort: NULLs where they belong, numbers by size, texts by their characters."""
    if value is None:
        return (int(order.nulls_first is order.down) * 3,)
    return (1, value) if isinstance(value, int | float) else (2, value)
