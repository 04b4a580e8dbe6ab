"""What is allowed: every kind of policy, in AWS's order and words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sim.laboratory import (
    ALLOW_ALL,
    DENY_ALL,
    Laboratory,
    deny_issued_before,
    outcome,
    policy,
    statement,
)

DENIED = {
    ("iam", "list_users"): "AccessDenied",
    ("s3", "list_buckets"): "AccessDenied",
    ("ec2", "describe_instances"): "UnauthorizedOperation",
    ("cloudtrail", "describe_trails"): "AccessDeniedException",
    ("guardduty", "list_detectors"): "AccessDeniedException",
    ("lambda", "list_functions"): "AccessDeniedException",
    ("secretsmanager", "list_secrets"): "AccessDeniedException",
}


@pytest.mark.parametrize(("service", "operation"), DENIED)
def test_denials_in_each_protocol(lab: Laboratory, service: str, operation: str) -> None:
    nobody, denied = lab.user("nobody"), lab.user("denied", ALLOW_ALL, DENY_ALL)
    for actor in (nobody, denied):
        assert outcome(getattr(actor.client(service), operation)) == DENIED[service, operation]


def test_the_sentence_of_a_denial(lab: Laboratory) -> None:
    number = lab.account.number
    for name, documents, why in (
        ("silent", (), "because no identity-based policy allows the iam:GetUser action"),
        ("denied", (ALLOW_ALL, DENY_ALL), "with an explicit deny in an identity-based policy"),
    ):
        with pytest.raises(ClientError) as refused:
            lab.user(name, *documents).client("iam").get_user(UserName="silent")
        assert refused.value.response["Error"]["Message"] == (
            f"User: arn:aws:iam::{number}:user/{name} is not authorized to perform: iam:GetUser "
            f"on resource: arn:aws:iam::{number}:user/silent {why}"
        )


def test_groups_and_managed_policies_count(lab: Laboratory) -> None:
    user = lab.user("u")
    lab.iam.create_group(GroupName="g")
    lab.iam.add_user_to_group(GroupName="g", UserName="u")
    lab.iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=ALLOW_ALL)
    assert outcome(user.client("iam").list_users) == "allowed"
    deny_all = "arn:aws:iam::aws:policy/AWSDenyAll"
    lab.iam.attach_group_policy(GroupName="g", PolicyArn=deny_all)
    assert outcome(user.client("iam").list_users) == "AccessDenied"
    lab.iam.detach_group_policy(GroupName="g", PolicyArn=deny_all)
    quarantine = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    lab.iam.attach_user_policy(UserName="u", PolicyArn=quarantine)
    # It is a flag, not containment: this much still works.
    assert outcome(user.client("iam").list_users) == "AccessDenied"
    assert outcome(user.client("iam").list_roles) == "allowed"
    assert outcome(user.client("cloudtrail").lookup_events) == "AccessDeniedException"


def test_the_default_version_of_a_policy_counts(lab: Laboratory) -> None:
    user = lab.user("u")
    arn = lab.iam.create_policy(PolicyName="p", PolicyDocument=ALLOW_ALL)["Policy"]["Arn"]
    lab.iam.attach_user_policy(UserName="u", PolicyArn=arn)
    lab.iam.create_policy_version(PolicyArn=arn, PolicyDocument=DENY_ALL)
    assert outcome(user.client("iam").list_users) == "allowed"
    lab.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert outcome(user.client("iam").list_users) == "AccessDenied"


def test_iam_resources(lab: Laboratory) -> None:
    own = f"arn:aws:iam::{lab.account.number}:user/${{aws:username}}"
    user = lab.user("u", policy(statement(action="iam:*AccessKey*", resource=own)))
    lab.user("v")
    iam = user.client("iam")
    assert outcome(iam.list_access_keys, UserName="u") == "allowed"
    assert outcome(iam.list_access_keys) == "allowed"
    assert outcome(iam.list_access_keys, UserName="v") == "AccessDenied"
    assert outcome(iam.list_users) == "AccessDenied"


def test_s3_actions_and_resources(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    for bucket in ("one", "two"):
        s3.create_bucket(Bucket=bucket + "-bucket")
        s3.put_object(Bucket=bucket + "-bucket", Key="a/k", Body=b"x")
    reader = lab.user(
        "reader",
        policy(
            statement(action="s3:ListBucket", resource="arn:aws:s3:::one-bucket"),
            statement(action="s3:GetObject", resource="arn:aws:s3:::one-bucket/a/*"),
        ),
    ).client("s3")
    assert outcome(reader.list_objects_v2, Bucket="one-bucket") == "allowed"
    assert outcome(reader.list_objects, Bucket="one-bucket") == "allowed"
    assert outcome(reader.head_bucket, Bucket="one-bucket") == "allowed"
    assert outcome(reader.head_bucket, Bucket="two-bucket") == "403"
    assert outcome(reader.get_object, Bucket="one-bucket", Key="a/k") == "allowed"
    assert outcome(reader.head_object, Bucket="one-bucket", Key="a/k") == "allowed"
    assert outcome(reader.get_object, Bucket="two-bucket", Key="a/k") == "AccessDenied"
    assert outcome(reader.put_object, Bucket="one-bucket", Key="a/k", Body=b"") == "AccessDenied"
    assert outcome(reader.list_buckets) == "AccessDenied"


def test_bucket_policies(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    named, other = lab.user("named"), lab.user("other", ALLOW_ALL)
    get = {"Bucket": "bucket", "Key": "k"}
    everything = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
    s3.put_bucket_policy(
        Bucket="bucket",
        Policy=policy(
            statement(resource=everything, Principal={"AWS": named.credential.arn}),
            statement("Deny", resource=everything, Principal={"AWS": other.credential.arn}),
        ),
    )
    assert outcome(named.client("s3").get_object, **get) == "allowed"
    assert outcome(other.client("s3").get_object, **get) == "AccessDenied"


def test_ec2_and_secret_resources(lab: Laboratory) -> None:
    lab.root.client("secretsmanager").create_secret(Name="mine", SecretString="s")
    number = lab.account.number
    user = lab.user(
        "u",
        policy(
            statement(
                action="secretsmanager:GetSecretValue",
                resource=f"arn:aws:secretsmanager:us-east-1:{number}:secret:mine-??????",
            ),
            statement(action="ec2:TerminateInstances", resource="arn:aws:ec2:*:*:instance/i-1*"),
        ),
    )
    assert outcome(user.client("secretsmanager").get_secret_value, SecretId="mine") == "allowed"
    terminate = user.client("ec2").terminate_instances
    assert outcome(terminate, InstanceIds=["i-2"]) == "UnauthorizedOperation"
    # Past the policies: there is no such instance.
    assert outcome(terminate, InstanceIds=["i-1"]).startswith("InvalidInstanceID")
    assert outcome(terminate, InstanceIds=["i-1", "i-2"]) == "UnauthorizedOperation"


def test_what_cannot_be_decided_is_said(lab: Laboratory) -> None:
    scoped = policy(statement(action="sns:*", resource="arn:aws:sns:*:*:topic"))
    user = lab.user("u", scoped)
    with pytest.raises(ClientError) as undecided:
        user.client("sns").get_topic_attributes(TopicArn="arn:aws:sns:us-east-1:1:t")
    said = undecided.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "does not know the resource of sns:GetTopicAttributes" in said["Error"]["Message"]
    odd = lab.user("odd", policy(statement(condition={"StringEquals": {"ec2:Owner": "x"}})))
    assert outcome(odd.client("ec2").describe_instances) == "NotImplemented"


def test_an_operation_nobody_implements_answers_501_at_once(lab: Laboratory) -> None:
    for service, operation, parameters in (
        ("iam", "get_organizations_access_report", {"JobId": "a" * 36}),
        ("guardduty", "list_coverage", {"DetectorId": "d"}),
        ("detective", "list_graphs", {}),
        ("ec2", "get_console_screenshot", {"InstanceId": "i-1"}),
    ):
        mark = len(lab.account.calls)
        client = lab.root.client(service)
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)(**parameters)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, service
        assert len(lab.account.calls) - mark == 1
    assert all(r["eventName"] != "ListFindings" for r in lab.account.records)


def _mfa_only() -> str:
    return policy(
        statement(),
        statement("Deny", condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
    )


def test_mfa_keys_are_absent_from_long_term_keys(lab: Laboratory) -> None:
    user = lab.user("u", _mfa_only())
    assert outcome(user.client("iam").list_users) == "allowed"
    plain = lab.session_token(user)
    strong = lab.session_token(
        user, SerialNumber="arn:aws:iam::111122223333:mfa/u", TokenCode="123456"
    )
    assert outcome(plain.client("s3").list_buckets) == "AccessDenied"
    assert outcome(strong.client("s3").list_buckets) == "allowed"
    assert outcome(strong.client("iam").list_users) == "allowed"
    stricter = policy(
        statement("Deny", condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    )
    lab.iam.put_user_policy(UserName="u", PolicyName="strict", PolicyDocument=stricter)
    assert outcome(user.client("s3").list_buckets) == "AccessDenied"
    assert outcome(strong.client("s3").list_buckets) == "allowed"


def test_source_address_and_user_id(lab: Laboratory) -> None:
    inside = policy(statement(condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}))
    user = lab.user("u", inside)
    assert outcome(user.client("iam").list_users) == "allowed"
    away = lab.account.actor(user.credential, "192.0.2.1")
    assert outcome(away.client("iam").list_users) == "AccessDenied"
    arn = lab.role("r", ALLOW_ALL)
    role_id = lab.iam.get_role(RoleName="r")["Role"]["RoleId"]
    one = policy(statement("Deny", condition={"StringEquals": {"aws:userid": f"{role_id}:bad"}}))
    lab.iam.put_role_policy(RoleName="r", PolicyName="bad", PolicyDocument=one)
    admin = lab.user("admin", ALLOW_ALL)
    assert outcome(lab.assume(admin, arn, "bad").client("iam").list_users) == "AccessDenied"
    assert outcome(lab.assume(admin, arn, "good").client("iam").list_users) == "allowed"


def test_revoking_sessions_of_a_role(lab: Laboratory) -> None:
    admin, arn = lab.user("admin", ALLOW_ALL), lab.role("r", ALLOW_ALL)
    old = lab.assume(admin, arn, "old")
    lab.account.clock.advance(10)
    cut = lab.account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    lab.iam.put_role_policy(
        RoleName="r", PolicyName="AWSRevokeOlderSessions", PolicyDocument=deny_issued_before(cut)
    )
    new = lab.assume(admin, arn, "new")
    assert outcome(old.client("iam").list_users) == "AccessDenied"
    assert outcome(old.client("sts").get_caller_identity) == "allowed"
    assert outcome(new.client("iam").list_users) == "allowed"
    usable = lab.account.ledger.usable
    assert not usable(old.credential.id)
    assert usable(new.credential.id)


def test_revoking_sessions_of_a_user_spares_its_key(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    token, guest = lab.session_token(user), lab.federate(user, Policy=ALLOW_ALL)
    lab.iam.put_user_policy(
        UserName="u", PolicyName="cut", PolicyDocument=deny_issued_before("2100-01-01T00:00:00Z")
    )
    assert outcome(user.client("s3").list_buckets) == "allowed"
    assert outcome(token.client("s3").list_buckets) == "AccessDenied"
    assert outcome(guest.client("s3").list_buckets) == "AccessDenied"


def test_what_sessions_of_users_may_never_call(lab: Laboratory) -> None:
    user, arn = lab.user("u", ALLOW_ALL), lab.role("r", ALLOW_ALL)
    token, guest = lab.session_token(user), lab.federate(user, Policy=ALLOW_ALL)
    for holder in (token, guest):
        sts = holder.client("sts")
        assert outcome(holder.client("iam").list_users) == "InvalidClientTokenId"
        assert outcome(sts.get_caller_identity) == "allowed"
        assert outcome(sts.get_session_token) == "AccessDenied"
        assert outcome(sts.get_federation_token, Name="guest") == "AccessDenied"
    assume = {"RoleArn": arn, "RoleSessionName": "session"}
    assert outcome(token.client("sts").assume_role, **assume) == "allowed"
    assert outcome(guest.client("sts").assume_role, **assume) == "AccessDenied"


def test_federation_grants_only_what_both_policies_allow(lab: Laboratory) -> None:
    reader = lab.user("u", policy(statement(action=["s3:List*", "sts:*"])))
    both = lab.federate(reader, Policy=ALLOW_ALL)
    assert outcome(both.client("s3").list_buckets) == "allowed"
    assert outcome(both.client("lambda").list_functions) == "AccessDeniedException"
    none = lab.federate(reader)
    assert outcome(none.client("s3").list_buckets) == "AccessDenied"


def test_session_policies_and_boundaries(lab: Laboratory) -> None:
    admin, arn = lab.user("admin", ALLOW_ALL), lab.role("r", ALLOW_ALL)
    only_s3 = policy(statement(action="s3:*"))
    small = lab.assume(admin, arn, Policy=only_s3)
    assert outcome(small.client("s3").list_buckets) == "allowed"
    assert outcome(small.client("iam").list_users) == "AccessDenied"
    boundary = lab.iam.create_policy(PolicyName="b", PolicyDocument=only_s3)["Policy"]["Arn"]
    lab.iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary)
    lab.iam.put_user_permissions_boundary(UserName="admin", PermissionsBoundary=boundary)
    session_error = outcome(lab.account.actor(small.credential).client("iam").list_users)
    assert session_error == "AccessDenied"
    assert outcome(admin.client("iam").list_users) == "AccessDenied"
    assert outcome(admin.client("s3").list_buckets) == "allowed"
    shown = lab.iam.get_user(UserName="admin")["User"]["PermissionsBoundary"]
    assert shown["PermissionsBoundaryArn"] == boundary
    lab.iam.delete_user_permissions_boundary(UserName="admin")
    assert outcome(admin.client("iam").list_users) == "allowed"


def _trusting(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_trust_policies(lab: Laboratory) -> None:
    number = lab.account.number
    plain, admin = lab.user("plain"), lab.user("admin", ALLOW_ALL)
    by_account = lab.role("by-account", ALLOW_ALL)
    by_name = lab.role("by-name", ALLOW_ALL, trust={"AWS": plain.credential.arn})
    by_service = lab.role("by-service", ALLOW_ALL, trust={"Service": "lambda.amazonaws.com"})

    def assume(who: Any, arn: str, **more: str) -> str:
        return outcome(
            who.client("sts").assume_role, RoleArn=arn, RoleSessionName="session", **more
        )

    # Trusting the account leaves the decision to the caller's own policies; a name does not.
    assert assume(plain, by_account) == "AccessDenied"
    assert assume(plain, by_name) == "allowed"
    assert assume(admin, by_account) == "allowed"
    assert assume(admin, by_name) == "AccessDenied"
    assert assume(admin, by_service) == "AccessDenied"
    assert assume(lab.root, by_account) == "AccessDenied"
    assert assume(admin, f"arn:aws:iam::{number}:role/missing") == "AccessDenied"
    secret = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{number}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
    }
    lab.iam.update_assume_role_policy(RoleName="by-account", PolicyDocument=_trusting(secret))
    assert assume(admin, by_account) == "AccessDenied"
    assert assume(admin, by_account, ExternalId="42") == "allowed"
    denied = {**secret, "Effect": "Deny", "Condition": {}}
    lab.iam.update_assume_role_policy(
        RoleName="by-account", PolicyDocument=_trusting(secret, denied)
    )
    assert assume(admin, by_account, ExternalId="42") == "AccessDenied"


def test_source_identity_stays_through_a_chain(lab: Laboratory) -> None:
    admin, arn = lab.user("admin", ALLOW_ALL), lab.role("r", ALLOW_ALL)
    first = lab.assume(admin, arn, SourceIdentity="jo")
    second = lab.assume(first, arn)
    second.client("iam").list_users()
    context = lab.account.records[-1]["userIdentity"]["sessionContext"]
    assert context["sourceIdentity"] == "jo"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("AWSReservedSSO_Admin_1", "/aws-reserved/sso.amazonaws.com/"),
        ("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/"),
    ],
)
def test_roles_that_belong_to_aws(lab: Laboratory, name: str, path: str) -> None:
    lab.role(name, Path=path)
    put = {"RoleName": name, "PolicyName": "p", "PolicyDocument": DENY_ALL}
    assert outcome(lab.iam.put_role_policy, **put) == "UnmodifiableEntity"
    assert outcome(lab.iam.delete_role, RoleName=name) == "UnmodifiableEntity"
    assert lab.iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_changes_take_their_time(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    lab.account.clock.advance(60)
    lab.account.propagation_seconds = 4
    lab.set_key(user, "Inactive")
    # In this window an intruder can still let itself in elsewhere.
    assert outcome(user.client("iam").create_user, UserName="backdoor") == "allowed"
    lab.account.clock.advance(3.9)
    assert outcome(user.client("iam").list_users) == "allowed"
    lab.account.clock.advance(0.2)
    assert outcome(user.client("iam").list_users) == "InvalidClientTokenId"
    # What IAM itself tells is the new state at once.
    listed = lab.iam.list_access_keys(UserName="u")["AccessKeyMetadata"]
    assert [key["Status"] for key in listed] == ["Inactive"]


def test_other_accounts_stand_apart(lab: Laboratory) -> None:
    from trailtui.sim import moto_backend

    foreign = moto_backend.iam("444455556666")
    foreign.create_role(
        role_name="away",
        assume_role_policy_document=_trusting(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{lab.account.number}:root"},
                "Action": "sts:AssumeRole",
            }
        ),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    arn = "arn:aws:iam::444455556666:role/away"
    nobody, admin = lab.user("nobody"), lab.user("admin", ALLOW_ALL)
    ask = {"RoleArn": arn, "RoleSessionName": "session"}
    assert outcome(nobody.client("sts").assume_role, **ask) == "AccessDenied"
    away = lab.assume(admin, arn)
    assert away.client("sts").get_caller_identity()["Account"] == "444455556666"
    assert outcome(away.client("iam").list_users) == "AccessDenied"
