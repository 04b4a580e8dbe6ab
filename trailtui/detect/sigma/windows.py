"""Stretches of time in which occurrences come together, as correlation rules ask for.

A window begins at each occurrence and holds all that happen up to the timespan later, both ends
included. CloudTrail's times are whole seconds, so occurrences of one second have no order among
themselves: an order is kept where they could have happened in it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event that a rule was met by, or what an inner correlation found."""

    at_ms: int
    rule: int
    """Which of the correlation's rules it is, by its position."""
    values: tuple[str | None, ...]
    """What is counted of it: the values of the fields that the condition names."""
    events: tuple[int, ...]


Window = tuple[int, int]
"""First and last occurrence, by their places in time order; the last one included."""


def windows(occurrences: Sequence[Occurrence], span_ms: int) -> Iterator[Window]:
    """The window that begins at each occurrence; they are in time order."""
    times = [one.at_ms for one in occurrences]
    for first, at_ms in enumerate(times):
        yield first, bisect_right(times, at_ms + span_ms) - 1


def merged(found: Sequence[Window]) -> list[Window]:
    """Windows that overlap as one, in order."""
    joined: list[Window] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def by_number(
    occurrences: Sequence[Occurrence], span_ms: int, holds: Callable[[float], bool]
) -> list[Window]:
    """The windows whose number of occurrences is as asked for."""
    return [
        (first, last) for first, last in windows(occurrences, span_ms) if holds(last - first + 1)
    ]


def by_distinct_values(
    occurrences: Sequence[Occurrence], span_ms: int, holds: Callable[[float], bool]
) -> list[Window]:
    """The windows whose number of distinct values is; an occurrence without the value has none."""
    found: list[Window] = []
    inside: Counter[tuple[str | None, ...]] = Counter()
    distinct, reached = 0, -1
    for first, last in windows(occurrences, span_ms):
        while reached < last:
            reached += 1
            values = occurrences[reached].values
            inside[values] += 1
            distinct += inside[values] == 1 and None not in values
        if holds(distinct):
            found.append((first, last))
        leaving = occurrences[first].values
        inside[leaving] -= 1
        distinct -= not inside[leaving] and None not in leaving
    return found


def by_rules(
    occurrences: Sequence[Occurrence], span_ms: int, holds: Callable[[frozenset[int]], bool]
) -> list[Window]:
    """The windows in which the rules that occur are as asked for."""
    found: list[Window] = []
    inside: Counter[int] = Counter()
    reached = -1
    for first, last in windows(occurrences, span_ms):
        while reached < last:
            reached += 1
            inside[occurrences[reached].rule] += 1
        if holds(frozenset(inside)):
            found.append((first, last))
        leaving = occurrences[first].rule
        inside[leaving] -= 1
        if not inside[leaving]:
            del inside[leaving]
    return found


def in_order(occurrences: Sequence[Occurrence], span_ms: int, rules: int) -> list[Window]:
    """The windows in which each of the rules occurs, one not before the one named before it."""
    times = [[one.at_ms for one in occurrences if one.rule == rule] for rule in range(rules)]
    all_times = [one.at_ms for one in occurrences]
    return [
        (bisect_left(all_times, all_times[first]), last)  # with all of the second it begins in
        for first, last in windows(occurrences, span_ms)
        if occurrences[first].rule == 0
        and _ordered(occurrences[first].at_ms, occurrences[last].at_ms, times)
    ]


def _ordered(at_ms: int, until_ms: int, times: list[list[int]]) -> bool:
    """Whether rule after rule is met, the earliest time of each that is not before the last."""
    for of_rule in times[1:]:
        place = bisect_left(of_rule, at_ms)
        if place == len(of_rule) or of_rule[place] > until_ms:
            return False
        at_ms = of_rule[place]
    return True


def by_statistic(
    occurrences: Sequence[Occurrence],
    span_ms: int,
    statistic: Callable[[list[float]], float],
    holds: Callable[[float], bool],
) -> list[Window]:
    """The windows whose numbers, put together, are as asked for; what is no number is left out."""
    found: list[Window] = []
    for first, last in windows(occurrences, span_ms):
        numbers = [
            number
            for one in occurrences[first : last + 1]
            if (number := _number(one.values)) is not None
        ]
        if numbers and holds(statistic(numbers)):
            found.append((first, last))
    return found


def _number(values: tuple[str | None, ...]) -> float | None:
    from trailtui.detect.sigma.values import number_of

    return number_of(values[0]) if values else None
