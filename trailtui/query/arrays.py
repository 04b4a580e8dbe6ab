"""Functions that ask each member of an array; any_match by the index of resources if it can."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.access import member_sql, unfolded
from trailtui.query.aggregates import has_aggregate
from trailtui.query.columns import NESTED, Column, Kind
from trailtui.query.context import Relation, Scope, Value
from trailtui.query.fragment import TRUE, Sql, bound, sql

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions


def matched(expressions: "Expressions", node: exp.Anonymous, name: str) -> Value:
    """any_match, all_match, none_match: whether a condition holds for the members of an array.

    As in Trino: NULL for no array, or where the members that it is known for do not decide.
    """
    context = expressions.context
    if len(node.expressions) != 2 or not isinstance(node.expressions[1], exp.Lambda):
        raise context.error(f"{name} takes an array and a condition: r -> r.arn = '…'", node)
    array = _array(expressions, node.expressions[0])
    function = node.expressions[1]
    if len(function.expressions) != 1:
        raise context.error(f"the condition of {name} is asked of one member: r -> …", function)
    row = context.new_name("m")
    condition = _condition(expressions, function, _members(row, function, array))
    unknown = "WHEN count(*) > count(met) THEN NULL"
    decided = {
        "any_match": f"CASE WHEN max(met) THEN 1 {unknown} ELSE 0 END",
        "all_match": f"CASE WHEN min(met) = 0 THEN 0 {unknown} ELSE 1 END",
        "none_match": f"CASE WHEN max(met) THEN 0 {unknown} ELSE 1 END",
    }[name]
    made = sql(
        f"(CASE WHEN {{}} IS NULL THEN NULL ELSE (SELECT {decided} "  # noqa: S608
        "FROM (SELECT {} AS met FROM {})) END)",
        array.sql,
        condition,
        unfolded(array, row),
    )
    return Value(made, Kind.BOOLEAN)


def filtered(expressions: "Expressions", node: exp.ArrayFilter) -> Value:
    """filter(array, x -> condition): the members for which it is true."""
    array, function = _array(expressions, node.this), _lambda(expressions, node)
    row = expressions.context.new_name("m")
    condition = _condition(expressions, function, _members(row, function, array))
    element = array.column.element if array.column is not None else Column("", Kind.UNKNOWN)
    made = _collected(array, row, element.kind, member_sql(element, row), condition)
    return Value(made, Kind.ARRAY, column=Column("", Kind.ARRAY, member=element))


def transformed(expressions: "Expressions", node: exp.Transform) -> Value:
    """transform(array, x -> expression): what comes of each member."""
    context = expressions.context
    array, function = _array(expressions, node.this), _lambda(expressions, node)
    row = context.new_name("m")
    relation = _members(row, function, array)
    with context.inside(Scope([relation], outer=context.scope)):
        value = expressions.value(function.this)
    known = value.column if value.column is not None and value.kind in NESTED else Column("")
    element = Column("", value.kind, children=known.children, member=known.member, zone=value.zone)
    made = _collected(array, row, value.kind, value.sql, TRUE)
    return Value(made, Kind.ARRAY, column=Column("", Kind.ARRAY, member=element))


def _collected(array: Value, row: str, kind: Kind, value: Sql, condition: Sql) -> Sql:
    return sql(
        "(CASE WHEN {} IS NULL THEN NULL ELSE ifnull((SELECT "  # noqa: S608
        f"tt_collect({row}.key, {{}}, {{}}) FROM {{}} WHERE {{}}), '[]') END)",
        array.sql,
        bound(str(kind)),
        value,
        unfolded(array, row),
        condition,
    )


def _array(expressions: "Expressions", node: exp.Expr) -> Value:
    array = expressions.value(node)
    if array.kind is not Kind.ARRAY:
        raise expressions.context.error(f"an array is expected here, not {array.kind.named}", node)
    if has_aggregate(node):
        raise expressions.context.error(
            "the members of what an aggregate makes can't be looked at here",
            node,
            "Put the aggregate into a sub-query and ask that one.",
        )
    return array


def _lambda(expressions: "Expressions", node: exp.Expr) -> exp.Lambda:
    function = node.args.get("expression")
    if not isinstance(function, exp.Lambda) or len(function.expressions) != 1:
        raise expressions.context.error(f"{node.key} takes an array and x -> …", node)
    return function


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
    relation = _members(row, function, array)
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


def _members(row: str, function: exp.Expr, array: Value) -> Relation:
    """The members of an array under the name that the condition gives them."""
    name = function.expressions[0].name if len(function.expressions) == 1 else ""
    element = array.column.element if array.column is not None else Column("", Kind.UNKNOWN)
    member = replace(element, name=name)
    return Relation(
        row, "", {name.lower(): member}, is_events=False,
        made={name.lower(): member_sql(element, row)},
    )  # fmt: skip
