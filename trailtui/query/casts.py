"""CAST and TRY_CAST: between scalars as Trino does it, and from JSON to arrays, maps and rows."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.cast_functions import WIDTHS, WRITTEN
from trailtui.query.columns import NESTED, Column, Kind
from trailtui.query.context import Value
from trailtui.query.fragment import Sql, bound, sql
from trailtui.query.json_functions import Type
from trailtui.query.signatures import CAST_KINDS

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions

_REFUSED = {
    (Kind.INTEGER, Kind.TIME),
    (Kind.DOUBLE, Kind.TIME),
    (Kind.BOOLEAN, Kind.TIME),
    (Kind.TIME, Kind.INTEGER),
    (Kind.TIME, Kind.DOUBLE),
    (Kind.TIME, Kind.BOOLEAN),
}
_FROM_JSON = (
    Kind.TEXT, Kind.INTEGER, Kind.DOUBLE, Kind.BOOLEAN, Kind.ARRAY, Kind.MAP, Kind.STRUCT,
)  # fmt: skip
_POSSIBLE = (
    "Possible are varchar, bigint, double, boolean, timestamp, date, json, ipaddress, and from "
    "json array(…), map(varchar, …) and row(name type, …)."
)


def cast_value(expressions: "Expressions", node: exp.Cast) -> Value:
    """CAST(x AS type), TRY_CAST(x AS type)."""
    value = _cast(expressions, node)
    word = node.args["to"].this.name.lower()
    narrow = "integer" if word == "int" else word
    safe = isinstance(node, exp.TryCast)
    if narrow in WIDTHS and narrow != "bigint" and value.kind is Kind.INTEGER:
        expressions.may_fail(node, not safe and not value.constant)
        function = "tt_try_cast" if safe else "tt_cast"
        made = sql(f"{function}({{}}, {{}}, 'bigint')", value.sql, bound(narrow))
        value = Value(made, Kind.INTEGER, value.constant, name=value.name)
    inside_try = node.find_ancestor(exp.Try) is not None
    if value.constant and not safe and not inside_try and value.kind not in NESTED:
        found = expressions.context.evaluate(value.sql, node)  # complains at its place
        return replace(value, sql=bound(found))
    return value


def _cast(expressions: "Expressions", node: exp.Cast) -> Value:
    context = expressions.context
    context.only(node, "this", "to", "safe")
    value = expressions.value(node.this)
    to = _target(expressions, node.args["to"])
    safe = isinstance(node, exp.TryCast)
    if value.kind is Kind.UNKNOWN:
        return Value(value.sql, to.kind, value.constant, column=to)
    if to.kind is Kind.JSON and value.kind is not Kind.JSON:
        return _to_json(value)
    if value.kind is Kind.JSON and to.kind in _FROM_JSON:
        return _from_json(expressions, node, value, to, safe=safe)
    if value.kind is to.kind and (value.kind not in NESTED or value.type == to.type):
        return _same_kind(value, node)
    if to.kind is Kind.TEXT and _length(node.args["to"]) is not None:
        raise context.error("a length is only for a cast of varchar here", node, "Write varchar.")
    refused = value.kind in NESTED or to.kind in NESTED or (value.kind, to.kind) in _REFUSED
    if refused or (Kind.IP in (value.kind, to.kind) and Kind.TEXT not in (value.kind, to.kind)):
        raise context.error(f"CAST of {value.type} to {to.type} is not supported", node, _POSSIBLE)
    fails = value.kind is Kind.TEXT and not safe and not value.constant
    expressions.may_fail(node, fails)
    made = value.sql
    if value.kind is Kind.TIME and value.zone and to.kind is Kind.TEXT:
        made = sql("tt_zoned_text({}, {})", made, bound(value.zone))
        return Value(made, to.kind, value.constant, name=value.name)
    if value.kind is Kind.TIME and value.zone:
        made = sql("tt_local({}, {})", made, bound(value.zone))
    function = "tt_try_cast" if safe else "tt_cast"
    written = value.constant and value.kind is Kind.TEXT and not safe
    source = WRITTEN if written else str(value.kind)
    made = sql(f"{function}({{}}, {{}}, {{}})", made, bound(str(to.kind)), bound(source))
    zone = "UTC" if to.kind is Kind.TIME and _zoned(node) else ""
    return Value(made, to.kind, value.constant, name=value.name, zone=zone)


def _zoned(node: exp.Cast) -> bool:
    return node.args["to"].this.name == "TIMESTAMPTZ"


def _same_kind(value: Value, node: exp.Cast) -> Value:
    """A cast that changes nothing, but for the zone of a time and the length of a text."""
    made, zone = value.sql, value.zone
    if value.kind is Kind.TEXT and (length := _length(node.args["to"])) is not None:
        cut = sql("tt_substr({}, 1, {})", made, bound(length))
        return Value(cut, value.kind, value.constant, name=value.name)
    if value.kind is Kind.TIME:
        if zone and not _zoned(node):
            made = sql("tt_local({}, {})", made, bound(zone))
        zone = (zone or "UTC") if _zoned(node) else ""
        if value.zone == zone and made is value.sql:
            return Value(made, value.kind, value.constant, field=value.field, name=value.name,
                         column=value.column, zone=zone)  # fmt: skip
    column = value.column if value.kind in NESTED else None
    return Value(made, value.kind, value.constant, column=column, name=value.name, zone=zone)


def _to_json(value: Value) -> Value:
    if value.kind is Kind.MAP:  # its values are texts, so they become strings of JSON
        texts = value.column is None or value.column.element.kind is Kind.TEXT
        return Value(sql("tt_texts({})", value.sql) if texts else value.sql, Kind.JSON)
    if value.kind in NESTED:
        return Value(value.sql, Kind.JSON, value.constant)
    made = sql("tt_to_json({}, {})", value.sql, bound(str(value.kind)))
    return Value(made, Kind.JSON, value.constant)


def _from_json(
    expressions: "Expressions", node: exp.Cast, value: Value, to: Column, *, safe: bool
) -> Value:
    expressions.may_fail(node, not safe and not value.constant)
    function = "tt_try_from_json" if safe else "tt_from_json"
    made = sql(f"{function}({{}}, {{}})", value.sql, bound(json.dumps(described(to))))
    return Value(made, to.kind, value.constant, column=to if to.kind in NESTED else None)


def in_one_form(value: Sql, kind: Kind, column: Column | None) -> Sql:
    """SQL of a value that is equal exactly where Trino takes the values for equal."""
    if kind not in NESTED:
        return value
    known = column if column is not None and column.kind is kind else Column("", kind)
    return sql("tt_alike({}, {})", value, bound(json.dumps(described(known))))


def described(to: Column) -> Type:
    """A type in the words of json_functions."""
    if to.kind is Kind.ARRAY:
        return ["array", described(to.element)]
    if to.kind is Kind.MAP:
        return ["map", described(to.element)]
    if to.kind is Kind.STRUCT:
        return ["row", [[each.name, described(each)] for each in to.children.values()]]
    return str(to.kind)


def _length(to: exp.Expr) -> int | None:
    """The n of varchar(n)."""
    parts = to.expressions
    written = parts[0].this if len(parts) == 1 and isinstance(parts[0], exp.DataTypeParam) else None
    digits = str(written.name) if isinstance(written, exp.Literal) else ""
    return int(digits) if digits.isdecimal() and int(digits) > 0 else None


def _target(expressions: "Expressions", to: exp.Expr, name: str = "") -> Column:
    """The type that is cast to."""
    kind = CAST_KINDS.get(str(getattr(to.this, "name", "")))
    parts = to.expressions
    if kind is Kind.ARRAY and len(parts) == 1:
        return Column(name, kind, member=_target(expressions, parts[0]))
    if kind is Kind.MAP and len(parts) == 2:
        if _target(expressions, parts[0]).kind is not Kind.TEXT:
            kind = None
        else:
            return Column(name, kind, member=_target(expressions, parts[1]))
    if kind is Kind.STRUCT and parts and all(isinstance(each, exp.ColumnDef) for each in parts):
        fields = [_target(expressions, each.args["kind"], each.name) for each in parts]
        return Column(name, kind, children={each.name.lower(): each for each in fields})
    if (
        kind is None
        or kind in (Kind.ARRAY, Kind.MAP, Kind.STRUCT)
        or (parts and kind is not Kind.TIME and (kind is not Kind.TEXT or _length(to) is None))
    ):
        raise expressions.context.error(
            f"CAST to {to.sql(dialect='trino')} is not supported", to.parent or to, _POSSIBLE
        )
    return Column(name, kind)
