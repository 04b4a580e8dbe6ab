"""pySigma's tree of a rule's condition as a condition over records."""

from collections.abc import Callable, Mapping, Sequence

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule  # pyright: ignore[reportMissingTypeStubs]
from sigma.types import (
    Placeholder,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
    SpecialChars,
)

from trailtui.detect.scan.conditions import (
    MISSING,
    AllOf,
    AnyOf,
    Condition,
    Holds,
    Leaf,
    Not,
    Subject,
    field_leaf,
)
from trailtui.detect.sigma.errors import Unsupported
from trailtui.detect.sigma.fields import Path, path_of, text_of, values_at, words_of
from trailtui.detect.sigma.globs import ANY_TEXT, compile_glob, folded
from trailtui.detect.sigma.values import ValueTest, glob_parts, regex_test, value_test

Placeholders = Mapping[str, Sequence[str]]
"""What stands for `%name%` in rules that say `|expand`."""


def compile_rule(rule: SigmaRule, placeholders: Placeholders) -> Condition:
    """The condition of a rule; several conditions are one or the other.

    Raises Unsupported, and pySigma's own errors for a condition that makes no sense.
    """
    parts: list[Condition] = []
    for condition in rule.detection.parsed_condition:
        tree = condition.parsed
        if tree is None:
            raise Unsupported("the condition is empty")
        parts.append(_tree(tree, placeholders))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _tree(tree: object, placeholders: Placeholders) -> Condition:
    if isinstance(tree, ConditionAND):
        return AllOf(tuple(_tree(part, placeholders) for part in tree.args))
    if isinstance(tree, ConditionOR):
        return AnyOf(tuple(_tree(part, placeholders) for part in tree.args))
    if isinstance(tree, ConditionNOT):
        return Not(_tree(tree.args[0], placeholders))
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        return _each(tree.value, placeholders, lambda one: _field(tree.field, one))
    if isinstance(tree, ConditionValueExpression):
        return _each(tree.value, placeholders, _keyword)
    raise Unsupported(f"{type(tree).__name__} can't be run on records")


def _each(
    value: SigmaType, placeholders: Placeholders, build: Callable[[SigmaType], Condition]
) -> Condition:
    """One of the values that a value stands for."""
    values = _expanded(value, placeholders)
    return build(values[0]) if len(values) == 1 else AnyOf(tuple(map(build, values)))


def _expanded(value: SigmaType, placeholders: Placeholders) -> list[SigmaType]:
    if isinstance(value, SigmaExpansion):
        return [one for inner in value.values for one in _expanded(inner, placeholders)]
    if isinstance(value, SigmaString | SigmaRegularExpression) and value.contains_placeholder():
        return [*value.replace_placeholders(lambda place: iter(_given(place, placeholders)))]
    return [value]


def _given(place: Placeholder, placeholders: Placeholders) -> Sequence[str]:
    found = placeholders.get(place.name)
    if not found:
        raise Unsupported(
            f"the placeholder %{place.name}% has no value: give --placeholder {place.name}=VALUE"
        )
    return found


def _field(field: str, value: SigmaType) -> Leaf:
    path = path_of(field)
    if isinstance(value, SigmaFieldReference):
        return Leaf(_reference(path, value))
    if isinstance(value, SigmaExists):
        wanted = value.exists
        return field_leaf(
            path,
            lambda subject: bool(values_at(subject.record, path)) == wanted,
            lambda found: (found is not MISSING) == wanted,
        )
    if isinstance(value, SigmaNull):
        return field_leaf(
            path,
            lambda subject: all(one is None for one in values_at(subject.record, path)),
            lambda found: found is None or found is MISSING,
        )
    test = value_test(value)
    return field_leaf(
        path, _any_value(path, test), lambda found: found is not MISSING and test(found)
    )


def _any_value(path: Path, test: ValueTest) -> Holds:
    if len(path) == 1:  # most rules ask for the name and the source of a call
        name = path[0]

        def of_top(subject: Subject) -> bool:
            value = subject.record.get(name)
            if isinstance(value, str):
                return test(value)
            return any(test(one) for one in values_at(subject.record, path))

        return of_top
    return lambda subject: any(test(one) for one in values_at(subject.record, path))


def _reference(path: Path, reference: SigmaFieldReference) -> Holds:
    """One of the field's values is, holds, begins or ends with one of the other field's."""
    other = path_of(reference.field)
    begins, ends = reference.starts_with, reference.ends_with

    def meets(one: str, two: str) -> bool:
        if begins and ends:
            return two in one
        if begins:
            return one.startswith(two)
        return one.endswith(two) if ends else one == two

    def holds(subject: Subject) -> bool:
        left = _texts(values_at(subject.record, path))
        right = _texts(values_at(subject.record, other))
        return any(meets(one, two) for one in left for two in right)

    return holds


def _texts(values: list[object]) -> list[str]:
    return [folded(text) for text in map(text_of, values) if text is not None]


def _keyword(value: SigmaType) -> Leaf:
    """A value without a field: found anywhere in any key or value of the record."""
    if isinstance(value, SigmaRegularExpression):
        found = regex_test(value)
        return Leaf(lambda subject: any(map(found, words_of(subject.record))))
    if isinstance(value, SigmaString):
        cased = type(value) is not SigmaString
        parts = glob_parts(value)
        if not value.startswith(SpecialChars.WILDCARD_MULTI):
            parts.insert(0, ANY_TEXT)
        if not value.endswith(SpecialChars.WILDCARD_MULTI):
            parts.append(ANY_TEXT)
        matches = compile_glob(parts, cased=cased)
        return Leaf(lambda subject: any(map(matches, words_of(subject.record))))
    test = value_test(value)
    return Leaf(lambda subject: any(map(test, words_of(subject.record))))
