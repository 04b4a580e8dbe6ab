"""Containment plans of several actions: order, confirmation, running, resuming, repeating."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.respond.scene import ALLOW_ALL, Person, allowing, make_role, make_user, session_of
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.journal import verify as verify_log
from trailtui.model.errors import CaseError, InputError, UsageError
from trailtui.model.times import now_ms
from trailtui.respond import applying, carrying_out, iam_sessions, registry
from trailtui.respond.action import Order, Refusal
from trailtui.respond.arming import arm
from trailtui.respond.carried_out import Step
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.containment_store import (
    ContainmentRow,
    all_containments,
    find_containment,
    standings,
)
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish
from trailtui.respond.store import all_actions
from trailtui.respond.undoing import undo_all
from trailtui.sim.account import SimulatedAccount

KEY, USER, ROLE = "deactivate-access-key", "revoke-user-sessions", "revoke-role-sessions"
NoWait = Callable[[float], None]


class Clock:
    """The present, which only sleeping moves on."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now_ms(self) -> int:
        return now_ms() + int(sum(self.slept) * 1000)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (iam_sessions, carrying_out, applying):
        monkeypatch.setattr(module, "now_ms", made.now_ms)
    monkeypatch.setattr(AwsSession, "now_ms", lambda _: made.now_ms())
    return made


@pytest.fixture
def no_wait(clock: Clock) -> NoWait:
    return clock.sleep


@pytest.fixture
def planned(
    armed_case: Case, aws: AwsSession, victim: Person, stolen_role: Person
) -> ContainmentRow:
    """Sessions of a role and a user, and the user's key, asked for in the wrong order."""
    wishes = [
        Wish(ROLE, stolen_role.arn, {"margin": "5"}),
        Wish(USER, victim.name, {"margin": "5"}),
        Wish(KEY, victim.credential.id),
    ]
    return plan_containment(armed_case, aws, wishes)


def states(case: Case, row: ContainmentRow) -> list[str]:
    return [one.row.state for one in standings(case, row)]


def mutating(account: SimulatedAccount, since: int) -> list[str]:
    return [call.operation for call in account.calls.mutating(since=since)]


def test_a_plan_sorts_itself_and_only_reads(
    planned: ContainmentRow, armed_case: Case, account: SimulatedAccount
) -> None:
    assert [entry.action for entry in planned.plan.entries] == [KEY, ROLE, USER]
    assert [entry.again_after_s for entry in planned.plan.entries] == [None, 5, 5]
    assert [row.state for row in all_actions(armed_case)] == ["planned"] * 3
    assert find_containment(armed_case, "p1") == planned
    assert find_containment(armed_case, planned.short_hash) == planned
    assert planned.plan.word == f"contain {account.number}"


def test_the_whole_is_confirmed_once_carried_out_and_repeated_after_the_margin(
    planned: ContainmentRow,
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    stolen_role: Person,
    clock: Clock,
) -> None:
    mark = len(account.calls)
    steps: list[Step] = []
    result = carry_out(
        armed_case, aws, "p1", planned.plan.word, sleep=clock.sleep, tell=steps.append
    )
    assert result.is_good
    assert mutating(account, mark) == [
        "UpdateAccessKey", "PutRolePolicy", "PutUserPolicy", "PutRolePolicy", "PutUserPolicy",
    ]  # fmt: skip
    assert any(step.waits_s > 3 for step in steps)
    assert "verified: AWS shows the state that was meant." in [step.says for step in steps]
    assert 3 < sum(clock.slept) < 8
    assert not account.ledger.usable(victim.credential.id)
    assert not account.ledger.usable(stolen_role.credential.id)
    again = [one.again for one in result.standings if one.again]
    assert [row.state for row in again] == ["verified", "verified"]
    assert verify_log(armed_case).ok


def test_a_second_run_of_a_plan_that_is_through_sends_nothing(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait,
) -> None:  # fmt: skip
    carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    mark = len(account.calls)
    assert carry_out(armed_case, aws, "p1", planned.short_hash, sleep=no_wait).is_good
    assert mutating(account, mark) == []


