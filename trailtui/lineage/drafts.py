"""Nodes while the tree grows: what calls say of them, before their events are counted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trailtui.lineage.nodes import Certainty, NodeKind
from trailtui.model.times import HOUR_MS

ROLE_LIMIT_MS = 12 * HOUR_MS
"""Longest session of a role (IAM user guide, "Using IAM roles": MaxSessionDuration)."""
CHAINED_LIMIT_MS = HOUR_MS
"""Longest session of a role that was assumed from a role (the same, "role chaining")."""
USER_LIMIT_MS = 36 * HOUR_MS
"""GetSessionToken and GetFederationToken of an IAM user (STS API reference)."""
ROOT_LIMIT_MS = HOUR_MS
"""The same calls by root."""
ASSUME_ROOT_LIMIT_MS = 15 * 60_000
"""sts:AssumeRoot, 900 seconds."""
CONSOLE_LIMIT_MS = 12 * HOUR_MS
"""A sign-in to the console."""
INSTANCE_LIMIT_MS = 6 * HOUR_MS
"""What an instance gets by its profile lives about six hours, and is renewed before."""

_ARN = re.compile(r"arn:[\w-]+:(?P<service>[\w-]*):[\w-]*:(?P<account>\d*):(?P<rest>.+)", re.DOTALL)
_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d*):assumed-role/([^/]+)/(.+)", re.DOTALL)


@dataclass(slots=True)
class Draft:
    """A node without its events and its state."""

    id: str
    kind: NodeKind
    account: str | None = None
    principal: str | None = None
    name: str = ""
    issued_ms: int | None = None
    expires_ms: int | None = None
    limit_ms: int | None = None
    """Longest life of its kind; None: it has no end by itself."""
    principal_id: str | None = None
    session: str | None = None
    source_identity: str | None = None
    owned: bool = False
    """Whether all that acts as it, or signs in as it, descends from it."""
    event: int | None = None
    """Row of the event that it was met in, for what follows from it."""
    since_ms: int | None = None
    """For a sign-in: when the session began that it was made with."""

    @property
    def is_credential(self) -> bool:
        """Whether calls are signed with it."""
        return self.kind in (NodeKind.ACCESS_KEY, NodeKind.SESSION)

    @property
    def ends_ms(self) -> int | None:
        """When it is over at the latest, by itself."""
        if self.expires_ms is not None:
            return self.expires_ms
        if self.limit_ms is None or self.issued_ms is None:
            return None
        return self.issued_ms + self.limit_ms

    def learn(self, other: "Draft") -> None:
        """Take over what another sighting of the same node knows and this one does not."""
        for name in ("account", "principal", "issued_ms", "expires_ms", "principal_id", "session",
                     "source_identity"):  # fmt: skip
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.name = self.name or other.name
        self.owned = self.owned or other.owned
        if other.limit_ms is not None:
            self.limit_ms = min(self.limit_ms or other.limit_ms, other.limit_ms)


@dataclass(frozen=True, slots=True)
class Found:
    """That a call made a node, or reached one."""

    child: Draft
    how: str
    events: tuple[int, ...]
    certainty: Certainty
    says: str


def account_of(arn: str | None) -> str | None:
    """The account of an ARN; None where it names none."""
    found = _ARN.fullmatch(arn or "")
    return (found["account"] or None) if found else None


def last_name(arn: str | None) -> str:
    """The last name in an ARN."""
    return re.split(r"[/:]", arn)[-1] if arn else ""


def role_of_session(session: str | None) -> str | None:
    """A role's ARN from its session's; the role's path is not in it."""
    found = _ASSUMED.fullmatch(session or "")
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else None


def session_of_role(role: str | None, name: str | None) -> str | None:
    """A session's ARN from its role's and its name."""
    found = _ARN.fullmatch(role or "")
    if not found or not name or not found["rest"].startswith("role/"):
        return None
    partition = (role or "").split(":")[1]
    return f"arn:{partition}:sts::{found['account']}:assumed-role/{last_name(role)}/{name}"


def strings_in(values: Iterable[object], pattern: re.Pattern[str]) -> list[str]:
    """The texts that match wholly, anywhere in JSON values, in order; looks at 2,000 values."""
    found: dict[str, None] = {}
    waiting = list(values)
    seen = 0
    while waiting and seen < _MOST_VALUES:
        value = waiting.pop(0)
        seen += 1
        if isinstance(value, str):
            if pattern.fullmatch(value):
                found[value] = None
        elif isinstance(value, dict):
            waiting += list(value.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        elif isinstance(value, list):
            waiting += value  # pyright: ignore[reportUnknownArgumentType]
    return list(found)


_MOST_VALUES = 2000
