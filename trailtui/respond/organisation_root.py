"""Removing the long-term credentials of a member account's root user.

The management account (or the delegated administrator of IAM) takes a session of that root user
which may do this and nothing else: AssumeRoot with a task policy, for 15 minutes at most. Nothing
is named in the calls: they act on whoever makes them, so that they are sent in that session only.
Source: IAM User Guide, "Perform a privileged task on an AWS Organizations member account".
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.aws.roles import AUDIT_ROOT, DELETE_ROOT
from trailtui.model.entity import Entity
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.irreversible import no_way_back
from trailtui.respond.looking import Around
from trailtui.respond.organisation_denials import refuse_management_account

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_LISTS = (
    ("keys", "ListAccessKeys", "AccessKeyMetadata", "AccessKeyId", "DeleteAccessKey"),
    ("certificates", "ListSigningCertificates", "Certificates", "CertificateId",
     "DeleteSigningCertificate"),
    ("mfa_devices", "ListMFADevices", "MFADevices", "SerialNumber", "DeactivateMFADevice"),
)  # fmt: skip
_NOTHING: State = {"password": False, **{name: [] for name, *_ in _LISTS}}


def _find(scene: Scene, target: str) -> Subject:
    found = re.fullmatch(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?", target.strip())
    if not found:
        raise Refusal("this is no account", where=target, cure="Give the member's 12 digits.")
    member = found[1]
    refuse_management_account(scene, member, "its root user can only be dealt with by signing in")
    arn = f"arn:{scene.identity.partition}:iam::{member}:root"
    return Subject("member-root", member, arn, scene.identity.account, member)


def _read(aws: "AwsSession", subject: Subject) -> State:
    root = aws.as_root_of(subject.name, AUDIT_ROOT)
    state: State = {"password": True}
    try:
        root.read("iam", "GetLoginProfile")
    except NotFound:
        state["password"] = False
    for name, operation, member, id_name, _ in _LISTS:
        state[name] = sorted(one[id_name] for one in root.read_all("iam", operation, member))
    return state


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present == _NOTHING:
        raise AlreadyDone("the root user has no credentials", where=subject.id)
    calls: list[ApiCall] = []
    for name, _list, _member, id_name, operation in _LISTS:
        calls += [_call(subject, operation, {id_name: value}) for value in present[name]]
    if present["password"]:
        calls.insert(len(present["keys"]), _call(subject, "DeleteLoginProfile", {}))
    return Change(tuple(calls), dict(_NOTHING))


def _call(subject: Subject, operation: str, parameters: dict[str, str]) -> ApiCall:
    return ApiCall("iam", operation, parameters, as_root_of=subject.name)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    around.look(
        "DescribeAccount",
        lambda values: around.fact("account", f"{subject.name} ({values['Account'].get('Name')})"),
        service="organizations",
        AccountId=subject.name,
    )
    around.facts += use_in_case(scene.case, Entity("principal", subject.arn))
    around.warnings.append(
        "Looking at it took a session of the account's root user (AssumeRoot), which stands in its "
        f"records. The commands are to be run in such a session: aws sts assume-root "
        f"--target-principal {subject.name} --task-policy-arn arn={DELETE_ROOT}"
    )
    certainty = "The root user itself was asked, in a session that may do no more."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


REMOVE_MEMBER_ROOT_CREDENTIALS = Action(
    name="remove-member-root-credentials",
    title="Remove the credentials of a member account's root user",
    subject_kind="member-root",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "organizations:DescribeOrganization", "sts:AssumeRoot"),
        look=("organizations:DescribeAccount",),
        apply=("sts:AssumeRoot",),
        undo=(),
    ),
    does="Deletes the root user's access keys, its password and its signing certificates, and "
    "deactivates its MFA devices, in a session of AssumeRoot.",
    does_not_stop=(
        "Sessions that were begun with them: a console session of root lives on for up to 12 "
        "hours. A control policy on the account binds root as well.",
        "Recovery of the password by whoever holds the account's mailbox, unless the organisation "
        "allows no recovery.",
        "Users, roles and keys that root made.",
    ),
    can_hurt=(
        "Tasks that only root can do need the password recovered first, or AssumeRoot.",
        "Programs that use a root key stop for good.",
    ),
    undo_says="Neither keys nor a password can be restored: recover the root user's password where "
    "one is needed.",
    undo_warns="",
    find=_find,
    read=_read,
    change=_remove,
    restore=no_way_back,
    holds=same_state,
    look_around=_look_around,
    order=Order.REMOVE,
    irreversible=True,
)

ACTIONS = (REMOVE_MEMBER_ROOT_CREDENTIALS,)
