"""What feeds a function from a queue, a stream or a table.

Source: Lambda API Reference, UpdateEventSourceMapping.
"""

import re
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
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ARN = re.compile(r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):event-source-mapping:([0-9a-fA-F-]{36})")
_OFF = ("Disabled", "Disabling", "Deleting")
_CALLS = ("CreateEventSourceMapping20150331", "UpdateEventSourceMapping20150331")


def _mapping(aws: "AwsSession", number: str) -> dict[str, Any] | None:
    try:
        return aws.read("lambda", "GetEventSourceMapping", UUID=number).values
    except NotFound:
        return None


def _find(scene: Scene, target: str) -> Subject:
    word = target.strip()
    told = _ARN.fullmatch(word)
    if told:
        refuse_other_account(scene, told[2], target)
    elif not _UUID.fullmatch(word):
        raise Refusal("this is no event source mapping", where=target, cure="Give its UUID or ARN.")
    number = told[3] if told else word
    region, _ = find_in_region(
        scene, target, told[1] if told else None, lambda aws: _mapping(aws, number)
    )
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:lambda:{region}:{account}:event-source-mapping:{number}"
    return Subject("event-source", number, arn, account, number, region)


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = _mapping(aws.in_region(subject.region), subject.name)
    return {"enabled": None if told is None else told["State"] not in _OFF}


def _switch(subject: Subject, *, on: bool) -> ApiCall:
    named = {"UUID": subject.name, "Enabled": on}
    return ApiCall("lambda", "UpdateEventSourceMapping", named, subject.region)


def _disable(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["enabled"]:
        raise AlreadyDone("the event source is disabled or gone", where=subject.id)
    return Change((_switch(subject, on=False),), {"enabled": False})


def _enable(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_switch(subject, on=True),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; what is meant to be disabled may also be gone."""
    gone = expected["enabled"] is False and present["enabled"] is None
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws.in_region(subject.region))
    told = _mapping(scene.aws.in_region(subject.region), subject.name) or {}
    around.fact("feeds", str(told.get("FunctionArn")))
    around.fact("from", str(told.get("EventSourceArn")))
    for call in recorded(scene.case, subject.account, _CALLS, "lambda.amazonaws.com"):
        if subject.name in map(str, (*call.request.values(), *call.answer.values())):
            around.fact("made or changed", call.says())
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        f"Lambda knows {subject.arn}. What stands in its source is not looked at.",
    )


_READS = ("lambda:GetEventSourceMapping",)

DISABLE_EVENT_SOURCE = Action(
    name="disable-event-source",
    title="Disable an event source of a function",
    subject_kind="event-source",
    parameters=(REGION,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=(),
        apply=("lambda:UpdateEventSourceMapping", *_READS),
        undo=("lambda:UpdateEventSourceMapping", *_READS),
    ),
    does="Disables the mapping: what comes into the queue, stream or table no longer starts the "
    "function.",
    does_not_stop=(
        "Batches under way.",
        "Other ways to start the function: permissions in its policy, its address, EventBridge. "
        "To stop it whole: stop-function.",
        "Whoever may change mappings can enable it again.",
    ),
    can_hurt=("What waits in the source is lost where it is kept for a while only.",),
    undo_says="Enables the mapping again. Streams go on where they stood, if that is still kept.",
    undo_warns="What waits in the source starts the function again.",
    find=_find,
    read=_read,
    change=_disable,
    restore=_enable,
    holds=_holds,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (DISABLE_EVENT_SOURCE,)
