"""A simulated account with findings in it."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.detect import samples
from tests.sim.laboratory import Laboratory
from trailtui.sim import findings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR_MS = 3_600_000
NOON_MS = int(NOON.timestamp() * 1000)


def at(hours: float) -> str:
    """A time so many hours before noon."""
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def seen(made: dict[str, Any], hours: float) -> dict[str, Any]:
    """GuardDuty's finding, seen for an hour from so many hours before noon on."""
    changed = copy.deepcopy(made)
    changed["service"] |= {"eventFirstSeen": at(hours), "eventLastSeen": at(hours - 1)}
    changed |= {"createdAt": at(hours - 1), "updatedAt": at(hours - 1)}
    return changed


def add_guardduty(lab: Laboratory, number: int, region: str = "us-east-1", **more: Any) -> None:
    """GuardDuty's finding of that number, half a minute older than the one before."""
    made = seen(samples.guardduty(id=f"{number:032x}", **more), 3 + number / 120)
    findings.add(lab.account.world, "guardduty", made, region=region)


def ring(lab: Laboratory, name: str = samples.ALARM, region: str = "us-east-1") -> None:
    """Make an alarm and let it ring."""
    client = lab.root.client("cloudwatch", region)
    client.put_metric_alarm(
        AlarmName=name, Namespace="CloudTrailMetrics", MetricName="RootUse", Statistic="Sum",
        Period=300, EvaluationPeriods=1, Threshold=0.0, AlarmDescription="Somebody used root",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    client.set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason=samples.REASON,
        StateReasonData=samples.REASON_DATA,
    )  # fmt: skip
