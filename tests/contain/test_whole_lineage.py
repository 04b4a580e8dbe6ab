"""From the alert's key to a tree of credentials that is cut whole, and back again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.respond.scene import session_of
from tests.simulated import simulated_account
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import Tree, lineage
from trailtui.model.times import now_ms
from trailtui.respond import applying, carrying_out, iam_sessions
from trailtui.respond.action import Order
from trailtui.respond.arming import arm
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish, propose
from trailtui.respond.registry import find_action
from trailtui.respond.undoing import to_undo, undo_all
from trailtui.sim.incidents.stolen_key import StolenKey


@pytest.fixture
def incident() -> Iterator[StolenKey]:
    with simulated_account(hours=3) as played:
        yield played


@pytest.fixture
def case(tmp_path: Path, incident: StolenKey) -> Iterator[Case]:
    folder = tmp_path / "logs"
    incident.account.deliver(folder)
    with open_new_case(tmp_path / "whole.case", Opening()) as made:
        collect_files(made, [str(folder)], workers=0)
        yield made


@pytest.fixture
def aws(incident: StolenKey) -> AwsSession:
    return session_of(incident.account, incident.responder.session)


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the product's clock on instead of waiting."""
    slept: list[float] = []

    def present() -> int:
        return now_ms() + int(sum(slept) * 1000)

    for module in (iam_sessions, carrying_out, applying):
        monkeypatch.setattr(module, "now_ms", present)
    monkeypatch.setattr(AwsSession, "now_ms", lambda _: present())
    return slept.append


def tree_of(case: Case, incident: StolenKey) -> Tree:
    return lineage(case, incident.leaked_key, now_ms())


def usable(incident: StolenKey) -> set[str]:
    """What the intruder holds and can still use for anything."""
    ledger = incident.account.ledger
    held = {incident.leaked_key, *(one.id for one in ledger.descendants(incident.leaked_key))}
    return {one for one in held if ledger.usable(one)}


def test_the_plan_for_the_key_ends_everything_that_came_out_of_it(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Callable[[float], None]
) -> None:
    before = incident.account.state()
    assert len(usable(incident)) > 1
    proposal = propose(tree_of(case, incident), incident.account.number)
    mark = len(incident.account.calls)
    found = plan_containment(
        case, aws, proposal.wishes, root=incident.leaked_key, left_out=proposal.left_out
    )
    assert incident.account.calls.mutating(since=mark) == []
    orders = [entry.order for entry in found.plan.entries]
    assert orders == sorted(orders)
    assert {Order.DENY, Order.KEYS, Order.SESSIONS} <= set(orders)
    assert all(entry.why and entry.nodes for entry in found.plan.entries)
    arm(case, aws)
    result = carry_out(case, aws, found.name, found.plan.word, sleep=sleep)
    assert result.is_good, result
    assert usable(incident) == set()

    word = f"undo {incident.account.number}"
    standing = to_undo(case, incident.account.number)
    assert len(standing) == len(result.standings) + sum(
        one.again is not None for one in result.standings
    )
    undone = undo_all(case, aws, word, sleep=sleep)
    assert undone.is_good, undone
    assert incident.account.state() == before
    assert to_undo(case, incident.account.number) == []


def test_the_key_alone_is_the_wrong_order_and_the_intruder_lives_on(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Callable[[float], None]
) -> None:
    """Why the plan denies first and revokes sessions: the key's sessions outlive it."""
    found = plan_containment(case, aws, [Wish("deactivate-access-key", incident.leaked_key)])
    assert any("live on for up to 36 hours" in warning for warning in found.plan.warnings)
    arm(case, aws)
    assert carry_out(case, aws, found.name, found.plan.word, sleep=sleep).is_good
    assert incident.leaked_key not in usable(incident)
    assert len(usable(incident)) > 1
    proposed = propose(tree_of(case, incident), incident.account.number).wishes
    orders = [find_action(wish.action).order for wish in proposed]
    assert orders == sorted(orders)
    assert orders[0] == Order.DENY
    assert orders[-1] >= Order.SESSIONS
