"""Correlation rules: what single rules are met by, grouped, and looked at window by window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from trailtui.case.detections import Found
from trailtui.detect.rule import RuleFacts
from trailtui.detect.scan.conditions import Condition, Subject
from trailtui.detect.scan.scanning import Hit
from trailtui.detect.sigma.errors import Unsupported
from trailtui.detect.sigma.fields import path_of, text_of, values_at
from trailtui.detect.sigma.windows import (
    Occurrence,
    Window,
    by_distinct_values,
    by_number,
    by_rules,
    by_statistic,
    in_order,
    merged,
)

Group = tuple[str | None, ...]
Finder = Callable[[Sequence[Occurrence]], list[Window]]


@dataclass(slots=True)
class Source:
    """One of the rules that a correlation refers to."""

    condition: Condition | None
    """None for an inner correlation."""
    inner: "Correlation | None"
    group_by: tuple[str, ...]
    """The fields that this rule's events are grouped by; for an inner one, its groups' names."""
    counted: tuple[str, ...]
    """The fields whose values are counted."""
    position: int = -1
    """Of its condition among those of the whole rule."""


@dataclass(slots=True)
class Correlation:
    """A correlation that takes what its rules are met by."""

    group_by: tuple[str, ...]
    sources: list[Source]
    find: Finder
    words: str
    """What is asked for, in words."""
    _groups: dict[Group, list[Occurrence]] = field(default_factory=dict[Group, list[Occurrence]])

    def take(self, hit: Hit, position: int) -> None:
        """Note an event; one without a time is in no window."""
        if hit.at_ms is None:
            return
        for number, source in enumerate(self.sources):
            if source.inner is not None:
                source.inner.take(hit, position)
            elif source.position == position:
                group = _fields(hit.subject, source.group_by)
                one = Occurrence(
                    hit.at_ms, number, _fields(hit.subject, source.counted), (hit.event,)
                )
                self._groups.setdefault(group, []).append(one)

    def results(self) -> dict[Group, list[tuple[Occurrence, ...]]]:
        """For each group the runs of occurrences in which what is asked for holds."""
        groups = {group: list(taken) for group, taken in self._groups.items()}
        for number, source in enumerate(self.sources):
            if source.inner is not None:
                for group, one in _inner(source, number):
                    groups.setdefault(group, []).append(one)
        found: dict[Group, list[tuple[Occurrence, ...]]] = {}
        for group, taken in groups.items():
            ordered = sorted(taken, key=lambda one: (one.at_ms, one.events, one.rule))
            runs = merged(self.find(ordered))
            if runs:
                found[group] = [tuple(ordered[first : last + 1]) for first, last in runs]
        return found


def _inner(source: Source, number: int) -> list[tuple[Group, Occurrence]]:
    """What an inner correlation found: each run is one occurrence, at the time it ends."""
    inner = source.inner
    assert inner is not None  # noqa: S101 - only called for those
    found: list[tuple[Group, Occurrence]] = []
    for group, runs in inner.results().items():
        named = dict(zip(inner.group_by, group, strict=True))
        outer = tuple(named.get(name) for name in source.group_by)
        counted = tuple(named.get(name) for name in source.counted)
        for run in runs:
            events = tuple(sorted({event for one in run for event in one.events}))
            found.append((outer, Occurrence(run[-1].at_ms, number, counted, events)))
    return found


def _fields(subject: Subject, names: tuple[str, ...]) -> tuple[str | None, ...]:
    """The values of fields as texts; several values of one together, None where there is none."""
    found: list[str | None] = []
    for name in names:
        texts = [text_of(one) for one in values_at(subject.record, path_of(name))]
        known = [text for text in texts if text is not None]
        found.append(", ".join(known) if known else None)
    return tuple(found)


class CorrelationRule:
    """A correlation as a rule that is run; one finding for each group."""

    def __init__(self, facts: RuleFacts, correlation: Correlation) -> None:
        self.facts = facts
        self._correlation = correlation
        conditions: list[Condition] = []
        _number_conditions(correlation, conditions)
        self.conditions: tuple[Condition, ...] = tuple(conditions)

    def take(self, hit: Hit, position: int) -> None:
        """Note an event that meets one of the rules."""
        self._correlation.take(hit, position)

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """One for each group in which the condition holds at some time."""
        _ = names
        found: list[Found] = []
        for group, runs in self._correlation.results().items():
            events = [event for run in runs for one in run for event in one.events]
            most = max(len(run) for run in runs)
            times = "once" if len(runs) == 1 else f"{len(runs)} times"
            detail = f"{self._correlation.words}: {times}; the longest run has {most} occurrences"
            about = " · ".join("(none)" if value is None else value for value in group)
            found.append(self.facts.found(about, events, detail))
        return found


def _number_conditions(correlation: Correlation, conditions: list[Condition]) -> None:
    for source in correlation.sources:
        if source.inner is not None:
            _number_conditions(source.inner, conditions)
        elif source.condition is not None:
            source.position = len(conditions)
            conditions.append(source.condition)


def counted_fields(rule: SigmaCorrelationRule) -> tuple[str, ...]:
    """The fields that a correlation's condition names."""
    condition = rule.condition
    if not isinstance(condition, SigmaCorrelationCondition) or not condition.fieldref:
        return ()
    named = condition.fieldref
    return (named,) if isinstance(named, str) else tuple(named)


