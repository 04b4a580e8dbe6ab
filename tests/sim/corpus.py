"""Records enough to page through: varied, realistic, the same for the same seed.

Who calls what is the invented organisation of the benchmarks; here it is spread over accounts,
Regions and hours, with as many data and Insight events as a test wants.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from benchmarks.catalogue import EVENTS, Event
from benchmarks.generate import make_record
from benchmarks.world import ACCOUNT, World, build_world, seeded, uuid

Record = dict[str, Any]

START = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ACCOUNTS = ("111122223333",)
REGIONS = ("us-east-1", "eu-west-1")

_GLOBAL = frozenset({"iam", "organizations", "cloudfront", "route53"})
_INSIGHT_MINUTES = 7


@lru_cache(maxsize=4)
def _world(seed: int) -> World:
    return build_world(seed)


@lru_cache(maxsize=2)
def _events(data: bool) -> tuple[list[Event], list[float]]:
    """The calls of one kind, and how frequent they are, added up."""
    kept = [event for event in EVENTS if event.data is data]
    return kept, list(accumulate(event.weight for event in kept))


def corpus(
    n: int,
    seed: int = 1,
    start: datetime = START,
    hours: float = 24,
    accounts: Sequence[str] = ACCOUNTS,
    regions: Sequence[str] = REGIONS,
    data_share: float = 0.1,
    insight_share: float = 0.0,
) -> list[Record]:
    """Make records.

    Args:
        n: exactly so many.
        seed: the same seed and arguments give the same records.
        start: no record is older (aware).
        hours: every record is younger than start plus this.
        accounts: whose; evenly shared.
        regions: where recorded, evenly; global services are in us-east-1 whatever is given.
        data_share: of all, how many are data events.
        insight_share: of all, how many are Insight events; they come in pairs of start and end.
    Returns:
        the records, oldest first, each with an eventID of its own.
    """
    pairs = round(n * insight_share / 2)
    calls = n - 2 * pairs
    data = min(round(n * data_share), calls)
    rng = seeded(seed, "corpus", n)
    kinds = [True] * data + [False] * (calls - data)
    rng.shuffle(kinds)
    records = [
        _call(rng, seed, kind, _moment(rng, start, hours), rng.choice(accounts), regions)
        for kind in kinds
    ]
    for _ in range(pairs):
        at = _moment(rng, start, max(hours - _INSIGHT_MINUTES / 60, 0))
        records += _insight_pair(rng, at, rng.choice(accounts), rng.choice(regions))
    return sorted(records, key=lambda record: record["eventTime"])


def _moment(rng: random.Random, start: datetime, hours: float) -> datetime:
    return start + timedelta(seconds=int(rng.random() * hours * 3600))


def _call(
    rng: random.Random,
    seed: int,
    data: bool,
    at: datetime,
    account: str,
    regions: Sequence[str],
) -> Record:
    kept, weights = _events(data)
    event = rng.choices(kept, cum_weights=weights)[0]
    region = "us-east-1" if event.source in _GLOBAL else rng.choice(regions)
    made = make_record(rng, _world(seed), region, event, int(at.timestamp()))
    return json.loads(json.dumps(made).replace(ACCOUNT, account))


def _insight_pair(rng: random.Random, at: datetime, account: str, region: str) -> list[Record]:
    shared = uuid(rng)
    details = {
        "eventSource": "iam.amazonaws.com",
        "eventName": rng.choice(("CreateUser", "PutRolePolicy", "DeleteUser")),
        "insightType": rng.choice(("ApiCallRateInsight", "ApiErrorRateInsight")),
        "insightContext": {
            "statistics": {
                "baseline": {"average": 0.0007 * rng.randrange(1, 9)},
                "insight": {"average": float(rng.randrange(3, 60))},
                "insightDuration": _INSIGHT_MINUTES,
                "baselineDuration": 10080,
            },
            "attributions": [
                {
                    "attribute": "userIdentityArn",
                    "insight": [
                        {"value": f"arn:aws:iam::{account}:user/noisy", "average": 12.0},
                    ],
                    "baseline": [],
                }
            ],
        },
    }
    return [
        {
            "eventVersion": "1.09",
            "eventTime": f"{at + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
            "awsRegion": region,
            "eventID": uuid(rng),
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": account,
            "sharedEventID": shared,
            "insightDetails": {"state": state, **details},
            "eventCategory": "Insight",
        }
        for state, minutes in (("Start", 0), ("End", _INSIGHT_MINUTES))
    ]
