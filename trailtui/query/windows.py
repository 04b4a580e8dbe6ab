"""Window functions: a value of each row that looks at the rows around it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.aggregates import is_aggregate
from trailtui.query.coercion import TIMES, unify
from trailtui.query.columns import NESTED, Kind
from trailtui.query.context import Value
from trailtui.query.fragment import Sql, bound, joined, sql

if TYPE_CHECKING:
    from trailtui.query.aggregates import Aggregates
    from trailtui.query.expressions import Expressions

_RANKS: dict[type[exp.Expr], tuple[str, Kind]] = {
    exp.RowNumber: ("row_number()", Kind.INTEGER),
    exp.Rank: ("rank()", Kind.INTEGER),
    exp.DenseRank: ("dense_rank()", Kind.INTEGER),
    exp.PercentRank: ("percent_rank()", Kind.DOUBLE),
    exp.CumeDist: ("cume_dist()", Kind.DOUBLE),
}
_VALUES: dict[type[exp.Expr], str] = {
    exp.Lag: "lag",
    exp.Lead: "lead",
    exp.FirstValue: "first_value",
    exp.LastValue: "last_value",
    exp.NthValue: "nth_value",
}
_AGGREGATES = (
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.CountIf, exp.LogicalAnd, exp.LogicalOr,
    exp.AnyValue, exp.Filter,
)  # fmt: skip
_NEED_ORDER = (exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Lag, exp.Lead)
WINDOW_FUNCTIONS = (
    "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", *_VALUES.values(),
)  # fmt: skip
"""What SQLite calls them; the aggregates stand with the aggregates."""
_FIXED_MS = {
    "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000,
}  # fmt: skip
_INTERVALS = "Write INTERVAL '10' MINUTE (second, minute, hour, day, week)."


def has_window(node: exp.Expr) -> bool:
    """Whether a window function stands in the node, sub-queries aside."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        return True
    return any(has_window(child) for child in node.iter_expressions())


def windowed(expressions: "Expressions", aggregates: "Aggregates", node: exp.Window) -> Value:
    """`function OVER (…)`; refused where no window function may stand."""
    context = expressions.context
    scope = context.scope
    context.only(node, "this", "partition_by", "order", "spec", "over", "alias", "first")
    if not scope.windows or scope.aggregated:
        raise context.error(
            "a window function can stand in SELECT and ORDER BY only",
            node,
            "Put it into a sub-query and ask that one.",
        )
    node = _named(expressions, node)
    scope.windows = False
    try:
        function = _function(expressions, aggregates, node)
        over = _over(expressions, node)
    finally:
        scope.windows = True
    made = sql("{} OVER ({})", function.sql, over)
    return Value(made, function.kind, column=function.column, zone=function.zone)


def _named(expressions: "Expressions", node: exp.Window) -> exp.Window:
    """A window that only has a name, written out."""
    name = node.args.get("alias")
    if name is None:
        return node
    select = node.find_ancestor(exp.Select)
    windows: list[exp.Expr] = (select.args.get("windows") if select is not None else None) or []
    for each in windows:
        if each.this.name.lower() == name.name.lower():
            keys = ("partition_by", "order", "spec")
            found = {key: each.args[key].copy() if isinstance(each.args.get(key), exp.Expr)
                     else each.args.get(key) for key in keys}  # fmt: skip
            return exp.Window(this=node.this, **found)
    raise expressions.context.error(f"there is no window {name.name}", node)


def _function(expressions: "Expressions", aggregates: "Aggregates", window: exp.Window) -> Value:
    context = expressions.context
    node: exp.Expr = window.this
    if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
        raise context.unsupported(window, "IGNORE NULLS")
    if isinstance(node, _NEED_ORDER) and window.args.get("order") is None:
        raise context.error(f"{node.key} needs an ORDER BY in its window", window)
    if isinstance(node, exp.Lag | exp.Lead) and window.args.get("spec") is not None:
        raise context.error(f"{node.key} takes no frame", window)
    if rank := _RANKS.get(type(node)):
        return Value(Sql(rank[0]), rank[1])
    if isinstance(node, exp.Ntile):
        return Value(sql("ntile({})", _whole(expressions, node.this, least=1)), Kind.INTEGER)
    if word := _VALUES.get(type(node)):
        return _value(expressions, word, node)
    if isinstance(node, exp.Anonymous) and not is_aggregate(node):
        return expressions.value(node)  # complains of it
    if not isinstance(node, _AGGREGATES) or isinstance(node.this, exp.Distinct):
        raise context.unsupported(window, f"{node.key.upper()} … OVER")
    if isinstance(node, exp.Filter) and not isinstance(node.this, _AGGREGATES):
        raise context.unsupported(window, f"{node.this.key.upper()} … OVER")
    return aggregates.over_window(node)


