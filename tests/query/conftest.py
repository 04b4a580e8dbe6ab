"""Records with every kind of gap, and the two engines over them."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.query.engines import Engines, Record, load
from tests.records import ACCOUNT, START, record, role_session
from trailtui.case.file import Case

HOSTILE = (
    "x' OR '1'='1",
    '"; DROP TABLE event_rows; --',
    "100%_of[it]*?",
    "tail\x00hidden",
    "Ünïcode ΑΒΓ",
    "",
)


def odd_records(number: int = 400) -> list[Record]:
    """Records with missing, empty, odd and hostile values, the same each time."""
    chance = random.Random(11)
    pick = chance.choice
    made: list[Record] = []
    for n in range(number):
        at = START + timedelta(seconds=chance.randrange(200_000))
        changes: Record = {
            "eventTime": pick(
                [at.strftime("%Y-%m-%dT%H:%M:%SZ")] * 12
                + [at.strftime("%Y-%m-%d %H:%M:%S.250"), "yesterday", None]
            ),
            "eventName": pick(["ListUsers", "CreateUser", "GetObject", "AssumeRole", "listusers"]),
            "eventSource": pick(["iam.amazonaws.com", "s3.amazonaws.com", "sts.amazonaws.com"]),
            "awsRegion": pick(["us-east-1", "eu-west-1", None, ...]),
            "sourceIPAddress": pick(["198.51.100.7", "203.0.113.9", "AWS Internal", None, ""]),
            "userAgent": pick(["aws-cli/2.17.0", "Boto3/1.34 md/Botocore", None, *HOSTILE]),
            "readOnly": pick([True, False, None, ...]),
            "managementEvent": pick([True, False, ...]),
            "userIdentity": pick(_identities()),
            "requestParameters": pick(_requests(n)),
            "responseElements": pick(_responses()),
            "recipientAccountId": pick([ACCOUNT, "999988887777"]),
            "errorMessage": pick([..., None, "User is not authorized", "denied\nby policy"]),
            "vpcEndpointId": pick([..., "vpce-1"]),
        }
        if chance.random() < 0.4:
            changes["errorCode"] = pick(["AccessDenied", "Client.UnauthorizedOperation", "", None])
        if chance.random() < 0.3:
            changes["additionalEventData"] = {
                "bytesTransferredOut": chance.randrange(5000), "ratio": 1.50,
                "MFAUsed": pick(["Yes", "No"]),
            }  # fmt: skip
        if chance.random() < 0.3:
            changes["resources"] = pick(_resources())
        if chance.random() < 0.2:
            changes["tlsDetails"] = {"tlsVersion": pick(["TLSv1.2", "TLSv1.3"])}
        made.append(record(n, **changes))
    return made


def _identities() -> list[object]:
    session = role_session()
    session["sessionContext"]["attributes"]["mfaAuthenticated"] = "true"
    alice = record()["userIdentity"]
    return [
        alice,
        alice,
        session,
        role_session("admin", "x", "ASIAEXAMPLE00000002"),
        {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT,
         "accessKeyId": ""},
        {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        {**alice, "userName": "", "sessionContext": {"sourceIdentity": "bob"}},
        {"type": "IAMUser", "userName": "Alice"},
        {},
        None,
        ...,
    ]  # fmt: skip


def _requests(number: int) -> list[object]:
    return [
        None,
        ...,
        {},
        {"bucketName": f"bucket-{number % 5}", "key": "a/b.txt"},
        {"userName": "alice", "policy": '{"Statement":[{"Effect":"Allow"}]}'},
        {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}, "dryRun": True},
        {"maxItems": number, "marker": None, "bucketName": None},
        {"a.b": {"c d": [1, 2.50, "x"]}, "flag": False, "big": 12345678901234567890},
    ]


def _responses() -> list[object]:
    return [
        None,
        {"ConsoleLogin": "Success"},
        {"credentials": {"accessKeyId": "ASIANEW", "expiration": "Jul 10, 2026 12:24:29 PM"}},
        {"accessKey": {"accessKeyId": "AKIANEW", "status": "Active"}},
    ]


def _resources() -> list[object]:
    return [
        [],
        None,
        [{"ARN": "arn:aws:s3:::bucket-1", "type": "AWS::S3::Bucket", "accountId": ACCOUNT}],
        [
            {"ARN": "arn:aws:s3:::bucket-1/a"},
            {"ARN": "arn:aws:s3:::bucket-2", "accountId": ACCOUNT},
        ],
        [{"type": "AWS::KMS::Key"}],
    ]  # fmt: skip


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """A case of odd records, and DuckDB over the same."""
    with Case.create(tmp_path_factory.mktemp("query") / "odd.case") as case:
        load(case, odd_records())
        yield Engines(case)


@pytest.fixture(scope="session")
def real_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """A case of real records, and DuckDB over the same."""
    from trailtui.collect.files import collect_files

    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real records (shared/data) is not beside this checkout")
    path = tmp_path_factory.mktemp("query") / "real.case"
    with Case.create(path) as case:
        collect_files(case, [str(folder / "stratus"), str(folder / "log_examples")])
        yield Engines(case)
