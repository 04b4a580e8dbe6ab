"""`collect lookup` and `--follow` as functions: the same for the command line and the console."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trailtui.case.fetches import Fetch, State, Unit, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.collect.estimate import Estimate
from trailtui.collect.lookup import (
    SOURCE,
    Attribute,
    LookupEvents,
    LookupWish,
    Sessions,
    estimate,
    units_of,
)
from trailtui.collect.running import CollectResult, Progress, run_fetches
from trailtui.collect.scope import Place, Scope, to_do
from trailtui.model.times import format_utc, now_ms

MOST_LANES = 32
"""Places that are asked at the same time."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A place that could not be entered, and why."""

    place: Place
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """A look-up over a scope, planned: its fetches stand in the case."""

    scope: Scope
    wish: LookupWish
    fetches: tuple[Fetch, ...]
    """What is left to ask."""
    unreachable: tuple[Unreachable, ...]


def plan_lookups(
    case: Case,
    scope: Scope,
    wish: LookupWish,
    *,
    unreachable: Sequence[Unreachable] = (),
    again: bool = False,
    present_ms: Callable[[], int] = now_ms,
) -> Lookups:
    """Note in the case what is to be asked; what was answered whole before is left out.

    Places that can't be entered get a fetch of their own that says so. `again` asks for all.
    """
    units = units_of(scope, wish, present_ms())
    fetches = to_do(plan_fetches(case, units), again=again)
    note_unreachable(case, SOURCE, scope, unreachable)
    return Lookups(scope, wish, tuple(fetches), tuple(unreachable))


def note_unreachable(
    case: Case, source: str, scope: Scope, unreachable: Sequence[Unreachable]
) -> None:
    """Let the coverage say which places could not be entered, and why."""
    units = [
        Unit(source, one.place.account, one.place.region, scope.since_ms, scope.until_ms)
        for one in unreachable
    ]
    for fetch, one in zip(plan_fetches(case, units), unreachable, strict=True):
        update_fetch(case, fetch.id, one.state, detail=one.reason)


def estimate_lookups(lookups: Lookups, sessions: Sessions) -> Estimate:
    """What it would take; asks AWS for one page of each place."""
    return estimate(lookups.fetches, sessions)


def run_lookups(
    case: Case,
    lookups: Lookups,
    sessions: Sessions,
    *,
    present_ms: Callable[[], int] = now_ms,
    progress: Progress = lambda _: True,
) -> CollectResult:
    """Ask for all that is left. Run again after an interruption, it goes on where it stood."""
    scope, wish = lookups.scope, lookups.wish
    asked: dict[str, object] = {
        "places": [f"{place.account} {place.region}" for place in scope.places],
        "since": format_utc(scope.since_ms),
        "until": format_utc(scope.until_ms),
        "attribute": None if wish.asked is None else str(wish.asked),
        "not_asked_of_aws": [str(one) for one in wish.left_out],
        "insights": wish.insights,
    }
    result = run_fetches(
        case,
        SOURCE,
        lookups.fetches,
        LookupEvents(sessions, present_ms=present_ms),
        asked=asked,
        lanes=MOST_LANES,
        progress=progress,
    )
    for one in lookups.unreachable:
        unit = Unit(SOURCE, one.place.account, one.place.region, scope.since_ms, scope.until_ms)
        result.refusals.append((unit, one.state, one.reason))
    return result


_COLUMNS = {
    "EventId": "eventID = {}",
    "AccessKeyId": "userIdentity.accessKeyId = {}",
    "Username": "userIdentity.userName = {}",
    "EventName": "eventName = {}",
    "EventSource": "eventSource = {}",
    "ReadOnly": "readOnly = {}",
}


def condition_of(attributes: Sequence[Attribute]) -> str | None:
    """The attributes as a condition for `timeline --where`; None where one has no column."""
    parts: list[str] = []
    for one in attributes:
        if one.key not in _COLUMNS:
            return None
        quoted = "'" + one.value.replace("'", "''") + "'"
        parts.append(_COLUMNS[one.key].format(one.value if one.key == "ReadOnly" else quoted))
    return " AND ".join(parts) or None
