"""Taking away an MFA device that the attacker registered."""

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
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import Recorded, concerns, recorded
from trailtui.respond.iam_principals import find_user, naming, unique_id
from trailtui.respond.iam_surroundings import LOOKS_AROUND_USER, around_user, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import ATTACKERS, FORCE, no_way_back, refuse_unless_attackers

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _find(scene: Scene, target: str) -> Subject:
    serial = target.strip()
    enabled = _enabling(scene, serial)
    name = scene.parameters.get("user") or (
        str(enabled.request.get("userName", "")) if enabled else ""
    )
    if not name:
        raise Refusal(
            "it is not known whose device it is", where=serial, cure="Give --parameter user=NAME."
        )
    user = find_user(scene, name)
    subject = Subject("mfa-device", serial, user.arn, user.account, user.name)
    refuse_unless_attackers(scene, subject, enabled, "EnableMFADevice")
    return subject


def _enabling(scene: Scene, serial: str) -> Recorded | None:
    calls = recorded(scene.case, scene.identity.account, ("EnableMFADevice",))
    found = [call for call in calls if concerns(call, serialNumber=serial)]
    return found[-1] if found else None


def _read(aws: "AwsSession", subject: Subject) -> State:
    principal = unique_id(aws, subject)
    if principal is None:
        return {PRINCIPAL: None, "active": False}
    devices = aws.read_all("iam", "ListMFADevices", "MFADevices", **naming(subject))
    return {
        PRINCIPAL: principal,
        "active": any(device["SerialNumber"] == subject.id for device in devices),
    }


def _deactivate(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["active"]:
        raise AlreadyDone("the user has no such device", where=subject.id)
    # Without UserName the call would act on the caller.
    call = ApiCall("iam", "DeactivateMFADevice", {**naming(subject), "SerialNumber": subject.id})
    return Change((call,), {**present, "active": False})


def _holds(expected: State, present: State) -> bool:
    return present[PRINCIPAL] is None or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_user(scene, subject)
    enabled = _enabling(scene, subject.id)
    around.fact("registered", enabled.says() if enabled else "not seen in the case: it was forced")
    return surroundings(scene, subject, around, f"IAM lists the device under {subject.arn}.")


_READS = ("iam:GetUser", "iam:ListMFADevices")

DEACTIVATE_MFA_DEVICE = Action(
    name="deactivate-mfa-device",
    title="Deactivate an attacker's MFA device",
    subject_kind="mfa-device",
    parameters=(
        Parameter("user", "the user that has the device, where the case does not say"),
        ATTACKERS,
        FORCE,
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=LOOKS_AROUND_USER,
        apply=("iam:DeactivateMFADevice", *_READS),
        undo=(),
    ),
    does="Takes the device from the user: its codes are worth nothing any more.",
    does_not_stop=(
        "Sessions that were begun with its codes: revoke the user's sessions.",
        "The user's password and keys, which need no code now where no policy asks for MFA.",
    ),
    can_hurt=(
        "If it was the person's own device, they have one factor less, or can't work where MFA is "
        "asked for.",
    ),
    undo_says="A device can't be activated again without two codes that it shows: whoever holds it "
    "has to register it.",
    undo_warns="",
    find=_find,
    read=_read,
    change=_deactivate,
    restore=no_way_back,
    holds=_holds,
    look_around=_look_around,
    order=Order.KEYS,
    irreversible=True,
)

ACTIONS = (DEACTIVATE_MFA_DEVICE,)
