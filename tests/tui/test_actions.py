"""Containment in the console, against the simulated account: what is sent, and what never is."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from tests.respond.scene import Person, make_role, make_user, work_as
from tests.simulated import empty_account
from tests.tui.acting import arm, states
from tests.tui.conftest import Open
from tests.tui.console import Console
from tests.tui.test_hostile import assert_harmless
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.case.opening import Opening, open_new_case
from trailtui.model.entity import Entity
from trailtui.playbook.load import load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.respond.registry import actions
from trailtui.respond.store import EXECUTING, PLANNED, all_actions, move
from trailtui.sim.account import SimulatedAccount
from trailtui.tui.screens.actions import ActionsScreen
from trailtui.tui.screens.actions_confirm import ApplyConfirmation
from trailtui.tui.session import AwsOptions

PLAYBOOK = """\
id: two
title: Two actions
version: 1
inputs:
  access_key: {type: access_key, required: true}
  user: {type: text, required: true}
phases:
  - phase: containment
    steps:
      - id: cut
        title: Cut the key
        guide: Cut it.
        run: {action: deactivate-access-key, with: {target: "{{ access_key }}"}}
      - id: users
        title: Users
        guide: Both.
        for_each: [input.user, input.access_key]
        run: {action: revoke-user-sessions, with: {target: "{{ each }}"}}
"""


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture(autouse=True)
def no_faults_left(account: SimulatedAccount) -> Iterator[None]:
    yield
    account.faults.clear()


@pytest.fixture
def victim(account: SimulatedAccount) -> Person:
    return make_user(account)


@pytest.fixture(autouse=True)
def responder(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The one whose credentials the console finds in its environment."""
    person = make_role(account)
    work_as(monkeypatch, person.credential)
    return person


@pytest.fixture
def options(account: SimulatedAccount) -> AwsOptions:
    return AwsOptions(endpoint_url=account.endpoint)


@pytest.fixture
def path(home: Path, victim: Person) -> Path:
    """A case with the playbook started."""
    made = home / "contain.case"
    with open_new_case(made, Opening()) as case:
        inputs = {"access_key": victim.credential.id, "user": victim.name}
        PlaybookRun.start(case, load_text(PLAYBOOK, "two.yaml"), inputs)
        judge_entity(case, Entity("credential", victim.credential.id), "indicator")
    return made


async def plan_the_cut(c: Console) -> None:
    await c.press("1", "r")
    assert "P· planned" in c.text


# What never sends anything


