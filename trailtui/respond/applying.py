"""Applying a plan: checked again, written down, sent once, written down, read back."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.aws.identity import AwsIdentity
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import CaseError, TrailtuiError, UsageError
from trailtui.model.times import now_ms
from trailtui.respond.action import (
    Drifted,
    Refusal,
    State,
    difference,
    same_state,
)
from trailtui.respond.arming import armed_session, introduce
from trailtui.respond.confirming import check_action
from trailtui.respond.placeholders import fill_sending_time
from trailtui.respond.process import this_process
from trailtui.respond.refusals import refuse_if_forbidden
from trailtui.respond.registry import find_action
from trailtui.respond.sending import send
from trailtui.respond.settling import PATIENCE_S, Outcome, Sleep, outcome_of, settle
from trailtui.respond.store import (
    EXECUTING,
    FAILED,
    PLANNED,
    ActionRow,
    all_actions,
    find_plan,
    move,
    sent_before,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


@dataclass(frozen=True, slots=True)
class _Ready:
    """A plan that passed every check, with its times filled in."""

    row: ActionRow
    identity: AwsIdentity
    calls: tuple[ApiCall, ...]
    after: State
    rivals: frozenset[int]
    """What was sent to the same target before the state was read."""


def apply(
    case: Case,
    aws: "AwsSession",
    reference: str,
    confirmation: str,
    *,
    dry_run: bool = False,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Apply the plan of that number or hash, and say what became of it.

    `confirmation` is the target's id, as typed, or the plan's hash (12 digits or more); a dry run
    needs none, sends reading calls only, and tells what would be sent. Raises Refusal (Drifted
    where the state changed since the plan), UsageError for a wrong confirmation, CaseError where
    another responder is first; nothing was sent then. AWS's refusal of the call itself is no
    exception but the outcome `failed`, a lost answer the outcome of reading back.
    """
    row = find_plan(case, reference)
    if not dry_run:
        try:
            check_action(row, confirmation)
        except UsageError as refused:
            _log_refusal(case, row, refused, dry_run)
            raise
    return apply_confirmed(case, aws, row, dry_run=dry_run, sleep=sleep, patience_s=patience_s)


def apply_confirmed(
    case: Case,
    aws: "AwsSession",
    row: ActionRow,
    *,
    dry_run: bool = False,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """As `apply`, of a plan that was confirmed already: by itself, or with the whole it is in."""
    try:
        ready = _check(case, aws, row)
        commands = tuple(call.command(aws.command_options) for call in ready.calls)
        if dry_run:
            _log_dry_run(case, ready)
            return outcome_of(row, "Dry run: nothing was sent.", commands)
        armed = armed_session(case, aws, ready.identity)
        claimed = _claim(case, ready)
    except TrailtuiError as refused:
        _log_refusal(case, row, refused, dry_run)
        raise
    sent = send(case, armed, claimed, sleep)
    if sent.state in (FAILED, PLANNED):
        return outcome_of(sent, _nothing_done(sent), commands)
    settled = settle(case, aws, sent, ready.identity.account, sleep=sleep, patience_s=patience_s)
    return outcome_of(find_plan(case, row.plan_hash), settled.says, commands)


def _nothing_done(row: ActionRow) -> str:
    reason = str(row.outcome["reason"])
    if row.state == FAILED:
        return reason
    return f"{reason} Nothing was changed and the plan stands: apply it again."


def _check(case: Case, aws: "AwsSession", row: ActionRow) -> _Ready:
    """Everything that must hold before a call may go out; sends reading calls only."""
    if row.state != PLANNED:
        raise Refusal(
            f"action {row.id} is {row.state}: a plan is applied once",
            cure="Plan again if it is still needed.",
        )
    plan = row.plan
    action = find_action(plan.action)
    identity = introduce(case, aws)
    refuse_if_forbidden(case, aws, identity, plan.subject)
    rivals = sent_before(case, row)
    present = action.read(aws, plan.subject)
    if not same_state(plan.prior, present):
        raise Drifted(
            f"the state changed since the plan: {difference(plan.prior, present)}",
            where=plan.subject.id,
            cure="Plan again from what stands there now.",
        )
    if not plan.time_bound:
        return _Ready(row, identity, plan.calls, plan.after, rivals)
    moment_ms = aws.now_ms()
    calls = tuple(
        replace(call, parameters=fill_sending_time(dict(call.parameters), moment_ms))
        for call in plan.calls
    )
    return _Ready(row, identity, calls, fill_sending_time(plan.after, moment_ms), rivals)


def _claim(case: Case, ready: _Ready) -> ActionRow:
    """Commit the intent, durably; CaseError where another responder was first."""
    row = ready.row
    with case.writing(durable=True):
        for other in all_actions(case, (EXECUTING,)):
            if other.id != row.id and other.plan.subject == row.plan.subject:
                raise CaseError(
                    f"action {other.id} is being carried out on the same target",
                    cure="Wait for its outcome, then plan again.",
                )
        if sent_before(case, row) != ready.rivals:
            raise CaseError(
                "another responder acted on the same target meanwhile",
                cure="Look at `contain CASE list`, then plan again.",
            )
        return move(
            case,
            row.id,
            out_of=(PLANNED,),
            into=EXECUTING,
            outcome={
                "process": this_process(),
                "intent_ms": now_ms(),
                "identity": ready.identity.arn,
                "calls": [call.as_json() for call in ready.calls],
                "after": ready.after,
                "answers": [],
            },
            kind="action-intent",
        )


def _log_dry_run(case: Case, ready: _Ready) -> None:
    if case.readonly:
        return
    calls = [call.as_json() for call in ready.calls]
    append(case, "plan", {"id": ready.row.id, "plan": ready.row.plan_hash, "dry_run": calls})


def _log_refusal(case: Case, row: ActionRow, refused: TrailtuiError, dry_run: bool) -> None:
    if case.readonly:
        return
    append(
        case,
        "action-outcome",
        {
            "id": row.id,
            "plan": row.plan_hash,
            "action": row.plan.action,
            "target": row.plan.subject.id,
            "account": row.plan.subject.account,
            "state": row.state,
            "dry_run": dry_run,
            "refused": str(refused),
        },
    )
