"""A stretch of coverage as one line of letters and shapes, readable without colour.

Where anything was refused, is lacking or was not logged, its letter stands: a capital where that
holds for all of the part, a small one where for some of it. Else events by how many, else why there
are none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trailtui.case.cells import Run
from trailtui.case.covering import Known
from trailtui.model.times import HOUR_MS

LETTERS = {
    Known.DENIED: "D", Known.THROTTLED: "T", Known.FAILED: "X", Known.PARTIAL: "P",
    Known.NOT_LOGGED: "N", Known.FILTERED: "F", Known.RUNNING: "W", Known.PLANNED: "W",
}  # fmt: skip
QUIET = {Known.UNKNOWN: "?", Known.SILENT: "~", Known.FETCHED: "-", Known.EMPTY: "-"}
"""What stands where there are no events, the first of them that holds."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How few, some and many events look, against the fullest part of the line."""

    few: str = "·"
    some: str = "▪"
    many: str = "█"

    def of(self, events: float, most: float) -> str:
        """The shape for a number of events."""
        return (
            self.many if events * 3 >= most * 2 else self.some if events * 3 >= most else self.few
        )


PLAIN = Levels(".", "o", "#")
"""For terminals and fonts without the others."""


def legend(levels: Levels) -> tuple[str, str]:
    """What the letters and shapes mean, in two lines of less than 80 characters."""
    return (
        f"{levels.many}{levels.some}{levels.few} events  - asked, nothing  "
        "~ nothing in the files  ? not asked  P partial",
        "D denied  T throttled  X failed  N not logged  F filtered  W waiting  (small: in part)",
    )


def strip_of(
    runs: Sequence[Run], hours: Mapping[int, int], width: int, levels: Levels = Levels()
) -> str:
    """All that the runs are about in `width` characters.

    Args:
        runs: hours in order without holes, as case.cells gives them.
        hours: events by the beginning of their hour in ms.
        width: how many characters; each stands for an equal part of the time.
        levels: the shapes for events.
    """
    if not runs or width < 1:
        return " " * max(0, width)
    since_ms, until_ms = runs[0].since_ms, runs[-1].until_ms
    sums = _sums(hours, since_ms, until_ms, width)
    most = max(sums)
    return "".join(
        _glyph(part, events, most, levels)
        for part, events in zip(_parts(runs, width), sums, strict=True)
    )


def part_of(since_ms: int, until_ms: int, width: int, at: int) -> tuple[int, int]:
    """The time that the character at a place of a strip stands for."""
    length = until_ms - since_ms
    return since_ms + length * at // width, since_ms + length * (at + 1) // width


def _sums(hours: Mapping[int, int], since_ms: int, until_ms: int, width: int) -> list[int]:
    """Events of each part: an hour counts in every part that it has a share of."""
    length = until_ms - since_ms
    sums = [0] * width
    for hour, events in hours.items():
        begin, end = max(hour, since_ms), min(hour + HOUR_MS, until_ms)
        if begin >= end:
            continue
        last = (end - 1 - since_ms) * width // length
        for at in range((begin - since_ms) * width // length, last + 1):
            sums[at] += events
    return sums


def _parts(runs: Sequence[Run], width: int) -> Iterator[dict[Known, int]]:
    """For each character the states in its part, with their length in ms."""
    since_ms, until_ms = runs[0].since_ms, runs[-1].until_ms
    first = 0
    for at in range(width):
        begin, end = part_of(since_ms, until_ms, width, at)
        end = max(end, begin + 1)
        while runs[first].until_ms <= begin:
            first += 1
        states: dict[Known, int] = {}
        number = first
        while number < len(runs) and runs[number].since_ms < end:
            run = runs[number]
            shared = min(run.until_ms, end) - max(run.since_ms, begin)
            states[run.state] = states.get(run.state, 0) + shared
            number += 1
        yield states


def _glyph(states: Mapping[Known, int], events: int, most: int, levels: Levels) -> str:
    trouble = [state for state in states if state in LETTERS]
    if trouble:
        letter = LETTERS[max(trouble, key=lambda state: states[state])]
        return letter if len(trouble) == len(states) else letter.lower()
    if events:
        return levels.of(events, most)
    return next((shape for state, shape in QUIET.items() if state in states), " ")
