"""The ARNs a call acts on, which resource-scoped statements are compared with.

Where an operation has no resource to name, the answer is "*"; where it has one that this file
does not know how to derive, the answer is None, and a statement that names resources then
raises instead of guessing.
"""

from __future__ import annotations

from collections.abc import Callable

from trailtui.sim import moto_backend, resource_arns
from trailtui.sim.engines import lake_names
from trailtui.sim.engines.queries import what_about
from trailtui.sim.identity import Credential, IamView, Kind
from trailtui.sim.protocol import ApiCall
from trailtui.sim.resource_arns import ANY, UNKNOWN, Resources, required

_IAM_LISTS = {
    "ListUsers": "user/",
    "ListRoles": "role/",
    "ListGroups": "group/",
    "ListPolicies": "policy/",
    "ListInstanceProfiles": "instance-profile/",
    "ListVirtualMFADevices": "mfa/",
}


_CONTAINERS = {
    "AddUserToGroup": "GroupName",
    "RemoveUserFromGroup": "GroupName",
    "AddRoleToInstanceProfile": "InstanceProfileName",
    "RemoveRoleFromInstanceProfile": "InstanceProfileName",
}
"""Calls that name what is put in or taken out as well, which is not what they act on."""


def _iam_named(base: str, call: ApiCall, view: IamView) -> str | None:
    """The ARN of what a call names: a user or role as it is, or as it would be made."""
    params, path = call.params, call.params.get("Path", "/")
    if container := _CONTAINERS.get(call.operation):
        params = {container: params.get(container, "")}  # that is their resource
    for member, known, kind in (
        ("UserName", view.users, "user"),
        ("RoleName", view.roles, "role"),
        ("GroupName", {}, "group"),
        ("PolicyArn", {}, ""),
        ("PolicyName", {}, "policy"),
        ("InstanceProfileName", {}, "instance-profile"),
        ("SerialNumber", {}, ""),
        ("SAMLProviderArn", {}, ""),
        ("OpenIDConnectProviderArn", {}, ""),
    ):
        if member in params:
            name = str(params[member])
            if not kind:
                return name
            return known[name].arn if name in known else f"{base}{kind}{path}{name}"
    return None


def _provider_to_be(base: str, call: ApiCall) -> str | None:
    """The ARN of an identity provider that a call makes."""
    if call.operation == "CreateSAMLProvider":
        return f"{base}saml-provider/{call.params.get('Name', '')}"
    if call.operation == "CreateOpenIDConnectProvider":
        return f"{base}oidc-provider/{str(call.params.get('Url', '')).removeprefix('https://')}"
    return None


def _iam(call: ApiCall, caller: Credential, view: IamView) -> Resources:
    base = f"arn:aws:iam::{caller.account}:"
    params = call.params
    if call.operation in _IAM_LISTS:
        return (base + _IAM_LISTS[call.operation] + params.get("PathPrefix", "/").strip("/"),)
    for member in ("PolicySourceArn", "Arn"):
        if member in params:
            return (str(params[member]),)
    named = _provider_to_be(base, call) or _iam_named(base, call, view)
    if named:
        return (named,)
    members = call.model.input_shape.members if call.model.input_shape else {}
    if "UserName" in members and caller.kind is Kind.ROOT:
        return (base + "root",)
    if "UserName" in members and caller.kind in (Kind.ACCESS_KEY, Kind.SESSION_TOKEN):
        # Without a UserName these act on the caller.
        return (view.users[caller.issuer].arn,)
    return ANY if not required(call) else UNKNOWN


def _sts(call: ApiCall, caller: Credential, _: IamView) -> Resources:
    if "RoleArn" in call.params:
        return (str(call.params["RoleArn"]),)
    if "TargetPrincipal" in call.params:
        target = str(call.params["TargetPrincipal"])
        return (target if target.startswith("arn:") else f"arn:aws:iam::{target}:root",)
    if call.operation == "GetFederationToken":
        return (f"arn:aws:sts::{caller.account}:federated-user/{call.params.get('Name', '')}",)
    return ANY


def _s3(call: ApiCall, _caller: Credential, _view: IamView) -> Resources:
    bucket = call.params.get("Bucket")
    if not bucket:
        return ANY
    arn = f"arn:aws:s3:::{bucket}"
    if call.operation == "DeleteObjects":
        return tuple(f"{arn}/{o['Key']}" for o in call.params.get("Delete", {}).get("Objects", []))
    key = call.params.get("Key")
    return (f"{arn}/{key}",) if key else (arn,)


