"""One account in which the same events lie in every place that events are collected from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.respond.scene import session_of
from tests.sim.corpus import Record, corpus
from tests.simulated import at_time, empty_account, trail
from tests.sources.scene import (
    BUCKET,
    DATABASE,
    HOME,
    HOURS,
    LOG_GROUP,
    REGIONS,
    RESULTS,
    START,
    TABLE,
    Scene,
)
from trailtui.aws.session import AwsSession
from trailtui.collect.athena import Workplace, make_table
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

_EVERYTHING = [
    {"Name": "calls", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    *(
        {
            "Name": kind,
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [kind]},
            ],
        }
        for kind in ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
    ),
]
_INSIGHTS = [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}]


@dataclass(frozen=True)
class Stage:
    """A scene with the account behind it, and what lies in it."""

    scene: Scene
    account: SimulatedAccount
    records: list[Record]
    session: AwsSession
    """Reads everything; shared, as making clients takes longer than asking them."""

    def ids(self, *categories: str) -> list[str]:
        """The event ids of these categories; of all where none is named."""
        wanted = [r for r in self.records if not categories or r["eventCategory"] in categories]
        return sorted(r["eventID"] for r in wanted)


@contextmanager
def staged(events: int, *, hours: float = HOURS) -> Iterator[Stage]:
    """An account in which so many events happened, delivered wherever they can be collected.

    Data and Insight events are among them; some log files come late. In fewer hours, around the
    same midnight, there are fewer log files.
    """
    records = corpus(
        events,
        start=START + timedelta(hours=(HOURS - hours) / 2),
        hours=hours,
        regions=REGIONS,
        data_share=0.1,
        insight_share=0.02,
    )
    since_ms = int(START.timestamp() * 1000)
    with empty_account() as account, account.unrecorded():
        account.adopt(records)
        _record_everything(account, START - timedelta(hours=1))
        account.deliver_to_bucket(late=0.02)
        account.actor(account.root).client("s3").create_bucket(Bucket=RESULTS)
        scene = Scene(
            account.endpoint, account.number, since_ms, since_ms + HOURS * 3_600_000,
            add_store(account.world, region=HOME).arn,
        )  # fmt: skip
        session = session_of(account, account.root)
        _make_table(session)
        yield Stage(scene, account, records, session)


def _record_everything(account: SimulatedAccount, since: datetime) -> None:
    """A trail that writes all there is into a bucket and a log group."""
    logs = account.actor(account.root).client("logs", HOME)
    logs.create_log_group(logGroupName=LOG_GROUP)
    group = f"arn:aws:logs:{HOME}:{account.number}:log-group:{LOG_GROUP}:*"
    role = f"arn:aws:iam::{account.number}:role/trail"
    arn = trail(
        account, since=since, region=HOME, bucket=BUCKET, EnableLogFileValidation=False,
        CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role,
    )  # fmt: skip
    client = account.actor(account.root).client("cloudtrail", HOME)
    with at_time(account, since + timedelta(minutes=5)):
        client.put_event_selectors(TrailName=arn, AdvancedEventSelectors=_EVERYTHING)
        client.put_insight_selectors(TrailName=arn, InsightSelectors=_INSIGHTS)


def _make_table(session: AwsSession) -> None:
    """The table, made as the program makes it."""
    workplace = Workplace(DATABASE, output=f"s3://{RESULTS}/")
    place = f"s3://{BUCKET}/AWSLogs/"
    regions = sorted(session.known_regions)
    make_table(session, workplace, TABLE, place, regions, wait=lambda _seconds, _stop: True)
