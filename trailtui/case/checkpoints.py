"""Copying the write-ahead log into the case beside the writing, in a thread of its own.

SQLite does that within a commit, and waits for the disk twice each time: for a load of many files
that is a tenth of its time, in which nothing is written. Readers and the one writer go on while a
thread does it. What it can't copy stays in the log, for the next checkpoint or whoever opens the
case next, so no failure here loses anything.
"""

import sqlite3
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from trailtui.case.file import Case

_WRITERS_OWN_PAGES = 16_000
"""A quarter of a gigabyte: where the thread falls behind, the writer itself empties the log."""


class Checkpoints:
    """Use it around a load, and call `after_commit`; leaving it ends the thread."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._wanted = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def __enter__(self) -> Self:
        execute = self._case.connection.execute
        execute(f"PRAGMA wal_autocheckpoint = {_WRITERS_OWN_PAGES}")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended = True
        self._wanted.set()
        self._thread.join()

    def after_commit(self) -> None:
        """There is something to copy."""
        self._wanted.set()

    def _run(self) -> None:
        with self._case.reopen() as own:
            while True:
                self._wanted.wait()
                if self._ended:
                    return
                self._wanted.clear()
                with suppress(sqlite3.OperationalError):  # a full disk: the log keeps it all
                    own.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
