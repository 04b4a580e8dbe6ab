"""A lane: one thread with its own connection to the case, doing one thing after another.

SQLite connections belong to the thread that opened them. The console keeps a few lanes (reading,
slow reading, writing, AWS), so that nothing it does with a case ever runs on the event loop, and
a slow answer never holds up a quick one.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

from trailtui.case.file import Case
from trailtui.model.responder import Responder

T = TypeVar("T")


class Lane:
    """One worker thread and the connection that it opens at its first task."""

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        after: Callable[[Case], None] = lambda _case: None,
        open_case: Callable[[Path], Case] = Case.open,
        is_quick: bool = False,
    ) -> None:
        """`after` is called with the lane's case when a task has ended, in the lane's thread.

        `is_quick`: its tasks take moments, unless another program holds the case.
        """
        self.is_quick = is_quick
        self.path = path
        self._open_case = open_case
        self._after = after
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"case-{name}")
        self._case: Case | None = None
        self._lock = threading.Lock()
        self.responder: Responder | None = None
        """Who the action log is to name, once more is known than the user and the host."""
        self._waiting = 0
        self._running = ""
        self._latest: dict[str, Future[object]] = {}

    @property
    def busy(self) -> bool:
        """Whether a task runs or waits."""
        return self._waiting > 0

    def submit(self, task: Callable[[Case], T], label: str = "") -> Future[T]:
        """Queue a task; it gets the lane's own case. A label lets it be dropped later."""
        with self._lock:
            self._waiting += 1
        future = self._thread.submit(self._run, task, label)
        future.add_done_callback(self._one_less)
        if label:
            self._latest[label] = cast("Future[object]", future)
        return future

    async def run(self, task: Callable[[Case], T]) -> T:
        """Wait for a task without blocking the event loop; raises what the task raises."""
        return await asyncio.wrap_future(self.submit(task))

    def drop(self, label: str) -> None:
        """Give up the task of a label: it does not begin, or its statement is stopped.

        Only for tasks that read. Whoever waits gets CancelledError, or sqlite3's error.
        """
        future = self._latest.pop(label, None)
        if future is None or future.cancel() or future.done():
            return
        with self._lock:
            case = self._case
            if case is not None and self._running == label:
                case.connection.interrupt()

    def stop_reading(self) -> None:
        """Drop every labelled task; the program ends."""
        for label in list(self._latest):
            self.drop(label)

    def close(self) -> None:
        """Let the queued tasks end, close the connection, end the thread."""
        with suppress(RuntimeError):  # closed already
            self._thread.submit(self._close_case)
        self._thread.shutdown(wait=True)

    def _run(self, task: Callable[[Case], T], label: str) -> T:
        if self._case is None:
            self._case = self._open_case(self.path)
        if self.responder is not None:
            self._case.responder = self.responder
        with self._lock:
            self._running = label
        try:
            return task(self._case)
        finally:
            self._after(self._case)
            with self._lock:
                self._running = ""

    def _close_case(self) -> None:
        if self._case is not None:
            self._case.close()
            self._case = None

    def _one_less(self, _: object) -> None:
        with self._lock:
            self._waiting -= 1
