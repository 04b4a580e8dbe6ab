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

from trailtui.case.file import Case, reported

_WRITERS_OWN_PAGES = 16_000
"""A quarter of a gigabyte: where the thread falls behind, the writer itself empties the log."""


class Checkpoints:
    """Use it around a load, and call `after_commit`; leaving it ends the thread.

    The thread's connection is open before the load begins: opening a case mends indices, which a
    first load leaves out on purpose. Entering raises what opening raises (CaseError, InputError);
    leaving raises what ended the thread, unless the load itself failed.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._open = threading.Event()
        self._wanted = threading.Event()
        self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._open.wait()
            if self._error is not None:
                raise self._error
            execute = self._case.connection.execute
            execute(f"PRAGMA wal_autocheckpoint = {_WRITERS_OWN_PAGES}")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        if error is None and self._error is not None:
            raise self._error

    def after_commit(self) -> None:
        """There is something to copy."""
        self._wanted.set()

    def _end(self) -> None:
        self._ended = True
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._case.reopen() as own, reported(own.path):
                self._open.set()
                self._copy(own.connection)
        except BaseException as error:  # noqa: BLE001 - raised where the thread is waited for
            self._error = error
        finally:
            self._open.set()

    def _copy(self, connection: sqlite3.Connection) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended:  # said before it is wanted, so that clearing can't lose it
                return
            with suppress(sqlite3.OperationalError):  # a full disk: the log keeps it all
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
