"""What an action is: declared data, and the five functions that the engine drives.

The engine (`run.py`) knows nothing of a service. It finds the subject, reads its state, asks for
the change, and later compares states: equal to the prior one (nothing happened since the plan),
or to the one expected after (the action holds). Undo is the way back between the same two.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.identity import AwsIdentity
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

State = dict[str, Any]
"""JSON that says how the subject is. The key `exact` holds bytes for undo and is not compared."""

SENDING_TIME = re.compile(r"\{\{time of sending \+ (\d+) s\}\}")


class Refusal(InputError):
    """An action that must not be done: the reason, and what to do instead."""


class Drifted(Refusal):
    """The state is no longer the one that the plan, or the undo, starts from."""


class AlreadyDone(InputError):
    """The state is already what the action would bring about; there is nothing to send."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that can be given beside the target."""

    name: str
    says: str
    default: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Permissions:
    """The IAM actions it takes, by what is done with the plan."""

    plan: tuple[str, ...]
    """To read the state; planning can't do without."""
    look: tuple[str, ...]
    """To see the blast radius; without one the plan says what it could not see."""
    apply: tuple[str, ...]
    undo: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action works on, found and confirmed in the account."""

    kind: str
    """access-key, user or role."""
    id: str
    """What is typed to confirm: the key id, or the user's or role's name."""
    arn: str
    """Of the user or role; for a key, of its user."""
    account: str
    name: str
    """The user's or role's name, as the API wants it."""

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> "Subject":
        """The subject that a plan stored."""
        return cls(value["kind"], value["id"], value["arn"], value["account"], value["name"])


@dataclass(frozen=True, slots=True)
class Scene:
    """What an action may look at while it is planned."""

    case: "Case"
    aws: "AwsSession"
    identity: AwsIdentity
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """The calls that lead to a state, and that state."""

    calls: tuple[ApiCall, ...]
    after: State


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a blast radius or a state: a label and a value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around the subject: who else is hit, and what the responder must know."""

    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    certainty: str
    """How sure it is that the action reaches what it is meant for, and why."""


@dataclass(frozen=True)
class Action:
    """One containment measure."""

    name: str
    title: str
    subject_kind: str
    parameters: tuple[Parameter, ...]
    permissions: Permissions
    does: str
    does_not_stop: tuple[str, ...]
    can_hurt: tuple[str, ...]
    undo_says: str
    undo_warns: str
    """What the responder must know before the action is taken back."""
    find: Callable[[Scene, str], Subject]
    """From what was typed to the subject; raises Refusal or NotFound."""
    read: Callable[["AwsSession", Subject], State]
    """How the subject is now; reading calls only."""
    change: Callable[[Subject, State, Mapping[str, str]], Change]
    """From the present state to the wanted one; raises AlreadyDone where they are the same."""
    restore: Callable[[Subject, State, State], Change]
    """Back to the prior state (first) from the one that the action left (second)."""
    holds: Callable[[State, State], bool]
    """Whether the action's effect (state expected, first) is in force in the present one."""
    look_around: Callable[[Scene, Subject, State], Surroundings]


def same_state(one: State, other: State) -> bool:
    """Whether two states are the same in all that counts."""
    return essence(one) == essence(other)


def difference(expected: State, present: State) -> str:
    """Where two states differ, for a sentence."""
    names = [name for name in essence(expected) if expected[name] != present.get(name)]
    return "; ".join(
        f"{name} is {json.dumps(present.get(name))}, not {json.dumps(expected[name])}"
        for name in names
    )


def essence(state: State) -> State:
    """A state without the bytes that are only kept for undo."""
    return {key: value for key, value in state.items() if key != "exact"}


def sending_time(margin_s: int) -> str:
    """A placeholder that becomes the moment of sending plus a margin, when the call is sent."""
    return f"{{{{time of sending + {margin_s} s}}}}"


def fill_sending_time(value: Any, moment_ms: int) -> Any:  # noqa: ANN401  (any JSON value)
    """`value` with each placeholder replaced by its time, whole seconds, rounded up."""
    if isinstance(value, str):
        return SENDING_TIME.sub(
            lambda found: format_utc((-(-moment_ms // 1000) + int(found[1])) * 1000), value
        )
    text = json.dumps(value)
    return json.loads(fill_sending_time(text, moment_ms)) if SENDING_TIME.search(text) else value


def waits_for_sending(value: object) -> bool:
    """Whether a JSON value holds a placeholder for the moment of sending."""
    return SENDING_TIME.search(json.dumps(value)) is not None
