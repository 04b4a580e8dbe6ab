"""Putting a role's trust policy back: who may assume it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import Recorded, concerns, former, in_order, recorded
from trailtui.respond.iam_policy_changes import document_of
from trailtui.respond.iam_principals import find_role
from trailtui.respond.iam_surroundings import LOOKS_AROUND_ROLE, around_role, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.looking import document_text, parsed_document, trusted_principals

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

_DOCUMENT = {"UpdateAssumeRolePolicy": "policyDocument", "CreateRole": "assumeRolePolicyDocument"}
"""The calls that set a trust policy, and under which name their records have it."""


def _read(aws: "AwsSession", subject: Subject) -> State:
    try:
        role = aws.read("iam", "GetRole", RoleName=subject.name).values["Role"]
    except NotFound:
        return {PRINCIPAL: None, "trust": None, "exact": None}
    text = document_text(role["AssumeRolePolicyDocument"])
    return {PRINCIPAL: role["RoleId"], "trust": parsed_document(text), "exact": text}


def trust_changes(case: "Case", subject: Subject) -> list[Recorded]:
    """The calls in the case that set the role's trust, in time order, from its last making on."""
    calls = [
        call
        for call in recorded(case, subject.account, tuple(_DOCUMENT))
        if concerns(call, roleName=subject.name) and call.request.get(_DOCUMENT[call.name])
    ]
    calls.sort(key=lambda call: (call.at_ms, call.name != "CreateRole"))
    made = [place for place, call in enumerate(calls) if call.name == "CreateRole"]
    return calls[made[-1] :] if made else calls


def _former(scene: Scene, subject: Subject, present: State) -> Mapping[str, str]:
    """The parameters with the trust that is put back, and the event that it comes from."""
    given = dict(scene.parameters)
    if "document" in given:
        return given
    calls = in_order(trust_changes(scene.case, subject), "policyDocument", present["trust"])
    chosen = former(calls, given.get("from-event"))
    if chosen is None:
        raise Refusal(
            "the case has no event that tells whom the role trusted before",
            where=subject.id,
            cure="Collect older events (CreateRole, UpdateAssumeRolePolicy), or give the text: "
            "--parameter document='{...}'.",
        )
    text = str(chosen.request[_DOCUMENT[chosen.name]])
    return {**given, "from-event": chosen.event_id, "document": text}


def _set(subject: Subject, document: str) -> ApiCall:
    named = {"RoleName": subject.name, "PolicyDocument": document}
    return ApiCall("iam", "UpdateAssumeRolePolicy", named)


def _put_back(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    text = document_of(parameters)
    parsed = json.loads(text)
    if present["trust"] == parsed:
        raise AlreadyDone("the role trusts exactly those already", where=subject.id)
    return Change((_set(subject, text),), {**present, "trust": parsed, "exact": text})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set(subject, prior["exact"]),), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_role(scene, subject)
    for call in trust_changes(scene.case, subject)[-3:]:
        told = trusted_principals(parsed_document(str(call.request[_DOCUMENT[call.name]])))
        around.fact("trust set", f"{call.says()}: {', '.join(told) or 'nobody'}")
    around.fact("trusted now", ", ".join(trusted_principals(present["trust"])) or "nobody")
    certainty = f"IAM knows {subject.arn}. A former trust is as true as the record that tells it."
    return surroundings(scene, subject, around, certainty)


RESTORE_ROLE_TRUST = Action(
    name="restore-role-trust",
    title="Restore a role's trust policy",
    subject_kind="role",
    parameters=(
        Parameter("document", "the trust policy's text; else the case's events tell it"),
        Parameter("from-event", "the event whose text is put back; else the one before the last"),
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetRole"),
        look=LOOKS_AROUND_ROLE,
        apply=("iam:UpdateAssumeRolePolicy", "iam:GetRole"),
        undo=("iam:UpdateAssumeRolePolicy", "iam:GetRole"),
    ),
    does="Sets the role's trust policy to what it was before the last change that the case knows "
    "of (UpdateAssumeRolePolicy, CreateRole), or to the text that is given.",
    does_not_stop=(
        "Sessions of the role that live already: revoke them (revoke-role-sessions).",
        "Whom the former trust let in as well, an account's every identity among them.",
        "Whoever changed it can change it again: contain that credential first.",
    ),
    can_hurt=(
        "Whoever was let in since, lawfully too, can no longer assume the role.",
        "AWS refuses a trust that names a user or role which no longer exists.",
    ),
    undo_says="Sets the trust policy that stood at the time of the plan, to the byte.",
    undo_warns="The role trusts the attacker again.",
    find=find_role,
    read=_read,
    change=_put_back,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    complete=_former,
)

ACTIONS = (RESTORE_ROLE_TRUST,)
