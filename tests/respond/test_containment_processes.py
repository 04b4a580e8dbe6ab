"""A plan of several actions under kill -9, and under several responders at once."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.respond.processes import Applier, Gate
from tests.respond.scene import Person, make_role, make_user
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import verify as verify_log
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.containment_store import ContainmentRow, find_containment, standings
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
KILLS = 12


@pytest.fixture(scope="module")
def applier(account: SimulatedAccount, responder: Person) -> Iterator[Applier]:
    started = Applier(account, responder)
    yield started
    started.close()


def planned(case: Case, aws: AwsSession, account: SimulatedAccount) -> ContainmentRow:
    """A key, a role's sessions, a user's sessions: each by a call of its own name."""
    user, role = make_user(account), make_role(account)
    return plan_containment(
        case,
        aws,
        [
            Wish("deactivate-access-key", user.credential.id),
            Wish("revoke-role-sessions", role.name, {"margin": "0"}),
            Wish("revoke-user-sessions", user.name, {"margin": "0"}),
        ],
    )


def carried_out(account: SimulatedAccount, since: int) -> Counter[str]:
    return Counter(
        call.operation for call in account.calls.mutating(since=since) if call.carried_out
    )


ONCE_EACH = Counter(UpdateAccessKey=1, PutRolePolicy=1, PutUserPolicy=1)


def states(case: Case, found: ContainmentRow) -> list[str]:
    return [one.row.state for one in standings(case, found)]


@pytest.mark.parametrize(
    ("operation", "when", "arrives", "left"),
    [
        ("GetRolePolicy", "before", True, "planned"),
        ("PutRolePolicy", "before", False, "executing"),
        ("PutRolePolicy", "before", True, "executing"),
        ("PutRolePolicy", "after", True, "executing"),
    ],
    ids=["before the intent", "after the intent", "call in flight", "after the call"],
)
def test_killed_in_the_second_of_three(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
    no_wait: NoWait,
    operation: str,
    when: str,
    arrives: bool,
    left: str,
) -> None:
    found = planned(armed_case, aws, account)
    mark = len(account.calls)
    gate = Gate(account, monkeypatch, operation, when)
    pid = applier.start(armed_case, found.hash)
    assert gate.reached.wait(30)
    assert states(armed_case, found) == ["verified", left, "planned"]
    applier.kill(pid)
    gate.open() if arrives else gate.turn_away()
    result = carry_out(armed_case, aws, found.name, found.hash, sleep=no_wait)
    assert result.is_good
    assert carried_out(account, mark) == ONCE_EACH
    assert verify_log(armed_case).ok


def test_killed_after_the_outcome_while_it_reads_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
    no_wait: NoWait,
) -> None:
    found = planned(armed_case, aws, account)
    mark = len(account.calls)
    sent = Gate(account, monkeypatch, "PutRolePolicy", "after")
    pid = applier.start(armed_case, found.hash)
    assert sent.reached.wait(30)
    back = Gate(account, monkeypatch, "GetRolePolicy", "before")
    sent.open()
    assert back.reached.wait(30)
    assert states(armed_case, found) == ["verified", "executed", "planned"]
    applier.kill(pid)
    back.open()
    assert carry_out(armed_case, aws, found.name, found.hash, sleep=no_wait).is_good
    assert carried_out(account, mark) == ONCE_EACH


def test_killed_at_random_moments_and_resumed(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, applier: Applier
) -> None:
    chance = random.Random(11)
    left: list[tuple[str, ...]] = []
    for _ in range(KILLS):
        found = planned(armed_case, aws, account)
        mark = len(account.calls)
        pid = applier.start(armed_case, found.hash)
        # Not a wait for something: the moment of the kill is what varies.
        threading.Event().wait(chance.uniform(0.02, 0.6))
        applier.end(pid)
        left.append(tuple(states(armed_case, found)))
        assert applier.wait(applier.start(armed_case, found.hash)) == 0
        assert states(armed_case, found) == ["verified"] * 3
        assert carried_out(account, mark) == ONCE_EACH
    assert len(set(left)) > 1, "every kill came at the same point"
    assert verify_log(armed_case).ok


def test_several_responders_on_one_plan_send_each_action_once(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, applier: Applier
) -> None:
    found = planned(armed_case, aws, account)
    mark = len(account.calls)
    pids = [applier.start(armed_case, found.hash) for _ in range(4)]
    assert {applier.wait(pid) for pid in pids} <= {0, 1}
    assert states(armed_case, find_containment(armed_case, found.name)) == ["verified"] * 3
    assert carried_out(account, mark) == ONCE_EACH
    assert verify_log(armed_case).ok
