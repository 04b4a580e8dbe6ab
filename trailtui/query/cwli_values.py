"""Columns of a query as Logs Insights makes them: fields, what is made of fields, statistics.

A time is cut to its hour or day by taking the beginning of its text: bin() would go by when the
event arrived, which is some minutes later.
"""

import re
from collections.abc import Sequence

from sqlglot import exp

from trailtui.query.columns import EVENTS, Kind
from trailtui.query.cwli_fields import Fields, Read
from trailtui.query.cwli_form import InsightsColumn

_KEPT_OF_A_TIME = {"YEAR": 4, "MONTH": 7, "DAY": 10, "HOUR": 13, "MINUTE": 16, "SECOND": 19}
_NUMBERS = frozenset(
    {"additionalEventData.bytesTransferredIn", "additionalEventData.bytesTransferredOut"}
)
"""Members that are numbers wherever they stand."""
_MEASURES: dict[type[exp.Expr], str] = {
    exp.Min: "min", exp.Max: "max", exp.Sum: "sum", exp.Avg: "avg",
}  # fmt: skip
_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip


class Values:
    """Makes the columns of one query, and the commands that they need before."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._made: list[tuple[exp.Expr, str]] = []
        self._measured: list[tuple[exp.Expr, str]] = []
        self._taken: set[str] = set()
        self.stages: list[str] = []
        """`fields` and `parse`, in the order in which they are to stand."""
        self.statistics: list[str] = []
        self.keys: list[str] = []
        self.counts_distinct = False

    def reserve(self, names: Sequence[str]) -> None:
        """Names of columns, which nothing else may take."""
        self._taken |= {name.lower() for name in names}

    def shown(self, node: exp.Expr, name: str, kind: Kind, *, key: bool = False) -> InsightsColumn:
        """A column that is a field, or made of fields; `key`: rows are grouped by it."""
        default: str | None = None
        field = self._known(node, self._made)
        if not field:
            if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
                field = self._cut_time(node, name)
            else:
                read = self._read(node)
                default = read.constant
                plain = len(read.fields) == 1 and not read.function
                field = read.words if plain else self._named(read.words, name)
            self._made.append((node, field))
        if key and field not in self.keys:
            if default is not None:
                what = "Logs Insights groups by fields only; a text for what lacks is not one"
                raise self._fields.error(what, node)
            self.keys.append(field)
        return InsightsColumn(field, name, kind, default)

    def counted(self, node: exp.Expr, name: str, kind: Kind) -> InsightsColumn:
        """A column that is reckoned over a group."""
        field = self._known(node, self._measured)
        if not field:
            field = self._alias(name)
            self.statistics.append(f"{self._measure(node)} as {field}")
            self._measured.append((node, field))
        counted_by = ""
        if isinstance(node, exp.Sum | exp.Avg):
            counted_by = f"{field}Count"
            counting = f"count({self._number(node.this, node)}) as {counted_by}"
            self.statistics += [counting] if counting not in self.statistics else []
        return InsightsColumn(field, name, kind, counted_by=counted_by)

    def having(self, node: exp.Expr) -> str:
        """A condition over what was reckoned: comparisons with numbers, and, or."""
        if isinstance(node, exp.Paren):
            return self.having(node.this)
        if isinstance(node, exp.And | exp.Or):
            sign = " and " if isinstance(node, exp.And) else " or "
            return f"({sign.join(self.having(part) for part in node.flatten())})"
        sign = _SIGNS.get(type(node))
        if sign is None or not isinstance(node.expression, exp.Literal):
            raise self._fields.unsupported(node)
        if not isinstance(node.this, exp.Count) or node.expression.is_string:
            what = "of groups only how many there are is compared in Logs Insights"
            raise self._fields.error(what, node)
        return f"{self.counted(node.this, '', Kind.INTEGER).field} {sign} {node.expression.this}"

    def _known(self, node: exp.Expr, among: Sequence[tuple[exp.Expr, str]]) -> str:
        return next((field for other, field in among if other == node), "")

    def _read(self, node: exp.Expr) -> Read:
        named = self._fields.named(node)
        if named is not None and named.column.kind is Kind.BOOLEAN:
            return Read((self._fields.field(named, shown=True),))
        return self._fields.read(node)

    def _alias(self, name: str) -> str:
        """A name that is none of the record's own and none that was given already."""
        plain = name if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name) else ""
        used = {field for _, field in (*self._made, *self._measured)}
        own = plain.lower() in EVENTS or re.match(r"who[A-Z]", plain) is not None
        if plain and not own and plain not in used:
            return plain
        number = 1
        while f"value{number}" in used or f"value{number}" in self._taken:
            number += 1
        return f"value{number}"

    def _named(self, words: str, name: str) -> str:
        field = self._alias(name)
        self.stages.append(f"fields {words} as {field}")
        return field

    def _cut_time(self, node: exp.Expr, name: str) -> str:
        unit = node.text("unit").upper()
        time = node.this
        while isinstance(time, exp.FromISO8601Timestamp | exp.Paren):
            time = time.this
        if self._fields.kind(time) is not Kind.TIME or unit not in _KEPT_OF_A_TIME:
            raise self._fields.unsupported(node)
        (whole,) = self._fields.read(time).fields
        field = self._alias(name)
        kept = _KEPT_OF_A_TIME[unit]
        self.stages.append(f"parse {whole} /^(?<{field}>[0-9T:-]{{{kept}}})/")
        return field

    def _measure(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Count):
            return self._count(node)
        called = _MEASURES.get(type(node))
        if called is None or node.expressions:
            raise self._fields.unsupported(node)
        value = node.this
        if called in ("min", "max") and self._fields.kind(value) is Kind.TIME:
            (field,) = self._fields.read(value).fields
            return f"{called}({field})"
        return f"{called}({self._number(value, node)})"

    def _count(self, node: exp.Count) -> str:
        value = node.this
        if isinstance(value, exp.Star) or (isinstance(value, exp.Literal) and not node.expressions):
            return "count(*)"
        distinct = isinstance(value, exp.Distinct)
        values = value.expressions if isinstance(value, exp.Distinct) else [value]
        if len(values) != 1 or node.expressions:
            raise self._fields.unsupported(node)
        column = self.shown(values[0], "", Kind.TEXT)
        if column.default is not None:
            raise self._fields.unsupported(node)
        self.counts_distinct |= distinct
        return f"{'count_distinct' if distinct else 'count'}({column.field})"

    def _number(self, value: exp.Expr, node: exp.Expr) -> str:
        """A member that is a number, cast to a double; order and sum of texts are refused."""
        what = "Logs Insights' order and sum of anything but times and numbers are not documented"
        if not isinstance(value, exp.Cast | exp.TryCast) or not value.to.is_type("double"):
            raise self._fields.error(what, node)
        inner = value.this
        named = self._fields.named(inner.this) if isinstance(inner, exp.Bracket) else None
        key = inner.expressions[0].this if isinstance(inner, exp.Bracket) else ""
        dotted = f"{named.path[0]}.{key}" if named is not None else ""
        if dotted not in _NUMBERS:
            raise self._fields.error(what, node)
        return dotted
