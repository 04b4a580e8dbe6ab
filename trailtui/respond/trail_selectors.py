"""What a trail records: its selectors, put back to what they were before they were narrowed."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.model.errors import InputError
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
from trailtui.respond.case_changes import Recorded, former
from trailtui.respond.placing import at_home
from trailtui.respond.regional import REGION
from trailtui.respond.trails import around_trail, find_trail, trail_call, trail_changes

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

KINDS = ("EventSelectors", "AdvancedEventSelectors")
_USUAL = {"ReadWriteType": "All", "IncludeManagementEvents": True}
DEFAULT_SELECTORS: list[dict[str, Any]] = [_USUAL]
"""What a trail records that nobody gave selectors: all management events, no data events."""


def as_parameters(recorded: Any) -> Any:  # noqa: ANN401  (any JSON value)
    """What a record has of a call's parameters, as the API names them: `readWriteType` with R."""
    if isinstance(recorded, Mapping):
        members = cast("Mapping[str, Any]", recorded)
        return {f"{name[:1].upper()}{name[1:]}": as_parameters(v) for name, v in members.items()}
    if isinstance(recorded, list):
        return [as_parameters(one) for one in cast("list[Any]", recorded)]
    return recorded


def chosen(told: Mapping[str, Any]) -> dict[str, Any]:
    """The selectors of either kind that an answer, a record or a text holds, to be put."""
    return {kind: told[kind] for kind in KINDS if told.get(kind)}


def comparable(told: Mapping[str, Any]) -> dict[str, Any]:
    """Selectors in one form: AWS adds empty lists and what is usual, and drops them at will."""
    listed: list[dict[str, Any]] = told.get("EventSelectors") or []
    basic = [
        {**_USUAL, **{name: value for name, value in one.items() if value != []}} for one in listed
    ]
    return {"basic": basic, "advanced": told.get("AdvancedEventSelectors") or []}


def selectors_from(text: str) -> dict[str, Any]:
    """The selectors that a text says, in the API's names; raises InputError where it says none."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    found = chosen(cast("dict[str, Any]", told)) if isinstance(told, dict) else {}
    if len(found) != 1 or not all(_are_members(one) for one in found.values()):
        raise InputError(
            "these are no selectors",
            cure=f'They are JSON: {{"EventSelectors": {json.dumps(DEFAULT_SELECTORS)}}}, or '
            "AdvancedEventSelectors, and not both.",
        )
    return found


def _are_members(value: object) -> bool:
    listed = cast("list[object]", value) if isinstance(value, list) else [None]
    return all(isinstance(one, dict) for one in listed)


def put_selectors(subject: Subject, selectors: Mapping[str, Any]) -> ApiCall:
    """The call that sets a trail's selectors, of one kind, over those of both."""
    return trail_call("PutEventSelectors", subject, TrailName=subject.name, **selectors)


def read_selectors(aws: "AwsSession", subject: Subject) -> dict[str, Any]:
    """The selectors of either kind; raises NotFound where the trail is gone."""
    told = at_home(aws, subject).read("cloudtrail", "GetEventSelectors", TrailName=subject.name)
    return chosen(told.values)


def _read(aws: "AwsSession", subject: Subject) -> State:
    try:
        found = read_selectors(aws, subject)
    except NotFound:
        return {"selectors": None, "exact": None}
    return {"selectors": comparable(found), "exact": found}


def recorded_selectors(call: Recorded) -> dict[str, Any]:
    """The selectors that a recorded PutEventSelectors set; empty where the record has none."""
    return chosen(as_parameters(call.request))


def _former(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with the selectors that are put back, and the event that they come from."""
    given = dict(scene.parameters)
    if "selectors" in given:
        return given
    calls = [
        call
        for call in trail_changes(scene.case, subject, "PutEventSelectors")
        if recorded_selectors(call)
    ]
    found = former(calls, given.get("from-event"))
    if found is None:
        raise Refusal(
            "the case has no event that tells what the trail recorded before",
            where=subject.id,
            cure="Collect older events (PutEventSelectors), or give them: --parameter "
            f"selectors='{json.dumps({'EventSelectors': DEFAULT_SELECTORS})}'.",
        )
    told = json.dumps(recorded_selectors(found))
    return {**given, "from-event": found.event_id, "selectors": told}


def _put_back(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    wanted = selectors_from(parameters["selectors"])
    after: State = {"selectors": comparable(wanted), "exact": wanted}
    if present["selectors"] is None:
        raise Refusal("the trail is gone", where=subject.id, cure="Plan recreate-trail.")
    if same_state(present, after):
        raise AlreadyDone("the trail has exactly those selectors", where=subject.id)
    return Change((put_selectors(subject, wanted),), after)


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((put_selectors(subject, prior["exact"]),), prior)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_trail(scene, subject, "PutEventSelectors")
    certainty = (
        f"CloudTrail knows {subject.arn}. Former selectors are as true as the record that tells "
        "them: read them in the command."
    )
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


RESTORE_EVENT_SELECTORS = Action(
    name="restore-event-selectors",
    title="Restore what a trail records",
    subject_kind="trail",
    parameters=(
        Parameter("selectors", "what it is to record, as JSON; else the case's events tell it"),
        Parameter("from-event", "the event whose selectors count; else the one before the last"),
        REGION,
    ),
    permissions=Permissions(
        plan=(
            "sts:GetCallerIdentity",
            "cloudtrail:GetTrail",
            "cloudtrail:GetEventSelectors",
        ),
        look=("cloudtrail:GetTrailStatus",),
        apply=("cloudtrail:PutEventSelectors", "cloudtrail:GetEventSelectors"),
        undo=("cloudtrail:PutEventSelectors", "cloudtrail:GetEventSelectors"),
    ),
    does="Sets the trail's selectors to what they were before the last PutEventSelectors that the "
    "case knows of, or to those that are given.",
    does_not_stop=(
        "What happened meanwhile and was left out is in no log file; of management events the "
        "event history has 90 days (collect lookup).",
        "Whoever changed them can change them again: contain that credential.",
    ),
    can_hurt=("Data events that are recorded again are paid for by their number.",),
    undo_says="Sets the selectors that the trail had at the time of the plan.",
    undo_warns="The trail leaves out again what the attacker wanted it to leave out.",
    find=find_trail,
    read=_read,
    change=_put_back,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
    complete=_former,
)

ACTIONS = (RESTORE_EVENT_SELECTORS,)
