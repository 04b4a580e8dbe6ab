"""Conditions of WHERE, HAVING aside: SQL that is true exactly where the condition is TRUE.

Where only TRUE counts, NULL and FALSE are the same, and that opens the ways to the indices: a
comparison of eventTime is a range of ids; a condition that asks for one stored text only is asked
of the distinct texts first; one that asks for the identity only, of the distinct identities.
What takes none of these ways is evaluated per event, with SQL's full logic of NULL.
"""

import re

from sqlglot import exp

from trailtui.model.record import ID_BITS, Flags, id_bits, pack_event_id
from trailtui.model.times import LAST_SECOND
from trailtui.query.arrays import by_resource
from trailtui.query.coercion import unify
from trailtui.query.columns import Kind, Store
from trailtui.query.context import Context, Field, Value
from trailtui.query.expressions import Expressions
from trailtui.query.fields import NO_TIME, is_event_time, key_of
from trailtui.query.fragment import FALSE, TRUE, Sql, bound, joined, sql
from trailtui.query.needles import Implied, implied_by
from trailtui.query.reading_order import reads_records
from trailtui.query.times import parse_time

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
}

_WORDS: dict[type[exp.Expr], str] = {
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.EQ: "=",
}
_DAY = "%Y/%m/%d"
_IS_DAY = re.compile(r"20\d\d/\d\d/\d\d")


