"""Security Hub's findings in AWS Security Finding Format (ASFF).

Sources: Security Hub User Guide "ASFF syntax" and "Severity"; a real finding of GuardDuty in this
format, which has its key only in the resource's Id and its action in ProductFields too, with
slashes in the names; its types are respelled (`TTPs/Policy:IAMUser-RootCredentialUsage`).
"""

import re
from typing import Any, cast

from trailtui.detect.building import Built, severity_by_bounds
from trailtui.detect.envelopes import Piece
from trailtui.detect.guardduty import add_action, add_sequence
from trailtui.detect.named import Named
from trailtui.detect.node import Node, required
from trailtui.model.finding import SEVERITIES, Finding

_NORMALIZED = ((90.0, "critical"), (70.0, "high"), (40.0, "medium"), (1.0, "low"))
_KEY_PREFIX = "AWS::IAM::AccessKey:"
_ACCOUNT_PREFIX = "AWS::::Account:"
_LAST_OF_TYPE = re.compile(r"(?:TTPs|Effects|Unusual Behaviors)/(?:[^:]*/)?(\w+:\w+)[-/](.+)")
_DEEPEST_FIELD = 10


def read_asff(piece: Piece) -> Finding:
    """The finding in a piece. Raises InputError for what it can't be without."""
    node = Node(piece.value)
    what = "the ASFF finding"
    found_id = required(node, "Id", what)
    product_arn = required(node, "ProductArn", what)
    built = Built(piece, node, Named(product_arn.split(":")[1] if ":" in product_arn else ""))
    built.place(node.word("AwsAccountId"), node.text("Region"))
    for resource in node.items("Resources"):
        _add_resource(built, resource)
    add_action(built, node.at("Action"))
    add_sequence(built, node.at("Detection", "Sequence"))
    product = node.text("ProductName") or product_arn.rpartition("/")[2]
    service = _guardduty_fields(node)
    add_action(built, service.at("action"))
    _add_network(built, node)
    _add_states(built, node)
    types = _all_types(node)
    label = node.text("Severity", "Label").lower()
    score = node.number("Severity", "Normalized")
    return built.finding(
        kind="securityhub",
        id=found_id,
        type=types[-1] if types else node.text("GeneratorId"),
        types=tuple(types),
        product=product,
        severity=score,
        severity_word=label if label in SEVERITIES else severity_by_bounds(score, _NORMALIZED),
        first_ms=node.moment("FirstObservedAt") or service.moment("eventFirstSeen"),
        last_ms=node.moment("LastObservedAt") or service.moment("eventLastSeen"),
        created_ms=node.moment("CreatedAt"),
        updated_ms=node.moment("UpdatedAt"),
        count=_count(service),
    )


def _all_types(node: Node) -> list[str]:
    """Its types, each followed by GuardDuty's own spelling where it is one of GuardDuty's."""
    types: list[str] = []
    for written in node.texts("Types")[:20]:
        types.append(written)
        respelled = guardduty_type(written)
        if respelled:
            types.append(respelled)
    return list(dict.fromkeys(types))


def guardduty_type(written: str) -> str:
    """`TTPs/Policy:IAMUser-RootCredentialUsage` as GuardDuty has it; empty for any other type."""
    found = _LAST_OF_TYPE.fullmatch(written)
    return f"{found[1]}/{found[2]}" if found else ""


def _guardduty_fields(node: Node) -> Node:
    """GuardDuty's `service` object, from ProductFields whose names are its paths."""
    tree: dict[str, Any] = {}
    fields = node.at("ProductFields")
    for name in fields.names():
        value = fields.raw(name)
        steps = name.split("/")
        if steps[:3] != ["aws", "guardduty", "service"] or len(steps) > _DEEPEST_FIELD:
            continue
        if isinstance(value, str) and value:
            _put(tree, steps[3:], value)
    return Node(tree, "ProductFields", node.faults)


def _put(tree: dict[str, Any], steps: list[str], value: str) -> None:
    """Hang a value under its path; where a text stands in the way, the path wins."""
    for step in steps[:-1]:
        if not isinstance(tree.get(step), dict):
            tree[step] = {}
        tree = cast("dict[str, Any]", tree[step])
    tree.setdefault(steps[-1], value)


def _count(service: Node) -> int | None:
    text = service.text("count")
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def _add_resource(built: Built, resource: Node) -> None:
    """One of Resources: an access key with its owner, a user, a role, or anything with an ARN."""
    kind, uid = resource.text("Type"), resource.text("Id")
    key = resource.at("Details", "AwsIamAccessKey")
    if kind == "AwsIamAccessKey" or key:
        in_id = uid.removeprefix(_KEY_PREFIX) if uid.startswith(_KEY_PREFIX) else ""
        built.named.add("credential", key.word("AccessKeyId") or in_id, "the access key")
        _add_owner(built, key)
    elif uid.startswith("arn:"):
        built.named.add_arn(uid, f"the resource {kind}".rstrip())
    elif uid.startswith(_ACCOUNT_PREFIX):
        built.named.add("account", uid.removeprefix(_ACCOUNT_PREFIX), "the resource AwsAccount")
    else:
        built.detail(kind or "resource", uid)
    profile = resource.text("Details", "AwsEc2Instance", "IamInstanceProfileArn")
    built.named.add("resource", profile, "the instance profile")


def _add_owner(built: Built, key: Node) -> None:
    issuer = key.at("SessionContext", "SessionIssuer")
    issuer_arn = issuer.text("Arn")
    if issuer_arn.startswith("arn:"):
        built.named.add_arn(issuer_arn, "the session's issuer")
    else:
        account = key.word("AccountId") or built.account
        name = key.text("PrincipalName") or key.text("UserName")
        built.named.add_principal(key.text("PrincipalType"), name, account, "the principal")
    built.detail("user type", key.text("PrincipalType"))
    built.detail("principal id", key.word("PrincipalId"))


def _add_network(built: Built, node: Node) -> None:
    network = node.at("Network")
    inbound = network.text("Direction").upper() != "OUT"
    for member in ("SourceIpV4", "SourceIpV6", "DestinationIpV4", "DestinationIpV6"):
        address = network.text(member)
        if member.startswith("Source") == inbound:
            built.named.add("ip", address, "the remote address")
        else:
            built.detail("local address", address)
    for indicator in node.items("ThreatIntelIndicators"):
        value = indicator.text("Value")
        if indicator.text("Type") in ("IPV4_ADDRESS", "IPV6_ADDRESS"):
            built.named.add("ip", value, "an indicator")
        else:
            built.detail("indicator", value)


def _add_states(built: Built, node: Node) -> None:
    built.detail("workflow", node.text("Workflow", "Status"))
    built.detail("record state", node.text("RecordState"))
    built.detail("compliance", node.text("Compliance", "Status"))
    built.detail("control", node.text("Compliance", "SecurityControlId"))
    if node.truth("Sample"):
        built.lacks("it is a sample that somebody had made up")
