"""Reading events: pages by keyset, counts, single events, their records.

A page never counts rows from the start: it goes on from the id of the row it stood at, so the
millionth page costs what the first does. Ids are in time order (see case.schema).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case, reported
from trailtui.model.entity import Entity
from trailtui.model.record import (
    ID_BITS,
    Flags,
    id_bits,
    pack_event_id,
    row_time_ms,
    unpack_event_id,
)
from trailtui.model.times import EVER, TimeWindow


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition in SQLite's words over `event_rows e`, with its parameters."""

    sql: str
    parameters: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: all the given conditions together."""

    entities: tuple[Entity, ...] = ()
    """Of one kind: any of them; of several kinds: one of each."""
    window: TimeWindow = EVER
    errors: bool = False
    writes: bool = False
    pinned: bool = False
    findings: tuple[int, ...] = ()
    """Numbers of findings of rules: the events that any of them rests on."""
    where: Compiled | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event, as lists show it."""

    id: int
    time_ms: int | None
    event_id: str
    account: str | None
    region: str | None
    name: str | None
    source: str | None
    principal: str | None
    credential: str | None
    ip: str | None
    agent: str | None
    error: str | None
    type: str | None
    category: str | None
    read_only: bool | None
    flags: int
    actor_id: int | None
    evidence: int
    offset: int
    length: int
    sightings: int
    """At how many places it was seen, the first one included."""
    pinned: bool
    tags: tuple[str, ...]

    @property
    def in_string(self) -> bool:
        """Whether the record stands as a JSON string inside its file."""
        return bool(self.flags & Flags.IN_STRING)

    @property
    def conflict(self) -> bool:
        """Whether another record claims the same event id with other content."""
        return bool(self.flags & Flags.CONFLICT)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in order, and whether there are more in the direction that was read."""

    rows: tuple[EventRow, ...]
    has_more: bool


_TEXT_OF = "(SELECT text FROM strings WHERE id = e.{})"
_COLUMNS = ", ".join(
    [
        "e.id",
        "e.millis",
        "e.event_id",
        *(
            _TEXT_OF.format(column)
            for column in (
                "account", "region", "name", "source", "principal", "credential", "ip", "agent",
                "error", "type", "category",
            )
        ),
        "e.flags",
        "e.actor",
        "e.evidence",
        "e.offset",
        "e.length",
        "(SELECT count(*) FROM sightings s WHERE s.event = e.id)",
        "EXISTS (SELECT 1 FROM pins p WHERE p.event = e.id)",
        "(SELECT group_concat(tag, char(31)) FROM tags t WHERE t.event = e.id)",
    ]
)  # fmt: skip

_ENTITY_COLUMN = {
    "principal": "principal",
    "credential": "credential",
    "ip": "ip",
    "agent": "agent",
    "account": "account",
    "region": "region",
}
NOTHING = "0"
"""A condition that no event meets."""


def page(
    case: Case,
    chosen: EventFilter | None = None,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 200,
    newest_first: bool = False,
) -> Page:
    """Up to `limit` events, in time order or newest first.

    `after` goes on past a row's id in the direction of reading; `before` reads the rows that stand
    just ahead of a row's id (in reading direction), for scrolling back. Give one of them or none.
    """
    condition, parameters = where_of(case, chosen or EventFilter(), paging=True)
    forward = (before is None) != newest_first
    anchor = after if before is None else before
    if anchor is not None:
        condition = f"{condition} AND e.id {'>' if forward else '<'} ?"
        parameters = [*parameters, anchor]
    sql = (
        f"SELECT {_COLUMNS} FROM event_rows e WHERE {condition} "  # noqa: S608 - parts of ours
        f"ORDER BY e.id {'ASC' if forward else 'DESC'} LIMIT ?"
    )
    with reported(case.path):
        found = case.connection.execute(sql, [*parameters, limit + 1]).fetchall()
    rows = [_row(values) for values in found[:limit]]
    if before is not None:
        rows.reverse()
    return Page(tuple(rows), len(found) > limit)


def count(case: Case, chosen: EventFilter | None = None) -> int:
    """How many events meet the filter."""
    condition, parameters = where_of(case, chosen or EventFilter())
    sql = f"SELECT count(*) FROM event_rows e WHERE {condition}"  # noqa: S608
    return case.connection.execute(sql, parameters).fetchone()[0]


def first_and_last_ms(case: Case) -> tuple[int, int] | None:
    """Times of the earliest and the latest event that has one; None in a case without events."""
    row = case.connection.execute(  # each by itself is one step in the tree, both at once a scan
        "SELECT (SELECT min(id) FROM event_rows WHERE id > ?1), "
        "(SELECT max(id) FROM event_rows WHERE id > ?1)",
        [1 << 31],
    ).fetchone()
    return None if row[0] is None else ((row[0] >> 31) * 1000, (row[1] >> 31) * 1000)


def by_ids(case: Case, ids: Sequence[int]) -> list[EventRow]:
    """Events by the ids of their rows, in time order; ids that are none are left out."""
    found: list[EventRow] = []
    unique = sorted(set(ids))
    for start in range(0, len(unique), 500):
        part = unique[start : start + 500]
        sql = (
            f"SELECT {_COLUMNS} FROM event_rows e "  # noqa: S608
            f"WHERE e.id IN ({', '.join('?' * len(part))}) ORDER BY e.id"
        )
        found += [_row(values) for values in case.connection.execute(sql, part)]
    return found


def find(case: Case, event_id: str) -> list[EventRow]:
    """The events with an event id (several where accounts share it or contents conflict)."""
    word = event_id.strip()
    if word.startswith("sha256:"):
        try:
            stored: bytes | str = bytes.fromhex(word[7:])
        except ValueError:
            return []
    else:
        stored = pack_event_id(word.lower() if len(word) == 36 else word, b"")
    same_bits = case.connection.execute(
        "SELECT id FROM event_rows WHERE id & ? = ? "  # answered from the smallest index
        "UNION SELECT id FROM event_rows WHERE flags & 1024",
        [ID_BITS, id_bits(stored)],
    ).fetchall()
    wanted = unpack_event_id(stored)
    return [row for row in by_ids(case, [row[0] for row in same_bits]) if row.event_id == wanted]


def record_of(case: Case, row: EventRow, reader: RecordReader | None = None) -> bytes:
    """The record of an event, as it was acquired. Pass a reader when reading many."""
    reader = reader or RecordReader(case)
    return reader.read(row.evidence, row.offset, row.length, in_string=row.in_string)


def places_of(case: Case, row: EventRow) -> list[tuple[int, int, int]]:
    """Evidence, offset and length of every place an event was seen at, first one first."""
    more = case.connection.execute(
        "SELECT evidence, offset, length FROM sightings WHERE event = ? ORDER BY evidence, offset",
        [row.id],
    ).fetchall()
    return [(row.evidence, row.offset, row.length), *more]


def where_of(case: Case, chosen: EventFilter, *, paging: bool = False) -> tuple[str, list[object]]:
    """The filter as a condition over `event_rows e`, and its parameters.

    With `paging`, for reading a page in the order of ids: a principal or credential with very many
    events is then best met by walking along, not by collecting and sorting all it did.
    """
    conditions: list[str] = []
    parameters: list[object] = []
    for kind in dict.fromkeys(entity.kind for entity in chosen.entities):
        values = [entity.value for entity in chosen.entities if entity.kind == kind]
        if kind in ("principal", "credential"):
            condition, more = _actor_condition(case, kind, values, paging=paging)
        else:
            condition, more = _entity_condition(case, kind, values)
        conditions.append(condition)
        parameters += more
    if chosen.window.since_ms is not None:
        conditions.append("e.id >= ?")
        parameters.append(chosen.window.since_ms // 1000 << 31)
    if chosen.window.until_ms is not None:
        conditions.append("e.id < ?")
        parameters.append(-(-chosen.window.until_ms // 1000) << 31)
    if chosen.errors:
        conditions.append("e.error IS NOT NULL")
    if chosen.writes:
        conditions.append("e.flags & 3 = 1")
    if chosen.pinned:
        conditions.append("e.id IN (SELECT event FROM pins)")
    if chosen.findings:
        numbers = ", ".join("?" * len(chosen.findings))
        conditions.append(
            f"e.id IN (SELECT event FROM detection_events WHERE detection IN ({numbers}))"  # noqa: S608
        )
        parameters += chosen.findings
    if chosen.where is not None:
        conditions.append(f"({chosen.where.sql})")
        parameters += chosen.where.parameters
    return " AND ".join(conditions) or "1", parameters


_WORTH_SORTING = 5000
"""Up to so many events are collected by the index and sorted faster than they are met on a walk."""


def _actor_condition(
    case: Case, kind: str, values: list[str], *, paging: bool
) -> tuple[str, list[object]]:
    """Events of principals or credentials, by the actors that carry them."""
    marks = ", ".join("?" * len(values))
    actors = f"SELECT id FROM actors WHERE {kind} IN ({marks})"  # noqa: S608 - marks only
    if paging:
        counted = f"SELECT count(*) FROM event_rows WHERE actor IN ({actors})"  # noqa: S608
        if case.connection.execute(counted, values).fetchone()[0] > _WORTH_SORTING:
            return _entity_condition(case, kind, values)
    return f"e.actor IN ({actors})", [*values]


def _entity_condition(case: Case, kind: str, values: list[str]) -> tuple[str, list[object]]:
    """Ids are looked up first, so that SQLite sees numbers and takes the index."""
    marks = ", ".join("?" * len(values))
    if kind == "resource":
        sql = f"SELECT id FROM resources WHERE arn IN ({marks}) AND hash IN ({marks})"  # noqa: S608
        sought: list[object] = [*values, *(crc32(value.encode()) for value in values)]
    else:
        sql = f"SELECT id FROM strings WHERE text IN ({marks})"  # noqa: S608 - marks only
        sought = [*values]
    ids: list[object] = [row[0] for row in case.connection.execute(sql, sought)]
    if not ids:
        return NOTHING, []
    marks = ", ".join("?" * len(ids))
    if kind == "resource":
        inner = f"SELECT event FROM event_resources WHERE resource IN ({marks})"  # noqa: S608
        return f"e.id IN ({inner})", ids
    return f"e.{_ENTITY_COLUMN[kind]} IN ({marks})", ids


def _row(values: Sequence[Any]) -> EventRow:
    (id_, millis, event_id, account, region, name, source, principal, credential, ip, agent, error,
     kind, category, flags, actor, evidence, offset, length, sightings, pinned, tags,
     ) = values  # fmt: skip
    known = flags & Flags.READ_ONLY_KNOWN
    return EventRow(
        id=id_,
        time_ms=row_time_ms(id_, millis, flags),
        event_id=unpack_event_id(event_id),
        account=account or None,
        region=region,
        name=name,
        source=source,
        principal=principal,
        credential=credential,
        ip=ip,
        agent=agent,
        error=error,
        type=kind,
        category=category,
        read_only=bool(flags & Flags.READ_ONLY) if known else None,
        flags=flags,
        actor_id=actor,
        evidence=evidence,
        offset=offset,
        length=length,
        sightings=1 + sightings,
        pinned=bool(pinned),
        tags=tuple(tags.split("\x1f")) if tags else (),
    )
