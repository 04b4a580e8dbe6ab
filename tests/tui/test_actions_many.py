"""Plans of several actions in the console, against the simulated account."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.respond.scene import Person, make_role, make_user, session_of, work_as
from tests.simulated import empty_account
from tests.tui.acting import arm, states
from tests.tui.conftest import Open
from tests.tui.console import Console
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.case.opening import Opening, open_new_case
from trailtui.model.entity import Entity
from trailtui.respond import registry
from trailtui.respond.containment_store import all_containments
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish
from trailtui.sim.account import SimulatedAccount
from trailtui.tui.session import AwsOptions


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


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
def path(home: Path, account: SimulatedAccount, victim: Person, responder: Person) -> Path:
    """A case with a plan of two actions, whose revocation is not repeated."""
    made = home / "many.case"
    with open_new_case(made, Opening()) as case:
        judge_entity(case, Entity("credential", victim.credential.id), "indicator")
        wishes = [
            Wish("revoke-user-sessions", victim.name, {"margin": "0"}),
            Wish("deactivate-access-key", victim.credential.id),
        ]
        plan_containment(case, session_of(account, responder.credential), wishes)
    return made


def preview_text(c: Console) -> str:
    return " ".join(c.view.preview.plain.split())


async def test_the_whole_is_shown_confirmed_once_carried_out_and_taken_back(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await c.command("actions")
        await c.press("W")
        shown = preview_text(c)
        assert "p1: 2 actions" in shown
        assert f"1. keys: deactivate-access-key {victim.credential.id}" in shown
        assert "2. sessions: revoke-user-sessions" in shown
        assert "Why in this order" in shown
        await c.press("A")
        assert "READ-ONLY. Enter: arm it" in c.flat
        await c.press("enter")
        assert "Arm this case?" in c.flat
        await c.type(account.number)
        assert f"type contain {account.number}" in c.flat
        await c.press("enter")
        assert "Cancelled: nothing was sent" in c.flat
        assert "ARMED" in c.lines[0]
        await c.press("A")
        await c.type("contain everything")
        assert "nothing was sent" in c.flat
        await c.press("escape")
        assert account.calls.mutating(since=mark) == []
        await c.press("A")
        await c.type(f"contain {account.number}")
        assert "p1: 2 of 2 are verified" in c.flat
        assert preview_text(c).count("[verified]") == 2
        assert not account.ledger.usable(victim.credential.id)
        await c.press("U")
        await c.type(f"undo {account.number}")
        assert "2 taken back" in c.flat
        await c.press("escape")
        assert not c.view.showing
    assert account.ledger.usable(victim.credential.id)
    assert states(path) == ["undone", "undone", "verified", "verified"]
    assert len(account.calls.mutating(since=mark)) == 4


async def test_planned_against_a_credential_from_the_console(
    console: Open, path: Path, options: AwsOptions, account: SimulatedAccount, victim: Person
) -> None:
    mark = len(account.calls)
    async with console(path, aws=options) as c:
        await c.command("actions")
        await c.press("L", "enter")  # the judged credential is offered
        assert "Planned; nothing was sent" in c.flat
        assert f"p2: 1 actions for {victim.credential.id}" in preview_text(c)
        await c.command("contain AKIAIOSFODNN7EXAMPLE")
        assert "nothing to plan" in c.flat
    assert account.calls.mutating(since=mark) == []
    with Case.open(path) as case:
        assert [row.plan.root for row in all_containments(case)] == [None, victim.credential.id]


async def test_what_cannot_be_undone_is_typed_singly(
    console: Open,
    home: Path,
    options: AwsOptions,
    account: SimulatedAccount,
    victim: Person,
    responder: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for_good = dataclasses.replace(
        registry.find_action("deactivate-access-key"), name="cut-for-good", irreversible=True
    )
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, for_good))
    path = home / "good.case"
    with open_new_case(path, Opening()) as case:
        wishes = [
            Wish("revoke-user-sessions", victim.name, {"margin": "0"}),
            Wish("cut-for-good", victim.credential.id),
        ]
        plan_containment(case, session_of(account, responder.credential), wishes)
    async with console(path, aws=options) as c:
        await c.command("actions")
        await arm(c, account)
        await c.press("W", "A")
        await c.type(f"contain {account.number}")
        assert "THIS CAN'T BE UNDONE" in c.flat
        await c.press("escape")  # leaves that one out
        assert "left alone" in c.flat
        assert account.ledger.usable(victim.credential.id)
        await c.press("escape", "A")
        await c.type(f"contain {account.number}")
        await c.type(victim.credential.id)
        assert "2 of 2 are verified" in c.flat
    assert not account.ledger.usable(victim.credential.id)
    assert states(path) == ["verified", "verified"]
