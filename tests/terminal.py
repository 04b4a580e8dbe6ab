"""A program on a pseudo-terminal: keys in, screen out; what it sends, and when."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from select import POLLIN, poll
from types import TracebackType
from typing import Self

import pyte

from trailtui.case.file import Case

LIMIT_S = 60.0
PROGRAM = "from trailtui.cli.main import main; main()"
_CHUNK = 1 << 16


@dataclass(slots=True)
class Sent:
    """What a program sent after something happened."""

    chunks: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    """Seconds since it happened, and the bytes that came then."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(data) for _, data in self.chunks)

    @property
    def last(self) -> float:
        """Seconds until the last of it."""
        return self.chunks[-1][0] if self.chunks else 0.0


class Terminal:
    """Runs a program on a pty of a given size; use it as a context manager.

    Leaving it kills a program that still runs. What awaits something on the screen raises
    TimeoutError, with the screen, where it never comes.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.ended = False
        self.sent = b""
        """Everything that it sent so far."""
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], list(command), {**os.environ, "TERM": "xterm-256color",
                                                  **environment})  # fmt: skip
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._poll = poll()  # select() refuses a file descriptor past 1,023
        self._poll.register(self._fd, POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    @property
    def lines(self) -> list[str]:
        """The screen as it stands."""
        return list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as one line, so that a sentence is found however it wraps."""
        return " ".join(" ".join(self.lines).split())

    # Keys

    def type(self, text: str) -> None:
        """Send keys without waiting for what they do."""
        os.write(self._fd, text.encode())

    def press(self, key: bytes, *, quiet: float = 0.12, limit: float = 5.0) -> Sent:
        """Send a key and take what comes until nothing has come for `quiet` seconds."""
        since = time.perf_counter()
        os.write(self._fd, key)
        return self._take(since, limit, quiet=quiet)

    # The screen

    def wait_for(self, shown: Callable[[list[str]], bool], *, limit: float = 20.0) -> Sent:
        """Take what comes, counted from the start on, until the lines show what is awaited."""
        sent = self._take(self.started, limit, until=lambda: shown(self.lines))
        if not shown(self.lines):
            raise self._not_shown()
        return sent

    def until(self, shown: Callable[[str], object], *, limit: float = LIMIT_S) -> None:
        """Take what comes until the screen's text shows what is awaited, be it for a moment."""
        if shown(self.text):
            return
        self._take(time.perf_counter(), limit, until=lambda: bool(shown(self.text)))
        if not shown(self.text):
            raise self._not_shown()

    def expect(self, shown: Callable[[str], object], *, limit: float = 30.0) -> None:
        """Take what comes until the screen's text shows what is awaited, and all is painted.

        Looks only when nothing has come for a moment: in between, half a screen may be painted.
        """
        since = time.perf_counter()
        while True:
            self._take(time.perf_counter(), 5.0, quiet=0.15, silent=True)
            if shown(self.text):
                return
            if time.perf_counter() - since > limit or self.ended:
                raise self._not_shown()

    def settle(self, *, quiet: float = 0.4, limit: float = 5.0) -> Sent:
        """Take what comes until the program is quiet."""
        return self._take(time.perf_counter(), limit, quiet=quiet)

    def until_saved(self, path: Path, state: str) -> None:
        """Take what comes until the case at `path` holds this in a place to go on at.

        A kill right after a key may lose that one movement.
        """
        deadline = time.perf_counter() + LIMIT_S
        with Case.open(path, readonly=True) as case:
            while time.perf_counter() < deadline:
                rows = case.connection.execute("SELECT state FROM view_states").fetchall()
                if any(state in row[0] for row in rows):
                    return
                self._read(0.02)  # a program whose output nobody reads waits
        raise TimeoutError(f"{state} was never saved:\n" + "\n".join(self.lines))

    def end(self) -> int:
        """Take what comes until the program has ended; gives its exit code."""
        while self._read(LIMIT_S):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def _take(
        self,
        since: float,
        limit: float,
        *,
        quiet: float | None = None,
        until: Callable[[], bool] | None = None,
        silent: bool = False,
    ) -> Sent:
        sent = Sent()
        deadline = since + limit
        heard = time.perf_counter()
        while (now := time.perf_counter()) < deadline:
            wait = deadline - now
            if quiet is not None and (sent.chunks or silent):
                wait = min(wait, heard + quiet - now)
            data = self._read(wait)
            if not data:
                break
            heard = time.perf_counter()
            sent.chunks.append((heard - since, data))
            if until is not None and until():
                break
        return sent

    def _read(self, wait_s: float) -> bytes:
        """What comes next, taken onto the screen; nothing where the time is up, or it ended."""
        if not self._poll.poll(max(wait_s, 0) * 1000):
            return b""
        try:
            data = os.read(self._fd, _CHUNK)
        except OSError:
            data = b""
        self.ended = self.ended or not data
        self.sent += data
        self._stream.feed(data)
        return data

    def _not_shown(self) -> TimeoutError:
        return TimeoutError("not shown in time:\n" + "\n".join(self.lines))


def terminal(*arguments: str, **environment: str) -> Terminal:
    """The program of this source tree with these arguments."""
    given = {"LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"}
    return Terminal([sys.executable, "-c", PROGRAM, *arguments], {**given, **environment})
