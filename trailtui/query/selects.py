"""Whole SELECTs: grouping, ordering, limits, unions; what they select from is `sources`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.aggregates import has_aggregate
from trailtui.query.casts import in_one_form
from trailtui.query.coercion import NUMBERS
from trailtui.query.columns import EVENTS, NESTED, Column, Kind
from trailtui.query.conditions import Conditions
from trailtui.query.context import Context, Relation, Scope, Value
from trailtui.query.expressions import Expressions
from trailtui.query.fragment import Sql, joined, sql
from trailtui.query.ordering import ONE_VALUE, Ordering, Output
from trailtui.query.reading_order import by_file, of_chosen, reads_records, where_of
from trailtui.query.sources import Sources
from trailtui.query.windows import has_window

_SELECT_CLAUSES = (
    "with_", "kind", "distinct", "expressions", "from_", "joins", "where", "group", "having",
    "order", "limit", "offset", "windows",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """A rewritten SELECT."""

    sql: Sql
    outputs: tuple[Output, ...]
    event: str = ""
    """The made column that holds the id of the row's event; "" where a row is not one event."""


class Selects:
    """Rewrites SELECTs; gives Expressions the sub-queries they meet."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._expressions = Expressions(context, self)
        self._conditions = Conditions(context, self._expressions)
        self._ordering = Ordering(context, self._expressions)
        self._sources = Sources(context, self._expressions, self._conditions, self)

    def statement(self, node: exp.Expr, rows: int | None = None) -> Selected:
        """A SELECT, a union of them, or one in brackets; `rows`: no more of it will be read."""
        if isinstance(node, exp.Subquery):
            self._context.only(node, "this", "alias")
            return self.statement(node.this)
        with_ = node.args.get("with_")
        before = self._sources.ctes
        if with_ is not None:
            self._sources.remember(with_)
        try:
            if isinstance(node, exp.SetOperation):
                return self._set_operation(node)
            if isinstance(node, exp.Select):
                return self._select(node, rows)
            raise self._context.unsupported(node)
        finally:
            self._sources.ctes = before

    def condition(self, node: exp.Expr) -> Sql:
        """One condition over the scope that the context stands in."""
        return self._conditions.holds(node)

    def one_column(self, node: exp.Expr) -> Value:
        """A sub-query in brackets that has one column."""
        selected = self._nested(node)
        if len(selected.outputs) != 1:
            raise self._context.error(
                f"this sub-query must have one column, it has {len(selected.outputs)}", node
            )
        output = selected.outputs[0]
        made = sql(f"(SELECT {output.made} FROM ({{}}))", selected.sql)  # noqa: S608
        return Value(made, output.kind, name=output.name)

    def rows(self, node: exp.Expr) -> Sql:
        """A sub-query in brackets, of whatever columns."""
        return sql("({})", self._nested(node).sql)

    def _nested(self, node: exp.Expr) -> Selected:
        context = self._context
        context.subqueries += 1
        with context.inside(Scope([], outer=context.scope)):
            return self.statement(node)

    def _set_operation(self, node: exp.SetOperation) -> Selected:
        self._context.only(
            node, "this", "expression", "distinct", "with_", "order", "limit", "offset"
        )
        word = node.key.upper()
        if not node.args.get("distinct"):
            if word != "UNION":
                raise self._context.unsupported(node.expression, f"{word} ALL")
            word += " ALL"
        left, right = self._nested(node.this), self._nested(node.expression)
        if len(left.outputs) != len(right.outputs):
            raise self._context.error(
                f"the two sides of {word} have other columns: {len(left.outputs)} and "
                f"{len(right.outputs)}",
                node.expression,
            )
        outputs = tuple(
            self._of_both(one, other, node)
            for one, other in zip(left.outputs, right.outputs, strict=True)
        )
        alike = word != "UNION ALL"
        sides = [
            sql(
                "SELECT {} FROM ({})",
                joined(
                    ", ",
                    [
                        _as_output(*each, alike=alike)
                        for each in zip(side.outputs, outputs, strict=True)
                    ],
                ),
                side.sql,
            )
            for side in (left, right)
        ]
        body = joined(f" {word} ", sides)
        order = self._ordering.order(node, outputs, None)
        return Selected(sql("{}{}{}", body, order, self._ordering.limits(node)), outputs)

    def _of_both(self, one: Output, other: Output, node: exp.SetOperation) -> Output:
        """A column of a union, of the type that both sides have."""
        kinds = {one.kind, other.kind} - {Kind.UNKNOWN}
        if len(kinds) > 1 and kinds <= NUMBERS:
            return Output(one.name, Kind.DOUBLE, one.made)
        types = {each.type for each in (one, other) if each.kind is not Kind.UNKNOWN}
        if len(types) > 1:
            raise self._context.error(
                f"the two sides of {node.key.upper()} have other columns: {one.name or 'one'} is "
                f"{one.type} and {other.type}",
                node.expression,
                "Make them alike, with CAST.",
            )
        known = one if one.kind is not Kind.UNKNOWN else other
        return Output(one.name, known.kind, one.made, known.column)

    def _select(self, node: exp.Select, rows: int | None = None) -> Selected:
        self._context.only(node, *_SELECT_CLAUSES)
        if node.args.get("kind"):
            raise self._context.unsupported(node, f"SELECT AS {node.args['kind']}")
        outer = self._context.scope.outer
        scope = Scope([], outer=outer)
        with self._context.inside(scope):
            source = self._sources.of(node, scope)
            conditions = self._where(node)
            items = self._items(node)
            scope.keys, grouping = self._grouping(node, items)
            scope.windows = True
            pairs = [self._item(item) for item in items]
            scope.windows = False
            if having_alone(node):
                pairs[0] = pairs[0][0], sql(_OF_ALL_ROWS, pairs[0][1])
            outputs = tuple(output for output, _ in pairs)
            event = self._event_column(node, scope)
            having = self._having(node, scope)
            distinct = "DISTINCT " if self._is_distinct(node) else ""
            if distinct:
                pairs = [(o, in_one_form(made, o.kind, o.column)) for o, made in pairs]
            listed = joined(", ", (sql(f"{{}} AS {o.made}", made) for o, made in pairs))
            head = sql(f"SELECT {distinct}{{}}{{}}", listed, event[1])
            scope.windows = True
            order = self._ordering.order(node, outputs, pairs)
            scope.windows = False
            rest = [head, grouping, having, order]
            source, where, made_of_rows = self._read(node, scope, source, conditions, rest)
            limit = self._first_rows(node, scope, rows)
            if limit is not None:
                first = self._ordering.order(node, outputs, pairs, by_name=False)
                ids = Sql(f"{scope.relations[0].row}.id")
                found = self._read(node, scope, Sql(""), conditions, [first, ids])
                chosen = self._first_events(scope.relations[0].row, found, limit)
                source, where, made_of_rows = self._read_of(scope, chosen, rest)
            head, grouping, having, order = made_of_rows
            made = sql(
                "{}{}{}{}{}{}{}",
                head,
                source,
                where,
                grouping,
                having,
                order,
                self._ordering.limits(node),
            )
        return Selected(made, outputs, event[0])

    def _first_rows(self, node: exp.Select, scope: Scope, rows: int | None) -> int | None:
        """How many rows of a list will be read, where each is one event and they have an order."""
        plain = not any(node.args.get(key) for key in ("distinct", "offset"))
        plain = plain and not any(has_window(each) for each in node.expressions)
        plain = plain and not has_window(node.args.get("order") or exp.Null())
        if not plain or not _alone(scope) or scope.keys is not None or not node.args.get("order"):
            return None
        limit = node.args.get("limit")
        if limit is None:
            return rows
        count = limit.args.get("expression")
        whole = isinstance(count, exp.Literal) and not count.is_string and count.name.isdigit()
        if not whole:
            return None
        return int(count.name) if rows is None else min(rows, int(count.name))

    def _read(
        self, node: exp.Select, scope: Scope, source: Sql, conditions: list[Sql], rest: list[Sql]
    ) -> tuple[Sql, Sql, list[Sql]]:
        """FROM, WHERE and the rest: by file where all records of a selection have to be read."""
        every = scope.keys is not None or node.args.get("order") or node.args.get("distinct")
        every = every or (self._context.makes_all and not node.args.get("limit"))
        reads = any(reads_records(each) for each in [*conditions, *rest])
        if every and reads and _alone(scope) and scope.outer is None:
            implied = [
                found
                for each in conditions
                if reads_records(each) and (found := self._conditions.implied.of(each))
            ]
            return by_file(
                scope.relations[0].row,
                conditions,
                rest,
                implied,
                harvests=self._context.harvests,
                grouped=scope.keys is not None,
            )
        if _alone(scope) and not source.text:
            source = Sql(f" FROM event_rows AS {scope.relations[0].row}")
        return source, where_of(conditions), rest

    def _first_events(self, row: str, found: tuple[Sql, Sql, list[Sql]], rows: int) -> Sql:
        """Only the events that come first in the order, so that no other's record is read."""
        source, where, (order, _) = found
        made = sql(f"SELECT {row}.id{{}}{{}}{{}} LIMIT {rows}", source, where, order)
        return sql(f"{row}.id IN ({{}})", made)

    def _read_of(self, scope: Scope, chosen: Sql, rest: list[Sql]) -> tuple[Sql, Sql, list[Sql]]:
        """FROM, WHERE and the rest, of chosen events."""
        row = scope.relations[0].row
        if any(reads_records(each) for each in rest) and scope.outer is None:
            return of_chosen(row, chosen, rest)
        return Sql(f" FROM event_rows AS {row}"), where_of([chosen]), rest

    def _is_distinct(self, node: exp.Select) -> bool:
        distinct = node.args.get("distinct")
        if distinct is not None:
            self._context.only(distinct)
        return distinct is not None

    def _where(self, node: exp.Select) -> list[Sql]:
        clause = node.args.get("where")
        if clause is None:
            return []
        if has_aggregate(clause.this):
            raise self._context.error("an aggregate can't stand in WHERE", clause, "Use HAVING.")
        parts = self._conditions.parts(clause.this)
        statistics = self._context.statistics
        return parts if statistics is None else statistics.with_best_index(parts)

    def _items(self, node: exp.Select) -> list[exp.Expr]:
        """The select list with `*` written out."""
        items: list[exp.Expr] = []
        for item in node.expressions:
            if isinstance(item, exp.Star):
                self._context.only(item)
                relations = self._context.scope.relations
                items += [exp.column(name) for name in self._context.scope.merged]
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                alias = item.table.lower()
                relations = [r for r in self._context.scope.relations if r.alias == alias]
                if not relations:
                    raise self._context.error(f"there is no table {item.table}", item)
            else:
                items.append(item)
                continue
            merged = self._context.scope.merged if isinstance(item, exp.Star) else {}
            items += [
                column
                for relation in relations
                for column in _every_column(relation)
                if column.name.lower() not in merged
            ]
        if not items:
            raise self._context.error("there is nothing to select", node)
        return items

    def _item(self, node: exp.Expr) -> tuple[Output, Sql]:
        inner = node.this if isinstance(node, exp.Alias) else node
        value = self._expressions.value(inner)
        if value.kind is Kind.INTERVAL:
            raise self._context.error("an interval can't be selected", node)
        made = self._context.new_name("c")
        name = node.alias if isinstance(node, exp.Alias) else _plain_name(inner, value)
        path = ".".join(str(step[1]) for step in value.field.path) if value.field else ""
        column = value.column
        if value.zone and value.kind is Kind.TIME:
            column = Column(name, value.kind, zone=value.zone)
        elif column is not None and value.kind not in NESTED:
            column = None
        return Output(name, value.kind, made, column, path), value.sql

    def _grouping(
        self, node: exp.Select, items: Sequence[exp.Expr]
    ) -> tuple[frozenset[Sql] | None, Sql]:
        """What is grouped by, to check the rest against, and the clause."""
        clause = node.args.get("group")
        having = node.args.get("having")
        aggregates = any(has_aggregate(item) for item in items)
        if clause is None:
            if aggregates or having is not None:
                return frozenset(), Sql("")
            return None, Sql("")
        self._context.only(clause, "expressions")
        keys: set[Sql] = set()
        parts: list[Sql] = []
        for key in clause.expressions:
            expression = self._by_position(key, items)
            if has_aggregate(expression):
                raise self._context.error("an aggregate can't be grouped by", key)
            value = self._expressions.value(expression)
            if value.kind in NESTED:
                raise self._context.error(f"{value.kind.named} can't be grouped by", key, ONE_VALUE)
            keys.add(value.sql)
            parts.append(value.coded or value.sql)
        return frozenset(keys), sql(" GROUP BY {}", joined(", ", parts))

    def _by_position(self, key: exp.Expr, items: Sequence[exp.Expr]) -> exp.Expr:
        if isinstance(key, exp.Literal) and not key.is_string:
            number = int(key.name) if key.name.isdigit() else 0
            if not 1 <= number <= len(items):
                raise self._context.error(
                    f"there is no column {key.name} in this SELECT", key, f"It has {len(items)}."
                )
            item = items[number - 1]
            return item.this if isinstance(item, exp.Alias) else item
        return key

    def _having(self, node: exp.Select, scope: Scope) -> Sql:
        clause = node.args.get("having")
        if clause is None:
            return Sql("")
        made = sql(" HAVING {}", self._expressions.truth(clause.this).sql)
        asked = [clause.this, *node.expressions]
        if not node.args.get("group") and not any(map(has_aggregate, asked)):
            raise self._context.error("HAVING needs an aggregate or GROUP BY", clause)
        return made

    def _event_column(self, node: exp.Select, scope: Scope) -> tuple[str, Sql]:
        """The id of the event behind each row, where there is one."""
        events = [relation.event for relation in scope.relations if relation.event is not None]
        if scope.keys is not None or node.args.get("distinct") or len(events) != 1:
            return "", Sql("")
        name = self._context.new_name("c")
        return name, sql(f", {{}} AS {name}", events[0])


