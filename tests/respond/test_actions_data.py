"""What the actions on data cut, what they take from the case, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.respond.arranged_data import (
    OTHER,
    STRANGER,
    a_bucket,
    a_disabled_key,
    a_secret,
    a_shared_database,
    a_shared_image,
    a_shared_snapshot,
    a_threatened_key,
    policy_for,
)
from tests.respond.arranged_logging import REGION, client
from tests.respond.scene import make_role, make_user
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.respond.action import AlreadyDone, Refusal
from trailtui.respond.kms_keys import _days_left
from trailtui.respond.preview import preview
from trailtui.respond.refusals import protect_arns
from trailtui.respond.resource_denials import denial, with_statement
from trailtui.respond.run import apply, make_plan, undo
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential

NoWait = Callable[[float], None]


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def may(
    account: SimulatedAccount, credential: Credential, service: str, call: str, **p: Any
) -> bool:
    """Whether a credential's call is carried out."""
    try:
        getattr(account.actor(credential).client(service, REGION), call)(**p)
    except ClientError as error:
        assert "AccessDenied" in error.response["Error"]["Code"], error
        return False
    return True


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_denied_principal_can_t_use_the_bucket_and_others_can(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, kind: str
) -> None:
    bucket = a_bucket(account)
    person = make_user(account) if kind == "user" else make_role(account)
    other = make_user(account)
    listing = {"service": "s3", "call": "list_objects_v2", "Bucket": bucket}
    assert may(account, person.credential, **listing)
    target = f"{bucket}/{person.arn}"
    plan = make_plan(armed_case, aws, "deny-principal-on-bucket", target)
    assert apply(armed_case, aws, plan.hash, target, sleep=no_wait).state == "verified"
    assert not may(account, person.credential, **listing)
    assert may(account, other.credential, **listing)
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, target, sleep=no_wait).state == "verified"
    assert may(account, person.credential, **listing)


def test_a_policy_is_put_back_to_the_byte(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    bucket, s3 = a_bucket(account), client(account, "s3")
    text = policy_for(bucket).replace(": ", " :   ")
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    plan = make_plan(armed_case, aws, "deny-principal-on-bucket", bucket, {"principal": STRANGER})
    apply(armed_case, aws, plan.hash, plan.subject.id, sleep=no_wait)
    assert STRANGER in plan.calls[0].parameters["Policy"].partition("PrincipalAccount")[2]
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, plan.subject.id, sleep=no_wait).state == "verified"
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text


