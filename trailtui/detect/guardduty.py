"""GuardDuty's own findings, as EventBridge and its API give them.

Sources: GuardDuty User Guide "Finding details" and "Severity levels of GuardDuty findings"; the
service model of the API (Finding, Resource, Service, Sequence).
"""

import re

from trailtui.detect.building import Built, severity_by_bounds
from trailtui.detect.envelopes import Piece, decode
from trailtui.detect.named import Named
from trailtui.detect.node import Node, cleaned, required
from trailtui.model.errors import InputError
from trailtui.model.finding import Finding

SEVERITIES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")

_ACTIONS = (
    "awsApiCallAction", "networkConnectionAction", "dnsRequestAction", "kubernetesApiCallAction",
    "rdsLoginAttemptAction",
)  # fmt: skip

_ARNS = (
    ("lambdaDetails", "functionArn"),
    ("eksClusterDetails", "arn"),
    ("ecsClusterDetails", "arn"),
    ("rdsDbInstanceDetails", "dbInstanceArn"),
    ("rdsLimitlessDbDetails", "dbShardGroupArn"),
    ("ebsSnapshotDetails", "snapshotArn"),
    ("ec2ImageDetails", "imageArn"),
    ("recoveryPointDetails", "recoveryPointArn"),
    ("bedrockGuardrailDetails", "guardrailArn"),
)


def read_guardduty(piece: Piece) -> Finding:
    """The finding in a piece. Raises InputError for what it can't be without."""
    node = Node(piece.value)
    what = "the GuardDuty finding"
    kind = required(node, "type", what)
    if ":" not in kind:
        raise InputError(f"{what} has a type without a colon, so it is none of GuardDuty's")
    built = Built(piece, node, Named(node.text("partition")))
    built.place(node.word("accountId"), node.text("region"))
    service = node.at("service")
    add_resource(built, node.at("resource"))
    add_action(built, service.at("action"))
    add_sequence(built, service.at("detection", "sequence"))
    built.detail("resource role", service.text("resourceRole"))
    built.detail("feature", service.text("featureName"))
    info = _additional(service.at("additionalInfo"))
    built.detail("threat list", info.text("threatListName"))
    if service.truth("archived"):
        built.detail("archived", "yes")
    if info.raw("sample") is True or node.text("title").startswith("[SAMPLE]"):
        built.lacks("it is a sample that somebody had GuardDuty make up")
    severity = node.number("severity")
    return built.finding(
        kind="guardduty",
        id=required(node, "id", what),
        type=kind,
        types=(kind,),
        product="GuardDuty",
        severity=severity,
        severity_word=severity_by_bounds(severity, SEVERITIES),
        first_ms=service.moment("eventFirstSeen"),
        last_ms=service.moment("eventLastSeen"),
        created_ms=node.moment("createdAt"),
        updated_ms=node.moment("updatedAt"),
        count=service.whole("count"),
    )


def _additional(info: Node) -> Node:
    """EventBridge has an object there, the API the same as JSON in a text."""
    value = info.raw("value")
    if not isinstance(value, str) or not value:
        return info
    try:
        decoded = decode(value)
    except (ValueError, InputError):
        return info
    return Node(decoded, info.child("value"), info.faults)


def add_resource(built: Built, resource: Node) -> None:
    """What a finding is about: the access key with its owner, an instance, buckets and the like."""
    key = resource.at("accessKeyDetails")
    built.named.add("credential", key.word("accessKeyId"), "the access key")
    name, kind = key.text("userName"), key.text("userType")
    built.named.add_principal(kind, name, built.account, "the principal")
    for label, member in (
        ("user type", "userType"), ("user name", "userName"), ("principal id", "principalId"),
    ):  # fmt: skip
        built.detail(label, key.word(member))
    _add_instance(built, resource.at("instanceDetails"))
    for bucket in resource.items("s3BucketDetails"):
        _add_bucket(built, bucket.text("arn") or bucket.text("name"))
    for member, arn in _ARNS:
        built.named.add_arn(resource.text(member, arn), f"the ARN in {member}")
    for volume in resource.items("ebsVolumeDetails", "scannedVolumeDetails"):
        built.named.add_arn(volume.text("volumeArn"), "the volume")
    kubernetes = resource.at("kubernetesDetails")
    built.detail("Kubernetes user", kubernetes.text("kubernetesUserDetails", "username"))
    built.detail("Kubernetes workload", kubernetes.text("kubernetesWorkloadDetails", "name"))
    built.detail("database user", resource.text("rdsDbUserDetails", "user"))
    built.detail("resource type", resource.text("resourceType"))


