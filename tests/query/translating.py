"""A question for DuckDB where sqlglot's own translation does not know what a column is.

A map of strings can't be asked with a JSON path in DuckDB, so beside each map its table has the
whole as JSON; lists that are joined in no order are put in the order that the case promises.
Nothing of the query room is used here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlglot
from sqlglot import exp

MAPS = ("requestparameters", "responseelements", "additionaleventdata", "serviceeventdetails")
Given = str | int | float | bool | datetime | None


def for_duckdb(trino: str, given: Mapping[str, Given]) -> str:
    """The same question in DuckDB's words, with the values of its parameters in it."""
    tree = sqlglot.parse_one(trino, read="trino")
    tree = tree.transform(lambda node: _given(node, given)).transform(_translated)
    return tree.sql(dialect="duckdb")


def _given(node: exp.Expr, given: Mapping[str, Given]) -> exp.Expr:
    return _literal(given[node.name]) if isinstance(node, exp.Placeholder) else node


def _translated(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.JSONExtractScalar) and _is_map(node.this):
        return _scalar_of_map(node)
    if isinstance(node, exp.Like) and _is_map(node.this):
        return exp.Like(this=_json_of(node.this), expression=node.expression)
    if isinstance(node, exp.StrPosition) and _is_map(node.this):
        return exp.StrPosition(this=_json_of(node.this), substr=node.args["substr"])
    if isinstance(node, exp.ArrayToString) and isinstance(node.this, exp.ArrayAgg):
        return _sorted_list(node)
    if isinstance(node, exp.DateDiff):  # DuckDB's date_diff counts boundaries, not whole units
        unit = exp.Literal.string(node.text("unit").lower())
        return exp.Anonymous(this="date_sub", expressions=[unit, node.expression, node.this])
    if isinstance(node, exp.ArgMax | exp.ArgMin):  # DuckDB's arg_max passes over a NULL
        name = "arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null"
        return exp.Anonymous(this=name, expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name.lower() == "any_match":
        array, condition = node.expressions
        found = exp.Anonymous(this="list_filter", expressions=[array, condition])
        return exp.GT(
            this=exp.Anonymous(this="len", expressions=[found]), expression=exp.Literal.number(0)
        )
    if isinstance(node, exp.RegexpExtractAll):
        return exp.Anonymous(this="regexp_extract_all", expressions=[node.this, node.expression])
    if isinstance(node, exp.Column) and node.name.lower() == "region":
        return exp.column("awsRegion")
    return node


def _literal(value: Given) -> exp.Expr:
    if value is None:
        return exp.Null()
    if isinstance(value, datetime):
        text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return exp.cast(exp.Literal.string(text), "TIMESTAMP")
    return exp.convert(value)


def _is_map(node: exp.Expr) -> bool:
    return isinstance(node, exp.Column) and node.name.lower() in MAPS


def _json_of(column: exp.Expr) -> exp.Expr:
    return exp.column(f"{column.name}_json", table=column.args.get("table"))


def _scalar_of_map(node: exp.JSONExtractScalar) -> exp.Expr:
    steps = []
    for part in node.expression.expressions[1:]:
        index = part.this
        steps.append(f"[{index}]" if isinstance(index, int) else f'."{index}"')
    path = exp.Literal.string("$" + "".join(steps))
    column = _json_of(node.this)
    kind = exp.Anonymous(this="json_type", expressions=[column, path])
    nested = exp.In(
        this=kind, expressions=[exp.Literal.string("OBJECT"), exp.Literal.string("ARRAY")]
    )
    found = exp.Anonymous(this="json_extract_string", expressions=[column.copy(), path.copy()])
    return exp.Case(ifs=[exp.If(this=nested, true=exp.Null())], default=found)


def _sorted_list(node: exp.ArrayToString) -> exp.Expr:
    inner = node.this.this
    if isinstance(inner, exp.Order):
        return node
    distinct = isinstance(inner, exp.Distinct)
    value = inner.expressions[0] if distinct else inner
    made = exp.Anonymous(
        this="list_sort",
        expressions=[
            exp.Anonymous(this="list", expressions=[exp.Distinct(expressions=[value.copy()])
                                                    if distinct else value.copy()])
        ],
    )  # fmt: skip
    listed = exp.Anonymous(this="array_to_string", expressions=[made, node.expression.copy()])
    return exp.Coalesce(this=listed, expressions=[exp.Literal.string("")])  # only NULLs in it
