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
from trailtui.respond.iam_principals import find_role, naming, unique_id
from trailtui.respond.iam_removals import (
    certainty,
    denials_last,
    inline_texts,
    is_gone,
    refuse_unless_made_by_attackers,
    tell_maker,
)
from trailtui.respond.iam_surroundings import around_role, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import ATTACKERS, FORCE, no_way_back

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_NOTHING: State = {PRINCIPAL: None, "instance_profiles": [], "attached": [], "inline": []}


def _find(scene: Scene, target: str) -> Subject:
    subject = find_role(scene, target)
    refuse_unless_made_by_attackers(scene, subject)
    return subject


def _read(aws: "AwsSession", subject: Subject) -> State:
    named = naming(subject)
    principal = unique_id(aws, subject)
    if principal is None:
        return dict(_NOTHING)
    profiles = aws.read_all("iam", "ListInstanceProfilesForRole", "InstanceProfiles", **named)
    attached = aws.read_all("iam", "ListAttachedRolePolicies", "AttachedPolicies", **named)
    texts = inline_texts(aws, subject)
    return {
        PRINCIPAL: principal,
        "instance_profiles": sorted(one["InstanceProfileName"] for one in profiles),
        "attached": sorted(one["PolicyArn"] for one in attached),
        "inline": [*texts],
        "exact": texts,
    }


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present[PRINCIPAL] is None:
        raise AlreadyDone("the role is gone already", where=subject.id)
    named = naming(subject)
    steps = (
        ("RemoveRoleFromInstanceProfile", "InstanceProfileName", present["instance_profiles"]),
        ("DetachRolePolicy", "PolicyArn", present["attached"]),
        ("DeleteRolePolicy", "PolicyName", denials_last(present["inline"])),
    )
    calls = [
        ApiCall("iam", operation, {**named, id_name: value})
        for operation, id_name, values in steps
        for value in values
    ]
    return Change((*calls, ApiCall("iam", "DeleteRole", named)), dict(_NOTHING))


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_role(scene, subject)
    tell_maker(scene, subject, present, around)
    around.warnings.append(
        "Its policies are kept in this plan; AWS forgets the role, its last use too. Deny the role "
        "first (deny-role) where it may still be looked at."
    )
    return surroundings(scene, subject, around, certainty(subject, present))


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
    holds=is_gone,
    look_around=_look_around,
    order=Order.REMOVE,
    irreversible=True,
)

ACTIONS = (REMOVE_ROLE,)
