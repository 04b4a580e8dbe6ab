"""A query that runs at AWS: started once, waited for, its pages taken, cut in time if it must be.

Athena, Logs Insights and CloudTrail Lake differ in their words only: a query is started and has an
id, it is asked how it stands until it ends, its result comes in pages, it can be stopped. What is
needed to go on with it after a kill is in the fetch's cursor: the id, the page, and which pieces of
the time are left. A query that can't give all (too many rows, too much time) is asked again in
shorter pieces, down to a second.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Protocol, cast
from uuid import uuid4

from trailtui.aws.errors import CallError, NotFound, Refused, Throttled
from trailtui.case.fetches import Fetch, Unit
from trailtui.collect.running import Got, Incomplete, Stop
from trailtui.collect.scope import Place
from trailtui.collect.storing import Document
from trailtui.model.times import format_utc

SECOND_MS = 1000
_LOOK_UP_SECONDS = 0.1
"""How often a wait looks whether it is to stop."""
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 10.0
_STARTS = 7
"""How often a query is started at most while others hold all places: about a minute and a half."""

_MOST_PARTS = 64
"""Into how many pieces one is cut at a time."""
_PARTS_OF_A_RIDDLE = 16
"""Where AWS counts more than it gives, and no limit explains it, pieces get this much shorter."""

Piece = tuple[int, int]
"""A stretch of time in milliseconds, the end excluded."""


class Outcome(StrEnum):
    """How a query stands."""

    RUNNING = "running"
    DONE = "done"
    TOO_MUCH = "too much"
    """It ran out of time or memory; shorter pieces may do."""
    FAILED = "failed"
    GONE = "gone"
    """Stopped by somebody, or forgotten by AWS: it has to be started again."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a query's result."""

    documents: tuple[Document, ...]
    rows: int
    total: int | None = None
    """Rows of the whole result, where AWS says it."""
    token: str | None = None
    """Where the next page begins; None: this is the last one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What AWS says of a query."""

    outcome: Outcome
    reason: str = ""
    scanned_bytes: int = 0
    matched: int | None = None
    """Rows that there are, where AWS says it."""
    page: Page | None = None
    """The first page, where it comes with the state."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one query is to ask for."""

    unit: Unit
    places: tuple[Place, ...]
    piece: Piece
    final: bool = False
    """Whether nothing that comes after the piece is asked for, but for late arrivals."""

    @property
    def beyond(self) -> bool:
        """Whether it is about what was filed after the unit's end."""
        return self.piece[1] > self.unit.until_ms

    @property
    def origin(self) -> str:
        """In words, as the beginning of its pages' origins."""
        asked = self.unit.question.get("filter")
        start, end = self.piece
        where = ", ".join(f"{place.account} {place.region}" for place in self.places[:3])
        more = f" and {len(self.places) - 3} more" if len(self.places) > 3 else ""
        words = f"{self.unit.source} {where}{more} {format_utc(start)}..{format_utc(end)}"
        return f"{words} {asked}" if asked else words


