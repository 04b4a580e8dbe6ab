"""A function's layers: code of others that runs before its own, and in the same process.

Source: Lambda API Reference, UpdateFunctionConfiguration: the list of layers is set as a whole.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_CHANGE = "UpdateFunctionConfiguration20150331v2"
_CREATE = "CreateFunction20150331"


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = present_function(aws, subject)
    if told is None:
        return {THERE: False, "layers": []}
    return {THERE: True, "layers": [layer["Arn"] for layer in told.get("Layers", [])]}


def _set(subject: Subject, layers: list[str]) -> ApiCall:
    named = {"FunctionName": subject.name, "Layers": layers}
    return ApiCall("lambda", "UpdateFunctionConfiguration", named, subject.region)


def _listed(text: str) -> list[str]:
    return [arn.strip() for arn in text.split(",") if arn.strip()]


def _remove(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, present)
    there: list[str] = present["layers"]
    named = _listed(parameters.get("layer", "")) or there
    left = [arn for arn in there if arn not in named]
    if left == there:
        raise AlreadyDone("the function has no such layer", where=subject.id)
    return Change((_set(subject, left),), {**present, "layers": left})


def _put_back(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, present)
    wanted = _listed(parameters["layers"])
    if wanted == present["layers"]:
        raise AlreadyDone("the function has these layers already", where=subject.id)
    return Change((_set(subject, wanted),), {**present, "layers": wanted})


def _former(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with the layers from before the last change, by the case's events."""
    if "layers" in scene.parameters:
        return scene.parameters
    calls = changes_of(scene, subject, _CREATE, _CHANGE)
    setting = [call for call in calls if "layers" in call.request or call.name == _CREATE]
    if len(setting) < 2:
        raise Refusal(
            "the case has no event that tells which layers it had before",
            where=subject.id,
            cure="Give them: --parameter layers=ARN,ARN (empty for none).",
        )
    before = setting[-2]
    named: list[Any] = before.request.get("layers") or []
    layers = ",".join(str(arn) for arn in named)
    return {**scene.parameters, "layers": layers, "from-event": before.event_id}


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set(subject, prior["layers"]),), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_function(scene, subject, _CHANGE)
    for arn in present["layers"]:
        owner = str(arn).split(":")[4] if str(arn).count(":") > 4 else ""
        strange = "" if owner == subject.account else f" of account {owner}"
        around.fact("layer", f"{arn}{strange}")
    return surroundings_of(
        around,
        subject,
        "Published versions keep the layers that they had then: look at what calls them.",
    )


def _permissions(*more: str) -> Permissions:
    return Permissions(
        plan=FINDS,
        look=(),
        apply=("lambda:UpdateFunctionConfiguration", *more, *READS),
        undo=("lambda:UpdateFunctionConfiguration", "lambda:GetLayerVersion", *READS),
    )


_STAYS = (
    "Executions that run already, and published versions.",
    "Environment variables and an extension's own settings: compare them by hand.",
    "Whoever may change functions can do it again: contain that credential first.",
)

REMOVE_FUNCTION_LAYERS = Action(
    name="remove-function-layers",
    title="Take layers from a function",
    subject_kind="function",
    parameters=(Parameter("layer", "ARNs of the layers, with commas; else all of them"), REGION),
    permissions=_permissions("lambda:GetLayerVersion"),
    does="Takes the layers from the function: their code no longer runs in new executions.",
    does_not_stop=_STAYS,
    can_hurt=("If the function needs what a layer brings, it fails.",),
    undo_says="Gives the function the same layers in the same order again.",
    undo_warns="The layers' code runs within the function again.",
    find=find_function,
    read=_read,
    change=_remove,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

RESTORE_FUNCTION_LAYERS = Action(
    name="restore-function-layers",
    title="Put a function's former layers back",
    subject_kind="function",
    parameters=(
        Parameter("layers", "all that it is to have, ARNs with commas; else the case's events say"),
        REGION,
    ),
    permissions=_permissions("lambda:GetLayerVersion"),
    does="Sets the function's layers to those from before the last change in the case, or to those "
    "that are given.",
    does_not_stop=_STAYS,
    can_hurt=("If a layer was changed lawfully, that change is lost.",),
    undo_says="Gives the function the layers again that it had before this.",
    undo_warns="The attacker's change stands again.",
    find=find_function,
    read=_read,
    change=_put_back,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
    complete=_former,
)

ACTIONS = (REMOVE_FUNCTION_LAYERS, RESTORE_FUNCTION_LAYERS)
