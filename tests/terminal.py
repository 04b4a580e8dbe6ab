"""The real program on a pseudo-terminal: keys in, screen out."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import POLLIN, poll

import pyte

from trailtui.case.file import Case

LIMIT_S = 60
PROGRAM = "from trailtui.cli.main import main; main()"


class Terminal:
    """A program on a pty, and the screen that it draws."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            command = [sys.executable, "-c", PROGRAM, *arguments]
            os.execve(sys.executable, command, {**os.environ, **environment})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._poll = poll()  # select() refuses a file descriptor past 1,023
        self._poll.register(self.fd, POLLIN)

    def press(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def until(self, shown: Callable[[str], bool]) -> str:
        """Read until the screen is as awaited; fails with the screen where it never is."""
        deadline = time.monotonic() + LIMIT_S
        while not shown(self.text):
            wait = deadline - time.monotonic()
            if wait <= 0 or not self._read(wait):
                raise AssertionError("not shown:\n" + self.text)
        return self.text

    def until_saved(self, path: Path, state: str) -> None:
        """Read until the place is written: a kill right after a key may lose that one movement."""
        deadline = time.monotonic() + LIMIT_S
        with Case.open(path, readonly=True) as case:
            while time.monotonic() < deadline:
                rows = case.connection.execute("SELECT state FROM view_states").fetchall()
                if any(state in row[0] for row in rows):
                    return
                if self._poll.poll(20):  # a program whose output nobody reads waits
                    self._read(0)
        raise AssertionError(f"{state} was never saved:\n{self.text}")

    def end(self) -> int:
        """Read until the program has ended; gives its exit code."""
        while self._read(LIMIT_S):
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def _read(self, wait_s: float) -> bool:
        ready = self._poll.poll(wait_s * 1000)
        try:
            data = os.read(self.fd, 1 << 16) if ready else b""
        except OSError:
            return False
        self.sent += data
        self._stream.feed(data)
        return bool(data)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@contextmanager
def terminal(*arguments: str, **environment: str) -> Iterator[Terminal]:
    """The program with these arguments, killed at the end where it still runs."""
    given = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"}
    made = Terminal(list(arguments), {**given, **environment})
    try:
        yield made
    finally:
        made.close()
