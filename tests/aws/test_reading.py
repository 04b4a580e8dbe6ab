"""What collecting reads: the exact bytes, other Regions, queries, S3 objects."""

import gzip
import hashlib
import json
import re
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from tests.simulated import empty_account
from trailtui.aws import errors, refusals
from trailtui.aws.calls import PACED, QUERIES, ApiCall
from trailtui.aws.clients import PACED_ATTEMPTS, READ_ATTEMPTS
from trailtui.aws.downloads import DOWNLOAD_LIMIT
from trailtui.aws.session import AwsSession
from trailtui.case.packing import CONTENT_LIMIT
from trailtui.sim.account import SimulatedAccount

BYTES = gzip.compress(b'{"Records":[]}' * 1000, mtime=0)


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        boto = boto3.Session(started.root.id, started.root.secret, region_name="us-east-1")
        s3: Any = boto.client("s3", endpoint_url=started.endpoint)
        s3.create_bucket(Bucket="logs")
        s3.put_object(
            Bucket="logs", Key="a/b.json.gz", Body=BYTES, Metadata={"signature": "ab"},
            ContentEncoding="gzip", ContentType="application/json",
        )  # fmt: skip
        yield started


@pytest.fixture
def aws(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSession]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    yield AwsSession.open(endpoint_url=account.endpoint, case_id="seven")
    account.faults.clear()


def test_the_body_is_what_was_received(aws: AwsSession) -> None:
    answer = aws.read("cloudtrail", "LookupEvents", MaxResults=5)
    told = json.loads(answer.body)
    assert [event["EventId"] for event in told["Events"]] == [
        event["EventId"] for event in answer.values["Events"]
    ]
    xml = aws.read("iam", "ListUsers")
    assert xml.body.lstrip().startswith(b"<")
    assert b"ListUsersResult" in xml.body


def test_the_body_stands_in_no_repr(aws: AwsSession) -> None:
    answer = aws.read("iam", "ListUsers")
    assert answer.body
    assert "ListUsersResult" not in repr(answer)
    assert "RawBody" not in repr(answer.values)


def test_an_answer_keeps_no_request_alive(aws: AwsSession) -> None:
    import gc

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    def alive() -> int:
        gc.collect()
        kinds = (AWSPreparedRequest, AWSResponse)
        return sum(type(each) in kinds for each in gc.get_objects())

    aws.read("iam", "ListUsers")
    before = alive()
    answers = [aws.read("iam", "ListUsers") for _ in range(5)]
    assert len(answers) == 5
    assert alive() == before


def test_a_changing_call_keeps_no_body(aws: AwsSession) -> None:
    """Such answers may hold secrets."""
    call = ApiCall("iam", "CreateUser", {"UserName": "new"})
    assert aws.armed().mutate(call, action_id=1).body == b""


def test_another_region_and_source(aws: AwsSession, account: SimulatedAccount) -> None:
    there = aws.in_region("eu-west-1").collecting("lookup")
    assert there is aws.in_region("eu-west-1").collecting("lookup")
    there.read("cloudtrail", "LookupEvents")
    sent = account.calls.of("LookupEvents")[-1]
    assert sent.user_agent.endswith("case/seven collect/lookup")
    assert sent.region == "eu-west-1"
    assert (aws.region, there.region) == ("us-east-1", "eu-west-1")
    assert "--region eu-west-1" in there.read("cloudtrail", "DescribeTrails").command
    assert not there.may_mutate
    assert aws.armed().in_region("eu-west-1").may_mutate