def _add_instance(built: Built, instance: Node) -> None:
    """An instance, by the ARN that IAM and the records of EC2's resources use."""
    number = instance.text("instanceId")
    if _INSTANCE.fullmatch(number) and built.account and built.region:
        arn = f"arn:{built.named.partition}:ec2:{built.region}:{built.account}:instance/{number}"
        built.named.add("resource", arn, "the instance")
    elif number:
        built.named.remark(f"the instance is kept as text: {number!r:.100}")
    built.detail("instance", number)
    profile = instance.text("iamInstanceProfile", "arn")
    built.named.add("resource", profile, "the instance profile")
    for interface in instance.items("networkInterfaces"):
        # the victim's own addresses: worth knowing, but not who did it
        built.detail("the instance's public address", interface.text("publicIp"))
        built.detail("the instance's private address", interface.text("privateIpAddress"))


def _add_bucket(built: Built, arn_or_name: str) -> None:
    if _BUCKET.fullmatch(arn_or_name):
        arn_or_name = f"arn:{built.named.partition}:s3:::{arn_or_name}"
    built.named.add("resource", arn_or_name, "the bucket")


def add_action(built: Built, action: Node) -> None:
    """What was done and from where: the far end is an entity, the near end a detail."""
    for name in _ACTIONS:
        _add_call(built, action.at(name))
    for probe in action.items("portProbeAction", "portProbeDetails"):
        _add_call(built, probe)
    built.detail("action", action.text("actionType"))


def _add_call(built: Built, call: Node) -> None:
    remote = call.at("remoteIpDetails")
    for version in ("ipAddressV4", "ipAddressV6"):
        built.named.add("ip", remote.text(version), "the remote address")
        built.detail("local address", call.text("localIpDetails", version))
    built.named.add("agent", call.text("userAgent"), "the user agent")
    built.named.add("account", call.word("remoteAccountDetails", "accountId"), "the remote account")
    organization = remote.at("organization")
    built.detail("network", organization.text("org") or organization.text("asnOrg"))
    built.detail("country", remote.text("country", "countryName"))
    for label, member in (("call", "api"), ("service", "serviceName"), ("error", "errorCode"),
                          ("caller type", "callerType"), ("domain", "domain")):  # fmt: skip
        built.detail(label, call.text(member))
    built.detail("domain", call.text("domainDetails", "domain"))
    if "affectedResources" in call and call.raw("affectedResources") != "":
        _add_affected(built, call.at("affectedResources"))


def _add_affected(built: Built, affected: Node) -> None:
    """A map of type to id: an ARN or a bucket is a resource, anything else a detail."""
    for kind in affected.names()[:20]:
        value = affected.raw(kind)
        if not isinstance(value, str):
            continue
        if value.startswith("arn:"):
            built.named.add_arn(cleaned(value), "the affected resource")
        elif kind == "aws::s3::bucket" and _BUCKET.fullmatch(value):
            _add_bucket(built, value)
        built.detail(f"affected {cleaned(kind)[:60]}", value)


def add_sequence(built: Built, sequence: Node) -> None:
    """The actors, endpoints and resources of an attack sequence (Extended Threat Detection)."""
    for actor in sequence.items("actors"):
        user = actor.at("user")
        built.named.add("credential", user.word("credentialUid"), "an actor's access key")
        account = user.word("account", "uid") or built.account
        built.named.add_principal(user.text("type"), user.text("name"), account, "an actor")
        built.detail("actor", user.word("uid"))
        issuer = actor.text("session", "issuer")
        if issuer.startswith("arn:"):
            built.named.add_arn(issuer, "an actor's issuer")
    for endpoint in sequence.items("endpoints"):
        built.named.add("ip", endpoint.text("ip"), "an endpoint's address")
        built.detail("domain", endpoint.text("domain"))
    for resource in sequence.items("resources"):
        uid = resource.text("uid")
        if uid.startswith("arn:"):
            built.named.add_arn(uid, "a resource")
        key = resource.at("data", "accessKey")
        built.named.add_principal(
            key.text("userType"), key.text("userName"), built.account, "an access key's owner"
        )
    for signal in sequence.items("signals"):
        built.detail("signal", signal.text("name") or signal.text("type"))
