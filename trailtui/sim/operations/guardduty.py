"""GuardDuty: listing and getting findings, samples, archiving; moto has the detectors.

Source: GuardDuty API Reference, ListFindings (criteria, conditions), GetFindings (50 ids),
CreateSampleFindings, ArchiveFindings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import cast

from trailtui.sim import findings, moto_findings
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_BAD = "BadRequestException"
_MOST = 50
_FIELDS = frozenset(
    {
        "accountid", "confidence", "id", "region", "severity", "type", "updatedat",
        "resource.accesskeydetails.accesskeyid", "resource.accesskeydetails.principalid",
        "resource.accesskeydetails.username", "resource.accesskeydetails.usertype",
        "resource.instancedetails.instanceid", "resource.resourcetype",
        "service.action.actiontype", "service.action.awsapicallaction.api",
        "service.action.awsapicallaction.callertype",
        "service.action.awsapicallaction.remoteipdetails.ipaddressv4",
        "service.action.awsapicallaction.servicename",
        "service.additionalinfo.threatlistname", "service.archived", "service.resourcerole",
    }
)  # fmt: skip
"""The criteria that are evaluated here; AWS has a few more."""

_SAME = ("Eq", "Equals")
_OTHER = ("Neq", "NotEquals")
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "Gt": lambda a, b: a > b,
    "GreaterThan": lambda a, b: a > b,
    "Gte": lambda a, b: a >= b,
    "GreaterThanOrEqual": lambda a, b: a >= b,
    "Lt": lambda a, b: a < b,
    "LessThan": lambda a, b: a < b,
    "Lte": lambda a, b: a <= b,
    "LessThanOrEqual": lambda a, b: a <= b,
}
_DEFAULT_SAMPLES = (
    "UnauthorizedAccess:IAMUser/MaliciousIPCaller",
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    "Recon:EC2/PortProbeUnprotectedPort",
)


def _kept(call: ApiCall, caller: Credential) -> list[dict[str, Dynamic]]:
    try:
        return moto_findings.detector_findings(
            caller.account, call.region, str(call.params.get("DetectorId", ""))
        )
    except KeyError:
        message = (
            "The request is rejected because the input detectorId is not owned by the current "
            "account."
        )
        raise ServiceError(_BAD, message) from None


def _values(value: Dynamic, steps: list[str]) -> Iterator[Dynamic]:
    """What a path leads to, through lists too."""
    if isinstance(value, list):
        for one in cast("list[Dynamic]", value):
            yield from _values(one, steps)
    elif not steps:
        yield value
    elif isinstance(value, Mapping):
        for name, member in cast("Mapping[str, Dynamic]", value).items():
            if name.lower() == steps[0]:
                yield from _values(member, steps[1:])


def _comparable(field: str, value: Dynamic) -> Dynamic:
    if field == "updatedat":
        return int(datetime.fromisoformat(str(value)).timestamp() * 1000)
    return value


def _number(value: Dynamic) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise CannotDecideError(f"how GuardDuty compares {value!r} as a number") from None


def _same(value: Dynamic, text: str) -> bool:
    """Criteria hold texts, whatever the member is: `5.0` and `5` are one number."""
    if isinstance(value, bool):
        return str(value).lower() == text.lower()
    if isinstance(value, int | float):
        return float(value) == _number(text)
    return str(value) == text


def _meets(finding: dict[str, Dynamic], name: str, condition: Mapping[str, Dynamic]) -> bool:
    field = name.lower()
    if field not in _FIELDS:
        raise CannotDecideError(f"the simulated GuardDuty does not evaluate the criterion {name}")
    found = [_comparable(field, one) for one in _values(finding, field.split("."))]
    for operator, wanted in condition.items():
        if operator in _SAME:
            good = any(_same(one, text) for one in found for text in wanted)
        elif operator in _OTHER:
            good = not any(_same(one, text) for one in found for text in wanted)
        elif operator in _ORDER:
            good = any(_ORDER[operator](_number(one), _number(wanted)) for one in found)
        else:
            raise CannotDecideError(f"the simulated GuardDuty does not evaluate {operator}")
        if not good:
            return False
    return True


def list_findings(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The ids of the findings that meet all criteria."""
    kept = _kept(call, caller)
    size = int(call.params.get("MaxResults", _MOST))
    if not 1 <= size <= _MOST:
        raise ServiceError(_BAD, "MaxResults must be between 1 and 50.")
    criteria: Mapping[str, Mapping[str, Dynamic]] = call.params.get("FindingCriteria", {}).get(
        "Criterion", {}
    )
    found = [
        one for one in kept if all(_meets(one, name, given) for name, given in criteria.items())
    ]
    sort = call.params.get("SortCriteria", {})
    field = str(sort.get("AttributeName", "updatedAt")).lower()
    if field not in _FIELDS:
        raise CannotDecideError(f"the simulated GuardDuty does not sort by {field}")
    found.sort(
        key=lambda one: next((_comparable(field, v) for v in _values(one, field.split("."))), 0),
        reverse=sort.get("OrderBy", "DESC") == "DESC",
    )
    ids, token = page(call, [one["Id"] for one in found], size, _BAD)
    return {"FindingIds": ids, "NextToken": token or ""}


