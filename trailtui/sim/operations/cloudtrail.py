"""CloudTrail: LookupEvents over the account's own records, which moto lacks.

Source: CloudTrail API Reference, LookupEvents: management events of one Region and 90 days,
newest first, 50 to a page, one attribute.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

Record = dict[str, Dynamic]


def _user_name(record: Record) -> str:
    identity = record["userIdentity"]
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    if identity["type"] == "AssumedRole":
        return str(identity["principalId"]).partition(":")[2]
    return str(identity.get("userName") or issuer.get("userName") or identity["type"].lower())


def _resources(record: Record) -> list[dict[str, str]]:
    named: list[dict[str, str]] = record.get("resources", [])
    return [{"ResourceType": one["type"], "ResourceName": one["ARN"]} for one in named]


_ATTRIBUTES: dict[str, Callable[[Record, str], bool]] = {
    "EventId": lambda r, v: r["eventID"] == v,
    "EventName": lambda r, v: r["eventName"] == v,
    "ReadOnly": lambda r, v: str(r["readOnly"]).lower() == v.lower(),
    "Username": lambda r, v: _user_name(r) == v,
    "ResourceType": lambda r, v: any(x["ResourceType"] == v for x in _resources(r)),
    "ResourceName": lambda r, v: any(x["ResourceName"] == v for x in _resources(r)),
    "EventSource": lambda r, v: r["eventSource"] == v,
    "AccessKeyId": lambda r, v: r["userIdentity"].get("accessKeyId") == v,
}


def _at(record: Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _offset(token: str | None, params: dict[str, Dynamic]) -> int:
    if token is None:
        return 0
    try:
        made = json.loads(base64.b64decode(token))
    except ValueError as error:
        raise ServiceError("InvalidNextTokenException", "Invalid token.") from error
    if made["for"] != _fingerprint(params):
        raise ServiceError("InvalidNextTokenException", "The token is for other parameters.")
    return int(made["from"])


def _fingerprint(params: dict[str, Dynamic]) -> str:
    kept = {k: v for k, v in params.items() if k != "NextToken"}
    return json.dumps(kept, sort_keys=True, default=str)


def lookup_events(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """Management events of the Region that was asked, newest first."""
    params = call.params
    limit = int(params.get("MaxResults", 50))
    attributes = params.get("LookupAttributes", [])
    if not 1 <= limit <= 50:
        raise ServiceError("InvalidMaxResultsException", "A page has 1 to 50 events.")
    if len(attributes) > 1:
        raise ServiceError("InvalidLookupAttributesException", "Only one attribute can be given.")
    now = world.clock.now()
    since = max(_aware(params.get("StartTime", now - timedelta(days=90))), now - timedelta(days=90))
    until = _aware(params.get("EndTime", now + timedelta(days=1)))
    found = [
        record
        for record in reversed(world.records)
        if record["managementEvent"]
        and record["awsRegion"] == call.region
        and since <= _at(record) <= until
        and all(_ATTRIBUTES[a["AttributeKey"]](record, a["AttributeValue"]) for a in attributes)
    ]
    start = _offset(params.get("NextToken"), params)
    result: dict[str, Dynamic] = {"Events": [_event(one) for one in found[start : start + limit]]}
    if start + limit < len(found):
        token = json.dumps({"from": start + limit, "for": _fingerprint(params)})
        result["NextToken"] = base64.b64encode(token.encode()).decode()
    return result


def _event(record: Record) -> dict[str, Dynamic]:
    event: dict[str, Dynamic] = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "EventTime": _at(record),
        "EventSource": record["eventSource"],
        "Username": _user_name(record),
        "Resources": _resources(record),
        "CloudTrailEvent": json.dumps(record),
    }
    access_key = record["userIdentity"].get("accessKeyId")
    return event | ({"AccessKeyId": access_key} if access_key else {})


OPERATIONS = {"LookupEvents": lookup_events}