async def test_read_only_sends_only_reading_calls(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await c.press("enter")
        assert f"Deactivate an access key: {victim.credential.id}" in c.flat
        assert "aws --endpoint-url" in c.flat
        assert "read-only: not armed" in " ".join(c.view.preview.plain.split())
        await c.press("A")
        assert "READ-ONLY. Enter: arm it" in c.flat
        await c.press("escape", "A", "enter")
        assert "Arm this case?" in c.text
        await c.type("000000000000")
        assert "nothing was changed" in c.flat
        await c.press("escape")
        assert "Still read-only" in c.flat
        await c.press("escape", "V", "4", "V", "A", "escape")
    assert len(account.calls) > mark
    assert account.calls.mutating(since=mark) == []
    assert states(path) == [PLANNED]


async def test_a_wrong_word_enter_and_escape_send_nothing(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        await c.press("A", "enter")  # the focus is on Cancel
        assert "Cancelled: nothing was sent" in c.flat
        await c.press("A")
        await c.type("yes")
        assert f"'yes' is not '{victim.credential.id}': nothing was sent" in c.flat
        await c.press("ctrl+u", "enter")
        assert "Nothing was typed: nothing was sent" in c.flat
        await c.type(victim.credential.id[:-1])
        assert "nothing was sent" in c.flat
        await c.press("escape")
        assert not isinstance(c.screen, ApplyConfirmation)
        await c.press("A", "tab", "enter", "tab", "enter")
        assert not isinstance(c.screen, ApplyConfirmation)
    assert account.calls.mutating(since=mark) == []
    assert states(path) == [PLANNED]


async def test_leaving_an_action_out_needs_a_reason(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await c.press("L", "enter")
        assert "S↷" not in c.text
        await c.press("L")
        await c.type("the owner needs it")
        assert "S↷ skipped" in c.text
        await c.press("c")
        assert "D✔ cut" in c.text
    assert account.ledger.usable(victim.credential.id)
    assert states(path) == [PLANNED]


# What sends one call


async def test_applied_once_however_long_enter_is_held(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await c.press("A", "enter")  # read-only: offered to arm, and taken
        await c.type(account.number)
        assert isinstance(c.screen, ApplyConfirmation)  # goes on by itself
        mark = len(account.calls)
        await c.pilot.press(*victim.credential.id)
        for _ in range(5):
            event = events.Key("enter", "\r")
            event.set_sender(c.app)
            c.app._driver.send_message(event)
        await c.settle()
        assert "verified: AWS shows the state that was meant" in c.flat
        assert "intent written" in c.flat
        assert "request id" in c.flat
        await c.press("A")
        assert "a plan is applied once" in c.flat
        await c.press("escape")
        assert "V✔ verified" in c.text
        await c.press("c")
        assert "D✔ cut" in c.text
    assert len(account.calls.mutating(since=mark)) == 1
    assert states(path) == ["verified"]


async def test_the_target_can_be_pasted(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        await c.press("A")
        c.screen.post_message(events.Paste(f"{victim.credential.id}\n"))
        await c.settle()
        await c.press("enter")
        assert "verified" in c.flat
    assert states(path) == ["verified"]


async def test_a_refusal_of_aws_is_told_with_its_cure_and_harmlessly(
    console: Open,
    path: Path,
    options: AwsOptions,
    account: SimulatedAccount,
    victim: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trailtui.aws import session

    kept = session.from_exception

    def hostile(failure: Exception, call: object) -> Exception:
        error = kept(failure, call)  # pyright: ignore[reportArgumentType]
        error.what = f"{error.what} [/x] \x1b[2J\u202e[bold]"
        error.args = (error.what,)
        return error

    monkeypatch.setattr(session, "from_exception", hostile)
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        account.faults.add("iam", "UpdateAccessKey", "access_denied")
        await c.press("A")
        await c.type(victim.credential.id)
        assert "is failed" in c.flat
        assert "plan it again" in c.flat
        assert_harmless(c)
        assert "[/x]" in c.flat
        await c.press("escape", "escape")
        assert "F✖ failed" in c.text
        assert_harmless(c)
        await c.press("r")
        assert "P· planned" in c.text  # planned anew
    assert states(path) == ["failed", PLANNED]


async def test_a_lost_answer_is_read_back_not_sent_again(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        mark = len(account.calls)
        account.faults.add("iam", "UpdateAccessKey", "drop_after")
        await c.press("A")
        await c.type(victim.credential.id)
        assert "The call had taken effect" in c.flat
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == 1
    assert states(path) == ["verified"]


async def test_a_target_that_changed_since_is_refused(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        iam = account.actor(account.root).client("iam")
        iam.update_access_key(
            UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive"
        )
        mark = len(account.calls)
        await c.press("A")
        await c.type(victim.credential.id)
        assert "the state changed since the plan" in c.flat
        assert "Plan again" in c.flat
    assert account.calls.mutating(since=mark) == []


async def test_one_that_can_not_be_planned_says_why_in_its_row(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await c.press("1")
        await c.command("go users")
        await c.press("r")
        assert "P· planned" in c.text
        assert "-✖ not-planned" in c.text
        assert "1 of 2 could not be done" in c.flat
        await c.press("j", "enter")
        assert "cannot be found" in c.flat


async def test_after_one_is_applied_the_cursor_stands_on_the_next(
    console: Open, home: Path, options: AwsOptions, account: SimulatedAccount
) -> None:
    people = [make_user(account) for _ in range(3)]
    path = home / "three.case"
    with open_new_case(path, Opening()) as case:
        text = PLAYBOOK.replace("[input.user, input.access_key]", "given.access_key")
        text = text.replace("revoke-user-sessions", "deactivate-access-key")
        for person in people:
            judge_entity(case, Entity("credential", person.credential.id), "given")
        key, user = people[0].credential.id, people[0].name
        PlaybookRun.start(case, load_text(text, "three.yaml"), {"access_key": key, "user": user})
    async with console(path, aws=options) as c:
        await c.press("1")
        await arm(c, account)
        await c.command("go users")
        await c.press("r")
        targets: list[str] = []
        for _ in people:
            target = c.view.planned_actions.row.target
            targets.append(target)
            await c.press("A")
            await c.type(target)
            await c.press("escape")
        assert sorted(targets) == sorted(person.credential.id for person in people)
        assert c.text.count("V✔ verified") == 3


# What was left behind


def leave_executing(path: Path) -> None:
    """As a killed process leaves it: the intent written, no outcome."""
    with Case.open(path) as case:
        [row] = all_actions(case)
        process = {"pid": 2**22 + 1, "host": socket.gethostname(), "started": "1"}
        outcome = {"process": process, "intent_ms": 0, "identity": "x", "after": row.plan.after}
        move(case, row.id, out_of=(PLANNED,), into=EXECUTING, outcome=outcome, kind="action-intent")


async def test_an_unknown_one_is_read_back_at_the_next_start(
    console: Open,
    path: Path,
    options: AwsOptions,
    account: SimulatedAccount,
    victim: Person,
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
    leave_executing(path)
    iam = account.actor(account.root).client("iam")
    iam.update_access_key(UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive")
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await c.press("4")
        assert "V✔ verified" in c.text
    assert account.calls.mutating(since=mark) == []


async def test_without_leave_to_ask_aws_an_unknown_one_is_told(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
    leave_executing(path)
    mark = len(account.calls)
    async with console(path) as c:
        assert "is not known" in c.flat
        assert "V reads it back" in c.flat
        await c.press("4")
        assert "U? unknown" in c.text
    assert len(account.calls) == mark


# The list of actions


async def test_planned_by_hand_verified_and_taken_back(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await c.press("4")
        assert isinstance(c.view, ActionsScreen)
        assert "No action is planned in this case" in c.flat
        await arm(c, account)
        await c.press("P")
        assert min(actions()) in c.text  # the catalogue, by name
        await c.press("escape")
        await c.command("plan deactivate-access-key")
        assert victim.credential.id in c.text  # the one indicator of that kind is offered
        await c.press("enter")
        assert "planned: nothing was sent" in c.flat
        await c.press("A")
        await c.type(victim.credential.id)
        assert "verified" in c.flat
        await c.press("escape", "V")
        assert "All 1 hold" in c.flat
        await c.press("U")
        assert "it takes back action 1" in c.flat
        await c.press("A")
        await c.type(victim.credential.id)
        assert "verified" in c.flat
        await c.press("escape")
        assert "B↶ undone" in c.text
        assert account.ledger.usable(victim.credential.id)
        await c.press("P", *"deactivate-acc", "enter")
        assert "deactivate-access-key, target:" in c.text
        await c.press("escape", "R")
    assert states(path)[:2] == ["undone", "verified"]


async def test_a_plan_that_was_made_again_is_shown_as_superseded(
    console: Open, path: Path, options: AwsOptions, victim: Person
) -> None:
    async with console(path, aws=options, size=(160, 45)) as c:
        await c.press("4")
        for _ in range(2):
            await c.command(f"plan deactivate-access-key {victim.credential.id}")
            await c.press("escape")
        first, second = (line for line in c.lines if victim.credential.id in line)
        assert "P· superseded" in first
        assert "planned again as action 2" in first
        assert "P· planned" in second
    assert states(path) == [PLANNED, PLANNED]


async def test_what_is_so_already_needs_no_plan(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    iam = account.actor(account.root).client("iam")
    iam.update_access_key(UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive")
    async with console(path, aws=options) as c:
        await c.press("4")
        await c.command(f"plan deactivate-access-key {victim.credential.id}")
        assert "Nothing to do" in c.flat
        await c.press("1", "r")
        assert "A= already-so" in c.text


async def test_hostile_targets_are_refused_harmlessly(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount
) -> None:
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await c.press("4")
        for target in ("[/x][bold]", "\x1b[2J", "a\u202eb", "root", "../../etc"):
            c.view.run_line(f"plan revoke-user-sessions {target}")
            await c.settle()
            assert_harmless(c)
            assert "✖" in c.text
    assert account.calls.mutating(since=mark) == []
    assert states(path) == []


async def test_the_actions_screen_comes_back_to_its_plan(
    console: Open, path: Path, options: AwsOptions, victim: Person
) -> None:
    async with console(path, aws=options) as c:
        await plan_the_cut(c)
        await c.press("4", "enter")
        assert "What is sent" in c.text
    async with console(path) as c:
        assert "What is sent" in c.text
        assert victim.credential.id in c.lines[0] or "deactivate" in c.lines[0]
        await c.pilot.resize_terminal(60, 15)
        await c.settle()
        assert "planned" in c.text


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (140, 40)])
async def test_the_confirmation_fits_every_size(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, size: tuple[int, int]
) -> None:
    async with console(path, size=size, aws=options) as c:
        await plan_the_cut(c)
        await arm(c, account)
        await c.press("A")
        assert "Cancel" in c.text
        assert "update-access-key" in c.flat
        assert "type its target" in c.flat
        assert "focus is on Cancel" in c.flat
        await c.press("down", "pagedown", "up", "pageup", "escape")


def test_every_command_has_its_method() -> None:
    for command in ActionsScreen.OFFERED:
        assert callable(getattr(ActionsScreen, f"do_{command.name}"))
