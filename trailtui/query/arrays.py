"""any_match over the resources of a record: by the index of resources where it can be."""

from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.columns import Column, Kind
from trailtui.query.context import Relation, Scope, Value
from trailtui.query.fragment import Sql, sql

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions


def any_match(expressions: "Expressions", node: exp.Anonymous) -> Value:
    """`any_match(resources, r -> …)`: true where the condition holds for a member.

    As in Trino: NULL for no array, or where it holds for none and is NULL for some.
    """
    context = expressions.context
    if len(node.expressions) != 2 or not isinstance(node.expressions[1], exp.Lambda):
        raise context.error("any_match takes an array and a condition: r -> r.arn = '…'", node)
    array = expressions.value(node.expressions[0])
    function = node.expressions[1]
    if array.kind is not Kind.ARRAY or array.column is None or not array.column.children:
        raise context.error("any_match takes an array of structs here", node.expressions[0])
    row = context.new_name("m")
    condition = _condition(expressions, function, _members(row, function, array.column))
    made = sql(
        "(CASE WHEN {} IS NULL THEN NULL ELSE (SELECT CASE WHEN max(met) THEN 1 "  # noqa: S608
        "WHEN count(*) > count(met) THEN NULL ELSE 0 END "
        f"FROM (SELECT {{}} AS met FROM json_each({{}}) AS {row})) END)",
        array.sql,
        condition,
        array.sql,
    )
    return Value(made, Kind.BOOLEAN)


def by_resource(expressions: "Expressions", node: exp.Expr) -> Sql | None:
    """The same as a condition over the index of resources, where it asks for their ARN only.

    None where it can't be: the index has the ARNs that are there and not empty, nothing else.
    """
    if not isinstance(node, exp.Anonymous) or str(node.this).lower() != "any_match":
        return None
    context = expressions.context
    array = expressions.value(node.expressions[0])
    field = array.field
    if field is None or not field.relation.is_events or field.column.name != "resources":
        return None
    for text in (Sql("NULL"), Sql("''")):
        condition = _over_arn(expressions, node.expressions[1], array, text)
        if condition is None or context.evaluate(condition, node):
            return None
    condition = _over_arn(expressions, node.expressions[1], array, Sql("s.arn"))
    if condition is None:
        return None
    return sql(
        f"{field.relation.row}.id IN (SELECT event FROM event_resources WHERE resource IN "  # noqa: S608
        "(SELECT s.id FROM resources s WHERE {}))",
        condition,
    )


def _over_arn(
    expressions: "Expressions", function: exp.Expr, array: Value, text: Sql
) -> Sql | None:
    """The condition with `text` for the member's ARN; None where it asks for anything else."""
    context = expressions.context
    if array.column is None or any(isinstance(each, exp.Query) for each in function.walk()):
        return None
    row = "member"
    relation = _members(row, function, array.column)
    before = len(context.touched)
    context.replaced[row, "ARN"] = text
    try:
        condition = _condition(expressions, function, relation)
    finally:
        del context.replaced[row, "ARN"]
    touched = context.touched[before:]
    others = any(field.relation is not relation for field, _ in touched)
    return None if others or f"{row}.value" in condition.text else condition


def _condition(expressions: "Expressions", function: exp.Expr, relation: Relation) -> Sql:
    context = expressions.context
    with context.inside(Scope([relation], outer=context.scope)):
        return expressions.truth(function.this).sql


def _members(row: str, function: exp.Expr, array: Column) -> Relation:
    """The members of an array under the name that the condition gives them."""
    name = function.expressions[0].name if len(function.expressions) == 1 else ""
    member = Column(name, Kind.STRUCT, children=array.children)
    return Relation(
        row, "", {name.lower(): member}, is_events=False, outputs={name.lower(): "value"}
    )
