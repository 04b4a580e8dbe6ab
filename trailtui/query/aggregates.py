"""Aggregates: many rows, one value."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.casts import in_one_form
from trailtui.query.columns import NESTED, Column, Kind
from trailtui.query.context import Value
from trailtui.query.fields import is_event_time
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.statistics import PACKED_BITS

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
    exp.Stddev: "tt_stddev({})",
    exp.StddevSamp: "tt_stddev({})",
    exp.StddevPop: "tt_stddev_pop({})",
    exp.Variance: "tt_variance({})",
    exp.VariancePop: "tt_var_pop({})",
}
_BY = (exp.ArgMax, exp.ArgMin)
_SPREADS = (exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)
_NAMED = ("histogram", "map_agg")
_NUMBERS = (Kind.INTEGER, Kind.DOUBLE)
_TAKES: dict[type[exp.Expr], tuple[Kind, ...]] = {
    exp.Sum: _NUMBERS,
    exp.Avg: _NUMBERS,
    exp.LogicalOr: (Kind.BOOLEAN,),
    exp.LogicalAnd: (Kind.BOOLEAN,),
    exp.CountIf: (Kind.BOOLEAN,),
    **dict.fromkeys(_SPREADS, _NUMBERS),
}
_GIVES: dict[type[exp.Expr], Kind] = {
    exp.Avg: Kind.DOUBLE,
    exp.CountIf: Kind.INTEGER,
    exp.ApproxDistinct: Kind.INTEGER,
    **dict.fromkeys(_SPREADS, Kind.DOUBLE),
}


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node takes many rows and gives one value."""
    return _aggregates(node) or (
        isinstance(node, exp.ArrayToString) and isinstance(node.this, exp.ArrayAgg)
    )


def has_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate stands in the node, sub-queries aside."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):  # its function is none, but what it is asked of may be one
        function = node.this.this if isinstance(node.this, exp.Filter) else node.this
        around = [each for each in node.iter_expressions() if each is not node.this]
        return any(has_aggregate(each) for each in [*function.iter_expressions(), *around])
    if _aggregates(node):
        return True
    return any(has_aggregate(child) for child in node.iter_expressions())


