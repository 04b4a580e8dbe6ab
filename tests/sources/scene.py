"""Where the same events lie in every place that events are collected from: names and times."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

REGIONS = ("us-east-1", "eu-west-1")
HOME = "us-east-1"
HOURS = 8
BUCKET = "trail-logs"
RESULTS = "athena-results"
LOG_GROUP = "cloudtrail-logs"
DATABASE, TABLE = "trails", "cloudtrail"


def _thursday() -> datetime:
    """The midnight of a Thursday that is some days ago."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=4)
    return day - timedelta(days=(day.weekday() - 3) % 7)


START = _thursday() - timedelta(hours=4)
"""Long enough ago that nothing is still to be expected, by the host's clock as by the account's.
Between START and its end lie the bounds of a day and of a week: each source asks in two slices."""


@dataclass(frozen=True)
class Scene:
    """Where things are: all that a process needs that is to collect them."""

    endpoint: str
    account: str
    since_ms: int
    until_ms: int
    store: str
    """The ARN of the event data store."""

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Scene:
        return cls(**json.loads(text))

    @property
    def span(self) -> tuple[str, ...]:
        """The time, as it is typed."""
        return ("--from", _typed(self.since_ms), "--to", _typed(self.until_ms))


def _typed(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
