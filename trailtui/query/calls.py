"""Functions: which of Trino's are known, what they take, what they give."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query import times
from trailtui.query.aggregates import Aggregates, is_aggregate
from trailtui.query.columns import NESTED, Kind, nearest
from trailtui.query.context import Value
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.functions import ValueComplaint, regex
from trailtui.query.json_paths import read_json_path
from trailtui.query.records import Form, path_text

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions

_TEXT, _INT, _BOOL, _TIME = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.TIME


@dataclass(frozen=True, slots=True)
class _Signature:
    """A function that is one SQLite function over its arguments."""

    function: str
    arguments: tuple[tuple[str, Kind], ...]
    gives: Kind
    ignored: tuple[str, ...] = ()
    fails: bool = False
    """Whether a value may make it stop the query."""


_SIGNATURES: dict[type[exp.Expr], _Signature] = {
    exp.Lower: _Signature("tt_lower", (("this", _TEXT),), _TEXT),
    exp.Upper: _Signature("tt_upper", (("this", _TEXT),), _TEXT),
    exp.Length: _Signature("tt_length", (("this", _TEXT),), _INT),
    exp.Reverse: _Signature("tt_reverse", (("this", _TEXT),), _TEXT),
    exp.Substring: _Signature(
        "tt_substr", (("this", _TEXT), ("start", _INT), ("length", _INT)), _TEXT
    ),
    exp.StrPosition: _Signature("tt_strpos", (("this", _TEXT), ("substr", _TEXT)), _INT),
    exp.SplitPart: _Signature(
        "tt_split_part",
        (("this", _TEXT), ("delimiter", _TEXT), ("part_index", _INT)),
        _TEXT,
        fails=True,
    ),
    exp.Replace: _Signature(
        "tt_replace", (("this", _TEXT), ("expression", _TEXT), ("replacement", _TEXT)), _TEXT
    ),
    exp.StartsWith: _Signature("tt_starts_with", (("this", _TEXT), ("expression", _TEXT)), _BOOL),
    exp.RegexpLike: _Signature("tt_regexp_like", (("this", _TEXT), ("expression", _TEXT)), _BOOL),
    exp.FromISO8601Timestamp: _Signature("tt_parse_time", (("this", _TEXT),), _TIME, fails=True),
}
_NAMED: dict[str, _Signature] = {
    "to_iso8601": _Signature("tt_iso", (("0", _TIME),), _TEXT),
    "json_array_length": _Signature("tt_json_array_length", (("0", Kind.JSON),), _INT),
}
_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "year",
    exp.Quarter: "quarter",
    exp.Month: "month",
    exp.Week: "week",
    exp.Day: "day",
    exp.Hour: "hour",
    exp.Minute: "minute",
    exp.Second: "second",
    exp.DayOfWeekIso: "day_of_week",
    exp.DayOfYear: "day_of_year",
}
_CAST_KINDS = {
    "VARCHAR": Kind.TEXT,
    "TEXT": Kind.TEXT,
    "BIGINT": Kind.INTEGER,
    "INT": Kind.INTEGER,
    "DOUBLE": Kind.DOUBLE,
    "BOOLEAN": Kind.BOOLEAN,
    "TIMESTAMP": Kind.TIME,
    "TIMESTAMPTZ": Kind.TIME,
    "DATE": Kind.DATE,
    "JSON": Kind.JSON,
}
FUNCTIONS = (
    "any_match", "any_value", "approx_distinct", "arbitrary", "array_agg", "array_join", "avg",
    "bool_and", "bool_or", "cardinality", "cast", "coalesce", "concat", "count", "count_if",
    "current_date", "current_timestamp", "date", "date_add", "date_diff", "date_trunc", "day",
    "day_of_week", "day_of_year", "element_at", "extract", "from_iso8601_timestamp",
    "from_unixtime", "hour", "if", "json_array_length", "json_extract", "json_extract_scalar",
    "json_format", "length", "lower", "ltrim", "max", "max_by", "min", "min_by", "minute", "month",
    "now", "nullif", "quarter", "regexp_extract", "regexp_like", "replace", "reverse", "rtrim",
    "second", "split_part", "starts_with", "strpos", "substr", "substring", "sum", "to_iso8601",
    "to_unixtime", "trim", "try_cast", "upper", "week", "year",
)  # fmt: skip
"""The functions that are known, for messages and the documentation."""


class Calls:
    """Rewrites function calls; works hand in hand with Expressions."""

    def __init__(self, expressions: "Expressions") -> None:
        self._in = expressions
        self._context = expressions.context
        self._aggregates = Aggregates(expressions)
        self._special: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Concat: self._concat,
            exp.DPipe: self._concat,
            exp.Trim: self._trim,
            exp.RegexpExtract: self._regexp_extract,
            exp.JSONExtractScalar: self._json_extract,
            exp.JSONExtract: self._json_extract,
            exp.JSONFormat: self._json_format,
            exp.ArraySize: self._cardinality,
            exp.TimestampTrunc: self._truncate,
            exp.DateTrunc: self._truncate,
            exp.DateAdd: self._date_add,
            exp.DateDiff: self._date_diff,
            exp.CurrentTimestamp: self._now,
            exp.CurrentDate: self._today,
            exp.Date: self._date,
            exp.TimeToUnix: self._to_unixtime,
            exp.UnixToTime: self._from_unixtime,
            exp.Extract: self._extract,
            exp.AtTimeZone: self._at_time_zone,
            exp.Anonymous: self._anonymous,
            **dict.fromkeys(_PARTS, self._part),
        }

    def call(self, node: exp.Expr) -> Value:
        """A function call as a value; refuses what is not known."""
        if is_aggregate(node):
            return self._aggregates.call(node)
        if signature := _SIGNATURES.get(type(node)):
            return self._by_signature(node, signature, node.args)
        special = self._special.get(type(node))
        if special is None:
            raise self._context.unsupported(node)
        return special(node)

    def _by_signature(
        self, node: exp.Expr, signature: _Signature, found: dict[str, object]
    ) -> Value:
        names = [name for name, _ in signature.arguments]
        if node.args is found:
            self._context.only(node, *names, *signature.ignored)
        arguments: list[Value] = []
        for name, kind in signature.arguments:
            given = found.get(name)
            if isinstance(given, exp.Expr):
                arguments.append(self._argument(given, kind, node))
        constant = all(value.constant for value in arguments)
        if node.__class__ is exp.FromISO8601Timestamp and arguments[0].kind is Kind.TIME:
            return arguments[0]
        self._may_fail(node, signature.fails and not constant)
        if isinstance(node, exp.RegexpLike):
            self._may_fail(node, not arguments[1].constant)
            self._check_pattern(node.expression, arguments[1])
        listed = joined(", ", (value.sql for value in arguments))
        return Value(sql(f"{signature.function}({{}})", listed), signature.gives, constant)

    def _argument(self, node: exp.Expr, kind: Kind, call: exp.Expr) -> Value:
        value = self._in.value(node)
        if isinstance(call, exp.FromISO8601Timestamp) and value.kind is Kind.TIME:
            return value  # Athena's table has the time as text, so people convert it
        if kind is Kind.TEXT:
            return self._in.text(node, value)
        fits = value.kind in (kind, Kind.UNKNOWN) or (kind is Kind.TIME and value.kind is Kind.DATE)
        if kind is Kind.JSON:
            fits = value.kind in NESTED or value.kind in (Kind.TEXT, Kind.UNKNOWN)
        if not fits:
            raise self._context.error(f"a {kind} is expected here, not a {value.kind}", node)
        return value

    def _may_fail(self, node: exp.Expr, fails: bool) -> None:
        self._context.risks += fails
        if fails and not self._context.may_fail:
            raise self._context.error(
                "a value that does not fit would stop this", node, "Use TRY_CAST instead."
            )

    def _check_pattern(self, node: exp.Expr, value: Value) -> None:
        """A pattern that is wrong is told before the query runs, at its place."""
        if value.constant and value.kind is Kind.TEXT:
            try:
                regex(str(self._context.constant(value, node)))
            except ValueComplaint as error:
                raise self._context.error(str(error), node) from None

    def _cast(self, node: exp.Cast) -> Value:
        self._context.only(node, "this", "to", "safe")
        value = self._in.value(node.this)
        to = node.args["to"]
        target = _CAST_KINDS.get(to.this.name)
        sized = bool(to.expressions) and target is not Kind.TIME
        if target is None or sized:
            raise self._context.error(
                f"CAST to {to.sql(dialect='trino')} is not supported", node, _CASTS
            )
        if value.kind is Kind.UNKNOWN or value.kind is target:
            return Value(value.sql, target, value.constant)
        if target is Kind.JSON and value.kind in NESTED:
            return Value(value.sql, target)
        if value.kind is Kind.JSON and target is Kind.TEXT:
            made = sql("tt_json({}, '[]', 'scalar')", value.sql)
            return Value(made, target, value.constant)
        if value.kind in NESTED or target is Kind.JSON or (value.kind, target) in _REFUSED_CASTS:
            raise self._context.error(f"CAST of {value.kind} to {target} is not supported", node)
        safe = isinstance(node, exp.TryCast)
        self._may_fail(node, value.kind is Kind.TEXT and not safe and not value.constant)
        function = "tt_try_cast" if safe else "tt_cast"
        made = sql(
            f"{function}({{}}, {{}}, {{}})", value.sql, bound(str(target)), bound(str(value.kind))
        )
        return Value(made, target, value.constant, name=value.name)

    def _concat(self, node: exp.Expr) -> Value:
        self._context.only(node, "this", "expression", "expressions")
        parts = node.flatten() if isinstance(node, exp.DPipe) else node.expressions
        values = [self._in.text(part) for part in parts]
        made = sql("({})", joined(" || ", (value.sql for value in values)))
        return Value(made, Kind.TEXT, all(value.constant for value in values))

    def _trim(self, node: exp.Trim) -> Value:
        self._context.only(node, "this", "position")
        value = self._in.text(node.this)
        side = str(node.args.get("position") or "BOTH").lower()
        return Value(sql("tt_trim({}, {})", value.sql, bound(side)), Kind.TEXT, value.constant)

    def _regexp_extract(self, node: exp.RegexpExtract) -> Value:
        self._context.only(node, "this", "expression", "group", "null_if_pos_overflow")
        text, pattern = self._in.text(node.this), self._in.text(node.expression)
        self._may_fail(node, not pattern.constant)
        self._check_pattern(node.expression, pattern)
        group = node.args.get("group")
        number = self._argument(group, Kind.INTEGER, node).sql if group is not None else Sql("0")
        made = sql("tt_regexp_extract({}, {}, {})", text.sql, pattern.sql, number)
        return Value(made, Kind.TEXT, text.constant and pattern.constant)

    def _json_extract(self, node: exp.JSONExtractScalar | exp.JSONExtract) -> Value:
        scalar = isinstance(node, exp.JSONExtractScalar)
        self._context.only(node, "this", "expression", "expressions", "only_json_types")
        value = self._argument(node.this, Kind.JSON, node)
        path = read_json_path(self._context, node.expression)
        form = Form.SCALAR if scalar else Form.VALUE
        kind = Kind.TEXT if scalar else Kind.JSON
        field = value.field
        if field is not None and field.relation.is_events and value.kind in NESTED:
            from trailtui.query.fields import below

            return Value(below(field, path, form), kind, name=node.key)
        made = sql(f"tt_json({{}}, {{}}, '{form}')", value.sql, bound(path_text(path)))
        return Value(made, kind, value.constant)

    def _json_format(self, node: exp.JSONFormat) -> Value:
        self._context.only(node, "this", "is_json")
        value = self._in.value(node.this)
        if value.kind is not Kind.JSON:
            raise self._context.error(f"a json is expected here, not a {value.kind}", node.this)
        return Value(value.sql, Kind.TEXT, value.constant)

    def _cardinality(self, node: exp.ArraySize) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind is not Kind.ARRAY:
            raise self._context.error(f"an array is expected here, not a {value.kind}", node.this)
        return Value(sql("tt_json_array_length({})", value.sql), Kind.INTEGER)

    def _unit(self, node: exp.Expr, given: object) -> str:
        unit = str(given or "day").lower()
        if unit not in times.UNITS:
            raise self._context.error(
                f"{unit!r} is no unit of time", node, f"Write one of {', '.join(times.UNITS)}."
            )
        return unit

    def _truncate(self, node: exp.Expr) -> Value:
        self._context.only(node, "this", "unit")
        value = self._argument(node.this, Kind.TIME, node)
        unit = self._unit(node, node.args.get("unit"))
        made = sql("tt_truncate({}, {})", bound(unit), value.sql)
        return Value(made, value.kind, value.constant)

    def _date_add(self, node: exp.DateAdd) -> Value:
        value = self._argument(node.this, Kind.TIME, node)
        count = self._argument(node.expression, Kind.INTEGER, node)
        unit = self._unit(node, node.args.get("unit"))
        made = sql("tt_add({}, {}, {})", bound(unit), count.sql, value.sql)
        return Value(made, value.kind, value.constant and count.constant)

    def _date_diff(self, node: exp.DateDiff) -> Value:
        until = self._argument(node.this, Kind.TIME, node)
        since = self._argument(node.expression, Kind.TIME, node)
        unit = self._unit(node, node.args.get("unit"))
        made = sql("tt_difference({}, {}, {})", bound(unit), since.sql, until.sql)
        return Value(made, Kind.INTEGER, until.constant and since.constant)

    def _now(self, node: exp.CurrentTimestamp) -> Value:
        return Value(bound(self._context.now_ms), Kind.TIME, constant=True)

    def _today(self, node: exp.CurrentDate) -> Value:
        self._context.only(node)
        return Value(bound(times.truncate("day", self._context.now_ms)), Kind.DATE, constant=True)

    def _date(self, node: exp.Date) -> Value:
        self._context.only(node, "this")
        value = self._argument(node.this, Kind.TIME, node)
        return Value(sql("tt_truncate('day', {})", value.sql), Kind.DATE, value.constant)

    def _to_unixtime(self, node: exp.TimeToUnix) -> Value:
        self._context.only(node, "this")
        value = self._argument(node.this, Kind.TIME, node)
        return Value(sql("({} / 1000.0)", value.sql), Kind.DOUBLE, value.constant)

    def _from_unixtime(self, node: exp.UnixToTime) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind not in (Kind.INTEGER, Kind.DOUBLE):
            raise self._context.error(f"a number is expected here, not a {value.kind}", node.this)
        return Value(sql("CAST({} * 1000 AS INTEGER)", value.sql), Kind.TIME, value.constant)

    def _extract(self, node: exp.Extract) -> Value:
        name = str(node.this.name).lower()
        if name not in times.PARTS:
            raise self._context.error(f"{name!r} is no part of a time", node)
        return self._time_part(node, name, node.expression)

    def _part(self, node: exp.Expr) -> Value:
        self._context.only(node, "this")
        return self._time_part(node, _PARTS[type(node)], node.this)

    def _time_part(self, node: exp.Expr, name: str, of: exp.Expr) -> Value:
        value = self._argument(of, Kind.TIME, node)
        return Value(sql("tt_part({}, {})", bound(name), value.sql), Kind.INTEGER, value.constant)

    def _at_time_zone(self, node: exp.AtTimeZone) -> Value:
        zone = node.args.get("zone")
        if zone is None or zone.name.upper() not in ("UTC", "Z", "ETC/UTC"):
            raise self._context.error("only the time zone UTC is supported", node)
        return self._argument(node.this, Kind.TIME, node)

    def _anonymous(self, node: exp.Anonymous) -> Value:
        name = str(node.this).lower()
        if signature := _NAMED.get(name):
            if len(node.expressions) != len(signature.arguments):
                raise self._context.error(f"{name} takes {len(signature.arguments)} argument", node)
            found: dict[str, object] = {str(at): each for at, each in enumerate(node.expressions)}
            return self._by_signature(node, signature, found)
        if name == "any_match":
            from trailtui.query.arrays import any_match

            return any_match(self._in, node)
        guess = nearest(name, list(FUNCTIONS))
        cure = f"Did you mean {guess}?" if guess else "docs/query-format.md lists the functions."
        raise self._context.error(f"there is no function {name}", node, cure)


_REFUSED_CASTS = {
    (Kind.DOUBLE, Kind.TEXT),
    (Kind.INTEGER, Kind.TIME),
    (Kind.DOUBLE, Kind.TIME),
    (Kind.BOOLEAN, Kind.TIME),
    (Kind.TIME, Kind.INTEGER),
    (Kind.TIME, Kind.DOUBLE),
    (Kind.TIME, Kind.BOOLEAN),
}
_CASTS = "Possible are varchar, bigint, double, boolean, timestamp, date and json."