def _aggregates(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _NAMED
    return isinstance(node, exp.AggFunc | exp.Filter) and not isinstance(node, _ONLY_WINDOWS)


_ONLY_WINDOWS = (
    exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.RowNumber, exp.Rank,
    exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile,
)  # fmt: skip


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
            exp.ArrayAgg: self._array,
            exp.GroupConcat: self._listed,
            exp.Anonymous: self._named,
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

    def over_window(self, node: exp.Expr) -> Value:
        """An aggregate before OVER; its argument is of each row, or of each group."""
        return self._plain_by(node) if isinstance(node, _BY) else self._known(node)(node)

    def _known(self, node: exp.Expr) -> Callable[..., Value]:
        rewrite = self._rewrites.get(type(node))
        if rewrite is None:
            raise self._context.unsupported(node)
        return rewrite

    def _filtered(self, node: exp.Filter) -> Value:
        rewrite = self._plain_by if isinstance(node.this, _BY) else self._known(node.this)
        value = rewrite(node.this)
        condition = self._in.truth(node.expression.this)
        if not value.sql.text.endswith(")"):
            raise self._context.unsupported(node, f"{node.this.key} with FILTER")
        made = sql("{} FILTER (WHERE {})", value.sql, condition.sql)
        return Value(made, value.kind, name=value.name, column=value.column, zone=value.zone)

    def _count(self, node: exp.Count) -> Value:
        self._context.only(node, "this", "big_int")
        argument = node.this
        if isinstance(argument, exp.Star) or argument is None:
            return Value(Sql("count(*)"), Kind.INTEGER)
        if isinstance(argument, exp.Distinct):
            if len(argument.expressions) != 1 or argument.args.get("on"):
                raise self._context.error("count(DISTINCT …) takes one expression", node)
            value = self._in.value(argument.expressions[0])
            one_form = in_one_form(value.sql, value.kind, value.column)
            made = sql("count(DISTINCT {})", value.coded or one_form)
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
                f"{node.key} is not defined for {value.kind.named}", node, "CAST the argument."
            )
        coded = value.coded if isinstance(node, exp.ApproxDistinct) else None
        asked = coded or value.sql
        if isinstance(node, exp.CountIf) and not value.constant:
            asked = self._in.subqueries.condition(argument)  # of the distinct texts, where it can
        made = sql(_AGGREGATES[type(node)], asked)
        return Value(made, _GIVES.get(type(node), value.kind), zone=value.zone)

    def _by(self, node: exp.ArgMax | exp.ArgMin) -> Value:
        """max_by and min_by of a stored text: of its number, which is looked up once for a group.

        By the time of the event, number and time go together as one integer, which SQLite's own
        min and max compare.
        """
        plain = self._plain_by(node)
        value, by = self._in.value(node.this), self._in.value(node.expression)
        word = "max" if isinstance(node, exp.ArgMax) else "min"
        if value.coded is None:
            return plain
        statistics = self._context.statistics
        if statistics is not None and statistics.packs_texts and is_event_time(by):
            packed = sql(f"(({{}} << {PACKED_BITS}) | ifnull({{}}, 0))", by.sql, value.coded)
            number = sql(f"({word}({{}}) & {(1 << PACKED_BITS) - 1})", packed)
        else:
            number = sql(f"tt_{word}_by({{}}, {{}})", value.coded, by.sql)
        made = sql("tt_stored({})", number)  # a sub-query must not hold an aggregate
        return Value(made, value.kind, name=plain.name)

    def _plain_by(self, node: exp.ArgMax | exp.ArgMin) -> Value:
        self._context.only(node, "this", "expression")
        value, by = self._in.value(node.this), self._in.value(node.expression)
        if by.kind in NESTED:
            raise self._context.error(f"{by.kind.named} has no order", node.expression)
        function = "tt_max_by" if isinstance(node, exp.ArgMax) else "tt_min_by"
        made = sql(f"{function}({{}}, {{}})", value.sql, by.sql)
        return Value(made, value.kind, column=value.column, zone=value.zone)

    def _collected(self, node: exp.Expr) -> tuple[Value, Sql]:
        """What is collected, and the rest of the call: distinct, the order, value and keys."""
        order = node if isinstance(node, exp.Order) else None
        argument: exp.Expr = order.this if order is not None else node
        distinct = isinstance(argument, exp.Distinct)
        if distinct:
            self._context.only(argument, "expressions")
            argument = argument.expressions[0]
        value = self._in.value(argument)
        if distinct and value.kind in NESTED:
            raise self._context.error(
                f"DISTINCT is not defined for {value.kind.named} here", argument
            )
        directions: list[list[bool]] = []
        keys: list[Sql] = []
        for each in order.expressions if order is not None else []:
            self._context.only(each, "this", "desc", "nulls_first")
            key = self._in.value(each.this)
            if key.kind in NESTED:
                raise self._context.error(f"{key.kind.named} has no order", each)
            if distinct and key.sql != value.sql:
                raise self._context.error("with DISTINCT, order by what is collected", each)
            directions.append([bool(each.args.get("desc")), bool(each.args.get("nulls_first"))])
            keys.append(key.sql)
        rest = joined(", ", [bound(int(distinct)), bound(json.dumps(directions)), value.sql, *keys])
        return value, rest

    def _array(self, node: exp.ArrayAgg) -> Value:
        self._context.only(node, "this")
        value, rest = self._collected(node.this)
        if value.kind is Kind.JSON:
            raise self._context.unsupported(node, "array_agg of json")
        known = value.column if value.kind in NESTED and value.column is not None else Column("")
        member = Column(
            "", value.kind, children=known.children, member=known.member, zone=value.zone
        )
        made = sql("tt_array({}, {})", bound(str(value.kind)), rest)
        return Value(made, Kind.ARRAY, column=Column("", Kind.ARRAY, member=member))

    def _listed(self, node: exp.GroupConcat) -> Value:
        """listagg(x, separator) WITHIN GROUP (ORDER BY …)."""
        self._context.only(node, "this", "separator")
        inner = node.this.this if isinstance(node.this, exp.Order) else node.this
        self._in.text(inner.expressions[0] if isinstance(inner, exp.Distinct) else inner)
        _, rest = self._collected(node.this)
        separator = node.args.get("separator")
        between = self._in.text(separator).sql if separator is not None else bound("")
        return Value(sql("tt_list_joined({}, {})", between, rest), Kind.TEXT)

    def _named(self, node: exp.Anonymous) -> Value:
        name = str(node.this).lower()
        wanted = 1 if name == "histogram" else 2
        if len(node.expressions) != wanted:
            raise self._context.error(f"{name} takes {wanted} argument(s)", node)
        key = self._in.text(node.expressions[0])
        if name == "histogram":
            column = Column("", Kind.MAP, member=Column("", Kind.INTEGER))
            return Value(sql("tt_histogram({})", key.sql), Kind.MAP, column=column)
        value = self._in.value(node.expressions[1])
        known = value.column or Column("")
        member = Column("", value.kind, children=known.children, member=known.member)
        made = sql("tt_map_agg({}, {}, {})", key.sql, bound(str(value.kind)), value.sql)
        return Value(made, Kind.MAP, column=Column("", Kind.MAP, member=member))

    def _joined(self, node: exp.ArrayToString) -> Value:
        """array_join(array_agg([DISTINCT] x [ORDER BY x]), ', '): the members come out sorted."""
        self._context.only(node, "this", "expression")
        argument = node.this.this
        if isinstance(argument, exp.Order):
            value, rest = self._collected(argument)
            self._in.text(node, value)
            made = sql("tt_list_joined({}, {})", self._in.text(node.expression).sql, rest)
            # without a text to join, array_join gives an empty one, listagg NULL
            return Value(sql("(CASE WHEN count(*) > 0 THEN ifnull({}, '') END)", made), Kind.TEXT)
        distinct = isinstance(argument, exp.Distinct)
        value = self._in.text(argument.expressions[0] if distinct else argument)
        separator = self._in.text(node.expression)
        if distinct and value.coded is not None:  # SQLite itself leaves one of each number
            made = sql("tt_texts(tt_numbers(DISTINCT {}), {})", value.coded, separator.sql)
        else:
            made = sql(f"tt_joined({{}}, {{}}, {int(distinct)})", value.sql, separator.sql)
        return Value(made, Kind.TEXT)
