"""Taking a user out of a group."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import concerns, recorded
from trailtui.respond.iam_principals import (
    find_user,
    name_of_part,
    naming,
    part_of,
    split_target,
    unique_id,
)
from trailtui.respond.iam_surroundings import LOOKS_AROUND_USER, around_user, surroundings
from trailtui.respond.inline_policies import PRINCIPAL

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _find(scene: Scene, target: str) -> Subject:
    name, group = split_target(
        target, scene.parameters.get("group"), what="group", parameter="group"
    )
    return part_of(find_user(scene, name), "group-member", group)


def _read(aws: "AwsSession", subject: Subject) -> State:
    principal = unique_id(aws, subject)
    if principal is None:
        return {PRINCIPAL: None, "member": False}
    groups = aws.read_all("iam", "ListGroupsForUser", "Groups", **naming(subject))
    wanted = name_of_part(subject).casefold()
    return {
        PRINCIPAL: principal,
        "member": any(group["GroupName"].casefold() == wanted for group in groups),
    }


def _call(operation: str, subject: Subject) -> ApiCall:
    return ApiCall("iam", operation, {"GroupName": name_of_part(subject), **naming(subject)})


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["member"]:
        raise AlreadyDone("the user is not in that group", where=subject.id)
    return Change((_call("RemoveUserFromGroup", subject),), {**present, "member": False})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_call("AddUserToGroup", subject),), prior)


def _holds(expected: State, present: State) -> bool:
    gone = present[PRINCIPAL] is None and not expected["member"]
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_user(scene, subject)
    added = [
        call
        for call in recorded(scene.case, subject.account, ("AddUserToGroup",))
        if concerns(call, userName=subject.name, groupName=name_of_part(subject))
    ]
    for call in added[-3:]:
        around.fact("added", call.says())
    if not added:
        around.warnings.append(
            "No event of the case added the user to this group: make sure that it is the "
            "attacker's doing."
        )
    return surroundings(scene, subject, around, f"IAM lists the groups of {subject.arn}.")


_READS = ("iam:GetUser", "iam:ListGroupsForUser")

REMOVE_FROM_GROUP = Action(
    name="remove-from-group",
    title="Take a user out of a group",
    subject_kind="group-member",
    parameters=(Parameter("group", "the group's name, where the target is a user alone"),),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=LOOKS_AROUND_USER,
        apply=("iam:RemoveUserFromGroup", *_READS),
        undo=("iam:AddUserToGroup", *_READS),
    ),
    does="Takes the user out of the group: what the group's policies allow no longer counts.",
    does_not_stop=(
        "What the user's own policies and other groups allow.",
        "Whoever added the user can do it again: contain that credential first.",
        "A group's denials no longer count either.",
    ),
    can_hurt=("If the user needed the group, what it does lawfully fails.",),
    undo_says="Adds the user to the group again.",
    undo_warns="The user has the group's permissions again.",
    find=_find,
    read=_read,
    change=_remove,
    restore=_restore,
    holds=_holds,
    look_around=_look_around,
    order=Order.SOURCES,
)

ACTIONS = (REMOVE_FROM_GROUP,)
