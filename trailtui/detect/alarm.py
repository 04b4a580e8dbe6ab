"""CloudWatch alarms: EventBridge's state change, SNS's notification, DescribeAlarms and
DescribeAlarmHistory.

An alarm counts and names nobody: what it gives is a time and a metric, and with them the events
that the metric's filter matched. Sources: CloudWatch User Guide "Alarm events and EventBridge";
CloudWatch API Reference (MetricAlarm, AlarmHistoryItem).
"""

import re
from dataclasses import dataclass

from trailtui.detect.building import Built
from trailtui.detect.envelopes import Piece, decode
from trailtui.detect.named import Named
from trailtui.detect.node import Node, cleaned, required
from trailtui.model.errors import InputError
from trailtui.model.finding import ALARM_BEFORE_MS, Finding

ALARM = "ALARM"
_ARN = re.compile(
    r"arn:(aws[a-z-]{0,20}):cloudwatch:([a-z0-9-]{1,40}):([0-9]{12}):alarm:[ -~]{1,255}"
)
_WHAT = "the alarm"


@dataclass(frozen=True, slots=True)
class Quiet:
    """What was read is sound and no alert: an alarm that does not ring, a change of settings."""

    what: str


def read_alarm(piece: Piece) -> Finding | Quiet:
    """The alarm in a piece; Quiet where an answer of the API lists it without its ringing.

    Raises InputError for what it can't be without.
    """
    node = Node(piece.value)
    name = required(node, "AlarmName", _WHAT)
    if piece.shape == "alarm-event":
        return _from_event(piece, node, name)
    if piece.shape == "alarm-notice":
        return _from_notice(piece, node, name)
    if piece.shape == "alarm-history":
        return _from_history(piece, node, name)
    return _from_description(piece, node, name)


def _from_event(piece: Piece, node: Node, name: str) -> Finding:
    state = node.at("state")
    value = required(state, "value", "the alarm's state")
    built = _built(piece, node, next(iter(piece.around.resources), ""))
    configuration = node.at("configuration")
    built.detail("description", configuration.text("description"))
    for metric in configuration.items("metrics"):
        _add_metric(built, metric.at("metricStat", "metric"), metric.at("metricStat"))
        built.detail("expression", metric.text("expression"))
    built.detail("previous state", node.text("previousState", "value"))
    rang = state.moment("timestamp")
    return _finding(built, name, value, state.text("reason"), rang, _data(state, "reasonData"))


def _from_notice(piece: Piece, node: Node, name: str) -> Finding:
    value = required(node, "NewStateValue", _WHAT)
    # `Region` is a name for people there ("US East (N. Virginia)"): the ARN has the code
    built = _built(piece, node, node.text("AlarmArn"), node.word("AWSAccountId"))
    trigger = node.at("Trigger")
    built.detail("description", node.text("AlarmDescription"))
    _add_metric(built, trigger, trigger)
    for metric in trigger.items("Metrics"):
        _add_metric(built, metric.at("MetricStat", "Metric"), metric.at("MetricStat"))
    built.detail("previous state", node.text("OldStateValue"))
    rang = node.moment("StateChangeTime")
    return _finding(built, name, value, node.text("NewStateReason"), rang, trigger)


def _from_description(piece: Piece, node: Node, name: str) -> Finding | Quiet:
    value = required(node, "StateValue", _WHAT)
    if value != ALARM:
        return Quiet(f"alarms that are in state {value}")
    built = _built(piece, node, node.text("AlarmArn"))
    _add_configuration(built, node)
    data = _data(node, "StateReasonData")
    rang = node.moment("StateUpdatedTimestamp")
    return _finding(built, name, value, node.text("StateReason"), rang, data or node)


