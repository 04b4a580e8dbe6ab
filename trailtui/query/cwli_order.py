"""ORDER BY and LIMIT of a query for Logs Insights: applied to the rows once they came."""

from collections.abc import Sequence

from sqlglot import exp

from trailtui.query.cwli_fields import Fields
from trailtui.query.cwli_form import InsightsOrder


def ordering_of(
    select: exp.Select, items: Sequence[exp.Expr], fields: Fields
) -> tuple[InsightsOrder, ...]:
    """By which columns rows are ordered. Raises QueryError for what is not selected."""
    clause = select.args.get("order")
    if clause is None:
        return ()
    found: list[InsightsOrder] = []
    for ordered in clause.expressions:
        position = position_of(ordered.this, items)
        if position is None:
            what = "Logs Insights' rows are ordered by columns that are selected only"
            raise fields.error(what, ordered, "Select it, too.")
        found.append(
            InsightsOrder(position, bool(ordered.args.get("desc")), asks_nulls_first(ordered))
        )
    return tuple(found)


def position_of(node: exp.Expr, items: Sequence[exp.Expr]) -> int | None:
    """Which column is meant: by its number, its name, or what it is made of."""
    if isinstance(node, exp.Literal) and not node.is_string:
        at = int(str(node.this)) - 1
        return at if 0 <= at < len(items) else None
    if isinstance(node, exp.Column) and not node.table:
        for at, item in enumerate(items):
            if item.alias_or_name.lower() == node.name.lower():
                return at
    for at, item in enumerate(items):
        if node == (item.this if isinstance(item, exp.Alias) else item):
            return at
    return None


def asks_nulls_first(ordered: exp.Expr) -> bool:
    """Whether NULLS FIRST is written; Trino's default is last, whatever the direction."""
    return bool(ordered.args.get("nulls_first"))


def limit_of(select: exp.Select, fields: Fields) -> int | None:
    """The LIMIT; raises QueryError for one that is no number."""
    clause = select.args.get("limit")
    if clause is None:
        return None
    number = clause.expression if isinstance(clause, exp.Limit) else None
    if not isinstance(number, exp.Literal) or not str(number.this).isdigit():
        raise fields.error("Logs Insights' rows are limited by a plain number only", clause)
    return int(str(number.this))
