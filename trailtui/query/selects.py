"""Whole SELECTs: FROM, joins, sub-queries, CTEs, grouping, ordering, limits, unions."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.aggregates import has_aggregate
from trailtui.query.columns import EVENTS, NESTED, Column, Kind, known_tables, nearest
from trailtui.query.conditions import Conditions
from trailtui.query.context import Context, Relation, Scope, Value, events_relation
from trailtui.query.expressions import Expressions
from trailtui.query.fragment import Sql, joined, sql
from trailtui.query.ordering import ONE_VALUE, Ordering, Output
from trailtui.query.parse import STORE_NAME

_SELECT_CLAUSES = (
    "with_", "kind", "distinct", "expressions", "from_", "joins", "where", "group", "having",
    "order", "limit", "offset",
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
        self._ctes: dict[str, exp.Expr] = {}
        self._open: list[str] = []

    def statement(self, node: exp.Expr, rows: int | None = None) -> Selected:
        """A SELECT, a union of them, or one in brackets; `rows`: no more of it will be read."""
        if isinstance(node, exp.Subquery):
            self._context.only(node, "this", "alias")
            return self.statement(node.this)
        with_ = node.args.get("with_")
        before = dict(self._ctes)
        if with_ is not None:
            self._remember_ctes(with_)
        try:
            if isinstance(node, exp.SetOperation):
                return self._set_operation(node)
            if isinstance(node, exp.Select):
                return self._select(node, rows)
            raise self._context.unsupported(node)
        finally:
            self._ctes = before

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

    def _remember_ctes(self, with_: exp.Expr) -> None:
        self._context.only(with_, "expressions")
        for cte in with_.expressions:
            alias = cte.args["alias"]
            if alias.columns:
                raise self._context.unsupported(alias, "a column list after a CTE's name")
            self._ctes[cte.alias.lower()] = cte.this

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
        kinds = [output.kind for output in left.outputs]
        if [o.kind for o in right.outputs] != kinds and Kind.UNKNOWN not in (
            *kinds, *(o.kind for o in right.outputs)
        ):  # fmt: skip
            raise self._context.error(
                f"the two sides of {word} have other columns", node.expression, "Make them alike."
            )
        if len(left.outputs) != len(right.outputs):
            raise self._context.error(
                f"the two sides of {word} have other numbers of columns", node.expression
            )
        sides = [
            sql(f"SELECT {', '.join(o.made for o in each.outputs)} FROM ({{}})", each.sql)  # noqa: S608
            for each in (left, right)
        ]
        outputs = tuple(
            Output(one.name, other.kind if one.kind is Kind.UNKNOWN else one.kind, one.made)
            for one, other in zip(left.outputs, right.outputs, strict=True)
        )
        body = joined(f" {word} ", sides)
        order = self._ordering.order(node, outputs, None)
        return Selected(sql("{}{}{}", body, order, self._ordering.limits(node)), outputs)

    def _select(self, node: exp.Select, rows: int | None = None) -> Selected:
        self._context.only(node, *_SELECT_CLAUSES)
        if node.args.get("kind"):
            raise self._context.unsupported(node, f"SELECT AS {node.args['kind']}")
        outer = self._context.scope.outer
        scope = Scope([], outer=outer)
        with self._context.inside(scope):
            source = self._from(node, scope)
            where = self._where(node)
            items = self._items(node)
            scope.keys, grouping = self._grouping(node, items)
            pairs = [self._item(item) for item in items]
            outputs = tuple(output for output, _ in pairs)
            event = self._event_column(node, scope)
            having = self._having(node, scope)
            distinct = "DISTINCT " if self._is_distinct(node) else ""
            listed = joined(", ", (sql(f"{{}} AS {o.made}", made) for o, made in pairs))
            head = sql(f"SELECT {distinct}{{}}{{}}", listed, event[1])
            order = self._ordering.order(node, outputs, pairs)
            if rows is not None and self._is_list_of_events(node, scope):
                first = self._ordering.order(node, outputs, pairs, by_name=False)
                where = self._first_events(scope.relations[0].row, where, first, rows)
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

    def _is_list_of_events(self, node: exp.Select, scope: Scope) -> bool:
        """Whether each row is one event, all of them put into an order."""
        plain = not any(node.args.get(key) for key in ("distinct", "limit", "offset"))
        alone = len(scope.relations) == 1 and scope.relations[0].is_events
        return plain and alone and scope.keys is None and node.args.get("order") is not None

    def _first_events(self, row: str, where: Sql, order: Sql, rows: int) -> Sql:
        """Only the events that come first in the order, so that no other's record is read."""
        return sql(
            f" WHERE {row}.id IN (SELECT {row}.id FROM event_rows AS {row}{{}}{{}} LIMIT {rows})",  # noqa: S608
            where,
            order,
        )

    def _is_distinct(self, node: exp.Select) -> bool:
        distinct = node.args.get("distinct")
        if distinct is not None:
            self._context.only(distinct)
        return distinct is not None

    def _from(self, node: exp.Select, scope: Scope) -> Sql:
        clause = node.args.get("from_")
        if clause is None:
            return Sql("")
        parts = [sql(" FROM {}", self._relation(clause.this, scope))]
        joins: list[exp.Join] = node.args.get("joins") or []
        for join in joins:
            self._context.only(join, "this", "kind", "side", "on")
            side, kind = join.side.upper(), join.kind.upper()
            if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER", "CROSS"):
                raise self._context.unsupported(join.this, f"{side} {kind} JOIN".strip())
            relation = self._relation(join.this, scope)
            on = join.args.get("on")
            word = "LEFT JOIN" if side else "JOIN"
            if on is None:
                parts.append(sql(f" {word} {{}}", relation))
            else:
                parts.append(sql(f" {word} {{}} ON {{}}", relation, self._conditions.holds(on)))
        return joined("", parts)

    def _relation(self, node: exp.Expr, scope: Scope) -> Sql:
        if isinstance(node, exp.Subquery):
            self._context.only(node, "this", "alias")
            return self._derived(node.this, node.alias, node, scope)
        if not isinstance(node, exp.Table):
            raise self._context.unsupported(node)
        self._context.only(node, "this", "alias", "db", "catalog")
        alias = node.args.get("alias")
        if alias is not None and alias.columns:
            raise self._context.unsupported(alias, "a column list after an alias")
        name = node.name.lower()
        if name in self._ctes and not node.args.get("db"):
            if name in self._open:
                raise self._context.unsupported(node, "a recursive CTE")
            self._open.append(name)
            try:
                return self._derived(self._ctes[name], node.alias or name, node, scope)
            finally:
                self._open.pop()
        if not _names_the_events(name):
            self._complain_of_table(node)
        row = self._context.new_name("e") if self._context.scope.relations else self._first_row()
        self._add(scope, events_relation(row, node.alias or name), node)
        return Sql(f"event_rows AS {row}")

    def _first_row(self) -> str:
        return self._context.new_name("e")

    def _complain_of_table(self, node: exp.Table) -> None:
        guess = nearest(node.name, ["events", "cloudtrail_logs", *self._ctes])
        cure = f"Did you mean {guess}?" if guess else f"The events are called {known_tables()}."
        raise self._context.error(f"there is no table {node.name}", node, cure)

    def _derived(self, query: exp.Expr, alias: str, node: exp.Expr, scope: Scope) -> Sql:
        selected = self._nested_without_outer(query)
        row = self._context.new_name("t")
        columns: dict[str, Column] = {}
        outputs: dict[str, str] = {}
        for output in selected.outputs:
            name = output.name.lower()
            if name in columns:
                raise self._context.error(
                    f"this sub-query has two columns {output.name}", node, "Name one with AS."
                )
            known = output.column or Column("")
            columns[name] = Column(output.name, output.kind, children=known.children)
            outputs[name] = output.made
        event = Sql(f"{row}.{selected.event}") if selected.event else None
        self._add(
            scope, Relation(row, alias.lower(), columns, False, outputs=outputs, event=event), node
        )
        return sql(f"({{}}) AS {row}", selected.sql)

    def _nested_without_outer(self, query: exp.Expr) -> Selected:
        """A sub-query in FROM sees nothing of what stands around it."""
        with self._context.inside(Scope([])):
            return self.statement(query)

    def _add(self, scope: Scope, relation: Relation, node: exp.Expr) -> None:
        taken = {each.alias for each in scope.relations}
        if relation.alias and relation.alias in taken:
            raise self._context.error(f"{relation.alias} is used twice", node, "Name one with AS.")
        scope.relations.append(relation)

    def _where(self, node: exp.Select) -> Sql:
        clause = node.args.get("where")
        if clause is None:
            return Sql("")
        if has_aggregate(clause.this):
            raise self._context.error("an aggregate can't stand in WHERE", clause, "Use HAVING.")
        return sql(" WHERE {}", self._conditions.holds(clause.this))

    def _items(self, node: exp.Select) -> list[exp.Expr]:
        """The select list with `*` written out."""
        items: list[exp.Expr] = []
        for item in node.expressions:
            if isinstance(item, exp.Star):
                self._context.only(item)
                relations = self._context.scope.relations
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                alias = item.table.lower()
                relations = [r for r in self._context.scope.relations if r.alias == alias]
                if not relations:
                    raise self._context.error(f"there is no table {item.table}", item)
            else:
                items.append(item)
                continue
            items += [column for relation in relations for column in _every_column(relation)]
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
        return Output(name, value.kind, made, value.column, path), value.sql

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
                raise self._context.error(f"a {value.kind} can't be grouped by", key, ONE_VALUE)
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
        if not node.args.get("group") and not any(has_aggregate(e) for e in node.expressions):
            raise self._context.error("HAVING needs an aggregate or GROUP BY", clause)
        return made

    def _event_column(self, node: exp.Select, scope: Scope) -> tuple[str, Sql]:
        """The id of the event behind each row, where there is one."""
        events = [relation.event for relation in scope.relations if relation.event is not None]
        if scope.keys is not None or node.args.get("distinct") or len(events) != 1:
            return "", Sql("")
        name = self._context.new_name("c")
        return name, sql(f", {{}} AS {name}", events[0])


def _names_the_events(name: str) -> bool:
    return name == "events" or name.startswith(("cloudtrail_logs", STORE_NAME))


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
