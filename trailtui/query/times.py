"""Reckoning with times as Trino does, in UTC, over milliseconds since 1970."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from trailtui.model.times import parse_moment
from trailtui.query.errors import QueryError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIXED_MS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = (*FIXED_MS, *_MONTHS)
PARTS = (
    "year", "quarter", "month", "week", "day", "day_of_month", "day_of_week", "dow", "day_of_year",
    "doy", "hour", "minute", "second", "millisecond", "year_of_week", "yow",
)  # fmt: skip
_ZONE = re.compile(r"\s*(?:UTC|Etc/UTC)$")
_CLOCK = r"\d\d(?::\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?"
_WRITTEN = re.compile(rf"\d{{4}}-\d\d-\d\d(?:[T ]{_CLOCK})?", re.ASCII)
_ISO = re.compile(rf"\d{{4}}-\d\d-\d\d(?:T{_CLOCK})?", re.ASCII)
_CAST = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*(\S.*)?", re.ASCII
)  # fmt: skip


def moment(at_ms: int) -> datetime:
    """The time as a datetime in UTC; OverflowError past the year 9999."""
    return EPOCH + timedelta(milliseconds=at_ms)


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def parse_time(text: str, present_ms: int | None = None) -> int | None:
    """Milliseconds of a time as queries write it, or None where it is none.

    `2026-01-01`, `2026-01-01 00:00:00`, ISO 8601 with T, Z or an offset; and the relative forms
    of the command line (`-24h`, `now`) where the present is given.
    """
    from trailtui.model.errors import InputError

    word = _ZONE.sub("Z", text.strip())
    if present_ms is None and not word[:1].isdigit():
        return None
    try:
        return parse_moment(word, present_ms)
    except (InputError, ValueError):
        pass
    return _from_iso(word) if _WRITTEN.fullmatch(word) else None


def parse_iso(text: str) -> int | None:
    """Milliseconds of a time in ISO 8601, with T or a day alone; None where it is none."""
    return _from_iso(text) if _ISO.fullmatch(text) else None


def _from_iso(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return milliseconds(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))


def cast_time(text: str, *, day_only: bool) -> int | None:
    """Milliseconds of a text as Trino casts it to a timestamp or a date; None where it fails.

    A T between day and time is refused there, a time in a cast to a date too. Where Trino and
    older engines take an offset differently, QueryError: it is no NULL either.
    """
    found = _CAST.fullmatch(text.strip())
    if found is None or (day_only and (found[4] or found[8])):
        return None
    numbers = [int(found[at] or 0) for at in range(1, 7)]
    try:
        at = datetime(*numbers, tzinfo=UTC)  # pyright: ignore[reportArgumentType]
    except ValueError:
        return None
    if found[8] not in (None, "Z", "UTC", "Etc/UTC", "+00:00"):
        raise QueryError(
            f"the zone in {text!r} is taken differently by different engines",
            cure="Use parse_datetime(…), or from_iso8601_timestamp(…) with a T before the time.",
        )
    return milliseconds(at) + int((found[7] or "0").ljust(3, "0")[:3])


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """A time zone by its name or offset ("" is UTC); raises ValueError where there is none."""
    if not name or name.upper() in ("UTC", "Z"):
        return UTC
    if found := re.fullmatch(r"([+-])(\d\d):?(\d\d)", name):
        minutes = int(found[2]) * 60 + int(found[3])
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    return ZoneInfo(name)


def local(at_ms: int, zone: str) -> int:
    """What a clock in the zone shows, as milliseconds of a clock in UTC that shows the same."""
    at = moment(at_ms).astimezone(zone_of(zone))
    return at_ms + (at.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def from_local(clock_ms: int, zone: str) -> int:
    """The time at which a clock in the zone shows that (the first, where it does twice)."""
    at = moment(clock_ms).replace(tzinfo=zone_of(zone))
    return clock_ms - (at.utcoffset() or timedelta()) // timedelta(milliseconds=1)


def month_end(at_ms: int) -> int:
    """The last day of the month that the time lies in."""
    return add("month", 1, truncate("month", at_ms)) - FIXED_MS["day"]


def as_zoned_text(at_ms: int, zone: str) -> str:
    """As Trino casts a timestamp(3) with time zone to varchar."""
    return f"{as_timestamp_text(local(at_ms, zone))} {zone or 'UTC'}"


def truncate(unit: str, at_ms: int) -> int:
    """The beginning of the unit that the time lies in; weeks begin on Monday."""
    if unit == "week":
        at = moment(at_ms).replace(hour=0, minute=0, second=0, microsecond=0)
        return milliseconds(at - timedelta(days=at.weekday()))
    if fixed := FIXED_MS.get(unit):
        return at_ms // fixed * fixed
    at = moment(at_ms)
    month = {"month": at.month, "quarter": (at.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return milliseconds(datetime(at.year, month, 1, tzinfo=UTC))


def add(unit: str, count: int, at_ms: int) -> int:
    """The time moved by so many units; a month's end stays within the month."""
    if fixed := FIXED_MS.get(unit):
        return at_ms + count * fixed
    at = moment(at_ms)
    month = at.year * 12 + at.month - 1 + count * _MONTHS[unit]
    year, month = month // 12, month % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    day = min(at.day, monthrange(year, month)[1])
    return milliseconds(at.replace(year=year, month=month, day=day))


def difference(unit: str, since_ms: int, until_ms: int) -> int:
    """How many whole units lie between two times; negative where the second is earlier."""
    if fixed := FIXED_MS.get(unit):
        whole = abs(until_ms - since_ms) // fixed
        return whole if until_ms >= since_ms else -whole
    first, last = moment(min(since_ms, until_ms)), moment(max(since_ms, until_ms))
    months = (last.year - first.year) * 12 + last.month - first.month
    if add("month", months, milliseconds(first)) > milliseconds(last):
        months -= 1
    whole = months // _MONTHS[unit]
    return whole if until_ms >= since_ms else -whole


def part(name: str, at_ms: int) -> int:
    """One part of a time: year, month, hour…; day_of_week is 1 for Monday."""
    at = moment(at_ms)
    return {
        "year": at.year,
        "quarter": (at.month - 1) // 3 + 1,
        "month": at.month,
        "week": at.isocalendar().week,
        "day": at.day,
        "day_of_month": at.day,
        "day_of_week": at.isoweekday(),
        "dow": at.isoweekday(),
        "day_of_year": at.timetuple().tm_yday,
        "doy": at.timetuple().tm_yday,
        "year_of_week": at.isocalendar().year,
        "yow": at.isocalendar().year,
        "hour": at.hour,
        "minute": at.minute,
        "second": at.second,
        "millisecond": at_ms % 1000,
    }[name]


def as_timestamp_text(at_ms: int) -> str:
    """As Trino casts a timestamp(3) to varchar."""
    return moment(at_ms).strftime("%Y-%m-%d %H:%M:%S.") + f"{at_ms % 1000:03d}"


def as_date_text(at_ms: int) -> str:
    """As Trino writes a date."""
    return moment(at_ms).strftime("%Y-%m-%d")
