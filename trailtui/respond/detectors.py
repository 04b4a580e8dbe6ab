"""GuardDuty in one Region, switched on again."""

import re
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
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.looking import Around
from trailtui.respond.placing import at_home, is_region, placed, read_unless
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_DETECTOR = re.compile(r"[0-9a-f]{32}")
_ANY = "detector"
"""The subject's name where the Region as a whole is meant: it has one detector or none."""
_TAMPERING = (
    "DeleteDetector",
    "UpdateDetector",
    "CreateFilter",
    "CreateIPSet",
    "StopMonitoringMembers",
    "DisassociateFromAdministratorAccount",
    "DisassociateFromMasterAccount",
)


def _find(scene: Scene, target: str) -> Subject:
    """A detector by its id or ARN, or the one that a Region has or is to have, by its name."""
    account = scene.identity.account
    front = f"arn:{scene.aws.partition}:guardduty"
    if is_region(target.strip()):
        region = target.strip()
        return Subject(
            "guardduty", region, f"{front}:{region}:{account}:detector", account, _ANY, region
        )
    typed = placed(scene, target, "guardduty", "detector/")
    if not _DETECTOR.fullmatch(typed.name):
        raise Refusal(
            "this is neither a detector nor a Region", where=target, cure="Name the Region."
        )

    def look(aws: "AwsSession") -> bool | None:
        listed = aws.read_all("guardduty", "ListDetectors", "DetectorIds")
        return typed.name in listed or None

    try:
        region, _ = find_in_region(scene, target, typed.region, look)
    except Refusal as refused:
        cure = "A deleted one can't be had back: name the Region, to make a new one."
        raise Refusal(refused.what, where=target, cure=cure) from None
    arn = f"{front}:{region}:{account}:detector/{typed.name}"
    return Subject("guardduty", typed.name, arn, account, typed.name, region)


def _read(aws: "AwsSession", subject: Subject) -> State:
    here = at_home(aws, subject)
    listed: list[str] = here.read_all("guardduty", "ListDetectors", "DetectorIds")
    number = next((one for one in listed if subject.name in (one, _ANY)), None)
    gone: State = {"detector": False, "enabled": False, "exact": None}
    if number is None:
        return gone
    try:
        # AWS calls a detector that was deleted meanwhile a bad request.
        told = read_unless(
            here, ("BadRequestException",), "guardduty", "GetDetector", DetectorId=number
        )
    except NotFound:
        return gone
    if told is None:
        return gone
    # The id is not compared: where the answer to its making was lost, nobody knew it before.
    return {"detector": True, "enabled": told["Status"] == "ENABLED", "exact": number}


def _enable(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["enabled"]:
        raise AlreadyDone("GuardDuty is on", where=subject.id)
    if not present["detector"]:
        call = ApiCall("guardduty", "CreateDetector", {"Enable": True}, subject.region)
        return Change((call,), {**present, "detector": True, "enabled": True})
    return Change((_switch(subject, present, on=True),), {**present, "enabled": True})


def _switch(subject: Subject, present: State, *, on: bool) -> ApiCall:
    named = {"DetectorId": present["exact"], "Enable": on}
    return ApiCall("guardduty", "UpdateDetector", named, subject.region)


def _restore(subject: Subject, prior: State, present: State) -> Change:
    if not prior["detector"]:
        named = {"DetectorId": present["exact"]}
        return Change((ApiCall("guardduty", "DeleteDetector", named, subject.region),), prior)
    return Change((_switch(subject, present, on=False),), prior)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    source = "guardduty.amazonaws.com"
    for call in recorded(scene.case, subject.account, _TAMPERING, source)[-6:]:
        if call.region == subject.region:
            around.fact("changed", call.says())
            if call.name in ("CreateFilter", "CreateIPSet"):
                around.warnings.append(
                    f"{call.name}: findings may be archived or addresses trusted: look at it."
                )
    certainty = f"GuardDuty says whether it is on in {subject.region}, and only there."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


ENABLE_GUARDDUTY = Action(
    name="enable-guardduty",
    title="Switch GuardDuty on again",
    subject_kind="guardduty",
    parameters=(REGION,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "guardduty:ListDetectors", "guardduty:GetDetector"),
        look=(),
        apply=(
            "guardduty:CreateDetector",
            "guardduty:UpdateDetector",
            "guardduty:ListDetectors",
            "guardduty:GetDetector",
        ),
        undo=(
            "guardduty:DeleteDetector",
            "guardduty:UpdateDetector",
            "guardduty:ListDetectors",
            "guardduty:GetDetector",
        ),
    ),
    does="Enables the Region's detector; makes one where it was deleted.",
    does_not_stop=(
        "A new detector knows nothing of the old one: its findings, filters, lists, members and "
        "the plans that it had bought are gone, and it learns what is usual for days.",
        "Features of it that were switched off one by one, filters and trusted lists.",
        "Whoever switched it off can do it again: contain that credential.",
        "Other Regions: plan it for each.",
    ),
    can_hurt=(
        "GuardDuty is paid for by what it looks at.",
        "Where an administrator account runs it, that account may set it differently.",
    ),
    undo_says="Disables the detector again; deletes the one that was made, with its findings.",
    undo_warns="GuardDuty sees nothing in the Region: what the attacker wanted.",
    find=_find,
    read=_read,
    change=_enable,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
)

ACTIONS = (ENABLE_GUARDDUTY,)
