"""Times: integer milliseconds since 1970 in UTC inside, ISO 8601 with a Z outside."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from trailtui.model.errors import InputError

LAST_SECOND = (1 << 32) - 1
"""The last second an event row can hold (2106-02-07); see case.schema."""

_EVENT_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s*(Z|UTC|[+-]\d\d:?\d\d)?",
)
_RELATIVE = re.compile(r"-(\d{1,6})(s|m|h|d|w)")
_UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From `since_ms` (included) to `until_ms` (excluded); None is open."""

    since_ms: int | None = None
    until_ms: int | None = None

    def __str__(self) -> str:
        since = format_utc(self.since_ms) if self.since_ms is not None else "the beginning"
        until = format_utc(self.until_ms) if self.until_ms is not None else "the end"
        return f"{since} to {until}"


EVER = TimeWindow()
"""No bounds at all."""


def now_ms() -> int:
    """The present, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def format_utc(at_ms: int) -> str:
    """`2026-11-21T03:04:05Z`; milliseconds are shown where there are any."""
    seconds, millis = divmod(at_ms, 1000)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{millis:03d}Z" if millis else f"{text}Z"


_SECONDS_MS = {f"{second:02d}Z": second * 1000 for second in range(60)}


@lru_cache(maxsize=4096)
def _minute_ms(minute: str) -> int | None:
    """Milliseconds of `2024-07-30T21:53:`; records of one file share a handful of minutes."""
    return _parse_any_time(f"{minute}00Z")


def parse_event_time(text: str) -> int | None:
    """Milliseconds of a record's eventTime, or None where it is no time.

    CloudTrail writes `2024-07-30T21:53:13Z` (its record reference, eventTime); exports are met
    with a space for the T, with fractions, or with an offset. A time without an offset is UTC.
    Times that an event row can't hold (before 1970, after 2106) are None.
    """
    seconds_ms = _SECONDS_MS.get(text[17:])
    if seconds_ms is not None:
        minute_ms = _minute_ms(text[:17])
        if minute_ms is not None:
            return minute_ms + seconds_ms
    return _parse_any_time(text)


def _parse_any_time(text: str) -> int | None:
    found = _EVENT_TIME.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    seconds = int(moment.timestamp()) - _offset_seconds(found[8]) + (second > 59)
    if not 0 <= seconds <= LAST_SECOND:
        return None
    return seconds * 1000 + int((found[7] or "0").ljust(3, "0")[:3])


def _offset_seconds(zone: str | None) -> int:
    if zone is None or zone in ("Z", "UTC"):
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def parse_moment(text: str, present_ms: int | None = None) -> int:
    """Milliseconds of a time that a user typed.

    `2026-01-01`, `2026-01-01T03:04:05Z`, `2026-01-01 03:04` (UTC unless it has an offset), `now`,
    or back from now: `-30m`, `-24h`, `-7d`, `-2w`. Raises InputError for anything else.
    """
    present = now_ms() if present_ms is None else present_ms
    word = text.strip()
    if word.lower() == "now":
        return present
    if back := _RELATIVE.fullmatch(word):
        return present - int(back[1]) * _UNIT_MS[back[2]]
    full = word
    if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
        full = f"{word}T00:00:00"
    elif re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\dZ?", word):
        full = f"{word.rstrip('Z')}:00"
    parsed = parse_event_time(full)
    if parsed is None:
        raise InputError(
            f"{word!r} is no time",
            cure="Write 2026-01-31, 2026-01-31T03:04:05Z, now, or back from now: -30m, -24h, -7d.",
        )
    return parsed
