"""What a query and the processes that read records for it say to each other."""

import sqlite3
from dataclasses import dataclass
from typing import IO

from trailtui.query.harvests import Harvest, Share

_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Task:
    """What one process is asked for."""

    case_path: str
    harvests: tuple[tuple[str, Harvest], ...]
    """Each with the name of its table."""
    share: Share
    """What falls to it."""


def version_of(connection: sqlite3.Connection) -> int:
    """Which state of the case a connection sees: another number after each commit of others."""
    connection.execute("SELECT 1 FROM evidence LIMIT 1").fetchall()
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def write_message(stream: IO[bytes], data: bytes) -> None:
    """Send bytes, their length first. An empty message marks a step: begun, done."""
    stream.write(len(data).to_bytes(_LENGTH_BYTES) + data)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes:
    """Receive bytes; raises EOFError where the other side is gone."""
    return _exactly(stream, int.from_bytes(_exactly(stream, _LENGTH_BYTES)))


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
