"""Who and what occurs in a case: first and last seen, counts, what failed and what is risky.

A principal is who acted, however many sessions it had: a role is one principal, its sessions stand
beneath it (trailtui.case.sessions).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trailtui.case.entity_counts import (
    Call,
    Counted,
    Risky,
    Selection,
    count_by,
    count_calls,
    nothing_is_risky,
    sorted_calls,
)
from trailtui.case.events import EventFilter, where_of
from trailtui.case.file import Case, reported
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError

_OF_ACTOR = ("principal", "credential")
"""Kinds that are told by the actor: one index over actors serves them."""


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """One entity and what the case knows of it."""

    entity: Entity
    events: int
    errors: int
    """Calls that failed, risky or not."""
    first_ms: int | None
    last_ms: int | None
    verdict: str | None
    """given, indicator, cleared, or None where nobody judged it."""
    risky_succeeded: int = 0
    risky_failed: int = 0
    risky_calls: tuple[Call, ...] = ()
    """Which they were, those made most often first."""

    @property
    def other_failed(self) -> int:
        """Calls that failed and are not risky."""
        return self.errors - self.risky_failed

    @property
    def other_succeeded(self) -> int:
        """Calls that succeeded and are not risky."""
        return self.events - self.errors - self.risky_succeeded


def summarize_entities(
    case: Case,
    kind: str,
    chosen: EventFilter | None = None,
    *,
    limit: int = 1000,
    risky: Risky = nothing_is_risky,
) -> list[EntitySummary]:
    """The entities of a kind among the events that meet the filter, most events first.

    `risky` says of a call whether it is one that attackers make; without it no call is. Raises
    InputError where there is no such kind.
    """
    selection = _selection(case, kind, chosen)
    of_actors = kind in _OF_ACTOR
    counted = count_by(case, selection, risky, limit=None if of_actors else limit)
    named = _folded(case, kind, counted)[:limit] if of_actors else _named(case, kind, counted)
    verdicts = _verdicts(case, kind)
    named.sort(key=lambda pair: (-pair[1].events, pair[0]))
    return [_summary(Entity(kind, name), one, verdicts.get(name)) for name, one in named]


def calls_of_entities(
    case: Case,
    kind: str,
    chosen: EventFilter | None = None,
    *,
    risky: Risky = nothing_is_risky,
) -> dict[str, list[Call]]:
    """All calls of each entity of a kind, the risky ones first. Raises as `summarize_entities`."""
    found = count_calls(case, _selection(case, kind, chosen), risky)
    if kind in _OF_ACTOR:
        names = actor_names(case, kind)
        merged: dict[str, dict[tuple[str, str], Call]] = {}
        for actor, calls in found.items():
            name = names.get(actor)
            if name is not None:
                _merge_calls(merged.setdefault(name, {}), calls)
        return {name: sorted_calls(calls.values()) for name, calls in merged.items()}
    texts = _texts(case, kind, list(found))
    return {texts[value]: calls for value, calls in found.items()}


def _selection(case: Case, kind: str, chosen: EventFilter | None) -> Selection:
    if kind not in ENTITY_KINDS:
        raise InputError(f"{kind!r} is no kind of entity", cure=f"Use {', '.join(ENTITY_KINDS)}.")
    condition, parameters = where_of(case, chosen or EventFilter())
    columns = {"resource": "r.resource", **dict.fromkeys(_OF_ACTOR, "e.actor")}
    return Selection(columns.get(kind, f"e.{kind}"), condition, tuple(parameters))


def _summary(entity: Entity, one: Counted, verdict: str | None) -> EntitySummary:
    return EntitySummary(
        entity,
        one.events,
        one.errors,
        None if one.first_s is None else one.first_s * 1000,
        None if one.last_s is None else one.last_s * 1000,
        verdict,
        one.risky_succeeded,
        one.risky_failed,
        tuple(sorted_calls(one.risky_calls.values())),
    )


def actor_names(case: Case, kind: str) -> dict[int, str]:
    """The principal or credential of each actor that has one."""
    rows = case.connection.execute(
        f"SELECT id, {kind} FROM actors WHERE {kind} IS NOT NULL"  # noqa: S608 - a column of ours
    )
    return dict(rows.fetchall())


def _folded(case: Case, kind: str, counted: Iterable[Counted]) -> list[tuple[str, Counted]]:
    """Actors put together by their principal or credential, most events first."""
    names = actor_names(case, kind)
    found: dict[str, Counted] = {}
    for one in counted:
        name = names.get(one.value)
        if name is None:
            continue
        if name in found:
            add_to(found[name], one)
        else:
            found[name] = one
    return sorted(found.items(), key=lambda pair: (-pair[1].events, pair[0]))


def add_to(sum_of: Counted, other: Counted) -> None:
    """Add the counts of another to one's own."""
    sum_of.events += other.events
    sum_of.errors += other.errors
    sum_of.risky_succeeded += other.risky_succeeded
    sum_of.risky_failed += other.risky_failed
    firsts = [at for at in (sum_of.first_s, other.first_s) if at is not None]
    lasts = [at for at in (sum_of.last_s, other.last_s) if at is not None]
    sum_of.first_s, sum_of.last_s = min(firsts, default=None), max(lasts, default=None)
    for key, call in other.risky_calls.items():
        mine = sum_of.risky_calls.setdefault(key, call)
        if mine is not call:
            mine.succeeded += call.succeeded
            mine.failed += call.failed


def _merge_calls(into: dict[tuple[str, str], Call], calls: Iterable[Call]) -> None:
    for call in calls:
        mine = into.setdefault((call.source, call.name), call)
        if mine is not call:
            mine.succeeded += call.succeeded
            mine.failed += call.failed


def _named(case: Case, kind: str, counted: Sequence[Counted]) -> list[tuple[str, Counted]]:
    texts = _texts(case, kind, [one.value for one in counted])
    return [(texts[one.value], one) for one in counted]


def _texts(case: Case, kind: str, numbers: Sequence[int]) -> dict[int, str]:
    """The texts of strings or resources by their ids."""
    table = (
        "SELECT id, arn FROM resources" if kind == "resource" else "SELECT id, text FROM strings"
    )
    found: dict[int, str] = {}
    with reported(case.path):
        for start in range(0, len(numbers), 500):
            part = numbers[start : start + 500]
            marks = ", ".join("?" * len(part))
            found.update(case.connection.execute(f"{table} WHERE id IN ({marks})", part).fetchall())
    return found


def _verdicts(case: Case, kind: str) -> dict[str, str]:
    return dict(
        case.connection.execute(
            "SELECT value, verdict FROM entities WHERE kind = ?", [kind]
        ).fetchall()
    )
