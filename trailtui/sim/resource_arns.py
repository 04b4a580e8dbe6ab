"""The ARNs a call acts on, in services whose parameters name ids.

Source: Service Authorization Reference, "Resource types defined by" each service.
"""

from __future__ import annotations

from collections.abc import Callable

from trailtui.sim import moto_compute, moto_policies, moto_trails
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential
from trailtui.sim.protocol import ApiCall

Resources = tuple[str | None, ...]
"""All of them must be allowed."""

ANY: Resources = ("*",)
UNKNOWN: Resources = (None,)


def required(call: ApiCall) -> list[str]:
    """The parameters that an operation can't do without."""
    shape = call.model.input_shape
    return list(shape.required_members) if shape else []


def _unnamed(call: ApiCall) -> Resources:
    return UNKNOWN if required(call) else ANY


def _base(call: ApiCall, caller: Credential, service: str) -> str:
    return f"arn:aws:{service}:{call.region}:{caller.account}:"


_EC2_KINDS = {
    "InstanceId": "instance",
    "InstanceIds": "instance",
    "NetworkInterfaceId": "network-interface",
    "GroupId": "security-group",
    "GroupIds": "security-group",
    "SnapshotId": "snapshot",
    "VolumeId": "volume",
    "ImageId": "image",
    "VpcId": "vpc",
    "SubnetId": "subnet",
    "FlowLogIds": "vpc-flow-log",
}
_EC2_MADE = {
    "CreateSnapshot": "snapshot",
    "CreateSnapshots": "snapshot",
    "CreateSecurityGroup": "security-group",
    "CreateFlowLogs": "vpc-flow-log",
}
_EC2_PREFIXES = {
    "i": "instance",
    "eni": "network-interface",
    "sg": "security-group",
    "snap": "snapshot",
    "vol": "volume",
    "ami": "image",
    "vpc": "vpc",
    "subnet": "subnet",
    "fl": "vpc-flow-log",
}


def _by_prefix(base: str, number: str) -> str:
    kind = _EC2_PREFIXES.get(number.partition("-")[0])
    return f"{base}{kind or '*'}/{number}"


def _ec2(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "ec2")
    params = call.params
    if call.operation.startswith("Describe"):
        return ANY
    if call.operation == "RunInstances":
        image = f"arn:aws:ec2:{call.region}::image/{params.get('ImageId', '*')}"
        kinds = ("network-interface", "security-group", "subnet", "volume")
        return (f"{base}instance/*", image, *(f"{base}{kind}/*" for kind in kinds))
    found = [
        f"{base}{kind}/{one}" for n, kind in _EC2_KINDS.items() for one in listed(params.get(n))
    ]
    named = [*listed(params.get("Resources")), *listed(params.get("ResourceIds"))]
    named += listed(fields(params.get("InstanceSpecification")).get("InstanceId"))
    named += listed(params.get("Groups")) if call.operation.startswith("Modify") else []
    found += [_by_prefix(base, str(one)) for one in named]
    if "AssociationId" in params:
        on = moto_compute.instance_of(caller.account, call.region, str(params["AssociationId"]))
        found.append(f"{base}instance/{on or '*'}")
    if call.operation in _EC2_MADE:
        found.append(f"{base}{_EC2_MADE[call.operation]}/*")
    return tuple(found) or UNKNOWN


def key_named(call: ApiCall) -> str | None:
    """The KMS key that a call names, by its id, ARN or alias, or that a ciphertext was made by."""
    named = call.params.get("KeyId") or call.params.get("TargetKeyId")
    blob: Dynamic = call.params.get("CiphertextBlob")
    if not named and isinstance(blob, bytes):
        named = blob[:36].decode("ascii", "replace")  # moto's ciphertexts begin with the key's id
    return str(named) if named else None


def _kms(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "kms")
    named = key_named(call)
    found: list[str] = []
    if named:
        known = moto_policies.key(caller.account, call.region, str(named))
        made_up = str(named) if str(named).startswith("arn:") else f"{base}key/{named}"
        found.append(known[0] if known else made_up)
    if "AliasName" in call.params:
        found.append(base + str(call.params["AliasName"]))
    return tuple(found) or _unnamed(call)


def _lambda(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "lambda")
    name, mapping = call.params.get("FunctionName"), call.params.get("UUID")
    if mapping:
        return (f"{base}event-source-mapping:{mapping}",)
    if name:
        return (name if name.startswith("arn:") else f"{base}function:{name}",)
    if "LayerName" in call.params:
        return (f"{base}layer:{call.params['LayerName']}",)
    return _unnamed(call)


_RDS = {
    "DBSnapshotIdentifier": "snapshot",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "DBInstanceIdentifier": "db",
    "DBClusterIdentifier": "cluster",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
}


def _rds(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "rds")
    given = [(kind, str(call.params[name])) for name, kind in _RDS.items() if name in call.params]
    if given:
        return tuple(n if n.startswith("arn:") else f"{base}{kind}:{n}" for kind, n in given)
    return ANY if call.operation.startswith("Describe") else _unnamed(call)


