"""What one value of a Sigma rule wants of a field, as a test of a single value of a record.

Texts compare without letters' case, `|cased` with it; numbers and truth values compare as texts
too, so that `5` meets 5 and "5". A regular expression is found anywhere in a text unless it is
anchored; RE2 matches it, so none can take longer than the text allows.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, cast

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
    TimestampPart,
)

from trailtui.detect.sigma.errors import Unsupported
from trailtui.detect.sigma.fields import text_of
from trailtui.detect.sigma.globs import ANY_CHARACTER, ANY_TEXT, compile_glob, folded
from trailtui.detect.sigma.regexes import POLICY
from trailtui.model.times import parse_event_time

ValueTest = Callable[[object], bool]


def value_test(value: SigmaType) -> ValueTest:  # noqa: PLR0911 - one for each kind
    """The test that a value states. Raises Unsupported for what can't be run here."""
    if isinstance(value, SigmaTimestampPart):
        return _timestamp_test(value)
    if isinstance(value, SigmaString):
        return _of_text(_string_test(value))
    if isinstance(value, SigmaNumber):
        return _number_test(value.number)
    if isinstance(value, SigmaBool):
        return _of_text(lambda text: folded(text) == str(value.boolean).lower())
    if isinstance(value, SigmaRegularExpression):
        return _of_text(regex_test(value))
    if isinstance(value, SigmaCIDRExpression):
        return _of_text(_network_test(value.network))
    if isinstance(value, SigmaCompareExpression):
        return _comparison_test(value)
    raise Unsupported(f"values of the kind {type(value).__name__} can't be run on records")


def _of_text(test: Callable[[str], bool]) -> ValueTest:
    def holds(value: object) -> bool:
        text = text_of(value)
        return text is not None and test(text)

    return holds


def _string_test(value: SigmaString) -> Callable[[str], bool]:
    return compile_glob(glob_parts(value), cased=isinstance(value, SigmaCasedString))


def glob_parts(value: SigmaString) -> list[str | tuple[str] | None]:
    """A text of a rule in the parts that `compile_glob` takes."""
    parts: list[str | tuple[str] | None] = []
    for part in value.s:
        if isinstance(part, str):
            parts.append((part,))
        elif isinstance(part, SpecialChars):
            parts.append(ANY_TEXT if part is SpecialChars.WILDCARD_MULTI else ANY_CHARACTER)
        else:
            raise Unsupported(
                f"the placeholder %{part.name}% has no value: give --placeholder {part.name}=VALUE"
            )
    return parts


def regex_test(value: SigmaRegularExpression) -> Callable[[str], bool]:
    """Whether the expression is found in a text."""
    engine = POLICY.regex_engine
    flags = 0
    for flag in value.flags:
        flags |= value.sigma_to_python_flags[flag]
    try:
        compiled = cast("Any", engine.compile(str(value.regexp), flags))
    except engine.error as error:
        raise Unsupported(f"the regular expression can't be run: {error}") from None

    def found(text: str) -> bool:
        return compiled.search(text.encode("utf-8", "backslashreplace").decode()) is not None

    return found


def _network_test(network: IPv4Network | IPv6Network) -> Callable[[str], bool]:
    def inside(text: str) -> bool:
        try:
            return ip_address(text.strip()) in network
        except ValueError:
            return False

    return inside


def number_of(value: object) -> float | None:
    """A number, or a text that spells one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) != float("inf") and number == number else None  # noqa: PLR0124


def _number_test(wanted: float) -> ValueTest:
    written = text_of(wanted)

    def equal(value: object) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value == wanted
        return text_of(value) == written

    return equal


_COMPARE: dict[CompareOperators, Callable[[float, float], bool]] = {
    CompareOperators.LT: lambda one, other: one < other,
    CompareOperators.LTE: lambda one, other: one <= other,
    CompareOperators.GT: lambda one, other: one > other,
    CompareOperators.GTE: lambda one, other: one >= other,
    CompareOperators.NEQ: lambda one, other: one != other,
}


def _comparison_test(value: SigmaCompareExpression) -> ValueTest:
    compare, limit = _COMPARE[value.op], value.number.number

    def holds(found: object) -> bool:
        number = number_of(found)
        return number is not None and compare(number, limit)

    return holds


_PARTS: dict[TimestampPart, Callable[[datetime], int]] = {
    TimestampPart.MINUTE: lambda at: at.minute,
    TimestampPart.HOUR: lambda at: at.hour,
    TimestampPart.DAY: lambda at: at.day,
    TimestampPart.WEEK: lambda at: at.isocalendar().week,
    TimestampPart.MONTH: lambda at: at.month,
    TimestampPart.YEAR: lambda at: at.year,
}


def _timestamp_test(value: SigmaTimestampPart) -> ValueTest:
    part, wanted = _PARTS[value.timestamp_part], value.number

    def holds(found: object) -> bool:
        at_ms = parse_event_time(found) if isinstance(found, str) else None
        if at_ms is None:
            return False
        return part(datetime.fromtimestamp(at_ms / 1000, UTC)) == wanted

    return holds
