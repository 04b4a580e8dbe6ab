"""Denying one session, and leaving the other sessions of its role or user alone.

A session can't be ended and has no ARN that a policy could name. What tells it from others in each
of its requests is `aws:userid`: `AROA…:NAME` for a role's session, `ACCOUNT:NAME` for a federated
one; and `aws:SourceIdentity`, where the role was assumed with one, which role chaining keeps.
(`sts:RoleSessionName` and `sts:SourceIdentity` are keys of the request to assume a role only.)
Source: IAM User Guide, "AWS global condition context keys" and "Principal key values".
"""

import hashlib
import re
from typing import Any

from trailtui.model.entity import Entity
from trailtui.respond.action import (
    Action,
    Order,
    Parameter,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
)
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.iam_principals import (
    find_role,
    find_user,
    name_of_part,
    part_of,
    split_target,
)
from trailtui.respond.iam_surroundings import (
    LOOKS_AROUND_ROLE,
    LOOKS_AROUND_USER,
    around_role,
    around_user,
    surroundings,
)
from trailtui.respond.inline_policies import (
    DENIAL_UNDO,
    PRINCIPAL,
    InlineDenial,
    denial,
    denial_permissions,
)

PREFIX = "TrailtuiDenySession"
_SOURCE_IDENTITY = "source-identity:"
"""Before a source identity in the place of a session's name, which can hold no colon."""

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE_SESSION = re.compile(r"arn:aws[\w-]*:sts::(\d{12}):assumed-role/([\w+=,.@-]{1,64})/(.+)")
_FEDERATED = re.compile(r"arn:aws[\w-]*:sts::(\d{12}):federated-user/(.+)")


def _find_role_session(scene: Scene, target: str) -> Subject:
    """From the session's ARN, `ROLE/SESSION`, or a role and a source identity."""
    source = scene.parameters.get("source-identity")
    if source:
        role = find_role(scene, target)
        return part_of(role, "role-session", f"{_SOURCE_IDENTITY}{_session_name(source)}")
    arn = _ROLE_SESSION.fullmatch(target.strip())
    if arn:
        role, session = find_role(scene, target), arn[3]
    else:
        name, session = split_target(
            target, scene.parameters.get("session"), what="session", parameter="session"
        )
        role = find_role(scene, name)
    return part_of(role, "role-session", _session_name(session))


def _session_name(text: str) -> str:
    if not _SESSION_NAME.fullmatch(text):
        raise Refusal(
            "this is no session's name",
            where=text,
            cure="It has 2 to 64 letters, digits and _+=,.@-",
        )
    return text


def _find_federated(scene: Scene, target: str) -> Subject:
    """From the session's ARN and its user, or `USER/SESSION`."""
    arn = _FEDERATED.fullmatch(target.strip())
    if arn and not scene.parameters.get("user"):
        raise Refusal(
            "the ARN of a federated session does not name the user who made it",
            where=target,
            cure="Give --parameter user=NAME: its records have it as "
            "userIdentity.sessionContext.sessionIssuer.",
        )
    if arn:
        user, session = find_user(scene, scene.parameters["user"]), arn[2]
    else:
        name, session = split_target(
            target, scene.parameters.get("session"), what="session", parameter="session"
        )
        user = find_user(scene, name)
    return part_of(user, "federated-session", _session_name(session))


def policy_name(subject: Subject) -> str:
    """One for each session, so that several can be denied and undone apart."""
    digest = hashlib.sha256(name_of_part(subject).encode()).hexdigest()
    return f"{PREFIX}-{digest[:16]}"


def _condition(subject: Subject, present: State) -> dict[str, Any]:
    session = name_of_part(subject)
    if session.startswith(_SOURCE_IDENTITY):
        return {"aws:SourceIdentity": session.removeprefix(_SOURCE_IDENTITY)}
    if subject.kind == "federated-session":
        return {"aws:userid": f"{subject.account}:{session}"}
    return {"aws:userid": f"{present[PRINCIPAL]}:{session}"}


