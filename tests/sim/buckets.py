"""Reading a trail's bucket as any client reads it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from trailtui.sim.account import SimulatedAccount


@dataclass(frozen=True)
class Stored:
    key: str
    body: bytes
    """Unpacked."""
    metadata: dict[str, str]
    answer: dict[str, Any]

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def records(self) -> list[dict[str, Any]]:
        return self.json["Records"]


def stored(account: SimulatedAccount, bucket: str = "trail-logs", within: str = "") -> list[Stored]:
    """The objects of a bucket whose key holds some text, in the order of their keys."""
    with account.unrecorded():
        s3 = account.actor(account.root).client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        found: list[Stored] = []
        for key in sorted(key for key in keys if within in key):
            answer = s3.get_object(Bucket=bucket, Key=key)
            body = gzip.decompress(answer["Body"].read())
            found.append(Stored(key, body, answer["Metadata"], answer))
        return found


def log_files(account: SimulatedAccount, bucket: str = "trail-logs") -> list[Stored]:
    return stored(account, bucket, "/CloudTrail/")


def delivered(account: SimulatedAccount, bucket: str = "trail-logs") -> list[dict[str, Any]]:
    """All records in a bucket's log files, Insight events too."""
    files = log_files(account, bucket) + stored(account, bucket, "/CloudTrail-Insight/")
    return [record for file in files for record in file.records]


def event_ids(records: list[dict[str, Any]]) -> list[str]:
    return sorted(record["eventID"] for record in records)
