"""KMS keys that were disabled or are about to be deleted, made usable again."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.model.times import format_utc, now_ms, parse_event_time
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
from trailtui.respond.case_changes import recorded
from trailtui.respond.looking import Around
from trailtui.respond.placing import at_home, placed, read_if_there
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

SOURCE = "kms.amazonaws.com"
_CALLS = ("DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKey", "PutKeyPolicy")
_ENABLED, _DISABLED, _PENDING = "Enabled", "Disabled", "PendingDeletion"
_LEAST_DAYS, _MOST_DAYS = 7, 30
"""Of ScheduleKeyDeletion's waiting period; KMS API Reference."""
_DAY_MS = 24 * 60 * 60 * 1000


def find_key(scene: Scene, target: str) -> Subject:
    """The customer's key of that id, ARN or alias; raises Refusal for AWS's own."""
    typed = placed(scene, target, "kms", "key/", "alias/")
    named = f"alias/{typed.name}" if typed.kind == "alias/" else typed.name

    def look(aws: "AwsSession") -> dict[str, Any] | None:
        return read_if_there(aws, "kms", "DescribeKey", KeyId=named)

    region, told = find_in_region(scene, target, typed.region, look)
    key = told["KeyMetadata"]
    if key.get("KeyManager") == "AWS":
        raise Refusal("it is a key that AWS manages: nobody can disable it", where=target)
    number, arn = str(key["KeyId"]), str(key["Arn"])
    return Subject("kms-key", number, arn, arn.split(":")[4], number, region)


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = read_if_there(at_home(aws, subject), "kms", "DescribeKey", KeyId=subject.name)
    if told is None:
        return {"state": "gone", "exact": None}
    key: dict[str, Any] = told["KeyMetadata"]
    deletion = key.get("DeletionDate")
    at = format_utc(int(deletion.timestamp()) * 1000) if isinstance(deletion, datetime) else None
    return {"state": key["KeyState"], "exact": at}


def _call(operation: str, subject: Subject, **parameters: object) -> ApiCall:
    return ApiCall("kms", operation, {"KeyId": subject.name, **parameters}, subject.region)


def _cancel(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    """No longer about to be deleted, and enabled unless that is not wanted."""
    wanted = _DISABLED if parameters["enable"] == "no" else _ENABLED
    if present["state"] in (wanted, _ENABLED):
        raise AlreadyDone("the key is not about to be deleted", where=subject.id)
    if present["state"] not in (_PENDING, _DISABLED):
        raise Refusal(f"the key is {present['state']}", where=subject.id)
    calls: list[ApiCall] = []
    if present["state"] == _PENDING:
        calls.append(_call("CancelKeyDeletion", subject))  # the key is disabled then
    if wanted == _ENABLED:
        calls.append(_call("EnableKey", subject))
    return Change(tuple(calls), {"state": wanted, "exact": None})


def _schedule_again(subject: Subject, prior: State, _left: State) -> Change:
    if prior["state"] == _DISABLED:
        return Change((_call("DisableKey", subject),), prior)
    days = _days_left(prior["exact"])
    call = _call("ScheduleKeyDeletion", subject, PendingWindowInDays=days)
    return Change((call,), prior)


def _days_left(deletion: str | None) -> int:
    """Until a time, in whole days, as far as KMS takes them."""
    until = parse_event_time(deletion) if deletion else None
    days = _MOST_DAYS if until is None else round((until - now_ms()) / _DAY_MS)
    return min(max(days, _LEAST_DAYS), _MOST_DAYS)


def _enable(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["state"] == _ENABLED:
        raise AlreadyDone("the key is enabled", where=subject.id)
    if present["state"] == _PENDING:
        raise Refusal(
            "the key is about to be deleted", where=subject.id, cure="Plan cancel-key-deletion."
        )
    if present["state"] != _DISABLED:
        raise Refusal(f"the key is {present['state']}", where=subject.id)
    return Change((_call("EnableKey", subject),), {"state": _ENABLED, "exact": None})


def _disable_again(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_call("DisableKey", subject),), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    if present["exact"]:
        around.fact("will be deleted", present["exact"])
    calls = [
        call
        for call in recorded(scene.case, subject.account, _CALLS, SOURCE)
        if call.request.get("keyId") in (subject.name, subject.arn)
    ]
    for call in calls[-5:]:
        around.fact("changed", call.says())
    if any(call.name == "PutKeyPolicy" for call in calls):
        around.warnings.append(
            "Its policy was changed as well: look whom it lets in, and whom not."
        )
    certainty = f"KMS knows {subject.arn}."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


_PLAN = ("sts:GetCallerIdentity", "kms:DescribeKey")
_DOES_NOT_STOP = (
    "What was done with the key by its policy or by grants: they are as they were.",
    "Whoever did it can do it again: contain that credential.",
)

CANCEL_KEY_DELETION = Action(
    name="cancel-key-deletion",
    title="Keep a KMS key from being deleted",
    subject_kind="kms-key",
    parameters=(
        Parameter("enable", "no: leave it disabled, as AWS does after cancelling", "yes"),
        REGION,
    ),
    permissions=Permissions(
        plan=_PLAN,
        look=(),
        apply=("kms:CancelKeyDeletion", "kms:EnableKey", "kms:DescribeKey"),
        undo=("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DescribeKey"),
    ),
    does="Cancels the deletion that was scheduled, and enables the key: what is encrypted with it "
    "can be read again.",
    does_not_stop=_DOES_NOT_STOP,
    can_hurt=(
        "A key that was to go for good reason stays, and is paid for.",
        "Key material that was imported has to be imported again where it was deleted.",
    ),
    undo_says="Schedules the deletion again, in the days that were left: seven at least and thirty "
    "at most, as AWS has it. The date is not the same to the second.",
    undo_warns="When the key is deleted, all that is encrypted with it is lost for good.",
    find=find_key,
    read=_read,
    change=_cancel,
    restore=_schedule_again,
    holds=same_state,
    look_around=_look_around,
    order=Order.DATA,
    region_bound=True,
)

ENABLE_KEY = Action(
    name="enable-key",
    title="Enable a KMS key",
    subject_kind="kms-key",
    parameters=(REGION,),
    permissions=Permissions(
        plan=_PLAN,
        look=(),
        apply=("kms:EnableKey", "kms:DescribeKey"),
        undo=("kms:DisableKey", "kms:DescribeKey"),
    ),
    does="Enables the key: what is encrypted with it can be read again.",
    does_not_stop=_DOES_NOT_STOP,
    can_hurt=("Whoever the key's policy lets in can read with it again, the attacker too.",),
    undo_says="Disables the key again.",
    undo_warns="What is encrypted with it can't be read: databases and volumes fail.",
    find=find_key,
    read=_read,
    change=_enable,
    restore=_disable_again,
    holds=same_state,
    look_around=_look_around,
    order=Order.DATA,
    region_bound=True,
)

ACTIONS = (CANCEL_KEY_DELETION, ENABLE_KEY)
