"""What the case knows of a user, role or key: who used it, from where, when."""

from trailtui.case.entities import EntitySummary, summarize_entities
from trailtui.case.events import EventFilter
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.model.entity import Entity
from trailtui.model.times import format_utc
from trailtui.respond.action import Fact

SHOWN = 5
"""How many values of a kind are named; how many more there are is said."""

COUNTED = 100
"""How many values of a kind are counted at most."""


def case_id(case: Case) -> str:
    """A short id that our calls carry in their user agent: it tells nothing of the case's name."""
    first = entries(case, limit=1)
    return first[0].hash[:12] if first else "new"


def use_in_case(case: Case, entity: Entity) -> tuple[Fact, ...]:
    """How often, when, from where and with what an entity was used."""
    found = _summary(case, entity, entity.kind)
    mine = next((entry for entry in found if entry.entity == entity), None)
    if mine is None:
        return (Fact("in this case", f"no event of {entity.value}; that proves nothing by itself"),)
    span = f"{_moment(mine.first_ms)} to {_moment(mine.last_ms)}"
    count = f"{mine.events} event{'' if mine.events == 1 else 's'}"
    facts = [Fact("in this case", f"{count}, {mine.errors} refused, {span}")]
    for label, kind in (
        ("acting as", "principal"),
        ("credentials", "credential"),
        ("from", "ip"),
        ("with", "agent"),
        ("in", "region"),
    ):
        if kind != entity.kind and (listed := _summary(case, entity, kind)):
            facts.append(Fact(label, _named(listed)))
    return tuple(facts)


def principals_of_key(case: Case, key: str) -> list[str]:
    """The principals that the case's records name as users of a credential, most events first."""
    listed = _summary(case, Entity("credential", key), "principal")
    return [entry.entity.value for entry in listed]


def _summary(case: Case, entity: Entity, kind: str) -> list[EntitySummary]:
    return summarize_entities(case, kind, EventFilter(entities=(entity,)), limit=COUNTED)


def _named(listed: list[EntitySummary]) -> str:
    shown = ", ".join(f"{entry.entity.value} ({entry.events})" for entry in listed[:SHOWN])
    more = f"{len(listed) - SHOWN}{'+' if len(listed) == COUNTED else ''}"
    return f"{shown} and {more} more" if len(listed) > SHOWN else shown


def _moment(at_ms: int | None) -> str:
    return format_utc(at_ms) if at_ms is not None else "an unknown time"