def _from_history(piece: Piece, node: Node, name: str) -> Finding | Quiet:
    if node.text("HistoryItemType") != "StateUpdate":
        return Quiet("entries of an alarm's history that are no change of state")
    data = _data(node, "HistoryData")
    state = data.at("newState")
    value = state.text("stateValue")
    if not value:
        raise InputError(f"{_WHAT}'s history has no newState.stateValue in its HistoryData")
    if value != ALARM:
        return Quiet(f"changes of an alarm to state {value}")
    known = Node(piece.around.alarms.get(name), "", node.faults)
    built = _built(piece, node, known.text("AlarmArn"))
    _add_configuration(built, known)
    built.detail("previous state", data.text("oldState", "stateValue"))
    reason = state.text("stateReason") or node.text("HistorySummary")
    rang = node.moment("Timestamp")
    return _finding(built, name, value, reason, rang, state.at("stateReasonData") or known)


def _built(piece: Piece, node: Node, arn: str, account: str = "") -> Built:
    """A finding with its place, as the alarm's ARN tells it."""
    parts = _ARN.fullmatch(arn)
    built = Built(piece, node, Named(parts[1] if parts else ""))
    built.place(account or (parts[3] if parts else ""), parts[2] if parts else "")
    return built


def _add_configuration(built: Built, alarm: Node) -> None:
    """What DescribeAlarms tells of an alarm."""
    built.detail("description", alarm.text("AlarmDescription"))
    built.detail("rule", alarm.text("AlarmRule"))
    _add_metric(built, alarm, alarm)
    for metric in alarm.items("Metrics"):
        _add_metric(built, metric.at("MetricStat", "Metric"), metric.at("MetricStat"))


def _add_metric(built: Built, metric: Node, how: Node) -> None:
    name = metric.text("name") or metric.text("MetricName")
    if name:
        built.detail("metric", f"{metric.text('namespace')}/{name}".lstrip("/"))
    statistic = how.text("stat") or how.text("Statistic")
    built.detail("statistic", statistic)
    threshold = how.number("Threshold")
    if threshold is not None:
        comparison = how.text("ComparisonOperator")
        built.detail("threshold", f"{comparison} {threshold:g}".strip())


def _data(node: Node, member: str) -> Node:
    """A member that holds JSON as a text; an empty object where it does not."""
    text = node.raw(member)
    if not isinstance(text, str) or not text:
        return node.at(member)
    try:
        return Node(decode(text), member, node.faults)
    except (ValueError, InputError):
        node.faults.append(f"{node.child(member)} holds no JSON")
        return Node(None, member, node.faults)


def _finding(
    built: Built, name: str, state: str, reason: str, rang_ms: int | None, data: Node
) -> Finding:
    first_ms, last_ms = _datapoints(data, rang_ms)
    metrics = built.details_of("metric")
    around = built.piece.around
    told = next((arn for arn in (built.node.text("AlarmArn"), *around.resources)
                 if _ARN.fullmatch(arn)), "")  # fmt: skip
    place = f"{built.region}:{built.account}"
    if state != ALARM:
        built.lacks(f"it tells that the alarm went to {state}, not that it rang")
    built.lacks("an alarm names nobody: look for the events that its metric counts")
    return built.finding(
        kind="alarm",
        id=cleaned(told or f"arn:{built.named.partition}:cloudwatch:{place}:alarm:{name}"),
        type=name,
        types=(name, *dict.fromkeys(metrics)),
        product="CloudWatch",
        title=f"{name}: {state}",
        description=reason,
        first_ms=first_ms,
        last_ms=last_ms,
        created_ms=rang_ms,
        updated_ms=rang_ms,
        before_ms=ALARM_BEFORE_MS,
    )


def _datapoints(data: Node, rang_ms: int | None) -> tuple[int | None, int | None]:
    """From the beginning of the first datapoint that was judged to the end of the last one.

    Where the datapoints are not told, the periods that the alarm looks at, back from its ringing.
    """
    period_ms = (data.whole("period") or 0) * 1000
    times = [data.moment("startDate")]
    times += [point.moment("timestamp") for point in data.items("evaluatedDatapoints")]
    known = [at_ms for at_ms in times if at_ms is not None]
    if known:
        return min(known), max(max(known) + period_ms, rang_ms or 0)
    if rang_ms is None:
        return None, None
    periods = min(data.whole("evaluationPeriods") or 1, 10_000)
    return max(0, rang_ms - periods * min(period_ms, 86_400_000)), rang_ms