def _autoscaling(call: ApiCall, caller: Credential) -> Resources:
    if call.operation.startswith("Describe"):
        return ANY
    name = call.params.get("AutoScalingGroupName")
    base = _base(call, caller, "autoscaling")
    if name:
        return (f"{base}autoScalingGroup:*:autoScalingGroupName/{name}",)
    return _unnamed(call)


def _balancers(call: ApiCall, caller: Credential) -> Resources:
    if call.operation.startswith("Describe"):
        return ANY
    named = [str(v) for k, v in call.params.items() if k.endswith("Arn")]
    base = _base(call, caller, "elasticloadbalancing")
    if call.service == "elb" and "LoadBalancerName" in call.params:
        named.append(f"{base}loadbalancer/{call.params['LoadBalancerName']}")
    if not named and "Name" in call.params:
        kind = "targetgroup" if "Target" in call.operation else "loadbalancer"
        named.append(f"{base}{kind}/{call.params['Name']}/*")
    return tuple(named) or _unnamed(call)


def _guardduty(call: ApiCall, caller: Credential) -> Resources:
    if "DetectorId" in call.params:
        return (f"{_base(call, caller, 'guardduty')}detector/{call.params['DetectorId']}",)
    return ANY


def _organizations(call: ApiCall, caller: Credential) -> Resources:
    organisation = moto_trails.organisation_of(caller.account)
    if organisation is None:
        return ANY
    base, ending = f"arn:aws:organizations::{organisation.management}:", f"/{organisation.id}/"
    found: list[str] = []
    if "PolicyId" in call.params:
        kind = moto_policies.policy_kind(caller.account, str(call.params["PolicyId"])).lower()
        owner = "aws" if call.params["PolicyId"] == "p-FullAWSAccess" else organisation.management
        middle = "/" if owner == "aws" else ending
        arn = f"arn:aws:organizations::{owner}:policy{middle}{kind}/{call.params['PolicyId']}"
        found.append(arn)
    for name in ("TargetId", "AccountId", "RootId", "ResourceId", "ParentId"):
        number = str(call.params.get(name, ""))
        kind = "account" if number.isdigit() else "root" if number[:2] == "r-" else "ou"
        found += [f"{base}{kind}{ending}{number}"] if number else []
    return tuple(found) or ANY


def _sso(call: ApiCall, _caller: Credential) -> Resources:
    named = [str(v) for k, v in call.params.items() if k in ("InstanceArn", "PermissionSetArn")]
    account = call.params.get("TargetId") or call.params.get("AccountId")
    return (*named, *([f"arn:aws:sso:::account/{account}"] if account else [])) or _unnamed(call)


def _identitystore(call: ApiCall, caller: Credential) -> Resources:
    found: list[str] = []
    if "IdentityStoreId" in call.params:
        store = call.params["IdentityStoreId"]
        found.append(f"arn:aws:identitystore::{caller.account}:identitystore/{store}")
    for name in ("UserId", "GroupId", "MembershipId"):
        if name in call.params:
            kind = name.removesuffix("Id").lower()
            found.append(f"arn:aws:identitystore:::{kind}/{call.params[name]}")
    return tuple(found) or _unnamed(call)


_ANYWHERE = {"trustAnchorId": "trust-anchor", "profileId": "profile"}


def _rolesanywhere(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "rolesanywhere")
    named = [f"{base}{kind}/{call.params[n]}" for n, kind in _ANYWHERE.items() if n in call.params]
    return tuple(named) or ANY


def _ssm(call: ApiCall, caller: Credential) -> Resources:
    base = _base(call, caller, "ssm")
    machines = [*listed(call.params.get("InstanceIds")), *listed(call.params.get("Target"))]
    found = [f"{_base(call, caller, 'ec2')}instance/{one}" for one in machines]
    if "DocumentName" in call.params:
        found.append(f"arn:aws:ssm:{call.region}::document/{call.params['DocumentName']}")
    names = [*listed(call.params.get("Name")), *listed(call.params.get("Names"))]
    if "Parameter" in call.operation:
        found += [f"{base}parameter/{str(one).lstrip('/')}" for one in names]
    return tuple(found) or _unnamed(call)


def _nothing(_call: ApiCall, _caller: Credential) -> Resources:
    return ANY


BY_SERVICE: dict[str, Callable[[ApiCall, Credential], Resources]] = {
    "ec2": _ec2,
    "kms": _kms,
    "lambda": _lambda,
    "rds": _rds,
    "autoscaling": _autoscaling,
    "elb": _balancers,
    "elbv2": _balancers,
    "guardduty": _guardduty,
    "organizations": _organizations,
    "sso-admin": _sso,
    "identitystore": _identitystore,
    "rolesanywhere": _rolesanywhere,
    "ssm": _ssm,
    # The account's block and AWS Config's recorder are named by no ARN.
    "s3control": _nothing,
    "config": _nothing,
}
