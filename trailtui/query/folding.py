"""A query with the values of its parameters in it, and what is known then folded away."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlglot import exp

from trailtui.query.context import Given
from trailtui.query.times import as_timestamp_text, milliseconds


def with_values(tree: exp.Expr, given: Mapping[str, Given]) -> exp.Expr:
    """Literals in place of the parameters; conditions that always hold are left out."""
    filled = tree.copy()
    for node in list(filled.find_all(exp.Placeholder)):
        if node.name in given:
            node.replace(literal(given[node.name]))
    for select in filled.find_all(exp.Select):
        for key in ("where", "having"):
            clause = select.args.get(key)
            if clause is None:
                continue
            condition = folded(clause.this)
            if _is(condition, value=True):
                select.set(key, None)
            else:
                clause.set("this", condition)
    return filled


def literal(value: Given) -> exp.Expr:
    """A value as a literal: a text is quoted, a time is a timestamp in UTC."""
    if value is None:
        return exp.Null()
    if isinstance(value, datetime):
        text = exp.Literal.string(as_timestamp_text(milliseconds(value.astimezone(UTC))))
        return exp.Cast(this=text, to=exp.DataType.build("timestamp"))
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value)


def folded(node: exp.Expr) -> exp.Expr:
    """A condition without the parts whose truth no row changes."""
    if isinstance(node, exp.Paren):
        inner = folded(node.this)
        return inner if isinstance(inner, exp.Boolean | exp.Paren) else exp.Paren(this=inner)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        value = node.this.this if isinstance(node.this, exp.Cast) else node.this
        known = isinstance(value, exp.Null | exp.Literal | exp.Boolean)
        return exp.Boolean(this=isinstance(value, exp.Null)) if known else node
    return _joined(node) if isinstance(node, exp.And | exp.Or) else node


def _joined(node: exp.And | exp.Or) -> exp.Expr:
    deciding = isinstance(node, exp.Or)
    parts = [folded(part) for part in node.flatten(unnest=False)]
    if any(_is(part, value=deciding) for part in parts):
        return exp.Boolean(this=deciding)
    parts = [part for part in parts if not _is(part, value=not deciding)]
    if not parts:
        return exp.Boolean(this=not deciding)
    made = parts[0]
    for part in parts[1:]:
        made = type(node)(this=made, expression=part)
    return made


def _is(node: exp.Expr, *, value: bool) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this) is value
