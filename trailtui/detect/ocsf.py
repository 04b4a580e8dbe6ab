"""Findings in the Open Cybersecurity Schema Framework, as Security Hub's GetFindingsV2 gives them.

Source: schema.ocsf.io, versions 1.0 to 1.6, category Findings (class 2001, 2003, 2004 and others
of 2xxx): `finding_info`, `cloud`, `resources`, `evidences`, `actor`, `src_endpoint`,
`observables`. Which of these each AWS product fills is not documented field by field, so each of
them is looked at wherever the schema allows it.
"""

from trailtui.detect.asff import guardduty_type
from trailtui.detect.building import Built
from trailtui.detect.envelopes import Piece
from trailtui.detect.named import Named
from trailtui.detect.node import Node, required
from trailtui.model.errors import InputError
from trailtui.model.finding import SEVERITIES, Finding

_SEVERITY_IDS = {1: "informational", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}
_FINDINGS_CATEGORY = 2
_IP_OBSERVABLE = 2
_KEY_PREFIX = "AWS::IAM::AccessKey:"


def read_ocsf(piece: Piece) -> Finding:
    """The finding in a piece. Raises InputError for what it can't be without."""
    node = Node(piece.value)
    what = "the OCSF finding"
    class_uid = node.whole("class_uid")
    if class_uid is not None and class_uid // 1000 != _FINDINGS_CATEGORY:
        raise InputError(f"class {class_uid} of OCSF is no finding")
    info = node.at("finding_info") or node.at("finding")  # class 2001 of version 1.0 has `finding`
    if not info:
        raise InputError(f"{what} has no finding_info")
    cloud = node.at("cloud")
    built = Built(piece, node, Named(_partition(node)))
    built.place(_account(cloud, node), cloud.text("region") or _first(node, "region"))
    for resource in node.items("resources"):
        _add_resource(built, resource)
    for part in (node, *node.items("evidences")):
        _add_evidence(built, part)
    for observable in node.items("observables"):
        if observable.whole("type_id") == _IP_OBSERVABLE:
            built.named.add("ip", observable.text("value"), "an observable")
    types = _types(info)
    built.detail("status", node.text("status"))
    built.detail("compliance", node.text("compliance", "status"))
    built.detail("control", node.text("compliance", "control"))
    built.detail("class", node.text("class_name"))
    title = info.text("title") or node.text("message")
    severity_id = node.whole("severity_id")
    return built.finding(
        kind="ocsf",
        id=required(info, "uid", what),
        type=types[-1] if types else title,
        types=tuple(types),
        product=node.text("metadata", "product", "name"),
        severity=None if severity_id is None else float(severity_id),
        severity_word=_severity(severity_id, node.text("severity")),
        first_ms=_moment(info, "first_seen_time"),
        last_ms=_moment(info, "last_seen_time"),
        created_ms=_moment(info, "created_time") or _moment(node, "time"),
        updated_ms=_moment(info, "modified_time") or _moment(node, "time"),
        count=node.whole("count"),
        title=title,
        description=info.text("desc"),
    )


def _types(info: Node) -> list[str]:
    found: list[str] = []
    for written in info.texts("types")[:20]:
        found += [written, guardduty_type(written)]
    return [one for one in dict.fromkeys(found) if one]


def _severity(severity_id: int | None, word: str) -> str:
    known = _SEVERITY_IDS.get(severity_id or 0, "")
    return known or (word.lower() if word.lower() in SEVERITIES else "")


def _moment(node: Node, name: str) -> int | None:
    """A time: the number of milliseconds, else its `_dt` twin in ISO 8601."""
    return node.moment(name) if name in node else node.moment(f"{name}_dt")


def _partition(node: Node) -> str:
    return node.text("cloud", "cloud_partition") or _first(node, "cloud_partition")


def _account(cloud: Node, node: Node) -> str:
    owner = next((one.word("owner", "account", "uid") for one in node.items("resources")), "")
    return cloud.word("account", "uid") or owner


def _first(node: Node, member: str) -> str:
    return next((one.text(member) for one in node.items("resources") if member in one), "")


def _add_resource(built: Built, resource: Node) -> None:
    uid, kind = resource.text("uid"), resource.text("type")
    key = uid.removeprefix(_KEY_PREFIX)
    if uid.startswith(_KEY_PREFIX) or ("accesskey" in kind.lower() and uid):
        built.named.add("credential", key.rpartition("/")[2], "the access key")
    elif uid.startswith("arn:"):
        built.named.add_arn(uid, f"the resource {kind}".rstrip())
    else:
        built.detail(kind or "resource", uid)
    built.named.add("account", resource.word("owner", "account", "uid"), "a resource's account")
    data = resource.at("data") if isinstance(resource.raw("data"), dict) else Node(None)
    access = data.at("AwsIamAccessKey") or data.at("accessKeyDetails")
    built.named.add("credential", access.word("AccessKeyId"), "the access key")
    name = access.text("PrincipalName") or access.text("userName")
    kind = access.text("PrincipalType") or access.text("userType")
    built.named.add_principal(kind, name, built.account, "the principal")


def _add_evidence(built: Built, part: Node) -> None:
    """Who, from where, with what: of the finding itself, or of one of its evidences."""
    user = part.at("actor", "user")
    built.named.add("credential", user.word("credential_uid"), "the actor's access key")
    uid, name = user.text("uid"), user.text("name")
    account = user.word("account", "uid") or built.account
    issuer = part.text("actor", "session", "issuer")
    if uid.startswith("arn:"):
        built.named.add_arn(uid, "the actor")
    elif issuer.startswith("arn:"):
        built.named.add_arn(issuer, "the actor's issuer")
    else:
        built.named.add_principal(user.text("type"), name, account, "the actor")
    built.detail("actor", name)
    built.detail("actor id", user.word("uid_alt") or uid)
    outbound = part.text("connection_info", "direction").lower() == "outbound"
    near, far = ("src_endpoint", "dst_endpoint") if outbound else ("dst_endpoint", "src_endpoint")
    built.named.add("ip", part.text(far, "ip"), "the remote address")
    built.detail("local address", part.text(near, "ip"))
    built.detail("network", part.text(far, "autonomous_system", "name"))
    built.detail("country", part.text(far, "location", "country"))
    built.named.add("agent", part.text("http_request", "user_agent"), "the user agent")
    built.detail("call", part.text("api", "operation"))
    built.detail("service", part.text("api", "service", "name"))
    built.detail("domain", part.text("query", "hostname"))
