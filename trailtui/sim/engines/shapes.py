"""Records in the columns of a table: nested values as declared, everything else as text.

Names are lower case, as in Hive's catalogue; a nested value in a column declared as a string is its
JSON, as the JSON SerDe gives it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from sqlglot import exp

from trailtui.sim.dynamic import Dynamic

_TYPE = exp.DataType.Type

Columns = Mapping[str, exp.DataType]
"""By lower-case name, in their order."""


def shaped(record: Mapping[str, Dynamic], columns: Columns) -> dict[str, Dynamic]:
    """A record's values by column; what it does not have is None."""
    lowered = {name.lower(): value for name, value in record.items()}
    return {name: _value(lowered.get(name), kind) for name, kind in columns.items()}


def _value(value: Dynamic, kind: exp.DataType) -> Dynamic:
    if value is None:
        return None
    if kind.this == _TYPE.STRUCT:
        return _struct(value, kind)
    if kind.this == _TYPE.ARRAY:
        inner = cast("exp.DataType", kind.expressions[0])
        items = cast("list[Dynamic]", value)
        return [_value(one, inner) for one in items] if isinstance(value, list) else None
    if kind.this == _TYPE.MAP:
        members = cast("dict[str, Dynamic]", value)
        return {key: text_of(one) for key, one in members.items()} if _is_map(value) else None
    if kind.this == _TYPE.BOOLEAN:
        return {"true": True, "false": False}.get(text_of(value).lower())
    return text_of(value)


def _struct(value: Dynamic, kind: exp.DataType) -> dict[str, Dynamic] | None:
    if not _is_map(value):
        return None
    lowered = {name.lower(): one for name, one in cast("dict[str, Dynamic]", value).items()}
    made: dict[str, Dynamic] = {}
    for field in cast("list[exp.ColumnDef]", kind.expressions):
        name = field.name.lower()
        made[name] = _value(lowered.get(name), cast("exp.DataType", field.kind))
    return made


def _is_map(value: Dynamic) -> bool:
    return isinstance(value, dict)


def text_of(value: Dynamic) -> str:
    """A value as text: itself, or its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))
