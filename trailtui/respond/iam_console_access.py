"""Taking a user's console password away."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
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
    same_state,
)
from trailtui.respond.iam_principals import find_user, naming, unique_id
from trailtui.respond.iam_surroundings import around_user, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import no_way_back
from trailtui.respond.looking import moment

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _read(aws: "AwsSession", subject: Subject) -> State:
    """Whether there is a password, and since when: a new one is another one."""
    principal = unique_id(aws, subject)
    if principal is None:
        return {PRINCIPAL: None, "password_since": None}
    try:
        values = aws.read("iam", "GetLoginProfile", **naming(subject)).values
    except NotFound:
        return {PRINCIPAL: principal, "password_since": None}
    return {PRINCIPAL: principal, "password_since": moment(values["LoginProfile"]["CreateDate"])}


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["password_since"] is None:
        raise AlreadyDone("the user has no console password", where=subject.id)
    # Without UserName the call would act on the caller.
    call = ApiCall("iam", "DeleteLoginProfile", naming(subject))
    return Change((call,), {**present, "password_since": None})


def _holds(expected: State, present: State) -> bool:
    return present[PRINCIPAL] is None or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_user(scene, subject)
    return surroundings(scene, subject, around, f"IAM knows {subject.arn} and its password.")


REMOVE_CONSOLE_ACCESS = Action(
    name="remove-console-access",
    title="Remove a user's console access",
    subject_kind="user",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetUser", "iam:GetLoginProfile"),
        look=("iam:ListAccessKeys",),
        apply=("iam:DeleteLoginProfile", "iam:GetUser", "iam:GetLoginProfile"),
        undo=(),
    ),
    does="Deletes the user's password: nobody can sign in to the console as this user any more.",
    does_not_stop=(
        "Console sessions that are open: they live on for up to 12 hours. Revoke the user's "
        "sessions, or deny the user.",
        "The user's access keys.",
        "Sign-in through federation or Identity Center.",
    ),
    can_hurt=("The person can't sign in until somebody gives them a new password.",),
    undo_says="A password can't be restored, not even the same one: give the user a new one.",
    undo_warns="",
    find=find_user,
    read=_read,
    change=_remove,
    restore=no_way_back,
    holds=_holds,
    look_around=_look_around,
    order=Order.KEYS,
    irreversible=True,
)

ACTIONS = (REMOVE_CONSOLE_ACCESS,)
