"""One pass over a case for any number of conditions: candidates by their rows, then the records.

Each candidate's record is read once, in the order in which records lie in the evidence, whatever
the number of conditions it is a candidate for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.detect.scan.conditions import Condition, Holds, Subject, predicate
from trailtui.detect.scan.prefilter import EVERY, NONE, Prefilter, odd_rows
from trailtui.model.record import Flags, row_time_ms

_PLACE = "e.id, e.millis, e.flags, e.principal, e.evidence, e.offset, e.length"
_Row = tuple[int, int, int, int | None, int, int, int]
_TOLD_EVERY = 2000


@dataclass(slots=True)
class Hit:
    """An event for which conditions hold."""

    event: int
    """The row's id."""
    at_ms: int | None
    principal: int | None
    """The id of the principal's text in `strings`."""
    subject: Subject
    conditions: Sequence[int]
    """Which of the conditions hold, by their position."""


@dataclass(slots=True)
class Tally:
    """What a pass has cost so far."""

    candidates: int = 0
    read: int = 0


def scan(
    case: Case,
    conditions: Sequence[Condition],
    tally: Tally | None = None,
    progress: Callable[[Tally], bool] = lambda _: True,
) -> Iterator[Hit]:
    """The events for which one of the conditions holds, in the order of the evidence.

    `progress` is called now and then and ends the pass by returning False.
    """
    counted = tally if tally is not None else Tally()
    tests = [predicate(condition) for condition in conditions]
    masks, everywhere = _candidates(case, conditions)
    rows = _all_rows(case) if everywhere else _rows_of(case, masks)
    counted.candidates = _total(case) if everywhere else len(masks)
    reader = RecordReader(case)
    for row in rows:
        event, millis, flags, principal, evidence, offset, length = row
        raw = reader.read(evidence, offset, length, in_string=bool(flags & Flags.IN_STRING))
        counted.read += 1
        if not counted.read % _TOLD_EVERY and not progress(counted):
            return
        subject = Subject(raw)
        holding = _holding(tests, masks.get(event, 0) | everywhere, subject)
        if holding:
            at_ms = row_time_ms(event, millis, flags)
            yield Hit(event, at_ms, principal, subject, holding)


def _holding(tests: Sequence[Holds], mask: int, subject: Subject) -> list[int]:
    """The positions of the conditions that hold, of those that the mask has."""
    found: list[int] = []
    while mask:
        lowest = mask & -mask
        position = lowest.bit_length() - 1
        if tests[position](subject):
            found.append(position)
        mask ^= lowest
    return found


def _candidates(case: Case, conditions: Sequence[Condition]) -> tuple[dict[int, int], int]:
    """For each candidate event a bit for each condition; and the bits of those that want all."""
    prefilter = Prefilter(case)
    masks: dict[int, int] = {}
    everywhere = 0
    narrowed = 0
    for position, condition in enumerate(conditions):
        sql = prefilter.possible(condition)
        bit = 1 << position
        if sql == EVERY:
            everywhere |= bit
            continue
        narrowed |= bit
        if sql == NONE:
            continue
        for (event,) in case.connection.execute(f"SELECT e.id FROM event_rows e WHERE {sql}"):  # noqa: S608
            masks[event] = masks.get(event, 0) | bit
    if narrowed:
        for event in odd_rows(case):
            masks[event] = narrowed
    return masks, everywhere


def _total(case: Case) -> int:
    return int(case.connection.execute("SELECT count(*) FROM event_rows").fetchone()[0])


def _all_rows(case: Case) -> Iterator[_Row]:
    return case.connection.execute(
        f"SELECT {_PLACE} FROM event_rows e ORDER BY e.evidence, e.offset"  # noqa: S608
    )


def _rows_of(case: Case, events: Iterable[int]) -> Iterator[_Row]:
    """The places of some events, in the order in which their records lie."""
    wanted = sorted(events)
    found: list[_Row] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        found += case.connection.execute(
            f"SELECT {_PLACE} FROM event_rows e WHERE e.id IN ({marks})",  # noqa: S608
            part,
        ).fetchall()
    found.sort(key=lambda row: (row[4], row[5]))
    return iter(found)
