"""Times as text and back: MySQL's patterns (date_format, date_parse) and Joda's (format_datetime,
parse_datetime), those of their signs that Trino documents and that mean one thing only.

Times are milliseconds since 1970; what a pattern says of a zone is taken into account.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from trailtui.query import times
from trailtui.query.complaints import ValueComplaint

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_SHORT_DAYS = tuple(name[:3] for name in _DAYS)
_SHORT_MONTHS = tuple(name[:3] for name in _MONTHS)

Show = Callable[[datetime], str]
Sign = tuple[str, Show, str]
"""What a sign is of a time, how it is shown, and the pattern that it is read by."""

_TWO = r"\d{1,2}"


def _padded(width: int, part: Callable[[datetime], int]) -> Show:
    return lambda at: f"{part(at):0{width}d}"


_YEAR: Sign = ("year", _padded(4, lambda at: at.year), r"\d{1,4}")
_MONTH: Sign = ("month", _padded(2, lambda at: at.month), _TWO)
_DAY: Sign = ("day", _padded(2, lambda at: at.day), _TWO)
_HOUR: Sign = ("hour", _padded(2, lambda at: at.hour), _TWO)
_HALF_HOUR: Sign = ("half", _padded(2, lambda at: at.hour % 12 or 12), _TWO)
_MINUTE: Sign = ("minute", _padded(2, lambda at: at.minute), _TWO)
_SECOND: Sign = ("second", _padded(2, lambda at: at.second), _TWO)
_NOON: Sign = ("noon", lambda at: "AM" if at.hour < 12 else "PM", "AM|PM|am|pm")
_SHORT_MONTH: Sign = ("name", lambda at: _SHORT_MONTHS[at.month - 1], "|".join(_SHORT_MONTHS))
_LONG_MONTH: Sign = ("name", lambda at: _MONTHS[at.month - 1], "|".join(_MONTHS))
_SHORT_DAY: Sign = ("", lambda at: _SHORT_DAYS[at.weekday()], "|".join(_SHORT_DAYS))
_LONG_DAY: Sign = ("", lambda at: _DAYS[at.weekday()], "|".join(_DAYS))
_DAY_OF_YEAR: Sign = ("of_year", _padded(3, lambda at: at.timetuple().tm_yday), r"\d{1,3}")
_PLAIN: Mapping[str, Sign] = {
    "%c": ("month", _padded(1, lambda at: at.month), _TWO),
    "%e": ("day", _padded(1, lambda at: at.day), _TWO),
    "%k": ("hour", _padded(1, lambda at: at.hour), _TWO),
    "%l": ("half", _padded(1, lambda at: at.hour % 12 or 12), _TWO),
}
MYSQL: Mapping[str, Sign] = {
    **_PLAIN,
    "%a": _SHORT_DAY, "%W": _LONG_DAY, "%b": _SHORT_MONTH, "%M": _LONG_MONTH,
    "%Y": _YEAR, "%m": _MONTH, "%d": _DAY, "%H": _HOUR, "%h": _HALF_HOUR, "%I": _HALF_HOUR,
    "%i": _MINUTE, "%s": _SECOND, "%S": _SECOND, "%p": _NOON, "%j": _DAY_OF_YEAR,
    "%y": ("short_year", lambda at: f"{at.year % 100:02d}", r"\d{2}"),
    "%f": ("fraction", lambda at: f"{at.microsecond:06d}", r"\d{1,9}"),
    "%v": ("no reading", lambda at: f"{at.isocalendar().week:02d}", r"\d{2}"),
    "%x": ("no reading", lambda at: f"{at.isocalendar().year:04d}", r"\d{4}"),
}  # fmt: skip
_MYSQL_WHOLE = {"%T": "%H:%i:%s", "%r": "%I:%i:%s %p"}
_JODA_SIGN = re.compile(
    r"'((?:[^']|'')*)(?:'|$)|(?P<run>(?P<letter>[A-Za-z])(?P=letter)*)|(.)", re.DOTALL
)


def _offset(at: datetime, colon: str) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{colon}{abs(minutes) % 60:02d}"


_JODA: Mapping[str, tuple[str, Callable[[datetime], int]]] = {
    "M": ("month", lambda at: at.month),
    "d": ("day", lambda at: at.day),
    "H": ("hour", lambda at: at.hour),
    "h": ("half", lambda at: at.hour % 12 or 12),
    "m": ("minute", lambda at: at.minute),
    "s": ("second", lambda at: at.second),
    "D": ("of_year", lambda at: at.timetuple().tm_yday),
}


def _joda(run: str) -> Sign | None:
    """A run of one letter; None where it means nothing here."""
    letter, size = run[0], len(run)
    digits = r"\d{1,9}" if size == 1 else rf"\d{{1,{size}}}"
    if letter in _JODA and (letter != "M" or size < 3):
        name, part = _JODA[letter]
        return (name, _padded(size, part), digits)
    colon = ":" if size == 2 else ""
    other: dict[str, Sign] = {
        "y": ("year", _padded(size, lambda at: at.year), r"\d{1,9}"),
        "M": _SHORT_MONTH if size == 3 else _LONG_MONTH,
        "E": _SHORT_DAY if size < 4 else _LONG_DAY,
        "a": _NOON,
        "S": ("fraction", lambda at: f"{at.microsecond:06d}".ljust(size, "0")[:size], r"\d{1,9}"),
    }
    if size == 2:
        other["y"] = ("short_year", lambda at: f"{at.year % 100:02d}", r"\d{2}")
    if size < 3:
        other["Z"] = ("zone", lambda at: _offset(at, colon), r"Z|[+-]\d\d:?\d\d")
    return other.get("y" if letter == "Y" else letter)


@lru_cache(maxsize=64)
def signs(style: str, pattern: str) -> tuple[Sign | str, ...]:
    """A pattern taken apart: signs, and texts as they are; ValueComplaint for an unknown one."""
    found: list[Sign | str] = []
    if style == "mysql":
        for short, whole in _MYSQL_WHOLE.items():
            pattern = pattern.replace(short, whole)
        for piece in re.findall(r"%.|[^%]+|%$", pattern, re.DOTALL):
            if piece[0] == "%" and piece != "%%" and piece not in MYSQL:
                raise ValueComplaint(f"{piece!r} in a pattern for times is not supported")
            found.append(MYSQL.get(piece, "%" if piece == "%%" else piece))
        return tuple(found)
    for piece in _JODA_SIGN.finditer(pattern):
        if not piece["run"]:
            quoted = piece[1]
            text = piece[0] if quoted is None else (quoted.replace("''", "'") or "'")
            found.append(text)
            continue
        sign = _joda(piece["run"])
        if sign is None:
            raise ValueComplaint(f"{piece['run']!r} in a pattern for times is not supported")
        found.append(sign)
    return tuple(found)


def shown(style: str, pattern: str, at_ms: int, zone: str) -> str:
    """The time in the pattern's words, in a zone."""
    at = times.moment(at_ms).astimezone(times.zone_of(zone))
    return "".join(each if isinstance(each, str) else each[1](at) for each in signs(style, pattern))


