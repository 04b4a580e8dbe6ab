"""CAST between scalar types inside SQLite, as Trino does it."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from trailtui.query import times
from trailtui.query.complaints import ValueComplaint
from trailtui.query.errors import QueryError
from trailtui.query.text_functions import as_address

Scalar = str | int | float | None
WRITTEN = "written"
"""As the source of a cast: a text of the query itself, whose times may be written more freely."""
WIDTHS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}
"""Bits of the types of whole numbers."""
_INTEGER = re.compile(r"[+-]?\d+")
_DOUBLE = re.compile(
    r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?\s*", re.ASCII
)  # as Java reads one
_NO_NUMBER = re.compile(r"\s*[+-]?(?:NaN|Infinity)\s*")


def cast(value: str | int | float, target: str, source: str) -> str | int | float:
    """CAST by the names of the types; raises ValueComplaint as Trino would fail.

    NaN and Infinity, which SQLite does not have, are a QueryError: no TRY makes NULL of them.
    """
    result: Scalar = None
    if target in WIDTHS and source in WIDTHS:
        result = value if _fits(int(value), target) else None
    elif target == source:
        result = value
    elif source == WRITTEN and target in ("timestamp", "date"):
        at_ms = times.parse_time(str(value))
        result = times.truncate("day", at_ms) if at_ms is not None and target == "date" else at_ms
    elif source in ("varchar", WRITTEN):
        result = cast_text(str(value), target)
    elif target == "varchar":
        result = _as_text(value, source)
    elif target == "bigint" and source == "double":
        result = _rounded(float(value))
    elif target == "bigint" or (target == "double" and source in ("bigint", "boolean")):
        result = int(value) if target == "bigint" else float(value)
    elif target == "boolean":
        result = int(value != 0)
    elif target == "date" and source == "timestamp":
        result = times.truncate("day", int(value))
    elif target == "timestamp" and source == "date":
        result = value
    if result is None:
        raise ValueComplaint(f"{value!r} can't be cast to {target}")
    return result


def try_cast(value: str | int | float, target: str, source: str) -> Scalar:
    """TRY_CAST: NULL where CAST would fail."""
    if target == "double" and source == "varchar":  # asked of every object's bytes
        return _double(str(value))
    try:
        return cast(value, target, source)
    except ValueComplaint:
        return None


def cast_text(text: str, target: str) -> Scalar:
    """A text as another type; None where it is none. Blanks around it are no part of a number."""
    if target == "bigint":
        return int(text) if _INTEGER.fullmatch(text) and _fits(int(text), target) else None
    if target == "double":
        return _double(text)
    if target == "boolean":
        return {"true": 1, "t": 1, "1": 1, "false": 0, "f": 0, "0": 0}.get(text.lower())
    if target == "ipaddress":
        return as_address(text)
    if target in ("timestamp", "date"):
        return times.cast_time(text, day_only=target == "date")
    return None


def _fits(number: int, target: str) -> bool:
    limit = 1 << (WIDTHS[target] - 1)
    return -limit <= number < limit


def _double(text: str) -> float | None:
    if len(text) < 16 and text.isascii() and text.isdigit():
        return float(text)
    found = _DOUBLE.fullmatch(text)
    number = float(found[1]) if found else math.nan
    if _NO_NUMBER.fullmatch(text) or math.isinf(number):
        raise QueryError(f"{text[:60]!r} as a double is no number (Trino: NaN or Infinity)")
    return number if found else None


def _rounded(number: float) -> int | None:
    """The nearest whole number, halves away from zero; None where no bigint holds it."""
    if not math.isfinite(number):
        return None
    below = math.floor(abs(number))
    whole = below + (abs(number) - below >= 0.5)
    whole = -whole if number < 0 else whole
    return whole if _fits(whole, "bigint") else None


def _as_text(value: str | int | float, source: str) -> str | None:
    if source == "boolean":
        return "true" if value else "false"
    if source == "timestamp":
        return times.as_timestamp_text(int(value))
    if source == "date":
        return times.as_date_text(int(value))
    if source == "double":
        return _double_text(float(value))
    return str(value) if source in ("bigint", "json", "ipaddress") else None


def _double_text(value: float) -> str:
    """As Java writes a double, which is what Trino prints: 1.0, 0.001, 1.0E10."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value) if "e" not in repr(value) else f"{value:.20f}".rstrip("0")
    mantissa, _, exponent = f"{Decimal(repr(value)):E}".partition("E")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}{'' if '.' in mantissa else '.0'}E{int(exponent)}"


CASTS: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_cast": (3, cast),
    "tt_try_cast": (3, try_cast),
}
