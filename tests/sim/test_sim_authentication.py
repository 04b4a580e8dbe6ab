"""Who is believed: signatures, key status, sessions and their ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.sim.laboratory import ALLOW_ALL, Laboratory, outcome

# Service, operation, and its codes for a key nobody has, a wrong secret, and an expired session.
CODES = [
    ("iam", "list_users", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken"),
    ("sts", "get_caller_identity", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken"),
    ("s3", "list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"),
    ("ec2", "describe_instances", "AuthFailure", "AuthFailure", "RequestExpired"),
    (
        "cloudtrail",
        "describe_trails",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
    ),
    (
        "lambda",
        "list_functions",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
    ),
]


@pytest.mark.parametrize(("service", "operation", "unknown", "mismatch", "expired"), CODES)
def test_refusals_in_each_protocol(
    lab: Laboratory, service: str, operation: str, unknown: str, mismatch: str, expired: str
) -> None:
    user = lab.user("u", ALLOW_ALL)
    role = lab.role("r", ALLOW_ALL)

    def answer(**changed: str) -> str:
        actor = user.with_credential(replace(user.credential, **changed))
        return outcome(getattr(actor.client(service), operation))

    assert answer() == "allowed"
    assert answer(id="AKIAUNKNOWNUNKNOWN00") == unknown
    assert answer(secret="x" * 40) == mismatch
    assert answer(token="a token where there is none") == unknown
    session = lab.assume(user, role)
    lab.account.clock.advance(3599)
    assert outcome(getattr(session.client(service), operation)) == "allowed"
    lab.account.clock.advance(1)
    assert outcome(getattr(session.client(service), operation)) == expired
    lab.set_key(user, "Inactive")
    assert answer() == unknown
    lab.set_key(user, "Active")
    assert answer() == "allowed"
    lab.iam.delete_access_key(UserName="u", AccessKeyId=user.credential.id)
    assert answer() == unknown


def test_a_session_without_its_token_is_refused(lab: Laboratory) -> None:
    session = lab.assume(lab.user("u", ALLOW_ALL), lab.role("r", ALLOW_ALL))
    bare = session.with_credential(replace(session.credential, token=None))
    assert outcome(bare.client("iam").list_users) == "InvalidClientTokenId"


def test_an_altered_body_is_refused(lab: Laboratory) -> None:
    client = lab.account.actor(lab.account.root).client("iam")
    client.meta.events.register("before-send.iam.CreateUser", _other_user)
    assert outcome(client.create_user, UserName="intended") == "SignatureDoesNotMatch"
    assert lab.iam.list_users()["Users"] == []


def _other_user(request: Any, **_: Any) -> None:
    request.body = request.body.replace("intended", "attacker")


def test_an_altered_s3_body_is_refused(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.meta.events.register("before-send.s3.PutObject", _swap_body)
    code = outcome(s3.put_object, Bucket="bucket", Key="k", Body=b"abc")
    assert code == "SignatureDoesNotMatch"


def _swap_body(request: Any, **_: Any) -> None:
    request.body = b"xyz"


def test_odd_keys_and_queries_are_signed_alike(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("a b", "ä/ö+ü", "a//b", "x=1&y=2", "dot/../dot", "~(*)'!"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"1")
        assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"1"
        assert s3.head_object(Bucket="bucket", Key=key)["ContentLength"] == 1
    found = s3.list_objects_v2(Bucket="bucket", Prefix="a b")
    assert [one["Key"] for one in found["Contents"]] == ["a b"]


def test_an_unsigned_request_is_refused(lab: Laboratory) -> None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    with pytest.raises(HTTPError) as refused:
        urlopen(f"{lab.account.endpoint}/some-bucket/some-key")
    assert refused.value.code == 403
    refused.value.close()


def test_sessions_outlive_their_key_but_not_their_user(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    token, guest = lab.session_token(user), lab.federate(user, Policy=ALLOW_ALL)
    lab.set_key(user, "Inactive")
    lab.iam.delete_access_key(UserName="u", AccessKeyId=user.credential.id)
    for holder in (token, guest):
        assert outcome(holder.client("s3").list_buckets) == "allowed"
        assert lab.account.ledger.usable(holder.credential.id)
    lab.iam.delete_user_policy(UserName="u", PolicyName="p0")
    lab.iam.delete_user(UserName="u")
    for holder in (token, guest):
        assert outcome(holder.client("s3").list_buckets) == "InvalidAccessKeyId"
    lab.iam.create_user(UserName="u")
    lab.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=ALLOW_ALL)
    # A namesake is somebody else.
    assert outcome(token.client("s3").list_buckets) == "InvalidAccessKeyId"


def test_durations(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    role = lab.role("r", ALLOW_ALL)
    long = lab.session_token(user, DurationSeconds=129600)
    lab.account.clock.advance(129599)
    assert outcome(long.client("s3").list_buckets) == "allowed"
    lab.account.clock.advance(1)
    assert outcome(long.client("s3").list_buckets) == "ExpiredToken"
    ask = user.client("sts").assume_role
    assert (
        outcome(ask, RoleArn=role, RoleSessionName="session", DurationSeconds=3601)
        == "ValidationError"
    )
    wide = lab.role("wide", ALLOW_ALL, MaxSessionDuration=43200)
    session = lab.assume(user, wide, DurationSeconds=43200)
    chained = session.client("sts").assume_role
    parameters = {"RoleArn": wide, "RoleSessionName": "session"}
    assert outcome(chained, **parameters, DurationSeconds=3601) == "ValidationError"
    assert outcome(chained, **parameters, DurationSeconds=3600) == "allowed"


def test_last_use_is_kept_for_keys_and_roles(lab: Laboratory) -> None:
    user, arn = lab.user("u", ALLOW_ALL), lab.role("r", ALLOW_ALL)

    def used() -> dict[str, Any]:
        answer = lab.iam.get_access_key_last_used(AccessKeyId=user.credential.id)
        return answer["AccessKeyLastUsed"]

    assert used()["ServiceName"] == "N/A"
    lab.account.clock.advance(60)
    session = lab.assume(user, arn)
    assert (used()["ServiceName"], used()["Region"]) == ("sts", "us-east-1")
    assert used()["LastUsedDate"] == lab.account.clock.now()
    assert lab.iam.get_role(RoleName="r")["Role"].get("RoleLastUsed", {}) == {}
    session.client("s3").list_buckets()
    last = lab.iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]["LastUsedDate"]
    assert last == lab.account.clock.now()
