"""Carrying out a containment plan: each action in its turn, resumed wherever it was left.

Nothing is kept beside the actions' own states, so that whoever comes next, in whatever process,
goes on from what is true: what is verified is passed over, what is not known is read back, what
certainly did not happen is planned and sent again, and one responder waits while another sends.
"""

import time
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from trailtui.aws.errors import (
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
)
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import CaseError, InputError, TrailtuiError
from trailtui.model.times import now_ms
from trailtui.respond.action import AlreadyDone, Drifted, Order, Refusal, same_state
from trailtui.respond.applying import apply_confirmed
from trailtui.respond.arming import armed_session, introduce
from trailtui.respond.carried_out import Result, Step, StopNow, Tell
from trailtui.respond.confirming import check_containment
from trailtui.respond.containment_store import (
    ContainmentRow,
    Standing,
    find_containment,
    put_in_place,
    standings,
)
from trailtui.respond.planning import plan_again
from trailtui.respond.registry import find_action
from trailtui.respond.settling import PATIENCE_S, Outcome, Sleep, mark_interrupted, settle
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
    find_plan,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

WAIT_FOR_ANOTHER_S = 60.0
"""How long is waited for another responder's action on its way, before this run stops."""
SLICE_S = 1.0
"""How often something is said while the margin is waited for."""

_ENDS_THE_RUN = (CredentialsExpired, CredentialsRefused, NoCredentials, NotReachable)


class _StoppedError(Exception):
    """The run can't go on; the reason is for the responder."""


def carry_out(
    case: Case,
    aws: "AwsSession",
    reference: str,
    confirmation: str,
    *,
    irreversible: Collection[str] = (),
    dry_run: bool = False,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
    tell: Tell = lambda _: None,
) -> Result:
    """Carry out, or go on with, the containment plan of that name or hash.

    `confirmation` is the plan's word or hash, `irreversible` the targets typed one by one of the
    actions that can't be undone; one that was not typed is left alone. A dry run needs neither
    and sends reading calls only. Raises UsageError for a wrong confirmation and Refusal where the
    case is not armed for this account and identity; what goes wrong after that is in the result.
    """
    found = find_containment(case, reference)
    if not dry_run:
        check_containment(found, confirmation, irreversible)
    identity = introduce(case, aws)
    if identity.account != found.plan.account:
        raise Refusal(
            f"the plan is for account {found.plan.account}, this session of {identity.account}",
            where=found.name,
            cure=f"Give a --profile for {found.plan.account}.",
        )
    run = _Run(case, aws, found, set(irreversible), sleep, patience_s, tell)
    if dry_run:
        return run.rehearse()
    armed_session(case, aws, identity)
    return run.go()


