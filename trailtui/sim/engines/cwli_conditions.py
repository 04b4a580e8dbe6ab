"""Conditions of `filter`, over the fields of a log event.

What `!=` or `not` says of a field that an event lacks is not documented. Such an answer is refused
unless the rest of the condition decides: ispresent(x) has to be asked beside it.
Source: CloudWatch Logs User Guide, "filter" and "Boolean, comparison, numeric, datetime, and other
functions".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from trailtui.sim.engines.cwli_tokens import MalformedQueryError, Token, Words

Row = dict[str, str]
"""A log event by field, nested ones with dots, and @message, @timestamp, @ptr, @logStream."""


class Flag(str):
    """A boolean of a record. It is shown as 1 or 0; how it compares is not documented."""

    __slots__ = ()


def _comparable(value: str | None) -> str | None:
    if isinstance(value, Flag):
        raise MalformedQueryError(
            "how a boolean field compares is not documented: look for it in @message"
        )
    return value


class Truth(Enum):
    """What a condition says of an event."""

    NO = 0
    LACKING = 1
    """No, for the field is not there."""
    OPEN = 2
    """Not documented."""
    YES = 3


Test = Callable[[Row], Truth]

_TEXT_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "strlen": lambda text: str(len(text)),
}
_STRANGE = re.compile(r"\\[pPQEGXRhHvVKkz]|\[[^\]]*&&|\[\[|\(\?<?[a-zA-Z]*[dUux][:)-]")


def pattern_of(token: Token) -> re.Pattern[str]:
    """A pattern; refused where Python would read it otherwise than Java."""
    text = re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", token.value.replace("\\/", "/"))
    if strange := _STRANGE.search(text):
        raise MalformedQueryError(f"{strange[0]!r} in a pattern is not executed here")
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise MalformedQueryError(f"this is no pattern: {error}") from None


def value_of(words: Words) -> Callable[[Row], str | None]:
    """A field, a text, a number, or a function of these; gives None where a field lacks."""
    token = words.take("name", "text", "number")
    if token.kind != "name":
        return lambda _row: token.value
    name = token.value
    if not words.next_says("("):
        return lambda row: row.get(name)
    if name.lower() in ("concat", "coalesce"):
        return _of_several(name.lower(), words)
    function = _TEXT_FUNCTIONS.get(name.lower())
    if function is None:
        raise MalformedQueryError(f"the function {name} is not executed here")
    words.need("(")
    inner = value_of(words)
    words.need(")")

    def computed(row: Row) -> str | None:
        given = inner(row)
        return None if given is None else function(given)

    return computed


def _of_several(name: str, words: Words) -> Callable[[Row], str | None]:
    """`coalesce` gives the first value that is there. What `concat` makes of one that lacks is not
    documented: here it gives nothing at all."""
    words.need("(")
    inner = [value_of(words)]
    while words.took(","):
        inner.append(value_of(words))
    words.need(")")

    def first(row: Row) -> str | None:
        return next((value for one in inner if (value := one(row)) is not None), None)

    def together(row: Row) -> str | None:
        values = [one(row) for one in inner]
        return None if None in values else "".join(value or "" for value in values)

    return first if name == "coalesce" else together


def condition(words: Words) -> Test:
    """A condition: or, and, not, brackets, comparisons, like, in, ispresent, strcontains."""
    tests = [_both(words)]
    while words.took("or"):
        tests.append(_both(words))
    return lambda row: max((test(row) for test in tests), key=lambda one: one.value)


def _both(words: Words) -> Test:
    tests = [_one(words)]
    while words.took("and"):
        tests.append(_one(words))
    return lambda row: min((test(row) for test in tests), key=lambda one: one.value)


_OPPOSITE = {
    Truth.NO: Truth.YES,
    Truth.YES: Truth.NO,
    Truth.LACKING: Truth.OPEN,
    Truth.OPEN: Truth.OPEN,
}


def _not(test: Test) -> Test:
    return lambda row: _OPPOSITE[test(row)]


def _one(words: Words) -> Test:
    if words.took("not"):
        return _not(_one(words))
    if words.took("("):
        inner = condition(words)
        words.need(")")
        return inner
    if words.next_says("ispresent") and words.after_next_says("("):
        return _is_present(words)
    if words.next_says("strcontains") and words.after_next_says("("):
        test = _contains(words)
        if words.took("="):  # it gives 1 or 0
            wanted = words.take("number").value
            return test if wanted == "1" else _not(test)
        return test
    return _comparison(words, value_of(words))


def _truth(hit: bool) -> Truth:
    return Truth.YES if hit else Truth.NO


def _is_present(words: Words) -> Test:
    words.take()
    words.need("(")
    name = words.take("name").value
    words.need(")")
    return lambda row: _truth(name in row)


def _contains(words: Words) -> Test:
    words.take()
    words.need("(")
    holder = value_of(words)
    words.need(",")
    wanted = value_of(words)
    words.need(")")

    def test(row: Row) -> Truth:
        text, part = holder(row), wanted(row)
        return Truth.LACKING if text is None or part is None else _truth(part in text)

    return test


def _comparison(words: Words, left: Callable[[Row], str | None]) -> Test:
    if words.took("not"):
        if not words.next_says("like", "in"):
            raise MalformedQueryError("not stands before like, in or a condition")
        return _not(_comparison(words, left))
    if words.took("in"):
        return _on(left, _list(words).__contains__)
    if words.took("like", "=~"):
        return _on(left, _like(words.take("text", "pattern")))
    sign = words.take("sign").value
    right = value_of(words)
    if sign == "!=":
        return _not(_between("=", left, right))
    return _between(sign, left, right)


def _on(left: Callable[[Row], str | None], hit: Callable[[str], bool]) -> Test:
    def test(row: Row) -> Truth:
        given = _comparable(left(row))
        return Truth.LACKING if given is None else _truth(hit(given))

    return test


def _like(token: Token) -> Callable[[str], bool]:
    if token.kind == "pattern":
        pattern = pattern_of(token)
        return lambda text: pattern.search(text) is not None
    return lambda text: token.value in text


def _list(words: Words) -> set[str]:
    words.need("[")
    values = {words.take("text", "number").value}
    while words.took(","):
        values.add(words.take("text", "number").value)
    words.need("]")
    return values


def number(text: str) -> float | None:
    """A text as a number, where it is one."""
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text) else None


def _order(left: str, right: str) -> int:
    """Below, equal or above 0: as numbers where both are, else as texts."""
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    return (left > right) - (left < right)


_SIGNS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}


def _between(
    sign: str, left: Callable[[Row], str | None], right: Callable[[Row], str | None]
) -> Test:
    if sign not in _SIGNS:
        raise MalformedQueryError(f"unexpected symbol found {sign}")
    fits = _SIGNS[sign]

    def test(row: Row) -> Truth:
        one, other = _comparable(left(row)), _comparable(right(row))
        return Truth.LACKING if one is None or other is None else _truth(fits(_order(one, other)))

    return test
