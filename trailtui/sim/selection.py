"""Which records a trail delivers: account, Region, event selectors.

Source: CloudTrail API Reference, EventSelector and AdvancedFieldSelector; CloudTrail User Guide,
"Global service events" (since November 2021 they are recorded in us-east-1 like any other).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.problems import CannotDecideError
from trailtui.sim.record_facts import (
    INSIGHT,
    MANAGEMENT,
    Record,
    category,
    part,
    region,
    resources,
    text,
)
from trailtui.sim.trail_history import TrailState

_GLOBAL_SOURCES = frozenset(
    f"{name}.amazonaws.com" for name in ("iam", "cloudfront", "route53", "organizations", "account")
)

# The resource type that records of these services stand for, where they name it or not.
_TYPE_OF_SOURCE = {
    "s3.amazonaws.com": "AWS::S3::Object",
    "lambda.amazonaws.com": "AWS::Lambda::Function",
    "dynamodb.amazonaws.com": "AWS::DynamoDB::Table",
}


def delivers(state: TrailState, record: Record, owner: str, members: Collection[str]) -> bool:
    """Whether a trail with these settings delivers a record.

    Args:
        state: the trail's settings at the record's time.
        record: any record.
        owner: the account whose record it is.
        members: the accounts of the trail's organisation.
    """
    covers = owner in members if state.for_organisation else owner == state.account
    if not state.logging or not covers:
        return False
    if not state.multi_region and region(record) != state.home_region:
        return False
    if not state.global_events and _is_global(record):
        return False
    if category(record) == INSIGHT:
        return text(part(record, "insightDetails"), "insightType") in state.insights
    if state.advanced_selectors:
        return any(_advanced(one, record) for one in state.advanced_selectors)
    return any(_basic(one, record) for one in state.event_selectors)


def _is_global(record: Record) -> bool:
    source = text(record, "eventSource")
    if source == "sts.amazonaws.com":
        host = text(part(record, "tlsDetails"), "clientProvidedHostHeader")
        return host == "sts.amazonaws.com"
    return source in _GLOBAL_SOURCES


def _basic(selector: dict[str, Dynamic], record: Record) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    is_read = record.get("readOnly") is True
    if wanted != "All" and is_read is not (wanted == "ReadOnly"):
        return False
    kind = category(record)
    if kind == MANAGEMENT:
        excluded: list[str] = selector.get("ExcludeManagementEventSources") or []
        included = selector.get("IncludeManagementEvents", True)
        return bool(included) and text(record, "eventSource") not in excluded
    named: list[dict[str, Dynamic]] = selector.get("DataResources") or []
    return kind == "Data" and any(_names(one, record) for one in named)


def _names(wanted: dict[str, Dynamic], record: Record) -> bool:
    """Whether a DataResource of a basic selector names something that a record acts on."""
    if wanted["Type"] not in _types(record):
        return False
    # "arn:aws:s3" and "arn:aws:lambda" mean all; a bucket's own events count as lying in it.
    arns = [f"{arn}/" if arn.count("/") == 0 and ":s3:" in arn else arn for arn in _arns(record)]
    values: list[str] = wanted.get("Values") or []
    return any(arn.startswith(value) for value in values for arn in arns)


def _types(record: Record) -> list[str]:
    implied = _TYPE_OF_SOURCE.get(text(record, "eventSource"))
    return [text(one, "type") for one in resources(record)] + ([implied] if implied else [])


def _arns(record: Record) -> list[str]:
    return [text(one, "ARN") for one in resources(record)]


_FIELDS: dict[str, Callable[[Record], list[str]]] = {
    "eventCategory": lambda r: [category(r)],
    "readOnly": lambda r: [str(r.get("readOnly") is True).lower()],
    "eventName": lambda r: [text(r, "eventName")],
    "eventSource": lambda r: [text(r, "eventSource")],
    "eventType": lambda r: [text(r, "eventType")],
    "errorCode": lambda r: [text(r, "errorCode")],
    "vpcEndpointId": lambda r: [text(r, "vpcEndpointId")],
    "userIdentity.arn": lambda r: [text(part(r, "userIdentity"), "arn")],
    "sessionCredentialFromConsole": lambda r: [text(r, "sessionCredentialFromConsole")],
    "resources.type": _types,
    "resources.ARN": _arns,
}

_OPERATORS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "Equals": (True, str.__eq__),
    "StartsWith": (True, str.startswith),
    "EndsWith": (True, str.endswith),
    "NotEquals": (False, str.__eq__),
    "NotStartsWith": (False, str.startswith),
    "NotEndsWith": (False, str.endswith),
}
"""Whether one value must fit or none may, and how they are compared."""


def _advanced(selector: dict[str, Dynamic], record: Record) -> bool:
    return all(_field(one, record) for one in selector["FieldSelectors"])


def _field(selector: dict[str, Dynamic], record: Record) -> bool:
    values = _FIELDS[selector["Field"]](record)
    for name, (wanted, compare) in _OPERATORS.items():
        operands: list[str] = selector.get(name) or []
        if operands and any(compare(v, o) for v in values for o in operands) is not wanted:
            return False
    return True


def check_advanced(selectors: list[dict[str, Dynamic]]) -> None:
    """Refuse advanced selectors that can't be evaluated, before they are put.

    Raises:
        CannotDecideError: a field that the simulator does not know.
    """
    for selector in selectors:
        for one in selector.get("FieldSelectors", []):
            if one.get("Field") not in _FIELDS:
                raise CannotDecideError(
                    f"the simulated trail does not select by {one.get('Field')}"
                )
