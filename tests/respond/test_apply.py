"""What becomes of a plan that is applied: against AWS's refusals, failures and lost answers."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.respond.scene import (
    ALLOW_ALL,
    Person,
    allowing,
    assume,
    make_role,
    make_user,
    session_of,
)
from trailtui.aws.errors import CredentialsExpired
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.journal import verify as verify_log
from trailtui.model.errors import CaseError
from trailtui.respond.action import Drifted, Refusal
from trailtui.respond.arming import arm
from trailtui.respond.iam_sessions import POLICY_NAME, cut_of, revocation
from trailtui.respond.run import apply, make_plan, resume, undo, verify
from trailtui.respond.store import action_by_id, all_actions, find_plan
from trailtui.sim.account import SimulatedAccount

KEY, USER, ROLE = "deactivate-access-key", "revoke-user-sessions", "revoke-role-sessions"
NoWait = Callable[[float], None]


def root_iam(account: SimulatedAccount) -> object:
    return account.actor(account.root).client("iam")


def logged(case: Case) -> list[tuple[str, object]]:
    kinds = ["plan", "action-intent", "action-outcome", "action-verified", "action-undone"]
    return [(entry.kind, entry.what.get("state")) for entry in entries(case, kinds=kinds)]


@pytest.mark.parametrize("action", [KEY, USER, ROLE])
def test_planned_applied_verified_and_in_the_log(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    stolen_role: Person,
    no_wait: NoWait,
    action: str,
) -> None:
    target = {KEY: victim.credential.id, USER: victim.name, ROLE: stolen_role.name}[action]
    mark = len(account.calls)
    plan = make_plan(armed_case, aws, action, target)
    assert account.calls.mutating(since=mark) == []
    outcome = apply(armed_case, aws, plan.hash, target, sleep=no_wait)
    assert outcome.state == "verified"
    assert len(account.calls.mutating(since=mark)) == 1
    assert logged(armed_case) == [
        ("plan", None),
        ("action-intent", "executing"),
        ("action-outcome", "executed"),
        ("action-verified", "verified"),
    ]
    sent = account.calls.mutating(since=mark)[0]
    what = entries(armed_case, kinds=["action-outcome"])[0].what
    assert what["answers"] == [{"request_id": sent.request_id, "status": 200}]
    assert "case/testcase action/1" in sent.user_agent
    assert verify_log(armed_case).ok


def test_the_deactivated_key_is_dead_and_lives_again_after_undo(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    assert account.ledger.usable(victim.credential.id)
    apply(armed_case, aws, plan.hash, victim.credential.id, sleep=no_wait)
    assert not account.ledger.usable(victim.credential.id)
    back = undo(armed_case, aws, 1)
    outcome = apply(armed_case, aws, back.hash, back.hash[:12], sleep=no_wait)
    assert outcome.state == "verified"
    assert account.ledger.usable(victim.credential.id)
    assert [row.state for row in all_actions(armed_case)] == ["undone", "verified"]
    assert logged(armed_case)[-1] == ("action-undone", "undone")


def test_a_role_s_old_sessions_die_and_new_ones_after_the_cut_live(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    role = make_role(account)
    plan = make_plan(armed_case, aws, ROLE, role.arn, {"margin": "60"})
    apply(armed_case, aws, plan.hash, role.name, sleep=no_wait)
    assert not account.ledger.usable(role.credential.id)
    inside_the_margin = assume(account, role.arn)
    assert not account.ledger.usable(inside_the_margin.id)
    account.clock.advance(90)
    try:
        assert account.ledger.usable(assume(account, role.arn).id)
        assert not account.ledger.usable(inside_the_margin.id)
    finally:
        account.clock.advance(-90)


def test_a_user_s_session_tokens_die_and_the_key_is_spared(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    sts = account.actor(victim.credential).client("sts")
    token = sts.get_session_token()["Credentials"]["AccessKeyId"]
    plan = make_plan(armed_case, aws, USER, victim.arn)
    assert any("active access key" in warning for warning in plan.warnings)
    apply(armed_case, aws, plan.hash, victim.name, sleep=no_wait)
    assert not account.ledger.usable(token)
    assert account.ledger.usable(victim.credential.id)


def test_the_cut_is_the_moment_of_sending_plus_the_margin(
    armed_case: Case, aws: AwsSession, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, USER, victim.name, {"margin": "120"})
    assert "{{time of sending + 120 s}}" in plan.canonical()
    apply(armed_case, aws, plan.hash, victim.name, sleep=no_wait)
    row = action_by_id(armed_case, 1)
    cut_ms = cut_of(row.outcome["after"]["policy"])
    assert cut_ms is not None
    assert 119_000 <= cut_ms - row.outcome["intent_ms"] <= 123_000
    sent = json.loads(row.outcome["calls"][0]["parameters"]["PolicyDocument"])
    assert cut_of(sent) == cut_ms
    assert "{{" not in json.dumps(row.outcome)


def test_revoking_again_later_moves_the_cut_and_undo_goes_back_step_by_step(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    for margin in ("0", "300"):
        plan = make_plan(armed_case, aws, USER, victim.name, {"margin": margin})
        assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "verified"
    first, second = all_actions(armed_case)
    assert second.plan.prior["policy"] == first.outcome["after"]["policy"]
    with pytest.raises(Drifted, match="action 1 left"):
        undo(armed_case, aws, 1)
    for number in (2, 1):
        back = undo(armed_case, aws, number)
        assert apply(armed_case, aws, back.hash, back.hash, sleep=no_wait).state == "verified"
    assert (
        POLICY_NAME not in root_iam(account).list_user_policies(UserName=victim.name)["PolicyNames"]
    )


def test_a_policy_of_that_name_that_is_none_of_ours_is_warned_of_and_put_back(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    iam = root_iam(account)
    iam.put_user_policy(UserName=victim.name, PolicyName=POLICY_NAME, PolicyDocument=ALLOW_ALL)
    plan = make_plan(armed_case, aws, USER, victim.name)
    assert any("is no revocation" in warning for warning in plan.warnings)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    back = undo(armed_case, aws, 1)
    apply(armed_case, aws, back.hash, back.hash, sleep=no_wait)
    found = iam.get_user_policy(UserName=victim.name, PolicyName=POLICY_NAME)["PolicyDocument"]
    assert found == json.loads(ALLOW_ALL)


def test_a_dry_run_sends_reading_calls_only_and_says_what_would_go_out(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    mark = len(account.calls)
    outcome = apply(armed_case, aws, plan.hash, "", dry_run=True)
    assert account.calls.mutating(since=mark) == []
    assert len(account.calls.since(mark)) > 0
    assert outcome.state == "planned"
    assert "update-access-key" in outcome.commands[0]
    assert entries(armed_case, kinds=["plan"])[-1].what["dry_run"]


def test_a_plan_is_applied_once(
    armed_case: Case, aws: AwsSession, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    with pytest.raises(Refusal, match="verified: a plan is applied once"):
        apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)


def test_a_state_that_changed_since_the_plan(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    root_iam(account).update_access_key(
        UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive"
    )
    mark = len(account.calls)
    with pytest.raises(Drifted, match='status is "Inactive", not "Active"'):
        apply(armed_case, aws, plan.hash, plan.hash)
    assert account.calls.mutating(since=mark) == []


def test_a_target_that_is_gone(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    plans = [
        make_plan(armed_case, aws, KEY, victim.credential.id),
        make_plan(armed_case, aws, USER, victim.name),
    ]
    iam = root_iam(account)
    iam.delete_access_key(UserName=victim.name, AccessKeyId=victim.credential.id)
    iam.delete_user_policy(UserName=victim.name, PolicyName="access")
    iam.delete_user(UserName=victim.name)
    for plan in plans:
        with pytest.raises(Drifted, match=r"gone|exists is false"):
            apply(armed_case, aws, plan.hash, plan.hash)


def test_a_refused_call_fails_and_is_not_repeated(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    account.faults.add("iam", "UpdateAccessKey", "access_denied")
    mark = len(account.calls)
    outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert outcome.state == "failed"
    assert "denied" in outcome.says
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == 1
    assert account.ledger.usable(victim.credential.id)


def test_a_throttled_call_is_sent_again_after_a_while(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    account.faults.add("iam", "UpdateAccessKey", "throttle", times=2)
    slept: list[float] = []
    outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=slept.append)
    assert outcome.state == "verified"
    assert slept[:2] == [1.0, 2.0]


@pytest.mark.parametrize(("fault", "says"), [("throttle", "throttled"), ("expired", "expired")])
def test_what_refuses_the_session_leaves_the_plan_as_it_is(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    fault: str,
    says: str,
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    account.faults.add("iam", "UpdateAccessKey", fault, times=None)
    outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert outcome.state == "planned"
    assert says in outcome.says
    assert "the plan stands" in outcome.says
    assert account.ledger.usable(victim.credential.id)
    account.faults.clear()
    assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "verified"


def test_a_missing_permission_is_named(
    case: Case, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    reads = allowing("iam:Get*", "iam:List*")
    reader = session_of(account, make_user(account, reads).credential)
    arm(case, reader)
    plan = make_plan(case, reader, KEY, victim.credential.id)
    outcome = apply(case, reader, plan.hash, plan.hash, sleep=no_wait)
    assert outcome.state == "failed"
    assert "iam:UpdateAccessKey" in outcome.says
    assert victim.name in outcome.says


def test_what_could_not_be_looked_at_is_said(
    case: Case, account: SimulatedAccount, victim: Person
) -> None:
    least = allowing("iam:GetUser", "iam:GetUserPolicy")
    reader = session_of(account, make_user(account, least).credential)
    plan = make_plan(case, reader, USER, victim.name)
    assert sum("Not looked at: AWS denied" in warning for warning in plan.warnings) == 2


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        ("error500_before", False),
        ("error500_after", True),
        ("drop_before", False),
        ("drop_after", True),
    ],
)
@pytest.mark.parametrize("action", [KEY, ROLE])
def test_a_lost_answer_is_read_back_and_never_sent_twice(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    stolen_role: Person,
    no_wait: NoWait,
    action: str,
    fault: str,
    carried_out: bool,
) -> None:
    target = victim.credential.id if action == KEY else stolen_role.name
    operation = "UpdateAccessKey" if action == KEY else "PutRolePolicy"
    plan = make_plan(armed_case, aws, action, target)
    account.faults.add("iam", operation, fault)
    mark = len(account.calls)
    outcome = apply(armed_case, aws, plan.hash, target, sleep=no_wait)
    assert len(account.calls.of(operation, since=mark)) == 1
    assert outcome.state == ("verified" if carried_out else "failed")
    assert ("had taken effect" if carried_out else "did not take effect") in outcome.says
    assert ("action-outcome", "unknown") in logged(armed_case)
    resume(armed_case, aws, sleep=no_wait)
    assert len(account.calls.of(operation, since=mark)) == 1


def test_a_session_that_expires_while_the_effect_is_read_back(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    hours = timedelta(hours=13).total_seconds()
    slept: list[float] = []

    def expire(seconds: float) -> None:
        if not slept:
            account.clock.advance(hours)
        slept.append(seconds)

    try:
        outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=expire)
        assert outcome.state == "executed"
        assert "could not be read back" in outcome.says
        assert "expired" in outcome.says
        late = make_plan_of_expired(armed_case, aws, victim)
    finally:
        account.clock.advance(-hours)
    assert late is CredentialsExpired
    assert resume(armed_case, aws, sleep=no_wait)[0].state == "verified"


def make_plan_of_expired(case: Case, aws: AwsSession, victim: Person) -> type[Exception] | None:
    try:
        make_plan(case, aws, USER, victim.name)
    except CredentialsExpired as expired:
        return type(expired)
    return None


def test_an_effect_that_is_slow_to_show_is_waited_for(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    """IAM answers with the old state for a while: here somebody sets it back and forth."""
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    iam, slept = root_iam(account), list[float]()

    def show_late(seconds: float) -> None:
        slept.append(seconds)
        status = "Active" if len(slept) < 4 else "Inactive"
        iam.update_access_key(UserName=victim.name, AccessKeyId=victim.credential.id, Status=status)

    outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=show_late)
    assert outcome.state == "verified"
    assert slept == [0.0, 0.5, 1.0, 2.0]


def test_an_action_that_is_undone_by_somebody_does_not_hold(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert [found.state for found in verify(armed_case, aws, sleep=no_wait)] == ["verified"]
    iam = root_iam(account)
    iam.update_access_key(UserName=victim.name, AccessKeyId=victim.credential.id, Status="Active")
    found = verify(armed_case, aws, sleep=no_wait)[0]
    assert (found.state, found.is_good) == ("not-holding", False)
    with pytest.raises(Drifted):
        undo(armed_case, aws, 1)
    iam.update_access_key(UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive")
    assert verify(armed_case, aws, sleep=no_wait)[0].state == "verified"


def test_a_deleted_key_needs_no_cut_any_more_and_can_t_be_undone(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    root_iam(account).delete_access_key(UserName=victim.name, AccessKeyId=victim.credential.id)
    assert verify(armed_case, aws, sleep=no_wait)[0].state == "verified"
    with pytest.raises(Drifted, match="gone"):
        undo(armed_case, aws, 1)


def test_a_later_cut_by_somebody_else_holds_as_well_but_undo_is_refused(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, USER, victim.name)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    for cut, state in (
        ("2099-01-01T00:00:00Z", "verified"),
        ("2001-01-01T00:00:00Z", "not-holding"),
    ):
        root_iam(account).put_user_policy(
            UserName=victim.name,
            PolicyName=POLICY_NAME,
            PolicyDocument=json.dumps(revocation(cut)),
        )
        assert verify(armed_case, aws, sleep=no_wait)[0].state == state
        with pytest.raises(Drifted):
            undo(armed_case, aws, 1)


def test_what_can_t_be_undone(
    armed_case: Case, aws: AwsSession, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    with pytest.raises(Refusal, match="nothing to take back"):
        undo(armed_case, aws, 1)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    back = undo(armed_case, aws, 1)
    apply(armed_case, aws, back.hash, back.hash, sleep=no_wait)
    with pytest.raises(Refusal, match="itself an undo"):
        undo(armed_case, aws, 2)
    with pytest.raises(Refusal, match="is undone"):
        undo(armed_case, aws, 1)


def test_a_plan_that_was_altered_in_the_file_is_not_applied(
    armed_case: Case, aws: AwsSession, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    armed_case.connection.execute("UPDATE actions SET plan = replace(plan, 'Inactive', 'Active')")
    with pytest.raises(CaseError, match="altered"):
        find_plan(armed_case, plan.hash)
    with pytest.raises(CaseError, match="altered"):
        apply(armed_case, aws, plan.hash, plan.hash)


def test_verifying_in_another_account_says_nothing_of_this_one(
    armed_case: Case, aws: AwsSession, victim: Person, no_wait: NoWait
) -> None:
    from trailtui.respond.settling import settle

    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    outcome = settle(armed_case, aws, action_by_id(armed_case, 1), "999988887777", sleep=no_wait)
    assert "Not looked at" in outcome.says
    assert logged(armed_case)[-1] == ("action-verified", "verified")


def test_what_is_minted_while_the_deny_spreads_is_cut_by_the_margin(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    role = make_role(account)
    plan = make_plan(armed_case, aws, ROLE, role.name)
    account.propagation_seconds = 4
    try:
        apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
        minted = assume_anyway(account, role)
        assert account.ledger.usable(minted)
        account.clock.advance(5)
        assert not account.ledger.usable(minted)
    finally:
        account.propagation_seconds = 0
        account.clock.advance(-5)


def assume_anyway(account: SimulatedAccount, role: Person) -> str:
    """A new session of the role, taken by the role itself: role chaining."""
    chained = account.actor(role.credential).client("sts")
    issued = chained.assume_role(RoleArn=role.arn, RoleSessionName="again")["Credentials"]
    return str(issued["AccessKeyId"])


def test_ctrl_c_during_the_call_leaves_unknown_and_is_read_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    mutate, mark = AwsSession.mutate, len(account.calls)

    def interrupted(self: AwsSession, *call: object, **more: object) -> None:
        mutate(self, *call, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(AwsSession, "mutate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert action_by_id(armed_case, 1).state == "unknown"
    assert resume(armed_case, aws, sleep=no_wait)[0].state == "verified"
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == 1
