"""A simulated account whose records lie in a bucket with a table, a log group and a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.sim.corpus import Record
from tests.simulated import at_time, empty_account, trail
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.engines import EngineResult, Source, run_engine, units_of, wanted_of
from trailtui.collect.remote_query import Engine
from trailtui.collect.running import Progress, Stop
from trailtui.collect.scope import Place, Scope
from trailtui.sim.account import SimulatedAccount

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
START = NOW - timedelta(hours=60)
START_MS = int(START.timestamp() * 1000)
REGIONS = ("us-east-1", "eu-west-1")
OUTPUT = "s3://athena-results/cases/"
LOCATION = "s3://trail-logs/AWSLogs/"
GROUP = "cloudtrail-logs"

_DATA = [
    {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]},
    {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]},
    {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]},
]


@contextmanager
def account_with_engines(records: list[Record]) -> Iterator[SimulatedAccount]:
    """Its trail selects data events, too, and has delivered all records."""
    with empty_account(at=NOW) as account:
        root = account.actor(account.root)
        began = START - timedelta(days=1)
        with at_time(account, began):
            root.client("logs").create_log_group(logGroupName=GROUP)
            root.client("s3").create_bucket(Bucket="athena-results")
        trail(
            account,
            since=began,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:{account.number}:log-group:{GROUP}:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{account.number}:role/logs",
        )
        with at_time(account, began):
            root.client("cloudtrail").put_event_selectors(
                TrailName="trail",
                EventSelectors=[
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "DataResources": _DATA,
                    }
                ],
            )
        account.adopt(records)
        account.deliver_to_bucket()
        yield account


def environment(account: SimulatedAccount) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": account.root.id,
        "AWS_SECRET_ACCESS_KEY": account.root.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "TRAILTUI_AWS_ENDPOINT": account.endpoint,
    }


def scope(account: SimulatedAccount, regions: tuple[str, ...] = REGIONS) -> Scope:
    places = tuple(Place(account.number, region) for region in regions)
    return Scope(places, START_MS, NOW_MS)


def soon(_seconds: float, stop: Stop) -> bool:
    """A wait that takes no time."""
    return not stop()


def collect(
    case: Case,
    source: Source,
    engine: Engine,
    question: Mapping[str, object],
    where: Scope,
    *,
    progress: Progress = lambda _: True,
    wait: Callable[[float, Stop], bool] = soon,
) -> EngineResult:
    wanted = wanted_of(case, source, units_of(source, where, question), again=False)
    return run_engine(
        case,
        source,
        engine,
        wanted,
        asked={},
        progress=progress,
        wait=wait,
        present_ms=lambda: NOW_MS,
    )


def session_of(account: SimulatedAccount) -> AwsSession:
    """With the root key; the environment has to hold it."""
    return AwsSession.open(region="us-east-1", endpoint_url=account.endpoint)
