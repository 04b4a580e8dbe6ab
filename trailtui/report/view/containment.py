"""The containment: actions, their moments, the times they took."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an action, as the log has it."""

    at_ms: int
    what: str
    who: str
    log_entry: int


@dataclass(frozen=True, slots=True)
class ActionLine:
    """A containment action."""

    id: int
    name: str
    target: str
    account: str
    state: str
    plan_hash: str
    undo_of: int | None
    undone_by: int | None
    commands: tuple[str, ...]
    """The calls of the plan, as service, operation and parameters."""
    request_ids: tuple[str, ...]
    reason: str
    warnings: tuple[str, ...]
    moments: tuple[Moment, ...]
    planned_ms: int
    sent_ms: int | None
    answered_ms: int | None
    verified_ms: int | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A span between two things that happened."""

    title: str
    from_ms: int
    until_ms: int

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.until_ms - self.from_ms) / 1000
