"""The metric filters and alarms that an account has, as rules.

Each filter counts into metrics; each alarm over one of these is replayed with its own period and
threshold. A filter without an alarm gives its events. Sources: CloudWatch Logs API Reference,
MetricFilter and MetricTransformation; CloudWatch API Reference, MetricAlarm.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from trailtui.detect.patterns.alarms import COMPARISONS, STATISTICS, Alarm, AlarmRule
from trailtui.detect.patterns.compiling import Options
from trailtui.detect.patterns.telling import compile_readable, filter_sha256
from trailtui.detect.rule import FILTER, EventRule, RuleFacts
from trailtui.detect.rules import RuleSet
from trailtui.detect.scan.conditions import Condition, Subject, members_of
from trailtui.model.errors import InputError

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_MOST_PAGES = 200
_NEXT_STEP = "This is one of the account's own filters: ask whoever set it up what it guards."
_Given = Mapping[str, Any]


def read_account(session: "AwsSession", options: Options) -> RuleSet:
    """The filters and alarms of the session's account and Region.

    Calls logs:DescribeMetricFilters and cloudwatch:DescribeAlarms. Raises a CallError of
    trailtui.aws.errors.
    """
    filters = _pages(session, "logs", "DescribeMetricFilters", "metricFilters", "nextToken")
    alarms = _pages(session, "cloudwatch", "DescribeAlarms", "MetricAlarms", "NextToken")
    account = session.identity().account
    return rules_of_account(filters, alarms, f"{account} {session.region}", options)


def _pages(
    session: "AwsSession", service: str, operation: str, member: str, token: str
) -> list[_Given]:
    found: list[_Given] = []
    more: dict[str, object] = {}
    for _ in range(_MOST_PAGES):
        values = session.read(service, operation, **more).values
        found += cast("list[_Given]", values.get(member, []))
        if not values.get(token):
            break
        more = {token: values[token]}
    return found


def rules_of_account(
    filters: Sequence[_Given], alarms: Sequence[_Given], place: str, options: Options
) -> RuleSet:
    """Rules from the answers of the two calls; `place` says whose they are."""
    found = RuleSet()
    for one in filters:
        name = str(one.get("filterName", ""))
        origin = f"{place}, {one.get('logGroupName', '')}".rstrip(", ")
        where = f"{origin}: filter {name}"
        try:
            _take(one, alarms, origin, options, found)
        except InputError as error:
            found.refused.append(str(InputError(error.what, where=where, cure=error.cure)))
    return found


def _take(
    one: _Given, alarms: Sequence[_Given], origin: str, options: Options, found: RuleSet
) -> None:
    name, pattern = str(one.get("filterName", "")), str(one.get("filterPattern", ""))
    condition = compile_readable(pattern, options)
    replayed = 0
    for transformation in cast("list[_Given]", one.get("metricTransformations", [])):
        for alarm in alarms:
            if _counts(alarm, transformation):
                replayed += 1
                _take_alarm(one, transformation, alarm, condition, origin, options, found)
    if not replayed:
        facts = _facts(name, f"The account's filter {name}", [dict(one)], origin, options)
        found.rules.append(EventRule(facts, condition))


def _take_alarm(
    one: _Given, transformation: _Given, alarm: _Given, condition: Condition, origin: str,
    options: Options, found: RuleSet,
) -> None:  # fmt: skip
    title = str(alarm.get("AlarmName", ""))
    try:
        read = _alarm(alarm)
    except (InputError, TypeError, ValueError) as error:
        reason = error.what if isinstance(error, InputError) else "its settings can't be read"
        found.passed_over.append(f"{origin}: alarm {title}: {reason}")
        return
    facts = _facts(
        f"{one.get('filterName', '')}/{title}", f"The account's alarm {title}",
        [dict(one), _settings(alarm)], origin, options,
    )  # fmt: skip
    value_of = _value_of(str(transformation.get("metricValue", "1")))
    found.rules.append(AlarmRule(facts, condition, read, value_of))


def _facts(rule: str, title: str, said: list[object], origin: str, options: Options) -> RuleFacts:
    return RuleFacts(
        FILTER, rule, title, "medium", filter_sha256(said, options),
        next_step=_NEXT_STEP, origin=origin,
    )  # fmt: skip


_SETTINGS = (
    "AlarmName", "MetricName", "Namespace", "Period", "Threshold", "ComparisonOperator",
    "Statistic", "EvaluationPeriods", "DatapointsToAlarm",
)  # fmt: skip


def _settings(alarm: _Given) -> dict[str, Any]:
    """What an alarm says of itself, without its present state."""
    return {key: alarm[key] for key in _SETTINGS if key in alarm}


def _counts(alarm: _Given, transformation: _Given) -> bool:
    return (alarm.get("Namespace"), alarm.get("MetricName")) == (
        transformation.get("metricNamespace"), transformation.get("metricName"),
    )  # fmt: skip


def _alarm(alarm: _Given) -> Alarm:
    comparison, statistic = str(alarm.get("ComparisonOperator")), str(alarm.get("Statistic"))
    if comparison not in COMPARISONS:
        raise InputError(f"it rings by {comparison}, which is not replayed")
    if statistic not in STATISTICS:
        raise InputError(f"its statistic {statistic} is not replayed")
    if alarm.get("Dimensions"):
        raise InputError("it has dimensions, which are not replayed")
    periods = int(alarm.get("EvaluationPeriods", 1))
    read = Alarm(
        period_seconds=int(alarm["Period"]),
        threshold=float(alarm["Threshold"]),
        comparison=comparison,
        statistic=statistic,
        periods=periods,
        datapoints=int(alarm.get("DatapointsToAlarm") or periods),
    )
    if read.period_seconds <= 0 or not 1 <= read.datapoints <= read.periods <= 10_000:
        raise InputError("its settings make no sense")
    return read


def _value_of(metric_value: str) -> Callable[[Subject], float | None]:
    """What a match adds to the metric: a number, or the number in a field (`$.a.b`)."""
    if metric_value.startswith("$."):
        names = tuple(metric_value[2:].split("."))
        return lambda subject: _number_at(subject.record, names)
    try:
        fixed = float(metric_value)
    except ValueError:
        raise InputError(f"the metric value {metric_value!r} is no number and no field") from None
    return lambda _: fixed


def _number_at(record: Mapping[str, object], names: tuple[str, ...]) -> float | None:
    """The number that names lead to; None where there is none, and nothing is counted then."""
    value: object = record
    for name in names:
        value = members_of(value).get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
