"""EC2's DescribeRegions and the account service's ListRegions: what an account may use.

Source: the API references of both.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from trailtui.sim import denials, moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.regions import ALWAYS_ON, OPT_IN
from trailtui.sim.world import World

_ALL: list[str] = sorted((*ALWAYS_ON, *OPT_IN))
_LARGEST_PAGE = 50

_FILTERS: dict[str, Callable[[dict[str, str]], str]] = {
    "endpoint": lambda one: one["Endpoint"],
    "opt-in-status": lambda one: one["OptInStatus"],
    "region-name": lambda one: one["RegionName"],
}


def _describe_regions(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The Regions the account may use; with AllRegions also those it has not opted in to."""
    wanted: list[str] = call.params.get("RegionNames") or _ALL
    unknown = [name for name in wanted if name not in _ALL]
    if unknown:
        raise ServiceError("InvalidParameterValue", f"Invalid region names: {unknown}")
    found = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": world.regions.opt_in_status(caller.account, name),
        }
        for name in wanted
        if call.params.get("AllRegions") or world.regions.enabled(caller.account, name)
    ]
    filters: list[dict[str, Dynamic]] = call.params.get("Filters") or []
    for one in filters:
        read = _FILTERS.get(str(one.get("Name")))
        if read is None:
            sentence = f"The filter '{one.get('Name')}' is invalid"
            raise ServiceError("InvalidParameterValue", sentence)
        values: list[str] = one.get("Values") or []
        found = [it for it in found if any(fnmatchcase(read(it), value) for value in values)]
    return {"Regions": found}


def _asked_account(call: ApiCall, caller: Credential) -> str:
    """Whose Regions: the caller's, or a member's if the management account asks.

    Raises:
        ServiceError: neither.
    """
    asked = str(call.params.get("AccountId") or caller.account)
    if asked == caller.account:
        return asked
    organisation = moto_trails.organisation_of(caller.account)
    if (
        organisation is None
        or organisation.management != caller.account
        or asked not in organisation.accounts
    ):
        sentence = f"You don't have access to the account {asked}."
        raise denials.access_denied(call.protocol, call.service, sentence)
    return asked


def _list_regions(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    account = _asked_account(call, caller)
    wanted: list[str] = call.params.get("RegionOptStatusContains") or []
    found = [
        {"RegionName": name, "RegionOptStatus": status}
        for name in _ALL
        if (status := world.regions.opt_status(account, name)) in wanted or not wanted
    ]
    # The token is the number of Regions that were told.
    token = str(call.params.get("NextToken") or "0")
    if not token.isdecimal():
        raise ServiceError("ValidationException", "Invalid NextToken.")
    first = int(token)
    after = first + int(call.params.get("MaxResults") or _LARGEST_PAGE)
    more = {"NextToken": str(after)} if after < len(found) else {}
    return {"Regions": found[first:after], **more}


def _get_region_opt_status(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    account, name = _asked_account(call, caller), str(call.params["RegionName"])
    if name not in _ALL:
        raise ServiceError("ValidationException", f"There is no Region {name}.")
    return {"RegionName": name, "RegionOptStatus": world.regions.opt_status(account, name)}


EC2_OPERATIONS = {"DescribeRegions": _describe_regions}
ACCOUNT_OPERATIONS = {
    "ListRegions": _list_regions,
    "GetRegionOptStatus": _get_region_opt_status,
}
