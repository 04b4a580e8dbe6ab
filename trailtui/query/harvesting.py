"""Reading records for a query in worker processes, into its temporary tables.

Each process reads the files that fall to it. All of them, and the query, see the case in the same
state: where somebody committed while they began, where one of them died, or where a condition
complained, nothing is taken, and the query reads the records itself.
"""

import marshal
import os
import pickle
import selectors
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO, Any, cast

from trailtui.case.file import Case
from trailtui.query.harvests import Harvest, make_tables, shares_of
from trailtui.query.messages import Task, read_message, version_of, write_message

_PROCESSES = min(2, os.cpu_count() or 1)
# -P: the folder we stand in may be evidence; nothing is to be imported from there
_COMMAND = [sys.executable, "-P", "-m", "trailtui.query.harvester"]
_PIPE_BYTES = 1 << 20
_LOOK_SECONDS = 0.05
"""Between two looks at the clock and at the wish to stop."""


class HarvestFailed(Exception):
    """The records could not be read apart; the query has to read them itself."""


class HarvestStopped(Exception):
    """The query is not wanted any more, or out of time."""


def harvest(
    connection: sqlite3.Connection,
    case: Case,
    needed: Mapping[str, Harvest],
    version: int,
    stopped: Callable[[], object],
) -> None:
    """Make and fill the tables.

    `connection` stands in a transaction over the case as it was in `version` (see version_of), and
    then in another one; `stopped` is asked all the while, and anything true ends it.
    Raises HarvestStopped for that, HarvestFailed where the tables are not to be used.
    """
    with _started() as processes:
        shares = shares_of(connection, len(processes))
        for process, share in zip(processes, shares, strict=True):
            _ask(process, Task(str(case.path.absolute()), tuple(needed.items()), share))
        streams = [cast("IO[bytes]", process.stdout) for process in processes]
        for stream in streams:  # each says that from now on it sees the case as it is
            _ready([stream], stopped)
            _received(stream)
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        if version_of(connection) != version:
            raise HarvestFailed
        make_tables(connection, needed)
        left = list(streams)
        while left:
            for stream in _ready(left, stopped):
                message = _received(stream)
                if message:
                    _insert(connection, needed, message)
                else:
                    left.remove(stream)


def _insert(connection: sqlite3.Connection, needed: Mapping[str, Harvest], message: bytes) -> None:
    name, columns = cast("tuple[str, list[Any]]", marshal.loads(message))  # noqa: S302 - our child
    inserting = f"INSERT INTO {name} {needed[name].inserting}"
    connection.executemany(inserting, zip(*columns, strict=True))


@contextmanager
def _started() -> Generator[list[subprocess.Popen[bytes]]]:
    """Processes that wait for a task; they are ended with it."""
    with ExitStack() as stack:
        processes: list[subprocess.Popen[bytes]] = []
        for _ in range(_PROCESSES):
            process = subprocess.Popen(
                _COMMAND,
                bufsize=0,  # what is ready is told by the pipe itself
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what goes wrong is met again by the query itself
                pipesize=_PIPE_BYTES,
            )
            stack.callback(_end, process)
            processes.append(process)
        yield processes


def _ask(process: subprocess.Popen[bytes], task: Task) -> None:
    try:
        write_message(cast("IO[bytes]", process.stdin), pickle.dumps(task))
    except BrokenPipeError:
        raise HarvestFailed from None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _ready(streams: Sequence[IO[bytes]], stopped: Callable[[], object]) -> list[IO[bytes]]:
    """Those that have something to be read, as soon as there is one."""
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while True:
            if stopped():
                raise HarvestStopped
            if ready := selector.select(_LOOK_SECONDS):
                return [cast("IO[bytes]", key.fileobj) for key, _ in ready]


def _received(stream: IO[bytes]) -> bytes:
    try:
        return read_message(stream)
    except EOFError:
        raise HarvestFailed from None