def get_findings(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Findings by their ids; ids that are not there are left out."""
    kept = _kept(call, caller)
    ids = call.params.get("FindingIds", [])
    if len(ids) > _MOST:
        raise ServiceError(_BAD, "The request is rejected because the number of ids exceeds 50.")
    return {"Findings": [one for one in kept if one["Id"] in ids]}


def archive_findings(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Mark findings as archived."""
    for one in _kept(call, caller):
        if one["Id"] in call.params.get("FindingIds", []):
            one.setdefault("Service", {})["Archived"] = True
    return {}


def create_sample_findings(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Samples, as AWS makes them: with ids of things that do not exist."""
    _kept(call, caller)
    for kind in call.params.get("FindingTypes") or _DEFAULT_SAMPLES:
        sample = _sample(world, call, caller, str(kind))
        findings.add(world, "guardduty", sample, region=call.region, account=caller.account)
    return {}


def _sample(world: World, call: ApiCall, caller: Credential, kind: str) -> dict[str, Dynamic]:
    at = world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    found_id = f"{world.random.getrandbits(128):032x}"
    detector = call.params["DetectorId"]
    base = f"arn:aws:guardduty:{call.region}:{caller.account}:detector/{detector}"
    return {
        "schemaVersion": "2.0",
        "accountId": caller.account,
        "region": call.region,
        "partition": "aws",
        "id": found_id,
        "arn": f"{base}/finding/{found_id}",
        "type": kind,
        "title": f"[SAMPLE] {kind}",
        "description": "This is a sample finding.",
        "severity": 5.0,
        "createdAt": at,
        "updatedAt": at,
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": "GeneratedFindingAccessKeyId",
                "principalId": "GeneratedFindingPrincipalId",
                "userName": "GeneratedFindingUserName",
                "userType": "IAMUser",
            },
        },
        "service": {
            "serviceName": "guardduty",
            "detectorId": detector,
            "archived": False,
            "count": 1,
            "eventFirstSeen": at,
            "eventLastSeen": at,
            "resourceRole": "TARGET",
            "action": {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {
                    "api": "GeneratedFindingAPIName",
                    "serviceName": "GeneratedFindingAPIServiceName",
                    "callerType": "Remote IP",
                    "remoteIpDetails": {"ipAddressV4": "198.51.100.0"},
                },
            },
            "additionalInfo": {"value": '{"sample":true}', "type": "default"},
        },
    }


OPERATIONS = {
    "ListFindings": list_findings,
    "GetFindings": get_findings,
    "ArchiveFindings": archive_findings,
    "CreateSampleFindings": create_sample_findings,
}
