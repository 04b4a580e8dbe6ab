"""Following in the background: LookupEvents asked every minute, and what is new kept to be told."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trailtui.case.events import EventRow
from trailtui.case.file import Case
from trailtui.collect.following import EVERY_SECONDS, Following, Round, attributes_of
from trailtui.collect.lookup import LookupEvents
from trailtui.model.errors import TrailtuiError
from trailtui.model.times import now_ms
from trailtui.tui.looking_up import entities_of, reach, refusal_lines
from trailtui.tui.told import as_told
from trailtui.tui.wanted import ENTITIES, Wanted

if TYPE_CHECKING:
    from trailtui.tui.session import CaseSession


@dataclass(frozen=True, slots=True)
class Watch:
    """How following stands."""

    asked: str = ""
    """What is followed, in words."""
    places: int = 0
    since_ms: int | None = None
    """None: it has not begun yet."""
    rounds: int = 0
    last_ms: int | None = None
    """When the last round ended."""
    found: int = 0
    refusals: tuple[str, ...] = ()
    """Of the last round."""
    notes: tuple[str, ...] = ()
    """What can't be followed."""


class FollowJob:
    """Follows until it is stopped; the event loop reads `watch` and takes from `news`."""

    def __init__(self, session: "CaseSession", wanted: Wanted, changed: Callable[[], None]) -> None:
        """Begin it. `changed` is called in the lane's thread when there is something to tell."""
        self.wanted = wanted
        self.watch = Watch()
        self.error: TrailtuiError | None = None
        """What ended it, where it did not end because it was stopped."""
        self.news: tuple[EventRow, ...] = ()
        """What came and was not looked at yet, in time order."""
        self._own_keys: frozenset[str] = frozenset()
        self._session = session
        self._changed = changed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._path = session.path
        self.future: Future[None] = session.follow.submit(self._run)
        self.future.add_done_callback(self._over)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self.future.done()

    def stop(self) -> None:
        """End it after the request at hand."""
        self._stop.set()

    def take_next(self) -> EventRow | None:
        """The first event that was not looked at yet; it counts as looked at from now on."""
        with self._lock:
            first, self.news = (self.news[0], self.news[1:]) if self.news else (None, ())
        return first

    def _run(self, case: Case) -> None:
        following = self._begin(case)
        try:
            while not self._stop.is_set():
                self._tell(following.round(lambda _: not self._stop.is_set()))
                self._stop.wait(EVERY_SECONDS)
        finally:
            following.end()

    def _begin(self, case: Case) -> Following:
        found = reach(self._session, case, self.wanted)
        attributes = [one for one in self.wanted.attributes(entities_of(case)) if one is not None]
        notes = list(found.notes)
        if self.wanted.what == ENTITIES:
            _, left = attributes_of(entities_of(case))
            notes += [
                f"LookupEvents can't look for {one}: only `follow everything` finds it"
                for one in left
            ]
        base = found.access.base
        self._own_keys = base.own_key_ids()
        lookup = LookupEvents(found.access.session, present_ms=base.now_ms)
        following = Following(case, lookup, found.places, attributes, self._own_keys)
        following.begin(base.now_ms())
        notes += [f"{one.account} {one.region}: {one.state}" for one in found.unreachable]
        asked = ", ".join(one.value for one in attributes) or "everything"
        self.watch = Watch(asked, len(found.places), now_ms(), notes=tuple(notes))
        self._changed()
        return following

    def _tell(self, made: Round) -> None:
        watch, result = self.watch, made.result
        refusals = refusal_lines(result.refusals)
        if result.stopped_by is not None:
            refusals = (str(result.stopped_by), *refusals)
        if result.cancelled:
            refusals = watch.refusals
        news = [row for row in made.events if not self._is_ours(row)]
        with self._lock:
            self.news = (*self.news, *news)
        self.watch = replace(
            watch,
            rounds=watch.rounds + 1,
            last_ms=now_ms(),
            found=watch.found + len(news),
            refusals=refusals,
        )
        self._changed()
        if result.stopped_by is not None:
            raise result.stopped_by

    def _is_ours(self, row: EventRow) -> bool:
        """Whether it is a reading call of this very program: the key and the words are ours."""
        ours = row.credential in self._own_keys and "trailtui/" in (row.agent or "")
        return ours and row.read_only is not False

    def _over(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self.error = as_told(error, self._path)
            self._session.forget_aws()
        self._changed()
