"""What Athena reads for a query: the objects of the partitions that its conditions leave.

A condition prunes where it is one of the parts of WHERE that are joined by AND and speaks of
partition columns of one table only, as partition projection has it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlglot import exp

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.catalogue import Table
from trailtui.sim.engines.duck import Loaded, QueryFailedError, run
from trailtui.sim.engines.shapes import shaper
from trailtui.sim.engines.trino import prepare

Row = dict[str, Dynamic]
Partition = tuple[str, ...]
"""Values of the partition columns, in their order."""


@dataclass(frozen=True)
class Object:
    """An object that is read."""

    key: str
    partition: Partition
    body: bytes


def read(table: Table, name: str, query: exp.Query, now: datetime) -> list[Object]:
    """The objects that a query reads of a table.

    Args:
        table: the table.
        name: what the query calls this mention of it.
        query: checked, so that each of its columns says of which table it is.
        now: the account's time.
    Raises:
        QueryFailedError: an injected column has no static condition; a property is wrong.
        KeyError: the bucket is not there.
    """
    conditions = _conditions(table, name, query)
    for column, projection in table.projections(now).items() if table.projected else ():
        if projection.kind == "injected" and not any(_is_static(c, column) for c in conditions):
            raise QueryFailedError(
                f"CONSTRAINT_VIOLATION: For the injected projected partition column {column}, the "
                "WHERE clause must contain only static equality conditions, and at least one such "
                "condition must be present."
            )
    every = _objects(table, now)
    kept = _kept(table, conditions, {one.partition for one in every}, now)
    return [one for one in every if one.partition in kept]


def _objects(table: Table, now: datetime) -> list[Object]:
    bucket, prefix = table.prefix()
    if table.partitions and not table.projected:
        return []  # nobody has added a partition to it
    keys, projections = table.keys(now), table.projections(now)
    found: list[Object] = []
    for key, body in moto_trails.objects(bucket, prefix):
        matched = keys.match(f"s3://{bucket}/{key}")
        if matched is None or key.rpartition("/")[2][:1] in ("_", ".", ""):
            continue
        values = matched.groupdict()
        if all(one.holds(values[column]) for column, one in projections.items()):
            found.append(Object(key, tuple(values[column] for column in table.partitions), body))
    return found


def _kept(
    table: Table, conditions: list[exp.Expr], every: set[Partition], now: datetime
) -> set[Partition]:
    """The partitions for which every condition holds, asked of the engine itself."""
    if not conditions or not every:
        return every
    rows = [dict(zip(table.partitions, values, strict=True)) for values in sorted(every)]
    columns = [exp.column(column, quoted=True) for column in table.partitions]
    asked = exp.select(*columns).from_("partitions").where(*conditions)
    loaded = {"partitions": Loaded(table.partitions, rows)}
    (answer,) = run([prepare(asked, {"partitions": table.partitions})], loaded, now)
    return {tuple(str(value) for value in row) for row in answer.rows}


def _conditions(table: Table, name: str, query: exp.Query) -> list[exp.Expr]:
    """The parts of WHERE that speak of this table's partition columns only."""
    for select in query.find_all(exp.Select):
        alias = _alias_of(select, name)
        where = select.args.get("where")
        joins = cast("list[exp.Expr]", select.args.get("joins") or [])
        outer = any(join.args.get("side") for join in joins)
        if alias is None or where is None or outer:
            continue
        condition = cast("exp.Expr", where.this)
        parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
        return [_bare(one) for one in map(_unnested, parts) if _is_of(one, alias, table)]
    return []


def _unnested(part: exp.Expr) -> exp.Expr:
    return part.unnest()


def _alias_of(select: exp.Select, name: str) -> str | None:
    """What a SELECT calls a table that stands in its own FROM or JOIN; None where none does."""
    source = select.args.get("from_") or select.args.get("from")
    joins = cast("list[exp.Expr]", select.args.get("joins") or [])
    for one in ([source] if source is not None else []) + joins:
        if isinstance(one.this, exp.Table) and one.this.name == name:
            return one.this.alias or name
    return None


def _is_of(condition: exp.Expr, alias: str, table: Table) -> bool:
    columns = list(condition.find_all(exp.Column))
    return (
        bool(columns)
        and condition.find(exp.Query) is None
        and all(one.table == alias and one.name in table.partitions for one in columns)
    )


def _bare(condition: exp.Expr) -> exp.Expr:
    """The condition with its columns without a table."""
    copy = condition.copy()
    for column in list(copy.find_all(exp.Column)):
        column.set("table", None)
    return copy


def _is_static(condition: exp.Expr, name: str) -> bool:
    if isinstance(condition, exp.EQ):
        sides = [condition.left.unnest(), condition.right.unnest()]
        named = [one for one in sides if isinstance(one, exp.Column) and one.name == name]
        return len(named) == 1 and any(isinstance(one, exp.Literal) for one in sides)
    if isinstance(condition, exp.In) and isinstance(condition.this, exp.Column):
        listed = cast("list[exp.Expr]", condition.expressions)
        static = all(isinstance(one.unnest(), exp.Literal) for one in listed)
        return condition.this.name == name and bool(listed) and static
    return False


def rows_of(table: Table, objects: list[Object]) -> Iterator[Mapping[str, Dynamic]]:
    """The records of objects in the table's columns, with those of their partition.

    Raises:
        QueryFailedError: an object is no log file.
    """
    shaped = shaper(table.columns)
    for one in objects:
        try:
            packed = one.body[:2] == b"\x1f\x8b"
            held = json.loads(gzip.decompress(one.body) if packed else one.body)
            records = cast("list[Row]", held["Records"])
        except (ValueError, KeyError, TypeError, OSError, EOFError):
            raise QueryFailedError(f"HIVE_CURSOR_ERROR: {one.key} can't be read") from None
        partition = dict(zip(table.partitions, one.partition, strict=True))
        for record in records:
            yield {**shaped(record), **partition}
