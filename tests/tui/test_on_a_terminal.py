"""The real program on a pseudo-terminal: keys in, screen out."""

import os
import signal
from pathlib import Path

import pytest

from tests.terminal import terminal


def test_keys_in_screen_out(alice: Path) -> None:
    with terminal("alice") as t:
        t.until(lambda text: "700 events" in text and "ListRoles" in text)
        t.type("/errors\r")
        t.until(lambda text: "70 events" in text)
        t.type("\r")
        t.until(lambda text: "WHERE ITS BYTES ARE" in text)
        t.type("q")
        assert t.end() == 0
        assert b"\x1b[?1049l" in t.sent  # the terminal is given back as it was
        assert b"\x1b[?1000h" not in t.sent  # the mouse is never taken


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_the_place_is_kept(alice: Path, number: signal.Signals) -> None:
    with terminal("alice") as t:
        t.until(lambda text: "700 events" in text and "ListRoles" in text)
        t.type("/writes\r")
        t.until(lambda text: "140 events" in text)
        t.type("jjjj")
        t.until_saved(alice, '"filter": "writes"')
        t.type("\r")
        t.until(lambda text: "08:00:20 UTC" in text)
        t.until_saved(alice, '"detail": true')
        os.kill(t.pid, number)
        t.end()
    with terminal("alice") as t:
        t.until(lambda text: "08:00:20 UTC" in text and "/ writes" in text)
        t.type("q")
        assert t.end() == 0


def test_hostile_strings_do_not_reach_the_terminal(hostile: Path) -> None:
    with terminal("hostile") as t:
        t.until(lambda text: "8 events" in text and "curl [/x]" in text)
        for _ in range(8):
            t.type("\r")
            t.until(lambda text: "RECORD" in text or "WHERE" in text)
            t.type("G")
            t.type("\x1b")
            t.until(lambda text: "curl [/x]" in text and "RECORD" not in text)
            t.type("j")
        t.type("q")
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
