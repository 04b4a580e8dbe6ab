r"""The regular expressions of filter patterns, matched in time that grows with the text alone.

What CloudWatch Logs takes between `%` and `%`: letters, digits, `.`, `[...]`, `\d \w \s` and their
capitals, escapes, `^ $`, `|`, and after one of these `? * + {n} {n,} {n,m}`. Without parentheses no
quantifier stands on another; but `.*.*.*x` would still take Python's `re` the third power of the
text's length, and the text is an attacker's. Here a set of places in the expression moves along
the text, a character at a time, and what it does at a character is remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass

Accepts = Callable[[str], bool]

MOST_PLACES = 2000
"""Places in an expression once its `{n,m}` are written out."""
_MOST_REMEMBERED = 20_000
_CLASSES: dict[str, Accepts] = {
    "d": lambda c: "0" <= c <= "9",
    "w": lambda c: c == "_" or (c.isascii() and c.isalnum()),
    "s": lambda c: c in " \t\n\r\f\v",
}


class RegexError(ValueError):
    """What is wrong with an expression; `position` counts from 0 in it."""

    def __init__(self, what: str, position: int) -> None:
        super().__init__(what)
        self.position = position


@dataclass(frozen=True, slots=True)
class _Place:
    """One step of an expression: a character to take, or an anchor to stand at."""

    accepts: Accepts | None
    anchor: str = ""
    optional: bool = False
    repeats: bool = False


class Regex:
    """An expression that is found anywhere in a text, unless it is anchored."""

    def __init__(self, source: str) -> None:
        """Raises RegexError for what the language does not have."""
        self.source = source
        self._chains = [_Chain(places) for places in _Reader(source).alternatives()]

    def found_in(self, text: str) -> bool:
        """Whether the expression matches somewhere in the text."""
        return any(chain.found_in(text) for chain in self._chains)


class _Chain:
    """One alternative: places in a row. A set of places is the bits of a number."""

    def __init__(self, places: list[_Place]) -> None:
        self._places = places
        self._final = 1 << len(places)
        self._steps: dict[tuple[int, str], int] = {}
        self._begin = self._closed(1, at_start=True)
        self._again = self._closed(1, at_start=False)

    def found_in(self, text: str) -> bool:
        states = self._begin
        for character in text:
            if states & self._final:
                return True
            key = (states, character)
            moved = self._steps.get(key)
            if moved is None:
                if len(self._steps) >= _MOST_REMEMBERED:
                    self._steps.clear()
                moved = self._steps[key] = self._step(states, character)
            states = moved
        ended = self._closed(states, at_start=not text, at_end=True)
        return bool(ended & self._final)

    def _step(self, states: int, character: str) -> int:
        moved = 0
        for number, place in enumerate(self._places):
            if states >> number & 1 and place.accepts is not None and place.accepts(character):
                moved |= 1 << (number + 1)
                if place.repeats:
                    moved |= 1 << number
        return self._closed(moved, at_start=False) | self._again

    def _closed(self, states: int, *, at_start: bool, at_end: bool = False) -> int:
        """With every place that is reached without taking a character."""
        for number, place in enumerate(self._places):
            if states >> number & 1 and (
                place.optional
                or (place.anchor == "^" and at_start)
                or (place.anchor == "$" and at_end)
            ):
                states |= 1 << (number + 1)
        return states


class _Reader:
    """Reads an expression into its alternatives."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def alternatives(self) -> list[list[_Place]]:
        if not self._source:
            raise RegexError("the regular expression is empty", 0)
        found: list[list[_Place]] = [[]]
        while self._at < len(self._source):
            if self._source[self._at] == "|":
                self._at += 1
                found.append([])
                continue
            found[-1] += self._item()
            if len(found[-1]) > MOST_PLACES:
                raise RegexError("the regular expression repeats too much", self._at)
        return found

    def _item(self) -> list[_Place]:
        start = self._at
        character = self._source[start]
        self._at += 1
        if character in "^$":
            return [_Place(None, anchor=character)]
        if character in "()!":
            raise RegexError(f"{character!r} is not allowed in a regular expression here", start)
        if character in "?*+{":
            raise RegexError(f"{character!r} has nothing before it to repeat", start)
        if character == ".":
            accepts: Accepts = lambda c: c != "\n"  # noqa: E731
        elif character == "[":
            accepts = self._bracket(start)
        elif character == "\\":
            accepts = self._escape(start)
        else:
            accepts = _same(character)
        return self._quantified(accepts)

    def _quantified(self, accepts: Accepts) -> list[_Place]:
        sign = self._source[self._at : self._at + 1]
        if sign not in ("?", "*", "+", "{"):
            return [_Place(accepts)]
        start = self._at
        self._at += 1
        low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(sign) or self._counts(start)
        if self._source[self._at : self._at + 1] in ("?", "*", "+", "{"):
            raise RegexError("a repetition can't be repeated", self._at)
        if low > MOST_PLACES or (high or 0) > MOST_PLACES:
            raise RegexError("the regular expression repeats too much", start)
        places = [_Place(accepts)] * low
        if high is None:
            return [*places, _Place(accepts, optional=True, repeats=True)]
        return [*places, *[_Place(accepts, optional=True)] * (high - low)]

    def _counts(self, start: int) -> tuple[int, int | None]:
        end = self._source.find("}", start)
        low, comma, high = self._source[start + 1 : max(end, start)].partition(",")
        if end < 0 or not _digits(low) or not (_digits(high) or not high):
            raise RegexError("write a repetition as {n}, {n,} or {n,m}", start)
        self._at = end + 1
        most = int(low) if not comma else int(high) if high else None
        if most is not None and most < int(low):
            raise RegexError("the repetition ends before it begins", start)
        return int(low), most

    def _escape(self, start: int) -> Accepts:
        if self._at >= len(self._source):
            raise RegexError("the regular expression ends in a backslash", start)
        character = self._source[self._at]
        self._at += 1
        if character.lower() in _CLASSES:
            inside = _CLASSES[character.lower()]
            return inside if character.islower() else _other(inside)
        if character.isascii() and character.isalnum():
            plain = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}.get(character)
            if plain is None:
                raise RegexError(f"there is no \\{character} here", start)
            return _same(plain)
        return _same(character)

    def _bracket(self, start: int) -> Accepts:
        negated = self._source[self._at : self._at + 1] == "^"
        self._at += negated
        parts: list[Accepts] = []
        while True:
            if self._at >= len(self._source):
                raise RegexError("the [ is not closed", start)
            character = self._source[self._at]
            if character == "]" and parts:
                break
            parts.append(self._bracket_item(start))
        self._at += 1
        members = tuple(parts)

        def inside(character: str) -> bool:
            return any(part(character) for part in members)

        return _other(inside) if negated else inside

    def _bracket_item(self, start: int) -> Accepts:
        character = self._source[self._at]
        self._at += 1
        if character == "\\":
            return self._escape(start)
        last = self._source[self._at + 1 : self._at + 2]
        if self._source[self._at : self._at + 1] == "-" and last not in ("", "]"):
            self._at += 2
            if last == "\\" or last < character:
                raise RegexError("the range in [] ends before it begins", start)
            return _between(character, last)
        return _same(character)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _same(wanted: str) -> Accepts:
    return lambda character: character == wanted


def _other(inside: Accepts) -> Accepts:
    return lambda character: not inside(character)


def _between(first: str, last: str) -> Accepts:
    return lambda character: first <= character <= last
