"""Calls as CloudTrail records, log files and LookupEvents."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sim.laboratory import ALLOW_ALL, NOON, Laboratory, outcome
from tests.simulated import simulated_account

REQUIRED = {
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
    "tlsDetails",
}


def last(lab: Laboratory) -> dict[str, Any]:
    return lab.account.records[-1]


def test_a_users_call(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    answer = user.client("iam").create_access_key(UserName="u")
    record = last(lab)
    assert record.keys() >= REQUIRED
    assert record["eventVersion"] == "1.11"
    assert record["eventName"] == "CreateAccessKey"
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["eventTime"] == "2026-03-10T12:00:00Z"
    assert record["awsRegion"] == "us-east-1"
    assert (record["sourceIPAddress"], record["userAgent"]) == ("198.51.100.7", "tests/1.0")
    assert record["requestParameters"] == {"userName": "u"}
    assert record["responseElements"] == {
        "accessKey": {
            "userName": "u",
            "accessKeyId": answer["AccessKey"]["AccessKeyId"],
            "status": "Active",
            "createDate": "Mar 10, 2026 12:00:00 PM",
        }
    }
    assert record["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert record["userIdentity"] == {
        "type": "IAMUser",
        "principalId": user.credential.principal_id,
        "arn": f"arn:aws:iam::{lab.account.number}:user/u",
        "accountId": lab.account.number,
        "accessKeyId": user.credential.id,
        "userName": "u",
    }
    assert user.credential.principal_id.startswith("AIDA")
    assert (record["readOnly"], record["managementEvent"]) == (False, True)


def test_a_denied_call(lab: Laboratory) -> None:
    user = lab.user("u")
    assert outcome(user.client("iam").get_user, UserName="u") == "AccessDenied"
    record = last(lab)
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"].startswith("User: arn:aws:iam::111122223333:user/u is not auth")
    assert record["requestParameters"] is None
    assert record["responseElements"] is None
    outcome(user.client("cloudtrail").describe_trails)
    assert last(lab)["errorCode"] == "AccessDenied"
    outcome(user.client("ec2", "eu-west-1").describe_instances)
    assert last(lab)["errorCode"] == "Client.UnauthorizedOperation"
    assert last(lab)["awsRegion"] == "eu-west-1"
    with pytest.raises(ClientError):
        lab.iam.get_user(UserName="missing")
    assert last(lab)["errorCode"] == "NoSuchEntityException"
    assert last(lab)["requestParameters"] == {"userName": "missing"}


def test_refused_credentials_are_recorded_where_the_account_knows_them(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    lab.set_key(user, "Inactive")
    outcome(user.client("iam").list_users)
    assert last(lab)["errorCode"] == "InvalidClientTokenId"
    assert last(lab)["userIdentity"]["accessKeyId"] == user.credential.id
    count = len(lab.account.records)
    from dataclasses import replace

    stranger = user.with_credential(replace(user.credential, id="AKIAUNKNOWNUNKNOWN00"))
    outcome(stranger.client("iam").list_users)
    assert len(lab.account.records) == count


def test_sessions(lab: Laboratory) -> None:
    admin, arn = lab.user("admin", ALLOW_ALL), lab.role("r", ALLOW_ALL, Path="/team/")
    session = lab.assume(admin, arn, "night")
    issued = last(lab)
    assert issued["requestParameters"] == {"roleArn": arn, "roleSessionName": "night"}
    assert issued["readOnly"] is True
    assert issued["resources"] == [
        {"accountId": lab.account.number, "type": "AWS::IAM::Role", "ARN": arn}
    ]
    elements = issued["responseElements"]
    assert elements["credentials"] == {
        "accessKeyId": session.credential.id,
        "sessionToken": session.credential.token,
        "expiration": "Mar 10, 2026, 1:00:00 PM",
    }
    assert elements["assumedRoleUser"]["arn"] == session.credential.arn
    session.client("iam").list_users()
    identity = last(lab)["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["principalId"].endswith(":night")
    assert identity["sessionContext"] == {
        "sessionIssuer": {
            "type": "Role",
            "principalId": identity["principalId"].partition(":")[0],
            "arn": arn,
            "accountId": lab.account.number,
            "userName": "r",
        },
        "attributes": {"creationDate": "2026-03-10T12:00:00Z", "mfaAuthenticated": "false"},
    }
    token = lab.session_token(admin)
    assert last(lab)["readOnly"] is False
    assert last(lab)["responseElements"]["credentials"]["accessKeyId"] == token.credential.id
    token.client("s3").list_buckets()
    identity = last(lab)["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", "admin")
    assert "sessionIssuer" not in identity["sessionContext"]
    lab.federate(admin, Policy=ALLOW_ALL).client("s3").list_buckets()
    identity = last(lab)["userIdentity"]
    assert identity["type"] == "FederatedUser"
    assert identity["principalId"] == f"{lab.account.number}:guest"
    assert identity["sessionContext"]["sessionIssuer"]["type"] == "IAMUser"
    lab.root.client("s3").list_buckets()
    assert last(lab)["userIdentity"]["type"] == "Root"


def test_s3_objects_are_data_events(lab: Laboratory) -> None:
    s3 = lab.root.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert last(lab)["managementEvent"] is True
    s3.put_object(Bucket="bucket", Key="a/k", Body=b"x")
    record = last(lab)
    assert (record["eventCategory"], record["managementEvent"]) == ("Data", False)
    assert record["requestParameters"]["bucketName"] == "bucket"
    assert record["requestParameters"]["key"] == "a/k"
    assert [one["type"] for one in record["resources"]] == ["AWS::S3::Object", "AWS::S3::Bucket"]
    s3.list_objects_v2(Bucket="bucket", Prefix="a/")
    assert last(lab)["eventName"] == "ListObjects"
    assert last(lab)["requestParameters"]["prefix"] == "a/"


def test_no_secret_is_in_any_record() -> None:
    with simulated_account(seed=2, ends_at=NOON, hours=3) as incident:
        text = json.dumps(incident.account.records)
        for credential in incident.account.world.credentials.issued:
            assert credential.secret not in text
        for word in ("Not-a-real-passw0rd", "not a real secret", "secretAccessKey"):
            assert word not in text


def test_log_files(lab: Laboratory, tmp_path: Path) -> None:
    lab.iam.list_users()
    lab.account.clock.advance(400)
    lab.root.client("ec2", "eu-west-1").describe_instances()
    files = lab.account.deliver(tmp_path)
    assert lab.account.deliver(tmp_path) == []
    names = [str(path.relative_to(tmp_path)) for path in files]
    start = "AWSLogs/111122223333/CloudTrail/"
    assert names[0].startswith(
        start + "eu-west-1/2026/03/10/111122223333_CloudTrail_eu-west-1_20260310T1210Z_"
    )
    assert names[1].startswith(start + "us-east-1/2026/03/10/")
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    found = [r for path in files for r in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
    key = lambda r: r["eventID"]  # noqa: E731
    assert sorted(found, key=key) == sorted(lab.account.records, key=key)
    lab.iam.list_users()
    assert len(lab.account.deliver(tmp_path)) == 1


def test_a_seed_repeats_everything(tmp_path: Path) -> None:
    def play(seed: int, folder: str) -> dict[str, bytes]:
        with simulated_account(seed=seed, ends_at=NOON, hours=3) as incident:
            files = incident.account.deliver(tmp_path / folder)
            return {
                str(one.relative_to(tmp_path / folder)): gzip.decompress(one.read_bytes())
                for one in files
            }

    once = play(4, "a")
    assert once == play(4, "b")
    assert once != play(5, "c")


def test_lookup_events(lab: Laboratory) -> None:
    trail = lab.root.client("cloudtrail")
    user = lab.user("u", ALLOW_ALL)
    s3 = user.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"")
    for _ in range(60):
        user.client("sts").get_caller_identity()
    attribute = [{"AttributeKey": "AccessKeyId", "AttributeValue": user.credential.id}]
    pages = list(trail.get_paginator("lookup_events").paginate(LookupAttributes=attribute))
    assert [len(page["Events"]) for page in pages] == [50, 11]
    events = [event for page in pages for event in page["Events"]]
    # Newest first, management events only.
    assert Counter(e["EventName"] for e in events) == {"GetCallerIdentity": 60, "CreateBucket": 1}
    assert events[-1]["EventName"] == "CreateBucket"
    assert json.loads(events[0]["CloudTrailEvent"])["userIdentity"]["userName"] == "u"
    two = [*attribute, {"AttributeKey": "EventName", "AttributeValue": "x"}]
    assert outcome(trail.lookup_events, LookupAttributes=two) == "InvalidLookupAttributesException"
    assert (
        outcome(trail.lookup_events, NextToken=pages[0]["NextToken"]) == "InvalidNextTokenException"
    )
    elsewhere = lab.root.client("cloudtrail", "eu-west-1")
    assert elsewhere.lookup_events()["Events"] == []
