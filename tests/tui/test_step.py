"""The step screen: a playbook over files alone, walked by keys at 80x24."""

import os
import signal
import threading
from pathlib import Path

import pytest
from textual import events

from tests.records import record
from tests.terminal import terminal
from tests.tui.conftest import HOSTILE, Open, make_case
from tests.tui.console import Console
from tests.tui.test_hostile import assert_harmless
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.case.marks import pins
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.playbook.load import load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.tui.screens.step import StepScreen

KEY = "AKIAEXAMPLEALICE0000"
PLAYBOOK = """\
id: small
title: A small one
version: 1
inputs:
  access_key: {type: access_key, required: true}
  remark: {type: text}
phases:
  - phase: triage
    steps:
      - id: who
        title: Whose key is it?
        guide: |
          Look at `{{ access_key }}`, and read {{ remark }}.

          | Call | What lives on | Stopped by |
          |---|---|---|
          | GetFederationToken | a session of the user | revoke-user-sessions |

          [Look here](https://example.com/x) or &#x202e;there.
        run: {pivot: credential, with: {value: "{{ access_key }}"}}
        decide:
          question: Who made these calls?
          options:
            - {id: attacker, means: "not the owner"}
            - {id: owner, means: "all explained"}
          next: {owner: write}
        evidence: required
      - id: addresses
        title: Each address
        guide: Each address, with all that was done from there.
        for_each: step.who.sourceIPAddress
        run: {pivot: ip, with: {value: "{{ each }}"}}
  - phase: containment
    steps:
      - id: ready
        title: Ready?
        guide: Tell them.
        run: {manual: Tell those who have to know.}
        evidence: required
  - phase: report
    steps:
      - id: write
        title: Write the report
        guide: Write it.
        run: {report: write}
"""


def start(path: Path, remark: str = "this") -> None:
    """Start the small playbook in the case at `path`."""
    with Case.open(path) as case:
        PlaybookRun.start(
            case, load_text(PLAYBOOK, "small.yaml"), {"access_key": KEY, "remark": remark}
        )


@pytest.fixture
def walked(home: Path) -> Path:
    """A case of 60 events of the key from two addresses, with the small playbook started."""
    records = [
        record(
            number,
            sourceIPAddress="192.0.2.66" if number % 2 else "203.0.113.9",
            **({"eventName": "CreateUser", "readOnly": False} if number == 59 else {}),
            **({"errorCode": "AccessDenied"} if number == 1 else {}),
        )
        for number in range(60)
    ]
    path = make_case(home / "small.case", records)
    start(path)
    return path


def step(c: Console) -> StepScreen:
    assert isinstance(c.view, StepScreen)
    return c.view


async def at_once(c: Console, keys: str) -> None:
    """Press keys before anything comes of the first, as somebody types ahead of a slow case."""
    go_on = threading.Event()
    for lane in (step(c).session.read, step(c).session.write):
        lane.submit(lambda _: go_on.wait(30))
    for key in keys:
        event = events.Key(key, key)
        event.set_sender(c.app)
        c.app._driver.send_message(event)
    await c.pilot.pause()
    while c.app.keys.busy:
        await c.pilot.pause()
    go_on.set()
    await c.settle()


def kinds(path: Path) -> list[str]:
    with Case.open(path) as case:
        return [entry.kind for entry in journal.entries(case)]


async def test_a_case_without_a_playbook_offers_those_there_are(
    console: Open, home: Path, tmp_path: Path
) -> None:
    path = home / "fresh.case"
    open_new_case(path, Opening(entities=(Entity("credential", KEY),))).close()
    async with console(path) as c:
        await c.press("1")
        assert "compromised-access-key" in c.text
        await c.press("enter")
        assert KEY in c.text  # filled in with what the alert named
        await c.press("ctrl+u", "n", "o", "enter", "enter", "enter", "enter")
        assert "the input access_key can't be 'no'" in c.flat
        assert "playbook-started" not in kinds(path)
        await c.press("up", "up", "up", "ctrl+u")
        await c.type(KEY)
        await c.press("enter", "enter", "enter")
        assert "What was reported" in c.flat
        assert "O▶ alert" in c.text
    assert "playbook-started" in kinds(path)


async def test_a_step_is_run_looked_at_decided_evidenced_and_completed(
    console: Open, walked: Path
) -> None:
    async with console(walked) as c:
        await c.press("1")
        assert "O▶ who" in c.text
        assert f"value={KEY}" in c.flat
        assert "Needs: run it (r); decide (d); pin (p) or note (n) evidence" in c.flat
        await c.press("d")
        assert "Run it first" in c.flat
        await c.press("c")
        assert "can't be completed: run it" in c.flat
        await c.press("r")
        assert "R▶ who" in c.text
        assert "60 rows. Looked at 60 events" in c.flat
        assert "E✖" in c.text
        await c.press("G", "p")
        assert "P◆" in c.text
        await c.press("d")
        assert "1 attacker" in c.text
        assert "2 owner" in c.text
        await c.press("1")
        assert "Decided: 1 attacker" in c.flat
        assert "Ready: c completes it" in c.flat
        await c.press("c")
        assert "D✔ who" in c.text
        assert "O▶ addresses" in c.text
    with Case.open(walked) as case:
        [pin] = pins(case)
        assert (pin.event.name, pin.step) == ("CreateUser", "who")
        assert journal.verify(case).ok
    assert kinds(walked)[-4:] == ["step-ran", "pin", "decision", "step-done"]


