"""What a query's rewrite carries along: the relations in scope, the parameters, typed values."""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlglot import exp

from trailtui.query.columns import EVENTS, NESTED, Column, Kind, nearest, nearest_path
from trailtui.query.dialect import DIALECT
from trailtui.query.errors import QueryError
from trailtui.query.fragment import NULL, Bindable, Sql, bound
from trailtui.query.functions import register
from trailtui.query.harvests import Harvests
from trailtui.query.parse import Parsed
from trailtui.query.records import Path
from trailtui.query.statistics import Statistics
from trailtui.query.times import milliseconds

Given = str | int | float | bool | datetime | None
"""A parameter's value; times are aware datetimes."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Something that stands in FROM, under the name `row` in the SQL that is made of it."""

    row: str
    alias: str
    """Its name in the query, in lower case."""
    columns: Mapping[str, Column]
    is_events: bool
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of a sub-query: its columns' names in the made SQL, by their lower-case names."""
    made: Mapping[str, Sql] = field(default_factory=dict[str, Sql])
    """Of what is unfolded from an array or map: its columns' SQL, by their lower-case names."""
    event: Sql | None = None
    """The id of the event behind a row, where each row stands for one event."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a field within one, of a relation in scope."""

    relation: Relation
    column: Column
    path: Path


@dataclass(frozen=True, slots=True)
class Value:
    """An expression: its SQL and its type."""

    sql: Sql
    kind: Kind
    constant: bool = False
    """It depends on no row."""
    given: bool = False
    """It is a parameter, so a text that looks like a number or a time may stand for one."""
    interval: tuple[str, int] = ("", 0)
    """Unit and count of an interval."""
    coded: Sql | None = None
    """An id into `strings` that is equal exactly where the text is equal."""
    field: Field | None = None
    column: Column | None = None
    """What is known of the fields of a nested value."""
    name: str = ""
    """What a result calls it where the query does not."""
    zone: str = ""
    """Of a timestamp with a time zone: which; "" for UTC."""

    @property
    def type(self) -> str:
        """Its type in Trino's words."""
        if self.column is not None and self.kind in NESTED and self.column.kind is self.kind:
            return self.column.type
        return str(self.kind)


NULL_VALUE = Value(NULL, Kind.UNKNOWN, constant=True)


@dataclass(slots=True)
class Scope:
    """What the names of one SELECT can mean."""

    relations: list[Relation]
    outer: "Scope | None" = None
    keys: frozenset[Sql] | None = None
    """What is grouped by, in a SELECT that groups or aggregates."""
    aggregated: bool = False
    """Inside an aggregate's argument, where every column may stand."""
    windows: bool = False
    """Whether a window function may stand here: in what is selected and ordered by."""
    merged: dict[str, Relation] = field(default_factory=dict[str, Relation])
    """Columns that JOIN … USING made one: whose they are, by their lower-case names."""


Touched = tuple[Field, bool]
"""A field that an expression depends on, and whether it belongs to an outer query."""


