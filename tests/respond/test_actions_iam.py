"""What the actions on identities take from the case, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.respond.arranged_iam import device, remove_user, root_iam
from tests.respond.arranged_organisation import organised
from tests.respond.scene import (
    ALLOW_ALL,
    Person,
    allowing,
    make_role,
    make_user,
    trust_policy,
)
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.model.errors import InputError
from trailtui.respond.action import Refusal
from trailtui.respond.run import apply, make_plan, undo
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
FIRST, SECOND = allowing("s3:*"), allowing("sqs:*")


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def test_a_trust_is_restored_from_the_record_before_the_last(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    role, iam = make_role(account), root_iam(account)
    before = account.state()
    open_to_all = trust_policy(account).replace(account.number, "999988887777")
    iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=open_to_all)
    with pytest.raises(Refusal, match="no event that tells whom the role trusted"):
        make_plan(armed_case, aws, "restore-role-trust", role.name)
    read_logs()
    plan = make_plan(armed_case, aws, "restore-role-trust", role.name)
    assert plan.parameters["document"] == trust_policy(account)
    assert apply(armed_case, aws, plan.hash, role.name, sleep=no_wait).state == "verified"
    assert account.state() == before
    back = undo(armed_case, aws, 1)
    apply(armed_case, aws, back.hash, role.name, sleep=no_wait)
    found = iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
    assert found == json.loads(open_to_all)


@pytest.mark.parametrize("last", ["put", "delete"])
def test_an_inline_policy_is_restored_from_the_record_before_the_last(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    read_logs: Callable[[], None],
    last: str,
) -> None:
    iam, named = root_iam(account), {"UserName": victim.name, "PolicyName": "work"}
    iam.put_user_policy(**named, PolicyDocument=FIRST)
    before = account.state()
    if last == "put":
        iam.put_user_policy(**named, PolicyDocument=ALLOW_ALL)
    else:
        iam.delete_user_policy(**named)
    read_logs()
    plan = make_plan(armed_case, aws, "restore-user-policy", f"{victim.name}/work")
    assert any(fact.label == "changed" for fact in plan.facts)
    outcome = apply(armed_case, aws, plan.hash, plan.subject.id, sleep=no_wait)
    assert outcome.state == "verified"
    assert account.state() == before


def test_the_event_whose_text_is_put_back_can_be_chosen(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    read_logs: Callable[[], None],
) -> None:
    iam, named = root_iam(account), {"UserName": victim.name, "PolicyName": "work"}
    for text in (FIRST, SECOND, ALLOW_ALL, ALLOW_ALL):
        iam.put_user_policy(**named, PolicyDocument=text)
    read_logs()
    target = f"{victim.name}/work"
    chosen = [
        one["eventID"]
        for one in account.records
        if (one["requestParameters"] or {}).get("policyDocument") == FIRST
        and one["requestParameters"].get("userName") == victim.name
    ]
    plan = make_plan(armed_case, aws, "restore-user-policy", target, {"from-event": chosen[0]})
    assert plan.parameters["document"] == FIRST
    with pytest.raises(Refusal, match="has no document for it"):
        make_plan(armed_case, aws, "restore-user-policy", target, {"from-event": "nonsense"})


def test_what_is_given_as_a_document_must_be_a_policy(
    armed_case: Case, aws: AwsSession, victim: Person
) -> None:
    target = f"{victim.name}/access"
    for text in ("", "{}", "[]", "no json"):
        with pytest.raises(InputError, match="no policy"):
            make_plan(armed_case, aws, "restore-user-policy", target, {"document": text})


def test_a_user_is_removed_only_where_the_case_shows_who_made_it(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    user = make_user(account)
    with pytest.raises(Refusal, match="not said that the attacker made it"):
        make_plan(armed_case, aws, "remove-user", user.name)
    with pytest.raises(Refusal, match="shows its making"):
        make_plan(armed_case, aws, "remove-user", user.name, {"attackers": "yes"})
    read_logs()
    plan = make_plan(armed_case, aws, "remove-user", user.name, {"attackers": "yes"})
    assert any(fact.label == "made" and "CreateUser by" in fact.value for fact in plan.facts)
    assert apply(armed_case, aws, plan.hash, user.name, sleep=no_wait).state == "verified"


def test_the_making_of_a_namesake_shows_nothing(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, read_logs: Callable[[], None]
) -> None:
    user = make_user(account)
    read_logs()
    remove_user(account, user.name)
    root_iam(account).create_user(UserName=user.name)
    with pytest.raises(Refusal, match="shows its making"):
        make_plan(armed_case, aws, "remove-user", user.name, {"attackers": "yes"})


def test_a_device_s_user_comes_from_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    read_logs: Callable[[], None],
) -> None:
    serial = device(account, victim)
    with pytest.raises(Refusal, match="not known whose device"):
        make_plan(armed_case, aws, "deactivate-mfa-device", serial, {"attackers": "yes"})
    read_logs()
    plan = make_plan(armed_case, aws, "deactivate-mfa-device", serial, {"attackers": "yes"})
    assert plan.subject.name == victim.name


def test_sessions_are_told_by_their_source_identity(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    role, caller = make_role(account), make_user(account)
    trust = trust_policy(account).replace(
        '"sts:AssumeRole"', '["sts:AssumeRole", "sts:SetSourceIdentity"]'
    )
    root_iam(account).update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
    sts = account.actor(caller.credential).client("sts")
    sessions = [
        sts.assume_role(RoleArn=role.arn, RoleSessionName="same", SourceIdentity=who)[
            "Credentials"
        ]["AccessKeyId"]
        for who in ("mallory", "alice")
    ]
    plan = make_plan(
        armed_case, aws, "deny-role-session", role.name, {"source-identity": "mallory"}
    )
    apply(armed_case, aws, plan.hash, plan.subject.id, sleep=no_wait)
    assert [account.ledger.usable(one) for one in sessions] == [False, True]


@pytest.mark.parametrize(
    ("action", "part"),
    [("deny-role-session", "session"), ("detach-role-policy", "policy"), ("deny-role", "")],
)
def test_what_belongs_to_aws_is_not_touched_through_a_part_of_it(
    case: Case, aws: AwsSession, account: SimulatedAccount, action: str, part: str
) -> None:
    name = f"AWSReservedSSO_{action}_0123456789abcdef"
    root_iam(account).create_role(RoleName=name, AssumeRolePolicyDocument=trust_policy(account))
    target = f"{name}/{part}" if part else name
    with pytest.raises(Refusal, match="Identity Center"):
        make_plan(case, aws, action, target)


def test_the_management_account_is_out_of_reach_from_above(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    organised(account)
    with pytest.raises(Refusal, match="do not bind it"):
        make_plan(case, aws, "deny-principal-by-scp", victim.arn)
    with pytest.raises(Refusal, match="signing in"):
        make_plan(case, aws, "remove-member-root-credentials", account.number)
