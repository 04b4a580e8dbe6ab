"""Putting a function's former code back, and keeping the code that stood as evidence.

AWS has no call that makes the code of a published version the current one: it is uploaded again
from where it was deployed from. What stands is published as a version before it is replaced.
Source: Lambda API Reference, UpdateFunctionCode, PublishVersion.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
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
)
from trailtui.respond.case_changes import Recorded, members
from trailtui.respond.irreversible import no_way_back
from trailtui.respond.lambda_functions import (
    FINDS,
    READS,
    THERE,
    around_function,
    changes_of,
    find_function,
    present_function,
    refuse_gone,
    surroundings_of,
)
from trailtui.respond.placeholders import answer_of
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_CHANGES = ("CreateFunction20150331", "UpdateFunctionCode20150331v2")
_PLACES = {
    "s3-bucket": "S3Bucket",
    "s3-key": "S3Key",
    "s3-version": "S3ObjectVersion",
    "image": "ImageUri",
}


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = present_function(aws, subject)
    if told is None:
        return {THERE: False, "code": None, "published": []}
    versions = aws.in_region(subject.region).read_all(
        "lambda", "ListVersionsByFunction", "Versions", FunctionName=subject.name
    )
    published = {one["CodeSha256"] for one in versions if one["Version"] != "$LATEST"}
    return {THERE: True, "code": told["CodeSha256"], "published": sorted(published)}


def _former(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters, with the place and hash of the former code where the case tells them."""
    given = dict(scene.parameters)
    if "version" in given and "sha256" not in given:
        given["sha256"] = _hash_of_version(scene.aws, subject, given["version"])
    if any(name in given for name in _PLACES):
        return given
    before = _deployed_before(changes_of(scene, subject, *_CHANGES), given.get("sha256"))
    if before is None:
        raise Refusal(
            "the case has no event that tells where its former code was deployed from",
            where=subject.id,
            cure="Give it: --parameter s3-bucket=... --parameter s3-key=..., or image=... "
            "(a version's code can be downloaded and put into a bucket).",
        )
    told = {"from-event": before.event_id, **_place(before)}
    code = before.answer.get("codeSha256")
    return {**given, **told, **({"sha256": str(code)} if code else {})}


def _hash_of_version(aws: "AwsSession", subject: Subject, version: str) -> str:
    named = {"FunctionName": subject.name, "Qualifier": version}
    here = aws.in_region(subject.region)
    try:
        told = here.read("lambda", "GetFunctionConfiguration", **named).values
    except NotFound:
        raise Refusal(f"there is no version {version}", where=subject.id) from None
    return str(told["CodeSha256"])


def _place(call: Recorded) -> dict[str, str]:
    """Where a recorded deployment took the code from; empty where it was uploaded."""
    request = members(call.request.get("code")) or call.request
    words = {"s3-bucket": "s3Bucket", "s3-key": "s3Key", "s3-version": "s3ObjectVersion"}
    words["image"] = "imageUri"
    return {name: str(request[word]) for name, word in words.items() if request.get(word)}


def _deployed_before(calls: list[Recorded], sha256: str | None) -> Recorded | None:
    """The last deployment before the last one, or that of a hash, that names a place."""
    fitting = [
        call
        for call in (calls if sha256 else calls[:-1])
        if _place(call) and sha256 in (None, call.answer.get("codeSha256"))
    ]
    return fitting[-1] if fitting else None


def _replace(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, present)
    wanted = parameters.get("sha256")
    if wanted == present["code"]:
        raise AlreadyDone("the function has that code already", where=subject.id)
    place = {word: parameters[name] for name, word in _PLACES.items() if name in parameters}
    calls: list[ApiCall] = []
    published: list[str] = list(present["published"])
    if present["code"] not in published:
        published = sorted({*published, present["code"]})
        kept = {"FunctionName": subject.name, "Description": "Evidence: replaced in an incident"}
        calls.append(ApiCall("lambda", "PublishVersion", kept, subject.region))
    named = {"FunctionName": subject.name, **place}
    calls.append(ApiCall("lambda", "UpdateFunctionCode", named, subject.region))
    code = wanted or answer_of(len(calls) - 1, "CodeSha256")
    return Change(tuple(calls), {THERE: True, "code": code, "published": published})


def _holds(expected: State, present: State) -> bool:
    kept = set(expected["published"]) <= set(present["published"])
    return bool(present[THERE] and present["code"] == expected["code"] and kept)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_function(scene, subject, *_CHANGES)
    for call in changes_of(scene, subject, *_CHANGES)[-3:]:
        around.fact("code then", str(call.answer.get("codeSha256")))
    around.fact("code now", str(present["code"]))
    return surroundings_of(
        around,
        subject,
        "Aliases and callers of a version are not led back by this: look at what they call.",
        "Look at who could write to the place that the code is taken from.",
    )


_READS = (*READS, "lambda:ListVersionsByFunction")

RESTORE_FUNCTION_CODE = Action(
    name="restore-function-code",
    title="Put a function's former code back",
    subject_kind="function",
    parameters=(
        Parameter("version", "the published version whose code it is to be, to be held against"),
        Parameter("s3-bucket", "where the code lies; else the case's events say"),
        Parameter("s3-key", "the object there"),
        Parameter("s3-version", "the object's version"),
        Parameter("image", "the image's URI, of a function that is one"),
        Parameter("sha256", "of the code, as Lambda writes it (base64), to be held against"),
        REGION,
    ),
    permissions=Permissions(
        plan=(*FINDS, "lambda:ListVersionsByFunction"),
        look=(),
        apply=("lambda:PublishVersion", "lambda:UpdateFunctionCode", *_READS),
        undo=(),
    ),
    does="Publishes the code that stands as a version, as evidence, and deploys the former one "
    "from its bucket or image. Where its hash is known, that is what counts as done.",
    does_not_stop=(
        "Executions that run already, and versions and aliases.",
        "Layers, environment variables and the role: look at each.",
        "Whoever may change functions can do it again: contain that credential first.",
    ),
    can_hurt=("If the code was changed lawfully, that change no longer runs.",),
    undo_says="The code that was replaced is kept as a version, but AWS has no call that makes a "
    "version's code the current one: download and deploy it, if that is really meant.",
    undo_warns="",
    find=find_function,
    read=_read,
    change=_replace,
    restore=no_way_back,
    holds=_holds,
    look_around=_look_around,
    order=Order.REMOVE,
    irreversible=True,
    region_bound=True,
    complete=_former,
)

ACTIONS = (RESTORE_FUNCTION_CODE,)
