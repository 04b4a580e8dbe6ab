"""Running the fetches of a source: lanes that ask, one writer that stores what they bring.

A lane is what has to go one after the other (an account in a Region, with its own rate); lanes run
side by side in threads. Each answer is stored with how far its fetch came, in one transaction, so
the work can be cancelled or killed at any moment and gone on with.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trailtui.aws.errors import (
    AccessDenied,
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
    Throttled,
)
from trailtui.case.conflicts import flag_conflicts
from trailtui.case.fetches import Fetch, State, Unit, update_fetch
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.storing import Brought, Document, Reader, Store, read_documents
from trailtui.model.errors import TrailtuiError
from trailtui.model.times import now_ms

_ENDS_ALL = (CredentialsExpired, CredentialsRefused, NoCredentials)
_ENDS_A_LANE = (AccessDenied, NotReachable)
_AT_ONCE = 32
"""Answers that are stored in one transaction at most."""
_AHEAD = 64
"""Answers that may wait for the writer, over all lanes."""
_TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Got:
    """What one request brought."""

    documents: tuple[Document, ...]
    cursor: Mapping[str, object]
    """Where to go on after this, as JSON."""
    reached_ms: int | None = None
    """From the unit's end back to here all is there."""
    requests: int = 1
    known_records: int = 0
    """Records of what was passed over because the case has it already."""


class Incomplete(Exception):
    """Raised by a fetcher at its end: not all can be had; the message says what is missing."""


Stop = Callable[[], bool]
Fetcher = Callable[[Fetch, Stop], Iterator[Got]]
"""Asks for one fetch, going on at its cursor. Ends early, without a word, where Stop says so."""


@dataclass(slots=True)
class CollectResult:
    """What a collect from AWS did, also while it goes on."""

    source: str
    units: int = 0
    done: int = 0
    """Units dealt with, whatever came of them."""
    states: Counter[str] = field(default_factory=Counter[str])
    requests: int = 0
    records: int = 0
    events: int = 0
    sightings: int = 0
    conflicts: int = 0
    problems: int = 0
    known_documents: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    refusals: list[tuple[Unit, State, str]] = field(default_factory=list[tuple[Unit, State, str]])
    stopped_by: TrailtuiError | None = None
    """What ended all of it, such as expired credentials."""
    asked_ms: int = 0
    """Milliseconds of all units together."""
    answered_ms: int = 0

    @property
    def whole(self) -> bool:
        """Whether all that was asked for came."""
        return not (self.refusals or self.cancelled or self.stopped_by)

    def seconds_left(self) -> float | None:
        """At the present pace; None before there is one."""
        if not self.answered_ms or not self.seconds:
            return None
        return (self.asked_ms - self.answered_ms) * self.seconds / self.answered_ms

    def as_json(self) -> dict[str, object]:
        """For the action log."""
        return {
            "units": self.units,
            "states": dict(self.states),
            "requests": self.requests,
            "records": self.records,
            "events": self.events,
            "sightings": self.sightings,
            "conflicts": self.conflicts,
            "problems": self.problems,
            "cancelled": self.cancelled,
            "refused": [
                f"{unit.account} {unit.region}: {state}: {detail}"
                for unit, state, detail in self.refusals[:50]
            ],
        }


Progress = Callable[[CollectResult], bool]
"""Called after each transaction and now and then; returns False to stop."""


def by_place(unit: Unit) -> Hashable:
    """The usual lane: an account in a Region."""
    return unit.account, unit.region


def run_fetches(
    case: Case,
    source: str,
    fetches: Sequence[Fetch],
    fetcher: Fetcher,
    *,
    asked: Mapping[str, object] | None,
    lane_of: Callable[[Unit], Hashable] = by_place,
    lanes: int = 8,
    progress: Progress = lambda _: True,
    read: Reader = read_documents,
) -> CollectResult:
    """Ask for all fetches and store what comes; what is refused is noted and the rest goes on.

    Args:
        case: open for writing, in this thread.
        source: its name in the case.
        fetches: those that are to be asked, in the order of each lane.
        fetcher: called in the lanes' threads, which must not use the case.
        asked: what the user asked for, for the action log; None: the caller logs it.
        lane_of: which units go one after the other.
        lanes: how many at a time.
        progress: hears how it goes.
        read: makes of documents what is stored; called in the lanes' threads.
    """
    if asked is not None:
        append(case, "collect", {"source": source, **asked})
    run = _Run(case, CollectResult(source, len(fetches)), progress, read)
    try:
        run.all_lanes(_by_lane(fetches, lane_of), fetcher, lanes)
        with case.writing():
            run.result.conflicts = flag_conflicts(case)
    finally:
        if asked is not None and not case.connection.in_transaction:
            end = {"source": source, "finished": True, **run.result.as_json()}
            append(case, "collect", end)
    return run.result


def _by_lane(fetches: Sequence[Fetch], lane_of: Callable[[Unit], Hashable]) -> list[list[Fetch]]:
    found: dict[Hashable, list[Fetch]] = {}
    for fetch in fetches:
        found.setdefault(lane_of(fetch.unit), []).append(fetch)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Ended:
    """A fetch came to its end, in the lane's words."""

    fetch: Fetch
    failure: Exception | None = None
    """None: it is whole."""


_Message = Brought | _Ended | None
"""None: a lane is through."""


