"""Every string of a record is hostile; every screen shows it harmlessly."""

import re
from pathlib import Path

import pytest

from tests.tui.conftest import HOSTILE, Open
from tests.tui.console import Console

FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def assert_harmless(c: Console) -> None:
    """No character that acts on a terminal, in whatever is painted."""
    for line in c.lines:
        assert not FORBIDDEN.search(line), ascii(line)


@pytest.mark.parametrize("size", [(80, 24), (160, 40)])
async def test_timeline_and_detail(console: Open, hostile: Path, size: tuple[int, int]) -> None:
    async with console(hostile, size=size) as c:
        assert_harmless(c)
        assert "curl [/x]" in c.text  # markup is shown, not obeyed
        for _ in HOSTILE:
            await c.press("enter")
            assert_harmless(c)
            await c.press("G")
            assert_harmless(c)
            await c.press("y")
            assert_harmless(c)
            assert "\x1b" not in c.app.clipboard
            await c.press("c", "escape", "escape", "j")
            assert_harmless(c)


async def test_pivots_filters_and_history(console: Open, hostile: Path) -> None:
    async with console(hostile) as c:
        for number in range(len(HOSTILE)):
            await c.press("g", *["j"] * number)
            row = c.screen.rows.row
            await c.press(*["l"] * 12, "h", "h", "x")
            assert_harmless(c)
            assert not c.screen.notice.display, c.text
            assert row.id in {each.id for each in c.screen.rows.rows}, c.screen.filter.text
            await c.press("escape")
            assert_harmless(c)


async def test_other_views(console: Open, hostile: Path) -> None:
    async with console(hostile) as c:
        await c.press("t")
        await c.type("[/x]")
        await c.press("n")
        await c.type("a note [bold]")
        await c.press("3")
        for _ in range(7):
            assert_harmless(c)
            assert "found" in c.text
            if c.screen.rows.row is not None:
                await c.press("enter")
                assert_harmless(c)
                await c.press("escape", "I", "enter")
                assert_harmless(c)
            await c.press("tab")
        await c.press("5", "enter")
        assert_harmless(c)
        await c.press("escape", "6")
        for _ in range(3):
            assert_harmless(c)
            await c.press("enter")
            assert_harmless(c)
            await c.press("escape", "tab")
        await c.press("0")
        assert_harmless(c)


async def test_a_note_of_escapes_stays_text(console: Open, hostile: Path) -> None:
    async with console(hostile) as c:
        await c.press("slash")
        c.screen.prompt.query_one("Input").value = "[/x] \x1b[2J"
        await c.press("enter")
        assert_harmless(c)
        assert "is nothing to filter by" in c.text
