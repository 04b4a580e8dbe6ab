"""Expressions: each node of the tree, if it is known, in SQLite's words and with its type.

A node that is not known here is refused; nothing is handed on in the hope that it means the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from sqlglot import exp

from trailtui.query.access import bracket, field_of
from trailtui.query.aggregates import has_aggregate, is_aggregate
from trailtui.query.calls import Calls
from trailtui.query.coercion import NUMBERS, SCALARS, TIMES, alike, unify
from trailtui.query.columns import Kind
from trailtui.query.context import NULL_VALUE, Context, Value
from trailtui.query.fields import value_of
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.literals import interval, literal
from trailtui.query.time_calls import WITHIN_A_DAY
from trailtui.query.windows import has_window, windowed

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS",
    exp.NullSafeNEQ: "IS NOT",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


class Subqueries(Protocol):
    """What expressions need of the room that rewrites whole SELECTs."""

    def one_column(self, node: exp.Expr) -> Value:
        """A sub-query in brackets that has one column, typed as that column."""
        ...

    def rows(self, node: exp.Expr) -> Sql:
        """A sub-query in brackets, of whatever columns."""
        ...

    def condition(self, node: exp.Expr) -> Sql:
        """SQL that is true where the condition is TRUE, and NULL or false elsewhere."""
        ...


class Expressions:
    """Rewrites expressions within the scope that the context stands in."""

    def __init__(self, context: Context, subqueries: Subqueries) -> None:
        self.context = context
        self.subqueries = subqueries
        self._calls = Calls(self)
        self._known: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.Literal: partial(literal, context),
            exp.Boolean: self._boolean,
            exp.Null: self._null,
            exp.Placeholder: context.parameter,
            exp.Paren: self._paren,
            exp.Column: self._column,
            exp.Dot: self._dot,
            exp.Identifier: self._identifier,
            exp.Bracket: self._bracket,
            exp.And: self._both,
            exp.Or: self._both,
            exp.Not: self._not,
            exp.Neg: self._negative,
            exp.Is: self._is,
            exp.In: self._in,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.Escape: self._escape,
            exp.Interval: partial(interval, context),
            exp.Case: self._case,
            exp.If: self._if,
            exp.Coalesce: self._coalesce,
            exp.Nullif: self._nullif,
            exp.Exists: self._exists,
            exp.Subquery: self._scalar_subquery,
            exp.Window: self._window,
            exp.Try: self._try,
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(_ARITHMETIC, self._arithmetic),
        }

    def value(self, node: exp.Expr) -> Value:
        """An expression as a value; in a SELECT that groups, only what the groups allow."""
        scope = self.context.scope
        if scope.keys is None or scope.aggregated or is_aggregate(node) or has_window(node):
            return self._plain(node)
        if not has_aggregate(node):
            scope.aggregated = True
            try:
                plain = self._plain(node)
            finally:
                scope.aggregated = False
            if plain.constant or plain.sql in scope.keys or isinstance(node, exp.Subquery):
                return plain
            if isinstance(node, exp.Column):
                raise self.context.error(
                    f"{node.sql()} is neither grouped by nor inside an aggregate",
                    node,
                    "Add it to GROUP BY, or take min(…) of it.",
                )
        return self._plain(node)

    def truth(self, node: exp.Expr) -> Value:
        """An expression that must be true or false."""
        value = self.value(node)
        if value.kind not in (Kind.BOOLEAN, Kind.UNKNOWN):
            raise self.context.error(f"a condition is expected here, not {value.kind.named}", node)
        return value

    def text(self, node: exp.Expr, value: Value | None = None) -> Value:
        """An expression that must be text; a map counts as its JSON, as in Athena's table."""
        value = value or self.value(node)
        if value.kind in (Kind.TEXT, Kind.UNKNOWN, Kind.MAP):
            return value
        if value.kind is Kind.JSON and value.column is not None:
            return value  # eventJson
        if value.kind is Kind.TIME and value.field is not None and not value.zone:
            # in Athena's table times are text, as records have them
            return Value(sql("tt_event_text({})", value.sql), Kind.TEXT, name=value.name)
        raise self.context.error(f"a varchar is expected here, not {value.kind.named}", node)

    def _plain(self, node: exp.Expr) -> Value:
        rewrite = self._known.get(type(node))
        return rewrite(node) if rewrite else self._calls.call(node)

    def _null(self, _node: exp.Null) -> Value:
        return NULL_VALUE

    def _boolean(self, node: exp.Boolean) -> Value:
        return Value(Sql("1" if node.this else "0"), Kind.BOOLEAN, constant=True)

    def _paren(self, node: exp.Paren) -> Value:
        return self.value(node.this)

    def _column(self, node: exp.Column) -> Value:
        if isinstance(node.this, exp.Star):
            raise self.context.unsupported(node, "*")
        parts = [part for part in node.parts if isinstance(part, exp.Identifier)]
        field, used = self.context.find(parts, node)
        value = value_of(self.context, field)
        for part in parts[used:]:
            value = field_of(self, value, part)
        return value

    def _identifier(self, node: exp.Identifier) -> Value:
        """A bare name: the parameter of a lambda."""
        field, _ = self.context.find([node], node)
        return value_of(self.context, field)

    def _dot(self, node: exp.Dot) -> Value:
        base = self.value(node.this)
        if not isinstance(node.expression, exp.Identifier):
            raise self.context.unsupported(node.expression)
        return field_of(self, base, node.expression)

    def _bracket(self, node: exp.Bracket) -> Value:
        return bracket(self, node)

    def may_fail(self, node: exp.Expr, fails: bool, cure: str = "Use TRY_CAST instead.") -> None:
        """Note that a value may stop the query here, or refuse it where that must not be."""
        self.context.risks += fails
        if fails and not self.context.may_fail:
            raise self.context.error("a value that does not fit would stop this", node, cure)

    def _both(self, node: exp.And | exp.Or) -> Value:
        values = [self.truth(part) for part in node.flatten()]
        word = " AND " if isinstance(node, exp.And) else " OR "
        made = sql("({})", joined(word, (value.sql for value in values)))
        return Value(made, Kind.BOOLEAN, all(value.constant for value in values))

    def _not(self, node: exp.Not) -> Value:
        value = self.truth(node.this)
        return Value(sql("(NOT {})", value.sql), Kind.BOOLEAN, value.constant)

    def _negative(self, node: exp.Neg) -> Value:
        value = self.value(node.this)
        if value.kind not in NUMBERS:
            raise self.context.error("a number is expected after the minus", node)
        return Value(sql("(-{})", value.sql), value.kind, value.constant)

    def compared(self, nodes: Sequence[exp.Expr]) -> list[Value]:
        """Values that are compared with each other; scalars of one type."""
        values = [self.value(node) for node in nodes]
        for node, value in zip(nodes, values, strict=True):
            if value.kind not in SCALARS and value.kind is not Kind.UNKNOWN:
                raise self.context.error(
                    f"{value.kind.named} can't be compared as a whole",
                    node,
                    "Compare one of its values, such as element_at(…, 'key').",
                )
        return unify(self.context, nodes, values)[0]

    def _comparison(self, node: exp.Binary) -> Value:
        left, right = self.compared([node.this, node.expression])
        operator = _COMPARISONS[type(node)]
        constant = left.constant and right.constant
        if left.coded and right.coded and operator not in ("<", "<=", ">", ">="):
            made = sql(f"({{}} {operator} {{}})", left.coded, right.coded)
        else:
            made = sql(f"({{}} {operator} {{}})", left.sql, right.sql)
        return Value(made, Kind.BOOLEAN, constant)

    def _between(self, node: exp.Between) -> Value:
        self.context.only(node, "this", "low", "high")
        this, low, high = self.compared([node.this, node.args["low"], node.args["high"]])
        constant = this.constant and low.constant and high.constant
        return Value(
            sql("({} BETWEEN {} AND {})", this.sql, low.sql, high.sql), Kind.BOOLEAN, constant
        )

    def _in(self, node: exp.In) -> Value:
        self.context.only(node, "this", "expressions", "query")
        query = node.args.get("query")
        if query is None and not node.expressions:
            raise self.context.error("a list of values must not be empty", node)
        if query is None:
            this, *members = self.compared([node.this, *node.expressions])
            listed = joined(", ", (member.sql for member in members))
            constant = this.constant and all(member.constant for member in members)
            return Value(sql("({} IN ({}))", this.sql, listed), Kind.BOOLEAN, constant)
        this = self.value(node.this)
        members_of = self.subqueries.one_column(query)
        if Kind.UNKNOWN not in (this.kind, members_of.kind) and this.kind != members_of.kind:
            raise self.context.error(f"{this.kind} and {members_of.kind} can't be compared", query)
        return Value(sql("({} IN {})", this.sql, members_of.sql), Kind.BOOLEAN)

    def _is(self, node: exp.Is) -> Value:
        value = self.value(node.this)
        if isinstance(node.expression, exp.Boolean):
            raise self.context.error("IS TRUE is not Trino's", node, "Write = true.")
        if not isinstance(node.expression, exp.Null):
            raise self.context.unsupported(node)
        return Value(sql("({} IS NULL)", value.coded or value.sql), Kind.BOOLEAN, value.constant)

    def _like(self, node: exp.Like, escape: Sql | None = None) -> Value:
        self.context.only(node, "this", "expression", "negate")
        text, pattern = self.text(node.this), self.text(node.expression)
        made = sql("tt_like({}, {}, {})", text.sql, pattern.sql, escape or bound(""))
        if node.args.get("negate"):
            made = sql("(NOT {})", made)
        return Value(made, Kind.BOOLEAN, text.constant and pattern.constant)

    def _escape(self, node: exp.Escape) -> Value:
        if not isinstance(node.this, exp.Like):
            raise self.context.unsupported(node)
        if not isinstance(node.expression, exp.Literal) or len(node.expression.name) != 1:
            raise self.context.error("ESCAPE takes one character", node.expression)
        return self._like(node.this, bound(node.expression.name))

    def _arithmetic(self, node: exp.Binary) -> Value:
        left, right = self.value(node.this), self.value(node.expression)
        operator = _ARITHMETIC[type(node)]
        if left.kind in TIMES and right.kind is Kind.INTERVAL and operator in "+-":
            unit, count = right.interval
            if left.kind is Kind.DATE and unit in WITHIN_A_DAY:
                raise self.context.error(
                    f"a date has no {unit}", node.expression, "CAST the date AS timestamp."
                )
            made = sql(
                "tt_add({}, {}, {})",
                bound(unit),
                bound(count if operator == "+" else -count),
                left.sql,
            )
            return Value(made, left.kind, left.constant, zone=left.zone)
        for side, value in ((node.this, left), (node.expression, right)):
            if value.kind not in NUMBERS and value.kind is not Kind.UNKNOWN:
                raise self.context.error(f"{operator} is not defined for {value.kind.named}", side)
        self.may_fail(node, not (left.constant and right.constant), "Compare without reckoning.")
        kind = Kind.DOUBLE if Kind.DOUBLE in (left.kind, right.kind) else Kind.INTEGER
        made = sql(f"tt_arithmetic('{operator}', {{}}, {{}})", left.sql, right.sql)
        return Value(made, kind, left.constant and right.constant)

    def _case(self, node: exp.Case) -> Value:
        self.context.only(node, "this", "ifs", "default")
        whens: list[Value] = []
        for branch in node.args["ifs"]:
            if node.this is None:
                whens.append(self.truth(branch.this))
                continue
            subject, matched = self.compared([node.this, branch.this])
            both = subject.constant and matched.constant
            whens.append(Value(sql("({} = {})", subject.sql, matched.sql), Kind.BOOLEAN, both))
        nodes = [branch.args["true"] for branch in node.args["ifs"]]
        nodes.append(node.args.get("default") or exp.Null())
        return self._choice(whens, nodes)

    def _if(self, node: exp.If) -> Value:
        self.context.only(node, "this", "true", "false")
        otherwise = node.args.get("false") or exp.Null()
        return self._choice([self.truth(node.this)], [node.args["true"], otherwise])

    def _choice(self, whens: Sequence[Value], nodes: Sequence[exp.Expr]) -> Value:
        """CASE: the results are of one type; the last one is ELSE."""
        results, kind = unify(self.context, nodes, [self.value(node) for node in nodes])
        pairs = zip(whens, results, strict=False)
        branches = [sql("WHEN {} THEN {}", when.sql, result.sql) for when, result in pairs]
        made = sql("(CASE {} ELSE {} END)", joined(" ", branches), results[-1].sql)
        constant = all(value.constant for value in [*whens, *results])
        return alike(results, made, kind, constant=constant)

    def _coalesce(self, node: exp.Coalesce) -> Value:
        self.context.only(node, "this", "expressions")
        nodes = [node.this, *node.expressions]
        values, kind = unify(self.context, nodes, [self.value(each) for each in nodes])
        constant = all(value.constant for value in values)
        if len(values) == 1:
            return values[0]
        listed = joined(", ", (value.sql for value in values))
        return alike(values, sql("coalesce({})", listed), kind, constant=constant)

    def _nullif(self, node: exp.Nullif) -> Value:
        first, second = self.compared([node.this, node.expression])
        made = sql("nullif({}, {})", first.sql, second.sql)
        return Value(made, first.kind, first.constant and second.constant)

    def _try(self, node: exp.Try) -> Value:
        """TRY(…): NULL where a value would stop the query.

        Its functions give NULL instead, which comes to the same as long as nothing within asks
        for NULL; what does is refused.
        """
        self.context.only(node, "this")
        if odd := node.this.find(*_ASK_FOR_NULL):
            raise self.context.unsupported(odd, f"{type(odd).__name__.upper()} inside TRY")
        risks, may_fail = self.context.risks, self.context.may_fail
        self.context.may_fail = True
        try:
            value = self.value(node.this)
        finally:
            self.context.risks, self.context.may_fail = risks, may_fail
        made = Sql(value.sql.text.replace("tt_", "tt_soft_"), value.sql.parameters)
        return replace(value, sql=made, field=None, coded=None)

    def _window(self, node: exp.Window) -> Value:
        return windowed(self, self._calls.aggregates, node)

    def _exists(self, node: exp.Exists) -> Value:
        return Value(sql("EXISTS {}", self.subqueries.rows(node.this)), Kind.BOOLEAN)

    def _scalar_subquery(self, node: exp.Subquery) -> Value:
        if not _gives_one_row(node.this):
            raise self.context.error(
                "a sub-query that stands for a value must give one row",
                node,
                "Use an aggregate without GROUP BY, or LIMIT 1.",
            )
        return self.subqueries.one_column(node)


_ASK_FOR_NULL = (
    exp.Coalesce, exp.Case, exp.If, exp.Is, exp.Nullif, exp.NullSafeEQ, exp.NullSafeNEQ, exp.And,
    exp.Or, exp.In, exp.ConcatWs, exp.Array, exp.Lambda, exp.Query, exp.Subquery, exp.AggFunc,
    exp.Try,
)  # fmt: skip


def _gives_one_row(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Select):
        return False
    limit = node.args.get("limit")
    if limit is not None and str(limit.expression or "") == "1":
        return True
    return not node.args.get("group") and any(has_aggregate(each) for each in node.expressions)
