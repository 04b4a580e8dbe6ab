"""Plans of several actions, the watch, and what no action may touch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListChange:
    """A change of a list that the case keeps, or a run of a plan, as the action log has it."""

    at_ms: int
    who: str
    what: str
    log_entry: int


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One action of a plan, in its place, and where it stands."""

    position: int
    stage: str
    action: str
    target: str
    why: str
    nodes: tuple[str, ...]
    """What it ends, by the ids of the lineage."""
    irreversible: bool
    action_id: int
    """Of the action that counts: the planned one, or what was planned anew in its place."""
    state: str
    again: str
    """How its repetition after the margin stands; empty where none is needed."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan of several actions, confirmed as a whole; of one that was altered, what is known."""

    name: str
    hash: str
    account: str
    made_ms: int
    log_entry: int | None
    went: tuple[ListChange, ...]
    """Its runs, and what was planned anew in place of an action."""
    fault: str
    """What is wrong with it; empty where it is what was made."""
    root: str = ""
    """The credential whose lineage it is for; empty where it was put together by hand."""
    identity: str = ""
    entries: tuple[PlanEntry, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    """What the plan does nothing about, and why."""
    hit: tuple[str, ...] = ()
    """Who and what else is hit."""
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Permissions that the identity lacked."""
    simulated: str = ""


@dataclass(frozen=True, slots=True)
class WatchRoundLine:
    """A round of a watch in which there was something to say."""

    number: int
    at_ms: int
    log_entry: int
    holds: bool
    count: int
    """Events that were judged for the first time."""
    seen: tuple[tuple[str, str, str], ...]
    """Verdict, event id and node of the first of them."""
    grew: tuple[str, ...]
    next: tuple[str, ...]
    unseen: tuple[str, ...]
    """Where the history could not be asked."""


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch after containment."""

    roots: tuple[str, ...]
    who: str
    began_ms: int
    ended_ms: int | None
    """None: it goes on, or was broken off; it says nothing of what came after its last round."""
    since_ms: int | None
    """From when on events were judged."""
    places: int
    """Accounts and Regions that were asked."""
    rounds: int | None
    blind: int | None
    """Rounds in which not everything could be asked."""
    counts: tuple[tuple[str, int], ...]
    """Events by verdict."""
    told: tuple[WatchRoundLine, ...]
    more: int
    """Rounds beyond those listed."""
    log_entries: tuple[int, ...]
    """Of its beginning, and of its end where there is one."""


@dataclass(frozen=True, slots=True)
class Protected:
    """The break-glass list: users and roles that no action may touch."""

    arns: tuple[str, ...]
    changes: tuple[ListChange, ...]
