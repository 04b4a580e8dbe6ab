"""A trail that was deleted, made again as it was."""

import json
import re
from collections.abc import Mapping

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import AccessDenied, NotFound
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
from trailtui.respond.placing import placed
from trailtui.respond.regional import REGION
from trailtui.respond.trail_selectors import comparable, put_selectors, selectors_from
from trailtui.respond.trail_settings import (
    core,
    insights_from,
    kinds_of,
    read_setup,
    settings_from,
    setup_in_case,
)
from trailtui.respond.trails import SOURCE, trail_call

_NAME = re.compile(r"[\w.-]{3,128}", re.ASCII)


def _find(scene: Scene, target: str) -> Subject:
    """The trail that is to be there; nothing is asked of AWS, as it may be gone."""
    typed = placed(scene, target, "cloudtrail", "trail/")
    if not _NAME.fullmatch(typed.name):
        raise Refusal("this is no name of a trail", where=target)
    region = typed.region or _home_in_case(scene, typed.name) or scene.aws.region
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:cloudtrail:{region}:{account}:trail/{typed.name}"
    return Subject("trail", typed.name, arn, account, typed.name, region)


def _home_in_case(scene: Scene, name: str) -> str:
    """Where the case saw a trail of that name made last; empty where it did not."""
    made = recorded(scene.case, scene.identity.account, ("CreateTrail",), SOURCE)
    homes = [call.region for call in made if call.request.get("name") == name]
    return homes[-1] if homes else ""


def _completed(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with how the trail was set up, as the case tells it."""
    given = dict(scene.parameters)
    if "settings" in given:
        return given
    found = setup_in_case(scene.case, subject)
    if found is None:
        raise Refusal(
            "the case has no event that tells how the trail was set up",
            where=subject.id,
            cure="Collect older events (CreateTrail), or give it: --parameter settings="
            '\'{"S3BucketName": "...", "IsMultiRegionTrail": true}\'.',
        )
    given["settings"] = json.dumps(found.trail)
    if found.selectors:
        given.setdefault("selectors", json.dumps(found.selectors))
    if found.insights:
        given.setdefault("insights", json.dumps(found.insights))
    return given


def _recreate(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    """What is lacking of the trail; all of it, or the rest of what an earlier plan began."""
    settings = settings_from(parameters["settings"], subject)
    after: State = {**present, "trail": core(settings), "logging": True}
    if present["trail"] not in (None, after["trail"]):
        raise Refusal(
            "a trail of that name is there, and set up in another way",
            where=subject.id,
            cure="Look at it (aws cloudtrail get-trail), and change or delete it by hand.",
        )
    calls: list[ApiCall] = []
    if present["trail"] is None:
        calls.append(trail_call("CreateTrail", subject, **settings))
    if "selectors" in parameters:
        selectors = selectors_from(parameters["selectors"])
        after["selectors"] = comparable(selectors)
        if present["selectors"] != after["selectors"]:
            calls.append(put_selectors(subject, selectors))
    if "insights" in parameters:
        insights = insights_from(parameters["insights"])
        after["insights"] = kinds_of(insights)
        if present["insights"] != after["insights"]:
            calls.append(_put_insights(subject, insights))
    if not present["logging"]:
        calls.append(trail_call("StartLogging", subject, Name=subject.name))
    if not calls:
        raise AlreadyDone("the trail is there as it was, and logging", where=subject.id)
    return Change(tuple(calls), after)


def _put_insights(subject: Subject, insights: list[dict[str, str]]) -> ApiCall:
    named = {"TrailName": subject.name, "InsightSelectors": insights}
    return trail_call("PutInsightSelectors", subject, **named)


def _restore(subject: Subject, prior: State, present: State) -> Change:
    if prior["trail"] is None:
        return Change((trail_call("DeleteTrail", subject, Name=subject.name),), prior)
    calls: list[ApiCall] = []
    if present["logging"] and not prior["logging"]:
        calls.append(trail_call("StopLogging", subject, Name=subject.name))
    if present["selectors"] != prior["selectors"]:
        calls.append(put_selectors(subject, prior["exact"]["selectors"]))
    if present["insights"] != prior["insights"]:
        calls.append(_put_insights(subject, prior["exact"]["insights"]))
    return Change(tuple(calls), prior)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(scene.aws)
    found = setup_in_case(scene.case, subject)
    for call in found.told_by[-6:] if found else ():
        around.fact("set up or changed", call.says())
    if "settings" in scene.parameters:
        bucket = settings_from(scene.parameters["settings"], subject)["S3BucketName"]
    else:
        bucket = found.trail.get("S3BucketName", "") if found else ""
    _look_at_bucket(scene, around, str(bucket))
    certainty = (
        "The settings are as true as the records that tell them: what was changed between the "
        "trail's making and its deletion is in them, also if the attacker did it."
    )
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


def _look_at_bucket(scene: Scene, around: Around, bucket: str) -> None:
    """Raise Refusal where the bucket is gone: whoever makes it next would get the log files."""
    named = {"Bucket": bucket, "ExpectedBucketOwner": scene.identity.account}
    try:
        scene.aws.read("s3", "GetBucketLocation", **named)
    except NotFound:
        raise Refusal(
            "the bucket that it delivered to is gone",
            where=bucket,
            cure="Make a bucket for it, and name it: --parameter settings='{...}'.",
        ) from None
    except AccessDenied as denied:
        around.warnings.append(
            f"Not looked at: {denied.what}. See that the bucket {bucket} is there, and whose it is."
        )


_READS = (
    "cloudtrail:GetTrail",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
)

RECREATE_TRAIL = Action(
    name="recreate-trail",
    title="Make a deleted trail again",
    subject_kind="trail",
    parameters=(
        Parameter("settings", "parameters of CreateTrail, as JSON; else the case's events tell"),
        Parameter("selectors", "what it is to record, as JSON; else the case's events tell"),
        Parameter("insights", "its Insight selectors, as JSON; else the case's events tell"),
        REGION,
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "cloudtrail:GetTrail"),
        look=("s3:GetBucketLocation",),
        apply=(
            "cloudtrail:CreateTrail",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            "cloudtrail:StartLogging",
            *_READS,
        ),
        undo=(
            "cloudtrail:DeleteTrail",
            "cloudtrail:StopLogging",
            "cloudtrail:PutEventSelectors",
            "cloudtrail:PutInsightSelectors",
            *_READS,
        ),
    ),
    does="Makes the trail with the settings, selectors and Insights that it had, and starts it.",
    does_not_stop=(
        "What happened while it was away is in no log file; of management events the event "
        "history has 90 days (collect lookup).",
        "Its chain of digests begins anew: the gap can be told from it, and not be filled.",
        "Whoever deleted it can delete it again: contain that credential.",
    ),
    can_hurt=(
        "A second trail of management events is paid for by their number.",
        "A log group takes iam:PassRole on the trail's role, a key and a topic their policies' "
        "consent: AWS refuses the call without.",
    ),
    undo_says="Deletes the trail again; the log files that it delivered stay.",
    undo_warns="The account is no longer logged by this trail: what the attacker wanted.",
    find=_find,
    read=read_setup,
    change=_recreate,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
    complete=_completed,
)

ACTIONS = (RECREATE_TRAIL,)
