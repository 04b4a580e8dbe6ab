r"""Regular expressions with look-around, in time that grows with the text alone.

RE2 has no look-around, Python's `re` goes back over a text that an attacker wrote. Here an
expression becomes a graph of steps, and a set of steps moves along the text. What a look ahead
asserts is worked out beforehand for every place of the text, from its end backwards; what a look
behind asserts likewise, forwards. Nothing is gone over twice. Back-references, conditions and
atomic groups can't be done so and are refused.

Python's own parser reads the expression. As in RE2, `\d \w \s \b` mean ASCII, and `$` the very end
of the text unless `m` is set.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

Accepts = Callable[[str], bool]
MOST_STEPS: Final = 4000
"""Steps of an expression once its `{n,m}` are written out."""
_LOOKS: Final = ("(?=", "(?!", "(?<=", "(?<!")
_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CATEGORIES: Final[dict[str, frozenset[str]]] = {
    "DIGIT": frozenset("0123456789"),
    "SPACE": frozenset(" \t\n\r\f\v"),
    "WORD": _WORD,
}


class Refused(ValueError):
    """What an expression asks for that can't be done here."""


def looks_around(pattern: str) -> bool:
    """Whether an expression seems to look ahead or behind."""
    return any(look in pattern for look in _LOOKS)


@dataclass(slots=True)
class _Step:
    """A character to take, a look or an anchor to hold, or a place to stand at."""

    accepts: Accepts | None = None
    holds: Callable[["_Text"], Sequence[bool]] | None = None
    """For each place of the text whether one may go on from here without taking anything."""
    onward: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class _Text:
    """A text, and what looks and anchors say of its places."""

    text: str
    known: dict[int, Sequence[bool]] = field(default_factory=dict[int, Sequence[bool]])


class LookAround:
    """An expression that is found anywhere in a text, unless it is anchored."""

    groupindex: Final[dict[str, int]] = {}

    def __init__(self, pattern: str, flags: int = 0) -> None:
        """Raises Refused for what is no expression, or none that can be run here."""
        parser: Any = import_module("re._parser")
        try:
            tree = parser.parse(pattern, flags)
        except (re.error, RecursionError, OverflowError) as error:
            raise Refused(f"no regular expression: {error}") from None
        self._graph = _Graph(tree, int(tree.state.flags))

    def search(self, text: str) -> bool | None:
        """True where it is found in the text, else None."""
        return True if any(self._graph.ends(_Text(text))) else None


class _Graph:
    """The steps of an expression or of one of its looks."""

    def __init__(self, tree: Any, flags: int) -> None:  # noqa: ANN401 - of Python's parser
        self._steps: list[_Step] = []
        self._final = self._new()
        try:
            self._first = self._sequence(list(tree), flags, self._final)
        except RecursionError:
            raise Refused("the expression is nested too deeply") from None

    # Building: each part is built with the step that comes after it, from the end backwards

    def _new(self, **members: Any) -> int:  # noqa: ANN401
        if len(self._steps) >= MOST_STEPS:
            raise Refused("the expression repeats too much")
        self._steps.append(_Step(**members))
        return len(self._steps) - 1

    def _sequence(self, items: list[Any], flags: int, after: int) -> int:
        for operation, argument in reversed(items):
            after = self._part(str(operation), argument, flags, after)
        return after

    def _part(self, operation: str, argument: Any, flags: int, after: int) -> int:  # noqa: ANN401
        if operation in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._new(accepts=_taking(operation, argument, flags), onward=[after])
        if operation == "BRANCH":
            ways = [self._sequence(list(way), flags, after) for way in argument[1]]
            return self._new(onward=ways)
        if operation == "SUBPATTERN":
            _, added, removed, inner = argument
            return self._sequence(list(inner), (flags | added) & ~removed, after)
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeated(argument, flags, after)
        if operation in ("ASSERT", "ASSERT_NOT"):
            direction, inner = argument
            look = _look(_Graph(inner, flags), ahead=direction > 0, wanted=operation == "ASSERT")
            return self._new(holds=look, onward=[after])
        if operation == "AT":
            return self._new(holds=_anchor(str(argument), flags), onward=[after])
        raise Refused(f"{operation.lower().replace('_', ' ')} can't be run")

    def _repeated(self, argument: Any, flags: int, after: int) -> int:  # noqa: ANN401
        least, most, inner = argument
        items = list(inner)
        if most > MOST_STEPS:  # without end
            again = self._new(onward=[after])
            self._steps[again].onward.append(self._sequence(items, flags, again))
            after = again
        else:
            for _ in range(most - least):
                after = self._new(onward=[self._sequence(items, flags, after), after])
        for _ in range(least):
            after = self._sequence(items, flags, after)
        return after

    # Running

    def ends(self, text: _Text) -> list[bool]:
        """For each place of the text, whether a match that began anywhere ends there."""
        found: list[bool] = []
        states = {self._first}
        for at in range(len(text.text) + 1):
            reached = self._spread(states, text, at)
            found.append(self._final in reached)
            if at < len(text.text):
                character = text.text[at]
                states = {self._first}
                for number in reached:
                    step = self._steps[number]
                    if step.accepts is not None and step.accepts(character):
                        states.update(step.onward)
        return found

    def starts(self, text: _Text) -> list[bool]:
        """For each place of the text, whether a match begins there."""
        length = len(text.text)
        found = [False] * (length + 1)
        behind = self._behind()
        reaching: set[int] = set()
        for at in range(length, -1, -1):
            now = {self._final}
            if at < length:
                character = text.text[at]
                for number, step in enumerate(self._steps):
                    if (
                        step.accepts is not None
                        and not reaching.isdisjoint(step.onward)
                        and step.accepts(character)
                    ):
                        now.add(number)
            waiting = list(now)
            while waiting:
                for before in behind[waiting.pop()]:
                    if before not in now and self._passable(before, text, at):
                        now.add(before)
                        waiting.append(before)
            found[at] = self._first in now
            reaching = now
        return found

    def _behind(self) -> list[list[int]]:
        """For each step those from which it is reached without taking a character."""
        behind: list[list[int]] = [[] for _ in self._steps]
        for number, step in enumerate(self._steps):
            if step.accepts is None:
                for onward in step.onward:
                    behind[onward].append(number)
        return behind

    def _passable(self, number: int, text: _Text, at: int) -> bool:
        holds = self._steps[number].holds
        if holds is None:
            return True
        key = id(holds)
        known = text.known.get(key)
        if known is None:
            known = text.known[key] = holds(text)
        return known[at]

    def _spread(self, states: set[int], text: _Text, at: int) -> set[int]:
        """With every step that is reached without taking a character."""
        waiting, reached = list(states), set(states)
        while waiting:
            number = waiting.pop()
            step = self._steps[number]
            if step.accepts is not None or not self._passable(number, text, at):
                continue
            for onward in step.onward:
                if onward not in reached:
                    reached.add(onward)
                    waiting.append(onward)
        return reached


