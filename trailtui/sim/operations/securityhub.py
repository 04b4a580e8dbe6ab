"""Security Hub: findings in ASFF and in OCSF by their filters; moto imports ASFF and filters none.

Source: Security Hub API Reference, GetFindings, BatchUpdateFindings, GetFindingsV2,
DescribeSecurityHubV2, EnableSecurityHubV2. Filters over different members are joined by AND. What
GetFindingsV2 answers before it is enabled is not documented, so it can't be decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from trailtui.sim import findings, moto_findings
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.operations import filters
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_MOST = 100
Finding = dict[str, Dynamic]

_TEXTS = {
    "Id": "Id", "ProductArn": "ProductArn", "AwsAccountId": "AwsAccountId", "Region": "Region",
    "GeneratorId": "GeneratorId", "Type": "Types", "Title": "Title", "Description": "Description",
    "ProductName": "ProductName", "CompanyName": "CompanyName", "RecordState": "RecordState",
    "SeverityLabel": "Severity.Label", "WorkflowStatus": "Workflow.Status",
    "VerificationState": "VerificationState", "ComplianceStatus": "Compliance.Status",
    "ComplianceSecurityControlId": "Compliance.SecurityControlId",
    "ResourceId": "Resources.Id", "ResourceType": "Resources.Type",
    "ResourceRegion": "Resources.Region",
    "ResourceAwsIamAccessKeyPrincipalName": "Resources.Details.AwsIamAccessKey.PrincipalName",
}  # fmt: skip
_NUMBERS = {"SeverityNormalized": "Severity.Normalized", "Confidence": "Confidence"}
_TIMES = {one: one for one in ("CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt")}
_UPDATABLE = ("Note", "Severity", "VerificationState", "Confidence", "Criticality", "Types",
              "UserDefinedFields", "Workflow", "RelatedFindings")  # fmt: skip


def _at(value: Dynamic, path: str) -> Iterator[Dynamic]:
    """What a path leads to, through lists too."""
    if isinstance(value, list):
        for one in cast("list[Dynamic]", value):
            yield from _at(one, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        step, _, rest = path.partition(".")
        member = cast("Mapping[str, Dynamic]", value).get(step)
        if member is not None:
            yield from _at(member, rest)


def _fits(finding: Finding, name: str, given: list[filters.Filter], now: datetime) -> bool:
    if name in _TEXTS:
        return filters.text_fits(map(str, _at(finding, _TEXTS[name])), given)
    if name in _NUMBERS:
        return filters.number_fits(map(float, _at(finding, _NUMBERS[name])), given)
    if name in _TIMES:
        moments = (filters.moment(one) for one in _at(finding, _TIMES[name]))
        return filters.moment_fits(moments, given, now)
    raise CannotDecideError(f"the simulated Security Hub does not evaluate the filter {name}")


def _enabled(call: ApiCall, caller: Credential) -> None:
    if not moto_findings.hub_enabled(caller.account, call.region):
        message = f"Account {caller.account} is not subscribed to AWS Security Hub"
        raise ServiceError("InvalidAccessException", message, 401)


def get_findings(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Findings in ASFF that meet all filters."""
    _enabled(call, caller)
    size = int(call.params.get("MaxResults", _MOST))
    if not 1 <= size <= _MOST:
        raise ServiceError("InvalidInputException", "MaxResults must be between 1 and 100.")
    asked: Mapping[str, list[filters.Filter]] = call.params.get("Filters", {})
    now = world.clock.now()
    found = [
        one
        for one in moto_findings.hub_findings(caller.account, call.region)
        if all(_fits(one, name, given, now) for name, given in asked.items() if given)
    ]
    for sort in reversed(call.params.get("SortCriteria", [])):
        field = str(sort.get("Field", ""))
        path = {**_TEXTS, **_TIMES}.get(field)
        if path is None:
            raise CannotDecideError(f"the simulated Security Hub does not sort by {field}")
        found.sort(key=_by(path), reverse=sort.get("SortOrder") == "desc")
    shown, token = page(call, found, size, "InvalidInputException")
    return {"Findings": shown} | ({"NextToken": token} if token else {})


