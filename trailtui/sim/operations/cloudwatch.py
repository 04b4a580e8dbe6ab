"""CloudWatch: the history of alarms, which moto keeps and does not tell.

Source: CloudWatch API Reference, DescribeAlarmHistory and AlarmHistoryItem; a StateUpdate's
HistoryData as the user guide shows it.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

from trailtui.sim import moto_findings
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_MOST = 100
_KNOWN = frozenset(
    {"AlarmName", "AlarmTypes", "HistoryItemType", "StartDate", "EndDate", "MaxRecords",
     "NextToken", "ScanBy"}
)  # fmt: skip


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _state(value: str, reason: str, data: str | None) -> dict[str, Dynamic]:
    return {
        "stateValue": value,
        "stateReason": reason,
        "stateReasonData": json.loads(data) if data and data != "{}" else None,
    }


def _items(alarm: Dynamic) -> list[dict[str, Dynamic]]:
    """An alarm's making and its changes of state; moto keeps what each state was before."""
    kind = "CompositeAlarm" if alarm.rule else "MetricAlarm"
    states = [(value, reason, data, at) for _, reason, data, value, at in alarm.history]
    states.append(
        (alarm.state_value, alarm.state_reason, alarm.state_reason_data,
         alarm.state_updated_timestamp)
    )  # fmt: skip
    base = {"AlarmName": alarm.name, "AlarmType": kind}
    made = {
        **base,
        "Timestamp": _aware(alarm.configuration_updated_timestamp),
        "HistoryItemType": "ConfigurationUpdate",
        "HistorySummary": f'Alarm "{alarm.name}" created',
        "HistoryData": json.dumps({"version": "1.0", "type": "Create"}),
    }
    items = [made]
    for old, new in itertools.pairwise(states):
        data = {"version": "1.0", "oldState": _state(*old[:3]), "newState": _state(*new[:3])}
        items.append(
            {
                **base,
                "Timestamp": _aware(new[3]),
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old[0]} to {new[0]}",
                "HistoryData": json.dumps(data),
            }
        )
    return items


def describe_alarm_history(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The history of one alarm or of all, of metric alarms only where no type is named."""
    params = call.params
    if unknown := sorted(set(params) - _KNOWN):
        raise CannotDecideError(f"the simulated CloudWatch does not know {', '.join(unknown)}")
    size = int(params.get("MaxRecords", _MOST))
    if not 1 <= size <= _MOST:
        raise ServiceError("ValidationError", "MaxRecords must be between 1 and 100.")
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        item
        for alarm in moto_findings.alarms(caller.account, call.region)
        for item in _items(alarm)
        if params.get("AlarmName") in (None, alarm.name)
        and item["AlarmType"] in types
        and params.get("HistoryItemType") in (None, item["HistoryItemType"])
        and ("StartDate" not in params or item["Timestamp"] >= _aware(params["StartDate"]))
        and ("EndDate" not in params or item["Timestamp"] <= _aware(params["EndDate"]))
    ]
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    found.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
    items, token = page(call, found, size, "InvalidNextToken")
    return {"AlarmHistoryItems": items} | ({"NextToken": token} if token else {})


OPERATIONS = {"DescribeAlarmHistory": describe_alarm_history}