class _Run:
    """One run: the writer's side of the queue."""

    def __init__(self, case: Case, result: CollectResult, progress: Progress, read: Reader) -> None:
        self._case = case
        self._read = read
        self._store = Store(case)
        self.result = result
        self._progress = progress
        self._stopping = threading.Event()
        self._messages: queue.Queue[_Message] = queue.Queue(_AHEAD)
        self._brought: Counter[int] = Counter()
        self._reached: dict[int, int] = {}
        self._writing = True

    def all_lanes(self, work: list[list[Fetch]], fetcher: Fetcher, lanes: int) -> None:
        """Run every lane, storing meanwhile; ends when all that came is stored."""
        waiting: queue.SimpleQueue[list[Fetch]] = queue.SimpleQueue()
        for lane in work:
            waiting.put(lane)
            for fetch in lane:
                self._reached[fetch.id] = fetch.unit.until_ms
                self._brought[fetch.id] = fetch.records
                self.result.asked_ms += fetch.unit.until_ms - fetch.unit.since_ms
        threads = [
            threading.Thread(target=self._serve, args=(waiting, fetcher), daemon=True)
            for _ in range(min(lanes, len(work)))
        ]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        running = len(threads)
        try:
            while running:
                running -= self._take(started)
        except BaseException:
            self._writing = False  # what fails to be stored once would fail again
            raise
        finally:
            self._stopping.set()
            while any(thread.is_alive() for thread in threads):
                self._empty()
        self.result.seconds = time.monotonic() - started

    def _serve(self, waiting: "queue.SimpleQueue[list[Fetch]]", fetcher: Fetcher) -> None:
        """A lane's thread: takes lanes of work until there is none."""
        try:
            while not self._stopping.is_set():
                try:
                    lane = waiting.get_nowait()
                except queue.Empty:
                    return
                self._ask(lane, fetcher)
        finally:
            self._messages.put(None)

    def _ask(self, lane: list[Fetch], fetcher: Fetcher) -> None:
        over: Exception | None = None
        for fetch in lane:
            if self._stopping.is_set():
                return
            failure = over
            try:
                if over is None:
                    asked_ms = None if fetch.cursor else now_ms()
                    for got in fetcher(fetch, self._stopping.is_set):
                        self._messages.put(self._brought_by(fetch, got, asked_ms))
                        asked_ms = None
                    if self._stopping.is_set():
                        return
            except Exception as error:  # noqa: BLE001 - every end is told, none is swallowed
                failure = error
                over = error if isinstance(error, _ENDS_A_LANE) else None
            self._messages.put(_Ended(fetch, failure))
            if isinstance(failure, _ENDS_ALL):
                self._stopping.set()

    def _brought_by(self, fetch: Fetch, got: Got, asked_ms: int | None) -> Brought:
        return Brought(
            fetch.id,
            self._read(got.documents),
            got.cursor,
            got.reached_ms,
            got.requests,
            got.known_records,
            asked_ms,
        )

    def _take(self, started: float) -> int:
        """Store what has come; gives how many threads said that they are through."""
        messages: list[_Message] = []
        try:
            messages.append(self._messages.get(timeout=_TICK_SECONDS))
            while len(messages) < _AT_ONCE:
                messages.append(self._messages.get_nowait())
        except queue.Empty:
            pass
        brought = [message for message in messages if isinstance(message, Brought)]
        if brought:
            self._keep(brought)
        for message in messages:
            if isinstance(message, _Ended):
                self._end(message)
        self.result.seconds = time.monotonic() - started
        if not self._progress(self.result) and not self._stopping.is_set():
            self.result.cancelled = True
            self._stopping.set()
        return sum(message is None for message in messages)

    def _keep(self, brought: list[Brought]) -> None:
        stored = self._store.store(brought)
        result = self.result
        result.records += stored.records
        result.events += stored.events
        result.sightings += stored.sightings
        result.problems += stored.problems
        result.known_documents += stored.known_documents
        for part in brought:
            result.requests += part.requests
            self._brought[part.fetch] += part.known_records
            self._brought[part.fetch] += sum(len(one.coded.ids) for one in part.documents)
            if part.reached_ms is not None:
                result.answered_ms += max(0, self._reached[part.fetch] - part.reached_ms)
                self._reached[part.fetch] = part.reached_ms

    def _end(self, ended: _Ended) -> None:
        fetch, failure = ended.fetch, ended.failure
        state, detail = self._judge(fetch, failure)
        update_fetch(
            self._case,
            fetch.id,
            state,
            cursor={} if state.whole else None,
            reached_ms=fetch.unit.since_ms if state.whole else None,
            detail=detail,
        )
        result = self.result
        result.done += 1
        result.states[str(state)] += 1
        result.answered_ms += max(0, self._reached[fetch.id] - fetch.unit.since_ms)
        self._reached[fetch.id] = fetch.unit.since_ms
        if not state.whole:
            result.refusals.append((fetch.unit, state, detail))
        if isinstance(failure, _ENDS_ALL):
            result.stopped_by = failure
        elif failure is not None and not isinstance(failure, TrailtuiError | Incomplete):
            raise failure

    def _judge(self, fetch: Fetch, failure: Exception | None) -> tuple[State, str]:
        """The state that a fetch ends in, and the words for it."""
        some = self._brought[fetch.id] > 0
        if failure is None:
            return (State.FETCHED if some else State.EMPTY), ""
        if isinstance(failure, Incomplete):
            return State.PARTIAL, str(failure)
        if isinstance(failure, AccessDenied):
            return State.DENIED, str(failure)
        if isinstance(failure, Throttled):
            return State.THROTTLED, str(failure)
        if isinstance(failure, CallError | TrailtuiError) and some:
            return State.PARTIAL, str(failure)
        return State.FAILED, str(failure) or type(failure).__name__

    def _empty(self) -> None:
        """Make room for threads that are ending, and keep what they still bring."""
        try:
            message = self._messages.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            return
        if self._writing and isinstance(message, Brought):
            self._keep([message])
        elif self._writing and isinstance(message, _Ended):
            self._end(message)
