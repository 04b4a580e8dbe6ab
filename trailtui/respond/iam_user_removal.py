"""Removing a user that the attacker made, with everything that it has.

IAM deletes a user only when it has nothing left. What lets somebody in goes first, and what denies
last: an inline policy of ours stands until the moment before the user is deleted.
Source: IAM User Guide, "Deleting an IAM user" (AWS CLI).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
)
from trailtui.respond.iam_principals import find_user, naming, unique_id
from trailtui.respond.iam_removals import (
    certainty,
    denials_last,
    inline_texts,
    is_gone,
    refuse_unless_made_by_attackers,
    tell_maker,
)
from trailtui.respond.iam_surroundings import surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import ATTACKERS, FORCE, no_way_back
from trailtui.respond.looking import Around

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_LISTS = (
    ("keys", "ListAccessKeys", "AccessKeyMetadata", "AccessKeyId"),
    ("certificates", "ListSigningCertificates", "Certificates", "CertificateId"),
    ("ssh_keys", "ListSSHPublicKeys", "SSHPublicKeys", "SSHPublicKeyId"),
    (
        "service_credentials",
        "ListServiceSpecificCredentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
    ),
    ("mfa_devices", "ListMFADevices", "MFADevices", "SerialNumber"),
    ("groups", "ListGroupsForUser", "Groups", "GroupName"),
    ("attached", "ListAttachedUserPolicies", "AttachedPolicies", "PolicyArn"),
)
"""What a user has: under which name in a state, and how IAM lists it."""

_NOTHING: State = {
    PRINCIPAL: None,
    "password": False,
    **{name: [] for name, *_ in _LISTS},
    "inline": [],
}

_REMOVALS = (
    ("keys", "DeleteAccessKey", "AccessKeyId"),
    ("certificates", "DeleteSigningCertificate", "CertificateId"),
    ("ssh_keys", "DeleteSSHPublicKey", "SSHPublicKeyId"),
    ("service_credentials", "DeleteServiceSpecificCredential", "ServiceSpecificCredentialId"),
    ("mfa_devices", "DeactivateMFADevice", "SerialNumber"),
    ("groups", "RemoveUserFromGroup", "GroupName"),
    ("attached", "DetachUserPolicy", "PolicyArn"),
    ("inline", "DeleteUserPolicy", "PolicyName"),
)
"""In the order of sending."""


def _find(scene: Scene, target: str) -> Subject:
    subject = find_user(scene, target)
    refuse_unless_made_by_attackers(scene, subject)
    return subject


def _read(aws: "AwsSession", subject: Subject) -> State:
    named = naming(subject)
    principal = unique_id(aws, subject)
    if principal is None:
        return dict(_NOTHING)
    state: State = {PRINCIPAL: principal, "password": _has_password(aws, named)}
    for name, operation, member, id_name in _LISTS:
        listed = aws.read_all("iam", operation, member, **named)
        state[name] = sorted(one[id_name] for one in listed)
    texts = inline_texts(aws, subject)
    return {**state, "inline": [*texts], "exact": texts}


def _has_password(aws: "AwsSession", named: dict[str, str]) -> bool:
    try:
        aws.read("iam", "GetLoginProfile", **named)
    except NotFound:
        return False
    return True


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present[PRINCIPAL] is None:
        raise AlreadyDone("the user is gone already", where=subject.id)
    named = naming(subject)
    calls: list[ApiCall] = []
    if present["password"]:
        calls.append(ApiCall("iam", "DeleteLoginProfile", named))
    for name, operation, id_name in _REMOVALS:
        for value in denials_last(present[name]):
            calls += _removal(operation, {**named, id_name: value})
    calls.append(ApiCall("iam", "DeleteUser", named))
    return Change(tuple(calls), dict(_NOTHING))


def _removal(operation: str, parameters: dict[str, str]) -> list[ApiCall]:
    """One removal; a virtual MFA device is deleted as well, once nobody uses it."""
    calls = [ApiCall("iam", operation, parameters)]
    serial = parameters.get("SerialNumber", "")
    if ":mfa/" in serial:
        calls.append(ApiCall("iam", "DeleteVirtualMFADevice", {"SerialNumber": serial}))
    return calls


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("user", subject.arn)
    tell_maker(scene, subject, present, around)
    _warn(around, present)
    return surroundings(scene, subject, around, certainty(subject, present))


def _warn(around: Around, present: dict[str, Any]) -> None:
    around.warnings.append(
        "What the user has is kept in this plan; AWS forgets it, the last use of its keys too. "
        "Deny the user first (deny-user) where it may still be looked at."
    )
    if any(":mfa/" in serial for serial in present["mfa_devices"]):
        around.warnings.append("Its virtual MFA devices are deleted as well.")


_READS = (
    "iam:GetUser",
    "iam:GetLoginProfile",
    "iam:GetUserPolicy",
    "iam:ListUserPolicies",
    *(f"iam:{operation}" for _, operation, *_ in _LISTS),
)

REMOVE_USER = Action(
    name="remove-user",
    title="Remove a user that the attacker made",
    subject_kind="user",
    parameters=(ATTACKERS, FORCE),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=(),
        apply=(
            "iam:DeleteLoginProfile",
            *(f"iam:{operation}" for _, operation, _ in _REMOVALS),
            "iam:DeleteVirtualMFADevice",
            "iam:DeleteUser",
            *_READS,
        ),
        undo=(),
    ),
    does="Deletes the user with its keys, password, certificates, SSH keys, service credentials, "
    "MFA devices, group memberships and policies, call by call.",
    does_not_stop=(
        "Roles that the user assumed: their sessions live on. Revoke those of each.",
        "Other users, keys and roles that it made.",
        "Whoever made it can make another: contain that credential first.",
    ),
    can_hurt=(
        "If it was not the attacker's after all, its keys, password and MFA devices are gone for "
        "good.",
        "A policy elsewhere that names the user as principal shows AWS's id of it from then on.",
    ),
    undo_says="A removed user can't be restored: one made anew has another id, other keys and no "
    "password.",
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

ACTIONS = (REMOVE_USER,)
