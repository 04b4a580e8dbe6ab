"""A condition over CloudTrail's fields in the words of an Athena table.

The table has the time and the booleans as text and the free-form fields as text that holds JSON,
where CloudTrail Lake and the case have types of their own. A condition means the same here, or is
refused: never something else.
"""

from collections.abc import Sequence

from sqlglot import exp

from trailtui.collect.athena_table import ColumnType, Table
from trailtui.collect.narrowing import sql_of
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_moment
from trailtui.query.columns import EVENTS, Kind
from trailtui.query.parse import Parsed

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_TEXTS = ("string", "varchar", "char")


def condition_sql(table: Table, parsed: Parsed) -> str:
    """The condition for this table. Raises QueryError with the place of what it can't say."""
    for node in list(parsed.tree.find_all(exp.Column, exp.Dot)):
        if isinstance(node.parent, exp.Dot):
            continue  # a part of a longer path
        path = _path(node)
        declared = _declared(table, path)
        if declared is None:
            raise parsed.error(f"the table has no column {'.'.join(path)}", node)
        if declared.name in _TEXTS:
            parsed = _as_text(parsed, node, path)
    return sql_of(parsed.tree)


def _path(node: exp.Expr) -> list[str]:
    """The names of a column and the fields in it."""
    if isinstance(node, exp.Dot):
        return [*_path(node.this), node.expression.name]
    if isinstance(node, exp.Column):
        return [part.name for part in node.parts]
    return []


def _declared(table: Table, path: Sequence[str]) -> ColumnType | None:
    """The type of a path in the table; None where it has none."""
    found = table.columns.get(path[0].lower()) if path else None
    for name in path[1:]:
        found = dict(found.fields).get(name.lower()) if found and found.name == "struct" else None
    return found


def _kind(path: Sequence[str]) -> Kind:
    """The type that CloudTrail's field has."""
    column = EVENTS.get(path[0].lower())
    for name in path[1:]:
        column = column.child(name) if column is not None else None
    return column.kind if column is not None else Kind.TEXT


def _as_text(parsed: Parsed, node: exp.Expr, path: Sequence[str]) -> Parsed:
    """Say of a field that is text here what was said of a time, a boolean or a map."""
    kind = _kind(path)
    if kind is Kind.TIME:
        return _times_as_text(parsed, node)
    if kind is Kind.BOOLEAN:
        return _boolean_as_text(parsed, node)
    if kind is Kind.MAP:
        return _member_of_text(parsed, node)
    return parsed


def _others(node: exp.Expr, comparison: exp.Expr) -> list[exp.Expr]:
    """What a field is compared with."""
    return [one for one in comparison.iter_expressions() if one is not node]


def _times_as_text(parsed: Parsed, node: exp.Expr) -> Parsed:
    comparison = node.parent
    if isinstance(comparison, exp.Is):
        return parsed
    if not isinstance(comparison, _COMPARISONS):
        raise parsed.error("a time can only be compared with a time in this table", node)
    for other in _others(node, comparison):
        literal = other.this if isinstance(other, exp.Cast) else other
        if not isinstance(literal, exp.Literal) or not literal.is_string:
            raise parsed.error("a time can only be compared with a written one here", node)
        try:
            moment = format_utc(parse_moment(literal.this))
        except InputError:
            raise parsed.error(f"{literal.this!r} is no time", node) from None
        other.replace(exp.Literal.string(moment))
    return parsed


def _boolean_as_text(parsed: Parsed, node: exp.Expr) -> Parsed:
    comparison = node.parent
    if isinstance(comparison, exp.Is) and isinstance(comparison.expression, exp.Null):
        return parsed
    if isinstance(comparison, exp.EQ | exp.NEQ | exp.In):
        for other in _others(node, comparison):
            if isinstance(other, exp.Boolean):
                other.replace(exp.Literal.string(str(other.this).lower()))
            elif not (isinstance(other, exp.Literal) and other.is_string):
                raise parsed.error("compare it with true or false", node)
        return parsed
    stands = exp.EQ(this=node.copy(), expression=exp.Literal.string("true"))
    if node is parsed.tree:
        return Parsed(parsed.text, stands)
    if isinstance(comparison, exp.And | exp.Or | exp.Not | exp.Paren):
        node.replace(exp.Paren(this=stands))
        return parsed
    raise parsed.error("compare it with true or false", node)


def _member_of_text(parsed: Parsed, node: exp.Expr) -> Parsed:
    """`element_at(requestParameters, 'key')` where the column is a text that holds JSON."""
    call = node.parent
    if not isinstance(call, exp.Bracket) or call.this is not node:
        return parsed  # the text as a whole: json_extract_scalar, IS NULL, LIKE
    key = call.expressions[0] if call.expressions else None
    if not isinstance(key, exp.Literal) or not key.is_string or set(key.this) & set('"\\'):
        raise parsed.error("element_at takes a plain key here", node)
    path = exp.Literal.string(f'$["{key.this}"]')

    def extract(name: str) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=[node.copy(), path.copy()])

    nested = exp.Anonymous(this="json_format", expressions=[extract("json_extract")])
    call.replace(
        exp.Anonymous(this="coalesce", expressions=[extract("json_extract_scalar"), nested])
    )
    return parsed
