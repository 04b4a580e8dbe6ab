"""Functions over numbers inside SQLite, as Trino has them; whole numbers stay whole."""

import math
import statistics
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from trailtui.query.complaints import ValueComplaint

_MOST_PLACES = 300
_WHOLE_FROM = float(1 << 53)
"""A double from here on has no places behind the point."""
_LIMIT = 1 << 63


def rounded(value: float, places: int) -> float:
    """round: halves away from zero; a double by the double that ten to the places times it is."""
    if isinstance(value, int):
        return value if places >= 0 else _rounded_whole(value, places)
    if abs(places) > _MOST_PLACES:
        return value if places > 0 else 0.0
    factor = 10.0**places
    scaled = abs(value) * factor
    if not scaled < _WHOLE_FROM:
        return value
    below = math.floor(scaled)
    return math.copysign((below + (scaled - below >= 0.5)) / factor, value)


def _rounded_whole(value: int, places: int) -> int:
    quantum = Decimal(1).scaleb(-places)
    with localcontext() as context:
        context.prec = 60
        result = int(Decimal(value).quantize(quantum, rounding=ROUND_HALF_UP))
    if not -_LIMIT <= result < _LIMIT:
        raise ValueComplaint(f"{value} rounded is too large for a bigint")
    return result


def ceiling(value: float) -> float:
    """The next whole number above."""
    return value if isinstance(value, int) else float(math.ceil(value))


def floor(value: float) -> float:
    """The next whole number below."""
    return value if isinstance(value, int) else float(math.floor(value))


def truncated(value: float) -> float:
    """The whole part."""
    return value if isinstance(value, int) else float(math.trunc(value))


def sign(value: float) -> float:
    """-1, 0 or 1, of the number's own type."""
    whole = (value > 0) - (value < 0)
    return whole if isinstance(value, int) else float(whole)


def absolute(value: float) -> float:
    """Without its sign."""
    if value == -_LIMIT and isinstance(value, int):
        raise ValueComplaint(f"{value} without its sign is too large for a bigint")
    return abs(value)


def _real(function: Callable[..., float]) -> Callable[..., float]:
    """A function that gives a double; Trino's NaN and Infinity are a complaint here."""

    def checked(*values: float) -> float:
        try:
            result = float(function(*(float(value) for value in values)))
        except (ValueError, OverflowError, ZeroDivisionError):
            result = math.nan
        if not math.isfinite(result):
            raise ValueComplaint("this gives no number (Trino: NaN or Infinity)")
        return result

    return checked


def _logarithm(base: float, value: float) -> float:
    exact = {2.0: math.log2, 10.0: math.log10}.get(base)
    return exact(value) if exact else math.log(value) / math.log(base)


NUMBERS: dict[str, tuple[int, Callable[..., Any]]] = {
    "tt_round": (2, rounded),
    "tt_ceil": (1, ceiling),
    "tt_floor": (1, floor),
    "tt_trunc": (1, truncated),
    "tt_sign": (1, sign),
    "tt_abs": (1, absolute),
    "tt_sqrt": (1, _real(math.sqrt)),
    "tt_power": (2, _real(math.pow)),
    "tt_exp": (1, _real(math.exp)),
    "tt_ln": (1, _real(math.log)),
    "tt_log": (2, _real(_logarithm)),
}


class _Spread:
    """stddev and variance of the numbers that are not NULL."""

    least = 2
    function: Callable[[list[float]], float]

    def __init__(self) -> None:
        self._values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self._values.append(float(value))

    def finalize(self) -> float | None:
        return type(self).function(self._values) if len(self._values) >= self.least else None


class _Deviation(_Spread):
    function = statistics.stdev


class _Variance(_Spread):
    function = statistics.variance


class _WholeDeviation(_Spread):
    least = 1
    function = statistics.pstdev


class _WholeVariance(_Spread):
    least = 1
    function = statistics.pvariance


NUMBER_AGGREGATES = {
    "tt_stddev": (1, _Deviation),
    "tt_variance": (1, _Variance),
    "tt_stddev_pop": (1, _WholeDeviation),
    "tt_var_pop": (1, _WholeVariance),
}
