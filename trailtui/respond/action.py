"""What an action is: declared data, and the five functions that the engine drives.

The engine (`run.py`) knows nothing of a service. It finds the subject, reads its state, asks for
the change, and later compares states: equal to the prior one (nothing happened since the plan),
or to the one expected after (the action holds). Undo is the way back between the same two.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.calls import ApiCall
from trailtui.aws.identity import AwsIdentity
from trailtui.model.errors import InputError

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

State = dict[str, Any]
"""JSON that says how the subject is. The key `exact` holds bytes for undo and is not compared."""


class Order(IntEnum):
    """When its turn comes in a plan of several actions; docs/containment.md argues the order."""

    LOGGING = 10
    """Logging is put back first: what follows must be seen."""
    EVIDENCE = 20
    """Snapshots and their like, before anything that could destroy what they keep."""
    DENY = 30
    """Explicit denials on principals: they bind keys and sessions at once, and minting too."""
    KEYS = 40
    """Long-term credentials: keys, passwords, MFA devices."""
    SOURCES = 50
    """Ways to come in again: trusts, providers, permissions that were opened."""
    SESSIONS = 60
    """Older sessions: after nothing can mint new ones; again once the margin is over."""
    DATA = 70
    """What was opened, shared or threatened: buckets, snapshots, KMS keys, machines."""
    REMOVE = 80
    """What destroys: last, as an undo may need what it removes."""


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
    """access-key, user, role; or a word for what else there is: instance, bucket, trail..."""
    id: str
    """What is typed to confirm: the key id, the user's or role's name, the instance's id..."""
    arn: str
    """Of the subject; for a key, of its user. It is held against the break-glass list."""
    account: str
    """The account that the calls are made in: the session has to be of it."""
    name: str
    """The name as the API wants it: of the user (also of a key's), the role, the bucket..."""
    region: str = ""
    """Where a regional subject is; empty for IAM and whatever else is global."""

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> "Subject":
        """The subject that a plan stored."""
        named = ("kind", "id", "arn", "account", "name")
        return cls(*(value[name] for name in named), region=value.get("region", ""))

    def as_json(self) -> dict[str, str]:
        """What `from_json` reads; without a Region where there is none, as older plans were."""
        value = asdict(self)
        if not self.region:
            del value["region"]
        return value


@dataclass(frozen=True, slots=True)
class Scene:
    """What an action may look at while it is planned."""

    case: "Case"
    aws: "AwsSession"
    identity: AwsIdentity
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """The calls that lead to a state, in the order in which they are sent, and that state.

    A call's parameters, and `after`, may hold `sending_time(...)` and `answer_of(...)`.
    """

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


def given_parameters(scene: Scene, _subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters as they were given: nothing is added."""
    return scene.parameters


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
    """Back to the prior state (first) from the present one (second).

    The present one is what the action left; or, where only some of its calls were carried out, a
    state between the two, from which only what differs is to be put back. The calls that an
    irreversible action gives here are never sent.
    """
    holds: Callable[[State, State], bool]
    """Whether the action's effect (state expected, first) is in force in the present one."""
    look_around: Callable[[Scene, Subject, State], Surroundings]
    order: Order = Order.DATA
    irreversible: bool = False
    """Undo is refused, with `undo_says` as the reason; in a plan of several it is confirmed singly,
    by typing its target."""
    region_bound: bool = False
    """Whether its subject lies in a Region: `Subject.region` says which, and its calls go there."""
    margin_again: bool = False
    """Whether it is planned and sent once more when its margin is over: what was minted while the
    first sending spread is cut as well then. It needs a parameter `margin`, in seconds."""
    complete: Callable[[Scene, Subject, State], Mapping[str, str]] = given_parameters
    """The parameters with what the case or the account tells of them, before `change` gets them
    (a trust policy's former text, from the case's events); they are kept in the plan."""


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


def lies_between(prior: State, after: State, present: State) -> bool:
    """Whether each part of the present state is as before or as meant: some calls took effect."""
    return _between(essence(prior), essence(after), essence(present))


def _between(prior: object, after: object, present: object) -> bool:
    if present in (prior, after):
        return True
    parts = (prior, after, present)
    if not all(isinstance(part, dict) for part in parts):
        return False
    old, new, now = (cast("dict[str, object]", part) for part in parts)
    return all(_between(old.get(k), new.get(k), now.get(k)) for k in {*old, *new, *now})


def essence(state: State) -> State:
    """A state without the bytes that are only kept for undo."""
    return {key: value for key, value in state.items() if key != "exact"}