@pytest.mark.parametrize("typed", ["", "p1", "contain 999988887777", "abc"])
def test_a_wrong_confirmation_sends_nothing(
    planned: ContainmentRow,
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    typed: str,
) -> None:
    mark = len(account.calls)
    with pytest.raises(UsageError, match="does not match"):
        carry_out(armed_case, aws, "p1", typed)
    assert account.calls.since(mark) == []


def test_a_dry_run_and_a_case_that_is_not_armed_only_read(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    mark = len(account.calls)
    found = plan_containment(case, aws, [Wish(KEY, victim.credential.id), Wish(USER, victim.name)])
    rehearsed = carry_out(case, aws, "p1", "", dry_run=True, sleep=no_wait)
    assert ["update-access-key" in rehearsed.commands[0], len(rehearsed.commands)] == [True, 2]
    with pytest.raises(Refusal, match="read-only"):
        carry_out(case, aws, "p1", found.hash, sleep=no_wait)
    assert mutating(account, mark) == []
    assert states(case, found) == ["planned", "planned"]


def test_what_cannot_be_planned_is_left_out_and_said(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, responder: Person
) -> None:
    wishes = [
        Wish(KEY, victim.credential.id),
        Wish(ROLE, responder.arn),
        Wish(USER, "nobody-of-that-name"),
        Wish("no-such-action", "x"),
    ]
    plan = plan_containment(armed_case, aws, wishes).plan
    assert [entry.action for entry in plan.entries] == [KEY]
    left = {one.what: one.why for one in plan.left_out}
    assert "working as" in left[f"{ROLE} {responder.arn}"]
    assert f"{USER} nobody-of-that-name" in left
    assert "there is no action" in left["no-such-action x"]
    assert any("Only keys are cut" in warning for warning in plan.warnings)
    with pytest.raises(InputError, match="nothing to plan"):
        plan_containment(armed_case, aws, wishes[1:])


def test_missing_permissions_are_simulated_or_it_is_said_that_they_are_not(
    case: Case, account: SimulatedAccount, victim: Person
) -> None:
    reader = session_of(account, make_user(account, allowing("iam:Get*", "iam:List*")).credential)
    plan = plan_containment(case, reader, [Wish(KEY, victim.credential.id)]).plan
    assert "not simulated" in plan.simulated or any("UpdateAccessKey" in m for m in plan.missing)
    able = make_user(account, allowing("iam:Get*", "iam:List*", "iam:Simulate*"))
    plan = plan_containment(
        case, session_of(account, able.credential), [Wish(USER, victim.name)]
    ).plan
    assert "not simulated" in plan.simulated or any("PutUserPolicy" in m for m in plan.missing)


def test_throttling_and_expiry_in_the_middle_stop_with_the_cure_and_it_goes_on(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait,
) -> None:  # fmt: skip
    mark = len(account.calls)
    account.faults.add("iam", "PutRolePolicy", "throttle", times=2)
    account.faults.add("iam", "PutUserPolicy", "expired", times=None)
    result = carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    assert "expired" in result.stopped
    assert "Sign in again" in result.stopped
    assert states(armed_case, planned) == ["verified", "verified", "planned"]
    account.faults.clear()
    result = carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    assert result.is_good
    done = [call.operation for call in account.calls.mutating(since=mark) if call.carried_out]
    assert done.count("UpdateAccessKey") == 1
    assert done.count("PutRolePolicy") == 2  # and once more after the margin
    assert done.count("PutUserPolicy") == 2


def test_expired_before_a_reading_call(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait,
) -> None:  # fmt: skip
    account.faults.add("iam", "GetRole", "expired", times=None)
    result = carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    assert "expired" in result.stopped
    assert states(armed_case, planned) == ["verified", "planned", "planned"]
    account.faults.clear()
    assert carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait).is_good


