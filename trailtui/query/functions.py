"""The functions that a rewritten query calls inside SQLite.

SQLite's own lower(), LIKE, substr() and the like differ from Trino's (ASCII only, without regard
to case, counted otherwise), and stop at a NUL character, which a record may hold; so these are
used instead. All are pure, but for those that read records.
"""

import math
import sqlite3
from collections.abc import Callable
from typing import Any, cast

from trailtui.model.times import format_utc
from trailtui.query import times
from trailtui.query.array_functions import ARRAYS, ARRAYS_WITH_NULLS
from trailtui.query.cast_functions import CASTS
from trailtui.query.collecting import COLLECTING
from trailtui.query.complaints import ValueComplaint
from trailtui.query.date_formats import DATES
from trailtui.query.errors import QueryError
from trailtui.query.json_functions import JSON
from trailtui.query.nested import NESTED, NESTED_AGGREGATES, NESTED_WITH_NULLS
from trailtui.query.number_functions import NUMBER_AGGREGATES, NUMBERS
from trailtui.query.patterns import like_matcher, regex
from trailtui.query.record_functions import (
    RECORD_FUNCTIONS,
    Numbers,
    record_functions,
    stored_functions,
)
from trailtui.query.records import FORMS, Records, extract_from_text, path_of
from trailtui.query.text_functions import TEXTS, TEXTS_WITH_NULLS

Text = str | None
_NO_BLANKS = "\x85\xa0\u2007\u202f"
JAVA_BLANKS = "".join(
    sign for sign in map(chr, range(0x3001)) if sign.isspace() and sign not in _NO_BLANKS
)
"""What trim takes away: Java's Character.isWhitespace, which Trino asks."""
_LIMIT = 1 << 63


class Failure:
    """What a function complained of; SQLite itself only says that some function failed."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def watch(self, function: Callable[..., Any], *, strict: bool = False) -> Callable[..., Any]:
        """The function, with its exception kept before SQLite swallows it.

        `strict`: NULL where any argument is NULL. In one step, as it is done a million times.
        """

        def watched(*arguments: object) -> object:
            if strict and None in arguments:
                return None
            try:
                return function(*arguments)
            except OverflowError:
                self.error = ValueComplaint("a number or a time is too large")
                raise
            except Exception as error:
                self.error = error
                raise

        return watched

    def watch_aggregate(self, aggregate: type[Any]) -> type[Any]:
        """The same for the steps of an aggregate."""
        return type(
            aggregate.__name__,
            (aggregate,),
            {"step": self.watch(aggregate.step), "finalize": self.watch(aggregate.finalize)},
        )


def _like(text: str, pattern: str, escape: str = "") -> int:
    return int(like_matcher(pattern, escape or None)(text))


def _regexp_extract(text: str, pattern: str, group: int = 0) -> Text:
    compiled = regex(pattern)
    if not 0 <= group <= compiled.groups:
        raise ValueComplaint(f"the pattern has no group {group}")
    found = compiled.search(text)
    return found[group] if found else None


def _substr(text: str, start: int, length: int | None = None) -> str:
    if start == 0 or (length is not None and length <= 0):
        return ""
    begin = start - 1 if start > 0 else len(text) + start
    if begin < 0 or begin >= len(text):
        return ""
    return text[begin:] if length is None else text[begin : begin + length]


def _split_part(text: str, delimiter: str, index: int) -> Text:
    if index < 1:
        raise ValueComplaint("split_part counts from 1")
    if not delimiter:
        raise ValueComplaint("split_part needs a delimiter")
    parts = text.split(delimiter)
    return parts[index - 1] if index <= len(parts) else None


def _trim(text: str, side: str, characters: str = JAVA_BLANKS) -> str:
    strip = {"both": text.strip, "leading": text.lstrip, "trailing": text.rstrip}[side]
    return strip(characters) if characters else text


def _arithmetic(operator: str, left: float, right: float) -> float:
    """Trino's arithmetic: whole numbers stay whole, and neither overflow nor divide by zero."""
    whole = isinstance(left, int) and isinstance(right, int)
    if operator in "/%" and right == 0 and whole:
        raise ValueComplaint("division by zero")
    if operator in "/%" and whole:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        result = quotient if operator == "/" else left - quotient * right
    elif operator in "/%" and right == 0:
        raise ValueComplaint("division by zero gives no number")
    else:
        result = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: left - right * int(left / right),
        }[operator]()
    if whole and not -_LIMIT <= result < _LIMIT:
        raise ValueComplaint(f"{left} {operator} {right} is too large for a bigint")
    if not whole and not math.isfinite(result):
        raise QueryError(f"{left} {operator} {right} is no number (Trino: Infinity)")
    return result


def _parse_time(text: str) -> int:
    at_ms = times.parse_iso(text)
    if at_ms is None:
        raise ValueComplaint(f"{text!r} is no time in ISO 8601 (2026-01-31T00:00:00Z)")
    return at_ms


def _iso(at_ms: int) -> str:
    return times.as_timestamp_text(at_ms).replace(" ", "T") + "Z"


