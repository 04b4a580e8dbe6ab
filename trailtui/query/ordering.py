"""ORDER BY, LIMIT and OFFSET."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.alias_names import with_aliases
from trailtui.query.columns import NESTED, Column, Kind
from trailtui.query.context import Context
from trailtui.query.expressions import Expressions
from trailtui.query.fragment import Sql, bound, joined, sql

ONE_VALUE = "Take one of its values: element_at(…, 'key'), json_extract_scalar(…, '$.key')."


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a SELECT."""

    name: str
    kind: Kind
    made: str
    """Its name in the made SQL."""
    column: Column | None = None
    path: str = ""
    """The dotted path of a plain field, to tell two of the same name apart."""

    @property
    def type(self) -> str:
        """Its type in Trino's words."""
        known = self.column if self.column is not None and self.column.kind is self.kind else None
        return known.type if known is not None else str(self.kind)


class Ordering:
    """Rewrites what stands after the rows of a SELECT or a union."""

    def __init__(self, context: Context, expressions: Expressions) -> None:
        self._context = context
        self._expressions = expressions

    def order(
        self,
        node: exp.Expr,
        outputs: tuple[Output, ...],
        pairs: Sequence[tuple[Output, Sql]] | None,
        *,
        by_name: bool = True,
    ) -> Sql:
        """ORDER BY; NULLs last unless told otherwise, as in Trino.

        `pairs` are the selected columns with their SQL; without `by_name` a column that is ordered
        by stands there in full, for a place where it is not selected.
        """
        clause = node.args.get("order")
        if clause is None:
            return Sql("")
        self._context.only(clause, "expressions")
        parts: list[Sql] = []
        for ordered in clause.expressions:
            self._context.only(ordered, "this", "desc", "nulls_first")
            direction = "DESC" if ordered.args.get("desc") else "ASC"
            nulls = "FIRST" if ordered.args.get("nulls_first") else "LAST"
            key = self._order_key(node, ordered.this, outputs, pairs)
            if not by_name:
                in_full = {output.made: made for output, made in pairs or ()}
                key = in_full.get(key.text, key)
            parts.append(sql(f"{{}} {direction} NULLS {nulls}", key))
        return sql(" ORDER BY {}", joined(", ", parts))

    def _order_key(
        self,
        node: exp.Expr,
        key: exp.Expr,
        outputs: tuple[Output, ...],
        pairs: Sequence[tuple[Output, Sql]] | None,
    ) -> Sql:
        if isinstance(key, exp.Literal) and not key.is_string:
            number = int(key.name) if key.name.isdigit() else 0
            if not 1 <= number <= len(outputs):
                raise self._context.error(
                    f"there is no column {key.name} in this SELECT", key, f"It has {len(outputs)}."
                )
            return Sql(outputs[number - 1].made)
        if isinstance(key, exp.Column) and len(key.parts) == 1:
            named = [output for output in outputs if output.name.lower() == key.name.lower()]
            if len(named) > 1:
                raise self._context.error(f"{key.name} is ambiguous", key, "Order by its position.")
            if named:
                if named[0].kind in NESTED:
                    raise self._context.error(f"{named[0].kind.named} has no order", key, ONE_VALUE)
                return Sql(named[0].made)
        if pairs is None:
            raise self._context.error(
                "a union is ordered by its columns", key, "Use a column's name or position."
            )
        value = self._expressions.value(with_aliases(self._context, node, key))
        if value.kind in NESTED:
            raise self._context.error(f"{value.kind.named} has no order", key, ONE_VALUE)
        if node.args.get("distinct") and all(value.sql != made for _, made in pairs):
            raise self._context.error("SELECT DISTINCT is ordered by what it selects", key)
        return value.sql

    def limits(self, node: exp.Expr) -> Sql:
        limit, offset = node.args.get("limit"), node.args.get("offset")
        if limit is None and offset is None:
            return Sql("")
        count = bound(-1)
        if isinstance(limit, exp.Fetch):
            self._context.only(limit, "direction", "count", "limit_options")
            options = limit.args.get("limit_options")
            if options is not None and (
                options.args.get("with_ties") or options.args.get("percent")
            ):
                raise self._context.unsupported(limit, "WITH TIES")
            count = self._whole_number(limit.args["count"])
        elif limit is not None:
            self._context.only(limit, "expression")
            if limit.expression.name.upper() != "ALL":
                count = self._whole_number(limit.expression)
        skip = self._whole_number(offset.expression) if offset is not None else bound(0)
        return sql(" LIMIT {} OFFSET {}", count, skip)

    def _whole_number(self, node: exp.Expr) -> Sql:
        value = self._expressions.value(node)
        found = self._context.constant(value, node) if value.constant else None
        if isinstance(found, str) and value.given and found.isdigit():
            found = int(found)
        if not isinstance(found, int) or found < 0:
            raise self._context.error("a whole number is expected here", node)
        return bound(found)