def _by(path: str) -> Callable[[Finding], str]:
    return lambda one: str(next(_at(one, path), ""))


def batch_update_findings(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Change what a responder may change of findings; ids that are not there are told."""
    _enabled(call, caller)
    known = {
        (one["Id"], one["ProductArn"]): one
        for one in moto_findings.hub_findings(caller.account, call.region)
    }
    changes = {name: call.params[name] for name in _UPDATABLE if name in call.params}
    processed: list[Dynamic] = []
    unprocessed: list[Dynamic] = []
    for one in call.params["FindingIdentifiers"]:
        found = known.get((one["Id"], one["ProductArn"]))
        if found is None:
            unprocessed.append(
                {"FindingIdentifier": one, "ErrorCode": "FindingNotFound",
                 "ErrorMessage": "Finding Not Found"}
            )  # fmt: skip
            continue
        for name, value in changes.items():
            found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
        found["UpdatedAt"] = world.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        processed.append(one)
    return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}


_V2_KINDS: Mapping[str, Callable[[Iterator[Dynamic], list[filters.Filter], datetime], bool]] = {
    "StringFilters": lambda found, given, _: filters.text_fits(map(str, found), given),
    "NumberFilters": lambda found, given, _: filters.number_fits(map(float, found), given),
    "IpFilters": lambda found, given, _: filters.address_fits(map(str, found), given),
    "DateFilters": lambda found, given, now: filters.moment_fits(
        map(filters.moment, found), given, now
    ),
}


def _fits_v2(finding: Finding, composite: Mapping[str, Dynamic], now: datetime) -> bool:
    if unknown := sorted(set(composite) - set(_V2_KINDS) - {"Operator"}):
        raise CannotDecideError(f"the simulated Security Hub does not evaluate {unknown[0]}")
    results = [
        _V2_KINDS[kind](_at(finding, str(one["FieldName"])), [one["Filter"]], now)
        for kind, given in composite.items()
        if kind != "Operator"
        for one in given
    ]
    return any(results) if composite.get("Operator", "AND") == "OR" else all(results)


def get_findings_v2(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Findings in OCSF that meet the filters."""
    state = moto_findings.hub_v2(caller.account, call.region)
    if not state["enabled_at"]:
        raise CannotDecideError("what GetFindingsV2 answers where Security Hub is not enabled")
    if "Scopes" in call.params or "SortCriteria" in call.params:
        raise CannotDecideError("the simulated Security Hub knows no Scopes and no SortCriteria")
    size = int(call.params.get("MaxResults", _MOST))
    if not 1 <= size <= _MOST:
        raise ServiceError("ValidationException", "MaxResults must be between 1 and 100.")
    asked = call.params.get("Filters", {})
    composites: list[Mapping[str, Dynamic]] = asked.get("CompositeFilters", [])
    joined = any if asked.get("CompositeOperator", "AND") == "OR" else all
    now = world.clock.now()
    found = [
        one
        for one in state["findings"]
        if not composites or joined(_fits_v2(one, given, now) for given in composites)
    ]
    shown, token = page(call, found, size, "ValidationException")
    return {"Findings": shown} | ({"NextToken": token} if token else {})


def describe_v2(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Whether the second version is switched on."""
    state = moto_findings.hub_v2(caller.account, call.region)
    if not state["enabled_at"]:
        message = "The request was rejected because we can't find the specified resource."
        raise ServiceError("ResourceNotFoundException", message, 404)
    return {
        "HubV2Arn": f"arn:aws:securityhub:{call.region}:{caller.account}:hubv2/default",
        "SubscribedAt": state["enabled_at"].astimezone(UTC).isoformat(),
    }


def enable_v2(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Switch the second version on."""
    findings.enable(world, "securityhub-v2", region=call.region, account=caller.account)
    return {"HubV2Arn": f"arn:aws:securityhub:{call.region}:{caller.account}:hubv2/default"}


OPERATIONS = {
    "GetFindings": get_findings,
    "BatchUpdateFindings": batch_update_findings,
    "GetFindingsV2": get_findings_v2,
    "DescribeSecurityHubV2": describe_v2,
    "EnableSecurityHubV2": enable_v2,
}