def read(style: str, pattern: str, text: str) -> int:
    """Milliseconds of a time in the pattern's words; ValueComplaint where it is none."""
    parts: dict[str, str] = {}
    expression = ""
    for at, each in enumerate(signs(style, pattern)):
        if isinstance(each, str):
            expression += re.escape(each)
        else:
            if each[0] == "no reading":
                raise ValueComplaint("weeks can't be read from a text here")
            expression += f"(?P<g{at}>{each[2]})"
    found = re.fullmatch(expression, text, re.ASCII)
    if found is None:
        raise ValueComplaint(f"{text[:60]!r} is no time of the form {pattern!r}")
    for at, each in enumerate(signs(style, pattern)):
        if not isinstance(each, str) and each[0]:
            parts[each[0]] = found[f"g{at}"]
    try:
        return _moment(parts)
    except (ValueError, OverflowError):
        raise ValueComplaint(f"{text[:60]!r} is no time of the form {pattern!r}") from None


def _moment(parts: Mapping[str, str]) -> int:
    short = int(parts.get("short_year", "70"))
    year = int(parts.get("year", str(short + (2000 if short < 70 else 1900))))
    month = int(parts.get("month", "1"))
    if "name" in parts:
        month = next(n for n, m in enumerate(_SHORT_MONTHS, 1) if parts["name"].startswith(m))
    hour = int(parts.get("hour", "0"))
    if "half" in parts:
        hour = int(parts["half"]) % 12 + (12 if parts.get("noon", "AM").upper() == "PM" else 0)
    fraction = int(parts.get("fraction", "0").ljust(9, "0")) // 1_000_000
    zone: timezone = UTC
    if (offset := parts.get("zone", "Z")) != "Z":
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        zone = timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    at = datetime(
        year, month, int(parts.get("day", "1")), hour,
        int(parts.get("minute", "0")), int(parts.get("second", "0")), tzinfo=zone,
    )  # fmt: skip
    if "of_year" in parts:
        at = at.replace(month=1, day=1) + timedelta(days=int(parts["of_year"]) - 1)
    return times.milliseconds(at.astimezone(UTC)) + fraction


DATES: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_time_shown": (4, shown),
    "tt_time_read": (3, read),
    "tt_local": (2, times.local),
    "tt_from_local": (2, times.from_local),
    "tt_month_end": (1, times.month_end),
    "tt_zoned_text": (2, times.as_zoned_text),
}