def _value(expressions: "Expressions", word: str, node: exp.Expr) -> Value:
    context = expressions.context
    context.only(node, "this", "offset", "default", "from_first")
    value = expressions.value(node.this)
    parts = [value.sql]
    if (offset := node.args.get("offset")) is not None:
        parts.append(_whole(expressions, offset, least=int(word == "nth_value")))
    if (default := node.args.get("default")) is not None:
        both, _ = unify(context, [node.this, default], [value, expressions.value(default)])
        parts = [both[0].sql, parts[1], both[1].sql]
    made = sql(f"{word}({{}})", joined(", ", parts))
    return Value(made, value.kind, column=value.column, zone=value.zone)


def _whole(expressions: "Expressions", node: exp.Expr, *, least: int = 0) -> Sql:
    value = expressions.value(node)
    found = expressions.context.constant(value, node) if value.constant else None
    if not isinstance(found, int) or found < least:
        what = f"a whole number {'from 1 on ' if least else ''}is expected here"
        raise expressions.context.error(what, node)
    return bound(found)


def _over(expressions: "Expressions", node: exp.Window) -> Sql:
    parts: list[Sql] = []
    by: list[exp.Expr] = node.args.get("partition_by") or []
    partition = [_scalar(expressions, each) for each in by]
    if partition:
        listed = joined(", ", (value.coded or value.sql for value in partition))
        parts.append(sql("PARTITION BY {}", listed))
    order = node.args.get("order")
    kinds: list[Kind] = []
    if order is not None:
        keys: list[Sql] = []
        for each in order.expressions:
            expressions.context.only(each, "this", "desc", "nulls_first")
            value = _scalar(expressions, each.this)
            kinds.append(value.kind)
            direction = "DESC" if each.args.get("desc") else "ASC"
            nulls = "FIRST" if each.args.get("nulls_first") else "LAST"
            keys.append(sql(f"{{}} {direction} NULLS {nulls}", value.sql))
        parts.append(sql("ORDER BY {}", joined(", ", keys)))
    if (spec := node.args.get("spec")) is not None:
        parts.append(_frame(expressions, spec, kinds))
    return joined(" ", parts)


def _scalar(expressions: "Expressions", node: exp.Expr) -> Value:
    value = expressions.value(node)
    if value.kind in NESTED:
        raise expressions.context.error(f"{value.kind.named} has no order and no equal", node)
    return value


def _frame(expressions: "Expressions", spec: exp.Expr, kinds: list[Kind]) -> Sql:
    context = expressions.context
    context.only(spec, "kind", "start", "start_side", "end", "end_side")
    kind = str(spec.args.get("kind") or "RANGE").upper()
    bound_of: Callable[[str], Sql] = lambda side: _bound(expressions, spec, side, kind, kinds)  # noqa: E731
    if _turned_round(spec):
        raise context.error("the frame ends before it begins", spec.parent)
    if spec.args.get("end") is None:
        return sql(f"{kind} {{}}", bound_of("start"))
    return sql(f"{kind} BETWEEN {{}} AND {{}}", bound_of("start"), bound_of("end"))


def _turned_round(spec: exp.Expr) -> bool:
    """Whether a frame's end lies before its beginning by its words alone, as Trino refuses it."""
    first, last = (_place(spec, side) for side in ("start", "end"))
    return first > (last if spec.args.get("end") is not None else 0) or first == 2 or last == -2


def _place(spec: exp.Expr, side: str) -> int:
    """From -2, the first row, by 0, the current one, to 2, the last."""
    given: object = spec.args.get(side)
    unbounded = isinstance(given, str) and given.upper() == "UNBOUNDED"
    if (isinstance(given, str) and not unbounded) or given is None:
        return 0
    sign = -1 if str(spec.args.get(f"{side}_side") or "").upper() == "PRECEDING" else 1
    return sign * (2 if unbounded else 1)


def _bound(
    expressions: "Expressions", spec: exp.Expr, side: str, kind: str, kinds: list[Kind]
) -> Sql:
    given: object = spec.args[side]
    direction = str(spec.args.get(f"{side}_side") or "").upper()
    word = given.upper() if isinstance(given, str) else ""
    if word == "CURRENT ROW":
        return Sql("CURRENT ROW")
    if word == "UNBOUNDED":
        return Sql(f"UNBOUNDED {direction}")
    if not isinstance(given, exp.Expr):
        raise expressions.context.unsupported(spec, f"the frame {given}")
    if kind != "RANGE":
        return sql(f"{{}} {direction}", _whole(expressions, given))
    value = expressions.value(given)
    if value.kind is Kind.INTERVAL and kinds and kinds[0] in TIMES and len(kinds) == 1:
        unit, count = value.interval
        if unit not in _FIXED_MS or count < 0:
            raise expressions.context.error(
                "this interval is not supported here", given, _INTERVALS
            )
        return sql(f"{{}} {direction}", bound(count * _FIXED_MS[unit]))
    if kinds not in ([Kind.INTEGER], [Kind.DOUBLE]):
        raise expressions.context.error("RANGE needs one number or time to order by", given)
    return sql(f"{{}} {direction}", _whole(expressions, given))
