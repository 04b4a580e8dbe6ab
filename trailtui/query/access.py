"""What lies within a value: fields of rows, values of maps, members of arrays."""

from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.columns import EVENTS, Column, Kind, nearest, paths
from trailtui.query.context import Value
from trailtui.query.fields import descend
from trailtui.query.fragment import Sql, bound, sql
from trailtui.query.records import Form

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions


def field_of(expressions: "Expressions", value: Value, name: exp.Identifier) -> Value:
    """A field of a row by its name, in any spelling of the case."""
    context = expressions.context
    if _is_loose(value):  # a map as a row, as crawled tables in Athena have it
        return descend(context, value, ("field", name.name), Column(name.name), Form.TEXT)
    if value.kind is not Kind.STRUCT or value.column is None:
        raise context.error(f"{value.name or 'this'} has no fields", name)
    column = value.column.child(name.name)
    if column is None:
        every = [child.name for child in value.column.children.values()]
        guess = nearest(name.name, every)
        cure = f"Did you mean {guess}?" if guess else f"It has {', '.join(every)}."
        below = [path for path, _ in paths() if path.lower().endswith(f".{name.name.lower()}")]
        if deeper := [path for path in below if path.startswith(f"{value.name}.")]:
            cure = f"Did you mean {deeper[0]}?"
        raise context.error(f"{value.name} has no field {name.name}", name, cure)
    form = Form.TEXT if column.kind is Kind.TEXT else Form.JSON
    return descend(context, value, ("field", column.name), column, form)


def _is_loose(value: Value) -> bool:
    """Whether a value is a map of texts, or was reached from one by dots alone."""
    if value.kind is Kind.MAP:
        return value.column is None or value.column.element.kind is Kind.TEXT
    field = value.field
    if value.kind is not Kind.TEXT or field is None or not field.relation.is_events:
        return False
    column: Column | None = None
    for step in field.path:
        if step[0] != "field":
            return False
        if column is not None and column.kind is Kind.MAP:
            return True
        name = step[1].lower()
        column = column.child(name) if column is not None else EVENTS.get(name)
    return False


def bracket(expressions: "Expressions", node: exp.Bracket) -> Value:
    """`value[key]`, which must be there, and `element_at(value, key)`, which may be missing."""
    context = expressions.context
    context.only(node, "this", "expressions", "offset", "safe")
    if len(node.expressions) != 1:
        raise context.unsupported(node)
    base, index = expressions.value(node.this), node.expressions[0]
    by = expressions.value(index)
    exact = not node.args.get("safe")
    expressions.may_fail(node, exact, "Use element_at instead.")
    if base.kind is Kind.MAP and by.kind in (Kind.TEXT, Kind.UNKNOWN):
        return _of_map(expressions, base, by, index, exact=exact)
    if base.kind is Kind.ARRAY and by.kind in (Kind.INTEGER, Kind.UNKNOWN):
        return _of_array(expressions, base, by, index, exact=exact)
    if base.kind is Kind.UNKNOWN:
        return base
    wanted = "position" if base.kind is Kind.ARRAY else "key"
    raise context.error(
        f"element_at of {base.kind.named} needs a {wanted}, not {by.kind.named}", index
    )


def _of_map(
    expressions: "Expressions", base: Value, by: Value, index: exp.Expr, *, exact: bool
) -> Value:
    context = expressions.context
    key = context.constant(by, index) if by.constant else None
    element = base.column.element if base.column is not None else Column("", Kind.TEXT)
    in_record = base.field is not None and base.field.relation.is_events
    if in_record and isinstance(key, str) and not exact and element.kind is Kind.TEXT:
        return descend(context, base, ("key", key), Column(key), Form.TEXT)
    name = key if isinstance(key, str) else ""
    column = Column(name, element.kind, children=element.children, member=element.member)
    made = sql(f"tt_key({{}}, {{}}, '{element.kind}', {int(exact)})", base.sql, by.sql)
    return Value(made, element.kind, base.constant and by.constant, column=column, name=name)


def _of_array(
    expressions: "Expressions", base: Value, by: Value, index: exp.Expr, *, exact: bool
) -> Value:
    context = expressions.context
    position = context.constant(by, index) if by.constant else None
    if position == 0 or (exact and isinstance(position, int) and position < 0):
        raise context.error("members of an array are counted from 1", index)
    element = base.column.element if base.column is not None else Column("", Kind.UNKNOWN)
    in_record = base.field is not None and base.field.relation.is_events
    if in_record and isinstance(position, int) and not exact:
        at = position - 1 if position > 0 else position
        return descend(context, base, ("at", at), element, Form.JSON)
    made = sql(f"tt_member({{}}, {{}}, '{element.kind}', {int(exact)})", base.sql, by.sql)
    constant = base.constant and by.constant
    return Value(made, element.kind, constant, column=element, name=element.name)


def member_sql(element: Column, row: str) -> Sql:
    """A member of an unfolded array, of the row of json_each that it stands in."""
    if element.kind in (Kind.STRUCT, Kind.ARRAY, Kind.MAP):
        return Sql(f"{row}.value")
    return sql(f"tt_unwrapped({row}.value, 0, {{}})", bound(str(element.kind)))


def unfolded(array: Value, row: str) -> Sql:
    """The rows of an array's members, for FROM."""
    element = array.column.element if array.column is not None else Column("", Kind.UNKNOWN)
    if element.kind in (Kind.STRUCT, Kind.ARRAY, Kind.MAP):
        return sql(f"json_each({{}}) AS {row}", array.sql)
    return sql(f"json_each(tt_wrapped({{}})) AS {row}", array.sql)
