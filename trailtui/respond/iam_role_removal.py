"""Removing a role that the attacker made.

Source: IAM User Guide, "Deleting roles or instance profiles" (AWS CLI).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Scene,
    State,
    Subject,
    Surroundings,
)
from trailtui.respond.case_changes import Recorded, concerns, members, recorded
from trailtui.respond.iam_principals import find_role, unique_id
from trailtui.respond.iam_surroundings import around_role, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import ATTACKERS, FORCE, no_way_back, refuse_unless_attackers
from trailtui.respond.looking import document_text

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_NOTHING: State = {PRINCIPAL: None, "instance_profiles": [], "attached": [], "inline": []}


def maker_of(scene: Scene, subject: Subject, present_id: str | None) -> Recorded | None:
    """The event of the case in which this role was made; not that of a namesake before it."""
    made = [
        call
        for call in recorded(scene.case, subject.account, ("CreateRole",))
        if concerns(call, roleName=subject.name)
        and members(call.answer.get("role")).get("roleId") in (None, present_id)
    ]
    return made[-1] if made else None


def _find(scene: Scene, target: str) -> Subject:
    subject = find_role(scene, target)
    present_id = unique_id(scene.aws, subject)
    refuse_unless_attackers(scene, subject, maker_of(scene, subject, present_id), "CreateRole")
    return subject


def _read(aws: "AwsSession", subject: Subject) -> State:
    named = {"RoleName": subject.name}
    principal = unique_id(aws, subject)
    if principal is None:
        return dict(_NOTHING)
    profiles = aws.read_all("iam", "ListInstanceProfilesForRole", "InstanceProfiles", **named)
    attached = aws.read_all("iam", "ListAttachedRolePolicies", "AttachedPolicies", **named)
    inline = sorted(aws.read_all("iam", "ListRolePolicies", "PolicyNames", **named))
    return {
        PRINCIPAL: principal,
        "instance_profiles": sorted(one["InstanceProfileName"] for one in profiles),
        "attached": sorted(one["PolicyArn"] for one in attached),
        "inline": inline,
        "exact": {name: _text(aws, named, name) for name in inline},
    }


def _text(aws: "AwsSession", named: dict[str, str], policy: str) -> str:
    """An inline policy's text: evidence, as it is gone with the role."""
    values = aws.read("iam", "GetRolePolicy", **named, PolicyName=policy).values
    return document_text(values["PolicyDocument"])


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present[PRINCIPAL] is None:
        raise AlreadyDone("the role is gone already", where=subject.id)
    named = {"RoleName": subject.name}
    inline = sorted(
        present["inline"], key=lambda one: (one.startswith(("Trailtui", "AWSRev")), one)
    )
    steps = (
        ("RemoveRoleFromInstanceProfile", "InstanceProfileName", present["instance_profiles"]),
        ("DetachRolePolicy", "PolicyArn", present["attached"]),
        ("DeleteRolePolicy", "PolicyName", inline),  # what denies stands the longest
    )
    calls = [
        ApiCall("iam", operation, {**named, id_name: value})
        for operation, id_name, values in steps
        for value in values
    ]
    return Change((*calls, ApiCall("iam", "DeleteRole", named)), dict(_NOTHING))


def _holds(expected: State, present: State) -> bool:
    return expected[PRINCIPAL] is None and present[PRINCIPAL] is None


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_role(scene, subject)
    made = maker_of(scene, subject, present[PRINCIPAL])
    around.fact("made", made.says() if made else "not seen in the case: it was forced")
    around.warnings.append(
        "Its policies are kept in this plan; AWS forgets the role, its last use too. Deny the role "
        "first (deny-role) where it may still be looked at."
    )
    certainty = (
        f"IAM knows {subject.arn} as {present[PRINCIPAL]}. That it is the attacker's is the "
        "responder's word."
    )
    return surroundings(scene, subject, around, certainty)


_READS = (
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListRolePolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
)

REMOVE_ROLE = Action(
    name="remove-role",
    title="Remove a role that the attacker made",
    subject_kind="role",
    parameters=(ATTACKERS, FORCE),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=(),
        apply=(
            "iam:RemoveRoleFromInstanceProfile",
            "iam:DetachRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:DeleteRole",
            *_READS,
        ),
        undo=(),
    ),
    does="Takes the role out of its instance profiles, takes its policies away and deletes it. Its "
    "sessions may do nothing any more.",
    does_not_stop=(
        "Roles that were assumed from this one: their sessions live on. Revoke those of each.",
        "Whoever made it can make another: contain that credential first.",
    ),
    can_hurt=(
        "What uses the role fails for good: instances, functions and services among it.",
        "A policy elsewhere that names the role as principal shows AWS's id of it from then on.",
    ),
    undo_says="A removed role can't be restored: one made anew has another id, which policies that "
    "trusted the old one do not trust.",
    undo_warns="",
    find=_find,
    read=_read,
    change=_remove,
    restore=no_way_back,
    holds=_holds,
    look_around=_look_around,
    order=Order.REMOVE,
    irreversible=True,
)

ACTIONS = (REMOVE_ROLE,)
