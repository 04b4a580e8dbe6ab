"""Opening, creating and finding case files; transactions; settings."""

import json
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from trailtui.case.indices import mend_event_indices
from trailtui.case.responder import current_responder
from trailtui.case.schema import APPLICATION_ID, SCHEMA_VERSION, upgrade
from trailtui.model.errors import CaseError, InputError
from trailtui.model.responder import Responder

SUFFIX = ".case"
BUSY_SECONDS = 20
"""How long a writer waits for another one before it gives up."""


def case_folder() -> Path:
    """Where cases live that are named without a path: TRAILTUI_HOME, else the data folder."""
    if home := os.environ.get("TRAILTUI_HOME"):
        return Path(home)
    from platformdirs import user_data_path

    return user_data_path("trailtui")


def locate_case(name_or_path: str) -> Path:
    """The file of a case: a path where it has a slash or the suffix, else a name in the folder."""
    if not name_or_path:
        raise InputError("the case has no name", cure="Give a name such as `leak-2026-11`.")
    if "/" in name_or_path or name_or_path.endswith(SUFFIX):
        return Path(name_or_path).expanduser()
    return case_folder() / f"{name_or_path}{SUFFIX}"


def list_cases() -> list[Path]:
    """The cases in the case folder, newest first."""
    folder = case_folder()
    found = [path for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


class Case:
    """An open case. A connection belongs to the thread that opened it: open one per thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, readonly: bool) -> None:
        self.path = path
        self.connection = connection
        self.readonly = readonly
        self.responder: Responder = current_responder()
        """Who the action log names; a caller adds the AWS identity once it is known."""
        self._depth = 0

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.name.removesuffix(SUFFIX)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make an empty case, mode 0600, in a folder that is made 0700 where it is missing."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            raise InputError(
                "this case exists already",
                where=str(path),
                cure="Open it, or choose another name.",
            ) from None
        except OSError as error:
            raise InputError(
                f"the case can't be made here: {error.strerror}", where=str(path)
            ) from None
        connection = _connect(path, readonly=False, new=True)
        return cls(path, connection, readonly=False)

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> Self:
        """Open a case; raises InputError where there is none, CaseError where it is damaged."""
        if not path.is_file():
            raise InputError(
                "there is no such case",
                where=str(path),
                cure="`trailtui cases` lists them; `trailtui new NAME` makes one.",
            )
        return cls(path, _connect(path, readonly=readonly, new=False), readonly=readonly)

    def reopen(self, *, readonly: bool | None = None) -> "Case":
        """A second connection to the same case, for another thread."""
        other = Case.open(self.path, readonly=self.readonly if readonly is None else readonly)
        other.responder = self.responder
        return other

    def close(self) -> None:
        """Close the connection; a transaction that is still open is rolled back."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Generator[sqlite3.Connection]:
        """One transaction: all or nothing. A `with` inside another joins it.

        With `durable` the commit waits for the disk, so that it outlives a power cut too; without
        it, a commit outlives the death of the process.
        """
        if self._depth:
            self._depth += 1
            try:
                yield self.connection
            finally:
                self._depth -= 1
            return
        with reported(self.path):
            if durable:
                self.connection.execute("PRAGMA synchronous = FULL")
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                self._depth = 1
                try:
                    yield self.connection
                    self.connection.execute("COMMIT")
                except BaseException:
                    if self.connection.in_transaction:
                        self.connection.execute("ROLLBACK")
                    raise
                finally:
                    self._depth = 0
            finally:
                if durable:
                    self.connection.execute("PRAGMA synchronous = NORMAL")

    def setting(self, key: str, default: object = None) -> object:
        """A value that was stored with set_setting, or `default`."""
        row = self.connection.execute("SELECT value FROM settings WHERE key = ?", [key]).fetchone()
        return default if row is None else json.loads(row[0])

    def set_setting(self, key: str, value: object) -> None:
        """Store a JSON value under a key."""
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO settings (key, value) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [key, json.dumps(value)],
            )


@contextmanager
def reported(path: Path) -> Generator[None]:
    """SQLite's own errors as a sentence with a cure."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise CaseError(
                "another program is writing to this case",
                where=str(path),
                cure="Wait until it is done and try again.",
            ) from error
        if "full" in text:
            raise CaseError(
                "the disk is full; the case is as it was before this step",
                where=str(path),
                cure="Make room and run the same command again.",
            ) from error
        if "readonly" in text or "disk I/O" in text or "unable to open" in text:
            raise CaseError(f"the case can't be written: {text}", where=str(path)) from error
        raise
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise CaseError(
            f"the case file is damaged or is no case: {error}",
            where=str(path),
            cure="`sqlite3 FILE .recover` may save what is left; restore a copy if there is one.",
        ) from error


def _connect(path: Path, *, readonly: bool, new: bool) -> sqlite3.Connection:
    mode = "ro" if readonly else "rw"
    with reported(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        try:
            _prepare(connection, path, readonly=readonly, new=new)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, readonly: bool, new: bool) -> None:
    if new:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("PRAGMA journal_mode = WAL")
    else:
        row = connection.execute("PRAGMA application_id").fetchone()
        if cast("int", row[0]) != APPLICATION_ID:
            raise InputError("this is not a case of trailtui", where=str(path))
    if not readonly:
        connection.execute("PRAGMA synchronous = NORMAL")
        upgrade(connection)
        mend_event_indices(connection)
    elif connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        with Case.open(path):
            pass  # opening it for writing brings its tables up to date
    connection.execute("PRAGMA cache_size = -32768")
    connection.execute("PRAGMA mmap_size = 268435456")
