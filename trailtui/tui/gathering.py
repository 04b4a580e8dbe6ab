"""Collecting in the background: what runs, how far it is, how it ended.

One collect at a time for each console, in a lane of its own, so that it goes on over all screens
and no screen waits for it. The event loop reads `stage` and `ending`, and may ask it to stop.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.tui.lane import Lane
from trailtui.tui.told import as_told


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a collect is."""

    done: int = 0
    total: int = 0
    of: str = "parts"
    """What is counted."""
    events: int = 0
    """New ones."""
    requests: int = 0
    refused: int = 0
    """Parts that did not come whole."""
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a collect ended."""

    says: str
    """What came and what did not, in one sentence."""
    whole: bool = True
    """Whether all came that was asked for."""
    refusals: tuple[str, ...] = ()
    """Who refused what, and why; a line each."""
    error: TrailtuiError | None = None
    """What ended it, where it did not end by itself."""


Tell = Callable[[Stage], bool]
"""Hears how far it is; returns False to stop."""
Work = Callable[[Case, Tell], Ending]
"""Collects; called in the lane, with the lane's own case."""


class Gathering:
    """A collect that runs, or has run."""

    def __init__(self, name: str, lane: Lane, work: Work, ended: Callable[[], None]) -> None:
        """Begin it. `ended` is called in the lane's thread once `ending` is there."""
        self.name = name
        """The source."""
        self.stage = Stage()
        self.ending: Ending | None = None
        self.after_evidence: int | None = None
        """The case's newest evidence as it began: what is younger is new."""
        self._path = lane.path
        self._work = work
        self._ended = ended
        self._stop = threading.Event()
        self.future: Future[None] = lane.submit(self._run)
        self.future.add_done_callback(self._over)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.ending is None

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self.running and self._stop.is_set()

    def stop(self) -> None:
        """Ask it to end after what is at hand; all that came is kept."""
        self._stop.set()

    def _run(self, case: Case) -> None:
        self.after_evidence = newest_evidence(case)
        self.ending = self._work(case, self._tell)

    def _over(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if self.ending is None:
            told = as_told(error, self._path) if error is not None else None
            self.ending = Ending(f"{self.name} ended early; what came is kept.", False, (), told)
        self._ended()

    def _tell(self, stage: Stage) -> bool:
        self.stage = stage
        return not self._stop.is_set()


def newest_evidence(case: Case) -> int:
    """The id of the evidence that was acquired last; 0 where there is none."""
    row = case.connection.execute("SELECT coalesce(max(id), 0) FROM evidence").fetchone()
    return int(row[0])