class _Run:
    def __init__(
        self,
        case: Case,
        aws: "AwsSession",
        found: ContainmentRow,
        irreversible: set[str],
        sleep: Sleep,
        patience_s: float,
        tell: Tell,
    ) -> None:
        self._case = case
        self._aws = aws
        self._found = found
        self._irreversible = irreversible
        self._sleep = sleep
        self._patience_s = patience_s
        self._tell = tell
        self._notes: list[tuple[int, str]] = []
        self._commands: list[str] = []

    def rehearse(self) -> Result:
        """Check what is still planned, and tell what would be sent."""
        for standing in self._standings():
            if standing.row.state != PLANNED:
                self._note(standing, f"it is {standing.row.state}: nothing would be sent")
                continue
            try:
                outcome = apply_confirmed(self._case, self._aws, standing.row, dry_run=True)
                self._commands += outcome.commands
            except TrailtuiError as refused:
                self._note(standing, str(refused))
        return self._result("")

    def go(self) -> Result:
        stopped = ""
        self._log("begin", {})
        try:
            self._settle()
            for standing in self._standings():
                self._take(standing)
            self._repeat()
        except (_StoppedError, StopNow) as reason:
            stopped = str(reason)
        except _ENDS_THE_RUN as refused:
            stopped = _with_cure(refused)
        except BaseException as cause:
            self._log("end", {"stopped": type(cause).__name__})
            raise
        result = self._result(stopped)
        self._log("end", {"stopped": stopped, "good": result.is_good})
        return result

    # What an earlier run left

    def _settle(self) -> None:
        """Read back what is not known to have happened; what did not happen is planned again."""
        mark_interrupted(self._case)
        for standing in self._standings():
            for row in (standing.row, standing.again):
                if row is not None and row.state in (UNKNOWN, EXECUTED):
                    self._say(standing, "reading back what an earlier run left")
                    self._settle_one(row)
        for standing in self._standings():
            if standing.row.state in (FAILED, NOT_HOLDING):
                self._say(standing, f"it is {standing.row.state}: planned again")
                self._plan_again(standing, standing.row)

    def _settle_one(self, row: ActionRow) -> Outcome:
        account = self._found.plan.account
        outcome = settle(
            self._case, self._aws, row, account, sleep=self._sleep, patience_s=self._patience_s
        )
        if outcome.state in (UNKNOWN, EXECUTED):
            raise _StoppedError(f"action {row.id}: {outcome.says}")
        return outcome

    def _plan_again(self, standing: Standing, old: ActionRow | None) -> ActionRow | None:
        """A fresh plan of the entry's action, put in the place of `old`; None: its repetition's.

        Gives None where that can't be; a note says why.
        """
        repeats = old is None or (standing.again is not None and old.id == standing.again.id)
        try:
            made = plan_again(self._case, self._aws, standing.row.plan)
        except AlreadyDone as done:
            self._note(standing, f"already done: {done.what}")
            return None
        except _ENDS_THE_RUN:
            raise
        except (InputError, CallError) as refused:
            self._note(standing, str(refused))
            return None
        row = find_plan(self._case, made.hash)
        if put_in_place(
            self._case,
            self._found,
            standing.entry.position,
            row.id,
            repeats=repeats,
            instead_of=None if old is None else old.id,
        ):
            return row
        self._note(standing, "another responder planned it again meanwhile")
        return None

    # One entry

    def _take(self, standing: Standing) -> None:
        """Bring one entry as far as it goes; raises _StoppedError where the rest must wait."""
        row = self._once_free(standing.row)
        if row.state != PLANNED:
            return
        entry = standing.entry
        if entry.irreversible and entry.target not in self._irreversible:
            self._note(standing, "it can't be undone and was not confirmed singly: left alone")
            return
        if kept_back := self._kept_back(standing):
            self._note(standing, kept_back)
            return
        self._send(standing, row)

    def _once_free(self, row: ActionRow) -> ActionRow:
        """The action once no other process is about it."""
        for _ in _slices(WAIT_FOR_ANOTHER_S):
            if row.state not in (EXECUTING, EXECUTED, UNKNOWN):
                return row
            self._tell(Step(0, f"waiting for another responder's action {row.id}"))
            self._sleep(SLICE_S)
            mark_interrupted(self._case)
            row = action_by_id(self._case, row.id)
        if row.state in (EXECUTED, UNKNOWN):
            return action_by_id(self._case, self._settle_one(row).action_id)
        raise _StoppedError(
            f"action {row.id} is still being carried out by another process. Apply the plan again "
            "when it is over."
        )

    def _kept_back(self, standing: Standing) -> str:
        """Why an entry that destroys must wait: evidence that was to be kept before is not."""
        if standing.entry.order < Order.REMOVE and not standing.entry.irreversible:
            return ""
        for other in self._standings():
            if other.entry.order == Order.EVIDENCE and other.row.state != VERIFIED:
                return (
                    f"held back: action {other.row.id}, which keeps evidence, is {other.row.state}"
                )
        return ""

    def _send(self, standing: Standing, row: ActionRow, *, is_second: bool = False) -> None:
        self._say(standing, "sending")
        try:
            outcome = apply_confirmed(
                self._case, self._aws, row, sleep=self._sleep, patience_s=self._patience_s
            )
        except Drifted as drifted:
            if action_by_id(self._case, row.id).state != PLANNED:
                self._once_free(action_by_id(self._case, row.id))  # it was somebody else's run
            elif not is_second and self._is_our_doing(standing, row):
                fresh = self._plan_again(standing, row)
                if fresh is not None:
                    self._send(standing, fresh, is_second=True)
            else:
                self._note(standing, str(drifted))
            return
        except _ENDS_THE_RUN:
            raise
        except (CaseError, Refusal) as refused:
            self._after_refusal(standing, row, refused)
            return
        except CallError as refused:
            self._note(standing, str(refused))
            return
        self._say(standing, f"{outcome.state}: {outcome.says}")
        if outcome.state == PLANNED:
            raise _StoppedError(outcome.says)

    def _after_refusal(self, standing: Standing, row: ActionRow, refused: TrailtuiError) -> None:
        """Somebody else took the action: wait for them. Anything else is noted."""
        if action_by_id(self._case, row.id).state == PLANNED:
            self._note(standing, str(refused))
        else:
            self._once_free(action_by_id(self._case, row.id))

    def _is_our_doing(self, standing: Standing, row: ActionRow) -> bool:
        """Whether what changed since the plan is what an earlier action of this plan left."""
        present = find_action(row.plan.action).read(self._aws, row.plan.subject)
        return any(
            one.entry.position < standing.entry.position
            and one.row.state == VERIFIED
            and one.row.plan.action == row.plan.action
            and one.row.plan.subject.arn == row.plan.subject.arn
            and same_state(one.row.outcome["after"], present)
            for one in self._standings()
        )

    # Once more, after the margin

    def _repeat(self) -> None:
        """Send the revocations once more, each when the margin of its first sending is over."""
        due = [one for one in self._standings() if self._wants_repeating(one)]
        for standing in sorted(due, key=_due_ms):
            self._wait_until(standing, _due_ms(standing))
            current = self._standing(standing)
            if not self._wants_repeating(current):
                continue  # somebody else did it while this run waited
            again = current.again
            if again is not None:
                again = self._once_free(again)
            if again is None or again.state != PLANNED:
                again = self._plan_again(current, again)
            if again is not None:
                self._send(self._standing(standing), again)

    def _wants_repeating(self, standing: Standing) -> bool:
        return (
            standing.entry.again_after_s is not None
            and standing.row.state == VERIFIED
            and (standing.again is None or standing.again.state not in (VERIFIED, UNDONE))
        )

    def _wait_until(self, standing: Standing, due_ms: int) -> None:
        left_s = (due_ms - now_ms()) / 1000
        for slice_s in _slices(left_s):
            self._tell(
                Step(
                    standing.entry.position,
                    f"sent once more in {left_s:.0f} s, when its margin is over",
                    left_s,
                )
            )
            self._sleep(slice_s)
            left_s -= slice_s

    # What is told

    def _standings(self) -> list[Standing]:
        return standings(self._case, self._found)

    def _standing(self, old: Standing) -> Standing:
        return next(one for one in self._standings() if one.entry == old.entry)

    def _say(self, standing: Standing, says: str) -> None:
        self._tell(Step(standing.entry.position, says))

    def _note(self, standing: Standing, says: str) -> None:
        self._notes.append((standing.entry.position, says))
        self._say(standing, says)

    def _log(self, what: str, more: dict[str, object]) -> None:
        plan = {"containment": self._found.id, "plan": self._found.hash}
        append(self._case, "containment-run", {"run": what, **plan, **more})

    def _result(self, stopped: str) -> Result:
        return Result(
            self._found,
            tuple(self._standings()),
            tuple(self._notes),
            stopped,
            tuple(self._commands),
        )


def _due_ms(standing: Standing) -> int:
    """When an entry is to be sent once more: its first intent plus the margin."""
    return int(standing.row.outcome["intent_ms"]) + (standing.entry.again_after_s or 0) * 1000


def _slices(seconds: float) -> Iterator[float]:
    while seconds > 0:
        step = min(seconds, SLICE_S)
        yield step
        seconds -= step


def _with_cure(refused: CallError) -> str:
    return f"{refused} Apply the plan again then: it goes on where it stood."
