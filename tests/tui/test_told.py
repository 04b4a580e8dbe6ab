"""Nothing is silent at the keys either: why one does nothing, what is waited for, what was cut."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.conftest import Open, make_case
from tests.tui.console import Console
from tests.tui.test_step import PLAYBOOK, kinds, step, walked
from trailtui.case.events import EventFilter, page
from trailtui.case.file import Case
from trailtui.case.marks import pins
from trailtui.model.errors import InputError
from trailtui.playbook import runner
from trailtui.tui.doing import Doing
from trailtui.tui.screens import working
from trailtui.tui.views import VIEWS
from trailtui.tui.widgets.moving import MOVING

__all__ = ["PLAYBOOK", "walked"]

_MOVES = {command.name for command in MOVING} | {"next-row", "previous-row", "onward", "zoom"}


def told(c: Console) -> str:
    """What the lines at the bottom say, and whatever stands over them."""
    view = c.view
    shown = c.screen is not view or view.prompt.display or view.notice.display
    return "shown" if shown else str(view.status.render()).strip()


@pytest.mark.parametrize("view", [view.name for view in VIEWS if view.name != "report"])
async def test_no_key_of_a_view_is_silent_on_an_empty_case(
    console: Open, home: Path, view: str
) -> None:
    path = home / "empty.case"
    Case.create(path).close()
    async with console(path) as c:
        await c.command(view)
        for command in c.view.OFFERED:
            if not command.key or command.name in _MOVES:
                continue
            before = c.text
            await c.press(command.key.split(",")[0])
            assert told(c) or c.text != before, command
            await c.press("escape")
            if view != c.view.VIEW or c.screen is not c.view:
                await c.press("escape")
                await c.command(view)


async def test_a_key_without_a_meaning_says_so(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("8", "t")
        assert "t does nothing here; ? lists the keys" in c.flat
        await c.press("5", "ctrl+w")
        assert "ctrl+w does nothing here" in c.flat
        await c.press("7", "enter")
        assert "Enter does nothing here" in c.flat


async def test_before_a_playbook_the_bottom_line_offers_to_start_one(
    console: Open, home: Path
) -> None:
    path = home / "empty.case"
    Case.create(path).close()
    async with console(path) as c:
        await c.press("1")
        assert "Enter start" in c.lines[-1]
        assert "r run" not in c.lines[-1]


async def test_while_it_is_asked_the_bottom_line_is_about_the_answers(
    console: Open, walked: Path
) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "d")
        assert "Enter decide" in c.lines[-1]
        assert "p pin" not in c.lines[-1]
        await c.press("7")
        assert "There are 2 answers, no 7." in c.flat
        await c.press("escape")
        assert "p pin" in c.lines[-1]


async def test_columns_out_of_sight_are_counted_at_the_head(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r")
        head = next(line for line in c.lines if "eventTime UTC" in line)
        assert head.endswith("›")
        beyond = int(head.removesuffix("›").rpartition("+")[2])
        shown = len(step(c).result.layout_now)
        assert shown + beyond == len(step(c).result._all())
        await c.press(*["l"] * (shown - 1))
        assert "‹1" in c.text


async def test_the_ends_of_history_and_of_the_playbook_are_told(
    console: Open, walked: Path
) -> None:
    async with console(walked) as c:
        await c.press("left_square_bracket")
        assert "This is the first place" in c.flat
        await c.press("right_square_bracket")
        assert "This is the last place" in c.flat
        await c.press("1", "K")
        assert "This is the first step." in c.flat
        await c.press("J", "J", "J", "J")
        assert "This is the last step." in c.flat


async def until(c: Console, shown: Callable[[], bool]) -> None:
    """Let the console work on until something is so; a test that hangs is ended by its time."""
    while not shown():
        await c.pilot.pause()
        await asyncio.sleep(0)


async def test_what_is_decided_while_a_step_runs_is_asked_at_its_end(
    console: Open, walked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, perform = threading.Event(), runner.perform

    def slow(*given: object) -> object:
        go_on.wait(60)
        return perform(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "perform", slow)
    async with console(walked) as c:
        await c.press("1")
        await c.pilot.press("r", "d")
        assert "who is still running: it asks when its result is there" in c.flat
        for key in ("c", "s", "r"):
            await c.pilot.press(key)
            assert "who is still running." in c.flat
            assert "Esc stops it." in c.flat
        step(c)._tell_running(step(c).scene.step, False, 3)
        await c.pilot.press("2")
        await until(c, lambda: c.view.VIEW == "timeline")
        assert "3 s, then asks (d)" in c.flat
        assert "1 step, Esc there stops it" in c.flat
        await c.pilot.press("1")
        go_on.set()
        await c.settle()
        assert "60 rows" in c.flat
        assert step(c).decision.has_focus
        assert "Esc there stops it" not in c.flat
        await c.press("1")
        assert "Decided: 1 attacker" in c.flat


async def test_what_is_decided_is_forgotten_where_the_run_is_stopped(
    console: Open, walked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(case: Case, *_: object) -> None:
        case.connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).fetchone()

    monkeypatch.setattr(runner, "perform", endless)
    async with console(walked) as c:
        await c.press("1")
        await c.pilot.press("r", "d")
        await c.press("escape")
        assert "was stopped" in c.flat
        monkeypatch.undo()
        await c.press("r")
        assert not step(c).deciding


async def test_a_pin_that_moves_to_another_step_is_told(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "d", "1", "c", "r")
        assert step(c).wanted_step == "addresses"
        with Case.open(walked) as case:
            (pinned,) = pins(case)
        at = [row.event for row in step(c).result.rows].index(pinned.event.id)
        await c.press("g", *["j"] * at, "p")
        assert "Pinned for addresses" in c.flat
        assert "No longer pinned for who: an event is pinned for one step at a time." in c.flat
        with Case.open(walked) as case:
            assert [pin.step for pin in pins(case)] == ["addresses"]
        await c.press("p")
        assert "No longer pinned: ListUsers" in c.flat
        await c.press("p", "K", "2", "P", "g")
        await c.command("pin because")
        assert "Pinned as evidence: ListUsers. No longer pinned for addresses" in c.flat
        await c.press("p")
        assert "who has one less as evidence" in c.flat
    assert kinds(walked)[-2:] == ["pin", "pin"]


async def test_what_another_program_holds_up_is_told_on_every_screen(
    console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "PATIENT_SECONDS", 0.001)
    async with console(alice) as c:
        with Case.open(alice) as other:
            other.connection.execute("BEGIN IMMEDIATE")
            await c.pilot.press("p")
            await until(c, lambda: "Not written yet: another program is writing" in c.flat)
            await c.pilot.press("j", "3")
            await until(c, lambda: c.view.VIEW == "entities")
            assert "Not written yet" in c.flat
            await c.pilot.press("q")  # with the screen there until it is written
            await c.pilot.pause()
            assert not c.app._exit
            assert "Leaving once it is written what you did" in c.flat
            other.connection.execute("ROLLBACK")
        await until(c, lambda: c.app._exit)
    with Case.open(alice, readonly=True) as case:
        first = page(case, EventFilter(), limit=1).rows[0]
        assert [pin.event.id for pin in pins(case)] == [first.id]


async def test_a_long_error_keeps_its_cure_and_a_late_one_stays(
    console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Case) -> None:
        raise InputError("what AWS says " * 100, cure="Do this.")

    async with console(alice) as c:
        view = c.view
        view.work_in(view.session.read, "test", fail, lambda _: None)
        await c.settle()
        assert "more lines" in c.flat
        assert "Do this." in c.flat
        assert "Esc puts this away" not in c.flat
        await c.press("j")
        assert "Do this." not in c.flat
        monkeypatch.setattr(working, "LATE_SECONDS", -1.0)
        view.work_in(view.session.read, "test", fail, lambda _: None)
        await c.settle()
        await c.press("j")
        assert "Do this." in c.flat
        assert "Esc puts this away" in c.flat
        await c.press("escape")
        assert "Do this." not in c.flat
        assert c.view.VIEW == "timeline"


async def test_a_long_sentence_wraps_and_a_long_label_leaves_room_to_type(
    console: Open, alice: Path
) -> None:
    async with console(alice) as c:
        c.view.say("word " * 30 + "end")
        await c.pilot.pause()
        assert "word end" in c.flat
        c.view.ask("label " * 20 + "ends:", lambda _: None)
        await c.pilot.press("x", "y")
        assert "ends:" in c.flat
        assert "xy" in c.lines


async def test_a_long_value_does_not_bury_the_record(console: Open, home: Path) -> None:
    from tests.records import record

    path = make_case(home / "long.case", [record(1, userAgent="A" * 9000 + "end")])
    async with console(path) as c:
        await c.press("enter")
        assert "more lines, 9,003 characters: l unfolds" in c.flat
        assert "account" in c.text  # what comes after it is still in sight
        index = next(n for n, row in enumerate(c.screen.detail.rows) if row.field == "user agent")
        await c.press(*["j"] * index, "c")
        assert c.app.clipboard == "A" * 9000 + "end"
        await c.press("l")
        shown = "".join(row.value for row in c.screen.detail.rows)
        assert "A" * 9000 + "end" in shown
        await c.press("h")
        assert "l unfolds" in c.flat


async def test_what_a_screen_waits_for_is_told_on_the_others(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("4")
        c.view._carrying = "p1"  # type: ignore[attr-defined]
        for key in ("L", "P", "U", "V", "A"):
            await c.press(key)
            assert "p1 is being carried out: nothing else can be sent" in c.flat
        c.app.session.doing["plan"] = Doing("p1 7. once more in 20 s", "4 actions")
        await c.press("2")
        assert "p1 7. once more in 20 s" in c.flat
        assert "4 actions" in c.flat
        c.view._carrying = ""  # type: ignore[attr-defined]


async def test_one_of_many_actions_is_found_by_typing(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("4", "P", *"deny user")
        assert "deny-user" in c.text
        await c.press("ctrl+u", *["down"] * 40)
        here = c.screen._faces[c.screen._met[c.screen._cursor]]
        name = str(here.render()).split("\n")[0]
        assert name in c.text  # the one under the cursor is in sight
        await c.press("pagedown", "up", *"nosuchaction", "enter")
        assert "0 of " in c.text
        await c.press("backspace", "ctrl+u", *"deactivate-acc", "enter")
        assert "deactivate-access-key, target:" in c.text
