"""What kind of value an expression of Trino's gives, as far as it matters for refusing to compare.

Trino never makes a text of a number or a truth of a text; DuckDB does. Source: Trino documentation,
"Conversion functions" (no implicit conversion between character and other types).
"""

from __future__ import annotations

from typing import cast

from sqlglot import exp

_KINDS: dict[str, tuple[exp.DType, ...]] = {
    "varchar": (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR),
    "number": (
        exp.DType.BIGINT,
        exp.DType.INT,
        exp.DType.SMALLINT,
        exp.DType.TINYINT,
        exp.DType.DOUBLE,
        exp.DType.FLOAT,
        exp.DType.DECIMAL,
    ),
    "boolean": (exp.DType.BOOLEAN,),
    "timestamp": (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATE),
    "json": (exp.DType.JSON,),
    "row": (exp.DType.STRUCT,),
    "array": (exp.DType.ARRAY, exp.DType.LIST),
    "map": (exp.DType.MAP,),
}
_KIND_OF = {kind: name for name, kinds in _KINDS.items() for kind in kinds}

_GIVES: dict[type[exp.Expr], str] = {
    exp.JSONExtractScalar: "varchar",
    exp.JSONExtract: "json",
    exp.ParseJSON: "json",
    exp.JSONFormat: "varchar",
    exp.FromISO8601Timestamp: "timestamp",
    exp.StrToTime: "timestamp",
    exp.TimestampTrunc: "timestamp",
    exp.DateAdd: "timestamp",
    exp.CurrentTimestamp: "timestamp",
    exp.CurrentDate: "timestamp",
    exp.Date: "timestamp",
    exp.RegexpExtract: "varchar",
    exp.SplitPart: "varchar",
    exp.RegexpExtractAll: "array",
    exp.Split: "array",
    exp.ArrayFilter: "array",
    exp.ArrayAgg: "array",
    exp.Predicate: "boolean",
    exp.Not: "boolean",
}


def type_of(node: exp.Expr) -> exp.DataType | None:
    """The declared type of a column, a field in it, or a member of a map or array."""
    if isinstance(node, exp.Paren):
        return type_of(node.this)
    if isinstance(node, exp.Bracket):
        holder = type_of(node.this)
        if holder is not None and holder.expressions:
            return cast("exp.DataType", holder.expressions[-1])
        return None
    if isinstance(node, exp.Dot):
        holder = type_of(node.this)
        for member in cast("list[exp.ColumnDef]", holder.expressions if holder else []):
            if member.name.lower() == node.expression.name.lower():
                return member.kind
    told = node.type
    return told if isinstance(told, exp.DataType) else None


def kind_of(node: exp.Expr) -> str | None:
    """The kind of its value, one of the words above; None where it is not known."""
    for known, kind in _GIVES.items():
        if isinstance(node, known):
            return kind
    told = type_of(node)
    return _KIND_OF.get(told.this) if told is not None else None
