"""A metric filter with its alarm, replayed over a case's events.

CloudWatch adds up what a filter counts in periods, and an alarm rings where enough of the last
periods pass its threshold. It counts when a record arrives; here the event's own time counts,
minutes earlier. A period without any match never passes the threshold.

Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms", "Evaluating an alarm".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trailtui.case.detections import Found
from trailtui.detect.rule import RuleFacts
from trailtui.detect.scan.conditions import Condition, Subject
from trailtui.detect.scan.scanning import Hit
from trailtui.model.times import format_utc

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
}
"""Those that can be replayed: with the others an alarm rings where nothing happens."""

STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """When it rings."""

    period_seconds: int
    threshold: float
    comparison: str = "GreaterThanOrEqualToThreshold"
    statistic: str = "Sum"
    periods: int = 1
    """How many of the last periods are looked at."""
    datapoints: int = 1
    """How many of those have to pass the threshold."""


@dataclass(slots=True)
class _Period:
    events: list[int] = field(default_factory=list[int])
    values: list[float] = field(default_factory=list[float])


class AlarmRule:
    """A filter whose matches count towards an alarm. It names nobody: one finding in all."""

    def __init__(
        self,
        facts: RuleFacts,
        condition: Condition,
        alarm: Alarm,
        value_of: Callable[[Subject], float | None] = lambda _: 1.0,
    ) -> None:
        self.facts = facts
        self.conditions: tuple[Condition, ...] = (condition,)
        self._alarm = alarm
        self._value_of = value_of
        self._periods: dict[int, _Period] = {}

    def take(self, hit: Hit, position: int) -> None:
        """Count an event in its period; one without a time is in none."""
        assert position == 0  # noqa: S101 - it has one condition
        value = self._value_of(hit.subject)
        if hit.at_ms is None or value is None:
            return
        number = hit.at_ms // (self._alarm.period_seconds * 1000)
        period = self._periods.setdefault(number, _Period())
        period.events.append(hit.event)
        period.values.append(value)

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """The events of all periods that made the alarm ring, or nothing."""
        _ = names
        alarm = self._alarm
        compare, statistic = COMPARISONS[alarm.comparison], STATISTICS[alarm.statistic]
        passing = {
            number
            for number, period in self._periods.items()
            if compare(statistic(period.values), alarm.threshold)
        }
        ringing = _ringing(passing, alarm)
        if not ringing:
            return []
        counted = sorted(ringing)
        events = [event for number in counted for event in self._periods[number].events]
        first = format_utc(counted[0] * alarm.period_seconds * 1000)
        most = max(statistic(self._periods[number].values) for number in counted)
        detail = (
            f"{len(counted)} periods of {alarm.period_seconds} s pass the threshold of "
            f"{alarm.threshold:g} ({alarm.statistic}), the first from {first}; the most is "
            f"{most:g}"
        )
        return [self.facts.found("", events, detail)]


def _ringing(passing: set[int], alarm: Alarm) -> set[int]:
    """The passing periods that lie, enough of them, among `periods` in a row."""
    found: set[int] = set()
    for last in passing:
        window = {last - back for back in range(alarm.periods)} & passing
        if len(window) >= alarm.datapoints:
            found |= window
    return found
