"""Places that were wanted and could not be entered: part of the coverage like any other answer."""

from collections.abc import Sequence

from trailtui.aws.reach import Unreachable
from trailtui.case.fetches import State, Unit, drop_fetches, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.running import CollectResult
from trailtui.collect.scope import Scope


def note_unreachable(
    case: Case, source: str, scope: Scope, unreachable: Sequence[Unreachable]
) -> None:
    """Let the case say which places a source could not be asked for, and why.

    What was said so of a place before is taken back: it is reached now, or said anew.
    """
    reached = [Unreachable(place.account, place.region, "", "") for place in scope.places]
    drop_fetches(case, [_unit(source, scope, one) for one in (*reached, *unreachable)])
    units = [_unit(source, scope, one) for one in unreachable]
    for fetch, one in zip(plan_fetches(case, units), unreachable, strict=True):
        update_fetch(case, fetch.id, State(one.state), detail=one.reason)
    if unreachable:
        said = [f"{one.account} {one.region}: {one.state}: {one.reason}" for one in unreachable]
        append(case, "collect", {"source": source, "unreachable": said})


def tell_unreachable(
    result: CollectResult, scope: Scope, unreachable: Sequence[Unreachable]
) -> None:
    """Let the result of a run name them as well."""
    for one in unreachable:
        unit = _unit(result.source, scope, one)
        result.refusals.append((unit, State(one.state), one.reason))


def _unit(source: str, scope: Scope, one: Unreachable) -> Unit:
    question = {"entered": False}
    return Unit(source, one.account, one.region, scope.since_ms, scope.until_ms, question)
