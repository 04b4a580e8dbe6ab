"""Functions that are one SQLite function over their arguments: what they take and give."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from trailtui.query.columns import Column, Kind

TEXT, INT, BOOL, TIME, JSON = Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.TIME, Kind.JSON
NUMBER = "number"
"""Any number; a function that gives one gives one of the same type."""
TEXTS = Column("", Kind.ARRAY, member=Column("", TEXT))


@dataclass(frozen=True, slots=True)
class Signature:
    """A function that is one SQLite function over its arguments."""

    function: str
    arguments: tuple[tuple[str, Kind | str], ...]
    gives: Kind | str
    fails: bool = False
    """Whether a value may make it stop the query."""
    defaults: Mapping[str, int | str] = field(default_factory=dict[str, int | str])
    """What is handed on for an argument that is left out."""
    column: Column | None = None
    """What is known of a nested result."""
    pattern: str = ""
    """The argument that is a regular expression."""


def _of(
    function: str, gives: Kind | str, *arguments: tuple[str, Kind | str], fails: bool = False,
    defaults: Mapping[str, int | str] | None = None, pattern: str = "",
) -> Signature:  # fmt: skip
    column = TEXTS if gives is Kind.ARRAY else None
    return Signature(function, arguments, gives, fails, defaults or {}, column, pattern)


_THIS, _NUMBER = ("this", TEXT), ("this", NUMBER)
_OTHER = ("expression", TEXT)

SIGNATURES: dict[type[exp.Expr], Signature] = {
    exp.Lower: _of("tt_lower", TEXT, _THIS),
    exp.Upper: _of("tt_upper", TEXT, _THIS),
    exp.Length: _of("tt_length", INT, _THIS),
    exp.Substring: _of("tt_substr", TEXT, _THIS, ("start", INT), ("length", INT)),
    exp.StrPosition: _of("tt_strpos", INT, _THIS, ("substr", TEXT)),
    exp.SplitPart: _of(
        "tt_split_part", TEXT, _THIS, ("delimiter", TEXT), ("part_index", INT), fails=True
    ),
    exp.Split: _of(
        "tt_split", Kind.ARRAY, _THIS, _OTHER, ("limit", INT), defaults={"limit": 0}, fails=True
    ),
    exp.Replace: _of("tt_replace", TEXT, _THIS, _OTHER, ("replacement", TEXT),
                     defaults={"replacement": ""}),
    exp.StartsWith: _of("tt_starts_with", BOOL, _THIS, _OTHER),
    exp.RegexpLike: _of("tt_regexp_like", BOOL, _THIS, _OTHER, pattern="expression"),
    exp.RegexpReplace: _of(
        "tt_regexp_replace", TEXT, _THIS, _OTHER, ("replacement", TEXT),
        defaults={"replacement": ""}, pattern="expression",
    ),
    exp.RegexpExtractAll: _of(
        "tt_regexp_extract_all", Kind.ARRAY, _THIS, _OTHER, ("group", INT),
        defaults={"group": 0}, pattern="expression",
    ),
    exp.RegexpSplit: _of("tt_regexp_split", Kind.ARRAY, _THIS, _OTHER, pattern="expression"),
    exp.RegexpCount: _of("tt_regexp_count", INT, _THIS, _OTHER, pattern="expression"),
    exp.Translate: _of("tt_translate", TEXT, _THIS, ("from_", TEXT), ("to", TEXT)),
    exp.Abs: _of("tt_abs", NUMBER, _NUMBER),
    exp.Round: _of("tt_round", NUMBER, _NUMBER, ("decimals", INT), defaults={"decimals": 0}),
    exp.Ceil: _of("tt_ceil", NUMBER, _NUMBER),
    exp.Floor: _of("tt_floor", NUMBER, _NUMBER),
    exp.Trunc: _of("tt_trunc", NUMBER, _NUMBER),
    exp.Sign: _of("tt_sign", NUMBER, _NUMBER),
    exp.Sqrt: _of("tt_sqrt", Kind.DOUBLE, _NUMBER, fails=True),
    exp.Pow: _of("tt_power", Kind.DOUBLE, _NUMBER, ("expression", NUMBER), fails=True),
    exp.Exp: _of("tt_exp", Kind.DOUBLE, _NUMBER, fails=True),
    exp.Ln: _of("tt_ln", Kind.DOUBLE, _NUMBER, fails=True),
    exp.Log: _of("tt_log", Kind.DOUBLE, _NUMBER, ("expression", NUMBER), fails=True),
    exp.ParseJSON: _of("tt_json_parse", JSON, _THIS, fails=True),
}  # fmt: skip
NAMED: dict[str, Signature] = {
    "json_array_length": _of("tt_json_array_length", INT, ("0", JSON)),
    "json_array_get": _of("tt_json_get", JSON, ("0", JSON), ("1", INT)),
    "is_json_scalar": _of("tt_json_is_scalar", BOOL, ("0", JSON), fails=True),
    "codepoint": _of("tt_codepoint", INT, ("0", TEXT), fails=True),
    "url_decode": _of("tt_url_decode", TEXT, ("0", TEXT)),
    "url_encode": _of("tt_url_encode", TEXT, ("0", TEXT)),
    "is_subnet_of": _of("tt_in_network", BOOL, ("0", TEXT), ("1", Kind.IP), fails=True),
}
PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "year",
    exp.Quarter: "quarter",
    exp.Month: "month",
    exp.Week: "week",
    exp.WeekOfYear: "week",
    exp.Day: "day",
    exp.DayOfMonth: "day",
    exp.Hour: "hour",
    exp.Minute: "minute",
    exp.Second: "second",
    exp.DayOfWeekIso: "day_of_week",
    exp.DayOfWeek: "day_of_week",
    exp.DayOfYear: "day_of_year",
    exp.YearOfWeek: "year_of_week",
    exp.YearOfWeekIso: "year_of_week",
}
NAMED_PARTS = ("millisecond", "year_of_week", "yow", "week_of_year", "doy", "dow", "day_of_month")
CAST_KINDS = {
    "VARCHAR": Kind.TEXT,
    "TEXT": Kind.TEXT,
    "BIGINT": Kind.INTEGER,
    "INT": Kind.INTEGER,
    "SMALLINT": Kind.INTEGER,
    "TINYINT": Kind.INTEGER,
    "DOUBLE": Kind.DOUBLE,
    "BOOLEAN": Kind.BOOLEAN,
    "TIMESTAMP": Kind.TIME,
    "TIMESTAMPTZ": Kind.TIME,
    "DATE": Kind.DATE,
    "JSON": Kind.JSON,
    "IPADDRESS": Kind.IP,
    "ARRAY": Kind.ARRAY,
    "MAP": Kind.MAP,
    "STRUCT": Kind.STRUCT,
}
FUNCTIONS = (
    "abs", "all_match", "any_match", "any_value", "approx_distinct", "arbitrary", "array_agg",
    "array_distinct", "array_except", "array_intersect", "array_join", "array_max", "array_min",
    "array_position", "array_remove", "array_sort", "array_union", "arrays_overlap",
    "at_timezone", "avg", "bool_and", "bool_or", "cardinality", "cast", "ceil", "ceiling", "chr",
    "coalesce", "codepoint", "concat", "concat_ws", "contains", "count", "count_if", "cume_dist",
    "current_date", "current_timestamp", "date", "date_add", "date_diff", "date_format",
    "date_parse", "date_trunc", "day", "day_of_month", "day_of_week", "day_of_year", "dense_rank",
    "dow", "doy", "element_at", "every", "exp", "extract", "filter", "first_value", "flatten",
    "floor", "format_datetime", "from_iso8601_date", "from_iso8601_timestamp", "from_unixtime",
    "greatest", "histogram", "hour", "if", "is_json_scalar", "is_subnet_of",
    "json_array_contains", "json_array_get", "json_array_length", "json_extract",
    "json_extract_scalar", "json_format", "json_parse", "json_size", "lag", "last_day_of_month",
    "last_value", "lead", "least", "length", "listagg", "ln", "localtimestamp", "log", "log10",
    "log2", "lower", "lpad", "ltrim", "map", "map_agg", "map_keys", "map_values", "max", "max_by",
    "millisecond", "min", "min_by", "minute", "mod", "month", "none_match", "now", "nth_value",
    "ntile", "nullif", "parse_datetime", "percent_rank", "position", "power", "quarter", "rank",
    "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_like", "regexp_replace",
    "regexp_split", "replace", "reverse", "round", "row_number", "rpad", "rtrim", "second",
    "sequence", "sign", "slice", "split", "split_part", "sqrt", "starts_with", "stddev",
    "stddev_pop", "stddev_samp", "strpos", "substr", "substring", "sum", "to_iso8601",
    "to_unixtime", "transform", "translate", "trim", "truncate", "try_cast", "upper",
    "url_decode", "url_encode", "var_pop", "var_samp", "variance", "week", "week_of_year", "year",
    "year_of_week", "yow",
)  # fmt: skip
"""The functions that are known, for messages and the documentation."""
