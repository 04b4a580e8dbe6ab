"""What is never done, whoever confirms it: refused as it is planned, and again as it is applied."""

from collections.abc import Callable

import pytest

from tests.respond.scene import (
    DENY_ALL,
    Person,
    assume,
    make_role,
    make_user,
    session_of,
    trust_policy,
)
from trailtui.aws.errors import AccessDenied, NotFound
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.model.errors import InputError, UsageError
from trailtui.respond.action import AlreadyDone, Refusal
from trailtui.respond.arming import arm, arming, disarm
from trailtui.respond.refusals import protect_arns
from trailtui.respond.run import apply, make_plan
from trailtui.respond.store import all_actions
from trailtui.sim.account import SimulatedAccount

KEY, USER, ROLE = "deactivate-access-key", "revoke-user-sessions", "revoke-role-sessions"


@pytest.fixture(autouse=True)
def nothing_is_changed(account: SimulatedAccount) -> object:
    """No refused action may have sent a changing call (the arrangements use the root key)."""
    mark = len(account.calls)
    yield
    root = account.root.id
    makers = {root} | {entry.credential_id for entry in account.calls.of("AssumeRole")}
    sent = account.calls.mutating(since=mark)
    assert [call.operation for call in sent if call.credential_id not in makers] == []


def test_own_key(case: Case, account: SimulatedAccount) -> None:
    me = make_user(account)
    with pytest.raises(Refusal, match="working with"):
        make_plan(case, session_of(account, me.credential), KEY, me.credential.id)


def test_another_key_of_own_user_may_be_the_session_s_parent(
    case: Case, account: SimulatedAccount
) -> None:
    me = make_user(account)
    iam = account.actor(account.root).client("iam")
    other = iam.create_access_key(UserName=me.name)["AccessKey"]["AccessKeyId"]
    with pytest.raises(Refusal, match="working as"):
        make_plan(case, session_of(account, me.credential), KEY, other)


def test_own_user_whatever_its_path(case: Case, account: SimulatedAccount) -> None:
    me = make_user(account, path="/staff/")
    with pytest.raises(Refusal, match="working as"):
        make_plan(case, session_of(account, me.credential), USER, me.name)


def test_own_role(case: Case, aws: AwsSession, responder: Person) -> None:
    with pytest.raises(Refusal, match="the role that you are working as"):
        make_plan(case, aws, ROLE, responder.name)


@pytest.mark.parametrize(
    ("name", "path", "says"),
    [
        ("AWSServiceRoleForSupport", "/", "service-linked"),
        ("looks-harmless", "/aws-service-role/x.amazonaws.com/", "service-linked"),
        ("AWSReservedSSO_Admin_0123456789abcdef", "/", "Identity Center"),
        ("harmless-too", "/aws-reserved/sso.amazonaws.com/", "Identity Center"),
    ],
)
def test_roles_that_nobody_may_change(
    case: Case, account: SimulatedAccount, aws: AwsSession, name: str, path: str, says: str
) -> None:
    trust = trust_policy(account)
    iam = account.actor(account.root).client("iam")
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
    with pytest.raises(Refusal, match=says):
        make_plan(case, aws, ROLE, name)


@pytest.mark.parametrize(
    ("action", "target"),
    [
        (USER, "arn:aws:iam::999988887777:user/bot"),
        (ROLE, "arn:aws:iam::999988887777:role/ops"),
        (ROLE, "arn:aws:sts::999988887777:assumed-role/ops/eve"),
    ],
)
def test_another_account(case: Case, aws: AwsSession, action: str, target: str) -> None:
    with pytest.raises(Refusal, match="belongs to account 999988887777"):
        make_plan(case, aws, action, target)


def test_root(case: Case, aws: AwsSession, account: SimulatedAccount) -> None:
    with pytest.raises(Refusal, match="no IAM policy binds the root user"):
        make_plan(case, aws, USER, f"arn:aws:iam::{account.number}:root")


def test_a_key_that_nobody_owns(case: Case, aws: AwsSession) -> None:
    with pytest.raises(Refusal, match="no user was found to own this key"):
        make_plan(case, aws, KEY, "AKIAIOSFODNN7EXAMPLE")


