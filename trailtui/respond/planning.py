"""Making plans: of an action, and of taking one back. Sends reading calls only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.case.file import Case
from trailtui.model.errors import UsageError
from trailtui.model.times import now_ms
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Drifted,
    Refusal,
    Scene,
    Subject,
    difference,
    lies_between,
    same_state,
)
from trailtui.respond.arming import introduce
from trailtui.respond.course import is_partial
from trailtui.respond.placeholders import waits_for_sending
from trailtui.respond.plan import Plan
from trailtui.respond.refusals import break_glass_list, refuse_if_forbidden
from trailtui.respond.registry import find_action
from trailtui.respond.store import (
    EXECUTED,
    EXECUTING,
    NOT_HOLDING,
    UNKNOWN,
    VERIFIED,
    ActionRow,
    action_by_id,
    add_plan,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

SKEW_WORTH_SAYING_MS = 30_000


def make_plan(
    case: Case,
    aws: "AwsSession",
    action_name: str,
    target: str,
    parameters: Mapping[str, str] | None = None,
) -> Plan:
    """Plan an action on a target, from the state that it is in now; stored and logged.

    Raises Refusal for what must not be done, AlreadyDone where nothing is left to do, UsageError
    for a parameter the action does not know, CallError where AWS refuses a reading call.
    """
    action = find_action(action_name)
    given = _parameters(action, parameters or {})
    identity = introduce(case, aws)
    scene = Scene(case, aws, identity, given)
    return _planned(scene, action, action.find(scene, target))


def plan_again(case: Case, aws: "AwsSession", old: Plan) -> Plan:
    """The same action on the same subject, planned from the state that it is in now.

    Stored and logged; raises what `make_plan` raises.
    """
    identity = introduce(case, aws)
    scene = Scene(case, aws, identity, old.parameters)
    return _planned(scene, find_action(old.action), old.subject)


def _planned(scene: Scene, action: Action, subject: Subject) -> Plan:
    case, aws, identity = scene.case, scene.aws, scene.identity
    refuse_if_forbidden(case, aws, identity, subject)
    present = action.read(aws, subject)
    given = dict(action.complete(scene, subject, present))
    change = action.change(subject, present, given)
    around = action.look_around(scene, subject, present)
    plan = Plan(
        action=action.name,
        title=action.title,
        subject=subject,
        parameters=given,
        identity=identity.arn,
        planned_ms=now_ms(),
        calls=change.calls,
        prior=present,
        after=change.after,
        needs=action.permissions.apply,
        facts=around.facts,
        warnings=(*around.warnings, *_general_warnings(case, aws)),
        certainty=around.certainty,
        time_bound=waits_for_sending([call.as_json() for call in change.calls]),
    )
    add_plan(case, plan)
    return plan


def undo(case: Case, aws: "AwsSession", action_id: int) -> Plan:
    """Plan the way back from an action; stored and logged, to be applied like any other plan.

    Raises Drifted where the state is no longer the one that the action left, Refusal where the
    action was never carried out or is itself an undo.
    """
    row = action_by_id(case, action_id)
    action = find_action(row.plan.action)
    _refuse_undo(row)
    identity = introduce(case, aws)
    subject = row.plan.subject
    refuse_if_forbidden(case, aws, identity, subject)
    present = action.read(aws, subject)
    left = row.outcome["after"]
    halfway = is_partial(row.outcome) and lies_between(row.plan.prior, left, present)
    if halfway and same_state(row.plan.prior, present):
        raise AlreadyDone(f"the state is the one from before action {action_id}", where=subject.id)
    if not same_state(left, present) and not halfway:
        raise Drifted(
            f"the state is not the one that action {action_id} left: {difference(left, present)}",
            where=subject.id,
            cure="Somebody changed it since. Undo a later action first, or look at what stands "
            "there and change it by hand.",
        )
    change: Change = action.restore(subject, row.plan.prior, present)
    plan = Plan(
        action=action.name,
        title=f"Undo: {action.title}",
        subject=subject,
        parameters={},
        identity=identity.arn,
        planned_ms=now_ms(),
        calls=change.calls,
        prior=present,
        after=change.after,
        needs=action.permissions.undo,
        facts=(),
        warnings=(action.undo_warns, *_general_warnings(case, aws)),
        certainty=f"The state is still the one that action {action_id} left.",
        time_bound=False,
        undo_of=action_id,
    )
    add_plan(case, plan)
    return plan


def _parameters(action: Action, given: Mapping[str, str]) -> dict[str, str]:
    known = {parameter.name: parameter for parameter in action.parameters}
    for name in given:
        if name not in known:
            raise UsageError(
                f"{action.name} knows no parameter {name!r}",
                cure=f"It knows: {', '.join(known) or 'none'}.",
            )
    defaults = {name: item.default for name, item in known.items() if item.default is not None}
    return {**defaults, **given}


def _refuse_undo(row: ActionRow) -> None:
    if row.undo_of is not None:
        raise Refusal(
            f"action {row.id} is itself an undo", cure=f"Plan {row.plan.action} again instead."
        )
    action = find_action(row.plan.action)
    if action.irreversible:
        raise Refusal(
            f"{action.name} can't be undone: {action.undo_says}", where=f"action {row.id}"
        )
    if row.state in (EXECUTING, UNKNOWN):
        raise Refusal(
            f"action {row.id} is {row.state}: it is not known yet whether it took effect",
            cure="Read it back first: `contain CASE verify`.",
        )
    if row.state not in (EXECUTED, VERIFIED, NOT_HOLDING):
        raise Refusal(f"action {row.id} is {row.state}: there is nothing to take back")


def _general_warnings(case: Case, aws: "AwsSession") -> list[str]:
    warnings: list[str] = []
    if not break_glass_list(case):
        warnings.append("The case has no break-glass list: no identity is protected by name.")
    if abs(aws.skew_ms) > SKEW_WORTH_SAYING_MS:
        warnings.append(
            f"This host's clock is {abs(aws.skew_ms) // 1000} s "
            f"{'behind' if aws.skew_ms > 0 else 'ahead of'} AWS's; times sent are AWS's."
        )
    return warnings
