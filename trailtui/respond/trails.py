"""Trails of CloudTrail, as what actions work on; and logging that was stopped, started again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
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
from trailtui.respond.case_changes import Recorded, recorded
from trailtui.respond.looking import Around, moment
from trailtui.respond.placing import at_home, placed, read_if_there
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

SOURCE = "cloudtrail.amazonaws.com"


def find_trail(scene: Scene, target: str) -> Subject:
    """The trail of that name or ARN, at its home; raises Refusal where there is none here."""
    typed = placed(scene, target, "cloudtrail", "trail/")

    def look(aws: "AwsSession") -> dict[str, Any] | None:
        return read_if_there(aws, "cloudtrail", "GetTrail", Name=typed.name)

    _, told = find_in_region(scene, target, typed.region, look)
    trail: dict[str, Any] = told["Trail"]
    arn = str(trail["TrailARN"])
    _, _, _, home, account, _ = arn.split(":", 5)
    return Subject("trail", trail["Name"], arn, account, trail["Name"], home)


def trail_changes(case: "Case", subject: Subject, *names: str) -> list[Recorded]:
    """The calls of those names in the case that were about the trail, in time order."""
    mine = (subject.name, subject.arn)
    return [
        call
        for call in recorded(case, subject.account, names, SOURCE)
        if str(call.request.get("name") or call.request.get("trailName")) in mine
        and call.region in ("", subject.region)
    ]


def trail_call(operation: str, subject: Subject, **parameters: object) -> ApiCall:
    """A call to the trail's home; `parameters` are to name the trail as the operation wants it."""
    return ApiCall("cloudtrail", operation, parameters, subject.region)


def _read(aws: "AwsSession", subject: Subject) -> State:
    here = at_home(aws, subject)
    told = read_if_there(here, "cloudtrail", "GetTrailStatus", Name=subject.name)
    return {"logging": None if told is None else bool(told["IsLogging"])}


def _start(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["logging"] is None:
        raise Refusal("the trail is gone", where=subject.id, cure="Plan recreate-trail.")
    if present["logging"]:
        raise AlreadyDone("the trail is logging", where=subject.id)
    return Change((trail_call("StartLogging", subject, Name=subject.name),), {"logging": True})


def _stop_again(subject: Subject, prior: State, _left: State) -> Change:
    return Change((trail_call("StopLogging", subject, Name=subject.name),), prior)


def around_trail(scene: Scene, subject: Subject, *names: str) -> Around:
    """What the trail says of its deliveries, and the calls of those names in the case."""
    around = Around(at_home(scene.aws, subject))

    def tell(values: dict[str, Any]) -> None:
        around.fact("last delivery", moment(values.get("LatestDeliveryTime")))
        if error := values.get("LatestDeliveryError"):
            around.warnings.append(f"It can't deliver: {error}. Look at its bucket's policy.")

    around.look("GetTrailStatus", tell, service="cloudtrail", Name=subject.name)
    for call in trail_changes(scene.case, subject, *names)[-5:]:
        around.fact("changed", call.says())
    return around


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_trail(scene, subject, "StopLogging", "StartLogging")
    around.warnings.append(
        "What happened while it was stopped is in no log file. Management events of 90 days are "
        "in the event history all the same (collect lookup); data events are lost."
    )
    certainty = f"CloudTrail knows {subject.arn} and says whether it logs."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


START_LOGGING = Action(
    name="start-logging",
    title="Let a trail log again",
    subject_kind="trail",
    parameters=(REGION,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"),
        look=(),
        apply=("cloudtrail:StartLogging", "cloudtrail:GetTrailStatus"),
        undo=("cloudtrail:StopLogging", "cloudtrail:GetTrailStatus"),
    ),
    does="Starts the trail's logging: what happens from then on is delivered to its bucket.",
    does_not_stop=(
        "Whoever stopped it can stop it again: contain that credential, and watch StopLogging.",
        "Selectors that were narrowed (restore-event-selectors), and whatever was done to the "
        "bucket or the key that the log files are encrypted with.",
    ),
    can_hurt=("Log files and their storage are paid for again.",),
    undo_says="Stops the logging again.",
    undo_warns="The account is no longer logged by this trail: what the attacker wanted.",
    find=find_trail,
    read=_read,
    change=_start,
    restore=_stop_again,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
)

ACTIONS = (START_LOGGING,)
