"""Security Hub's filters, one value at a time.

Source: Security Hub API Reference, StringFilter, NumberFilter, DateFilter, IpFilter, MapFilter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.problems import CannotDecideError, ServiceError

Filter = Mapping[str, Dynamic]

_TEXT: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda text, wanted: text == wanted,
    "PREFIX": lambda text, wanted: text.startswith(wanted),
    "CONTAINS": lambda text, wanted: wanted in text,
}
_NEGATED = {"NOT_EQUALS": "EQUALS", "PREFIX_NOT_EQUALS": "PREFIX", "NOT_CONTAINS": "CONTAINS"}


def text_fits(texts: Iterable[str], filters: Iterable[Filter]) -> bool:
    """Positive filters are joined by OR, negative ones by AND, both by AND.

    Raises:
        CannotDecideError: a comparison that is not evaluated here.
    """
    found, positive, any_positive = list(texts), False, False
    for one in filters:
        comparison = str(one["Comparison"])
        negated = _NEGATED.get(comparison)
        if (negated or comparison) not in _TEXT:
            raise CannotDecideError(f"the simulated Security Hub does not evaluate {comparison}")
        hit = any(_TEXT[negated or comparison](text, str(one["Value"])) for text in found)
        if negated and hit:
            return False
        if not negated:
            any_positive = True
            positive = positive or hit
    return positive or not any_positive


def number_fits(numbers: Iterable[float], filters: Iterable[Filter]) -> bool:
    """One of the filters holds for one of the numbers."""
    found = list(numbers)
    return any(
        all(
            bound not in one or test(number, float(one[bound]))
            for bound, test in _BOUNDS.items()
        )
        for one in filters
        for number in found
    )  # fmt: skip


_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "Gte": lambda a, b: a >= b,
    "Gt": lambda a, b: a > b,
    "Lte": lambda a, b: a <= b,
    "Lt": lambda a, b: a < b,
    "Eq": lambda a, b: a == b,
}


def moment_fits(moments: Iterable[datetime], filters: Iterable[Filter], now: datetime) -> bool:
    """One of the filters holds for one of the times."""
    found = list(moments)
    return any(_in_time(at, one, now) for one in filters for at in found)


def _in_time(at: datetime, one: Filter, now: datetime) -> bool:
    if "DateRange" in one:
        span = one["DateRange"]
        if span.get("Comparison", "WITHIN") != "WITHIN":
            raise CannotDecideError("the simulated Security Hub does not evaluate OLDER_THAN")
        return now - timedelta(days=int(span["Value"])) <= at <= now
    if "Start" not in one and "End" not in one:
        raise ServiceError("InvalidInputException", "A date filter needs Start, End or DateRange.")
    return ("Start" not in one or moment(one["Start"]) <= at) and (
        "End" not in one or at <= moment(one["End"])
    )


def moment(text: Dynamic) -> datetime:
    """A time as a filter or a finding has it.

    Raises:
        ServiceError: it is none.
    """
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ServiceError("InvalidInputException", f"Invalid timestamp {text}.") from error
    if at.tzinfo is None:
        raise ServiceError("InvalidInputException", f"The timestamp {text} has no time zone.")
    return at


def address_fits(addresses: Iterable[str], filters: Iterable[Filter]) -> bool:
    """One of the networks holds one of the addresses."""
    found = [ip_address(one) for one in addresses]
    return any(at in ip_network(str(one["Cidr"]), strict=False) for one in filters for at in found)
