"""What a trail delivers into its bucket, and where it lies there."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sim.buckets import delivered, event_ids, log_files, stored
from tests.sim.corpus import START, corpus
from tests.sim.laboratory import NOON, Laboratory, outcome, policy, statement
from tests.simulated import empty_account, trail

OWN = "111122223333"
BEFORE = START - timedelta(hours=1)
KEY = re.compile(
    r"AWSLogs/(?P<account>\d{12})/CloudTrail/(?P<region>[a-z0-9-]+)/(?P<day>\d{4}/\d\d/\d\d)/"
    r"\d{12}_CloudTrail_[a-z0-9-]+_(?P<at>\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json\.gz"
)


def management(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["eventCategory"] == "Management"]


def test_every_management_event_once_and_where_it_belongs(lab: Laboratory) -> None:
    records = corpus(400)
    lab.account.adopt(records)
    trail(lab.account, since=BEFORE)
    calls, known = len(lab.account.calls), len(lab.account.records)
    written = lab.account.deliver_to_bucket()
    assert (len(lab.account.calls), len(lab.account.records)) == (calls, known)
    files = log_files(lab.account)
    assert [f"s3://trail-logs/{file.key}" for file in files] == sorted(written.files)
    for file in files:
        named = KEY.fullmatch(file.key)
        assert named is not None
        at = datetime.strptime(named["at"], "%Y%m%dT%H%M%z")
        assert f"{at:%Y/%m/%d}" == named["day"]
        assert file.answer["ContentEncoding"] == "gzip"
        assert file.answer["LastModified"] == at
        for record in file.records:
            assert (record["recipientAccountId"], record["awsRegion"]) == (OWN, named["region"])
            happened = datetime.fromisoformat(record["eventTime"])
            assert timedelta(0) < at - happened <= timedelta(minutes=5)
    assert event_ids(delivered(lab.account)) == event_ids(management(records))
    assert lab.account.deliver_to_bucket().files == []


def test_other_accounts_and_regions_have_no_part_in_a_single_regions_trail(
    lab: Laboratory,
) -> None:
    records = corpus(300, accounts=(OWN, "222233334444"), data_share=0)
    lab.account.adopt(records)
    settings = {"IsMultiRegionTrail": False, "S3KeyPrefix": "team/logs"}
    trail(lab.account, since=BEFORE, region="eu-west-1", **settings)
    lab.account.deliver_to_bucket()
    own = [r for r in records if r["recipientAccountId"] == OWN and r["awsRegion"] == "eu-west-1"]
    assert event_ids(delivered(lab.account)) == event_ids(own)
    assert all(one.key.startswith(f"team/logs/AWSLogs/{OWN}/") for one in log_files(lab.account))


@pytest.mark.parametrize("included", [True, False])
def test_events_of_global_services(lab: Laboratory, included: bool) -> None:
    records = corpus(300, data_share=0, regions=("us-east-1",))
    lab.account.adopt(records)
    settings = {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": included}
    trail(lab.account, since=BEFORE, **settings)
    lab.account.deliver_to_bucket()
    sources = {record["eventSource"] for record in delivered(lab.account)}
    assert ("iam.amazonaws.com" in sources) is included
    assert "ec2.amazonaws.com" in sources


def test_only_while_it_was_logging(lab: Laboratory) -> None:
    iam, cloudtrail = lab.iam, lab.root.client("cloudtrail")
    iam.create_user(UserName="before")
    trail(lab.account)
    iam.create_user(UserName="logged")
    cloudtrail.stop_logging(Name="trail")
    iam.create_user(UserName="hidden")
    cloudtrail.start_logging(Name="trail")
    iam.create_user(UserName="again")
    cloudtrail.delete_trail(Name="trail")
    iam.create_user(UserName="after")
    lab.account.clock.advance(600)
    lab.account.deliver_to_bucket()
    names = [record["eventName"] for record in delivered(lab.account)]
    # The call that ends the logging is its last event.
    assert names == ["CreateUser", "StopLogging", "StartLogging", "CreateUser", "DeleteTrail"]
    users = [r["requestParameters"].get("userName") for r in delivered(lab.account)]
    assert [user for user in users if user] == ["logged", "again"]


def test_adopted_records_are_judged_by_their_time(lab: Laboratory) -> None:
    cloudtrail = lab.root.client("cloudtrail")
    trail(lab.account, since=START + timedelta(hours=6))
    with lab.account.unrecorded():
        lab.account.clock.set(START + timedelta(hours=12))
        cloudtrail.stop_logging(Name="trail")
        lab.account.clock.set(NOON)
    records = corpus(300, data_share=0)
    lab.account.adopt(records)
    lab.account.deliver_to_bucket()
    first, last = (f"{START + timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" for h in (6, 12))
    wanted = [r for r in records if first <= r["eventTime"] < last]
    assert event_ids(delivered(lab.account)) == event_ids(wanted) != []


SOME_BUCKET = {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::payments-logs-"]}
SELECTORS: list[tuple[str, dict[str, Any], Any]] = [
    (
        "writes",
        {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]},
        lambda r: r["eventCategory"] == "Management" and not r["readOnly"],
    ),
    (
        "without kms",
        {
            "EventSelectors": [
                {
                    "ReadWriteType": "All",
                    "IncludeManagementEvents": True,
                    "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                }
            ]
        },
        lambda r: r["eventCategory"] == "Management" and r["eventSource"] != "kms.amazonaws.com",
    ),
    (
        "data of all buckets, only",
        {
            "EventSelectors": [
                {
                    "IncludeManagementEvents": False,
                    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
                }
            ]
        },
        lambda r: r["eventCategory"] == "Data" and r["eventSource"] == "s3.amazonaws.com",
    ),
    (
        "data of some buckets",
        {"EventSelectors": [{"IncludeManagementEvents": False, "DataResources": [SOME_BUCKET]}]},
        lambda r: (
            r["eventCategory"] == "Data"
            and any(x["ARN"].startswith("arn:aws:s3:::payments-logs-") for x in r["resources"])
        ),
    ),
    (
        "advanced",
        {
            "AdvancedEventSelectors": [
                {
                    "Name": "sign-ins and keys",
                    "FieldSelectors": [
                        {"Field": "eventCategory", "Equals": ["Management"]},
                        {"Field": "readOnly", "Equals": ["true"]},
                        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
                        {"Field": "eventName", "NotStartsWith": ["Describe", "List"]},
                    ],
                },
                {
                    "Name": "functions",
                    "FieldSelectors": [
                        {"Field": "eventCategory", "Equals": ["Data"]},
                        {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]},
                        {"Field": "resources.ARN", "EndsWith": [":resize", ":notify"]},
                    ],
                },
            ]
        },
        lambda r: (
            (
                r["eventCategory"] == "Management"
                and r["readOnly"]
                and r["eventSource"] != "kms.amazonaws.com"
                and not r["eventName"].startswith(("Describe", "List"))
            )
            or (
                r["eventCategory"] == "Data"
                and r["eventSource"] == "lambda.amazonaws.com"
                and r["resources"][0]["ARN"].endswith((":resize", ":notify"))
            )
        ),
    ),
]


@pytest.mark.parametrize(
    ("put", "wanted"), [one[1:] for one in SELECTORS], ids=[one[0] for one in SELECTORS]
)
def test_event_selectors(lab: Laboratory, put: dict[str, Any], wanted: Any) -> None:
    records = corpus(1200, data_share=0.5)
    lab.account.adopt(records)
    trail(lab.account, since=BEFORE)
    with lab.account.unrecorded():
        lab.account.clock.set(BEFORE + timedelta(minutes=1))
        lab.root.client("cloudtrail").put_event_selectors(TrailName="trail", **put)
        lab.account.clock.set(NOON)
    lab.account.deliver_to_bucket()
    chosen = [record for record in records if wanted(record)]
    assert event_ids(delivered(lab.account)) == event_ids(chosen) != []


def test_selectors_count_from_when_they_were_put(lab: Laboratory) -> None:
    trail(lab.account)
    lab.iam.create_user(UserName="one")
    blind = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    lab.root.client("cloudtrail").put_event_selectors(TrailName="trail", EventSelectors=blind)
    lab.iam.create_user(UserName="two")
    lab.iam.list_users()
    lab.account.deliver_to_bucket()
    names = [record["eventName"] for record in delivered(lab.account)]
    assert names == ["CreateUser", "PutEventSelectors", "ListUsers"]


def test_insight_events_have_a_folder_of_their_own(lab: Laboratory) -> None:
    records = corpus(400, insight_share=0.2)
    lab.account.adopt(records)
    trail(lab.account, since=BEFORE)
    with lab.account.unrecorded():
        lab.account.clock.set(BEFORE)
        lab.root.client("cloudtrail").put_insight_selectors(
            TrailName="trail", InsightSelectors=[{"InsightType": "ApiErrorRateInsight"}]
        )
        lab.account.clock.set(NOON)
    lab.account.deliver_to_bucket()
    files = stored(lab.account, within="/CloudTrail-Insight/")
    assert all("_CloudTrail-Insight_" in file.key for file in files)
    wanted = [
        record
        for record in records
        if record.get("insightDetails", {}).get("insightType") == "ApiErrorRateInsight"
    ]
    found = [record for file in files for record in file.records]
    assert event_ids(found) == event_ids(wanted) != []


def test_late_records_come_in_files_of_their_own(lab: Laboratory) -> None:
    records = corpus(60, data_share=0, hours=20)
    lab.account.adopt(records)
    trail(lab.account, since=BEFORE)
    late = {record["eventID"] for record in records[:5]}
    lab.account.deliver_to_bucket(late=late, late_by=timedelta(hours=2))
    for file in log_files(lab.account):
        ids = {record["eventID"] for record in file.records}
        assert ids <= late or not ids & late
        at = datetime.strptime(KEY.fullmatch(file.key)["at"], "%Y%m%dT%H%M%z")  # type: ignore
        first = datetime.fromisoformat(file.records[0]["eventTime"])
        assert (at - first > timedelta(hours=2)) is bool(ids & late)


def test_late_records_wait_for_their_time(lab: Laboratory) -> None:
    trail(lab.account)
    lab.iam.list_users()
    lab.iam.list_roles()
    assert len(lab.account.deliver_to_bucket(late=1.0).files) == 0
    lab.account.clock.advance(3600)
    assert lab.account.deliver_to_bucket().files == []
    lab.account.clock.advance(3 * 3600)
    lab.account.deliver_to_bucket()
    assert [r["eventName"] for r in delivered(lab.account)] == ["ListUsers", "ListRoles"]


def test_a_bucket_that_is_gone_loses_nothing(lab: Laboratory) -> None:
    trail(lab.account)
    s3, cloudtrail = lab.root.client("s3"), lab.root.client("cloudtrail")
    s3.delete_bucket(Bucket="trail-logs")
    assert lab.account.deliver_to_bucket().files == []
    assert cloudtrail.get_trail_status(Name="trail")["LatestDeliveryError"] == "NoSuchBucket"
    s3.create_bucket(Bucket="trail-logs")
    assert lab.account.deliver_to_bucket().files != []
    assert "DeleteBucket" in {record["eventName"] for record in delivered(lab.account)}
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name="trail")


def test_a_seed_repeats_the_bucket() -> None:
    written: list[list[str]] = []
    for _ in range(2):
        with empty_account(seed=11, at=NOON) as account:
            account.adopt(corpus(50))
            trail(account, since=BEFORE)
            written.append(account.deliver_to_bucket(late=0.1).files)
    assert written[0] == written[1] != []


def test_files_under_a_key_need_the_right_to_decrypt(lab: Laboratory) -> None:
    key = f"arn:aws:kms:us-east-1:{OWN}:key/0a1b2c3d-0000-4000-8000-000000000000"
    trail(lab.account, KmsKeyId=key)
    lab.iam.list_users()
    lab.account.deliver_to_bucket()
    (file,) = log_files(lab.account)
    assert file.answer["ServerSideEncryption"] == "aws:kms"
    asked = {"Bucket": "trail-logs", "Key": file.key}
    read_only = policy(statement(action=["s3:GetObject"]))
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    decrypt = policy(statement(action=["s3:GetObject", "kms:Decrypt"], condition=via))
    allowed = lab.user("with", read_only, decrypt)
    assert outcome(allowed.client("s3").get_object, **asked) == "allowed"
    with pytest.raises(ClientError, match=f"perform: kms:Decrypt on resource: {key} because"):
        lab.user("without", read_only).client("s3").get_object(**asked)


def test_two_trails_deliver_each_into_its_own_bucket(lab: Laboratory) -> None:
    trail(lab.account, "one", bucket="logs-one")
    trail(lab.account, "two", bucket="logs-two")
    lab.iam.list_users()
    lab.account.deliver_to_bucket("one")
    counts = Counter(
        {bucket: len(log_files(lab.account, bucket)) for bucket in ("logs-one", "logs-two")}
    )
    assert counts == {"logs-one": 1, "logs-two": 0}
    lab.account.deliver_to_bucket()
    assert len(log_files(lab.account, "logs-two")) == 1
    with pytest.raises(KeyError):
        lab.account.deliver_to_bucket("three")
