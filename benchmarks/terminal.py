"""A program on a pseudo-terminal: what it sends, and when."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pyte

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
    """Runs a program on a pty of a given size; use it as a context manager."""

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
        self.started = time.perf_counter()
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.execve(command[0], list(command), {**os.environ, "TERM": "xterm-256color",
                                                  **environment})  # fmt: skip
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._fd)

    @property
    def lines(self) -> list[str]:
        """The screen as it stands."""
        return list(self._screen.display)

    def press(self, key: bytes, *, quiet: float = 0.12, limit: float = 5.0) -> Sent:
        """Send a key and take what comes until nothing has come for `quiet` seconds."""
        since = time.perf_counter()
        os.write(self._fd, key)
        return self._take(since, limit, quiet=quiet)

    def wait_for(self, shown: Callable[[list[str]], bool], *, limit: float = 20.0) -> Sent:
        """Take what comes from the start on until the screen shows what is awaited.

        Raises TimeoutError with the screen where it never does.
        """
        sent = self._take(self.started, limit, until=shown)
        if not shown(self.lines):
            raise TimeoutError("not shown in time:\n" + "\n".join(self.lines))
        return sent

    @property
    def text(self) -> str:
        """The screen as one line, so that a sentence is found however it wraps."""
        return " ".join(" ".join(self.lines).split())

    def expect(self, shown: Callable[[str], object], *, limit: float = 30.0) -> None:
        """Take what comes until the screen's text shows what is awaited, from now on.

        Looks only when nothing has come for a moment: in between, half a screen may be painted.
        Raises TimeoutError with the screen where it never does.
        """
        since = time.perf_counter()
        while True:
            self._take(time.perf_counter(), 5.0, quiet=0.15, silent=True)
            if shown(self.text):
                return
            if time.perf_counter() - since > limit or self.ended:
                raise TimeoutError("not shown in time:\n" + "\n".join(self.lines))

    def type(self, text: str) -> None:
        """Send keys without waiting for what they do."""
        os.write(self._fd, text.encode())

    def settle(self, *, quiet: float = 0.4, limit: float = 5.0) -> Sent:
        """Take what comes until the program is quiet."""
        return self._take(time.perf_counter(), limit, quiet=quiet)

    def _take(
        self,
        since: float,
        limit: float,
        *,
        quiet: float | None = None,
        until: Callable[[list[str]], bool] | None = None,
        silent: bool = False,
    ) -> Sent:
        sent = Sent()
        deadline = since + limit
        heard = time.perf_counter()
        while (now := time.perf_counter()) < deadline:
            wait = deadline - now
            if quiet is not None and (sent.chunks or until is None):
                wait = min(wait, heard + quiet - now) if sent.chunks or silent else wait
            ready, _, _ = select.select([self._fd], [], [], max(wait, 0))
            if not ready:
                break
            try:
                data = os.read(self._fd, _CHUNK)
            except OSError:  # the program has ended
                self.ended = True
                break
            heard = time.perf_counter()
            sent.chunks.append((heard - since, data))
            self._stream.feed(data)
            if until is not None and until(self.lines):
                break
        return sent
