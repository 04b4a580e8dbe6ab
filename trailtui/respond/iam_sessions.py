"""Actions that end the sessions of IAM users and roles.

AWS has no call that ends a session. What the console's "Revoke sessions" does is put an inline
policy named AWSRevokeOlderSessions that denies everything to sessions issued before a moment, the
cut. The cut here is the moment of sending plus a margin (60 s unless given): IAM takes some
seconds until a policy holds everywhere, and a session that is minted in that window would
otherwise be newer than the cut and live on. The price is that sessions begun lawfully within the
margin have to be begun again after it.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms, parse_event_time
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
    essence,
    same_state,
)
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.iam_principals import find_role, find_user
from trailtui.respond.iam_surroundings import (
    LOOKS_AROUND_ROLE,
    LOOKS_AROUND_USER,
    tell_keys,
    tell_profiles,
    tell_role,
)
from trailtui.respond.inline_policies import PRINCIPAL, put_inline, read_inline, restore_inline
from trailtui.respond.looking import Around
from trailtui.respond.placeholders import sending_time

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

POLICY_NAME = "AWSRevokeOlderSessions"
"""The name the IAM console uses, so that either finds and replaces the other's."""

DEFAULT_MARGIN_S = 60
LARGEST_MARGIN_S = 900

_MARGIN = Parameter(
    "margin",
    f"seconds after the sending within which new sessions are denied too (0 to {LARGEST_MARGIN_S})",
    str(DEFAULT_MARGIN_S),
)


def revocation(cut: str) -> dict[str, Any]:
    """The policy that denies everything to sessions issued before `cut` (ISO 8601, UTC)."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": cut}},
            }
        ],
    }


def cut_of(policy: object) -> int | None:
    """The cut, in milliseconds, of a policy that is a revocation; None for any other policy."""
    try:
        cut = policy["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None
    cut = cut[0] if isinstance(cut, list) and len(cut) == 1 else cut  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return parse_event_time(cut) if isinstance(cut, str) and policy == revocation(cut) else None


def _read(aws: "AwsSession", subject: Subject) -> State:
    """The policy of our name, parsed for comparing and as exact text for undo."""
    found = read_inline(aws, subject, POLICY_NAME)
    exists = found[PRINCIPAL] is not None
    return {"exists": exists, "policy": found["policy"], "exact": found["exact"]}


def _revoke(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    margin_s = _margin(parameters)
    if not present["exists"]:
        raise AlreadyDone(f"the {subject.kind} is gone, its sessions with it", where=subject.id)
    cut = cut_of(present["policy"])
    if cut is not None and cut > now_ms() + margin_s * 1000:
        raise AlreadyDone("its sessions are revoked up to a later moment", where=subject.id)
    policy = revocation(sending_time(margin_s))
    text = json.dumps(policy)
    call = put_inline(subject, POLICY_NAME, text)
    return Change((call,), {"exists": True, "policy": policy, "exact": text})


def _margin(parameters: Mapping[str, str]) -> int:
    text = parameters.get("margin", str(DEFAULT_MARGIN_S))
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_MARGIN_S:
        raise InputError(
            f"{text!r} is no margin", cure=f"Give whole seconds from 0 to {LARGEST_MARGIN_S}."
        )
    return int(text)


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return restore_inline(subject, POLICY_NAME, prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; for a revocation also one with a later cut, or the subject gone."""
    if same_state(expected, present):
        return True
    wanted, found = cut_of(expected["policy"]), cut_of(present["policy"])
    if wanted is None:
        return False
    return not present["exists"] or (found is not None and found >= wanted)


