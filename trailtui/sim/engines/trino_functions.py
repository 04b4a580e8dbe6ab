"""Trino's functions in DuckDB's words: each one that is known to mean the same, and no other.

Where DuckDB's function of the same name answers otherwise (an empty text or an error instead of
NULL), a macro here gives Trino's answer. Source: Trino documentation, "Functions and operators".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from sqlglot import exp

from trailtui.sim.engines.trino_kinds import kind_of

MACROS = (
    # Scalars only; neither objects nor text that is no JSON are an error.
    """CREATE MACRO trino_json_scalar(j, p) AS CASE WHEN NOT json_valid(j) THEN NULL
       WHEN json_type(j, p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
       ELSE json_extract_string(j, p) END""",
    "CREATE MACRO trino_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END",
    """CREATE MACRO trino_json_text(j) AS CASE WHEN json_type(j) IN ('OBJECT', 'ARRAY')
       THEN error('INVALID_CAST_ARGUMENT: Cannot cast JSON to varchar') ELSE j ->> '$' END""",
    """CREATE MACRO trino_json_array_length(j) AS CASE WHEN NOT json_valid(j) THEN NULL
       WHEN json_type(j) = 'ARRAY' THEN json_array_length(j) END""",
    """CREATE MACRO trino_regexp_extract(s, p, g) AS
       CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END""",
    """CREATE MACRO trino_split_part(s, d, i) AS
       CASE WHEN i > len(str_split(s, d)) THEN NULL ELSE split_part(s, d, i) END""",
    """CREATE MACRO trino_substr(s, f, n) AS
       CASE WHEN s IS NULL OR f IS NULL OR n IS NULL THEN NULL
       WHEN f = 0 OR n <= 0 OR -f > length(s) THEN '' ELSE substr(s, f, n) END""",
    """CREATE MACRO trino_contains(l, x) AS CASE WHEN list_contains(l, x) THEN TRUE
       WHEN x IS NULL OR list_count(l) < len(l) THEN NULL ELSE list_contains(l, x) END""",
    """CREATE MACRO trino_member(m, k) AS CASE WHEN m IS NULL OR map_contains(m, k) THEN m[k]
       ELSE error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k) END""",
    """CREATE MACRO trino_element(l, i) AS CASE WHEN l IS NULL OR i <= len(l) THEN l[i]
       ELSE error('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array '
       || 'length: ' || i || ' > ' || len(l)) END""",
    """CREATE MACRO trino_iso8601(t) AS
       strftime(t, '%Y-%m-%dT%H:%M:%S.%g')
       || CASE WHEN typeof(t) = 'TIMESTAMP' THEN '' ELSE 'Z' END""",
    "CREATE MACRO trino_any_match(l, m) AS CASE WHEN l IS NULL THEN NULL ELSE len(m) > 0 END",
)

_LIKEWISE = (
    "Abs", "ApproxDistinct", "And", "AnyValue", "ArrayAgg", "ArrayDistinct", "ArrayFilter", "Avg",
    "Case", "Cast", "Ceil", "Coalesce", "Concat", "Count", "CountIf", "CurrentDate",
    "CurrentTimestamp", "Date", "DateAdd", "Exists", "Extract", "Day", "Floor",
    "FromISO8601Timestamp", "Hour", "If", "Lag", "Lead", "Length", "LogicalAnd", "LogicalOr",
    "Lower", "MapKeys", "Max", "Min", "Minute", "Month", "Nullif", "Or", "Rank", "RegexpLike",
    "Replace", "Reverse", "RowNumber", "Second", "Split", "StartsWith", "StrPosition", "StrToTime",
    "Sum", "TimestampTrunc", "Transform", "Try", "TryCast", "Upper", "Year",
)  # fmt: skip
"""Functions whose translation by sqlglot gives what Trino gives."""


class NotSimulatedError(Exception):
    """Something of Trino's that is not executed here: a failure, never another answer."""