@pytest.mark.parametrize("fault", ["error500_after", "drop_after", "error500_before"])
def test_a_lost_answer_in_the_middle_is_read_back_and_what_did_not_happen_is_sent_on_resume(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait, fault: str,
) -> None:  # fmt: skip
    mark = len(account.calls)
    account.faults.add("iam", "UpdateAccessKey", fault)
    result = carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    happened = fault.endswith("after")
    assert states(armed_case, planned)[0] == ("verified" if happened else "failed")
    assert result.is_good == happened
    assert carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait).is_good
    done = [call for call in account.calls.of("UpdateAccessKey", since=mark)]
    assert len(done) == (1 if happened else 2)


def test_one_refusal_does_not_keep_the_others_from_being_sent(
    case: Case, account: SimulatedAccount, victim: Person, stolen_role: Person, no_wait: NoWait
) -> None:
    some = allowing("iam:Get*", "iam:List*", "iam:PutRolePolicy", "iam:PutUserPolicy")
    person = make_user(account, some)
    aws = session_of(account, person.credential)
    arm(case, aws)
    wishes = [Wish(KEY, victim.credential.id), Wish(ROLE, stolen_role.name, {"margin": "0"})]
    found = plan_containment(case, aws, wishes)
    result = carry_out(case, aws, "p1", found.hash, sleep=no_wait)
    assert states(case, found) == ["failed", "verified"]
    assert not result.is_good
    assert "iam:UpdateAccessKey" in str(result.standings[0].row.outcome["reason"])
    more = json.dumps(json.loads(ALLOW_ALL))
    account.actor(account.root).client("iam").put_user_policy(
        UserName=person.name, PolicyName="access", PolicyDocument=more
    )
    assert carry_out(case, aws, "p1", found.hash, sleep=no_wait).is_good


def test_what_somebody_changed_since_is_not_touched_and_said(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    victim: Person, no_wait: NoWait,
) -> None:  # fmt: skip
    iam = account.actor(account.root).client("iam")
    iam.put_user_policy(
        UserName=victim.name, PolicyName="AWSRevokeOlderSessions", PolicyDocument=ALLOW_ALL
    )
    result = carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    assert states(armed_case, planned) == ["verified", "verified", "planned"]
    assert any("changed since the plan" in says for _, says in result.notes)


def test_the_wrong_account_or_identity_stops_before_anything(
    planned: ContainmentRow, armed_case: Case, account: SimulatedAccount, no_wait: NoWait
) -> None:
    other = session_of(account, make_role(account).credential)
    mark = len(account.calls)
    with pytest.raises(Refusal, match="armed for"):
        carry_out(armed_case, other, "p1", planned.hash, sleep=no_wait)
    assert mutating(account, mark) == []


def test_a_run_that_is_interrupted_while_it_waits_repeats_on_resume(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait,
) -> None:  # fmt: skip
    mark = len(account.calls)

    def ctrl_c(step: Step) -> None:
        if step.waits_s:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait, tell=ctrl_c)
    assert states(armed_case, planned) == ["verified"] * 3
    assert entries(armed_case, kinds=["containment-run"])[-1].what["stopped"] == "KeyboardInterrupt"
    assert carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait).is_good
    assert mutating(account, mark).count("PutRolePolicy") == 2


def test_another_responder_s_action_is_waited_for_and_not_sent_again(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """While this run reads the state, somebody else's apply of the same action goes out."""
    from trailtui.respond.applying import apply_confirmed

    first = planned.plan.entries[0].action_id
    mark = len(account.calls)

    def raced(case: Case, aws: AwsSession, row: object, **more: object) -> object:
        if row.id == first:  # type: ignore[attr-defined]
            apply_confirmed(case, aws, row, sleep=no_wait)  # type: ignore[arg-type]
        return apply_confirmed(case, aws, row, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(carrying_out, "apply_confirmed", raced)
    assert carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait).is_good
    assert mutating(account, mark).count("UpdateAccessKey") == 1


def test_a_plan_that_was_altered_in_the_file_is_refused(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession
) -> None:
    armed_case.connection.execute("UPDATE containments SET content = replace(content, '5', '0')")
    with pytest.raises(CaseError, match="altered"):
        carry_out(armed_case, aws, "p1", planned.hash)
    with pytest.raises(CaseError, match="altered"):
        all_containments(armed_case)


def test_two_actions_on_one_policy_are_both_carried_out_and_taken_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    stolen_role: Person,
    no_wait: NoWait,
) -> None:
    """The first changes what the second was planned from: that one is planned anew, not refused."""
    wishes = [Wish(ROLE, stolen_role.arn, {"margin": margin}) for margin in ("0", "300")]
    before = account.state()
    found = plan_containment(armed_case, aws, wishes)
    assert len(found.plan.entries) == 2
    result = carry_out(armed_case, aws, found.name, found.hash, sleep=no_wait)
    assert result.is_good, result
    done = [row.state for row in all_actions(armed_case)]
    assert done == ["verified", "planned", "verified", "verified"]  # and once more, of the second
    undone = undo_all(armed_case, aws, f"undo {account.number}", sleep=no_wait)
    assert undone.is_good, undone
    assert account.state() == before