async def test_pinning_twice_takes_the_pin_away(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "p")
        assert "No longer pinned" in c.flat
    with Case.open(walked) as case:
        assert pins(case) == []


async def test_the_rows_stand_still_when_they_are_read_again(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", *("j" * 20), "k", "k")
        before = [line[24:] for line in c.lines if "2026-03-01" in line]
        step(c).case_changed()
        await c.settle()
        assert [line[24:] for line in c.lines if "2026-03-01" in line] == before
        await c.press("p")
        after = [line[24:] for line in c.lines if "2026-03-01" in line]
        assert [line[2:] for line in after] == [line[2:] for line in before]


async def test_a_digit_alone_decides_nothing(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "2")
        assert c.view.VIEW == "timeline"
        await c.press("1", "d", "escape")
        assert "d decides" in c.text
    assert "decision" not in kinds(walked)


async def test_a_decision_can_be_given_by_name_and_changed(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r")
        await c.command("decide owner")
        assert "Decided: 2 owner" in c.flat
        await c.press("d", "k", "enter")
        assert "Decided: 1 attacker" in c.flat
        await c.command("decide nobody")
        assert "has no option 'nobody'" in c.flat


async def test_keys_typed_ahead_meet_the_step_they_are_meant_for(
    console: Open, walked: Path
) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "n")
        await c.type("seen")
        await c.press("d", "1")
        await at_once(c, "cr")  # r is for the step that comes
        assert step(c).wanted_step == "addresses"
        await at_once(c, "KJJ")
        assert step(c).wanted_step == "ready"
    with Case.open(walked) as case:
        ran = [entry.what["step"] for entry in journal.entries(case, kinds=["step-ran"])]
    assert ran == ["who", "addresses"]


async def test_what_was_typed_ahead_of_a_refusal_is_forgotten(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1")
        await at_once(c, "cr")
        assert "can't be completed" in c.flat
    assert "step-ran" not in kinds(walked)


async def test_skipping_needs_a_reason(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "s", "enter")
        assert "step-skipped" not in kinds(walked)
        await c.press("s", "escape")
        assert "step-skipped" not in kinds(walked)
        await c.press("s")
        await c.type("known to be ours")
        assert "S↷ who" in c.text
        await c.press("K", "K", "K")
        assert "skipped: known to be ours" in c.flat


async def test_a_step_that_does_not_apply_says_why(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "d", "2", "c")
        assert "-– addresses" in c.text
        assert "O▶ write" in c.text
        await c.command("go addresses")
        assert "Does not apply: the decision at who leads on to write" in c.flat


async def test_running_a_finished_step_again_asks_first(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "d", "1", "c", "K", "r", "escape")
        assert kinds(walked).count("step-ran") == 1
        await c.press("r", "enter")
        assert kinds(walked).count("step-ran") == 2
        assert "R▶ who" in c.text


async def test_several_values_stand_in_one_list_with_what_was_looked_at(
    console: Open, walked: Path
) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "d", "1", "c", "r")
        assert "60 rows for 2 values. Looked at 60 events" in c.flat
        await c.press("G")
        assert "192.0.2.66" in c.text


async def test_a_step_to_be_done_by_hand_says_so(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1")
        await c.command("go ready")
        assert "by hand: Tell those who have to know." in c.flat
        await c.press("r")
        assert "nothing to run" in c.flat
        await c.press("n")
        await c.type("told the owner")
        await c.press("e")
        assert "told the owner" in c.text
        await c.press("c")
        assert "D✔ ready" in c.text


async def test_detail_and_pivot_come_back_to_the_same_row(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "j", "j", "j", "enter")
        assert "WHERE ITS BYTES ARE" in c.text
        await c.press("escape")
        assert step(c).result.index == 3
        await c.press("x")
        assert "names nobody" in c.flat  # the time is no entity
        await c.press("l", "l", "x")
        assert c.view.VIEW == "timeline"
        assert "192.0.2.66" in c.lines[0] or "192.0.2.66" in c.flat
        await c.press("escape")
        assert c.view.VIEW == "step"
        assert step(c).result.index == 3
        assert step(c).result.has_focus


async def test_columns_out_of_sight_are_reached_by_moving_on(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r")
        assert "eventID" not in c.text
        await c.press(*("l" * 12))
        assert "eventID" in c.text
        assert step(c).result.column.name == "eventID"
        await c.press(*("h" * 20))
        assert "eventTime UTC" in c.text


async def test_tab_and_enter_go_through_the_panes(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1")
        assert step(c).guide.has_focus
        await c.press("enter")
        assert step(c).result.has_focus
        assert "Not run yet. r runs it" in c.flat
        await c.press("tab")
        assert step(c).evidence.has_focus
        await c.press("tab")
        assert step(c).guide.has_focus


async def test_the_guide_is_text_and_its_tables_are_whole(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1")
        shown = " ".join(step(c).guide.plain.split())
        assert "GetFederationToken: what lives on a session of the user;" in shown
        assert "Look here (https://example.com/x)" in shown
        assert "\\u202ethere" in shown
        assert_harmless(c)


async def test_a_running_query_is_stopped_by_escape(
    console: Open, walked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(case: Case, *_: object) -> None:
        case.connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).fetchone()

    monkeypatch.setattr("trailtui.playbook.runner.perform", endless)
    async with console(walked) as c:
        await c.press("1")
        await c.pilot.press("r")
        await c.pilot.pause()
        assert "Esc stops it" in c.flat
        await c.pilot.press("j", "k")  # the screen lives on
        await c.press("escape")
        assert "was stopped; its result is as it was before" in c.flat
        monkeypatch.undo()
        await c.press("r")
        assert "60 rows" in c.flat
    assert kinds(walked).count("step-ran") == 1


async def test_what_another_process_does_is_shown(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1")
        with Case.open(walked) as case:
            PlaybookRun.resume(case).skip("who", "by a colleague")
        step(c).case_changed()
        await c.settle()
        assert "S↷ who" in c.text


async def test_resumes_at_step_pane_and_row(console: Open, walked: Path) -> None:
    async with console(walked) as c:
        await c.press("1", "r", "p", "d", "1", "c", "r", "j", "j", "z")
    async with console(walked) as c:
        assert c.view.VIEW == "step"
        assert step(c).wanted_step == "addresses"
        assert step(c).result.has_focus
        assert step(c).result.index == 2
        assert not step(c).rail.display


async def test_resumes_after_a_kill(console: Open, walked: Path) -> None:
    with terminal(str(walked)) as t:
        t.until(lambda text: "Whose key" in text)
        t.type("r")
        t.until(lambda text: "60 rows" in text)
        t.until_saved(walked, '"pane": "result"')
        t.type("jjjj")
        t.until_saved(walked, '"row": 4')
        os.kill(t.pid, signal.SIGKILL)
        t.end()
    async with console(walked) as c:
        assert step(c).wanted_step == "who"
        assert step(c).result.index == 4
        assert step(c).result.has_focus


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (160, 45)])
async def test_every_size_shows_step_rows_and_needs(
    console: Open, walked: Path, size: tuple[int, int]
) -> None:
    async with console(walked, size=size) as c:
        await c.press("1", "r")
        assert "R▶" in c.text
        assert "2026-03-01 08:00:00" in c.text
        assert "Needs:" in c.text
        if size[0] >= 140 or size[1] >= 36:
            assert "GetFederationToken" in c.text  # the guide beside or above the rows
        await c.pilot.resize_terminal(80, 24)
        await c.settle()
        assert "Needs:" in c.text


async def test_hostile_strings_in_results_guides_and_evidence(console: Open, home: Path) -> None:
    records = [
        record(
            number,
            eventName=text,
            userAgent=text,
            sourceIPAddress=text,
            errorCode=text,
            userIdentity={"type": "IAMUser", "arn": text, "userName": text, "accessKeyId": KEY},
        )
        for number, text in enumerate(HOSTILE)
    ]
    path = make_case(home / "hostile-step.case", records)
    start(path, remark="[/x] \x1b[2J `&#x202e;` | a | [bold]b[/] \u202e")
    async with console(path) as c:
        await c.press("1")
        assert_harmless(c)
        await c.press("r")
        for _ in HOSTILE:
            await c.press("enter")
            assert_harmless(c)
            await c.press("escape", "p", "l", "y", "x", "1")
            assert_harmless(c)
            await c.press("j")
        await c.press("n")
        await c.type("[/x] note")
        await c.press("e")
        assert_harmless(c)
        assert "[/x] note" in c.text
        await c.press("enter")
        assert_harmless(c)
        await c.press("escape", "d", "1", "c", "r")
        assert_harmless(c)


def test_every_command_has_its_method() -> None:
    for command in StepScreen.OFFERED:
        assert callable(getattr(StepScreen, f"do_{command.name.replace('-', '_')}"))


async def test_help_names_every_key(console: Open, walked: Path) -> None:
    async with console(walked, size=(120, 60)) as c:
        await c.press("1", "question_mark")
        for command in StepScreen.OFFERED[:12]:
            assert command.help.split(",")[0][:30] in c.flat


async def test_a_step_over_new_files_shows_them(
    console: Open, walked: Path, tmp_path: Path
) -> None:
    """A rerun finds what was collected since."""
    async with console(walked) as c:
        await c.press("1", "r")
        from tests.tui.conftest import write_records

        more = write_records(tmp_path / "more.json", [record(1000 + n) for n in range(5)])
        with Case.open(walked) as case:
            collect_files(case, [str(more)], workers=0)
        await c.press("r")
        assert "65 rows" in c.flat
