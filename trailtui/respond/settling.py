"""Finding out what became of an action: read back until it is seen to hold, or the time is up."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trailtui.aws.errors import CallError
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.times import now_ms
from trailtui.respond.action import State, difference, same_state
from trailtui.respond.arming import introduce
from trailtui.respond.course import course_of_calls
from trailtui.respond.process import is_gone
from trailtui.respond.registry import find_action
from trailtui.respond.store import (
    EXECUTED,
    EXECUTING,
    FAILED,
    NOT_HOLDING,
    PLANNED,
    UNDONE,
    UNKNOWN,
    VERIFIED,
    ActionRow,
    action_by_id,
    all_actions,
    move,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

PATIENCE_S = 20.0
"""How long a change may take to be seen: IAM speaks of seconds, and its own guides of minutes."""

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an action stands, in a sentence."""

    action_id: int
    plan_hash: str
    action: str
    target: str
    state: str
    says: str
    commands: tuple[str, ...] = ()
    """What was sent, or would be, as lines for the `aws` tool."""

    @property
    def is_good(self) -> bool:
        """Whether nothing is left to worry about."""
        return self.state in (VERIFIED, UNDONE)


def outcome_of(row: ActionRow, says: str, commands: tuple[str, ...] = ()) -> Outcome:
    """The outcome of an action as its row stands."""
    return Outcome(
        row.id, row.plan_hash, row.plan.action, row.plan.subject.id, row.state, says, commands
    )


def settle(
    case: Case,
    aws: "AwsSession",
    row: ActionRow,
    account: str,
    *,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Read the state back and move an executed or unknown action to what is true.

    An unknown one whose state is still the prior one did not take effect: failed, and never sent
    again by itself. Where AWS can't be read, or the session's `account` is another one than the
    action's, the action stays as it is, and the outcome says why.
    """
    if account != row.plan.subject.account:
        return outcome_of(
            row,
            f"Not looked at: it is in account {row.plan.subject.account}, this session in "
            f"{account}.",
        )
    action = find_action(row.plan.action)
    expected: State = row.outcome["after"]
    present: State | None = None
    try:
        for delay in _delays(patience_s):
            sleep(delay)
            present = action.read(aws, row.plan.subject)
            if action.holds(expected, present):
                break
    except CallError as error:
        says = f"The state could not be read back: {error}"
        append(case, "action-verified", {"id": row.id, "plan": row.plan_hash, "reason": says})
        return outcome_of(row, says)
    if present is None:
        return outcome_of(row, "The state was not read back.")
    if action.holds(expected, present):
        return _holding(case, row, present)
    if row.state == UNKNOWN and same_state(row.plan.prior, present):
        says = "The call did not take effect; the state is as before. Plan again to repeat it."
        return _moved(case, row, FAILED, present, says)
    course = course_of_calls(row.outcome)
    says = f"It does not hold: {difference(expected, present)}. {course}".rstrip()
    return _moved(case, row, NOT_HOLDING, present, says)


def _holding(case: Case, row: ActionRow, present: State) -> Outcome:
    says = "AWS shows the state that was meant."
    if row.state == UNKNOWN:
        says = "The call had taken effect. " + says
    with case.writing(durable=True):
        outcome = _moved(case, row, VERIFIED, present, says)
        if row.undo_of is not None:
            original = action_by_id(case, row.undo_of)
            if original.state != UNDONE:
                move(
                    case,
                    original.id,
                    out_of=(EXECUTED, VERIFIED, NOT_HOLDING),
                    into=UNDONE,
                    outcome={"undone_by": row.id},
                    kind="action-undone",
                )
    return outcome


def _moved(case: Case, row: ActionRow, into: str, present: State, says: str) -> Outcome:
    moved = move(
        case,
        row.id,
        out_of=(EXECUTED, UNKNOWN, VERIFIED, NOT_HOLDING),
        into=into,
        outcome={"read_back": present, "read_back_ms": now_ms(), "reason": says},
        kind="action-verified",
        durable=True,
    )
    return outcome_of(moved, says)


def _delays(patience_s: float) -> Iterator[float]:
    """Waits before each look: none, then doubling to four seconds, until the time is up."""
    yield 0.0
    delay, waited = 0.5, 0.0
    while waited < patience_s:
        step = min(delay, patience_s - waited)
        yield step
        waited += step
        delay = min(delay * 2, 4.0)


def verify(
    case: Case,
    aws: "AwsSession",
    *,
    sleep: Sleep = time.sleep,
    patience_s: float = 0.0,
) -> list[Outcome]:
    """Look whether each action still holds; what was interrupted is settled first.

    Of several on one target the last one counts: it took the others' place.
    """
    account = introduce(case, aws).account
    settled = resume(case, aws, sleep=sleep)
    latest: dict[tuple[str, str, str], ActionRow] = {}
    for row in all_actions(case):
        if row.state not in (PLANNED, FAILED):
            latest[row.plan.action, row.plan.subject.id, row.plan.subject.account] = row
    done = {outcome.action_id for outcome in settled}
    return settled + [
        settle(case, aws, row, account, sleep=sleep, patience_s=patience_s)
        for row in latest.values()
        if row.id not in done and row.state in (EXECUTED, VERIFIED, NOT_HOLDING)
    ]


def resume(
    case: Case,
    aws: "AwsSession",
    *,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
) -> list[Outcome]:
    """Settle what a killed or cut-off process left: read back, nothing is sent again."""
    mark_interrupted(case)
    rows = all_actions(case, (UNKNOWN, EXECUTED))
    if not rows:
        return []
    account = introduce(case, aws).account
    return [settle(case, aws, row, account, sleep=sleep, patience_s=patience_s) for row in rows]


def mark_interrupted(case: Case) -> list[ActionRow]:
    """Turn each `executing` whose process is gone into `unknown`; needs no AWS."""
    marked: list[ActionRow] = []
    for row in all_actions(case, (EXECUTING,)):
        with case.writing(durable=True):
            present = action_by_id(case, row.id)
            if present.state != EXECUTING:
                continue
            process = present.outcome["process"]
            if not is_gone(process, present.outcome["intent_ms"]):
                continue
            reason = (
                f"process {process['pid']} on {process['host']} ended before it noted an outcome"
            )
            marked.append(
                move(
                    case,
                    row.id,
                    out_of=(EXECUTING,),
                    into=UNKNOWN,
                    outcome={"reason": reason},
                    kind="action-outcome",
                )
            )
    return marked
