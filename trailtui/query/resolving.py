"""Which names in a query mean fields of the events: for the words of another engine."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.columns import EVENTS, Column, Kind
from trailtui.query.sources import names_the_events


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a query, and the field of the events that it means."""

    node: exp.Expr
    path: tuple[str, ...]
    """The field's own names, from the column down."""
    column: Column
    alias: str
    """What the table is called, where the name says so."""
    goes_on: bool = False
    """Whether the name goes on with a key of the map, as if that were a row."""


def named_fields(tree: exp.Expr) -> list[Named]:
    """Every name in a query that means the events, the innermost SELECT first."""
    return [each for each in _every_name(tree) if not each.goes_on]


def dotted_maps(tree: exp.Expr) -> list[Named]:
    """The maps that a query asks with dots, as crawled tables have them."""
    return [each for each in _every_name(tree) if each.goes_on]


def _every_name(tree: exp.Expr) -> list[Named]:
    found: list[Named] = []
    for node in list(tree.find_all(exp.Column)):
        whole = _whole(node)
        parts = _parts(whole)
        if parts and not isinstance(node.this, exp.Star) and (named := _resolved(whole, parts)):
            found.append(named)
    return found


def event_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Every mention of the table of events."""
    known = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if names_the_events(name) and (name not in known or table.args.get("db")):
            yield table


def _whole(node: exp.Column) -> exp.Expr:
    """The longest dotted name that a column begins."""
    whole: exp.Expr = node
    while isinstance(whole.parent, exp.Dot) and whole.parent.this is whole:
        whole = whole.parent
    return whole


def _parts(node: exp.Expr) -> list[str]:
    if isinstance(node, exp.Dot):
        before = _parts(node.this)
        return [*before, node.expression.name] if before else []
    if isinstance(node, exp.Column):
        return [part.name for part in node.parts]
    return []


def _resolved(node: exp.Expr, parts: list[str]) -> Named | None:
    """A name looked up in its SELECT, then in those around it."""
    select = node.find_ancestor(exp.Select)
    while select is not None:
        events, others = _relations(select)
        alias = parts[0].lower() if len(parts) > 1 else ""
        if alias in events:
            return _named(node, parts[1:], parts[0])
        if alias in others:
            return None
        first = parts[0].lower()
        if any(first in columns for columns in others.values()):
            return None
        if events and first in EVENTS:
            return _named(node, parts, "")
        select = select.find_ancestor(exp.Select)
    return None


def _named(node: exp.Expr, parts: list[str], alias: str) -> Named | None:
    column = EVENTS.get(parts[0].lower())
    path: list[str] = []
    for part in parts:
        if path and column is not None and column.kind is Kind.MAP:
            return Named(node, tuple(path), column, alias, goes_on=True)
        if path:
            column = column.child(part) if column is not None else None
        if column is None:
            return None
        path.append(column.name)
    return Named(node, tuple(path), column, alias) if column is not None else None


def _relations(select: exp.Select) -> tuple[set[str], dict[str, set[str]]]:
    """The aliases of the events in a FROM, and of what else stands there with its columns."""
    root = select.root()
    ctes = {cte.alias.lower(): cte for cte in root.find_all(exp.CTE)}
    clause = select.args.get("from_")
    joins: list[exp.Join] = select.args.get("joins") or []
    relations = [clause.this] if clause is not None else []
    relations += [join.this for join in joins]
    events: set[str] = set()
    others: dict[str, set[str]] = {}
    for relation in relations:
        alias = relation.alias_or_name.lower()
        if isinstance(relation, exp.Table) and alias_of_cte(relation, ctes) is None:
            events.add(alias)
        else:
            others[alias] = _columns_of(relation, ctes)
    return events, others


def alias_of_cte(table: exp.Table, ctes: dict[str, exp.CTE]) -> exp.CTE | None:
    """The CTE that a table's name means, if it means one."""
    return None if table.args.get("db") else ctes.get(table.name.lower())


def _columns_of(relation: exp.Expr, ctes: dict[str, exp.CTE]) -> set[str]:
    alias = relation.args.get("alias")
    given: list[exp.Expr] = (alias.args.get("columns") if alias is not None else None) or []
    if given:
        return {name.name.lower() for name in given}
    query: exp.Expr | None = relation.this
    if isinstance(relation, exp.Table):
        cte = alias_of_cte(relation, ctes)
        query = cte.this if cte is not None else None
        named: list[exp.Expr] = (cte.args["alias"].args.get("columns") if cte else None) or []
        if named:
            return {name.name.lower() for name in named}
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select):
        return set()
    return {each.alias_or_name.lower() for each in query.expressions}
