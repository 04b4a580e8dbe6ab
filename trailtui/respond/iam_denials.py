"""Denying a user or a role everything, keys and sessions alike."""

from typing import Any

from trailtui.respond.action import Action, Order, Scene, State, Subject, Surroundings
from trailtui.respond.iam_principals import find_role, find_user
from trailtui.respond.iam_surroundings import (
    LOOKS_AROUND_ROLE,
    LOOKS_AROUND_USER,
    around_role,
    around_user,
    surroundings,
)
from trailtui.respond.inline_policies import (
    DENIAL_UNDO,
    InlineDenial,
    denial,
    denial_permissions,
)

POLICY_NAME = "TrailtuiDenyAll"


def _name(_subject: Subject) -> str:
    return POLICY_NAME


def _document(_subject: Subject, _present: State) -> dict[str, Any]:
    return denial(POLICY_NAME)


DENIAL = InlineDenial(_name, _document)


def _look_at_user(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_user(scene, subject)
    return surroundings(scene, subject, around, _certainty(subject))


def _look_at_role(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_role(scene, subject)
    return surroundings(scene, subject, around, _certainty(subject))


def _certainty(subject: Subject) -> str:
    return (
        f"IAM knows {subject.arn}. An explicit denial outweighs every allowance; it holds within "
        "seconds, not at once."
    )


_STAYS = (
    "Whoever else may change IAM can take the policy away again: verify it later as well. In the "
    "seconds until it holds, this principal itself can.",
    "GetCallerIdentity is answered all the same: it proves nothing.",
)

DENY_USER = Action(
    name="deny-user",
    title="Deny a user everything",
    subject_kind="user",
    parameters=(),
    permissions=denial_permissions("User", LOOKS_AROUND_USER),
    does=f"Puts the inline policy {POLICY_NAME} on the user, which denies everything: to its keys, "
    "its console sessions, and the sessions of GetSessionToken and GetFederationToken, those yet "
    "to come as well.",
    does_not_stop=(
        "Roles that the user assumed before: their sessions act as the role. Revoke those of each.",
        "Other users, keys and roles that the user made.",
        *_STAYS,
    ),
    can_hurt=("Whoever and whatever works as this user stops at once, until it is undone.",),
    undo_says=DENIAL_UNDO,
    undo_warns="The user's keys and sessions work again for everybody who holds them, the attacker "
    "too.",
    find=find_user,
    read=DENIAL.read,
    change=DENIAL.change,
    restore=DENIAL.restore,
    holds=DENIAL.holds,
    look_around=_look_at_user,
    order=Order.DENY,
)

DENY_ROLE = Action(
    name="deny-role",
    title="Deny a role everything",
    subject_kind="role",
    parameters=(),
    permissions=denial_permissions("Role", LOOKS_AROUND_ROLE),
    does=f"Puts the inline policy {POLICY_NAME} on the role, which denies everything to all its "
    "sessions, those yet to come as well.",
    does_not_stop=(
        "Roles that were assumed from this one (role chaining): their sessions act as the other "
        "role. Revoke those of each.",
        "The role can still be assumed; the new session may do nothing.",
        *_STAYS,
    ),
    can_hurt=(
        "Every user of the role is hit, and stays so until it is undone: applications, functions, "
        "instances.",
    ),
    undo_says=DENIAL_UNDO,
    undo_warns="Sessions of the role that have not expired work again, the attacker's too.",
    find=find_role,
    read=DENIAL.read,
    change=DENIAL.change,
    restore=DENIAL.restore,
    holds=DENIAL.holds,
    look_around=_look_at_role,
    order=Order.DENY,
)

ACTIONS = (DENY_USER, DENY_ROLE)