_OF_ALL_ROWS = "(CASE WHEN count(*) IS NULL THEN NULL ELSE {} END)"
"""For SQLite, whose HAVING wants an aggregate before it; count(*) is never NULL."""


def having_alone(node: exp.Select) -> bool:
    """Whether all rows are one group only because of an aggregate in HAVING."""
    grouped = node.args.get("group") or any(map(has_aggregate, node.expressions))
    return node.args.get("having") is not None and not grouped


def _alone(scope: Scope) -> bool:
    """Whether nothing but the events is selected from."""
    return len(scope.relations) == 1 and scope.relations[0].is_events


def _as_output(side: Output, output: Output, *, alike: bool) -> Sql:
    """A column of one side of a union, under its own name, which the whole goes by."""
    if side.kind is not output.kind and output.kind is Kind.DOUBLE:
        return Sql(f"CAST({side.made} AS REAL) AS {side.made}")
    if alike and side.kind in NESTED:
        return sql(f"{{}} AS {side.made}", in_one_form(Sql(side.made), side.kind, output.column))
    return Sql(side.made)


def _every_column(relation: Relation) -> list[exp.Expr]:
    columns = EVENTS if relation.is_events else relation.columns
    return [
        exp.column(exp.to_identifier(column.name, quoted=True), table=relation.alias or None)
        for column in columns.values()
        if not column.virtual
    ]


def _plain_name(node: exp.Expr, value: Value) -> str:
    """What a column is called without AS: the last part of its path, "" for an expression."""
    return value.name if isinstance(node, exp.Column | exp.Dot | exp.Bracket | exp.Cast) else ""
