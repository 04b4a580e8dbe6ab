"""From the alert's key to a tree of credentials that is cut whole, and back again."""

from tests.contain.scene import Sleep, tree_of, usable
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.respond.action import Order
from trailtui.respond.arming import arm
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish, propose
from trailtui.respond.registry import find_action
from trailtui.respond.undoing import to_undo, undo_all
from trailtui.sim.incidents.stolen_key import StolenKey


def test_the_plan_for_the_key_ends_everything_that_came_out_of_it(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
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
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
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
