"""Buckets in the simulated account, filled by trails or by hand, and what a case got of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.records import Record, record
from trailtui.aws.session import AwsSession
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.file import Case
from trailtui.collect.running import CollectResult
from trailtui.collect.s3 import collect_s3
from trailtui.collect.s3_layout import parse_address
from trailtui.collect.s3_plan import S3Plan, S3Wish, plan_s3
from trailtui.sim.account import SimulatedAccount

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
OTHER = "222233334444"
BUCKET = "logs"


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


NOW_MS = ms(NOW)
DAY = timedelta(days=1)


def wish(since: datetime = NOW - 2 * DAY, until: datetime | None = None, **more: Any) -> S3Wish:
    return S3Wish(ms(since), None if until is None else ms(until), **more)


def session(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    return AwsSession.open(endpoint_url=account.endpoint)


def plan(aws: AwsSession, where: str, wanted: S3Wish) -> S3Plan:
    return plan_s3(aws, [parse_address(where)], wanted, present_ms=NOW_MS)


def collect(
    case: Case, aws: AwsSession, where: str, wanted: S3Wish | None = None, **more: Any
) -> CollectResult:
    return collect_s3(case, plan(aws, where, wanted or wish()), **more)


def log_file(*records: Record) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)


class Shelf:
    """Puts objects into one bucket and remembers their bytes."""

    def __init__(self, account: SimulatedAccount, bucket: str = BUCKET) -> None:
        self._account = account
        self._client = account.actor(account.root).client("s3")
        self.bucket = bucket
        self.bodies: dict[str, bytes] = {}
        self._number = 0
        with account.unrecorded():
            self._client.create_bucket(Bucket=bucket)

    def put(self, key: str, body: bytes, **more: Any) -> str:
        with self._account.unrecorded():
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body, **more)
        self.bodies[key] = body
        return key

    def remove(self, key: str) -> None:
        with self._account.unrecorded():
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def day(
        self,
        day: datetime,
        files: int,
        *,
        root: str = "AWSLogs/",
        account: str = ACCOUNT,
        region: str = "us-east-1",
        per_file: int = 5,
        kind: str = "CloudTrail",
    ) -> list[str]:
        """Log files of one day with records of their own; gives their keys."""
        keys: list[str] = []
        for number in range(files):
            at = day.replace(hour=0, minute=0) + timedelta(minutes=5 * number)
            name = f"{account}_{kind}_{region}_{at:%Y%m%dT%H%MZ}_{number:016d}.json.gz"
            records = [self._record(at, account, region) for _ in range(per_file)]
            key = f"{root}{account}/{kind}/{region}/{day:%Y/%m/%d}/{name}"
            keys.append(self.put(key, log_file(*records)))
        return keys

    def _record(self, at: datetime, account: str, region: str) -> Record:
        self._number += 1
        return record(
            self._number,
            eventTime=f"{at:%Y-%m-%dT%H:%M:%SZ}",
            recipientAccountId=account,
            awsRegion=region,
        )


def kept(case: Case) -> dict[str, bytes]:
    """The evidence by where it first came from."""
    return {one.origin: b"".join(original_bytes(case, one.id)) for one in all_evidence(case)}


@contextmanager
def calls_of(account: SimulatedAccount) -> Iterator[list[str]]:
    """The operations that are called meanwhile."""
    mark, names = len(account.calls), list[str]()
    yield names
    names += [entry.operation for entry in account.calls.since(mark)]
