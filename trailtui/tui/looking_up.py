"""Looking up from the console: the way into accounts and Regions, the cost, the collect itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trailtui.aws.reach import Unreachable
from trailtui.case.fetches import State, Unit
from trailtui.case.file import Case
from trailtui.case.marks import judged_entities
from trailtui.collect.estimate import Estimate, log_estimate
from trailtui.collect.lookup import LookupWish, estimate, units_of
from trailtui.collect.lookups import plan_lookups, run_lookups
from trailtui.collect.remaining import would_ask_for
from trailtui.collect.running import CollectResult
from trailtui.collect.scope import GLOBAL_REGIONS, Place, Scope
from trailtui.model.entity import Entity
from trailtui.tui.gathering import Ending, Stage, Tell, Work
from trailtui.tui.wanted import ENTITIES, Wanted

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.tui.session import CaseSession

_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where can be asked, where not, and by which way."""

    access: "Access"
    places: tuple[Place, ...]
    unreachable: tuple[Unreachable, ...]
    notes: tuple[str, ...]


def reach(session: "CaseSession", case: Case, wanted: Wanted) -> Reachable:
    """Find out which places can be asked; the log names the identity from here on.

    Asks AWS; call it in a lane. Raises a CallError where nothing can be asked at all.
    """
    from trailtui.respond.arming import name_identity

    access = session.access(wanted)
    name_identity(case, access.identity)
    session.note_identity(case)
    found = access.places()
    places = tuple(Place(account, region) for account, region in found.places)
    notes = list(found.notes)
    recorded = GLOBAL_REGIONS.get(access.identity.partition)
    if recorded and recorded not in {place.region for place in places}:
        notes.append(f"IAM and other global services are recorded in {recorded}: not asked.")
    return Reachable(access, places, found.unreachable, tuple(notes))


def entities_of(case: Case) -> list[Entity]:
    """What the case is about: what the alert named and what was judged malicious since."""
    return [one.entity for one in judged_entities(case) if one.verdict != "cleared"]


def wishes_of(case: Case, wanted: Wanted) -> list[LookupWish]:
    """What is asked of each place, one after the other. Raises InputError where AWS can't be."""
    attributes = wanted.attributes(entities_of(case))
    insights = wanted.what != ENTITIES
    return [LookupWish((one,) if one else (), insights=insights) for one in attributes]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a look-up would take, as far as it can be told before."""

    places: int
    left: int
    """Parts that are to be asked: what was fetched before is none."""
    estimate: Estimate
    notes: tuple[str, ...]
    """Which places can't be asked, and what else is to be known."""


def cost_of(session: "CaseSession", case: Case, wanted: Wanted) -> Cost:
    """Reckon what a look-up would take.

    Asks AWS for a page of each place, which the action log tells; nothing is planned by it.
    Raises InputError for what can't be looked up, a CallError where nobody can be asked.
    """
    since, until = wanted.window()
    wishes = wishes_of(case, wanted)
    found = reach(session, case, wanted)
    scope = Scope(found.places, since, until)
    left = would_ask_for(case, [one for wish in wishes for one in units_of(scope, wish, until)])
    refused = [
        f"{one.account} {one.region}: {one.state}. {one.reason}" for one in found.unreachable
    ]
    reckoned = estimate(left, found.access.session)
    if left:
        log_estimate(case, reckoned, asked_places=len(found.places))
    return Cost(len(found.places), len(left), reckoned, (*found.notes, *refused))


def look_up(session: "CaseSession", wanted: Wanted) -> Work:
    """The work of `:collect lookup`, for a Gathering."""

    def work(case: Case, tell: Tell) -> Ending:
        credentials_hold = False
        try:
            result = _run(session, case, wanted, tell)
            credentials_hold = result.stopped_by is None
        finally:
            if not credentials_hold:
                session.forget_aws()  # fresh ones are looked for when it is gone on with
        return ending_of(result)

    return work


def _run(session: "CaseSession", case: Case, wanted: Wanted, tell: Tell) -> CollectResult:
    since, until = wanted.window()
    wishes = wishes_of(case, wanted)
    found = reach(session, case, wanted)
    scope = Scope(found.places, since, until)
    plan = plan_lookups(case, scope, wishes, unreachable=found.unreachable)
    refused = len(found.unreachable)
    return run_lookups(
        case,
        plan,
        found.access.session,
        progress=lambda present: tell(stage_of(present, refused)),
    )


def stage_of(result: CollectResult, refused: int = 0) -> Stage:
    """How far a collect from AWS is; `refused`: places that were refused beforehand."""
    return Stage(
        result.done,
        result.units,
        "parts",
        result.events,
        result.requests,
        len(result.refusals) + refused,
        result.seconds_left(),
    )


def ending_of(result: CollectResult) -> Ending:
    """What came and what did not, for a screen."""
    if not result.units and not result.refusals:
        return Ending(f"{result.source}: nothing to ask, all of it is there already.")
    words = [f"{len(result.refusals):,} parts NOT whole"] if result.refusals else []
    words += [f"{result.done:,} of {result.units:,} parts"]
    words += [f"{result.events:,} new events, {result.sightings:,} seen again"]
    words += [f"{result.problems:,} things unreadable"] if result.problems else []
    says = f"{result.source}{' STOPPED' if result.cancelled else ''}: {', '.join(words)}."
    return Ending(says, result.whole, refusal_lines(result.refusals), result.stopped_by)


def refusal_lines(refusals: Sequence[tuple[Unit, State, str]]) -> tuple[str, ...]:
    """Who refused what, and why: a line for each state and reason, with the places."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for unit, state, detail in refusals:
        places = found.setdefault((str(state), detail), Counter())
        places[f"{unit.account} {unit.region}"] += 1
    lines: list[str] = []
    for (state, detail), places in sorted(found.items()):
        named = ", ".join(list(places)[:3])
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        lines.append(f"{state}: {named}{more}. {detail}")
    over = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], f"and {over} more reasons") if over > 0 else tuple(lines)
