"""The timeline: pages, filter, detail, marks, pivots."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.tui.conftest import Open, make_case, ordinary
from trailtui.case.event_table import COLUMNS, event_cells
from trailtui.case.file import Case
from trailtui.case.marks import notes, pins
from trailtui.cli.main import program
from trailtui.tui.widgets import row_window


async def test_first_page(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        c.same_as("timeline")


async def test_wide(console: Open, alice: Path) -> None:
    async with console(alice, size=(160, 24)) as c:
        await c.press("enter")
        lines = c.lines
        assert all("2026-03-01 08:00:" in line for line in lines[3:22])
        assert lines[3].split("▏")[1].split() == ["time", "2026-03-01", "08:00:00", "UTC"]
        assert "arn:aws:iam::111122223333:user/alice" in lines[6]
        await c.press("j")
        assert "08:00:01 UTC" in c.lines[3]
        await c.press("o", "j")
        assert c.screen.focused is c.screen.detail
        await c.press("escape", "escape")
        c.same_as("timeline-wide")


async def test_small_and_large(console: Open, alice: Path) -> None:
    async with console(alice, size=(60, 15)) as c:
        c.same_as("timeline-60x15")
        await c.pilot.resize_terminal(120, 40)
        await c.settle()
        assert len(c.lines) == 40
        assert "AKIAEXAMPLEALICE0000" in c.text
        await c.pilot.resize_terminal(59, 15)
        await c.settle()
        assert "59x15 is too small; 60x15 is needed." in c.text
        assert "ListUsers" not in c.text
        await c.pilot.resize_terminal(80, 24)
        await c.settle()
        assert "ListRoles" in c.text


async def test_every_row_is_reached_and_the_window_stays_small(
    console: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_window, "MOST_ROWS", 250)
    path = make_case(home / "long.case", [ordinary(number) for number in range(900)])
    async with console(path) as c:
        rows = c.screen.rows
        seen = {row.id for row in rows.rows}
        for _ in range(100):
            before = rows.row.id
            await c.press("space")
            seen |= {row.id for row in rows.rows}
            assert len(rows.rows) <= 250
            if rows.row.id == before:
                break
        assert len(seen) == 900
        assert rows.row.id == max(seen)
        for _ in range(100):
            before = rows.row.id
            await c.press("b")
            assert len(rows.rows) <= 250
            if rows.row.id == before:
                break
        assert rows.row.id == min(seen)


async def test_ends_and_single_steps(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        rows = c.screen.rows
        first = rows.row.id
        await c.press("G")
        last = rows.row.id
        assert last > first
        await c.press("k", "k", "j")
        assert [row.id for row in rows.rows][rows.index + 1] == last
        await c.press("g")
        assert rows.row.id == first
        await c.press("O")
        assert "newest first" in c.text
        await c.press("g")
        assert rows.row.id == last


async def test_keys_typed_ahead_are_not_lost(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.pilot.press(*["space"] * 12, *["j"] * 7)
        await c.settle()
        ids = sorted({row.id for row in c.screen.rows.rows})
        page = c.screen.rows.size.height - 1
        with Case.open(alice, readonly=True) as case:
            everything = [
                row[0] for row in case.connection.execute("SELECT id FROM event_rows ORDER BY id")
            ]
        assert ids
        assert everything.index(c.screen.rows.row.id) == 12 * page + 7


async def test_rows_are_those_of_the_command_line(console: Open, alice: Path) -> None:
    for arguments, line in (
        ((), ""),
        (("--errors",), "errors"),
        (("--writes", "--entity", "AKIAEXAMPLEALICE0000"), "writes AKIAEXAMPLEALICE0000"),
        (("--where", "eventName LIKE 'List%'"), "List*"),
        (("--from", "2026-03-01T08:05:00Z", "--to", "2026-03-01T08:06:00Z"),
         "from=2026-03-01T08:05:00Z to=2026-03-01T08:06:00Z"),
    ):  # fmt: skip
        words = ["timeline", str(alice), "--format", "json", "--limit", "100", *arguments]
        printed = json.loads(CliRunner().invoke(program, words).stdout)
        async with console(alice) as c:
            await c.press("slash")
            c.screen.prompt.query_one("Input").value = ""
            await c.type(line)
            shown = [
                dict(zip(COLUMNS, event_cells(row), strict=True))
                for row in c.screen.rows.rows[:100]
            ]
        assert printed == json.loads(json.dumps(shown))
        assert printed


async def test_filter_counts_and_says_what_was_looked_at(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("slash")
        await c.type("errors")
        assert "70 events" in c.lines[1]
        await c.press("slash")
        await c.type(" ip:192.0.2.99")
        assert "0 events" in c.lines[1]
        assert "Looked at 700 events from 2026-03-01T08:00:00Z" in c.text
        await c.press("escape")
        assert "70 events" in c.lines[1]
        await c.press("left_square_bracket")
        assert "700 events" in c.lines[1]
        await c.press("right_square_bracket")
        assert "70 events" in c.lines[1]


async def test_a_filter_that_makes_no_sense_is_told(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("slash")
        await c.type("from=yesterday")
        assert "'yesterday' is no time." in c.text
        await c.press("slash")
        await c.type("where eventNam = 'x'")
        assert "eventNam" in c.text
        assert c.screen.notice.display
        await c.press("escape", "escape")
        assert "700 events" in c.lines[1]


async def test_detail_shows_the_record_and_its_place(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("enter")
        assert "WHERE ITS BYTES ARE" in c.text
        assert "evidence 1 offset 13 length" in c.text
        await c.press("G")
        assert "eventCategory" in c.text
        await c.press("escape")
        assert "ListRoles" in c.text


async def test_detail_steps_through_events(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("enter", "J", "J")
        assert "2026-03-01 08:00:02 UTC" in c.text
        await c.press("K")
        assert "2026-03-01 08:00:01 UTC" in c.text


async def test_folding(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("enter")
        view = c.screen.detail
        at = next(n for n, line in enumerate(view.rows) if line.path == "userIdentity")
        view.move(at)
        length = len(view.rows)
        await c.press("h")
        assert view.row.folded
        assert len(view.rows) < length
        await c.press("l")
        assert len(view.rows) == length


async def test_pin_tag_and_note(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("j", "p", "m", "m", "t")
        await c.type("initial-access")
        await c.press("n")
        await c.type("first sign of them")
        assert "P◆" in c.text
        assert "T" in c.text
    with Case.open(alice, readonly=True) as case:
        assert [pin.event.time_ms for pin in pins(case)] == [1772352001000]
        assert [note.text for note in notes(case)] == ["first sign of them"] * 2
        tags = case.connection.execute("SELECT count(*) FROM tags").fetchone()
        assert tags == (2,)
    async with console(alice) as c:
        await c.press("g", "j", "p")
        assert "P◆" not in c.text
    with Case.open(alice, readonly=True) as case:
        assert pins(case) == []


async def test_pivot_goes_to_the_entity_and_back(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("j", "l", "l", "l", "l", "x")
        assert c.lines[0].split("AWS")[0].rstrip().endswith("198.51.100.7")
        assert c.screen.filter.text == "198.51.100.7"
        assert c.screen.rows.row.time_ms == 1772352001000
        await c.press("escape")
        assert c.screen.filter.text == ""
        await c.press("h", "h", "x")
        assert c.screen.filter.text.startswith("where eventName = ")


async def test_pivot_from_the_record(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("enter")
        view = c.screen.detail
        view.move(next(n for n, line in enumerate(view.rows) if line.path.endswith(".accessKeyId")))
        await c.press("x")
        assert c.screen.filter.text == "AKIAEXAMPLEALICE0000"
        assert not c.screen.detail_open


async def test_next_error_and_go_to_time(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("e", "e")
        assert c.screen.rows.row.error == "AccessDenied"
        assert c.screen.rows.row.time_ms == 1772352013000
        await c.press("E")
        assert c.screen.rows.row.time_ms == 1772352003000
        await c.press("E")
        assert "No further error" in c.text
        await c.command("goto 2026-03-01T08:10:00Z")
        assert c.screen.rows.row.time_ms == 1772352600000


async def test_copy_gives_the_reference_and_shows_it(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("y")
        copied = c.app.clipboard
        assert copied.startswith("event ")
        assert "evidence 1 offset 13 length" in copied
        assert "sha256 " in copied
        assert "Copied: event" in c.text
        await c.press("l", "l", "c")
        assert c.app.clipboard in ("ListUsers", "GetUser", "ListRoles", "CreateUser")


async def test_times_in_local_zone_are_labelled(
    console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        async with console(alice) as c:
            assert "2026-03-01 08:00:00" in c.text
            await c.press("Z")
            assert "UTC+05:30" in c.text
            assert "2026-03-01 13:30:00" in c.text
            await c.press("Z")
            assert "2026-03-01 08:00:00" in c.text
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_an_empty_case_says_so(console: Open, home: Path) -> None:
    Case.create(home / "empty.case").close()
    async with console(home / "empty.case") as c:
        assert "nothing was looked at" in c.text
        assert "fetches events from AWS" in c.text
        await c.press("j", "G", "space", "enter", "x", "p", "y", "e")
        assert "nothing was looked at" in c.text


async def test_another_responder_adds_events(console: Open, alice: Path, home: Path) -> None:
    async with console(alice) as c:
        await c.press("space", "j")
        row = c.screen.rows.row.id
        line = c.screen.rows.cursor_line
        c.app.watch_case()
        await c.settle()
        with Case.open(alice) as other:
            from tests.tui.conftest import write_records
            from trailtui.collect.files import collect_files

            more = write_records(home / "more.json", [ordinary(n) for n in range(700, 750)])
            collect_files(other, [str(more)], workers=0)
        c.app.watch_case()
        await c.settle()
        assert "750 events" in c.lines[1]
        assert c.screen.rows.row.id == row
        assert c.screen.rows.cursor_line == line


async def test_marks_hold_beyond_the_window(
    console: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_window, "MOST_ROWS", 250)
    path = make_case(home / "long.case", [ordinary(number) for number in range(900)])
    async with console(path) as c:
        first = c.screen.rows.row.id
        await c.press("m", "G", "m")
        assert "2 marked" in c.lines[1]
        assert first not in {row.id for row in c.screen.rows.rows}
        await c.press("p")
        assert "2 events" in c.text
        await c.press("M")
        assert "marked" not in c.lines[1]
    with Case.open(path, readonly=True) as case:
        assert len(pins(case)) == 2
        assert first in {pin.event.id for pin in pins(case)}
