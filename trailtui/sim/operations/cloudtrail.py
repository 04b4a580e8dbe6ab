"""CloudTrail: what moto lacks or gets wrong of it.

Source: CloudTrail API Reference, the page of each operation.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from trailtui.sim import digests, moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.operations import lookup
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.selection import check_advanced
from trailtui.sim.trail_history import DEFAULT_SELECTORS
from trailtui.sim.world import World

_LONGEST_CHAIN = timedelta(days=366)
"""Of ListPublicKeys: more would make the simulator make up keys for minutes."""


def refuse_before_moto(call: ApiCall, caller: Credential) -> None:
    """Refuse a second trail of one name, trails that are not there, and organisations' trails
    outside the management account.

    Raises:
        ServiceError: AWS's answer.
    """
    if call.operation == "CreateTrail":
        name = str(call.params["Name"])
        if moto_trails.find_trail(caller.account, call.region, name) is not None:
            sentence = f"Trail {name} already exists for customer: {caller.account}"
            raise ServiceError("TrailAlreadyExistsException", sentence)
    if call.operation in ("StartLogging", "StopLogging", "DeleteTrail", "UpdateTrail"):
        _own_trail(call, caller, str(call.params["Name"]))
    if call.params.get("IsOrganizationTrail"):
        organisation = moto_trails.organisation_of(caller.account)
        if organisation is None:
            sentence = f"Account {caller.account} is in no organization."
            raise ServiceError("OrganizationsNotInUseException", sentence)
        if organisation.management != caller.account:
            sentence = "Only the management account can have a trail for the organization."
            raise ServiceError("NotOrganizationMasterAccountException", sentence)


def _trail(call: ApiCall, caller: Credential, name: str) -> Dynamic:
    trail = moto_trails.find_trail(caller.account, call.region, name)
    if trail is None:
        arn = f"arn:aws:cloudtrail:{call.region}:{caller.account}:trail/{name}"
        shown = name if name.startswith("arn:") else arn
        sentence = f"Unknown trail: {shown} for the user: {caller.account}"
        raise ServiceError("TrailNotFoundException", sentence)
    return trail


def _own_trail(call: ApiCall, caller: Credential, name: str) -> Dynamic:
    """A trail that may be changed from here: not another account's, and only where it is at home.

    Raises:
        ServiceError: it is not.
    """
    trail = _trail(call, caller, name)
    if trail.account_id != caller.account:
        sentence = "The trail belongs to the management account of the organization."
        raise ServiceError("NotOrganizationMasterAccountException", sentence)
    if trail.region_name != call.region:
        sentence = f"The trail's home Region is {trail.region_name}."
        raise ServiceError("InvalidHomeRegionException", sentence)
    return trail


def _put_event_selectors(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Basic or advanced selectors; either replaces both."""
    trail = _own_trail(call, caller, str(call.params["TrailName"]))
    basic: list[Dynamic] = call.params.get("EventSelectors") or []
    advanced: list[Dynamic] = call.params.get("AdvancedEventSelectors") or []
    if bool(basic) is bool(advanced):
        sentence = "Give either event selectors or advanced event selectors."
        raise ServiceError("InvalidEventSelectorsException", sentence)
    check_advanced(advanced)
    trail.event_selectors, trail.advanced_event_selectors = basic, advanced
    return _selectors(trail)


def _get_event_selectors(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    return _selectors(_trail(call, caller, str(call.params["TrailName"])))


def _selectors(trail: Dynamic) -> Dynamic:
    if trail.advanced_event_selectors:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": trail.advanced_event_selectors}
    return {"TrailARN": trail.arn, "EventSelectors": trail.event_selectors or DEFAULT_SELECTORS}


def _put_insight_selectors(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    trail = _own_trail(call, caller, str(call.params["TrailName"]))
    selectors: list[Dynamic] = call.params.get("InsightSelectors") or []
    trail.insight_selectors = selectors
    return {"TrailARN": trail.arn, "InsightSelectors": selectors}


def _get_insight_selectors(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    trail = _trail(call, caller, str(call.params["TrailName"]))
    if not trail.insight_selectors:
        sentence = f"Trail {trail.arn} does not have Insights enabled."
        raise ServiceError("InsightNotEnabledException", sentence)
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


def _aware(naive: datetime) -> datetime:
    """moto's times are UTC without saying so."""
    return naive.replace(tzinfo=UTC)


def _get_trail_status(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Whether it logs, since when, and when it delivered last; not attempts, which are not kept."""
    trail = _trail(call, caller, str(call.params["Name"]))
    status, progress = trail.status, world.buckets.progress.get(trail.arn)
    said: dict[str, Dynamic] = {
        "IsLogging": status.is_logging,
        "StartLoggingTime": _aware(status.started) if status.started else None,
        "StopLoggingTime": _aware(status.stopped) if status.stopped else None,
        "LatestDeliveryTime": progress.latest_file if progress else None,
        "LatestDigestDeliveryTime": progress.latest_digest if progress else None,
        "LatestDeliveryError": progress.error if progress else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _list_public_keys(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """The keys that a Region's digests were signed with in a time; without one, those of now."""
    until = _moment(call.params.get("EndTime")) or world.clock.now()
    since = _moment(call.params.get("StartTime")) or until
    if since > until:
        sentence = "The start time can't be later than the end time."
        raise ServiceError("InvalidTimeRangeException", sentence)
    since = max(since, until - _LONGEST_CHAIN)
    return {
        "PublicKeyList": [
            {
                "Value": key.public_der,
                "ValidityStartTime": key.begins,
                "ValidityEndTime": key.ends,
                "Fingerprint": key.fingerprint,
            }
            for key in digests.signing_keys(call.region, since, until)
        ]
    }


def _moment(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


OPERATIONS = {
    **lookup.OPERATIONS,
    "GetEventSelectors": _get_event_selectors,
    "PutEventSelectors": _put_event_selectors,
    "GetInsightSelectors": _get_insight_selectors,
    "PutInsightSelectors": _put_insight_selectors,
    "GetTrailStatus": _get_trail_status,
    "ListPublicKeys": _list_public_keys,
}
