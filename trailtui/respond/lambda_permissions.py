"""Statements of a function's own policy: who else may call it.

Source: Lambda API Reference, AddPermission, RemovePermission, GetPolicy. A statement is put back
through the parameters that AddPermission has; one that they can't express is not taken away.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

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
    same_state,
)
from trailtui.respond.case_changes import members
from trailtui.respond.iam_principals import name_of_part, split_target
from trailtui.respond.lambda_functions import (
    FINDS,
    around_function,
    changes_of,
    find_function,
    surroundings_of,
)
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ADD = "AddPermission20150331v2"

_CONDITIONS = {
    ("ArnLike", "aws:sourcearn"): "SourceArn",
    ("ArnEquals", "aws:sourcearn"): "SourceArn",
    ("StringEquals", "aws:sourceaccount"): "SourceAccount",
    ("StringEquals", "aws:principalorgid"): "PrincipalOrgID",
    ("StringEquals", "lambda:eventsourcetoken"): "EventSourceToken",
    ("StringEquals", "lambda:functionurlauthtype"): "FunctionUrlAuthType",
}
"""What AddPermission makes of its parameters."""


def _policy(aws: "AwsSession", name: str) -> dict[str, dict[str, Any]]:
    """The function's statements by their Sid; none where it has no policy or is gone."""
    try:
        told = aws.read("lambda", "GetPolicy", FunctionName=name).values
    except NotFound:
        return {}
    listed = json.loads(told["Policy"]).get("Statement", [])
    return {str(one.get("Sid")): one for one in listed}


def _find(scene: Scene, target: str) -> Subject:
    word, given = target.strip(), scene.parameters.get("statement")
    if not given and "/" in word:
        word, given = split_target(word, None, what="statement", parameter="statement")
    function = find_function(scene, word)
    stands = _policy(scene.aws.in_region(function.region), function.name)
    sid = given or _added(scene, function, stands)
    return replace(function, kind="function-permission", id=f"{function.name}/{sid}")


def _added(scene: Scene, function: Subject, stands: Mapping[str, Any]) -> str:
    """The one statement that the case's events added and that still stands."""
    calls = changes_of(scene, function, _ADD)
    sids = {str(call.request.get("statementId")) for call in calls}
    left = sorted(sids & set(stands))
    if len(left) == 1:
        return left[0]
    if calls and not left:
        raise AlreadyDone("nothing that the case's events added still stands", where=function.id)
    raise Refusal(
        f"it is not clear which statement is meant; there are: {', '.join(stands) or 'none'}",
        where=function.id,
        cure="Give FUNCTION/STATEMENT, or --parameter statement=...",
    )


def _read(aws: "AwsSession", subject: Subject) -> State:
    stands = _policy(aws.in_region(subject.region), subject.name)
    return {"statement": stands.get(name_of_part(subject))}


def _remove(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["statement"] is None:
        raise AlreadyDone("the function's policy has no such statement", where=subject.id)
    _adding(subject, present["statement"])  # refused now, where it could not be put back
    named = {"FunctionName": subject.name, "StatementId": name_of_part(subject)}
    call = ApiCall("lambda", "RemovePermission", named, subject.region)
    return Change((call,), {"statement": None})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    named = _adding(subject, prior["statement"])
    return Change((ApiCall("lambda", "AddPermission", named, subject.region),), prior)


def _adding(subject: Subject, statement: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters by which AddPermission makes this statement; Refusal where none do."""
    named: dict[str, Any] = {
        "FunctionName": subject.name,
        "StatementId": name_of_part(subject),
        "Action": statement["Action"],
        "Principal": _principal(statement["Principal"]),
    }
    conditions: dict[str, dict[str, Any]] = statement.get("Condition", {})
    for operator, keys in conditions.items():
        for key, value in keys.items():
            parameter = _CONDITIONS.get((operator, key.casefold()))
            if parameter is None or not isinstance(value, str):
                raise _not_expressible(subject, f"the condition {operator} {key}")
            named[parameter] = value
    if statement.get("Effect") != "Allow" or None in (named["Principal"], named["Action"]):
        raise _not_expressible(subject, "its effect, action or principal")
    return named


def _principal(told: object) -> str | None:
    """The principal as AddPermission takes it; None where it is more than one."""
    if isinstance(told, dict):
        named = list(cast("dict[str, Any]", told).values())
        told = named[0] if len(named) == 1 else None
    return told if isinstance(told, str) else None


def _not_expressible(subject: Subject, what: str) -> Refusal:
    return Refusal(
        f"{what} of the statement could not be put back",
        where=subject.id,
        cure="Stop the function instead (stop-function), or remove the statement by hand.",
    )


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_function(scene, replace(subject, id=subject.name), _ADD)
    around.fact("lets in", json.dumps(members(present["statement"]).get("Principal")))
    return surroundings_of(
        around, subject, "Only the function's own policy is looked at, not those of its aliases."
    )


_READS = ("lambda:GetPolicy",)

REMOVE_FUNCTION_PERMISSION = Action(
    name="remove-function-permission",
    title="Take a permission out of a function's policy",
    subject_kind="function-permission",
    parameters=(
        Parameter("statement", "its Sid; else the one that the case's events added"),
        REGION,
    ),
    permissions=Permissions(
        plan=(*FINDS, *_READS),
        look=(),
        apply=("lambda:RemovePermission", *_READS),
        undo=("lambda:AddPermission", *_READS),
    ),
    does="Removes the statement from the function's policy: whom it let in can't call the function "
    "by it any more.",
    does_not_stop=(
        "Executions that run already.",
        "What other statements, and the policies of identities of the same account, allow.",
        "Whoever added it can do so again: contain that credential first.",
    ),
    can_hurt=("A service that calls the function by this statement fails to, often in silence.",),
    undo_says="Adds a statement of the same Sid, action, principal and conditions again.",
    undo_warns="Whom it let in can call the function again.",
    find=_find,
    read=_read,
    change=_remove,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (REMOVE_FUNCTION_PERMISSION,)