def _look(inner: _Graph, *, ahead: bool, wanted: bool) -> Callable[[_Text], Sequence[bool]]:
    def holds(text: _Text) -> Sequence[bool]:
        found = inner.starts(text) if ahead else inner.ends(text)
        return found if wanted else [not one for one in found]

    return holds


def _anchor(kind: str, flags: int) -> Callable[[_Text], Sequence[bool]]:
    lines = bool(flags & re.MULTILINE)

    def at_place(text: str, at: int) -> bool:
        if kind in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return at == 0 or (lines and kind == "AT_BEGINNING" and text[at - 1] == "\n")
        if kind in ("AT_END", "AT_END_STRING"):
            return at == len(text) or (lines and kind == "AT_END" and text[at] == "\n")
        before = at > 0 and text[at - 1] in _WORD
        after = at < len(text) and text[at] in _WORD
        return (before != after) == (kind == "AT_BOUNDARY")

    if kind not in (
        "AT_BEGINNING", "AT_BEGINNING_STRING", "AT_END", "AT_END_STRING", "AT_BOUNDARY",
        "AT_NON_BOUNDARY",
    ):  # fmt: skip
        raise Refused(f"{kind.lower()} can't be run")
    return lambda text: [at_place(text.text, at) for at in range(len(text.text) + 1)]


def _taking(operation: str, argument: Any, flags: int) -> Accepts:  # noqa: ANN401
    """Which characters a step takes."""
    if operation == "ANY":
        return (lambda _: True) if flags & re.DOTALL else (lambda c: c != "\n")
    if operation == "IN":
        negated = str(argument[0][0]) == "NEGATE"
        members = [_member(str(kind), value) for kind, value in argument[int(negated) :]]
        plain: Accepts = lambda c: any(member(c) for member in members)  # noqa: E731
    else:
        negated, wanted = operation == "NOT_LITERAL", chr(argument)
        plain = lambda c: c == wanted  # noqa: E731
    inside = _any_case(plain) if flags & re.IGNORECASE else plain
    return (lambda c: not inside(c)) if negated else inside


def _any_case(inside: Accepts) -> Accepts:
    return lambda c: inside(c) or inside(c.lower()) or inside(c.upper())


def _member(kind: str, value: Any) -> Accepts:  # noqa: ANN401
    if kind == "LITERAL":
        wanted = chr(value)
        return lambda c: c == wanted
    if kind == "RANGE":
        low, high = chr(value[0]), chr(value[1])
        return lambda c: low <= c <= high
    name = str(value).removeprefix("CATEGORY_")
    members = _CATEGORIES.get(name.removeprefix("NOT_"))
    if kind != "CATEGORY" or members is None:
        raise Refused(f"{kind.lower()} {name.lower()} can't be run")
    return (lambda c: c not in members) if name.startswith("NOT_") else (lambda c: c in members)
