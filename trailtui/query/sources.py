"""What a SELECT selects from: the events, sub-queries, CTEs, VALUES, UNNEST, and their joins."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from trailtui.query.access import member_sql, unfolded
from trailtui.query.aggregates import has_aggregate
from trailtui.query.coercion import unify
from trailtui.query.columns import Column, Kind, known_tables, nearest
from trailtui.query.context import Context, Relation, Scope, Value, events_relation
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.ordering import Output
from trailtui.query.parse import STORE_NAME
from trailtui.query.reading_order import reads_records
from trailtui.query.records import path_text
from trailtui.query.windows import has_window

if TYPE_CHECKING:
    from trailtui.query.conditions import Conditions
    from trailtui.query.expressions import Expressions

_SIDES = {"": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"}


class Selection(Protocol):
    """What is needed of a rewritten SELECT."""

    @property
    def sql(self) -> Sql: ...
    @property
    def outputs(self) -> tuple[Output, ...]: ...
    @property
    def event(self) -> str: ...


class Statements(Protocol):
    """What rewrites whole SELECTs."""

    def statement(self, node: exp.Expr) -> Selection:
        """A SELECT, a union, or one in brackets."""
        ...


@dataclass(frozen=True, slots=True)
class Cte:
    """A CTE, and those that were in sight where it stands: what its own names mean."""

    node: exp.Expr
    in_sight: "dict[str, Cte]"


class Sources:
    """Rewrites FROM; keeps the CTEs that are in sight."""

    def __init__(
        self,
        context: Context,
        expressions: "Expressions",
        conditions: "Conditions",
        statements: Statements,
    ) -> None:
        self._context = context
        self._expressions = expressions
        self._conditions = conditions
        self._statements = statements
        self.ctes: dict[str, Cte] = {}
        self._shared: dict[int, tuple[Selection, str]] = {}

    def remember(self, with_: exp.Expr) -> None:
        """The CTEs of a WITH."""
        self._context.only(with_, "expressions")
        names: set[str] = set()
        for cte in with_.expressions:
            self._context.only(cte, "this", "alias")
            if cte.alias.lower() in names:
                raise self._context.error(f"WITH names {cte.alias} twice", cte.args["alias"])
            names.add(cte.alias.lower())
            self.ctes = {**self.ctes, cte.alias.lower(): Cte(cte, self.ctes)}

    def of(self, node: exp.Select, scope: Scope) -> Sql:
        """The FROM of a SELECT; what it names comes into the scope."""
        clause = node.args.get("from_")
        if clause is None:
            return Sql("")
        parts = [sql(" FROM {}", self._relation(clause.this, scope))]
        joins: list[exp.Join] = node.args.get("joins") or []
        for join in joins:
            parts.append(self._join(join, scope))
        return joined("", parts)

    def _join(self, join: exp.Join, scope: Scope) -> Sql:
        context = self._context
        context.only(join, "this", "kind", "side", "on", "using")
        side, kind = join.side.upper(), join.kind.upper()
        word = _SIDES.get(side)
        if word is None or kind not in ("", "INNER", "OUTER", "CROSS"):
            raise context.unsupported(join.this, f"{side} {kind} JOIN".strip())
        if side in ("RIGHT", "FULL") and sqlite3.sqlite_version_info < (3, 39):
            raise context.unsupported(join.this, f"{side} JOIN with this version of SQLite")
        if isinstance(join.this, exp.Unnest) and side in ("RIGHT", "FULL"):
            raise context.unsupported(join.this, f"{side} JOIN UNNEST")
        before = list(scope.relations)
        relation = self._relation(join.this, scope)
        if using := join.args.get("using"):
            return sql(f" {word} {{}} ON {{}}", relation, self._using(using, side, before, scope))
        on = join.args.get("on")
        if on is None:
            if side:
                raise context.error(f"{side} JOIN needs ON or USING", join.this)
            return sql(" JOIN {}", relation)
        if has_aggregate(on) or has_window(on):
            raise context.error("an aggregate can't stand in ON", on)
        return sql(f" {word} {{}} ON {{}}", relation, self._conditions.holds(on))

    def _using(
        self, names: Sequence[exp.Identifier], side: str, before: list[Relation], scope: Scope
    ) -> Sql:
        """Columns that both sides have by that name; one of each stays, the other is hidden."""
        context = self._context
        right = scope.relations[-1]
        parts: list[Sql] = []
        for name in names:
            lower = name.name.lower()
            owners = [each for each in before if lower in each.columns]
            if side == "FULL" or len(owners) != 1 or lower not in right.columns:
                raise context.unsupported(name, f"USING ({name.name}) here")
            pair = exp.EQ(
                this=exp.column(name.copy(), table=owners[0].alias),
                expression=exp.column(name.copy(), table=right.alias),
            )
            parts.append(self._conditions.holds(pair))
            scope.merged[lower] = right if side == "RIGHT" else owners[0]
        return joined(" AND ", parts)

    def _relation(self, node: exp.Expr, scope: Scope) -> Sql:
        if isinstance(node, exp.Subquery):
            self._context.only(node, "this", "alias")
            return self._derived(node.this, node.alias, node.args.get("alias"), node, scope)
        if isinstance(node, exp.Unnest):
            return self._unnest(node, scope)
        if isinstance(node, exp.Values):
            return self._values(node, scope)
        if not isinstance(node, exp.Table):
            raise self._context.unsupported(node)
        self._context.only(node, "this", "alias", "db", "catalog")
        alias = node.args.get("alias")
        name = node.name.lower()
        if name in self.ctes and not node.args.get("db"):
            return self._cte(node, name, alias, scope)
        if not names_the_events(name):
            self._complain_of_table(node)
        if alias is not None and alias.columns:
            raise self._context.unsupported(alias, "a column list after the table's alias")
        row = self._context.new_name("e")
        self._add(scope, events_relation(row, node.alias or name), node)
        return Sql(f"event_rows AS {row}")

    def _cte(self, node: exp.Table, name: str, alias: exp.Expr | None, scope: Scope) -> Sql:
        cte = self.ctes[name]
        own = alias is not None and bool(alias.args.get("columns"))
        named = alias if own else cte.node.args["alias"]
        before, self.ctes = self.ctes, cte.in_sight
        try:
            made = self._made_once(cte.node)
            return self._derived(cte.node.this, node.alias or name, named, node, scope, made)
        finally:
            self.ctes = before

    def _made_once(self, cte: exp.Expr) -> "tuple[Selection, str] | None":
        """A CTE that is named several times and reads records: made before all else, and its name.

        So its records are read once.
        """
        if id(cte) in self._shared:
            return self._shared[id(cte)]
        name = cte.alias.lower()
        named = [each for each in cte.root().find_all(exp.Table) if each.name.lower() == name]
        known = sqlite3.sqlite_version_info >= (3, 35)  # knows WITH … AS MATERIALIZED
        if len(named) < 2 or isinstance(cte.this, exp.Values) or not known:
            return None
        before, self._context.makes_all = self._context.makes_all, True
        with self._context.inside(Scope([])):
            selected = self._statements.statement(cte.this)
        self._context.makes_all = before
        if not reads_records(selected.sql):
            return None
        made = selected, self._context.new_name("w")
        self._context.made_first.append((made[1], selected.sql))
        self._shared[id(cte)] = made
        return made

    def _complain_of_table(self, node: exp.Table) -> None:
        guess = nearest(node.name, ["events", "cloudtrail_logs", *self.ctes])
        cure = f"Did you mean {guess}?" if guess else f"The events are called {known_tables()}."
        raise self._context.error(f"there is no table {node.name}", node, cure)

    def _derived(
        self,
        query: exp.Expr,
        alias: str,
        named: exp.Expr | None,
        node: exp.Expr,
        scope: Scope,
        made: "tuple[Selection, str] | None" = None,
    ) -> Sql:
        if isinstance(query, exp.Values):
            query.set("alias", named.copy() if named is not None else None)
            return self._values(query, scope)
        if made is not None:
            selected = made[0]
        else:
            with self._context.inside(Scope([])):  # it sees nothing of what stands around it
                selected = self._statements.statement(query)
        names = self._column_names(named, [output.name for output in selected.outputs])
        row = self._context.new_name("t")
        columns: dict[str, Column] = {}
        outputs: dict[str, str] = {}
        for name, output in zip(names, selected.outputs, strict=True):
            if name.lower() in columns:
                raise self._context.error(
                    f"this sub-query has two columns {name}", node, "Name one with AS."
                )
            known = output.column or Column("")
            columns[name.lower()] = replace(_type(known), name=name, kind=output.kind)
            outputs[name.lower()] = output.made
        event = Sql(f"{row}.{selected.event}") if selected.event else None
        self._add(
            scope, Relation(row, alias.lower(), columns, False, outputs=outputs, event=event), node
        )
        if made is not None:
            return Sql(f"{made[1]} AS {row}")
        if self._is_joined(node) and not query.args.get("limit") and not query.find(exp.Star):
            # made once and indexed by what it is joined on, not again for each row
            return sql(f"(SELECT * FROM ({{}}) LIMIT -1) AS {row}", selected.sql)  # noqa: S608
        return sql(f"({{}}) AS {row}", selected.sql)

    def _is_joined(self, node: exp.Expr) -> bool:
        """Whether a relation is joined with another on a condition."""
        select = node.find_ancestor(exp.Select)
        joins: list[exp.Join] = (select.args.get("joins") if select is not None else None) or []
        return any(join.args.get("on") is not None for join in joins)

    def _column_names(self, named: exp.Expr | None, own: list[str]) -> list[str]:
        """The names that an alias gives to columns, which must be as many."""
        columns: list[exp.Expr] = (named.args.get("columns") if named is not None else None) or []
        given = [each.name for each in columns]
        if given and len(given) != len(own):
            what = (
                f"there are {len(own)} columns, and as many names must be given, not {len(given)}"
            )
            raise self._context.error(what, named)
        return given or own

    def _values(self, node: exp.Values, scope: Scope) -> Sql:
        """(VALUES (…), (…)) AS t(a, b)"""
        self._context.only(node, "expressions", "alias")
        rows = [
            each.expressions if isinstance(each, exp.Tuple) else [each] for each in node.expressions
        ]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise self._context.error("the rows of VALUES must be as long as each other", node)
        columns: list[list[Value]] = []
        for at in range(width):
            nodes = [row[at] for row in rows]
            values, _ = unify(self._context, nodes, [self._expressions.value(n) for n in nodes])
            columns.append(values)
        alias = node.args.get("alias")
        names = self._column_names(alias, [f"_col{at}" for at in range(width)])
        row = self._context.new_name("t")
        made = joined(
            ", ",
            (
                sql("({})", joined(", ", (column[at].sql for column in columns)))
                for at in range(len(rows))
            ),
        )
        known = [next((v for v in c if v.kind is not Kind.UNKNOWN), c[0]) for c in columns]
        types = {
            name.lower(): replace(_type(each.column or Column("")), name=name, kind=each.kind)
            for name, each in zip(names, known, strict=True)
        }
        outputs = {name: f"column{at}" for at, name in enumerate(types, 1)}
        self._add(scope, Relation(row, node.alias.lower(), types, False, outputs=outputs), node)
        return sql(f"(VALUES {{}}) AS {row}", made)

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Sql:
        """UNNEST(array) or UNNEST(map), of what stands before it in FROM."""
        context = self._context
        context.only(node, "expressions", "alias", "offset")
        if len(node.expressions) != 1:
            raise context.unsupported(node, "UNNEST of several arrays")
        value = self._expressions.value(node.expressions[0])
        row = context.new_name("u")
        if value.kind is Kind.MAP:
            source, fields = _map_rows(value, row)
            own = ["key", "value"]
        elif value.kind is Kind.ARRAY:
            source, fields = unfolded(value, row), None
            own = []
        else:
            raise context.error(
                f"UNNEST of {value.kind.named} is not possible", node.expressions[0]
            )
        alias = node.args.get("alias")
        names = [each.name for each in alias.columns] if alias is not None else []
        if fields is None:
            fields = self._array_fields(node, value, row, names)
            names = names or [column.name for column, _ in fields]
        else:
            names = self._column_names(alias, own)
        offset = node.args.get("offset")
        if offset:
            names.append(offset.name if isinstance(offset, exp.Identifier) else "ordinality")
            fields.append((Column("", Kind.INTEGER), Sql(f"({row}.key + 1)")))
        if len({name.lower() for name in names}) != len(names):
            raise context.error("two columns of UNNEST have the same name", node)
        columns = {
            name.lower(): replace(column, name=name)
            for name, (column, _) in zip(names, fields, strict=True)
        }
        made = {name.lower(): each for name, (_, each) in zip(names, fields, strict=True)}
        self._add(scope, Relation(row, node.alias.lower(), columns, False, made=made), node)
        return source

    def _array_fields(
        self, node: exp.Unnest, value: Value, row: str, names: list[str]
    ) -> list[tuple[Column, Sql]]:
        """The columns of an unfolded array: one, or for rows one for each field, as Trino has it.

        The order of the fields of `resources` is not the same in Athena's and in Lake's table, so
        names for them must be the fields' own; a single name stands for the row as a whole.
        """
        element = value.column.element if value.column is not None else Column("", Kind.UNKNOWN)
        whole = (element, member_sql(element, row))
        if element.kind is not Kind.STRUCT:
            if len(names) > 1:
                raise self._context.error(f"{len(names)} names are given for 1 column", node)
            return [(whole[0] if names else replace(element, name="_col0"), whole[1])]
        if len(names) == 1:
            return [whole]
        fields = [element.child(name) for name in names] if names else [*element.children.values()]
        found: list[tuple[Column, Sql]] = []
        for at, column in enumerate(fields):
            if column is None:
                every = ", ".join(child.name for child in element.children.values())
                raise self._context.error(
                    f"{names[at]} is no field of what is unfolded",
                    node,
                    f"Name the columns as the fields ({every}), or give one name for the row.",
                )
            kind = "json" if column.kind in (Kind.STRUCT, Kind.ARRAY, Kind.MAP) else column.kind
            path = path_text((("field", column.name),))
            made = sql(f"tt_read({row}.value, {{}}, '{kind}')", bound(path))
            found.append((column, made))
        return found

    def _add(self, scope: Scope, relation: Relation, node: exp.Expr) -> None:
        taken = {each.alias for each in scope.relations}
        if relation.alias and relation.alias in taken:
            raise self._context.error(f"{relation.alias} is used twice", node, "Name one with AS.")
        scope.relations.append(relation)


def _type(column: Column) -> Column:
    """What of a column is its type."""
    return Column("", column.kind, children=column.children, member=column.member, zone=column.zone)


def _map_rows(value: Value, row: str) -> tuple[Sql, list[tuple[Column, Sql]]]:
    element = value.column.element if value.column is not None else Column("", Kind.TEXT)
    kind = bound(str(element.kind))
    fields = [
        (Column("key", Kind.TEXT), Sql(f"tt_unwrapped({row}.value, 0, 'varchar')")),
        (element, sql(f"tt_unwrapped({row}.value, 1, {{}})", kind)),
    ]
    return sql(f"json_each(tt_entries({{}})) AS {row}", value.sql), fields


def names_the_events(name: str) -> bool:
    """Whether a table of that name, in lower case, is the events."""
    return name == "events" or name.startswith(("cloudtrail", STORE_NAME))
