"""Athena's rows back into records: CloudTrail's names and types, fields without a value left out.

Nested columns come as JSON (see athena_sql), which holds the fields' names in engine version 3 and
their values alone, in the declared order, in older ones; both are read by the declared type. What
a table does not declare is not in the record: it agrees with the real one and says less.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trailtui.collect.athena_table import ColumnType, Table
from trailtui.query.columns import EVENTS, Column, Kind

RECORD_COLUMNS = {name: column for name, column in EVENTS.items() if not column.virtual}
"""CloudTrail's fields by the lower-case names that a table gives them."""

_BOOLEANS = {"true": True, "false": False}
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.0+)?(?: ?(?:UTC|Z))?")

Record = dict[str, Any]


def selected(table: Table) -> list[str]:
    """The columns of the table that a record has, in the table's order."""
    return [name for name in table.columns if name in RECORD_COLUMNS]


def left_out(table: Table) -> list[str]:
    """Columns that no record has; they are not asked for."""
    return [name for name in table.columns if name not in RECORD_COLUMNS]


def records_of(table: Table, values: Mapping[str, Any], number: int) -> list[Record]:
    """The records of one page (GetQueryResults); the first page begins with the columns' names."""
    result: Mapping[str, Any] = values.get("ResultSet", {})
    columns = [
        str(one["Name"]).lower()
        for one in result.get("ResultSetMetadata", {}).get("ColumnInfo", [])
    ] or selected(table)
    rows = [
        [cell.get("VarCharValue") for cell in row.get("Data", [])] for row in result.get("Rows", [])
    ]
    if number == 1 and rows and [str(cell).lower() for cell in rows[0]] == columns:
        rows = rows[1:]
    return [record_of(table, dict(zip(columns, row, strict=False))) for row in rows]


def record_of(table: Table, row: Mapping[str, str | None]) -> Record:
    """One record from the texts of its columns."""
    record: Record = {}
    for name, text in row.items():
        column = RECORD_COLUMNS.get(name)
        if text is None or column is None or name not in table.columns:
            continue
        value = _value(text, table.columns[name], column)
        if value is not None:
            record[column.name] = value
    return record


def _value(text: str, declared: ColumnType, column: Column) -> Any:  # noqa: ANN401 - any JSON value
    if declared.nested:
        return _restore(_json(text), declared, column)
    if column.kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text.lower(), text)
    if column.kind is Kind.TIME:
        found = _TIMESTAMP.fullmatch(text)
        return f"{found[1]}T{found[2]}Z" if found else text
    if column.kind is not Kind.TEXT and text[:1] in ("{", "["):
        return _json(text)
    return text


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """A value from its JSON; the text itself where it is none, so that nothing is made up."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _restore(value: Any, declared: ColumnType, column: Column | None) -> Any:  # noqa: ANN401
    """A nested value with CloudTrail's names; None where nothing is in it."""
    if declared.name == "struct" and isinstance(value, dict | list):
        return _restore_struct(value, declared, column)  # pyright: ignore[reportUnknownArgumentType]
    if declared.name == "array" and isinstance(value, list):
        inner = declared.fields[0][1]
        items = cast("list[Any]", value)
        return [_restore(item, inner, column) for item in items]
    return value


def _restore_struct(
    value: Mapping[str, Any] | Sequence[Any], declared: ColumnType, column: Column | None
) -> Record | None:
    types = dict(declared.fields)
    members = (
        value.items()
        if isinstance(value, Mapping)
        else zip((name for name, _ in declared.fields), value, strict=False)
    )
    found: Record = {}
    for name, member in members:
        known = column.child(name) if column is not None else None
        restored = _restore(member, types.get(name.lower(), ColumnType("string")), known)
        if restored is not None:
            found[known.name if known is not None else name] = restored
    return found or None