class Context:
    """The state of one rewrite."""

    def __init__(
        self,
        parsed: Parsed,
        parameters: Mapping[str, Given],
        now_ms: int,
        *,
        may_fail: bool = True,
        statistics: Statistics | None = None,
        harvests: Harvests | None = None,
    ) -> None:
        self.parsed = parsed
        self.now_ms = now_ms
        self.may_fail = may_fail
        """Whether a value may stop the query while it runs (a cast of a text that is no number)."""
        self.statistics = statistics
        """Sizes of the case, where the query is made for one: they choose the way, no more."""
        self.harvests = harvests
        """Where records that are better read apart are noted; without it, none are."""
        self.scope = Scope([])
        self.made_first: list[tuple[str, Sql]] = []
        """Names and SQL of what the query uses several times, in the order in which to make it."""
        self.makes_all = False
        """Whether what is rewritten just now is made whole, before any of it is used."""
        self.touched: list[Touched] = []
        self.subqueries = 0
        """How many sub-queries were met so far."""
        self.risks = 0
        """How many expressions were met that a value may stop: asked of their own rows only."""
        self.replaced: dict[tuple[str, str], Sql] = {}
        """What stands for a stored column while a condition is asked of distinct values only."""
        self._parameters = parameters
        self._names = 0
        self._scratch: sqlite3.Connection | None = None

    def error(self, what: str, node: exp.Expr | None, cure: str = "") -> QueryError:
        """A complaint about a node, at its place in the query."""
        return self.parsed.error(what, node, cure)

    def unsupported(self, node: exp.Expr, what: str = "") -> QueryError:
        """The complaint about what this rewrite does not know."""
        name = what or _word_of(node)
        return self.error(f"{name} is not supported here", node, _SUPPORTED)

    def only(self, node: exp.Expr, *allowed: str) -> None:
        """Refuse a node that has any clause or option that is not in `allowed`."""
        for key, value in node.args.items():
            if value and key not in allowed:
                parts = cast("list[object]", value if isinstance(value, list) else [value])
                where = next((part for part in parts if isinstance(part, exp.Expr)), node)
                name = key.strip("_").upper()
                plain = _CLAUSES.get((name, node.key), f"{name} of {node.key.upper()}")
                raise self.unsupported(where, plain)

    def new_name(self, prefix: str) -> str:
        """A name that nothing else in the made SQL has."""
        self._names += 1
        return f"{prefix}{self._names}"

    def parameter(self, node: exp.Placeholder) -> Value:
        """The value that was given for `:name`."""
        name = str(node.name)
        if name not in self._parameters:
            given = ", ".join(self._parameters) or "none"
            raise self.error(
                f"there is no value for :{name}",
                node,
                f"Give it with -p {name}=… (given: {given}).",
            )
        value = self._parameters[name]
        if value is None:
            return NULL_VALUE
        if isinstance(value, datetime):
            return Value(bound(milliseconds(value)), Kind.TIME, constant=True)
        if isinstance(value, bool):
            return Value(bound(int(value)), Kind.BOOLEAN, constant=True)
        if isinstance(value, str):
            text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            return Value(bound(text), Kind.TEXT, constant=True, given=True)
        kind = Kind.INTEGER if isinstance(value, int) else Kind.DOUBLE
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise self.error(f":{name} is too large for a bigint", node)
        return Value(bound(value), kind, constant=True)

    def constant(self, value: Value, node: exp.Expr) -> Bindable:
        """What a constant expression comes to."""
        return self.evaluate(value.sql, node)

    def evaluate(self, sql: Sql, node: exp.Expr) -> Bindable:
        """The value of SQL that depends on no table."""
        if self._scratch is None:
            self._scratch = sqlite3.connect(":memory:")
            self._failure = register(self._scratch, None)
        self._failure.error = None
        try:
            return self._scratch.execute(f"SELECT {sql.text}", sql.parameters).fetchone()[0]
        except sqlite3.Error as error:
            reason = self._failure.error or error
            raise self.error(str(reason), node) from None

    def close(self) -> None:
        """Let go of the connection that constants are reckoned on."""
        if self._scratch is not None:
            self._scratch.close()

    @contextmanager
    def inside(self, scope: Scope) -> Generator[None]:
        """Names mean what they mean in this scope."""
        before = self.scope
        self.scope = scope
        try:
            yield
        finally:
            self.scope = before

    def find(self, parts: Sequence[exp.Identifier], node: exp.Expr) -> tuple[Field, int]:
        """The column that a dotted name begins with, and how many parts of it were used."""
        scope: Scope | None = self.scope
        while scope is not None:
            found = self._find_in(scope, parts, node)
            if found is not None:
                self.touched.append((found[0], scope is not self.scope))
                return found
            scope = scope.outer
        raise self._unknown_column(parts, node)

    def narrow(self, whole: Field, part: Field) -> None:
        """A struct was only named to get at one of its fields: that is what is depended on."""
        outer = False
        if self.touched and self.touched[-1][0] is whole:
            _, outer = self.touched.pop()
        self.touched.append((part, outer))

    def _find_in(
        self, scope: Scope, parts: Sequence[exp.Identifier], node: exp.Expr
    ) -> tuple[Field, int] | None:
        first = parts[0].name.lower()
        if len(parts) > 1:
            for relation in scope.relations:
                if relation.alias == first:
                    column = relation.columns.get(parts[1].name.lower())
                    if column is None:
                        raise self._unknown_column(parts[1:], node, relation)
                    return _whole(relation, column), 2
        owners = [relation for relation in scope.relations if first in relation.columns]
        if len(owners) > 1:  # what the case adds gives way to what the query itself names so
            owners = [each for each in owners if not each.columns[first].virtual] or owners
        if len(owners) > 1 and first in scope.merged:
            owners = [scope.merged[first]]
        if len(owners) > 1:
            names = " or ".join(f"{relation.alias}.{parts[0].name}" for relation in owners)
            raise self.error(f"{parts[0].name} is ambiguous", node, f"Write {names}.")
        if owners:
            return _whole(owners[0], owners[0].columns[first]), 1
        return None

    def _unknown_column(
        self,
        parts: Sequence[exp.Identifier],
        node: exp.Expr,
        relation: Relation | None = None,
    ) -> QueryError:
        name = ".".join(part.name for part in parts)
        relations = [relation] if relation else self.scope.relations
        guess = ""
        if any(each.is_events for each in relations):
            guess = nearest_path(name)
        if not guess:
            guess = nearest(name, [c.name for each in relations for c in each.columns.values()])
        cure = (
            f"Did you mean {guess}?" if guess else "`trailtui query --columns` lists the columns."
        )
        if len(parts) == 1 and parts[0].args.get("quoted"):
            cure = f"A text stands between single quotes: '{name}'. {cure}"
        return self.error(f"there is no column {name}", node, cure)


_CLAUSES = {
    ("METHOD", "join"): "NATURAL JOIN",
    ("VERSION", "table"): "FOR TIMESTAMP AS OF",
    ("SAMPLE", "table"): "TABLESAMPLE",
    ("ON", "distinct"): "DISTINCT ON",
    ("INTO", "select"): "SELECT INTO",
    ("LIMIT_OPTIONS", "limit"): "LIMIT in per cent or with ties",
    ("OCCURRENCE", "strposition"): "strpos with an instance",
    ("RECURSIVE", "with"): "WITH RECURSIVE",
}
_NODES = {
    "TUPLE": "a row of values in brackets",
    "HEXSTRING": "X'…'",
    "UNICODESTRING": "U&'…'",
    "SIMILARTO": "SIMILAR TO",
}
_SUPPORTED = "docs/query-format.md lists what is; nothing is answered by guessing."


def _word_of(node: exp.Expr) -> str:
    """What a node is called in a query."""
    if isinstance(node, exp.Func):
        return node.sql(dialect=DIALECT).partition("(")[0]
    name = type(node).__name__.upper()
    return _NODES.get(name, name)


def _whole(relation: Relation, column: Column) -> Field:
    return Field(relation, column, (("field", column.name),))


def events_relation(row: str, alias: str) -> Relation:
    """The table `events`."""
    return Relation(row, alias.lower(), EVENTS, is_events=True, event=Sql(f"{row}.id"))
