"""Lambda functions as what actions work on: found by name or ARN, and confirmed by Lambda."""

import re
from typing import TYPE_CHECKING, Any

from trailtui.aws.errors import NotFound
from trailtui.model.entity import Entity
from trailtui.respond.action import Refusal, Scene, State, Subject, Surroundings
from trailtui.respond.case_changes import Recorded, recorded
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around
from trailtui.respond.regional import find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
_ARN = re.compile(
    r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):function:([\w-]{1,64})(?::([\w$-]{1,129}))?",
    re.ASCII,
)

THERE = "function"
"""In a state: whether the function is there."""

READS = ("lambda:GetFunctionConfiguration",)
FINDS = ("sts:GetCallerIdentity", *READS)


def find_function(scene: Scene, target: str) -> Subject:
    """The function of that name or ARN; a version or alias at the ARN's end is left out.

    Raises Refusal for what is none, is gone, or is another account's.
    """
    word = target.strip()
    told = _ARN.fullmatch(word)
    if told:
        refuse_other_account(scene, told[2], target)
    elif not _NAME.fullmatch(word):
        raise Refusal("this is no function", where=target, cure="Give its name or ARN.")
    name = told[3] if told else word
    region, _ = find_in_region(
        scene, target, told[1] if told else None, lambda aws: configuration(aws, name)
    )
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:lambda:{region}:{account}:function:{name}"
    return Subject("function", name, arn, account, name, region)


def configuration(aws: "AwsSession", name: str) -> dict[str, Any] | None:
    """A function's configuration in the session's Region; None where it is gone."""
    try:
        return aws.read("lambda", "GetFunctionConfiguration", FunctionName=name).values
    except NotFound:
        return None


def present_function(aws: "AwsSession", subject: Subject) -> dict[str, Any] | None:
    """The subject's configuration; None where it is gone."""
    return configuration(aws.in_region(subject.region), subject.name)


def refuse_gone(subject: Subject, state: State) -> None:
    """Raise Refusal where the function is gone."""
    if not state[THERE]:
        raise Refusal("the function is gone", where=subject.id)


def changes_of(scene: Scene, subject: Subject, *names: str) -> list[Recorded]:
    """The calls of those names in the case that were about the function, in time order."""
    known = {subject.name, subject.arn}
    return [
        call
        for call in recorded(scene.case, subject.account, names, "lambda.amazonaws.com")
        if call.region == subject.region and str(call.request.get("functionName")) in known
    ]


def around_function(scene: Scene, subject: Subject, *changes: str) -> Around:
    """What stands around a function: what it runs and as which role, its use, who changed it.

    `changes` are the names of the calls that change what the action is about.
    """
    around = Around(scene.aws.in_region(subject.region))
    told = present_function(scene.aws, subject) or {}
    around.fact("runs", f"{told.get('Runtime', 'an image')}, {told.get('Handler', 'no handler')}")
    around.fact("role", str(told.get("Role")))
    around.fact("changed last", str(told.get("LastModified")))
    around.facts += use_in_case(scene.case, Entity("resource", subject.arn))
    calls = changes_of(scene, subject, *changes) if changes else []
    for call in calls[-3:]:
        around.fact("changed", call.says())
    if changes and not calls:
        around.warnings.append(
            "No event of the case changed it: make sure that it is the attacker's doing."
        )
    return around


def surroundings_of(around: Around, subject: Subject, *more: str) -> Surroundings:
    """The surroundings with the certainty that Lambda's own word gives; `more` are warnings."""
    certainty = f"Lambda knows {subject.arn}. Who calls it, and what for, is not seen from there."
    return Surroundings(tuple(around.facts), (*around.warnings, *more), certainty)
