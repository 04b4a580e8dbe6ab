"""A condition as SQL over `event_rows e` that no event escapes which it may hold for.

A leaf over a column is tried on each distinct value of the column, so whatever it does to a text
(wildcards, regular expressions, letters' case) becomes a set of numbers. One over userIdentity can
be tried on a record of each actor; that is done where the columns alone leave many candidates. A
leaf over anything else might hold for any event. Rows that were read leniently (Flags.ODD) may say
other things than their records and are always candidates; `odd_rows` has them.
"""

from collections.abc import Collection

import msgspec

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.detect.scan.conditions import (
    IDENTITY,
    MISSING,
    AllOf,
    Condition,
    Leaf,
    Not,
    Subject,
)
from trailtui.model.record import Flags

EVERY, NONE = "1", "0"
"""Any event may be meant; none can be."""
_MOST_NUMBERS = 20_000
"""SQLite takes statements of a million bytes; a longer list is not worth a search either."""
_WIDE = 0.05
"""The share of the events that is as much work as a record of each actor."""
_MOST_PARTS = 400
"""SQLite takes expressions a thousand deep, and a chain is as deep as it is long."""


class Prefilter:
    """Turns conditions into SQL, with the columns' distinct values of one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._values: dict[str, dict[int, str]] = {}
        self._identities: dict[int, Subject] | None = None
        self._trying_actors = False

    def possible(self, condition: Condition) -> str:
        """SQL that is true for every event the condition may hold for; numbers only, no texts."""
        self._trying_actors = False
        sql = self._sql(condition, negated=False)
        if sql != NONE and _asks_for_identity(condition) and self._is_wide(sql):
            self._trying_actors = True
            sql = self._sql(condition, negated=False)
        return sql

    def _is_wide(self, sql: str) -> bool:
        """Whether so many events are left that trying the actors is worth it."""
        execute = self._case.connection.execute
        total = execute("SELECT count(*) FROM event_rows").fetchone()[0]
        left = execute(f"SELECT count(*) FROM event_rows e WHERE {sql}").fetchone()[0]  # noqa: S608
        return left > total * _WIDE

    def _sql(self, condition: Condition, *, negated: bool) -> str:
        if isinstance(condition, Not):
            return self._sql(condition.part, negated=not negated)
        if isinstance(condition, Leaf):
            return self._leaves([condition], negated=negated, every=True)
        every = isinstance(condition, AllOf) != negated
        by_column: dict[str | None, list[Leaf]] = {}
        parts: list[str] = []
        for part in condition.parts:
            if isinstance(part, Leaf) and not part.of_identity:
                by_column.setdefault(part.column, []).append(part)
            else:
                parts.append(self._sql(part, negated=negated))
        parts += [
            self._leaves(leaves, negated=negated, every=every) for leaves in by_column.values()
        ]
        return _all(parts) if every else _any(parts)

    def _leaves(self, leaves: list[Leaf], *, negated: bool, every: bool) -> str:
        """Leaves of one column as one set of its values: for `every` what all of them want."""
        if leaves[0].of_identity:
            return self._actors(leaves[0], negated=negated) if self._trying_actors else EVERY
        tests = [leaf.of_value for leaf in leaves if leaf.of_value is not None]
        column = leaves[0].column
        if column is None or len(tests) != len(leaves):
            return EVERY
        quantified = all if every else any

        def wanted(value: object) -> bool:
            return quantified(test(value) != negated for test in tests)

        values = self._distinct(column)
        inside = [number for number, text in values.items() if wanted(text)]
        empty_too = wanted(MISSING) or wanted(None)
        return _members(column, inside, values, empty_too=empty_too)

    def _actors(self, leaf: Leaf, *, negated: bool) -> str:
        """The actors whose identity meets a leaf; a record without any may say anything."""
        if self._identities is None:
            self._identities = _identities(self._case)
        inside = [
            actor for actor, subject in self._identities.items() if leaf.holds(subject) != negated
        ]
        if len(inside) > _MOST_NUMBERS:
            return EVERY
        return f"(e.actor IN ({_listed(inside)}) OR e.actor IS NULL)"

    def _distinct(self, column: str) -> dict[int, str]:
        found = self._values.get(column)
        if found is None:
            rows = self._case.connection.execute(
                f"SELECT s.id, s.text FROM (SELECT DISTINCT {column} AS id FROM event_rows) v "  # noqa: S608
                "JOIN strings s ON s.id = v.id"
            )
            found = self._values[column] = dict(rows)
        return found


def odd_rows(case: Case) -> list[int]:
    """The ids of events whose rows were read leniently."""
    rows = case.connection.execute("SELECT id FROM event_rows WHERE flags & ?", [int(Flags.ODD)])
    return [row[0] for row in rows]


class _WithIdentity(msgspec.Struct):
    """The one field that is wanted of a record."""

    identity: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"{}"), name=IDENTITY)


_decode = msgspec.json.Decoder(_WithIdentity).decode


def _identities(case: Case) -> dict[int, Subject]:
    """For each actor a record with its userIdentity and nothing else."""
    rows = case.connection.execute(
        "SELECT f.actor, e.evidence, e.offset, e.length, e.flags FROM (SELECT actor, min(id) AS id "
        "FROM event_rows WHERE actor IS NOT NULL AND flags & ? = 0 GROUP BY actor) f "
        "JOIN event_rows e ON e.id = f.id ORDER BY e.evidence, e.offset",
        [int(Flags.ODD)],
    ).fetchall()
    reader = RecordReader(case)
    found: dict[int, Subject] = {}
    for actor, evidence, offset, length, flags in rows:
        raw = reader.read(evidence, offset, length, in_string=bool(flags & Flags.IN_STRING))
        identity = bytes(_decode(raw).identity)
        found[actor] = Subject(b'{"userIdentity":' + identity + b"}")
    return found


def _asks_for_identity(condition: Condition) -> bool:
    if isinstance(condition, Leaf):
        return condition.of_identity
    if isinstance(condition, Not):
        return _asks_for_identity(condition.part)
    return any(map(_asks_for_identity, condition.parts))


def _members(column: str, inside: list[int], values: dict[int, str], *, empty_too: bool) -> str:
    empty = f"e.{column} IS NULL"
    if len(inside) == len(values):
        return EVERY if empty_too else f"e.{column} IS NOT NULL"
    if not inside:
        return empty if empty_too else NONE
    left_out = values.keys() - set(inside) if len(inside) * 2 > len(values) else None
    chosen = inside if left_out is None else left_out
    if len(chosen) > _MOST_NUMBERS:
        return EVERY
    sql = f"e.{column} {'IN' if left_out is None else 'NOT IN'} ({_listed(chosen)})"
    return f"({sql} OR {empty})" if empty_too else sql


def _listed(numbers: Collection[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _all(parts: list[str]) -> str:
    if NONE in parts:
        return NONE
    telling = list(dict.fromkeys(part for part in parts if part != EVERY))
    return _joined(" AND ", telling[:_MOST_PARTS]) if telling else EVERY


def _any(parts: list[str]) -> str:
    telling = list(dict.fromkeys(part for part in parts if part != NONE))
    if EVERY in parts or len(telling) > _MOST_PARTS:
        return EVERY
    return _joined(" OR ", telling) if telling else NONE


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"
