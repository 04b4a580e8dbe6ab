"""Sending the calls of one action: each once, and each answer written down before the next goes.

Only a throttled call is sent again: AWS has said that it did not carry it out.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import Answer, ApiCall
from trailtui.aws.errors import (
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
    Throttled,
)
from trailtui.case.file import Case
from trailtui.model.errors import AwsError
from trailtui.model.times import now_ms
from trailtui.respond.placeholders import fill_answers, value_at, wanted_answers
from trailtui.respond.settling import Sleep
from trailtui.respond.store import EXECUTED, EXECUTING, FAILED, PLANNED, UNKNOWN, ActionRow, move

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

THROTTLE_WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""How long is waited before a throttled call is sent again; after the last it is given up."""

_OF_THE_SESSION = (
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
    Throttled,
)
"""Refusals that say nothing of the action: once they are cured, the plan can be applied."""


def send(case: Case, armed: "AwsSession", row: ActionRow, sleep: Sleep) -> ActionRow:
    """Send the calls that the intent of `row` holds, and commit what came back, whatever it is.

    Gives the row as executed; failed, where AWS refused the first call; planned as before, where
    it refused the session and not the call; unknown, where calls were carried out and a later one
    was not, or where nobody can tell.
    """
    calls = [ApiCall.from_json(call) for call in row.outcome["calls"]]
    sent = _Sent(calls, row.outcome["after"])
    try:
        while not sent.is_complete:
            sent.take(_send_patiently(armed, sent.next_call(), row.id, sleep))
            if not sent.is_complete:
                _note(case, row, EXECUTING, sent, "action-progress", {})
    except CallError as error:
        sent.refuse(error)
        state = _state_after(error, is_first=len(sent.answers) == 1)
        return _note(case, row, state, sent, "action-outcome", {"reason": str(error)})
    except AwsError as error:  # an answer without what a later call needs
        return _note(case, row, UNKNOWN, sent, "action-outcome", {"reason": str(error)})
    except BaseException as cause:
        reason = f"{type(cause).__name__} while the call was under way"
        _note(case, row, UNKNOWN, sent, "action-outcome", {"reason": reason})
        raise
    return _note(case, row, EXECUTED, sent, "action-outcome", {"reason": "AWS accepted the call."})


class _Sent:
    """How far the calls of one action are."""

    def __init__(self, calls: list[ApiCall], after: Any) -> None:  # noqa: ANN401  (any JSON value)
        self.calls = calls
        self.after = after
        self.answers: list[dict[str, Any]] = []

    @property
    def is_complete(self) -> bool:
        return len(self.answers) == len(self.calls)

    def next_call(self) -> ApiCall:
        return self.calls[len(self.answers)]

    def take(self, answer: Answer) -> None:
        """Note an answer, and fill what it tells into the later calls and the state meant."""
        at = len(self.answers)
        noted: dict[str, Any] = {"request_id": answer.request_id, "status": answer.status}
        self.answers.append(noted)
        paths = wanted_answers([self.after, *(call.as_json() for call in self.calls[at:])], at)
        if not paths:
            return
        noted["values"] = {path: value_at(answer.values, path) for path in paths}
        known = [told.get("values", {}) for told in self.answers]
        self.after = fill_answers(self.after, known)
        self.calls = [
            replace(call, parameters=fill_answers(call.parameters, known)) for call in self.calls
        ]

    def refuse(self, error: CallError) -> None:
        """Note that a call ended in an error."""
        told = {"request_id": error.request_id, "status": error.status, "code": error.code}
        self.answers.append(told)

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "calls": [call.as_json() for call in self.calls],
            "after": self.after,
            "answered_ms": now_ms(),
        }


def _send_patiently(armed: "AwsSession", call: ApiCall, action_id: int, sleep: Sleep) -> Answer:
    for wait_s in THROTTLE_WAITS_S:
        try:
            return armed.mutate(call, action_id=action_id)
        except Throttled:
            sleep(wait_s)
    return armed.mutate(call, action_id=action_id)


def _state_after(error: CallError, *, is_first: bool) -> str:
    if error.carried_out is not False or not is_first:
        return UNKNOWN
    return PLANNED if isinstance(error, _OF_THE_SESSION) else FAILED


def _note(
    case: Case, row: ActionRow, into: str, sent: _Sent, kind: str, more: Mapping[str, str]
) -> ActionRow:
    return move(
        case,
        row.id,
        out_of=(EXECUTING,),
        into=into,
        outcome={**sent.as_json(), **more},
        kind=kind,
        durable=True,
    )
