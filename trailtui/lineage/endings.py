"""Calls that end what a tree is made of, by whomever: deletions, deactivations, denials."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from trailtui.lineage.calls import Call, Json, text
from trailtui.lineage.documents import policy_document, policy_statements, texts_in
from trailtui.lineage.drafts import Draft, last_name, strings_in
from trailtui.lineage.nodes import NodeKind
from trailtui.model.times import parse_event_time

ENDING = frozenset(
    {
        "DeleteAccessKey", "UpdateAccessKey", "DeleteUser", "CreateUser", "DeleteLoginProfile",
        "CreateLoginProfile", "DeleteRole", "CreateRole", "PutUserPolicy", "PutRolePolicy",
        "DeleteUserPolicy", "DeleteRolePolicy", "AttachUserPolicy", "AttachRolePolicy",
        "DetachUserPolicy", "DetachRolePolicy", "TerminateInstances", "DeleteFunction20150331",
        "DeleteSAMLProvider", "DeleteOpenIDConnectProvider", "DeleteTrustAnchor",
        "DisableTrustAnchor", "EnableTrustAnchor",
    }
)  # fmt: skip
_DENY_ALL = "AWSDenyAll"


@dataclass(frozen=True, slots=True)
class Ended:
    """That something is over."""

    at_ms: int
    why: str
    event: int


@dataclass(slots=True)
class Fate:
    """What became of the users, roles, keys and the rest of a case, after all calls."""

    gone: dict[str, Ended] = field(default_factory=dict[str, Ended])
    """By key id, bare ARN, instance id: deleted or switched off, and not back since."""
    denied: dict[tuple[str, str], tuple[int | None, Ended]] = field(
        default_factory=dict[tuple[str, str], tuple[int | None, Ended]]
    )
    """By bare ARN and policy: sessions from before this moment (None: everything)."""

    def of(self, draft: Draft) -> Ended | None:
        """What ended a node; None where no call did."""
        for name in (draft.id, bare(draft.id)):
            if name in self.gone:
                return self.gone[name]
        holder = bare(draft.principal or "")
        if draft.kind is NodeKind.PROVIDER or not holder:
            return None
        gone = self.gone.get(holder)
        if gone is not None and (draft.issued_ms is None or draft.issued_ms <= gone.at_ms):
            return gone
        return self._denial(draft, holder)

    def _denial(self, draft: Draft, holder: str) -> Ended | None:
        temporary = draft.kind in (NodeKind.SESSION, NodeKind.CONSOLE)
        for (name, _), (cut_ms, ended) in self.denied.items():
            if name != holder or draft.kind in (NodeKind.FUNCTION, NodeKind.INSTANCE):
                continue
            if cut_ms is None or (temporary and (draft.issued_ms or cut_ms) < cut_ms):
                return ended
        return None


def bare(arn: str) -> str:
    """An IAM ARN without its path: IAM's names are unique in an account whatever their path."""
    front, _, resource = arn.rpartition(":")
    kind, slash, rest = resource.partition("/")
    if not slash or kind not in ("user", "role", "group"):
        return arn
    return f"{front}:{kind}/{rest.rpartition('/')[2]}"


def fate(calls: Iterable[Call]) -> Fate:
    """What became of everything, from all calls of ENDING in the order of time."""
    result = Fate()
    for call in calls:
        if call.source == "iam.amazonaws.com":
            _iam(result, call)
        else:
            _others(result, call)
    return result


def _iam(result: Fate, call: Call) -> None:
    request = call.request
    key, user, role = (text(request, name) for name in ("accessKeyId", "userName", "roleName"))
    holder = f"arn:aws:iam::{call.account}:" + (f"user/{user}" if user else f"role/{role}")
    ended = Ended(call.at_ms, f"{call.name} by {_who(call)}", call.row)
    match call.name:
        case "DeleteAccessKey" if key:
            result.gone[key] = ended
        case "UpdateAccessKey" if key:
            if text(request, "status") == "Inactive":
                result.gone[key] = ended
            elif key in result.gone:
                del result.gone[key]
        case "DeleteUser" | "DeleteRole":
            result.gone[holder] = ended
        case "DeleteLoginProfile" if user:
            result.gone[f"{holder} password"] = ended
        case "CreateLoginProfile":
            result.gone.pop(f"{holder} password", None)
        case "CreateUser" | "CreateRole":
            # A namesake is someone else: what was issued before stays over (see Fate.of).
            pass
        case "DeleteSAMLProvider" | "DeleteOpenIDConnectProvider":
            for arn in strings_in([request], re.compile(r"arn:.+")):
                result.gone[arn] = ended
        case _:
            _policy(result, call, holder, ended)


def _who(call: Call) -> str:
    return last_name(call.caller.arn or call.caller.principal) or "somebody"


def _policy(result: Fate, call: Call, holder: str, ended: Ended) -> None:
    """A policy that denies everything, put on or taken off a user or a role."""
    name = text(call.request, "policyName") or text(call.request, "policyArn") or ""
    if call.name.startswith(("Delete", "Detach")):
        result.denied.pop((holder, name), None)
        return
    if call.name.startswith("Attach"):
        if last_name(name) == _DENY_ALL:
            result.denied[holder, name] = (None, ended)
        return
    result.denied.pop((holder, name), None)
    denial = _denial_of(call)
    if denial is not None:
        result.denied[holder, name] = (denial or None, ended)


def _denial_of(call: Call) -> int | None:
    """0: the policy denies everything; else the moment before which sessions are denied all."""
    for statement in policy_statements(policy_document(call)):
        if statement.get("Effect") != "Deny":
            continue
        if "*" not in texts_in(statement.get("Action")):
            continue
        if "*" not in texts_in(statement.get("Resource")):
            continue
        condition = statement.get("Condition")
        if not condition:
            return 0
        if isinstance(condition, dict) and list(cast("Json", condition)) == ["DateLessThan"]:
            cut = text(statement, "Condition", "DateLessThan", "aws:TokenIssueTime")
            return parse_event_time(cut) if cut else None
    return None


def _others(result: Fate, call: Call) -> None:
    ended = Ended(call.at_ms, f"{call.name} by {_who(call)}", call.row)
    if call.name == "TerminateInstances":
        for instance in strings_in([call.request, call.response], re.compile(r"i-[0-9a-fA-F]+")):
            result.gone[instance] = ended
    elif call.name == "DeleteFunction20150331":
        name = last_name(text(call.request, "functionName"))
        result.gone[f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"] = ended
    elif call.name in ("DeleteTrustAnchor", "DisableTrustAnchor", "EnableTrustAnchor"):
        sought = text(call.request, "trustAnchorId") or ""
        arns = strings_in([call.request, call.response], re.compile(r"arn:.+"))
        arns.append(f"arn:aws:rolesanywhere:{call.region}:{call.account}:trust-anchor/{sought}")
        for arn in arns:
            if call.name == "EnableTrustAnchor":
                result.gone.pop(arn, None)
            else:
                result.gone[arn] = ended
