"""Flow logs: what counts of one, as EC2 tells it and as the case's events tell it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from trailtui.model.errors import InputError
from trailtui.respond.case_changes import Recorded, members, recorded

if TYPE_CHECKING:
    from trailtui.case.file import Case

FLOW_LOG = re.compile(r"fl-[0-9a-f]{8,17}")
RESOURCE = re.compile(r"(?:vpc|subnet|eni|tgw|tgw-attach)-[0-9a-f]{8,17}")
KINDS = {
    "vpc": ("VPC", "vpc"),
    "subnet": ("Subnet", "subnet"),
    "eni": ("NetworkInterface", "network-interface"),
    "tgw": ("TransitGateway", "transit-gateway"),
    "tgw-attach": ("TransitGatewayAttachment", "transit-gateway-attachment"),
}
"""By the beginning of an id: what CreateFlowLogs calls it, and what its ARN does."""
_KEPT = (
    "TrafficType",
    "LogDestinationType",
    "LogDestination",
    "LogGroupName",
    "DeliverLogsPermissionArn",
    "LogFormat",
    "MaxAggregationInterval",
)
_NAMES = {name.casefold(): name for name in _KEPT}


@dataclass(frozen=True, slots=True)
class Made:
    """A flow log that the case saw made."""

    call: Recorded
    ids: frozenset[str]
    resources: frozenset[str]
    settings: Mapping[str, Any]
    was_deleted: bool


def kind_of(resource: str) -> tuple[str, str]:
    """What CreateFlowLogs and ARNs call the kind of a resource, by its id."""
    return KINDS[resource.rpartition("-")[0]]


def made_in_case(case: "Case", account: str, region: str = "") -> list[Made]:
    """The flow logs that the case saw made in an account, of one Region or all, in time order."""
    calls = [
        call
        for call in recorded(
            case, account, ("CreateFlowLogs", "DeleteFlowLogs"), "ec2.amazonaws.com"
        )
        if region in ("", call.region)
    ]
    deleted = {
        number
        for call in calls
        if call.name == "DeleteFlowLogs"
        for number in FLOW_LOG.findall(json.dumps(call.request))
    }
    found: list[Made] = []
    for call in calls:
        if call.name != "CreateFlowLogs":
            continue
        ids = frozenset(FLOW_LOG.findall(json.dumps(call.answer)))
        named = frozenset(RESOURCE.findall(json.dumps(call.request)))
        settings = dict(_settings(call.request))
        found.append(Made(call, ids, named, settings, bool(ids & deleted)))
    return found


def _settings(request: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """EC2's records have the parameters one level deeper, and in either spelling."""
    for name, told in request.items():
        known = _NAMES.get(name.casefold())
        if known is None:
            yield from _settings(members(told))
        elif known == "MaxAggregationInterval":
            if str(told).isdecimal():
                yield known, int(str(told))
        else:
            yield known, str(told)


def settings_from(text: str) -> list[dict[str, Any]]:
    """Parameters of CreateFlowLogs, of one or more, that a text says; raises InputError."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    listed = cast("list[Any]", told if isinstance(told, list) else [told])
    if not listed or not all(_is_whole(one) for one in listed):
        raise InputError(
            "these are no settings of flow logs",
            cure='They are JSON: {"TrafficType": "ALL", "LogDestinationType": "s3", '
            '"LogDestination": "arn:aws:s3:::BUCKET"}.',
        )
    return listed


def _is_whole(told: object) -> bool:
    if not isinstance(told, dict):
        return False
    named = cast("dict[str, Any]", told)
    return set(named) <= set(_KEPT) and bool(
        named.get("LogDestination") or named.get("LogGroupName")
    )


def comparable(told: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a flow log: what it records, and to where."""
    kind = told.get("LogDestinationType") or "cloud-watch-logs"
    to = str(told.get("LogDestination") or "")
    if kind == "cloud-watch-logs":
        to = str(told.get("LogGroupName") or to.partition(":log-group:")[2].partition(":")[0])
    return {"records": told.get("TrafficType", "ALL"), "kind": kind, "to": to}