class Engine(Protocol):
    """What a source tells of itself to be asked this way. Called in several threads."""

    rows_limit: int | None
    """The most rows that a query gives, where there is such a limit."""

    def text(self, question: Question) -> str:
        """The query in the engine's language."""
        ...

    def start(self, question: Question, text: str, token: str) -> str:
        """Start it; gives its id. `token` is the same when the same start is tried again."""
        ...

    def standing(self, question: Question, query: str) -> Standing:
        """How it stands."""
        ...

    def page(self, question: Question, query: str, token: str | None, number: int) -> Page:
        """One page of its result, the first one for None."""
        ...

    def stop(self, question: Question, query: str) -> None:
        """Stop it."""
        ...

    def refusal(self, reason: str) -> CallError:
        """The error for a query that failed, by AWS's reason."""
        ...


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one query read, as AWS bills it."""

    query: str
    bytes: int


def pause(seconds: float, stop: Stop) -> bool:
    """Wait; False where `stop` said so meanwhile."""
    until = time.monotonic() + seconds
    never = threading.Event()
    while (left := until - time.monotonic()) > 0:
        if stop():
            return False
        never.wait(min(left, _LOOK_UP_SECONDS))
    return not stop()


@dataclass(slots=True)
class QueryFetcher:
    """The fetcher of a query engine; see running.Fetcher."""

    engine: Engine
    places: Mapping[int, tuple[Place, ...]]
    """By the number of the fetch: whose events its query is for."""
    after_ms: Callable[[Unit], int | None] = lambda _: None
    """How far beyond the newest unit's end is asked, for engines that file events when they
    arrive; None: another unit follows."""
    shortest_ms: int = SECOND_MS
    wait: Callable[[float, Stop], bool] = pause
    scanned: list[Scanned] = field(default_factory=list[Scanned])
    """What the queries of this run read; appended to by all threads."""

    def __call__(self, fetch: Fetch, stop: Stop) -> Iterator[Got]:
        """Ask for a unit from where its cursor stands."""
        return _Asking(self, fetch, stop).run()


def _pieces(value: object) -> list[Piece]:
    listed = cast("list[list[int]]", value or [])
    return [(start, end) for start, end in listed]


class _Asking:
    """One fetch on its way. What begins with `query` is of the query that is under way."""

    def __init__(self, fetcher: QueryFetcher, fetch: Fetch, stop: Stop) -> None:
        unit, cursor = fetch.unit, fetch.cursor
        self._fetcher = fetcher
        self._engine = fetcher.engine
        self._unit = unit
        self._places = fetcher.places[fetch.id]
        self._stop = stop
        after_ms = fetcher.after_ms(unit)
        self._newest = after_ms is not None
        whole = [[unit.since_ms, unit.until_ms]]
        if after_ms:
            whole.append([unit.until_ms - SECOND_MS, unit.until_ms + after_ms])
        pieces = _pieces(cursor.get("left", whole)) + _pieces(cursor.get("short"))
        self._left = sorted(pieces, reverse=True)
        self._short: list[Piece] = []
        self._query: dict[str, object] = {}
        self._query |= cast("Mapping[str, object]", cursor.get("query", {}))
        self._resumed = "id" in self._query
        self._requests = 0
        self._missing: list[str] = []

    def run(self) -> Iterator[Got]:
        """All that is left; raises Incomplete where not all can be had."""
        while self._left and not self._stop():
            final = self._newest and self._left[0][1] >= self._unit.until_ms
            question = Question(self._unit, self._places, self._left[0], final)
            yield from self._begin(question)
            standing = self._await(question) if "id" in self._query else None
            if standing is None:
                return
            if self._is_over(standing):
                self._forget()
            elif standing.outcome is Outcome.FAILED:
                raise self._engine.refusal(standing.reason)
            elif standing.outcome is Outcome.TOO_MUCH:
                self._cut(
                    f"the query did not end ({standing.reason})", 2, self._fetcher.shortest_ms
                )
                yield self._got()
            else:
                yield from self._pages(question, standing)
                if self._query:
                    return
        if self._missing and not self._left:
            raise Incomplete("; ".join(self._missing))

    def _is_over(self, standing: Standing) -> bool:
        """Whether the query has to be started again: nobody has its result any more."""
        ended_badly = standing.outcome in (Outcome.FAILED, Outcome.TOO_MUCH)
        return standing.outcome is Outcome.GONE or (self._resumed and ended_badly)

    def _begin(self, question: Question) -> Iterator[Got]:
        """Start the query unless it was; what is needed to start the same one is kept before."""
        text = self._engine.text(question)
        asked = sha256(f"{question.piece} {text}".encode()).hexdigest()[:16]
        if self._query.get("asked") != asked:
            self._forget()
            self._query = {"asked": asked, "token": uuid4().hex}
            yield self._got()
        if "id" in self._query:
            return
        started = self._start(question, text, str(self._query["token"]))
        if started is not None:
            self._query["id"] = started
            yield self._got()

    def _start(self, question: Question, text: str, token: str) -> str | None:
        seconds = 1.0
        for tries in range(_STARTS):
            self._requests += 1
            try:
                return self._engine.start(question, text, token)
            except Throttled:
                if tries == _STARTS - 1:
                    raise
            if not self._fetcher.wait(seconds, self._stop):
                return None
            seconds *= 2
        return None

    def _await(self, question: Question) -> Standing | None:
        """How the query ended; None where it is time to stop: then it is stopped at AWS, too."""
        query = str(self._query["id"])
        seconds = _FIRST_WAIT_SECONDS
        while True:
            self._requests += 1
            standing = self._engine.standing(question, query)
            if standing.outcome is not Outcome.RUNNING:
                self._note_cost(query, standing)
                return standing
            if not self._fetcher.wait(seconds, self._stop):
                self._engine.stop(question, query)
                return None
            seconds = min(seconds * 1.5, _LONGEST_WAIT_SECONDS)

    def _note_cost(self, query: str, standing: Standing) -> None:
        if standing.outcome is not Outcome.GONE and not self._query.get("noted"):
            self._fetcher.scanned.append(Scanned(query, standing.scanned_bytes))
            self._query["noted"] = True

    def _pages(self, question: Question, standing: Standing) -> Iterator[Got]:
        """The pages that were not taken yet; the query is forgotten with the last one."""
        query = str(self._query["id"])
        page = standing.page if "page" not in self._query else None
        while True:
            number = int(str(self._query.get("page", 0))) + 1
            if page is None:
                self._requests += 1
                page = self._page(question, query, number)
            if page is None:
                return
            rows = int(str(self._query.get("rows", 0))) + page.rows
            self._query |= {"page": number, "rows": rows, "next": page.token}
            if page.token is None:
                self._end(rows, standing.matched if page.total is None else page.total)
            yield self._got(page.documents)
            if page.token is None or self._stop():
                return
            page = None

    def _page(self, question: Question, query: str, number: int) -> Page | None:
        """The next page; None where AWS does not know any more where it was: start again."""
        token = self._query.get("next")
        try:
            return self._engine.page(question, query, None if token is None else str(token), number)
        except (Refused, NotFound):
            if not self._resumed:
                raise
        self._forget()
        return None

    def _end(self, rows: int, matched: int | None) -> None:
        """The last page is there: whether that is all, and if not, smaller pieces."""
        limit = self._engine.rows_limit
        told = matched or 0
        if limit is not None and rows >= limit:
            parts = -(-2 * max(told, rows) // limit)
            self._cut(
                f"{max(told, rows):,} events, {rows:,} came", parts, self._fetcher.shortest_ms
            )
        elif rows < told:
            width = self._unit.until_ms - self._unit.since_ms
            shortest = max(self._fetcher.shortest_ms, width // _PARTS_OF_A_RIDDLE)
            self._cut(f"AWS counts {told:,} events, {rows:,} came", 2, shortest)
        else:
            self._left.pop(0)
            self._forget()

    def _cut(self, why: str, parts: int, shortest_ms: int) -> None:
        """Ask for the piece at hand again in several, or give it up where it is the shortest."""
        start, end = self._left.pop(0)
        self._forget()
        most = (end - start) // shortest_ms
        if most < 2:
            self._short.append((start, end))
            self._missing.append(f"{format_utc(start)} to {format_utc(end)}: {why}")
            return
        number = max(2, min(parts, most, _MOST_PARTS))
        width = -(-(end - start) // number // SECOND_MS) * SECOND_MS
        self._left[:0] = slices_from(start, end, width)

    def _forget(self) -> None:
        self._query = {}
        self._resumed = False

    def _got(self, documents: tuple[Document, ...] = ()) -> Got:
        """What is stored now; how far all is there, unless something is missing before."""
        cursor: dict[str, object] = {"left": [*self._left], "short": [*self._short]}
        if self._query:
            cursor["query"] = dict(self._query)
        reached = self._left[0][1] if self._left else self._unit.since_ms
        requests, self._requests = self._requests, 0
        return Got(
            documents,
            cursor,
            None if self._short else min(reached, self._unit.until_ms),
            requests,
        )


def slices_from(start: int, end: int, width: int) -> list[Piece]:
    """A stretch in pieces of one width, newest first; the oldest may be shorter."""
    found: list[Piece] = []
    while end > start:
        found.append((max(start, end - width), end))
        end -= width
    return found
