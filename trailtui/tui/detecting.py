"""Running all rules in the background: how far it is, how it ended.

One run at a time for each console, in a lane of its own, so that no screen waits for it. A run that
is stopped keeps nothing: half a count is no count.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.tui.lane import Lane
from trailtui.tui.told import as_told


@dataclass(frozen=True, slots=True)
class RulesEnding:
    """How a run of rules ended."""

    says: str
    stopped: bool = False
    not_run: tuple[str, ...] = ()
    """Rules that could not be read or were passed over, a sentence each."""
    error: TrailtuiError | None = None


class DetectJob:
    """A run of all rules of the program over the case, or one that has ended."""

    def __init__(self, lane: Lane, ended: Callable[[], None]) -> None:
        """Begin it. `ended` is called in the lane's thread once `ending` is there."""
        self.candidates = 0
        """Records that have to be read; 0 until that is known."""
        self.read = 0
        self.ending: RulesEnding | None = None
        self._began = time.monotonic()
        self._ended = ended
        self._path = lane.path
        self._stop = threading.Event()
        self._future: Future[None] = lane.submit(self._run)
        self._future.add_done_callback(self._over)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.ending is None

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self.running and self._stop.is_set()

    def stop(self) -> None:
        """Ask it to end; nothing of it is kept."""
        self._stop.set()

    @property
    def progress(self) -> str:
        """How far it is, how fast, how long it will take."""
        if not self.candidates:
            return "rules: finding out which records have to be read…"
        rate = self.read / max(0.001, time.monotonic() - self._began)
        words = [f"rules: {self.read:,} of {self.candidates:,} records read"]
        if self.read:
            left = (self.candidates - self.read) / rate
            words += [f"{rate:,.0f}/s", f"{left:.0f} s left"]
        return ", ".join(words)

    def _run(self, case: Case) -> None:
        from trailtui.detect.every_rule import every_rule
        from trailtui.detect.rules import run_rules
        from trailtui.detect.scan.scanning import Tally

        def heard(tally: Tally) -> bool:
            self.candidates, self.read = tally.candidates, tally.read
            return not self._stop.is_set()

        chosen = every_rule(case)
        done = run_rules(case, chosen, heard)
        not_run = (*chosen.refused, *chosen.passed_over)
        if done.stopped:
            says = "Stopped: nothing of this run is kept."
        else:
            kept = done.kept
            says = (
                f"{len(chosen.rules)} rules over {done.events:,} events in {done.seconds:.1f} s: "
                f"{kept.count('new')} new findings, {kept.count('grown')} grown, "
                f"{kept.count('known')} known already."
            )
        self.ending = RulesEnding(says, done.stopped, not_run)

    def _over(self, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if self.ending is None:
            told = as_told(error, self._path) if error is not None else None
            self.ending = RulesEnding("The rules did not run to their end.", True, (), told)
        self._ended()
