"""What Athena reads for a query: the objects of the partitions that its conditions leave.

A condition prunes where it is one of the parts of WHERE that are joined by AND and speaks of
partition columns only, as partition projection has it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import cast

from sqlglot import exp

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.catalogue import Table
from trailtui.sim.engines.duck import QueryFailedError, run
from trailtui.sim.engines.shapes import shaped

Objects = Mapping[str, bytes]
Row = dict[str, Dynamic]


def objects_of(table: Table) -> dict[tuple[str, ...], dict[str, bytes]]:
    """The table's objects by key, by partition (values in the order of the columns)."""
    bucket, prefix = table.prefix()
    found: dict[tuple[str, ...], dict[str, bytes]] = {}
    for key, body in moto_trails.objects(bucket, prefix):
        partition = table.partition_of(bucket, key)
        if partition is not None:
            values = tuple(partition[name] for name in table.partitions)
            found.setdefault(values, {})[key] = body
    return found


def pruned(table: Table, query: exp.Expr) -> dict[str, tuple[tuple[str, ...], bytes]]:
    """The objects that a query reads: by key their partition and bytes.

    Raises:
        QueryFailedError: an injected column has no static condition.
    """
    conditions = _of_partitions(table, query)
    for name in table.injected:
        if not any(_is_static(one, name) for one in conditions):
            raise QueryFailedError(
                f"CONSTRAINT_VIOLATION: For the injected projected partition column {name}, the "
                "WHERE clause must contain only static equality conditions, and at least one such "
                "condition must be present."
            )
    every = objects_of(table)
    kept = set(every)
    if conditions and every:
        rows = [dict(zip(table.partitions, values, strict=True)) for values in every]
        columns = [exp.column(name, quoted=True) for name in table.partitions]
        asked = exp.select(*columns).from_("partitions").where(*[one.copy() for one in conditions])
        answer = run(asked, "partitions", table.partitions, rows)
        kept = {tuple(str(one) for one in row) for row in answer.rows}
    return {
        key: (values, body)
        for values, bodies in every.items()
        if values in kept
        for key, body in bodies.items()
    }


def _of_partitions(table: Table, query: exp.Expr) -> list[exp.Expr]:
    """The parts of WHERE that speak of partition columns only."""
    where = query.args.get("where") if isinstance(query, exp.Select) else None
    if where is None:
        return []
    condition = cast("exp.Expr", where.this)
    parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    found: list[exp.Expr] = []
    for one in parts:
        part = one.unnest()
        names = {column.name.lower() for column in part.find_all(exp.Column)}
        if names and names <= set(table.partitions) and not part.find(exp.Subquery):
            found.append(part)
    return found


def _is_static(condition: exp.Expr, name: str) -> bool:
    column = condition.this
    if not isinstance(column, exp.Column) or column.name.lower() != name:
        return False
    if isinstance(condition, exp.EQ):
        return isinstance(condition.expression, exp.Literal)
    if isinstance(condition, exp.In):
        return all(isinstance(one, exp.Literal) for one in condition.expressions)
    return False


def rows_of(table: Table, read: Mapping[str, tuple[tuple[str, ...], bytes]]) -> Iterator[Row]:
    """The records of objects in the table's columns, with those of their partition.

    Raises:
        QueryFailedError: an object is no log file.
    """
    for key, (values, body) in read.items():
        try:
            held = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
            records = cast("list[Row]", held["Records"])
        except (ValueError, KeyError, TypeError, OSError):
            raise QueryFailedError(f"HIVE_CURSOR_ERROR: {key} can't be read") from None
        partition = dict(zip(table.partitions, values, strict=True))
        for record in records:
            yield {**shaped(record, table.columns), **partition}
