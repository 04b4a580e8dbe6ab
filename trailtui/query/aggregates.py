"""Aggregates: many rows, one value."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.columns import NESTED, Kind
from trailtui.query.context import Value
from trailtui.query.fragment import Sql, sql

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions

_AGGREGATES: dict[type[exp.Expr], str] = {
    exp.Min: "min({})",
    exp.Max: "max({})",
    exp.AnyValue: "min({})",
    exp.Sum: "sum({})",
    exp.Avg: "avg({})",
    exp.LogicalOr: "max({})",
    exp.LogicalAnd: "min({})",
    exp.CountIf: "count(CASE WHEN {} THEN 1 END)",
    exp.ApproxDistinct: "count(DISTINCT {})",
}
_NUMBERS = (Kind.INTEGER, Kind.DOUBLE)
_TAKES: dict[type[exp.Expr], tuple[Kind, ...]] = {
    exp.Sum: _NUMBERS,
    exp.Avg: _NUMBERS,
    exp.LogicalOr: (Kind.BOOLEAN,),
    exp.LogicalAnd: (Kind.BOOLEAN,),
    exp.CountIf: (Kind.BOOLEAN,),
}
_GIVES: dict[type[exp.Expr], Kind] = {
    exp.Avg: Kind.DOUBLE,
    exp.CountIf: Kind.INTEGER,
    exp.ApproxDistinct: Kind.INTEGER,
}


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node takes many rows and gives one value."""
    return isinstance(node, exp.AggFunc | exp.Filter) or (
        isinstance(node, exp.ArrayToString) and isinstance(node.this, exp.ArrayAgg)
    )


def has_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate stands in the node, sub-queries aside."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.AggFunc):
        return True
    return any(has_aggregate(child) for child in node.iter_expressions())


class Aggregates:
    """Rewrites aggregates; their arguments are expressions again."""

    def __init__(self, expressions: "Expressions") -> None:
        self._in = expressions
        self._context = expressions.context
        self._rewrites: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.Filter: self._filtered,
            exp.Count: self._count,
            exp.ArgMax: self._by,
            exp.ArgMin: self._by,
            exp.ArrayToString: self._joined,
            **dict.fromkeys(_AGGREGATES, self._aggregate),
        }

    def call(self, node: exp.Expr) -> Value:
        """An aggregate: allowed where rows are grouped, its argument over the rows of a group."""
        scope = self._context.scope
        if scope.keys is None:
            raise self._context.error("an aggregate can't stand here", node, "Use HAVING.")
        if scope.aggregated:
            raise self._context.error("an aggregate can't stand inside another", node)
        scope.aggregated = True
        try:
            return self._known(node)(node)
        finally:
            scope.aggregated = False

    def _known(self, node: exp.Expr) -> Callable[..., Value]:
        rewrite = self._rewrites.get(type(node))
        if rewrite is None:
            raise self._context.unsupported(node)
        return rewrite

    def _filtered(self, node: exp.Filter) -> Value:
        value = self._known(node.this)(node.this)
        condition = self._in.truth(node.expression.this)
        made = sql("{} FILTER (WHERE {})", value.sql, condition.sql)
        return Value(made, value.kind, name=value.name)

    def _count(self, node: exp.Count) -> Value:
        self._context.only(node, "this", "big_int")
        argument = node.this
        if isinstance(argument, exp.Star) or argument is None:
            return Value(Sql("count(*)"), Kind.INTEGER)
        if isinstance(argument, exp.Distinct):
            if len(argument.expressions) != 1 or argument.args.get("on"):
                raise self._context.error("count(DISTINCT …) takes one expression", node)
            value = self._in.value(argument.expressions[0])
            made = sql("count(DISTINCT {})", value.coded or value.sql)
            return Value(made, Kind.INTEGER)
        value = self._in.value(argument)
        return Value(sql("count({})", value.coded or value.sql), Kind.INTEGER)

    def _aggregate(self, node: exp.AggFunc) -> Value:
        self._context.only(node, "this")
        argument = node.this
        if isinstance(argument, exp.Distinct):
            raise self._context.unsupported(node, f"DISTINCT in {node.key}")
        value = self._in.value(argument)
        allowed = _TAKES.get(type(node))
        if value.kind in NESTED or (allowed and value.kind not in (*allowed, Kind.UNKNOWN)):
            raise self._context.error(
                f"{node.key} is not defined for a {value.kind}", node, "CAST the argument."
            )
        coded = value.coded if isinstance(node, exp.ApproxDistinct) else None
        made = sql(_AGGREGATES[type(node)], coded or value.sql)
        return Value(made, _GIVES.get(type(node), value.kind))

    def _by(self, node: exp.ArgMax | exp.ArgMin) -> Value:
        self._context.only(node, "this", "expression")
        value, by = self._in.value(node.this), self._in.value(node.expression)
        if by.kind in NESTED:
            raise self._context.error(f"a {by.kind} has no order", node.expression)
        function = "tt_max_by" if isinstance(node, exp.ArgMax) else "tt_min_by"
        return Value(sql(f"{function}({{}}, {{}})", value.sql, by.sql), value.kind)

    def _joined(self, node: exp.ArrayToString) -> Value:
        """array_join(array_agg([DISTINCT] x [ORDER BY x]), ', '): the members come out sorted."""
        self._context.only(node, "this", "expression")
        if not isinstance(node.this, exp.ArrayAgg):
            raise self._context.error("array_join takes array_agg(…) here", node)
        argument = node.this.this
        if isinstance(argument, exp.Order):
            order = argument.expressions[0]
            argument = argument.this
            plain = argument.expressions[0] if isinstance(argument, exp.Distinct) else argument
            if order.args.get("desc") or order.this != plain:
                raise self._context.unsupported(order, "this order of array_agg")
        distinct = isinstance(argument, exp.Distinct)
        value = self._in.text(argument.expressions[0] if distinct else argument)
        separator = self._in.text(node.expression)
        made = sql(f"tt_joined({{}}, {{}}, {int(distinct)})", value.sql, separator.sql)
        return Value(made, Kind.TEXT)