def _macro(name: str, *arguments: exp.Expr | str | int) -> exp.Expr:
    given = [exp.convert(one) if isinstance(one, str | int) else one for one in arguments]
    return exp.Anonymous(this=f"trino_{name}", expressions=given)


def _path(node: exp.Expr) -> str:
    """A JSON path as DuckDB reads it; only names and positions."""
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        raise NotSimulatedError("a JSON path that is not written out")
    text = "$"
    for part in cast("list[exp.Expr]", path.expressions):
        if isinstance(part, exp.JSONPathKey) and '"' not in part.name:
            text += f'."{part.name}"'
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            text += f"[{part.this}]"
        elif not isinstance(part, exp.JSONPathRoot):
            raise NotSimulatedError(f"{type(part).__name__} in a JSON path")
    return text


def _bracket(node: exp.Expr) -> exp.Expr:
    """A member of a map, or an element of an array: `[]` fails where element_at gives NULL."""
    holder, index = node.this, node.expressions[0]
    lenient = bool(node.args.get("safe"))
    if kind_of(holder) == "map":
        if lenient:
            return exp.Anonymous(this="map_extract_value", expressions=[holder, index])
        return _macro("member", holder, index)
    if kind_of(holder) != "array" or not isinstance(index, exp.Literal) or index.is_string:
        raise NotSimulatedError(f"the subscript {node.sql(dialect='trino')}")
    position = int(index.this) + 1 - int(node.args.get("offset") or 0)
    if position < 1:
        raise NotSimulatedError("subscripts below 1")
    if lenient:
        return exp.Anonymous(this="list_extract", expressions=[holder, exp.convert(position)])
    return _macro("element", holder, position)


def _cast(node: exp.Expr) -> exp.Expr:
    """Casts to and from JSON are Trino's own; the others are the same."""
    wanted = node.args["to"]
    if wanted.is_type(exp.DType.JSON):
        return exp.Anonymous(this="to_json", expressions=[node.this])
    if kind_of(node.this) == "json":
        if not wanted.is_type(exp.DType.VARCHAR, exp.DType.TEXT):
            raise NotSimulatedError(f"a cast of JSON to {wanted.sql(dialect='trino')}")
        return _macro("json_text", node.this)
    if kind_of(node.this) in ("row", "map", "array"):
        raise NotSimulatedError(f"a cast of {kind_of(node.this)} but to JSON")
    return node


def _substring(node: exp.Expr) -> exp.Expr:
    length = node.args.get("length") or exp.convert(1 << 30)
    return _macro("substr", node.this, node.args["start"], length)


def _regexp_extract(node: exp.Expr) -> exp.Expr:
    return _macro("regexp_extract", node.this, node.expression, node.args.get("group") or 0)


def _regexp_extract_all(node: exp.Expr) -> exp.Expr:
    group = node.args.get("group") or exp.convert(0)
    return exp.Anonymous(this="regexp_extract_all", expressions=[node.this, node.expression, group])


def _split_part(node: exp.Expr) -> exp.Expr:
    return _macro("split_part", node.this, node.args["delimiter"], node.args["part_index"])


def _by(name: str) -> Callable[[exp.Expr], exp.Expr]:
    """max_by and min_by also give a NULL where the row with the best value has one."""

    def made(node: exp.Expr) -> exp.Expr:
        if node.args.get("count"):
            raise NotSimulatedError("max_by and min_by of several")
        return exp.Anonymous(this=name, expressions=[node.this, node.expression])

    return made


def _date_diff(node: exp.Expr) -> exp.Expr:
    """Trino counts whole units between two times, DuckDB's date_diff their boundaries."""
    unit = exp.convert(node.text("unit").lower() or "day")
    return exp.Anonymous(this="date_sub", expressions=[unit, node.expression, node.this])


def _trim(node: exp.Expr) -> exp.Expr:
    if node.args.get("position") or node.expression:
        raise NotSimulatedError("trim with what to cut or where")
    blanks = exp.Literal.string(" \t\n\r\x0b\x0c")
    return exp.Anonymous(this="trim", expressions=[node.this, blanks])


