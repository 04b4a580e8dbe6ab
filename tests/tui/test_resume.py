"""The console goes on where it was left, whatever ended it."""

import json
from pathlib import Path

from tests.tui.conftest import Open
from trailtui.case.file import Case
from trailtui.case.view_states import save_view_state, saved_view_states


async def test_same_view_filter_row_and_detail(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("slash")
        await c.type("writes")
        await c.press("space", "j", "j", "l", "Z", "enter")
        row, text = c.screen.rows.row.id, c.lines[3:]
    async with console(alice) as c:
        assert c.screen.rows.row.id == row
        assert c.screen.filter.text == "writes"
        assert c.screen.detail_open
        assert c.app.local_time
        assert c.lines[3:] == text


async def test_views_come_back_as_they_were_left(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("j", "j", "3", "tab", "6", "tab")
        await c.press("5")
    async with console(alice) as c:
        assert c.view.VIEW == "log"
        await c.press("3")
        assert "[credential]" in c.text
        await c.press("6")
        assert "[sources]" in c.text
        await c.press("2")
        assert c.screen.rows.index == 2


async def test_two_responders_have_places_of_their_own(alice: Path) -> None:
    with Case.open(alice) as case:
        save_view_state(case, "ann@host", "timeline", {"row": 1})
        save_view_state(case, "bob@host", "timeline", {"row": 2})
        assert saved_view_states(case, "ann@host") == {"timeline": {"row": 1}}
        assert saved_view_states(case, "bob@host") == {"timeline": {"row": 2}}
        assert saved_view_states(case, "ann") == {}


async def test_a_place_that_makes_no_sense_is_no_harm(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        owner = c.app.session.owner
    for state in (
        '{"filter": "from=whenever", "row": "x", "column": -3, "detail": null}',
        '{"row": 99999999999999999, "column": 900}',
        "[1, 2]",
        "no JSON",
    ):
        with Case.open(alice) as case, case.writing() as connection:
            connection.execute("UPDATE view_states SET state = ?", [state])
        async with console(alice) as c:
            assert "alice" in c.lines[0]
            await c.press("2", "g", "j", "enter", "escape")
            assert c.screen.rows.index == 1
    with Case.open(alice) as case, case.writing() as connection:
        connection.execute(
            "UPDATE view_states SET state = ? WHERE view = ?",
            [json.dumps({"view": "a view of tomorrow"}), f"{owner} console"],
        )
    async with console(alice) as c:
        assert c.view.VIEW == "timeline"
