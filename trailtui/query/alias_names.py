"""Names in ORDER BY: what is selected goes before what it is selected from, as in Trino."""

from sqlglot import exp

from trailtui.query.aggregates import is_aggregate
from trailtui.query.context import Context

_Selected = dict[str, list[exp.Expr]]


def with_aliases(context: Context, select: exp.Expr, key: exp.Expr) -> exp.Expr:
    """An expression to order by, with what is selected in place of the names that it has there.

    Raises QueryError for a name that is given twice, or given and asked of inside an aggregate.
    """
    selected = _selected(select)
    if not any(column.name.lower() in selected for column in _plain_columns(key)):
        return key
    made = key.copy()
    made.parent = key.parent  # so that the name of a window is still found
    for column in _plain_columns(made):
        meant = selected.get(column.name.lower(), [])
        if len(meant) > 1:
            raise context.error(f"{column.name} is ambiguous", column, "Order by its position.")
        if meant and _inside_aggregate(column, key.parent):
            raise context.error(
                f"{column.name} is a name given in SELECT, which can't stand in an aggregate here",
                column,
                "Give it a name that no column has, or order by its position.",
            )
        if meant:
            column.replace(exp.Paren(this=meant[0].copy()))
    return made


def _plain_columns(key: exp.Expr) -> list[exp.Column]:
    """The names without a dot in an expression, sub-queries aside."""
    walked = key.walk(prune=lambda node: isinstance(node, exp.Query))
    return [node for node in walked if isinstance(node, exp.Column) and len(node.parts) == 1]


def _selected(select: exp.Expr) -> _Selected:
    """What is selected under a name that is not the column's own."""
    found: _Selected = {}
    for item in select.expressions:
        plain = isinstance(item, exp.Column) and len(item.parts) == 1
        if item.is_star or plain or not isinstance(item, exp.Alias | exp.Column | exp.Dot):
            continue
        value = item.this if isinstance(item, exp.Alias) else item
        others = found.setdefault(item.alias_or_name.lower(), [])
        if value not in others:
            others.append(value)
    return found


def _inside_aggregate(column: exp.Expr, end: exp.Expr | None) -> bool:
    above = column.parent
    while above is not None and above is not end:
        if is_aggregate(above) and not isinstance(above.parent, exp.Window):
            return True
        above = above.parent
    return False
