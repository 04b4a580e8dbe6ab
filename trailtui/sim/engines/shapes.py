"""Records in the columns of a table: nested values as declared, everything else as text.

Names are lower case, as in Hive's catalogue; a nested value in a column declared as a string is its
JSON, as the JSON SerDe gives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from sqlglot import exp

from trailtui.sim.dynamic import Dynamic

_TYPE = exp.DataType.Type

Columns = Mapping[str, exp.DataType]
"""By lower-case name, in their order."""

_Shaper = Callable[[Dynamic], Dynamic]


def shaper(columns: Columns) -> Callable[[Mapping[str, Dynamic]], dict[str, Dynamic]]:
    """A function that gives a record's values by column; what it does not have is None."""
    shapers = {name: _of(kind) for name, kind in columns.items()}

    def shaped(record: Mapping[str, Dynamic]) -> dict[str, Dynamic]:
        lowered = {name.lower(): value for name, value in record.items()}
        return {name: shape(lowered.get(name)) for name, shape in shapers.items()}

    return shaped


def _of(kind: exp.DataType) -> _Shaper:
    """What makes a JSON value fit a type; a value of another kind becomes None."""
    if kind.is_type("struct"):
        return _struct(cast("list[exp.ColumnDef]", kind.expressions))
    if kind.is_type("array"):
        inner = _of(cast("exp.DataType", kind.expressions[0]))
        return lambda value: (
            [inner(one) for one in cast("list[Dynamic]", value)]
            if isinstance(value, list)
            else None
        )
    if kind.is_type("map"):
        return _map
    if kind.is_type("boolean"):
        return lambda value: {"true": True, "false": False}.get(text_of(value).lower())
    return lambda value: None if value is None else text_of(value)


def _map(value: Dynamic) -> dict[str, str | None] | None:
    if not isinstance(value, dict):
        return None
    members = cast("dict[str, Dynamic]", value)
    return {name: None if one is None else text_of(one) for name, one in members.items()}


def _struct(fields: list[exp.ColumnDef]) -> _Shaper:
    shapers = {one.name.lower(): _of(cast("exp.DataType", one.kind)) for one in fields}

    def shape(value: Dynamic) -> dict[str, Dynamic] | None:
        if not isinstance(value, dict):
            return None
        members = cast("dict[str, Dynamic]", value)
        lowered = {name.lower(): one for name, one in members.items()}
        return {name: inner(lowered.get(name)) for name, inner in shapers.items()}

    return shape


def text_of(value: Dynamic) -> str:
    """A value as text: itself, or its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))
