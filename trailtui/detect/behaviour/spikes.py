"""Hours in which a principal made far more calls of a kind, or got far more errors, than before.

As CloudTrail Insights looks at an account, here for each principal: the hours since it was first
seen are its baseline, those in which it did nothing included.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from trailtui.case.file import Case
from trailtui.detect.behaviour.computed import ComputedRule, Unusual, behaviour_facts

LEAST_HOURS = 24
"""How many hours a principal has to be known before an hour can be unusual."""
LEAST_CALLS = 30
"""Fewer calls in an hour are no spike, whatever the baseline."""
DEVIATIONS = 5.0
"""How many standard deviations above the mean of the hours before."""
TIMES = 4.0
"""And how many times that mean."""
MOST_EVENTS = 10_000
"""Events of one finding; the count in its detail is of all."""
_SETTINGS = (LEAST_HOURS, LEAST_CALLS, DEVIATIONS, TIMES)


@dataclass(frozen=True, slots=True)
class _Spike:
    principal: int
    name: int | None
    hour: int
    calls: int
    usual: float


def spike_rules(case: Case) -> list[ComputedRule]:
    """One rule for calls by their name, one for errors."""
    calls = behaviour_facts(
        "call-rate-spike", "Far more calls of one kind than before", "medium", _SETTINGS,
        description="An hour in which a principal made one call far more often than ever before.",
        next_step="See what the calls were about: reading in bulk, deleting, starting machines.",
        attack="T1119 T1496",
    )  # fmt: skip
    errors = behaviour_facts(
        "error-rate-spike", "Far more errors than before", "medium", _SETTINGS,
        description="An hour in which a principal got far more errors than ever before.",
        next_step="See which calls failed: trying out rights looks like this.", attack="T1580",
    )  # fmt: skip
    return [
        ComputedRule(case, calls, lambda opened: _unusual(opened, "name", "1")),
        ComputedRule(case, errors, lambda opened: _unusual(opened, "NULL", "error IS NOT NULL")),
    ]


def _unusual(case: Case, name: str, condition: str) -> list[Unusual]:
    begins = dict(
        case.connection.execute(
            "SELECT principal, (min(id) >> 31) / 3600 FROM event_rows WHERE flags & 64 = 0 "
            "AND principal IS NOT NULL GROUP BY principal"
        ).fetchall()
    )
    rows = case.connection.execute(
        f"SELECT principal, {name}, (id >> 31) / 3600 AS hour, count(*) FROM event_rows "  # noqa: S608
        f"WHERE flags & 64 = 0 AND principal IS NOT NULL AND {condition} "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    by_principal: dict[int, list[_Spike]] = {}
    for spike in _spikes(rows, begins.__getitem__):
        by_principal.setdefault(spike.principal, []).append(spike)
    return [
        (principal, _events(case, spikes, condition), _told(case, spikes))
        for principal, spikes in by_principal.items()
    ]


def _spikes(
    rows: Iterator[tuple[int, int | None, int, int]], begin_of: Callable[[int], int]
) -> Iterator[_Spike]:
    """Hours against those before them; sums and squares go along, so one pass is enough."""
    key: tuple[int, int | None] | None = None
    total = squares = 0.0
    for principal, name, hour, calls in rows:
        if (principal, name) != key:
            key, total, squares = (principal, name), 0.0, 0.0
        hours = hour - begin_of(principal)
        if hours >= LEAST_HOURS and calls >= LEAST_CALLS:
            mean = total / hours
            deviation = sqrt(max(0.0, squares / hours - mean * mean))
            if calls > mean + DEVIATIONS * deviation and calls > TIMES * mean:
                yield _Spike(principal, name, hour, calls, mean)
        total += calls
        squares += calls * calls


def _events(case: Case, spikes: Sequence[_Spike], condition: str) -> list[int]:
    found: list[int] = []
    for spike in spikes:
        rows = case.connection.execute(
            "SELECT id FROM event_rows WHERE principal = ? AND (? IS NULL OR name = ?) "  # noqa: S608
            f"AND id >= ? AND id < ? AND flags & 64 = 0 AND {condition} LIMIT ?",
            [spike.principal, spike.name, spike.name, spike.hour * 3600 << 31,
             (spike.hour + 1) * 3600 << 31, MOST_EVENTS - len(found)],
        )  # fmt: skip
        found += [row[0] for row in rows]
    return found


def _told(case: Case, spikes: Sequence[_Spike]) -> str:
    most = max(spikes, key=lambda one: one.calls)
    row = case.connection.execute("SELECT text FROM strings WHERE id = ?", [most.name]).fetchone()
    what = f" {row[0]}" if row else ""
    calls = sum(one.calls for one in spikes)
    return (
        f"{len(spikes)} unusual hours with {calls:,} calls in all; the most{what}: {most.calls:,} "
        f"in an hour, {most.usual:.1f} before"
    )
