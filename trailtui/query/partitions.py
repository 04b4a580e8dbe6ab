"""Which days of Athena's table a query can need: predicates over its partitions.

A file lies under the day on which it was delivered: some minutes after its events, so perhaps
under the next day. A day more at the end is asked for, and nothing less at the beginning.
"""

from sqlglot import exp

from trailtui.query.athena_shape import AthenaShape
from trailtui.query.resolving import Named, event_tables, named_fields
from trailtui.query.times import moment, parse_time

_DAY_MS = 86_400_000
_FROM = (exp.GT, exp.GTE)
_TO = (exp.LT, exp.LTE)


def with_partitions(tree: exp.Expr, shape: AthenaShape) -> None:
    """Add to each SELECT over the events the days that its conditions on eventTime leave, and the
    accounts and Regions that are asked for."""
    own = _times(tree)
    tables = {id(table): table for table in event_tables(tree)}
    for select in list(tree.find_all(exp.Select)):
        clause = select.args.get("where")
        parts = _parts(clause.this) if clause is not None else []
        bounds = [found for part in parts for found in _bounds(part, own)]
        conditions = [_condition(shape, *each) for each in bounds]
        if not _has_outer_join(select):
            conditions += [_among(shape, alias) for alias in _aliases(select, tables)]
        condition = clause.this if clause is not None else None
        if isinstance(condition, exp.Or):  # else AND would bind its last part only
            condition = exp.Paren(this=condition)
        for each in dict.fromkeys(one for found in conditions for one in found):
            condition = each if condition is None else exp.And(this=condition, expression=each)
        if condition is not None:
            select.set("where", exp.Where(this=condition))


def in_outer_join(mention: exp.Table) -> bool:
    """Whether a condition in WHERE would do more to a table than leave out rows of its own."""
    select = mention.find_ancestor(exp.Select)
    return select is not None and _has_outer_join(select)


def narrowed(table: exp.Expr, shape: AthenaShape) -> exp.Select:
    """A table with just the accounts and Regions that are asked for."""
    return exp.select("*").from_(table).where(*_among(shape, ""))


def _has_outer_join(select: exp.Select) -> bool:
    joins: list[exp.Join] = select.args.get("joins") or []
    return any(join.side for join in joins)


def time_window(tree: exp.Expr) -> tuple[int | None, int | None]:
    """From when to when a query reads events, in milliseconds; None: without such an end.

    `tree` has values in place of its parameters. A SELECT over the events that gives no bound makes
    the whole query unbounded on that side.
    """
    own = _times(tree)
    tables = {id(table): table for table in event_tables(tree)}
    firsts: list[int | None] = []
    lasts: list[int | None] = []
    for select in tree.find_all(exp.Select):
        clause = select.args.get("where")
        parts = _parts(clause.this) if clause is not None else []
        bounds = [found for part in parts for found in _bounds(part, own)]
        for alias in _aliases(select, tables):
            mine = [one for one in bounds if not one[0] or one[0].lower() == alias.lower()]
            firsts.append(max((at for _, sign, at in mine if sign == ">="), default=None))
            lasts.append(min((at for _, sign, at in mine if sign == "<="), default=None))
    known_firsts = [at for at in firsts if at is not None]
    known_lasts = [at for at in lasts if at is not None]
    return (
        min(known_firsts) if known_firsts and len(known_firsts) == len(firsts) else None,
        max(known_lasts) if known_lasts and len(known_lasts) == len(lasts) else None,
    )


def _times(tree: exp.Expr) -> dict[int, Named]:
    named = [each for each in named_fields(tree) if each.path == ("eventTime",)]
    return {id(each.node): each for each in named}


def _aliases(select: exp.Select, tables: dict[int, exp.Table]) -> list[str]:
    """What the events are called in a FROM, once for each mention."""
    clause = select.args.get("from_")
    joins: list[exp.Join] = select.args.get("joins") or []
    sources = ([clause.this] if clause is not None else []) + [join.this for join in joins]
    return [one.alias_or_name for one in sources if id(one) in tables]


def _parts(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Paren):
        return _parts(node.this)
    if isinstance(node, exp.And):
        return [part for each in node.flatten() for part in _parts(each)]
    return [node]


def _bounds(node: exp.Expr, own: dict[int, Named]) -> list[tuple[str, str, int]]:
    """`eventTime >= '…'` and its kin as (alias, operator, milliseconds)."""
    if isinstance(node, exp.Between):
        low = _bound(node.this, node.args["low"], ">=", own)
        high = _bound(node.this, node.args["high"], "<=", own)
        return [*low, *high]
    if isinstance(node, (*_FROM, *_TO)):
        forward = ">=" if isinstance(node, _FROM) else "<="
        backward = "<=" if forward == ">=" else ">="
        found = _bound(node.this, node.expression, forward, own)
        return found or _bound(node.expression, node.this, backward, own)
    return []


def _bound(
    field: exp.Expr, value: exp.Expr, operator: str, own: dict[int, Named]
) -> list[tuple[str, str, int]]:
    if isinstance(field, exp.FromISO8601Timestamp):
        field = field.this
    if isinstance(value, exp.Cast | exp.FromISO8601Timestamp):
        value = value.this
    named = own.get(id(field))
    if named is None or not isinstance(value, exp.Literal) or not value.is_string:
        return []
    at_ms = parse_time(str(value.this))
    if at_ms is None:
        return []
    return [(named.alias, operator, at_ms)]


def _condition(shape: AthenaShape, alias: str, operator: str, at_ms: int) -> list[exp.Expr]:
    delivered = moment(at_ms + (_DAY_MS if operator == "<=" else 0))
    if shape.day is not None:
        value = exp.Literal.string(delivered.strftime(shape.day_format))
        column = _key(shape.day, alias)
    elif shape.year is not None:
        text = str(delivered.year)
        value = exp.Literal.string(text) if shape.year_is_text else exp.Literal.number(text)
        column = _key(shape.year, alias)
    else:
        return []
    kind = exp.GTE if operator == ">=" else exp.LTE
    return [kind(this=column, expression=value)]


def _among(shape: AthenaShape, alias: str) -> list[exp.Expr]:
    return [
        exp.In(this=_key(key, alias), expressions=[exp.Literal.string(one) for one in values])
        for key, values in shape.among
    ]


def _key(name: str, alias: str) -> exp.Expr:
    return exp.column(exp.to_identifier(name, quoted=True), table=alias or None)
