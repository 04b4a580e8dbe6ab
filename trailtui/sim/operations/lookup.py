"""CloudTrail's LookupEvents over the account's records, with its real limits.

Source: CloudTrail API Reference, LookupEvents: management events (or Insight events) of one
Region and 90 days, newest first, 50 to a page, one attribute, two requests a second for an
account and Region. eventContext never appears.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import (
    INSIGHT,
    MANAGEMENT,
    Record,
    as_delivered,
    part,
    resources,
    text,
)
from trailtui.sim.record_index import LAST_PLACE, Place
from trailtui.sim.world import World

_KEPT = timedelta(days=90)
_LARGEST_PAGE = 50


def _user_name(record: Record) -> str:
    identity = part(record, "userIdentity")
    kind = text(identity, "type")
    if kind == "AssumedRole":
        return text(identity, "principalId").partition(":")[2]
    issuer = part(part(identity, "sessionContext"), "sessionIssuer")
    named = text(identity, "userName") or text(issuer, "userName")
    return named or ("root" if kind == "Root" else "")


def _read_only(record: Record) -> str:
    value = record.get("readOnly")
    return "" if value is None else str(value).lower()


def _resources(record: Record) -> list[dict[str, str]]:
    return [
        {"ResourceType": text(one, "type"), "ResourceName": text(one, "ARN")}
        for one in resources(record)
    ]


def _access_key(record: Record) -> str:
    return text(part(record, "userIdentity"), "accessKeyId")


_Test = Callable[[Record, str], bool]

_OF_MANAGEMENT: dict[str, _Test] = {
    "EventId": lambda r, v: text(r, "eventID") == v,
    "EventName": lambda r, v: text(r, "eventName") == v,
    "ReadOnly": lambda r, v: _read_only(r) == v.lower(),
    "Username": lambda r, v: _user_name(r) == v,
    "ResourceType": lambda r, v: any(x["ResourceType"] == v for x in _resources(r)),
    "ResourceName": lambda r, v: any(x["ResourceName"] == v for x in _resources(r)),
    "EventSource": lambda r, v: text(r, "eventSource") == v,
    "AccessKeyId": lambda r, v: _access_key(r) == v,
}
# Insight events have their names in insightDetails and know no other attribute.
_OF_INSIGHT: dict[str, _Test] = {
    "EventId": lambda r, v: text(r, "eventID") == v,
    "EventName": lambda r, v: text(part(r, "insightDetails"), "eventName") == v,
    "EventSource": lambda r, v: text(part(r, "insightDetails"), "eventSource") == v,
}


def _second(value: datetime) -> int:
    """Whole seconds are all that the API knows."""
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())


def _fingerprint(call: ApiCall, account: str) -> str:
    kept = {k: v for k, v in call.params.items() if k != "NextToken"}
    return json.dumps([account, call.region, kept], sort_keys=True, default=str)


def _token(place: Place, call: ApiCall, account: str) -> str:
    made = json.dumps({"after": place, "for": _fingerprint(call, account)})
    return base64.b64encode(made.encode()).decode()


def _place(call: ApiCall, account: str) -> Place:
    """Where the token says the page before ended.

    It is a place among the events and no count, so that events which arrive meanwhile move nothing.
    """
    token = call.params.get("NextToken")
    if token is None:
        return LAST_PLACE
    try:
        made = json.loads(base64.b64decode(str(token), validate=True))
        second, number = made["after"]
        meant_for = made["for"]
    except (ValueError, TypeError, KeyError) as error:
        raise ServiceError("InvalidNextTokenException", "Invalid token.") from error
    if meant_for != _fingerprint(call, account):
        raise ServiceError("InvalidNextTokenException", "The token is for other parameters.")
    return int(second), int(number)


def _seconds_asked(world: World, params: dict[str, Dynamic]) -> tuple[int, int]:
    """The first and the last second: no older than 90 days, no newer than has arrived."""
    now = world.clock.now()
    oldest, newest = _second(now - _KEPT), now - timedelta(seconds=world.lookup_delay_seconds)
    since = _second(params["StartTime"]) if "StartTime" in params else oldest
    until = _second(params["EndTime"]) if "EndTime" in params else _second(newest)
    if "StartTime" in params and "EndTime" in params and since > until:
        raise ServiceError(
            "InvalidTimeRangeException", "The start time can't be later than the end time."
        )
    return max(since, oldest), min(until, _second(newest))


def _tests(params: dict[str, Dynamic], kind: str) -> list[Callable[[Record], bool]]:
    attributes: list[dict[str, str]] = params.get("LookupAttributes", [])
    if len(attributes) > 1:
        raise ServiceError("InvalidLookupAttributesException", "Only one attribute can be given.")
    known = _OF_INSIGHT if kind == INSIGHT else _OF_MANAGEMENT
    found: list[Callable[[Record], bool]] = []
    for one in attributes:
        test, value = known.get(str(one.get("AttributeKey"))), str(one.get("AttributeValue", ""))
        if test is None or not value:
            raise ServiceError(
                "InvalidLookupAttributesException",
                f"The attribute {one.get('AttributeKey')} can't be looked up with this value.",
            )
        found.append(lambda record, test=test, value=value: test(record, value))
    return found


def _kind(params: dict[str, Dynamic]) -> str:
    asked = params.get("EventCategory")
    if asked not in (None, "insight"):
        raise ServiceError("InvalidEventCategoryException", f"{asked} is no event category.")
    return INSIGHT if asked else MANAGEMENT


def _matching(
    world: World, call: ApiCall, account: str, kind: str
) -> Iterator[tuple[Place, Record]]:
    since, until = _seconds_asked(world, call.params)
    tests = _tests(call.params, kind)
    before = min(_place(call, account), (until + 1, 0))
    for place, record in world.index.newest_first(account, call.region, kind, before):
        if place[0] < since:
            return
        if all(test(record) for test in tests):
            yield place, record


def lookup_events(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Events of the caller's account in the Region that was asked, newest first."""
    if not world.pace.take(caller.account, call.region):
        raise ServiceError("ThrottlingException", "Rate exceeded")
    limit = int(call.params.get("MaxResults", _LARGEST_PAGE))
    if not 1 <= limit <= _LARGEST_PAGE:
        raise ServiceError("InvalidMaxResultsException", "A page has 1 to 50 events.")
    kind = _kind(call.params)
    make = _insight if kind == INSIGHT else _event
    events: list[Dynamic] = []
    last = LAST_PLACE
    for place, record in _matching(world, call, caller.account, kind):
        if len(events) == limit:
            return {"Events": events, "NextToken": _token(last, call, caller.account)}
        events.append(make(record, place[0]))
        last = place
    return {"Events": events}


def _common(record: Record, second: int) -> dict[str, Dynamic]:
    return {
        "EventId": text(record, "eventID"),
        "EventTime": datetime.fromtimestamp(second, UTC),
        "CloudTrailEvent": json.dumps(as_delivered(record), separators=(",", ":")),
    }


def _event(record: Record, second: int) -> dict[str, Dynamic]:
    named = {
        "EventName": text(record, "eventName"),
        "ReadOnly": _read_only(record),
        "AccessKeyId": _access_key(record),
        "EventSource": text(record, "eventSource"),
        "Username": _user_name(record),
    }
    known = {name: value for name, value in named.items() if value}
    return _common(record, second) | known | {"Resources": _resources(record)}


def _insight(record: Record, second: int) -> dict[str, Dynamic]:
    details = part(record, "insightDetails")
    named: dict[str, Dynamic] = {
        "EventName": text(details, "eventName"),
        "EventSource": text(details, "eventSource"),
        "Resources": [],
    }
    return _common(record, second) | named


OPERATIONS = {"LookupEvents": lookup_events}