def _array_size(node: exp.Expr) -> exp.Expr:
    name = "cardinality" if kind_of(node.this) == "map" else "len"
    return exp.Anonymous(this=name, expressions=[node.this])


def _array_join(node: exp.Expr) -> exp.Expr:
    if node.args.get("null"):
        raise NotSimulatedError("array_join with a word for NULL")
    return exp.Anonymous(this="array_to_string", expressions=[node.this, node.expression])


def _json_format(node: exp.Expr) -> exp.Expr:
    return exp.cast(node.this, exp.DType.VARCHAR)


_OTHERWISE: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.JSONExtractScalar: lambda node: _macro("json_scalar", node.this, _path(node)),
    exp.JSONExtract: lambda node: _macro("json_extract", node.this, _path(node)),
    exp.JSONFormat: _json_format,
    exp.ParseJSON: lambda node: exp.cast(node.this, exp.DType.JSON),
    exp.Bracket: _bracket,
    exp.Cast: _cast,
    exp.Substring: _substring,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpExtractAll: _regexp_extract_all,
    exp.SplitPart: _split_part,
    exp.ArgMax: _by("arg_max_null"),
    exp.ArgMin: _by("arg_min_null"),
    exp.DateDiff: _date_diff,
    exp.Trim: _trim,
    exp.ArraySize: _array_size,
    exp.ArrayContains: lambda node: _macro("contains", node.this, node.expression),
    exp.ArrayToString: _array_join,
    exp.TimeToUnix: lambda node: exp.Anonymous(this="epoch", expressions=[node.this]),
    exp.ApproxDistinct: lambda node: exp.Count(this=exp.Distinct(expressions=[node.this])),
}


def _any_match(node: exp.Anonymous) -> exp.Expr:
    items, test = cast("list[exp.Expr]", node.expressions)
    return _macro("any_match", items, exp.ArrayFilter(this=items.copy(), expression=test))


_NAMED: dict[str, Callable[[exp.Anonymous], exp.Expr]] = {
    "to_iso8601": lambda node: _macro("iso8601", *cast("list[exp.Expr]", node.expressions)),
    "json_array_length": lambda node: _macro(
        "json_array_length", *cast("list[exp.Expr]", node.expressions)
    ),
    "any_match": _any_match,
}


def refuse_unknown(node: exp.Expr) -> None:
    """Raises NotSimulatedError for a function that is not known to mean the same in DuckDB."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in _NAMED:
            raise NotSimulatedError(f"the function {node.name}")
    elif isinstance(node, exp.Unnest):
        # An array of rows becomes columns in Trino, and one column in DuckDB.
        raise NotSimulatedError("UNNEST")
    elif isinstance(node, exp.Func) and not isinstance(node, (*_OTHERWISE, exp.JSONPath)):
        name = type(node).__name__
        if name not in _LIKEWISE:
            raise NotSimulatedError(f"the function {name}")


def in_duckdb(node: exp.Expr, now: datetime) -> exp.Expr:
    """A node of the tree as DuckDB has to read it.

    Args:
        node: its arguments are already DuckDB's.
        now: the account's time, for whoever asks for it.
    Raises:
        NotSimulatedError: it has no counterpart.
    """
    if isinstance(node, exp.Anonymous):
        return _NAMED[node.name.lower()](node) if node.name.lower() in _NAMED else node
    if isinstance(node, exp.CurrentTimestamp):
        moment = exp.Literal.string(now.strftime("%Y-%m-%d %H:%M:%S.%f+00"))
        return exp.Cast(this=moment, to=exp.DataType.build("TIMESTAMPTZ"))
    if isinstance(node, exp.CurrentDate):
        return exp.Cast(
            this=exp.Literal.string(now.strftime("%Y-%m-%d")), to=exp.DataType.build("DATE")
        )
    for kind, translate in _OTHERWISE.items():
        if type(node) is kind:
            return translate(node)
    return node