def finder(rule: SigmaCorrelationRule) -> Finder:
    """How a correlation looks for its windows. Raises Unsupported."""
    span_ms = rule.timespan.seconds * 1000
    kind, condition = rule.type, rule.condition
    rules = len(rule.referenced_rules)
    if isinstance(condition, SigmaExtendedCorrelationCondition):
        if kind is not SigmaCorrelationType.TEMPORAL:
            raise Unsupported("temporal_ordered with a condition in words can't be run")
        names = {one.reference: at for at, one in enumerate(rule.referenced_rules)}
        tree = condition.parsed
        return lambda taken: by_rules(taken, span_ms, lambda seen: _holds(tree, names, seen))
    holds = _comparison(condition)
    if kind is SigmaCorrelationType.EVENT_COUNT:
        return lambda taken: by_number(taken, span_ms, holds)
    if kind is SigmaCorrelationType.VALUE_COUNT:
        return lambda taken: by_distinct_values(taken, span_ms, holds)
    if kind is SigmaCorrelationType.TEMPORAL:
        return lambda taken: by_rules(taken, span_ms, lambda seen: holds(len(seen)))
    if kind is SigmaCorrelationType.TEMPORAL_ORDERED:
        if not holds(rules) or holds(rules - 1):
            raise Unsupported("temporal_ordered is run for all of its rules together only")
        return lambda taken: in_order(taken, span_ms, rules)
    statistic = _statistic(kind, condition.percentile)
    return lambda taken: by_statistic(taken, span_ms, statistic, holds)


def _statistic(
    kind: SigmaCorrelationType, percentile: int | None
) -> Callable[[list[float]], float]:
    if kind is SigmaCorrelationType.VALUE_SUM:
        return sum
    if kind is SigmaCorrelationType.VALUE_AVG:
        return fmean
    if kind is SigmaCorrelationType.VALUE_MEDIAN:
        return median
    share = 50 if percentile is None else percentile
    if not 0 <= share <= 100:
        raise Unsupported("a percentile lies between 0 and 100")
    return lambda numbers: sorted(numbers)[max(0, -(-len(numbers) * share // 100) - 1)]


_OPERATORS: dict[SigmaCorrelationConditionOperator, Callable[[float, float], bool]] = {
    SigmaCorrelationConditionOperator.LT: lambda one, other: one < other,
    SigmaCorrelationConditionOperator.LTE: lambda one, other: one <= other,
    SigmaCorrelationConditionOperator.GT: lambda one, other: one > other,
    SigmaCorrelationConditionOperator.GTE: lambda one, other: one >= other,
    SigmaCorrelationConditionOperator.EQ: lambda one, other: one == other,
    SigmaCorrelationConditionOperator.NEQ: lambda one, other: one != other,
}


def _comparison(condition: SigmaCorrelationCondition) -> Callable[[float], bool]:
    compare, limit = _OPERATORS[condition.op], condition.count
    return lambda number: compare(number, limit)


def _holds(tree: object, names: Mapping[str, int], seen: frozenset[int]) -> bool:
    """Whether a condition in words holds for the rules that occur in a window."""
    if isinstance(tree, SigmaRuleReference):
        return names[tree.reference] in seen
    if isinstance(tree, CorrelationConditionAND):
        return all(_holds(part, names, seen) for part in tree.args)
    if isinstance(tree, CorrelationConditionOR):
        return any(_holds(part, names, seen) for part in tree.args)
    assert isinstance(tree, CorrelationConditionNOT)  # noqa: S101 - there is no other kind
    return not _holds(tree.args[0], names, seen)