def test_a_key_of_another_user_than_the_one_given(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    other = make_user(account)
    with pytest.raises(Refusal, match="asked: user-"):
        make_plan(case, aws, KEY, victim.credential.id, {"user": other.name})


def test_a_user_or_role_that_is_not_there(case: Case, aws: AwsSession) -> None:
    for action in (USER, ROLE):
        with pytest.raises(NotFound):
            make_plan(case, aws, action, "nobody-of-this-name")


@pytest.mark.parametrize("action", [KEY, USER])
def test_the_break_glass_list(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, action: str
) -> None:
    protect_arns(case, [f"arn:aws:iam::{account.number}:user/some/path/{victim.name.upper()}"])
    target = victim.credential.id if action == KEY else victim.name
    with pytest.raises(Refusal, match="break-glass"):
        make_plan(case, aws, action, target)


def test_the_break_glass_list_is_asked_again_as_a_plan_is_applied(
    armed_case: Case, aws: AwsSession, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, USER, victim.name)
    protect_arns(armed_case, [victim.arn])
    with pytest.raises(Refusal, match="break-glass"):
        apply(armed_case, aws, plan.hash, plan.hash)
    assert all_actions(armed_case)[0].state == "planned"
    assert "break-glass" in str(entries(armed_case, kinds=["action-outcome"])[-1].what["refused"])


def test_the_break_glass_list_takes_arns_only_and_gives_them_back(
    case: Case, aws: AwsSession, victim: Person
) -> None:
    with pytest.raises(InputError):
        protect_arns(case, ["alice"])
    protect_arns(case, [victim.arn])
    protect_arns(case, [victim.arn], remove=True)
    assert make_plan(case, aws, USER, victim.name).subject.arn == victim.arn
    assert len(entries(case, kinds=["break-glass"])) == 2


def test_a_read_only_case(
    case: Case, aws: AwsSession, victim: Person, no_wait: Callable[[float], None]
) -> None:
    plan = make_plan(case, aws, KEY, victim.credential.id)
    with pytest.raises(Refusal, match="read-only"):
        apply(case, aws, plan.hash, plan.hash, sleep=no_wait)


def test_a_case_that_was_disarmed(armed_case: Case, aws: AwsSession, victim: Person) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    disarm(armed_case)
    with pytest.raises(Refusal, match="read-only"):
        apply(armed_case, aws, plan.hash, plan.hash)
    kinds = [entry.kind for entry in entries(armed_case, kinds=["armed", "disarmed"])]
    assert kinds == ["armed", "disarmed"]


def test_a_case_armed_for_another_identity(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    other = session_of(account, make_role(account).credential)
    with pytest.raises(Refusal, match="armed for"):
        apply(armed_case, other, plan.hash, plan.hash)
    with pytest.raises(Refusal, match="armed for"):
        arm(armed_case, other)


def test_another_person_in_the_same_role_is_another_identity(
    armed_case: Case, account: SimulatedAccount, responder: Person, victim: Person, aws: AwsSession
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    colleague = session_of(account, assume(account, responder.arn, "colleague"))
    with pytest.raises(Refusal, match="armed for"):
        apply(armed_case, colleague, plan.hash, plan.hash)


def test_session_names_that_botocore_makes_up_do_not_count(
    case: Case, account: SimulatedAccount
) -> None:
    role = make_role(account)
    first = session_of(account, assume(account, role.arn, "botocore-session-1700000000"))
    second = session_of(account, assume(account, role.arn, "botocore-session-1700000777"))
    made = arm(case, first)
    assert arm(case, second) == made == arming(case)


def test_a_case_armed_for_another_account(case: Case, aws: AwsSession, victim: Person) -> None:
    case.set_setting("armed", {"account": "999988887777", "arn": "arn:x", "at_ms": 1})
    with pytest.raises(Refusal, match="armed for account 999988887777"):
        make_plan(case, aws, KEY, victim.credential.id)


@pytest.mark.parametrize("typed", ["", "yes", "y", "AKIA", "0123456789ab", "\x00"])
def test_a_confirmation_that_does_not_match(
    armed_case: Case, aws: AwsSession, victim: Person, typed: str
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    with pytest.raises(UsageError, match="does not match"):
        apply(armed_case, aws, plan.hash, typed)


def test_a_hash_too_short_to_confirm(armed_case: Case, aws: AwsSession, victim: Person) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    with pytest.raises(UsageError):
        apply(armed_case, aws, plan.hash, plan.hash[:11])


def test_a_key_that_is_inactive_already(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    account.actor(account.root).client("iam").update_access_key(
        UserName=victim.name, AccessKeyId=victim.credential.id, Status="Inactive"
    )
    with pytest.raises(AlreadyDone, match="Inactive already"):
        make_plan(case, aws, KEY, victim.credential.id)


def test_unknown_actions_and_parameters(case: Case, aws: AwsSession, victim: Person) -> None:
    with pytest.raises(InputError, match="deactivate-access-key"):
        make_plan(case, aws, "delete-everything", victim.name)
    with pytest.raises(UsageError, match="margin"):
        make_plan(case, aws, USER, victim.name, {"magrin": "1"})
    for margin in ("-1", "901", "1.5", "", "٣"):
        with pytest.raises(InputError, match="no margin"):
            make_plan(case, aws, USER, victim.name, {"margin": margin})


def test_an_identity_that_may_not_look(
    case: Case, account: SimulatedAccount, victim: Person
) -> None:
    nobody = make_user(account, DENY_ALL)
    with pytest.raises(AccessDenied) as denied:
        make_plan(case, session_of(account, nobody.credential), USER, victim.name)
    assert denied.value.permission == "iam:GetUser"
    assert victim.name in denied.value.resource