def test_nobody_denies_themselves_their_account_or_break_glass(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    bucket, user = a_bucket(account), make_user(account)
    own = aws.identity()
    role = f"arn:aws:iam::{account.number}:role/{own.role_name}"
    for principal in (role, account.number):
        with pytest.raises(Refusal, match="what you are working as"):
            make_plan(case, aws, "deny-principal-on-bucket", f"{bucket}/{principal}")
    protect_arns(case, [user.arn])
    with pytest.raises(Refusal, match="break-glass"):
        make_plan(case, aws, "deny-principal-on-bucket", f"{bucket}/{user.arn}")


@pytest.mark.parametrize(
    "principal",
    ["", "*", "eve", "arn:aws:iam::111122223333:user/*", "arn:aws:sts::1:assumed-role/a/b"],
)
def test_what_can_t_be_denied(
    case: Case, aws: AwsSession, account: SimulatedAccount, principal: str
) -> None:
    with pytest.raises(Refusal, match="not said whom"):
        make_plan(case, aws, "deny-principal-on-bucket", "bucket", {"principal": principal})


def test_a_bucket_that_is_not_there(case: Case, aws: AwsSession) -> None:
    for action in ("block-public-access", "restore-bucket-policy"):
        with pytest.raises(Refusal, match="no such bucket"):
            make_plan(case, aws, action, "there-is-none-of-that-name")


def test_every_call_says_whose_the_bucket_is(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    plan = make_plan(case, aws, "block-public-access", a_bucket(account))
    assert plan.calls[0].parameters["ExpectedBucketOwner"] == account.number
    assert plan.calls[0].region == REGION
    line = preview(case, plan.hash).commands[0]
    assert line.startswith(f"aws --region {REGION} s3api put-public-access-block --bucket ")


@pytest.mark.parametrize("last", ["put", "delete"])
def test_a_bucket_s_policy_is_restored_from_the_record_before_the_last(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
    last: str,
) -> None:
    bucket, s3 = a_bucket(account), client(account, "s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_for(bucket, OTHER))
    before = account.state()
    account.clock.advance(1)  # records have whole seconds
    if last == "put":
        s3.put_bucket_policy(Bucket=bucket, Policy=policy_for(bucket, STRANGER))
    else:
        s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(Refusal, match="no event that tells the policy"):
        make_plan(armed_case, aws, "restore-bucket-policy", bucket)
    read_logs()
    plan = make_plan(armed_case, aws, "restore-bucket-policy", bucket)
    assert apply(armed_case, aws, plan.hash, bucket, sleep=no_wait).state == "verified"
    assert account.state() == before


def test_a_policy_that_was_made_after_none_is_taken_away(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    read_logs: Callable[[], None],
) -> None:
    bucket, s3 = a_bucket(account), client(account, "s3")
    s3.delete_bucket_policy(Bucket=bucket)
    account.clock.advance(1)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_for(bucket, STRANGER))
    read_logs()
    plan = make_plan(armed_case, aws, "restore-bucket-policy", bucket)
    assert [call.operation for call in plan.calls] == ["DeleteBucketPolicy"]


def test_a_statement_is_added_once_and_nothing_else_is_touched() -> None:
    mine = denial(STRANGER, "s3", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])
    single = {"Version": "2008-10-17", "Id": "x", "Statement": {"Sid": "one"}}
    made = with_statement(single, mine, "b")
    assert made == {"Version": "2008-10-17", "Id": "x", "Statement": [{"Sid": "one"}, mine]}
    with pytest.raises(AlreadyDone):
        with_statement(made, mine, "b")
    with pytest.raises(Refusal, match="can't be read"):
        with_statement("{", mine, "b")


def test_a_policy_that_would_be_too_long(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    bucket = a_bucket(account)
    policy = json.loads(policy_for(bucket))
    policy["Statement"][0]["Resource"] = [f"arn:aws:s3:::{bucket}/{n:099}" for n in range(160)]
    client(account, "s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with pytest.raises(Refusal, match="AWS takes 20480"):
        make_plan(case, aws, "deny-principal-on-bucket", bucket, {"principal": STRANGER})


def test_the_account_s_block_is_of_this_account_only(case: Case, aws: AwsSession) -> None:
    for target in (STRANGER, "everything"):
        with pytest.raises(Refusal):
            make_plan(case, aws, "block-account-public-access", target)


def test_only_those_that_are_named_lose_a_snapshot(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, read_logs: Callable[[], None]
) -> None:
    number, ec2 = a_shared_snapshot(account).target, client(account, "ec2")
    named = {"SnapshotId": number, "Attribute": "createVolumePermission"}
    with account.unrecorded():
        ec2.modify_snapshot_attribute(**named, CreateVolumePermission={"Add": [{"UserId": OTHER}]})
    read_logs()
    plan = make_plan(armed_case, aws, "unshare-snapshot", number)
    assert plan.subject.region == REGION
    assert plan.after == {"shared with": []}
    assert any(fact.value.startswith("ModifySnapshotAttribute by") for fact in plan.facts)
    assert any(f"shared it with {OTHER}: " in warning for warning in plan.warnings)
    plan = make_plan(armed_case, aws, "unshare-snapshot", number, {"from": f"{STRANGER}, all"})
    assert plan.after == {"shared with": [OTHER]}
    with pytest.raises(Refusal, match="no account: eve"):
        make_plan(armed_case, aws, "unshare-snapshot", number, {"from": "eve"})


def test_what_is_shared_with_others_only_is_left_alone(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    image = a_shared_image(account).target
    with pytest.raises(AlreadyDone):
        make_plan(case, aws, "unshare-image", image, {"from": "777766665555"})
    with pytest.raises(Refusal, match="no snapshot"):
        make_plan(case, aws, "unshare-snapshot", "ami-12345678")


@pytest.mark.parametrize("cluster", [False, True])
def test_a_database_s_snapshot_is_found_by_its_arn(
    case: Case, aws: AwsSession, account: SimulatedAccount, cluster: bool
) -> None:
    number = a_shared_database(cluster=cluster)(account).target
    word = "cluster-snapshot" if cluster else "snapshot"
    arn = f"arn:aws:rds:{REGION}:{account.number}:{word}:{number}"
    plan = make_plan(case, aws, "unshare-db-snapshot", arn)
    assert plan.subject.arn == arn
    assert plan.calls[0].parameters["ValuesToRemove"] == [STRANGER]


def test_a_key_s_deletion_is_cancelled_and_what_it_keeps_can_be_read(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    arranged, kms = a_threatened_key(account), client(account, "kms")
    read_logs()
    plan = make_plan(armed_case, aws, "cancel-key-deletion", arranged.target)
    assert any(fact.value.startswith("ScheduleKeyDeletion by") for fact in plan.facts)
    assert apply(armed_case, aws, plan.hash, arranged.confirm, sleep=no_wait).state == "verified"
    assert kms.encrypt(KeyId=arranged.confirm, Plaintext=b"x")["CiphertextBlob"]
    back = undo(armed_case, aws, 1)
    assert back.calls[0].parameters == {"KeyId": arranged.confirm, "PendingWindowInDays": 9}


def test_a_key_may_be_left_disabled(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    arranged = a_threatened_key(account)
    plan = make_plan(armed_case, aws, "cancel-key-deletion", arranged.target, {"enable": "no"})
    assert [call.operation for call in plan.calls] == ["CancelKeyDeletion"]
    assert apply(armed_case, aws, plan.hash, arranged.confirm, sleep=no_wait).state == "verified"
    with pytest.raises(AlreadyDone):
        make_plan(armed_case, aws, "cancel-key-deletion", arranged.target, {"enable": "no"})


def test_keys_that_another_action_is_for(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    with pytest.raises(Refusal) as refused:
        make_plan(case, aws, "enable-key", a_threatened_key(account).target)
    assert "cancel-key-deletion" in str(refused.value)
    key = a_disabled_key(account).target
    client(account, "kms").create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
    plan = make_plan(case, aws, "enable-key", f"alias/{key}", {"region": REGION})
    assert plan.subject.id == key


@pytest.mark.parametrize(
    ("deletion", "days"),
    [(None, 30), ("2020-01-01T00:00:00Z", 7), ("2999-01-01T00:00:00Z", 30)],
)
def test_the_days_until_a_deletion_are_those_that_aws_takes(
    deletion: str | None, days: int
) -> None:
    assert _days_left(deletion) == days


def test_a_denied_principal_can_t_read_the_secret_and_is_told_to_rotate_it(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    name = a_secret(with_policy=True)(account).confirm.partition("/arn:")[0]
    user, other = make_user(account), make_user(account)
    reading = {"service": "secretsmanager", "call": "get_secret_value", "SecretId": name}
    assert may(account, user.credential, **reading)
    read_logs()
    target = f"{name}/{user.arn}"
    plan = make_plan(armed_case, aws, "deny-on-secret", target)
    assert any("rotate-secret" in warning for warning in plan.warnings)
    assert apply(armed_case, aws, plan.hash, target, sleep=no_wait).state == "verified"
    assert not may(account, user.credential, **reading)
    assert may(account, other.credential, **reading)
