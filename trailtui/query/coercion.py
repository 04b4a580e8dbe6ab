"""Values that are compared or chosen between, brought to one type."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from trailtui.query import times
from trailtui.query.columns import NESTED, Kind
from trailtui.query.context import Context, Value
from trailtui.query.fragment import Sql, bound, sql

NUMBERS = frozenset({Kind.INTEGER, Kind.DOUBLE})
TIMES = frozenset({Kind.TIME, Kind.DATE})
SCALARS = frozenset(
    {Kind.TEXT, Kind.INTEGER, Kind.DOUBLE, Kind.BOOLEAN, Kind.TIME, Kind.DATE, Kind.IP}
)
_EXAMPLES = {
    Kind.TIME: "Write '2026-01-31 00:00:00' or '2026-01-31T00:00:00Z'.",
    Kind.BOOLEAN: "Write 'true' or 'false'.",
}


def unify(
    context: Context, nodes: Sequence[exp.Expr], values: Sequence[Value]
) -> tuple[list[Value], Kind]:
    """Values that are compared or chosen between, brought to one type as Trino would."""
    kinds = {value.kind for value in values} - {Kind.UNKNOWN}
    kind = _common(kinds)
    if kind is None:
        listed = " and ".join(sorted(kinds))
        odd = next(n for n, v in zip(nodes, values, strict=True) if v.kind is not values[0].kind)
        raise context.error(
            f"{listed} can't be compared", odd, "Write a literal of the same type, or CAST it."
        )
    types = {value.type for value in values if value.kind is kind and kind in NESTED}
    if len(types) > 1:
        raise context.error(f"{' and '.join(sorted(types))} are not the same type", nodes[-1])
    made = [_as(context, kind, n, v) for n, v in zip(nodes, values, strict=True)]
    return made, kind


def alike(values: Sequence[Value], made: Sql, kind: Kind, *, constant: bool) -> Value:
    """One of several values that were unified: what is known of their type is known of it."""
    known = next((value.column for value in values if value.kind is kind and value.column), None)
    zones = {value.zone for value in values if value.kind is Kind.TIME and not value.constant}
    column = known if kind in NESTED else None
    return Value(made, kind, constant, column=column, zone=zones.pop() if len(zones) == 1 else "")


def _common(kinds: set[Kind]) -> Kind | None:
    if len(kinds) <= 1:
        return next(iter(kinds), Kind.UNKNOWN)
    for group, kind in (
        (NUMBERS, Kind.DOUBLE),
        (TIMES, Kind.TIME),
        (TIMES | {Kind.TEXT}, Kind.TIME),
        ({Kind.BOOLEAN, Kind.TEXT}, Kind.BOOLEAN),
        ({Kind.INTEGER, Kind.TEXT}, Kind.INTEGER),
        (NUMBERS | {Kind.TEXT}, Kind.DOUBLE),
        ({Kind.MAP, Kind.TEXT}, Kind.TEXT),
    ):
        if kinds <= group:
            return kind
    return None


def _as(context: Context, kind: Kind, node: exp.Expr, value: Value) -> Value:
    """One value as `kind`; a text only where it is a constant that says one."""
    if value.kind is Kind.INTEGER and kind is Kind.DOUBLE:
        return replace(value, sql=sql("CAST({} AS REAL)", value.sql), kind=kind)
    if value.kind is Kind.MAP and kind is Kind.TEXT:
        return replace(value, kind=kind)  # its JSON, as Athena's table has it
    if value.kind is not Kind.TEXT or kind is Kind.TEXT:
        return value
    if not value.constant or (kind in NUMBERS and not value.given):
        hint = {
            Kind.TIME: "Write from_iso8601_timestamp(…) around the text.",
            Kind.BOOLEAN: "Write = 'true' or = true.",
        }.get(kind, "Write the number as text ('5'), or TRY_CAST(… AS bigint).")
        raise context.error(f"varchar and {kind} can't be compared", node, hint)
    text = str(context.constant(value, node))
    made: int | float | None
    try:
        if kind is Kind.TIME:
            made = times.parse_time(text, context.now_ms if value.given else None)
        elif kind is Kind.BOOLEAN:
            made = {"true": 1, "false": 0}.get(text.lower())
        else:
            made = int(text) if kind is Kind.INTEGER else float(text)
    except ValueError:
        made = None
    if made is None:
        raise context.error(f"{text!r} is no {kind}", node, _EXAMPLES.get(kind, ""))
    return Value(bound(made), kind, constant=True)
