"""Taking back everything that was done, the last first; each one planned, checked and verified."""

import time
from dataclasses import dataclass
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
from trailtui.model.errors import CaseError, InputError, UsageError
from trailtui.respond.applying import apply_confirmed
from trailtui.respond.arming import armed_session, introduce
from trailtui.respond.carried_out import Step, StopNow, Tell
from trailtui.respond.containment_store import ContainmentRow, standings
from trailtui.respond.planning import undo
from trailtui.respond.settling import PATIENCE_S, Outcome, Sleep, resume
from trailtui.respond.store import (
    EXECUTED,
    NOT_HOLDING,
    PLANNED,
    VERIFIED,
    ActionRow,
    all_actions,
    find_plan,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ENDS_THE_RUN = (CredentialsExpired, CredentialsRefused, NoCredentials, NotReachable, StopNow)


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking everything back came to."""

    outcomes: tuple[Outcome, ...]
    """Of the ways back that were sent, in their order."""
    refused: tuple[tuple[ActionRow, str], ...]
    """Actions that stand as they were, and why."""
    stopped: str = ""

    @property
    def is_good(self) -> bool:
        """Whether everything was taken back and is seen to be."""
        return not self.refused and not self.stopped and all(o.is_good for o in self.outcomes)


def undo_word(account: str) -> str:
    """What is typed to confirm that everything in an account is taken back."""
    return f"undo {account}"


def to_undo(case: Case, account: str, only: ContainmentRow | None = None) -> list[ActionRow]:
    """The actions that stand in an account, in the order in which they are to be taken back.

    `only`: those of one containment plan. What can't be undone is among them, to be said.
    """
    rows = all_actions(case, (EXECUTED, VERIFIED, NOT_HOLDING))
    if only is not None:
        mine = {row.id for one in standings(case, only) for row in (one.row, one.again) if row}
        rows = [row for row in rows if row.id in mine]
    standing = [
        row for row in rows if row.plan.undo_of is None and row.plan.subject.account == account
    ]
    return sorted(standing, key=lambda row: (-int(row.outcome.get("intent_ms", 0)), -row.id))


def undo_all(
    case: Case,
    aws: "AwsSession",
    confirmation: str,
    *,
    only: ContainmentRow | None = None,
    sleep: Sleep = time.sleep,
    patience_s: float = PATIENCE_S,
    tell: Tell = lambda _: None,
) -> Undone:
    """Take back every action that stands, the last first.

    `confirmation` is `undo_word` of the session's account. One that is refused (somebody changed
    the target since, or it can't be undone) is left as it is, and the others are taken back all
    the same. Raises UsageError for a wrong confirmation, Refusal where the case is not armed.
    """
    identity = introduce(case, aws)
    if " ".join(confirmation.split()) != undo_word(identity.account):
        raise UsageError(
            "taking everything back is not confirmed",
            cure=f"Type {undo_word(identity.account)!r}.",
        )
    armed_session(case, aws, identity)
    resume(case, aws, sleep=sleep, patience_s=patience_s)
    rows = to_undo(case, identity.account, only)
    append(case, "undo-all", {"actions": [row.id for row in rows], "account": identity.account})
    outcomes: list[Outcome] = []
    refused: list[tuple[ActionRow, str]] = []
    for row in rows:
        tell(Step(row.id, "taking it back"))
        try:
            outcome = _take_back(case, aws, row, sleep, patience_s)
        except _ENDS_THE_RUN as stopped:
            return Undone(tuple(outcomes), tuple(refused), str(stopped))
        except (InputError, CallError, CaseError) as reason:
            refused.append((row, str(reason)))
        else:
            outcomes.append(outcome)
            if outcome.state == PLANNED:
                return Undone(tuple(outcomes), tuple(refused), outcome.says)
    return Undone(tuple(outcomes), tuple(refused))


def _take_back(
    case: Case, aws: "AwsSession", row: ActionRow, sleep: Sleep, patience_s: float
) -> Outcome:
    way_back = find_plan(case, undo(case, aws, row.id).hash)
    return apply_confirmed(case, aws, way_back, sleep=sleep, patience_s=patience_s)
