"""Which days of Athena's table a query can need: predicates over the partition `timestamp`.

A file lies under the day on which it was delivered: some minutes after its events, so perhaps
under the next day. A day more at the end is asked for, and nothing less at the beginning.
"""

from sqlglot import exp

from trailtui.query.resolving import Named, named_fields
from trailtui.query.times import moment, parse_time

_DAY_MS = 86_400_000
_FROM = (exp.GT, exp.GTE)
_TO = (exp.LT, exp.LTE)


def with_partitions(tree: exp.Expr) -> None:
    """Add to each SELECT over the events the days that its conditions on eventTime leave."""
    named = [each for each in named_fields(tree) if each.path == ("eventTime",)]
    own = {id(each.node): each for each in named}
    for select in list(tree.find_all(exp.Select)):
        clause = select.args.get("where")
        if clause is None:
            continue
        bounds = [found for part in _parts(clause.this) for found in _bounds(part, own)]
        conditions = [_condition(*each) for each in bounds]
        condition = clause.this
        for each in dict.fromkeys(conditions):
            condition = exp.And(this=condition, expression=each)
        clause.set("this", condition)


def _parts(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Paren):
        return _parts(node.this)
    if isinstance(node, exp.And):
        return [part for each in node.flatten() for part in _parts(each)]
    return [node]


def _bounds(node: exp.Expr, own: dict[int, Named]) -> list[tuple[str, str, str]]:
    """`eventTime >= '…'` and its kin as (alias, operator, day)."""
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
) -> list[tuple[str, str, str]]:
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
    day = moment(at_ms + (_DAY_MS if operator == "<=" else 0)).strftime("%Y/%m/%d")
    return [(named.alias, operator, day)]


def _condition(alias: str, operator: str, day: str) -> exp.Expr:
    column = exp.column(exp.to_identifier("timestamp", quoted=True), table=alias or None)
    kind = exp.GTE if operator == ">=" else exp.LTE
    return kind(this=column, expression=exp.Literal.string(day))