def _look_at_user(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("user", subject.arn)
    around.look(
        "ListAccessKeys",
        lambda values: _warn_of_keys(around, values["AccessKeyMetadata"]),
        UserName=subject.name,
    )
    around.look(
        "GetLoginProfile",
        lambda _: around.warnings.append(
            "The user has a console password and can sign in again: it is not taken away."
        ),
        UserName=subject.name,
    )
    return _surroundings(scene, subject, present, around)


def _warn_of_keys(around: Around, listed: list[dict[str, str]]) -> None:
    tell_keys(around, listed)
    if any(entry["Status"] == "Active" for entry in listed):
        around.warnings.append(
            "The user has an active access key: it is spared, and can mint new sessions after the "
            "cut. Deactivate it first."
        )


def _look_at_role(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("role", subject.arn)
    around.look(
        "GetRole",
        lambda values: _tell_role(around, values["Role"]),
        RoleName=subject.name,
    )
    around.look(
        "ListInstanceProfilesForRole",
        lambda values: _tell_profiles(around, values["InstanceProfiles"]),
        RoleName=subject.name,
    )
    return _surroundings(scene, subject, present, around)


def _tell_role(around: Around, role: dict[str, Any]) -> None:
    trusted = tell_role(around, role)
    around.warnings.append(
        f"New sessions still come about: the role can be assumed again by {trusted}. Cut that "
        "source as well, or the trust."
    )


def _tell_profiles(around: Around, profiles: list[dict[str, Any]]) -> None:
    if tell_profiles(around, profiles):
        around.warnings.append(
            "Instances use this role: what runs on them fails until they fetch new credentials, "
            "and whoever is on the instance gets those too."
        )


def _surroundings(scene: Scene, subject: Subject, present: State, around: Around) -> Surroundings:
    around.facts += use_in_case(scene.case, Entity("principal", subject.arn))
    policy = essence(present)["policy"]
    if policy is not None and cut_of(policy) is None:
        around.warnings.append(
            f"A policy named {POLICY_NAME} stands there that is no revocation: it is replaced, "
            "and kept for undo. Find out who put it."
        )
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        f"IAM knows the {subject.kind} as {subject.arn}. The deny is AWS's own way to revoke; it "
        "holds within seconds, not at once.",
    )


_STAYS = (
    "Whoever may change IAM can take this policy away again: verify it later as well.",
    "Resource policies that trust the account or a service are not touched.",
)

REVOKE_USER = Action(
    name="revoke-user-sessions",
    title="Revoke a user's sessions",
    subject_kind="user",
    parameters=(_MARGIN,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetUser", "iam:GetUserPolicy"),
        look=LOOKS_AROUND_USER,
        apply=("iam:PutUserPolicy", "iam:GetUser", "iam:GetUserPolicy"),
        undo=(
            "iam:PutUserPolicy",
            "iam:DeleteUserPolicy",
            "iam:GetUser",
            "iam:GetUserPolicy",
        ),
    ),
    does=f"Puts the inline policy {POLICY_NAME} on the user: every session of the user that was "
    "issued before the cut (GetSessionToken, GetFederationToken, console) is denied everything.",
    does_not_stop=(
        "The user's access keys: a call signed with a long-term key has no issue time and passes.",
        "New sign-ins and new sessions after the cut.",
        "Roles that the user assumed: revoke the sessions of each.",
        *_STAYS,
    ),
    can_hurt=(
        "Whoever works as this user is thrown out and has to sign in again after the cut.",
        "Programs that use the user's temporary credentials fail until they fetch new ones.",
    ),
    undo_says="Puts back the policy that stood under that name, or takes ours away, if ours is "
    "still there unchanged.",
    undo_warns="Revoked sessions that have not expired work again, the attacker's too.",
    find=find_user,
    read=_read,
    change=_revoke,
    restore=_restore,
    holds=_holds,
    look_around=_look_at_user,
    order=Order.SESSIONS,
    margin_again=True,
)

REVOKE_ROLE = Action(
    name="revoke-role-sessions",
    title="Revoke a role's sessions",
    subject_kind="role",
    parameters=(_MARGIN,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetRole", "iam:GetRolePolicy"),
        look=LOOKS_AROUND_ROLE,
        apply=("iam:PutRolePolicy", "iam:GetRole", "iam:GetRolePolicy"),
        undo=(
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
        ),
    ),
    does=f"Puts the inline policy {POLICY_NAME} on the role: every session of the role that was "
    "issued before the cut is denied everything, the lawful ones too.",
    does_not_stop=(
        "New sessions: whoever the trust policy lets in can assume the role again after the cut.",
        "Roles that were assumed from this one (role chaining): revoke the sessions of each.",
        *_STAYS,
    ),
    can_hurt=(
        "Every user of the role is hit: applications, functions and instances fail until they "
        "fetch new credentials (an instance may take hours unless it is restarted).",
    ),
    undo_says="Puts back the policy that stood under that name, or takes ours away, if ours is "
    "still there unchanged.",
    undo_warns="Revoked sessions that have not expired work again, the attacker's too.",
    find=find_role,
    read=_read,
    change=_revoke,
    restore=_restore,
    holds=_holds,
    look_around=_look_at_role,
    order=Order.SESSIONS,
    margin_again=True,
)

ACTIONS = (REVOKE_USER, REVOKE_ROLE)
