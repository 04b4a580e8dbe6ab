"""A filter pattern as a condition over records.

What AWS's guide leaves open is an option with a default:

* `!=` on a field that a record does not have: does not hold (`missing_is_unequal`).
* a text that spells a number, against a number: they are not compared (`numeric_strings`). An
  unquoted value is both a text and a number, so `$.a = 400` meets `"400"` as well as `400`; only
  `<` and `>`, and a quoted value against a number, depend on the option.

True, false and null are met by IS alone, an object or a list by nothing, as the guide says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from trailtui.detect.patterns.parse import parse_pattern, read_number
from trailtui.detect.patterns.regexes import Regex
from trailtui.detect.patterns.tree import (
    Both,
    Compared,
    Each,
    Either,
    Is,
    NotExists,
    Pattern,
    Selector,
    Step,
    Terms,
    Text,
    Wanted,
)
from trailtui.detect.scan.conditions import (
    MISSING,
    AllOf,
    AnyOf,
    Condition,
    Holds,
    Leaf,
    Missing,
    Not,
    Subject,
    field_leaf,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What is not documented, and how it is taken."""

    missing_is_unequal: bool = False
    numeric_strings: bool = False


DEFAULTS = Options()
_Test = Callable[[object], bool]


def compile_pattern(pattern: str, options: Options = DEFAULTS) -> Condition:
    """The condition that a filter pattern states. Raises PatternError."""
    tree = parse_pattern(pattern)
    if isinstance(tree, Terms):
        return _terms(tree)
    return _condition(tree, options)


def _condition(tree: Pattern, options: Options) -> Condition:
    if isinstance(tree, Both):
        return AllOf(tuple(_condition(part, options) for part in tree.parts))
    if isinstance(tree, Either):
        return AnyOf(tuple(_condition(part, options) for part in tree.parts))
    if isinstance(tree, Is):
        value = tree.value
        return _leaf(tree.selector, lambda found: found is value)
    if isinstance(tree, NotExists):
        return _leaf(tree.selector, lambda found: found is MISSING)
    return _leaf(tree.selector, _comparison(tree, options))


def _leaf(selector: Selector, test: _Test) -> Leaf:
    steps = selector.steps
    names = tuple(step for step in steps if isinstance(step, str))
    if len(names) == len(steps):
        return field_leaf(names, _at_names(names, test), test)
    return Leaf(lambda subject: any(test(value) for value in _values(subject.record, steps)))


def _at_names(names: tuple[str, ...], test: _Test) -> Holds:
    """The test of the one value that names lead to."""

    def holds(subject: Subject) -> bool:
        value: object = subject.record
        for name in names:
            value = _member(value, name)
        return test(value)

    return holds


def _values(value: object, steps: tuple[Step, ...]) -> Iterator[object]:
    """What the steps lead to: one value or MISSING; with a wildcard, of each member."""
    for at, step in enumerate(steps):
        if isinstance(step, Each):
            members = _members(value, of_list=step.of_list)
            if not members:
                yield MISSING
            for member in members:
                yield from _values(member, steps[at + 1 :])
            return
        value = _member(value, step)
    yield value


def _members(value: object, *, of_list: bool) -> list[object]:
    if of_list:
        return cast("list[object]", value) if isinstance(value, list) else []
    return [*cast("dict[str, object]", value).values()] if isinstance(value, dict) else []


def _member(value: object, step: str | int) -> object:
    if isinstance(step, str):
        found = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        return found.get(step, MISSING)
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return listed[step] if step < len(listed) else MISSING


def _comparison(tree: Compared, options: Options) -> _Test:
    if tree.operator in ("=", "!="):
        equal = _equality(tree.wanted, options)
        return equal if tree.operator == "=" else _inequality(equal, options)
    assert isinstance(tree.wanted, Text)  # noqa: S101 - the parser takes numbers only
    limit = tree.wanted.number or 0.0
    compare = _COMPARE[tree.operator]

    def holds(value: object) -> bool:
        number = _number(value, options)
        return number is not None and compare(number, limit)

    return holds


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


def _number(value: object, options: Options) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and options.numeric_strings:
        return read_number(value)
    return None


def _equality(wanted: Wanted, options: Options) -> _Test:
    matches = _text_test(wanted)
    number = wanted.number if isinstance(wanted, Text) else None
    if number is None and isinstance(wanted, Text) and options.numeric_strings:
        number = read_number(wanted.whole)

    def holds(value: object) -> bool:
        if isinstance(value, str):
            if matches(value):
                return True
            return options.numeric_strings and number is not None and read_number(value) == number
        if isinstance(value, int | float) and not isinstance(value, bool):
            return number is not None and value == number
        return False

    return holds


def _inequality(equal: _Test, options: Options) -> _Test:
    """Only what can be compared is unequal: no object, list, truth value or null."""

    def holds(value: object) -> bool:
        if isinstance(value, Missing):
            return options.missing_is_unequal
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        return not equal(value)

    return holds


def _text_test(wanted: Wanted) -> Callable[[str], bool]:
    """Whether a whole text is what is wanted; a regular expression is found anywhere in it."""
    if isinstance(wanted, Regex):
        return wanted.found_in
    parts = wanted.parts
    if len(parts) == 1:
        return parts[0].__eq__
    first, *middle, last = parts

    def matches(text: str) -> bool:
        if len(text) < len(first) + len(last) or not text.startswith(first):
            return False
        if not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches


def _terms(terms: Terms) -> Condition:
    """Terms with a `?` count only where they stand alone, as the guide says of mixing them."""
    wanted: list[Condition] = [_in_text(term) for term in terms.all_of]
    wanted += [Not(_in_text(term)) for term in terms.none_of]
    if terms.any_of and not terms.all_of and not terms.none_of:
        return AnyOf(tuple(_in_text(term) for term in terms.any_of))
    return AllOf(tuple(wanted))


def _in_text(term: Wanted) -> Leaf:
    if isinstance(term, Regex):
        return Leaf(lambda subject: term.found_in(subject.text))
    sought = term.whole
    return Leaf(lambda subject: sought in subject.text)
