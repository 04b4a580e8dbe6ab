"""Who and what occurs in a case: first and last seen, counts, errors."""

from dataclasses import dataclass

from trailtui.case.events import EventFilter, where_of
from trailtui.case.file import Case, reported
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """One entity and what the case knows of it."""

    entity: Entity
    events: int
    errors: int
    first_ms: int | None
    last_ms: int | None
    verdict: str | None
    """given, indicator, cleared, or None where nobody judged it."""


def summarize_entities(
    case: Case, kind: str, chosen: EventFilter | None = None, *, limit: int = 1000
) -> list[EntitySummary]:
    """The entities of a kind among the events that meet the filter, most events first."""
    if kind not in ENTITY_KINDS:
        raise InputError(f"{kind!r} is no kind of entity", cure=f"Use {', '.join(ENTITY_KINDS)}.")
    condition, parameters = where_of(case, chosen or EventFilter())
    column = "r.resource" if kind == "resource" else f"e.{kind}"
    name = "s.arn" if kind == "resource" else "s.text"
    names = "resources" if kind == "resource" else "strings"
    source = (
        "event_resources r JOIN event_rows e ON e.id = r.event"
        if kind == "resource"
        else "event_rows e"
    )
    counted = (
        f"SELECT {column} AS value, count(*) AS events, min(nullif(e.id >> 31, 0)) AS first, "  # noqa: S608
        f"max(nullif(e.id >> 31, 0)) AS last FROM {source} "
        f"WHERE {condition} AND {column} IS NOT NULL GROUP BY {column} "
        "ORDER BY events DESC, value LIMIT ?"
    )
    failed = (
        f"SELECT {column} AS value, count(*) AS errors FROM {source} "  # noqa: S608
        f"WHERE {condition} AND e.error IS NOT NULL GROUP BY {column}"
    )
    sql = (
        f"SELECT {name}, c.events, coalesce(f.errors, 0), c.first, c.last, judged.verdict "  # noqa: S608
        f"FROM ({counted}) c JOIN {names} s ON s.id = c.value "
        f"LEFT JOIN ({failed}) f ON f.value = c.value "
        f"LEFT JOIN entities judged ON judged.kind = ? AND judged.value = {name} "
        f"ORDER BY c.events DESC, {name}"
    )
    with reported(case.path):
        rows = case.connection.execute(sql, [*parameters, limit, *parameters, kind]).fetchall()
    return [
        EntitySummary(
            Entity(kind, text),
            events,
            errors,
            None if first is None else first * 1000,
            None if last is None else last * 1000,
            verdict,
        )
        for text, events, errors, first, last, verdict in rows
    ]
