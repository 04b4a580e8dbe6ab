"""Cases whose sources were asked this and that, without any AWS."""

import json
from collections.abc import Sequence
from typing import Any

from tests.records import ACCOUNT, START, record
from trailtui.case.fetches import State, Unit, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.collect.storing import Brought, Document, Store, read_document
from trailtui.collect.trails import Trails, keep_trails
from trailtui.model.times import HOUR_MS

START_MS = int(START.timestamp()) * 1000
"""2026-03-01T08:00:00Z, where tests.records begins."""
DAY_MS = 24 * HOUR_MS
MIDNIGHT_MS = START_MS // DAY_MS * DAY_MS
EVERYTHING = {"category": "management"}


def asked(
    case: Case,
    source: str,
    state: State,
    *,
    region: str = "us-east-1",
    account: str = ACCOUNT,
    hours: tuple[float, float] = (0, 24),
    question: dict[str, Any] | None = None,
    records: Sequence[dict[str, Any]] = (),
    name: str = "",
    detail: str = "",
    reached: float | None = None,
) -> int:
    """A fetch from hour to hour of 1 March 2026, with what it brought."""
    since, until = (MIDNIGHT_MS + int(hour * HOUR_MS) for hour in hours)
    put = question if question is not None else EVERYTHING if source == "lookup" else {}
    (fetch,) = plan_fetches(case, [Unit(source, account, region, since, until, put)])
    if records:
        store = Store(case)
        origin = name or f"{source} {account} {region} {since} {json.dumps(put)}"
        document = Document(origin, _body(source, records))
        store.store([Brought(fetch.id, (read_document(document),), {})])
    update_fetch(
        case,
        fetch.id,
        state,
        detail=detail,
        reached_ms=None if reached is None else MIDNIGHT_MS + int(reached * HOUR_MS),
    )
    return fetch.id


def _body(source: str, records: Sequence[dict[str, Any]]) -> bytes:
    if source == "lookup":
        events = [{"EventId": r["eventID"], "CloudTrailEvent": json.dumps(r)} for r in records]
        return json.dumps({"Events": events}).encode()
    return json.dumps({"Records": list(records)}).encode()


def log_file(region: str = "us-east-1", day: str = "2026/03/01", number: int = 1) -> str:
    """The address of a trail's log file."""
    stamp = day.replace("/", "")
    return (
        f"s3://trail/AWSLogs/{ACCOUNT}/CloudTrail/{region}/{day}/"
        f"{ACCOUNT}_CloudTrail_{region}_{stamp}T09{number:02d}Z_abcdefgh.json.gz"
    )


def trail_call(name: str, seconds: int, **changes: Any) -> dict[str, Any]:
    """A call about the trail `main`, so many seconds after eight."""
    made = {
        "eventName": name,
        "eventSource": "cloudtrail.amazonaws.com",
        "readOnly": False,
        "requestParameters": {"name": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"},
    }
    return record(seconds, **{**made, **changes})


def trail_answers(case: Case, region: str, *bodies: tuple[str, dict[str, Any]]) -> None:
    """Keep what AWS answered about trails: operation and body, as collect.trails does."""
    documents = [
        Document(
            f"trails {ACCOUNT} {region} {operation}",
            json.dumps(body).encode(),
            {"operation": operation.split()[0], "at_ms": MIDNIGHT_MS + 2 * DAY_MS},
        )
        for operation, body in bodies
    ]
    keep_trails(case, Trails(answers=documents))


def described(name: str = "main", **changes: Any) -> dict[str, Any]:
    """A trail in an answer of DescribeTrails."""
    made = {
        "Name": name,
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}",
        "HomeRegion": "us-east-1",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "S3BucketName": "trail",
    }
    return {**made, **changes}
