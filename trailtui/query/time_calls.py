"""Functions of times: what they are in SQLite's words, in UTC or in the zone of their argument."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query import times
from trailtui.query.columns import Kind, Store
from trailtui.query.complaints import ValueComplaint
from trailtui.query.context import Value
from trailtui.query.date_formats import signs
from trailtui.query.fragment import Sql, bound, sql
from trailtui.query.signatures import NAMED_PARTS, PARTS

if TYPE_CHECKING:
    from trailtui.query.calls import Calls

UTC = "UTC"
_WITHIN = {"hour": (3_600_000, 24), "minute": (60_000, 60), "second": (1000, 60)}
WITHIN_A_DAY = ("hour", "minute", "second", "millisecond")
"""Units that a date does not have, for Trino."""
_BY_THE_CLOCK = ("day", "week", "month", "quarter", "year")


class TimeCalls:
    """Rewrites functions of times; their arguments are expressions again."""

    def __init__(self, calls: "Calls") -> None:
        self._calls = calls
        self._in = calls.expressions
        self._context = calls.expressions.context
        self.special: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.TimestampTrunc: self._truncate,
            exp.DateTrunc: self._truncate,
            exp.DateAdd: self._date_add,
            exp.DateDiff: self._date_diff,
            exp.CurrentTimestamp: self._now,
            exp.Localtimestamp: self._now,
            exp.CurrentDate: self._today,
            exp.Date: self._date,
            exp.LastDay: self._month_end,
            exp.TimeToUnix: self._to_unixtime,
            exp.UnixToTime: self._from_unixtime,
            exp.Extract: self._extract,
            exp.AtTimeZone: self._at_time_zone,
            exp.FromISO8601Timestamp: self._from_iso,
            exp.FromISO8601Date: self._from_iso_date,
            **dict.fromkeys(PARTS, self._part),
        }
        self.named: dict[str, Callable[..., Value]] = {
            "date_format": self._format,
            "format_datetime": self._format,
            "date_parse": self._parse,
            "parse_datetime": self._parse,
            "to_iso8601": self._iso,
            "at_timezone": self._at_time_zone_named,
            **dict.fromkeys(NAMED_PARTS, self._part_named),
        }

    def _time(self, node: exp.Expr, call: exp.Expr) -> Value:
        return self._calls.argument(node, Kind.TIME, call)

    def _clock(self, value: Value) -> Sql:
        """What a clock in the value's zone shows."""
        if value.zone in ("", UTC):
            return value.sql
        return sql("tt_local({}, {})", value.sql, bound(value.zone))

    def _of_clock(self, value: Value, made: Sql) -> Sql:
        if value.zone in ("", UTC):
            return made
        return sql("tt_from_local({}, {})", made, bound(value.zone))

    def _unit(self, node: exp.Expr, given: object, *values: Value) -> str:
        """A unit of time that all of the values have."""
        unit = str(given.name if isinstance(given, exp.Expr) else given or "day").lower()
        if unit not in times.UNITS:
            raise self._context.error(
                f"{unit!r} is no unit of time", node, f"Write one of {', '.join(times.UNITS)}."
            )
        if unit in WITHIN_A_DAY and all(value.kind is Kind.DATE for value in values):
            raise self._context.error(f"a date has no {unit}", node, "CAST it AS timestamp.")
        return unit

    def _truncate(self, node: exp.Expr) -> Value:
        self._context.only(node, "this", "unit")
        value = self._time(node.this, node)
        unit = self._unit(node, node.args.get("unit"), value)
        size = times.FIXED_MS.get(unit)
        if size and unit != "week" and _is_event_time(value) and value.zone in ("", UTC):
            made = sql(f"(({{}}) / {size} * {size})", value.sql)  # no event was before 1970
            return Value(made, value.kind, zone=value.zone)
        made = sql("tt_truncate({}, {})", bound(unit), self._clock(value))
        return Value(self._of_clock(value, made), value.kind, value.constant, zone=value.zone)

    def _date_add(self, node: exp.DateAdd) -> Value:
        value = self._time(node.this, node)
        count = self._calls.argument(node.expression, Kind.INTEGER, node)
        unit = self._unit(node, node.args.get("unit"), value)
        if unit in _BY_THE_CLOCK:
            made = sql("tt_add({}, {}, {})", bound(unit), count.sql, self._clock(value))
            made = self._of_clock(value, made)
        else:
            made = sql(f"(({{}}) + ({{}}) * {times.FIXED_MS[unit]})", value.sql, count.sql)
        return Value(made, value.kind, value.constant and count.constant, zone=value.zone)

    def _date_diff(self, node: exp.DateDiff) -> Value:
        until, since = self._time(node.this, node), self._time(node.expression, node)
        unit = self._unit(node, node.args.get("unit"), until, since)
        first, last = since.sql, until.sql
        if unit in _BY_THE_CLOCK:
            first, last = self._clock(since), self._clock(replace(until, zone=since.zone))
        made = sql("tt_difference({}, {}, {})", bound(unit), first, last)
        return Value(made, Kind.INTEGER, until.constant and since.constant)

    def _now(self, node: exp.Expr) -> Value:
        zone = UTC if isinstance(node, exp.CurrentTimestamp) else ""
        return Value(bound(self._context.now_ms), Kind.TIME, constant=True, zone=zone)

    def _today(self, node: exp.CurrentDate) -> Value:
        self._context.only(node)
        return Value(bound(times.truncate("day", self._context.now_ms)), Kind.DATE, constant=True)

    def _date(self, node: exp.Date) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind is Kind.TEXT:
            self._in.may_fail(node, not value.constant)
            made = sql("tt_cast({}, 'date', 'varchar')", value.sql)
            return Value(made, Kind.DATE, value.constant)
        value = self._time(node.this, node)
        return Value(sql("tt_truncate('day', {})", self._clock(value)), Kind.DATE, value.constant)

    def _month_end(self, node: exp.LastDay) -> Value:
        self._context.only(node, "this")
        value = self._time(node.this, node)
        return Value(sql("tt_month_end({})", self._clock(value)), Kind.DATE, value.constant)

    def _to_unixtime(self, node: exp.TimeToUnix) -> Value:
        self._context.only(node, "this")
        value = self._time(node.this, node)
        return Value(sql("({} / 1000.0)", value.sql), Kind.DOUBLE, value.constant)

    def _from_unixtime(self, node: exp.UnixToTime) -> Value:
        self._context.only(node, "this")
        value = self._calls.number(node.this)
        made = sql("CAST(tt_round({} * 1000, 0) AS INTEGER)", value.sql)
        return Value(made, Kind.TIME, value.constant, zone=UTC)

    def _extract(self, node: exp.Extract) -> Value:
        name = str(node.this.name).lower()
        if name not in times.PARTS:
            raise self._context.error(f"{name!r} is no part of a time", node)
        return self._time_part(node, name, node.expression)

    def _part(self, node: exp.Expr) -> Value:
        self._context.only(node, "this")
        return self._time_part(node, PARTS[type(node)], node.this)

    def _part_named(self, node: exp.Anonymous) -> Value:
        (of,) = self._calls.exactly(node, 1)
        name = str(node.this).lower()
        return self._time_part(node, "week" if name == "week_of_year" else name, of)

    def _time_part(self, node: exp.Expr, name: str, of: exp.Expr) -> Value:
        value = self._time(of, node)
        if name in _WITHIN and _is_event_time(value) and value.zone in ("", UTC):
            size, number = _WITHIN[name]
            return Value(sql(f"(({{}}) / {size} % {number})", value.sql), Kind.INTEGER)
        made = sql("tt_part({}, {})", bound(name), self._clock(value))
        return Value(made, Kind.INTEGER, value.constant)

    def _at_time_zone(self, node: exp.AtTimeZone) -> Value:
        return self._in_zone(node, node.this, node.args["zone"])

    def _at_time_zone_named(self, node: exp.Anonymous) -> Value:
        value, zone = self._calls.exactly(node, 2)
        return self._in_zone(node, value, zone)

    def _in_zone(self, node: exp.Expr, of: exp.Expr, zone: exp.Expr) -> Value:
        value = self._time(of, node)
        named = self._in.text(zone)
        if not named.constant:
            raise self._context.error("the time zone must be a constant", zone)
        name = str(self._context.constant(named, zone))
        try:
            times.zone_of(name)
        except (ValueError, OSError, KeyError):
            raise self._context.error(
                f"there is no time zone {name}", zone, "Write 'UTC', 'Europe/Berlin' or '+02:00'."
            ) from None
        return replace(value, kind=Kind.TIME, zone=name, column=None)

    def _from_iso(self, node: exp.FromISO8601Timestamp) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind is Kind.TIME:  # Athena's table has the time as text, so people convert it
            return replace(value, zone=value.zone or UTC)
        value = self._in.text(node.this, value)
        self._in.may_fail(node, not value.constant)
        return Value(sql("tt_parse_time({})", value.sql), Kind.TIME, value.constant, zone=UTC)

    def _from_iso_date(self, node: exp.FromISO8601Date) -> Value:
        self._context.only(node, "this")
        value = self._in.text(node.this)
        self._in.may_fail(node, not value.constant)
        made = sql("tt_cast({}, 'date', 'varchar')", value.sql)
        return Value(made, Kind.DATE, value.constant)

    def _iso(self, node: exp.Anonymous) -> Value:
        (of,) = self._calls.exactly(node, 1)
        value = self._time(of, node)
        if value.kind is Kind.DATE:
            made = sql("tt_cast({}, 'varchar', 'date')", value.sql)
            return Value(made, Kind.TEXT, value.constant)
        if value.zone not in ("", UTC):
            made = sql("tt_time_shown('joda', ?, {}, {})", value.sql, bound(value.zone))
            pattern = "yyyy-MM-dd'T'HH:mm:ss.SSSZZ"
            return Value(Sql(made.text, (pattern, *made.parameters)), Kind.TEXT, value.constant)
        return Value(sql("tt_iso({})", value.sql), Kind.TEXT, value.constant)

    def _format(self, node: exp.Anonymous) -> Value:
        of, pattern = self._calls.exactly(node, 2)
        value = self._time(of, node)
        style, text = self._pattern(node, pattern)
        made = sql(
            "tt_time_shown({}, {}, {}, {})",
            bound(style), bound(text), value.sql, bound(value.zone),
        )  # fmt: skip
        return Value(made, Kind.TEXT, value.constant)

    def _parse(self, node: exp.Anonymous) -> Value:
        of, pattern = self._calls.exactly(node, 2)
        value = self._in.text(of)
        style, text = self._pattern(node, pattern)
        self._in.may_fail(node, not value.constant)
        made = sql("tt_time_read({}, {}, {})", bound(style), bound(text), value.sql)
        zone = UTC if style == "joda" else ""
        return Value(made, Kind.TIME, value.constant, zone=zone)

    def _pattern(self, node: exp.Anonymous, pattern: exp.Expr) -> tuple[str, str]:
        """The style and text of a pattern, checked before the query runs."""
        style = "mysql" if str(node.this).lower().startswith("date_") else "joda"
        given = self._in.text(pattern)
        if not given.constant:
            raise self._context.error("the pattern must be a constant", pattern)
        text = str(self._context.constant(given, pattern))
        try:
            signs(style, text)
        except ValueComplaint as error:
            raise self._context.error(str(error), pattern) from None
        return style, text


def _is_event_time(value: Value) -> bool:
    field = value.field
    return field is not None and field.relation.is_events and field.column.store is Store.TIME