def _document(subject: Subject, present: State) -> dict[str, Any]:
    return denial(PREFIX, {"StringEquals": _condition(subject, present)})


DENIAL = InlineDenial(policy_name, _document)


def _look_at_role(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_role(scene, subject)
    around.fact("told by", _told_by(subject, present))
    if not name_of_part(subject).startswith(_SOURCE_IDENTITY):
        _tell_use(scene, around.facts, subject, "assumed-role")
    return surroundings(scene, subject, around, _certainty(subject, present), use=False)


def _look_at_user(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_user(scene, subject)
    around.fact("told by", _told_by(subject, present))
    _tell_use(scene, around.facts, subject, "federated-user")
    return surroundings(scene, subject, around, _certainty(subject, present), use=False)


def _tell_use(scene: Scene, facts: list[Any], subject: Subject, kind: str) -> None:
    """How the case knows the session, under the ARN that its records carry."""
    session = name_of_part(subject)
    named = session if kind == "federated-user" else f"{subject.name}/{session}"
    arn = f"arn:{subject.arn.split(':')[1]}:sts::{subject.account}:{kind}/{named}"
    facts += use_in_case(scene.case, Entity("principal", arn))


def _told_by(subject: Subject, present: State) -> str:
    ((key, value),) = _condition(subject, present).items()
    return f"{key} is {value}"


def _certainty(subject: Subject, present: State) -> str:
    return (
        f"Requests in which {_told_by(subject, present)} are denied; whoever assumes or federates "
        "under another name is not this session."
    )


_STAYS = (
    "Roles that the session assumed: their sessions act as the other role.",
    "Whoever may change IAM can take the policy away again: verify it later as well.",
)

DENY_ROLE_SESSION = Action(
    name="deny-role-session",
    title="Deny one session of a role",
    subject_kind="role-session",
    parameters=(
        Parameter("session", "the session's name, where the target is a role alone"),
        Parameter("source-identity", "deny by aws:SourceIdentity instead: the target is a role"),
    ),
    permissions=denial_permissions("Role", LOOKS_AROUND_ROLE),
    does=f"Puts an inline policy {PREFIX}-… on the role that denies everything to sessions of this "
    "name (aws:userid) or with this source identity, old and new. Other sessions go on.",
    does_not_stop=(
        "The same attacker under another session name: who may assume the role chooses it. Revoke "
        "the role's sessions, or deny the role, where that is open.",
        *_STAYS,
    ),
    can_hurt=(
        "Everybody who uses the role under the same session name is hit: services name sessions "
        "after functions and instances, Identity Center after users.",
    ),
    undo_says=DENIAL_UNDO,
    undo_warns="The session works again if it has not expired.",
    find=_find_role_session,
    read=DENIAL.read,
    change=DENIAL.change,
    restore=DENIAL.restore,
    holds=DENIAL.holds,
    look_around=_look_at_role,
    order=Order.DENY,
)

DENY_FEDERATED_SESSION = Action(
    name="deny-federated-session",
    title="Deny a federated session",
    subject_kind="federated-session",
    parameters=(
        Parameter("user", "the user who called GetFederationToken, where the target is an ARN"),
        Parameter("session", "the session's name, where the target is a user alone"),
    ),
    permissions=denial_permissions("User", LOOKS_AROUND_USER),
    does=f"Puts an inline policy {PREFIX}-… on the user that denies everything to the sessions of "
    "this name that the user federated (GetFederationToken), its console sessions too.",
    does_not_stop=(
        "The user's keys, and federated sessions of other names: who holds a key makes them at "
        "will. Deactivate the key first.",
        *_STAYS,
    ),
    can_hurt=("Everybody for whom the user federates under the same name is hit.",),
    undo_says=DENIAL_UNDO,
    undo_warns="The session works again if it has not expired (36 hours at most).",
    find=_find_federated,
    read=DENIAL.read,
    change=DENIAL.change,
    restore=DENIAL.restore,
    holds=DENIAL.holds,
    look_around=_look_at_user,
    order=Order.DENY,
)

ACTIONS = (DENY_ROLE_SESSION, DENY_FEDERATED_SESSION)