def _cloudtrail(call: ApiCall, caller: Credential, _: IamView) -> Resources:
    name = call.params.get("Name") or call.params.get("TrailName")
    if name:
        trail = f"arn:aws:cloudtrail:{call.region}:{caller.account}:trail/{name}"
        return (str(name) if str(name).startswith("arn:") else trail,)
    named = _stores(call)
    if named:
        base = f"arn:aws:cloudtrail:{call.region}:{caller.account}:eventdatastore/"
        return tuple(f"{base}{one.rpartition('/')[2]}" for one in named)
    return ANY if not required(call) else UNKNOWN


def _stores(call: ApiCall) -> list[str]:
    """The event data stores of a call: named, in its query, or of the query that it asks for."""
    if "EventDataStore" in call.params:
        return [str(call.params["EventDataStore"])]
    if call.operation == "StartQuery":
        return lake_names.named_in(str(call.params.get("QueryStatement", ""))) or ["*"]
    if call.operation in ("DescribeQuery", "GetQueryResults", "CancelQuery"):
        return [*what_about(str(call.params.get("QueryId", "")))] or ["*"]
    return []


def _athena(call: ApiCall, caller: Credential, _: IamView) -> Resources:
    base = f"arn:aws:athena:{call.region}:{caller.account}:"
    if call.operation in ("GetTableMetadata", "ListTableMetadata", "GetDatabase"):
        return (f"{base}datacatalog/{call.params.get('CatalogName', 'AwsDataCatalog')}",)
    queries: list[str] = list(call.params.get("QueryExecutionIds", []))
    queries += [call.params["QueryExecutionId"]] if "QueryExecutionId" in call.params else []
    groups = [group for query in queries for group in what_about(query)]
    groups = groups or [str(call.params.get("WorkGroup", "primary"))]
    return tuple(f"{base}workgroup/{group}" for group in groups)


def _logs(call: ApiCall, caller: Credential, _: IamView) -> Resources:
    base = f"arn:aws:logs:{call.region}:{caller.account}:log-group:"
    if call.operation == "StartQuery":
        named = [
            *call.params.get("logGroupIdentifiers", []),
            *call.params.get("logGroupNames", []),
        ]
        named += [call.params["logGroupName"]] if "logGroupName" in call.params else []
        arns = [one if str(one).startswith("arn:") else f"{base}{one}" for one in named]
        return tuple(f"{str(one).removesuffix(':*')}:*" for one in arns) or ANY
    if call.operation in ("GetQueryResults", "StopQuery", "DescribeQueries", "GetLogRecord"):
        return ANY
    name = call.params.get("logGroupName") or call.params.get("logGroupNamePrefix")
    if name:
        return (f"{base}{name}:*",)
    return (f"{base}*",) if not required(call) else UNKNOWN


def _secretsmanager(call: ApiCall, caller: Credential, _: IamView) -> Resources:
    secret = call.params.get("SecretId")
    if secret:
        arn = moto_backend.secret_arn(caller.account, call.region, secret)
        # The documented form for a name without its random ending.
        made_up = f"arn:aws:secretsmanager:{call.region}:{caller.account}:secret:{secret}"
        return (arn or made_up,)
    if call.operation == "CreateSecret":
        name = call.params.get("Name", "")
        return (f"arn:aws:secretsmanager:{call.region}:{caller.account}:secret:{name}",)
    return ANY if not required(call) else UNKNOWN


def _other(call: ApiCall, _caller: Credential, _view: IamView) -> Resources:
    # An operation that needs no parameter can't be aimed at one resource.
    return ANY if not required(call) else UNKNOWN


def _without_view(
    derive: Callable[[ApiCall, Credential], Resources],
) -> Callable[[ApiCall, Credential, IamView], Resources]:
    return lambda call, caller, _view: derive(call, caller)


_BY_SERVICE: dict[str, Callable[[ApiCall, Credential, IamView], Resources]] = {
    "iam": _iam,
    "sts": _sts,
    "s3": _s3,
    "cloudtrail": _cloudtrail,
    "athena": _athena,
    "logs": _logs,
    "secretsmanager": _secretsmanager,
    **{service: _without_view(f) for service, f in resource_arns.BY_SERVICE.items()},
}


def resources_of(call: ApiCall, caller: Credential, view: IamView) -> Resources:
    """The resources a call acts on, for the statements that name some."""
    return _BY_SERVICE.get(call.service, _other)(call, caller, view)
