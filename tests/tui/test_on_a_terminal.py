"""The real program on a pseudo-terminal: keys in, screen out."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

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

    def _read(self, wait: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], wait)
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
    given = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"}
    made = Terminal(list(arguments), {**given, **environment})
    try:
        yield made
    finally:
        made.close()


def test_keys_in_screen_out(alice: Path) -> None:
    with terminal("alice") as t:
        t.until(lambda text: "700 events" in text and "ListRoles" in text)
        t.press("/errors\r")
        t.until(lambda text: "70 events" in text)
        t.press("\r")
        t.until(lambda text: "WHERE ITS BYTES ARE" in text)
        t.press("q")
        assert t.end() == 0
        assert b"\x1b[?1049l" in t.sent  # the terminal is given back as it was
        assert b"\x1b[?1000h" not in t.sent  # the mouse is never taken


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_the_place_is_kept(alice: Path, number: signal.Signals) -> None:
    with terminal("alice") as t:
        t.until(lambda text: "700 events" in text and "ListRoles" in text)
        t.press("/writes\r")
        t.until(lambda text: "140 events" in text)
        t.press("jjjj")
        _until_saved(alice, '"filter": "writes"')
        t.press("\r")
        t.until(lambda text: "08:00:20 UTC" in text)
        _until_saved(alice, '"detail": true')
        os.kill(t.pid, number)
        t.end()
    with terminal("alice") as t:
        t.until(lambda text: "08:00:20 UTC" in text and "/ writes" in text)
        t.press("q")
        assert t.end() == 0


def _until_saved(path: Path, state: str) -> None:
    """Wait until the place is written: a kill right after a key may lose that one movement."""
    deadline = time.monotonic() + LIMIT_S
    with Case.open(path, readonly=True) as case:
        while time.monotonic() < deadline:
            rows = case.connection.execute("SELECT state FROM view_states").fetchall()
            if any(state in row[0] for row in rows):
                return
            select.select([], [], [], 0.02)
    raise AssertionError(f"{state} was never saved")


def test_hostile_strings_do_not_reach_the_terminal(hostile: Path) -> None:
    with terminal("hostile") as t:
        t.until(lambda text: "8 events" in text and "curl [/x]" in text)
        for _ in range(8):
            t.press("\r")
            t.until(lambda text: "RECORD" in text or "WHERE" in text)
            t.press("G")
            t.press("\x1b")
            t.until(lambda text: "curl [/x]" in text and "RECORD" not in text)
            t.press("j")
        t.press("q")
        assert t.end() == 0
        assert b"]52;c;aGFja2Vk" not in t.sent
        assert b"\x1b]0;title" not in t.sent
        assert "\u202e".encode() not in t.sent


def test_a_dumb_terminal_is_told_of_the_commands(alice: Path) -> None:
    with terminal("alice", TERM="dumb") as t:
        assert t.end() == 2
        assert b"trailtui timeline" in t.sent.replace(b"\r\n", b" ")


def test_no_such_case_is_a_sentence(home: Path) -> None:
    with terminal("nowhere") as t:
        assert t.end() == 3
        assert b"there is no such case" in t.sent
        assert b"Traceback" not in t.sent