def test_many_threads_share_a_session(aws: AwsSession) -> None:
    found: list[str] = []

    def ask(region: str) -> None:
        found.append(aws.in_region(region).identity().account)

    threads = [threading.Thread(target=ask, args=(f"eu-west-{1 + n % 3}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12


def test_a_query_is_one_of_a_few_operations(aws: AwsSession, account: SimulatedAccount) -> None:
    mark = len(account.calls)
    for service, operation in (("iam", "CreateUser"), ("athena", "DeleteNamedQuery")):
        with pytest.raises(errors.ReadOnlySession, match="no query"):
            aws.query(service, operation)
    with pytest.raises(errors.ReadOnlySession):
        aws.read("logs", "StartQuery")
    assert len(account.calls) == mark


def test_the_lists_name_operations_that_exist() -> None:
    import botocore.session

    session = botocore.session.get_session()
    for permission in QUERIES | PACED:
        service, operation = permission.split(":")
        assert operation in session.get_service_model(service).operation_names


def test_a_lost_answer_to_a_query_says_that_it_may_run() -> None:
    answer = {
        "Error": {"Code": "InternalFailure"},
        "ResponseMetadata": {"HTTPStatusCode": 500},
    }
    error = refusals.from_response(answer, ApiCall("logs", "StartQuery"))
    assert isinstance(error, errors.AnswerLost)
    assert "may run" in error.cure


def test_lookup_gives_up_soon_where_it_is_throttled(
    aws: AwsSession, account: SimulatedAccount
) -> None:
    account.faults.add("cloudtrail", "LookupEvents", "throttle", times=50)
    mark = len(account.calls)
    with pytest.raises(errors.Throttled):
        aws.read("cloudtrail", "LookupEvents")
    assert len(account.calls.of("LookupEvents", since=mark)) == PACED_ATTEMPTS


def test_an_object_as_it_lies_in_the_bucket(aws: AwsSession) -> None:
    data, told = aws.download("logs", "a/b.json.gz")
    assert data == BYTES
    assert told["ETag"] == f'"{hashlib.md5(BYTES).hexdigest()}"'
    assert told["Metadata"] == {"signature": "ab"}
    assert told["size"] == len(BYTES)
    assert told["LastModified"].endswith("Z")
    json.dumps(told)


def test_an_object_that_is_too_large(aws: AwsSession) -> None:
    with pytest.raises(errors.TooLarge, match=re.escape("s3://logs/a/b.json.gz")):
        aws.download("logs", "a/b.json.gz", limit_bytes=10)
    assert aws.download("logs", "a/b.json.gz", limit_bytes=len(BYTES))[0] == BYTES


def test_the_limit_is_the_one_of_a_case() -> None:
    assert DOWNLOAD_LIMIT == CONTENT_LIMIT


def test_an_object_that_is_not_there(aws: AwsSession) -> None:
    with pytest.raises(errors.NotFound):
        aws.download("logs", "none")


def test_bytes_that_break_off_are_asked_for_again(
    aws: AwsSession, account: SimulatedAccount
) -> None:
    account.faults.add("s3", "GetObject", "truncate", times=2)
    mark = len(account.calls)
    assert aws.download("logs", "a/b.json.gz")[0] == BYTES
    assert len(account.calls.of("GetObject", since=mark)) == 3


def test_bytes_that_always_break_off(aws: AwsSession, account: SimulatedAccount) -> None:
    account.faults.add("s3", "GetObject", "truncate", times=50)
    with pytest.raises(errors.AnswerLost) as lost:
        aws.download("logs", "a/b.json.gz")
    shown = traceback.TracebackException.from_exception(lost.value, capture_locals=True)
    assert account.root.secret not in "".join(shown.format())


def test_how_patient_the_clients_are(aws: AwsSession) -> None:
    def retries(operation: str) -> tuple[str, int]:
        client = aws._reading_client(ApiCall("cloudtrail", operation))
        told = client.meta.config.retries
        return told["mode"], told["total_max_attempts"]

    assert retries("DescribeTrails") == ("adaptive", READ_ATTEMPTS)
    assert retries("LookupEvents") == ("standard", PACED_ATTEMPTS), "its pace is the caller's"


def test_sixteen_downloads_side_by_side_throw_no_connection_away(
    aws: AwsSession, account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    account.faults.add("s3", "GetObject", "latency", times=64, seconds=0.02)
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: aws.download("logs", "a/b.json.gz")[0], range(64)))
    assert got == [BYTES] * 64
    assert "Connection pool is full" not in caplog.text