class Conditions:
    """Rewrites conditions within the scope that the context stands in."""

    def __init__(self, context: Context, expressions: Expressions) -> None:
        self._context = context
        self._expressions = expressions
        self.implied = Implied()

    def holds(self, node: exp.Expr) -> Sql:
        """SQL that is true where the condition is TRUE, and NULL or false elsewhere."""
        if isinstance(node, exp.Paren):
            return self.holds(node.this)
        if isinstance(node, exp.And):
            return self._all_of(node)
        if isinstance(node, exp.Or):
            return self._any_of(node)
        context = self._context
        before, others = len(context.touched), context.subqueries + context.risks
        value = self._expressions.truth(node)
        touched = context.touched[before:]
        alone = others == context.subqueries + context.risks
        if value.constant:
            return TRUE if context.constant(value, node) else FALSE
        found = self._by_time(node) or self._by_event_id(node) or self._by_resources(node)
        if found is None:
            found = self._by_stored(node, [field for field, _ in touched], alone=alone)
        if found is None and reads_records(value.sql):
            self.implied.note(value.sql, implied_by(context, self._expressions, node))
        return found or value.sql

    def parts(self, node: exp.Expr) -> list[Sql]:
        """The same, taken apart where it is an AND of conditions; none where it always holds."""
        if isinstance(node, exp.Paren):
            return self.parts(node.this)
        if not isinstance(node, exp.And):
            return [part for part in [self.holds(node)] if part != TRUE]
        found = [part for each in node.flatten() for part in self.parts(each)]
        return [FALSE] if FALSE in found else found

    def _all_of(self, node: exp.And) -> Sql:
        parts = [self.holds(part) for part in node.flatten()]
        if FALSE in parts:
            return FALSE
        parts = [part for part in parts if part != TRUE]
        whole = sql("({})", joined(" AND ", parts)) if parts else TRUE
        self.implied.note_all(whole, parts)
        return whole

    def _any_of(self, node: exp.Or) -> Sql:
        parts = [self.holds(part) for part in node.flatten()]
        if TRUE in parts:
            return TRUE
        parts = [part for part in parts if part != FALSE]
        whole = sql("({})", joined(" OR ", parts)) if parts else FALSE
        self.implied.note_any(whole, parts)
        return whole

    def _by_time(self, node: exp.Expr) -> Sql | None:
        """eventTime against a constant: a range of ids, and exact within the second."""
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this, expression=node.args["low"])
            high = exp.LTE(this=node.this, expression=node.args["high"])
            first, last = self._by_time(low), self._by_time(high)
            return sql("({} AND {})", first, last) if first and last else None
        operator = _MIRRORED.get(type(node))
        if operator is None:
            return None
        sides = [
            self._expressions.value(node.this),
            self._expressions.value(node.args["expression"]),
        ]
        nodes = [node.this, node.args["expression"]]
        if is_event_time(sides[0]) and sides[1].constant:
            operator = type(node)
        elif is_event_time(sides[1]) and sides[0].constant:
            sides.reverse()
            nodes.reverse()
        else:
            return self._by_day(operator, node, sides)
        field = sides[0].field
        at_ms = self._context.constant(unify(self._context, nodes, sides)[0][1], nodes[1])
        if field is None or not isinstance(at_ms, int):
            return FALSE  # compared with NULL
        return _range(field.relation.row, operator, at_ms, sides[0].sql)

    def _by_day(self, operator: type[exp.Expr], node: exp.Expr, sides: list[Value]) -> Sql | None:
        """`timestamp`, the day that Athena's table is divided by, against a constant day."""
        if sides[1].field is not None:
            sides = sides[::-1]
        else:
            operator = type(node)
        field, day = sides[0].field, sides[1]
        whole = field is not None and field.relation.is_events and field.column.held_in == _DAY
        if field is None or not whole or not day.constant or day.kind is not Kind.TEXT:
            return None
        text = str(self._context.constant(day, node))
        start_ms = parse_time(text.replace("/", "-")) if _IS_DAY.fullmatch(text) else None
        if start_ms is None:
            return None
        row, end_ms = field.relation.row, start_ms + 86_400_000
        firsts: dict[type[exp.Expr], int] = {exp.GTE: start_ms, exp.GT: end_ms, exp.EQ: start_ms}
        lasts: dict[type[exp.Expr], int] = {exp.LT: start_ms, exp.LTE: end_ms, exp.EQ: end_ms}
        from_day, to_day = firsts.get(operator), lasts.get(operator)
        parts = [_range(row, exp.GTE, from_day, Sql(""))] if from_day is not None else []
        if to_day is not None:
            parts.append(_range(row, exp.LT, to_day, Sql("")))
        return joined(" AND ", [*parts, Sql(f"{row}.flags & {NO_TIME} = 0")])

    def _by_event_id(self, node: exp.Expr) -> Sql | None:
        """eventID against constants, by the bits of it that a row's id ends in."""
        if isinstance(node, exp.EQ):
            members = [node.expression]
        elif isinstance(node, exp.In) and node.expressions:
            members = node.expressions
        else:
            return None
        field = self._expressions.value(node.this).field
        values = [self._expressions.value(member) for member in members]
        if field is None or field.column.store is not Store.EVENT_ID:
            return None
        if not field.relation.is_events or not all(value.constant for value in values):
            return None
        found = [self._context.constant(v, m) for v, m in zip(values, members, strict=True)]
        stored = [pack_event_id(text, b"") for text in found if isinstance(text, str)]
        row = field.relation.row
        # the id of a row ends in bits of its event id, and an index of ids alone is small
        return sql(
            f"({row}.id IN (SELECT id FROM event_rows WHERE id & {ID_BITS} IN ({{}}) "  # noqa: S608
            f"UNION SELECT id FROM event_rows WHERE flags & {int(Flags.DISPLACED)}) "
            f"AND {row}.event_id IN ({{}}))",
            joined(", ", (bound(id_bits(each)) for each in stored)),
            joined(", ", (bound(each) for each in stored)),
        )

    def _by_resources(self, node: exp.Expr) -> Sql | None:
        return by_resource(self._expressions, node)

    def _by_stored(self, node: exp.Expr, touched: list[Field], *, alone: bool) -> Sql | None:
        """A condition over one stored column, asked of the distinct values of that column.

        Where it would hold for NULL too, or for an empty text that is stored as NULL, the rows
        with NULL are asked as well, or, where that can't be told, the events one by one.
        """
        keys = {key_of(field) for field in touched}
        if len(keys) != 1 or None in keys or not alone:
            return None
        field = touched[0]
        column = field.column
        met_by_null = self._met_by(node, field, Sql("NULL"))
        met_by_empty = column.kind is Kind.TEXT and self._met_by(node, field, Sql("''"))
        if column.held_in == "account":
            return None if met_by_null else self._by_account(node, field)
        # the case's own reading of a column says all there is to say with its NULL
        null_is_vague = column.empty_is_null and not all(each.column.virtual for each in touched)
        if null_is_vague and (met_by_null or met_by_empty):
            return None
        return self._by_distinct(node, field, and_null=met_by_null)

    def _by_distinct(self, node: exp.Expr, field: Field, *, and_null: bool) -> Sql:
        """The condition asked of the distinct texts or identities that are stored."""
        row, held_in = field.relation.row, field.column.held_in
        if field.column.store is Store.ACTOR or held_in in ("principal", "credential"):
            condition = self._with(node, field, Sql(f"a.{held_in}"))
            made = sql(f"{row}.actor IN (SELECT a.id FROM actors a WHERE {{}})", condition)  # noqa: S608
            if field.column.store is Store.ACTOR:
                return made
        else:
            condition = self._with(node, field, Sql("s.text"))
            made = sql(f"{row}.{held_in} IN (SELECT s.id FROM strings s WHERE {{}})", condition)  # noqa: S608
        return sql(f"({{}} OR {row}.{held_in} IS NULL)", made) if and_null else made

    def _by_account(self, node: exp.Expr, field: Field) -> Sql:
        condition = self._with(node, field, Sql("nullif(s.text, '')"))
        row = field.relation.row
        return sql(f"{row}.account IN (SELECT s.id FROM strings s WHERE {{}})", condition)  # noqa: S608

    def _met_by(self, node: exp.Expr, field: Field, text: Sql) -> bool:
        """Whether the condition is TRUE for this value of the column."""
        return bool(self._context.evaluate(self._with(node, field, text), node))

    def _with(self, node: exp.Expr, field: Field, text: Sql) -> Sql:
        """The condition with `text` in place of the column."""
        key = key_of(field)
        assert key is not None  # noqa: S101 - the caller asked
        self._context.replaced[key] = text
        try:
            return self._expressions.truth(node).sql
        finally:
            del self._context.replaced[key]


def _range(row: str, operator: type[exp.Expr], at_ms: int, exact: Sql) -> Sql:
    second = min(max(at_ms // 1000, 0), LAST_SECOND + 1)
    first_id, next_id = bound(second << 31), bound((second + 1) << 31)
    if operator is exp.GTE and at_ms == second * 1000 and second > 0:
        return sql(f"{row}.id >= {{}}", first_id)
    if operator is exp.LT and at_ms == second * 1000:
        return sql(f"({row}.id < {{}} AND {row}.flags & {NO_TIME} = 0)", first_id)
    word = _WORDS[operator]
    precise = sql(f"({{}}) {word} {{}}", exact, bound(at_ms))
    lower = sql(f"{row}.id >= {{}}", first_id)
    upper = sql(f"{row}.id < {{}}", next_id)
    if operator in (exp.GT, exp.GTE):
        return sql("({} AND {})", lower, precise)
    if operator is exp.EQ:
        return sql("({} AND {} AND {})", lower, upper, precise)
    return sql("({} AND {})", upper, precise)