def _json_array_length(text: str) -> int | None:
    import msgspec

    try:
        return len(msgspec.json.decode(text, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _lower(text: str) -> str:
    """Character by character, as Trino does: the length stays (so ß has no upper case)."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _upper(text: str) -> str:
    if text.isascii():
        return text.upper()
    return "".join(up if len(up := char.upper()) == 1 else char for char in text)


def _regexp_like(text: str, pattern: str) -> int:
    return int(regex(pattern).search(text) is not None)


def _reverse(text: str) -> str:
    return text[::-1]


def _strpos(text: str, part: str) -> int:
    return text.find(part) + 1


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new)


def _starts_with(text: str, part: str) -> int:
    return int(text.startswith(part))


PURE: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_like": (3, _like),
    "tt_regexp_like": (2, _regexp_like),
    "tt_regexp_extract": (3, _regexp_extract),
    "tt_lower": (1, _lower),
    "tt_upper": (1, _upper),
    "tt_length": (1, len),
    "tt_reverse": (1, _reverse),
    "tt_substr": (-1, _substr),
    "tt_strpos": (2, _strpos),
    "tt_split_part": (3, _split_part),
    "tt_replace": (3, _replace),
    "tt_trim": (-1, _trim),
    "tt_starts_with": (2, _starts_with),
    "tt_arithmetic": (3, _arithmetic),
    "tt_truncate": (2, times.truncate),
    "tt_add": (3, times.add),
    "tt_difference": (3, times.difference),
    "tt_part": (2, times.part),
    "tt_parse_time": (1, _parse_time),
    "tt_iso": (1, _iso),
    "tt_json_array_length": (1, _json_array_length),
    "tt_event_text": (1, format_utc),
    **ARRAYS,
    **CASTS,
    **NESTED,
    **NUMBERS,
    **TEXTS,
    **DATES,
    **JSON,
}
"""Name, number of arguments (-1: any), and what it does for arguments that are not NULL."""


WITH_NULLS = {**ARRAYS_WITH_NULLS, **NESTED_WITH_NULLS, **TEXTS_WITH_NULLS}
"""The same for functions that know what to do with NULL."""


class _Joined:
    """array_join(array_agg(x), separator): NULLs are left out, NULL where there is no row."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._separator: str | None = None

    def step(self, text: Text, separator: str, distinct: int) -> None:
        self._separator = separator
        if text is not None and not (distinct and text in self._texts):
            self._texts.append(text)

    def finalize(self) -> Text:
        if self._separator is None:
            return None
        return self._separator.join(sorted(self._texts))


class _ValueAtMost:
    """max_by(x, y): the x of the row with the greatest y."""

    def __init__(self) -> None:
        self._best: tuple[Any, Any] | None = None

    def step(self, value: object, by: Any) -> None:  # noqa: ANN401 - whatever is ordered
        if by is not None and (self._best is None or by > self._best[1]):
            self._best = (value, by)

    def finalize(self) -> Any:  # noqa: ANN401
        return None if self._best is None else self._best[0]


class _ValueAtLeast(_ValueAtMost):
    """min_by(x, y): the x of the row with the smallest y."""

    def step(self, value: object, by: Any) -> None:  # noqa: ANN401
        if by is not None and (self._best is None or by < self._best[1]):
            self._best = (value, by)


AGGREGATES = {
    "tt_joined": (3, _Joined),
    "tt_numbers": (1, Numbers),
    "tt_max_by": (2, _ValueAtMost),
    "tt_min_by": (2, _ValueAtLeast),
    **COLLECTING,
    **NESTED_AGGREGATES,
    **NUMBER_AGGREGATES,
}


def soft(name: str) -> str:
    """What a function is called inside TRY(…)."""
    return name.replace("tt_", "tt_soft_")


def _softly(function: Callable[..., Any]) -> Callable[..., Any]:
    """NULL where the function would complain of a value."""

    def tried(*arguments: object) -> object:
        try:
            return function(*arguments)
        except ValueComplaint:
            return None

    return tried


SOFT_FUNCTIONS = tuple(soft(name) for name in (*PURE, *RECORD_FUNCTIONS, "tt_json"))


def register(connection: sqlite3.Connection, records: Records | None) -> Failure:
    """Make the functions known to a connection; without records, only those over values.

    Gives the place where a function's complaint can be found after SQLite reports an error.
    """
    failure = Failure()
    for name, (count, function) in PURE.items():
        watched = failure.watch(function, strict=True)
        connection.create_function(name, count, watched, deterministic=True)
        softly = failure.watch(_softly(function), strict=True)
        connection.create_function(soft(name), count, softly, deterministic=True)
    for name, (count, function) in WITH_NULLS.items():
        connection.create_function(name, count, failure.watch(function), deterministic=True)
    for name, (count, aggregate) in AGGREGATES.items():
        watched = failure.watch_aggregate(aggregate) if name in COLLECTING else aggregate
        connection.create_aggregate(name, count, cast("Any", watched))

    def from_text(text: Text, path: str, form: str) -> Text:
        return extract_from_text(text, path_of(path), FORMS[form])

    connection.create_function("tt_json", 3, failure.watch(from_text), deterministic=True)
    connection.create_function("tt_soft_json", 3, failure.watch(from_text), deterministic=True)
    if records is None:
        return failure
    functions = {**record_functions(records), **stored_functions(records)}
    for name, (count, function) in functions.items():
        watched = failure.watch(function)
        connection.create_function(name, count, watched, deterministic=name != "tt_expected")
        if name in RECORD_FUNCTIONS:
            connection.create_function(soft(name), count, watched, deterministic=True)
    return failure
