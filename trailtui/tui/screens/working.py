"""Work off the event loop, and the boundary at which every error becomes a notice."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from textual.screen import Screen

from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.tui.lane import Lane
from trailtui.tui.told import as_told
from trailtui.tui.widgets.chrome import StatusLine
from trailtui.tui.widgets.notice import Notice

T = TypeVar("T")
LATE_SECONDS = 1.0
"""An answer that took longer may meet keys that were not meant for it."""
PATIENT_SECONDS = 1.5
"""How long a quick task may take until the responder is told what it waits for."""
WAITS = "Not written yet: another program is writing to this case. It is tried on…"


class WorkingScreen(Screen[None]):
    """A screen that asks the case in lanes and shows what becomes of it."""

    def __init__(self) -> None:
        super().__init__()
        self._generations: dict[str, int] = {}
        self.status = StatusLine()
        self.notice = Notice()

    def work_in(
        self,
        lane: Lane,
        group: str,
        task: Callable[[Case], T],
        then: Callable[[T], None],
        *,
        failed: Callable[[TrailtuiError], None] | None = None,
        replace: bool = True,
    ) -> None:
        """Run `task` in a lane and give its result to `then`, on the event loop.

        With `replace`, a result that was overtaken by a later call of the same group is dropped,
        and a reading lane stops working on it. Without (for anything that changes something),
        every task is carried out and every result is taken. Errors become a notice.
        """
        generation = self._generations[group] = self._generations.get(group, 0) + 1
        label = f"{id(self)} {group}"
        if replace:
            lane.drop(label)
        future = lane.submit(task, label if replace else "")
        began = time.monotonic()
        if lane.is_quick and not replace:
            self.set_timer(PATIENT_SECONDS, lambda: future.done() or self.tell_waiting(future))

        def current() -> bool:
            return not replace or self._generations[group] == generation

        async def wait() -> None:
            try:
                result = await asyncio.wrap_future(future)
            except asyncio.CancelledError:
                if current():
                    raise
                return
            except Exception as error:  # noqa: BLE001 - the boundary: shown, never swallowed
                if current():
                    told = as_told(error, self.own_path())
                    self._take(began, lambda: (failed or self.fail)(told))
                return
            if current() and self.is_attached:
                self._take(began, lambda: then(result))

        self.run_worker(wait(), group=group, exit_on_error=False)

    def _take(self, began: float, step: Callable[[], None]) -> None:
        """Take an answer; the notice of a late one is not wiped away by whatever key comes next."""
        shown = self.notice.shown
        self.guarded(step)
        if self.notice.shown != shown and time.monotonic() - began > LATE_SECONDS:
            self.notice.stay()

    def tell_waiting(self, waited_for: "Future[Any]") -> None:
        """Say that a quick task is held up; called from the event loop."""
        self.say(WAITS, "yellow")

    def own_path(self) -> Path | None:
        """The case's file, for errors."""
        return None

    def guarded(self, step: Callable[[], None]) -> None:
        """Run a step; an error becomes a notice instead of ending the program."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the boundary: shown, never swallowed
            self.fail(as_told(error, self.own_path()))

    def fail(self, error: TrailtuiError) -> None:
        """Show what went wrong, and its cure."""
        self.notice.tell(error)

    def quieten(self, *, wholly: bool = False) -> bool:
        """Take away what was said, as the next command begins; whether a notice was.

        A notice that came by itself is only taken away `wholly`, as Esc does.
        """
        self.status.clear()
        return self.notice.clear(wholly=wholly)

    def say(self, text: str, style: str = "") -> None:
        """Show a text in the status line."""
        self.status.say(text, style)
