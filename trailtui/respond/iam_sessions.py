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

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
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
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    essence,
    same_state,
)
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.looking import (
    Around,
    document_text,
    moment,
    parsed_document,
    trusted_principals,
)
from trailtui.respond.placeholders import sending_time
from trailtui.respond.targets import parse_iam_name

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


def _find_user(scene: Scene, target: str) -> Subject:
    named = parse_iam_name(target, "user")
    _refuse_other_account(scene, named.account, target)
    user = scene.aws.read("iam", "GetUser", UserName=named.name).values["User"]
    return Subject("user", user["UserName"], user["Arn"], user["Arn"].split(":")[4], named.name)


def _find_role(scene: Scene, target: str) -> Subject:
    named = parse_iam_name(target, "role")
    _refuse_other_account(scene, named.account, target)
    role = scene.aws.read("iam", "GetRole", RoleName=named.name).values["Role"]
    return Subject("role", role["RoleName"], role["Arn"], role["Arn"].split(":")[4], named.name)


def _refuse_other_account(scene: Scene, account: str | None, target: str) -> None:
    if account is not None and account != scene.identity.account:
        raise Refusal(
            f"it belongs to account {account}, this session to {scene.identity.account}",
            where=target,
            cure=f"Give a --profile for {account}.",
        )


def _kind(subject: Subject) -> tuple[str, dict[str, str]]:
    """What the operations are called, and the parameter that names the subject."""
    if subject.kind == "user":
        return "User", {"UserName": subject.name}
    return "Role", {"RoleName": subject.name}


def _read(aws: "AwsSession", subject: Subject) -> State:
    """The policy of our name, parsed for comparing and as exact text for undo."""
    word, named = _kind(subject)
    try:
        aws.read("iam", f"Get{word}", **named)
    except NotFound:
        return {"exists": False, "policy": None, "exact": None}
    try:
        values = aws.read("iam", f"Get{word}Policy", **named, PolicyName=POLICY_NAME).values
    except NotFound:
        return {"exists": True, "policy": None, "exact": None}
    text = document_text(values["PolicyDocument"])
    return {"exists": True, "policy": parsed_document(text), "exact": text}


def _put(subject: Subject, document: str) -> ApiCall:
    word, named = _kind(subject)
    return ApiCall(
        "iam",
        f"Put{word}Policy",
        {**named, "PolicyName": POLICY_NAME, "PolicyDocument": document},
    )


def _revoke(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    margin_s = _margin(parameters)
    if not present["exists"]:
        raise AlreadyDone(f"the {subject.kind} is gone, its sessions with it", where=subject.id)
    cut = cut_of(present["policy"])
    if cut is not None and cut > now_ms() + margin_s * 1000:
        raise AlreadyDone("its sessions are revoked up to a later moment", where=subject.id)
    policy = revocation(sending_time(margin_s))
    text = json.dumps(policy)
    return Change((_put(subject, text),), {"exists": True, "policy": policy, "exact": text})


def _margin(parameters: Mapping[str, str]) -> int:
    text = parameters.get("margin", str(DEFAULT_MARGIN_S))
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_MARGIN_S:
        raise InputError(
            f"{text!r} is no margin", cure=f"Give whole seconds from 0 to {LARGEST_MARGIN_S}."
        )
    return int(text)


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    if prior["exact"] is not None:
        return Change((_put(subject, prior["exact"]),), prior)
    word, named = _kind(subject)
    call = ApiCall("iam", f"Delete{word}Policy", {**named, "PolicyName": POLICY_NAME})
    return Change((call,), prior)


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
    told = ", ".join(f"{entry['AccessKeyId']} ({entry['Status']})" for entry in listed)
    around.fact("access keys", told or "none")
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
    used = role.get("RoleLastUsed", {})
    where = f" in {used['Region']}, says IAM (hours late)" if used.get("Region") else ""
    around.fact("last used", f"{moment(used.get('LastUsedDate'))}{where}")
    trust = parsed_document(document_text(role["AssumeRolePolicyDocument"]))
    trusted = ", ".join(trusted_principals(trust)) or "nobody"
    around.fact("can be assumed by", trusted)
    around.warnings.append(
        f"New sessions still come about: the role can be assumed again by {trusted}. Cut that "
        "source as well, or the trust."
    )


def _tell_profiles(around: Around, profiles: list[dict[str, Any]]) -> None:
    names = ", ".join(profile["InstanceProfileName"] for profile in profiles)
    around.fact("instance profiles", names or "none")
    if names:
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
        look=("iam:ListAccessKeys", "iam:GetLoginProfile"),
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
    find=_find_user,
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
        look=("iam:ListInstanceProfilesForRole",),
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
    find=_find_role,
    read=_read,
    change=_revoke,
    restore=_restore,
    holds=_holds,
    look_around=_look_at_role,
    order=Order.SESSIONS,
    margin_again=True,
)

ACTIONS = (REVOKE_USER, REVOKE_ROLE)
