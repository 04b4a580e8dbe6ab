"""The faults that tests play."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from tests.sim.laboratory import Laboratory, outcome
from tests.simulated import empty_account


@pytest.mark.parametrize(
    ("kind", "code", "happened"),
    [
        ("throttle", "Throttling", False),
        ("error500_before", "InternalFailure", False),
        ("error500_after", "InternalFailure", True),
        ("access_denied", "AccessDenied", False),
    ],
)
def test_faults_that_answer(lab: Laboratory, kind: str, code: str, happened: bool) -> None:
    lab.account.faults.add("iam", "CreateUser", kind, times=1)
    assert outcome(lab.iam.create_user, UserName="u") == code
    assert bool(lab.iam.list_users()["Users"]) is happened
    first = lab.account.calls.of("CreateUser")[0]
    assert (first.carried_out, first.fault) == (happened, kind)
    recorded = [r for r in lab.account.records if r["eventName"] == "CreateUser"]
    assert len(recorded) == (1 if happened or kind == "access_denied" else 0)
    again = outcome(lab.iam.create_user, UserName="u")
    assert again == ("EntityAlreadyExists" if happened else "allowed")


@pytest.mark.parametrize(("kind", "happened"), [("drop_before", False), ("drop_after", True)])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_lost_connections(lab: Laboratory, kind: str, happened: bool) -> None:
    lab.account.faults.add("iam", "CreateUser", kind)
    with pytest.raises((ConnectionClosedError, EndpointConnectionError, HTTPClientError)):
        lab.iam.create_user(UserName="u")
    assert bool(lab.iam.list_users()["Users"]) is happened


def test_faults_in_other_protocols(lab: Laboratory) -> None:
    lab.account.faults.add("*", "*", "throttle", times=3)
    assert outcome(lab.root.client("s3").list_buckets) == "SlowDown"
    assert outcome(lab.root.client("ec2").describe_instances) == "RequestLimitExceeded"
    assert outcome(lab.root.client("cloudtrail").describe_trails) == "ThrottlingException"
    assert outcome(lab.root.client("s3").list_buckets) == "allowed"


def played(lab: Laboratory, call: Any, times: int, **parameters: Any) -> str:
    """One letter a call: t for throttled, . for done."""
    codes = [outcome(call, **parameters) for _ in range(times)]
    return "".join("." if code == "allowed" else "t" for code in codes)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"times": 2}, "tt......"),
        ({"times": 2, "after": 3}, "...tt..."),
        ({"times": None, "every": 3}, "..t..t.."),
        ({"times": 1, "every": 3, "after": 1}, "...t...."),
        ({"times": None}, "tttttttt"),
        ({"times": 0}, "........"),
    ],
)
def test_which_of_the_calls(lab: Laboratory, chosen: dict[str, Any], expected: str) -> None:
    lab.account.faults.add("iam", "ListUsers", "throttle", **chosen)
    assert played(lab, lab.iam.list_users, 8) == expected


def test_only_in_one_region(lab: Laboratory) -> None:
    lab.account.faults.add("cloudtrail", "LookupEvents", "throttle", times=3, region="eu-west-1")
    assert played(lab, lab.root.client("cloudtrail").lookup_events, 3) == "..."
    there = lab.root.client("cloudtrail", "eu-west-1").lookup_events
    assert played(lab, there, 4) == "ttt."


def test_only_with_some_parameters(lab: Laboratory) -> None:
    faults, get = lab.account.faults, lab.iam.get_user
    for name in ("ann", "bob"):
        lab.iam.create_user(UserName=name)
    faults.add("iam", "GetUser", "throttle", times=None, where={"UserName": "a*"})
    assert played(lab, get, 2, UserName="bob") == ".."
    assert played(lab, get, 2, UserName="ann") == "tt"
    faults.clear()
    faults.add("iam", "GetUser", "throttle", where=lambda params: params["UserName"] == "bob")
    assert played(lab, get, 1, UserName="ann") == "."
    assert played(lab, get, 2, UserName="bob") == "t."


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        ("throttle", {"every": 0}),
        ("throttle", {"after": -1}),
        ("throttle", {"seconds": 1}),
        ("latency", {}),
        ("nonsense", {}),
    ],
)
def test_faults_that_make_no_sense(lab: Laboratory, kind: str, chosen: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        lab.account.faults.add("iam", "ListUsers", kind, **chosen)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("cloudtrail", "describe_trails", "ExpiredTokenException"),
        ("iam", "list_users", "ExpiredToken"),
        ("s3", "list_buckets", "ExpiredToken"),
        ("ec2", "describe_instances", "RequestExpired"),
    ],
)
def test_a_session_that_ended(lab: Laboratory, service: str, operation: str, code: str) -> None:
    lab.account.faults.add(service, "*", "expired")
    call = getattr(lab.root.client(service), operation)
    assert [outcome(call), outcome(call)] == [code, "allowed"]
    assert not lab.account.calls.of(service=service)[0].carried_out


def test_a_denial_on_demand_names_action_and_resource(lab: Laboratory) -> None:
    lab.account.faults.add("cloudtrail", "LookupEvents", "access_denied")
    with pytest.raises(Exception, match="perform: cloudtrail:LookupEvents on resource:") as failed:
        lab.root.client("cloudtrail").lookup_events()
    assert "because no identity-based policy allows" in str(failed.value)


def test_a_slow_answer_holds_up_no_other_call(lab: Laboratory) -> None:
    """The slow call ends only with the account; would it hold the lock, this test would hang."""
    lab.account.faults.add("iam", "ListUsers", "latency", seconds=3600)
    slow = threading.Thread(target=lab.iam.list_users, daemon=True)
    slow.start()
    while not lab.account.calls.of("ListUsers"):
        assert slow.is_alive()
    assert outcome(lab.root.client("s3").list_buckets) == "allowed"
    assert slow.is_alive()
    lab.account.stop()
    slow.join()


def test_a_reader_gives_up_on_an_answer_that_comes_too_late() -> None:
    import boto3
    from botocore.config import Config

    with empty_account() as account:
        account.faults.add("iam", "CreateUser", "latency", seconds=3600)
        iam = boto3.client(
            "iam",
            region_name="us-east-1",
            endpoint_url=account.endpoint,
            aws_access_key_id=account.root.id,
            aws_secret_access_key=account.root.secret,
            config=Config(read_timeout=0.2, retries={"total_max_attempts": 1}),
        )
        with pytest.raises(ReadTimeoutError):
            iam.create_user(UserName="u")
        assert iam.get_user(UserName="u")["User"]["UserName"] == "u"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_answer_that_breaks_off(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="logs")
    s3.put_object(Bucket="logs", Key="a", Body=b"0123456789" * 1000)
    lab.account.faults.add("s3", "GetObject", "truncate")
    body = s3.get_object(Bucket="logs", Key="a")
    assert body["ContentLength"] == 10_000
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        body["Body"].read()
    assert s3.get_object(Bucket="logs", Key="a")["Body"].read() == b"0123456789" * 1000
    lab.account.faults.add("iam", "ListUsers", "truncate")
    # boto3 does not notice the missing half by its length, only by what it can't parse.
    with pytest.raises((HTTPClientError, ResponseParserError)):
        lab.iam.list_users()