def test_what_destroys_is_held_back_until_the_evidence_is_kept(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeps = replace(
        registry.find_action(USER), name="keep", order=Order.EVIDENCE, margin_again=False
    )
    destroys = replace(
        registry.find_action(KEY), name="destroy", order=Order.REMOVE, irreversible=True
    )
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, keeps, destroys))
    key = victim.credential.id
    found = plan_containment(armed_case, aws, [Wish("destroy", key), Wish("keep", victim.name)])
    assert [entry.action for entry in found.plan.entries] == ["keep", "destroy"]
    account.faults.add("iam", "PutUserPolicy", "access_denied")
    given = {"irreversible": [key], "sleep": no_wait}
    result = carry_out(armed_case, aws, found.name, found.hash, **given)
    assert states(armed_case, found) == ["failed", "planned"]
    assert any("held back" in says for _, says in result.notes)
    assert account.ledger.usable(key)
    with pytest.raises(UsageError, match="no target of an action"):
        carry_out(armed_case, aws, found.name, found.hash, irreversible=["other"])
    assert carry_out(armed_case, aws, found.name, found.hash, **given).is_good
    assert not account.ledger.usable(key)
    undone = undo_all(armed_case, aws, f"undo {account.number}", sleep=no_wait)
    assert [row.plan.action for row, _ in undone.refused] == ["destroy"]
    assert [one.action for one in undone.outcomes] == ["keep"]
    assert "can't be undone" in undone.refused[0][1]


def test_undo_of_all_leaves_what_somebody_changed_and_takes_back_the_rest(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    victim: Person, no_wait: NoWait,
) -> None:  # fmt: skip
    carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    account.actor(account.root).client("iam").update_access_key(
        UserName=victim.name, AccessKeyId=victim.credential.id, Status="Active"
    )
    mark = len(account.calls)
    with pytest.raises(UsageError):
        undo_all(armed_case, aws, "yes", sleep=no_wait)
    assert mutating(account, mark) == []
    undone = undo_all(armed_case, aws, f"undo {account.number}", sleep=no_wait)
    assert [row.plan.action for row, _ in undone.refused] == [KEY]
    assert "Somebody changed it since" in undone.refused[0][1]
    assert [one.state for one in undone.outcomes] == ["verified"] * 4
    assert mutating(account, mark) == [
        "PutUserPolicy", "PutRolePolicy", "DeleteUserPolicy", "DeleteRolePolicy",
    ]  # fmt: skip


def test_undo_that_expires_in_the_middle_goes_on(
    planned: ContainmentRow, armed_case: Case, aws: AwsSession, account: SimulatedAccount,
    no_wait: NoWait,
) -> None:  # fmt: skip
    carry_out(armed_case, aws, "p1", planned.hash, sleep=no_wait)
    word = f"undo {account.number}"
    account.faults.add("iam", "DeleteUserPolicy", "expired", times=None)
    stopped = undo_all(armed_case, aws, word, sleep=no_wait)
    assert "expired" in stopped.stopped
    account.faults.clear()
    assert undo_all(armed_case, aws, word, sleep=no_wait).is_good
    assert undo_all(armed_case, aws, word, sleep=no_wait).outcomes == ()
