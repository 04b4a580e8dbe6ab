"""Stopping a function: no execution of it may run.

Source: Lambda Developer Guide, "Configuring reserved concurrency": zero throttles every call; API
Reference, PutFunctionConcurrency: of all versions and aliases together.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
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
    find_function,
    present_function,
    refuse_gone,
    surroundings_of,
)
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _read(aws: "AwsSession", subject: Subject) -> State:
    if present_function(aws, subject) is None:
        return {THERE: False, "concurrency": None}
    here = aws.in_region(subject.region)
    told = here.read("lambda", "GetFunctionConcurrency", FunctionName=subject.name).values
    return {THERE: True, "concurrency": told.get("ReservedConcurrentExecutions")}


def _put(subject: Subject, number: int) -> ApiCall:
    named = {"FunctionName": subject.name, "ReservedConcurrentExecutions": number}
    return ApiCall("lambda", "PutFunctionConcurrency", named, subject.region)


def _stop(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    refuse_gone(subject, present)
    if present["concurrency"] == 0:
        raise AlreadyDone("the function is stopped", where=subject.id)
    return Change((_put(subject, 0),), {**present, "concurrency": 0})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    if prior["concurrency"] is not None:
        return Change((_put(subject, prior["concurrency"]),), prior)
    named = {"FunctionName": subject.name}
    return Change((ApiCall("lambda", "DeleteFunctionConcurrency", named, subject.region),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; what is meant to be stopped may also be gone."""
    gone = expected["concurrency"] == 0 and not present[THERE]
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_function(
        scene,
        subject,
        "CreateFunction20150331",
        "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration20150331v2",
    )
    return surroundings_of(around, subject)


_READS = (*READS, "lambda:GetFunctionConcurrency")

STOP_FUNCTION = Action(
    name="stop-function",
    title="Stop a function",
    subject_kind="function",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, "lambda:GetFunctionConcurrency"),
        look=(),
        apply=("lambda:PutFunctionConcurrency", *_READS),
        undo=("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", *_READS),
    ),
    does="Sets the function's reserved concurrency to 0: every call of any version is throttled, "
    "and no session of its role is begun by it.",
    does_not_stop=(
        "Executions that run already: up to 15 minutes.",
        "Credentials that were taken from it: they live on. Revoke the sessions of its role.",
        "Replicas at the edge (Lambda@Edge).",
        "Whoever may change functions can let it run again.",
    ),
    can_hurt=(
        "What calls the function fails; events from queues wait, others are dropped in the end.",
        "Provisioned concurrency stands in the way: AWS refuses until it is taken off.",
    ),
    undo_says="Puts the former reserved concurrency back, or none.",
    undo_warns="The function runs again, with the code that it has then.",
    find=find_function,
    read=_read,
    change=_stop,
    restore=_restore,
    holds=_holds,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (STOP_FUNCTION,)
