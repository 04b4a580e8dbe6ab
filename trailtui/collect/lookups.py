"""`collect lookup` and `--follow` as functions: the same for the command line and the console."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trailtui.aws.reach import Unreachable
from trailtui.case.fetches import Fetch, Unit
from trailtui.case.file import Case
from trailtui.collect.estimate import Estimate, log_estimate
from trailtui.collect.lookup import (
    DAY_MS,
    SAFE_PER_SECOND,
    SOURCE,
    Attribute,
    LookupEvents,
    LookupWish,
    Sessions,
    estimate,
    left_ms,
    units_of,
)
from trailtui.collect.remaining import ask_for, would_ask_for
from trailtui.collect.running import CollectResult, Progress, run_fetches
from trailtui.collect.scope import Place, Scope
from trailtui.collect.unreachable import note_unreachable, tell_unreachable
from trailtui.model.times import format_utc, now_ms

MOST_LANES = 32
"""Places that are asked at the same time."""
_MANY_PARTS = 500
_LONG_MS = 2 * DAY_MS
"""From more than this on, in one place, it is looked beforehand how long it takes."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """A look-up over a scope, planned: its fetches stand in the case."""

    scope: Scope
    wishes: tuple[LookupWish, ...]
    """Asked one after the other."""
    fetches: tuple[Fetch, ...]
    """What is left to ask."""
    unreachable: tuple[Unreachable, ...]


def plan_lookups(
    case: Case,
    scope: Scope,
    wishes: Sequence[LookupWish],
    *,
    unreachable: Sequence[Unreachable] = (),
    again: bool = False,
    present_ms: Callable[[], int] = now_ms,
) -> Lookups:
    """Note in the case what is to be asked; what was answered whole before is left out.

    Places that can't be entered get a fetch of their own that says so. `again` asks for all.
    """
    fetches = ask_for(case, _units(scope, wishes, present_ms()), again=again)
    note_unreachable(case, SOURCE, scope, unreachable)
    return Lookups(scope, tuple(wishes), tuple(fetches), tuple(unreachable))


def estimate_lookups(
    case: Case,
    scope: Scope,
    wishes: Sequence[LookupWish],
    sessions: Sessions,
    *,
    again: bool = False,
    present_ms: Callable[[], int] = now_ms,
) -> Estimate:
    """What it would take.

    Asks AWS for one page of each place, which the action log tells; nothing is planned by it.
    """
    fetches = would_ask_for(case, _units(scope, wishes, present_ms()), again=again)
    told = estimate(fetches, sessions)
    places = {(fetch.unit.account, fetch.unit.region) for fetch in fetches}
    log_estimate(case, told, asked_places=len(places))
    return told


def may_take_long(
    case: Case, scope: Scope, wishes: Sequence[LookupWish], *, again: bool = False
) -> bool:
    """Whether it is worth an estimate beforehand; asks nobody and plans nothing.

    Two days take an hour only where a place has 170,000 events a day.
    """
    fetches = would_ask_for(case, _units(scope, wishes, now_ms()), again=again)
    spans: Counter[Place] = Counter()
    for fetch in fetches:
        if fetch.unit.question.get("category") != "insight":  # those are few
            spans[Place(fetch.unit.account, fetch.unit.region)] += left_ms(fetch)
    longest = max(spans.values(), default=0)
    return len(fetches) > _MANY_PARTS or longest > _LONG_MS


def _units(scope: Scope, wishes: Sequence[LookupWish], present_ms: int) -> list[Unit]:
    return [unit for wish in wishes for unit in units_of(scope, wish, present_ms)]


def run_lookups(
    case: Case,
    lookups: Lookups,
    sessions: Sessions,
    *,
    present_ms: Callable[[], int] = now_ms,
    per_second: float = SAFE_PER_SECOND,
    progress: Progress = lambda _: True,
) -> CollectResult:
    """Ask for all that is left. Run again after an interruption, it goes on where it stood.

    `per_second` is what each account and Region is asked; AWS allows two.
    """
    scope = lookups.scope
    asked: dict[str, object] = {
        "places": [f"{place.account} {place.region}" for place in scope.places],
        "since": format_utc(scope.since_ms),
        "until": format_utc(scope.until_ms),
        "attributes": [str(wish.asked or "everything") for wish in lookups.wishes],
        "not_asked_of_aws": [str(one) for wish in lookups.wishes for one in wish.left_out],
        "insights": any(wish.insights for wish in lookups.wishes),
    }
    result = run_fetches(
        case,
        SOURCE,
        lookups.fetches,
        LookupEvents(sessions, per_second, present_ms),
        asked=asked,
        lanes=MOST_LANES,
        progress=progress,
    )
    tell_unreachable(result, scope, lookups.unreachable)
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
