"""Coverage by the hour, held against a plain model that looks at every ten minutes on its own."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.case.cells import Run, Unlogged, best_of, layer_runs
from trailtui.case.covering import (
    BETTER_FIRST,
    DELIVERY_DELAY_MS,
    Known,
    Layer,
    Stretch,
    join,
    pieces_of,
)
from trailtui.model.times import HOUR_MS

SLOT = HOUR_MS // 6
SLOTS = 6 * 7
LONG_AFTER = 10**12
STATES = ("planned", "running", "fetched", "empty", "partial", "throttled", "denied", "failed")
LOOKED = (Known.FETCHED, Known.EMPTY)


@dataclass(frozen=True)
class Asked:
    since: int
    until: int
    state: str
    reached: int | None

    def pieces(self) -> list[Stretch]:
        reached = None if self.reached is None else self.reached * SLOT
        since, until = self.since * SLOT, self.until * SLOT
        return list(pieces_of(since, until, self.state, 1, reached, "", LONG_AFTER))

    def at(self, slot: int) -> Known | None:
        if not self.since <= slot < self.until:
            return None
        if self.state in ("fetched", "empty"):
            return Known.FETCHED
        if self.reached is not None and slot >= self.reached:
            return Known.FETCHED
        return Known(self.state)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    since = draw(st.integers(0, SLOTS - 1))
    until = draw(st.integers(since + 1, SLOTS))
    reached = draw(st.none() | st.integers(since, until))
    return Asked(since, until, draw(st.sampled_from(STATES)), reached)


def model(fetches: list[Asked], hours: dict[int, int], since: int, until: int) -> list[Known]:
    """The state of each hour that the window touches."""
    found: list[Known] = []
    for hour in range(since // 6, -(-until // 6)):
        slots = range(max(since, hour * 6), min(until, hour * 6 + 6))
        parts = [_slot(fetches, slot) for slot in slots]
        some = hours.get(hour * HOUR_MS, 0) > 0
        looked = [part for part in parts if part in LOOKED]
        if len(looked) == len(parts):
            found.append(Known.FETCHED if some else Known.EMPTY)
            continue
        worst = max(parts, key=BETTER_FIRST.index)
        came_along = some and worst is Known.UNKNOWN
        found.append(Known.PARTIAL if looked or came_along else worst)
    return found


def _slot(fetches: list[Asked], slot: int) -> Known:
    answers = [answer for each in fetches if (answer := each.at(slot)) is not None]
    return min(answers, key=BETTER_FIRST.index, default=Known.UNKNOWN)


def by_hour(runs: list[Run]) -> list[Known]:
    return [run.state for run in runs for _ in range(run.hours)]


HOURS = st.dictionaries(
    st.integers(0, SLOTS // 6).map(lambda hour: hour * HOUR_MS), st.integers(1, 9)
)


@given(
    st.lists(asked(), max_size=7),
    HOURS,
    st.integers(0, SLOTS - 1),
    st.integers(1, SLOTS),
)
def test_runs_say_what_every_ten_minutes_say(
    fetches: list[Asked], hours: dict[int, int], since: int, length: int
) -> None:
    until = min(since + length, SLOTS)
    stretches = join(piece for each in fetches for piece in each.pieces())
    layer = Layer("1", "eu", "lookup", "", tuple(stretches), hours)
    runs = layer_runs(layer, since * SLOT, until * SLOT)
    assert by_hour(runs) == model(fetches, hours, since, until)
    assert (runs[0].since_ms, runs[-1].until_ms) == (since * SLOT, until * SLOT)
    assert all(one.until_ms == two.since_ms for one, two in pairwise(runs))
    touched = range(since // 6, -(-until // 6))
    assert sum(run.events for run in runs) == sum(hours.get(h * HOUR_MS, 0) for h in touched)


@given(st.lists(st.lists(asked(), max_size=4), min_size=1, max_size=3), HOURS)
def test_of_several_sources_the_best_answer_counts(
    sources: list[list[Asked]], hours: dict[int, int]
) -> None:
    end = SLOTS * SLOT
    several: list[tuple[Layer, list[Run]]] = []
    for number, fetches in enumerate(sources):
        stretches = join(piece for each in fetches for piece in each.pieces())
        layer = Layer("1", "eu", f"source {number}", "", tuple(stretches), hours)
        several.append((layer, layer_runs(layer, 0, end)))
    together = best_of(several, hours)
    expected = [
        min(states, key=BETTER_FIRST.index)
        for states in zip(*(by_hour(runs) for _, runs in several), strict=True)
    ]
    assert by_hour(together) == expected
    total = sum(events for hour, events in hours.items() if hour < end)
    assert sum(run.events for run in together) == total


@given(st.lists(asked(), max_size=8))
def test_joined_stretches_never_overlap(fetches: list[Asked]) -> None:
    joined = join(piece for each in fetches for piece in each.pieces())
    for one, two in pairwise(joined):
        assert one.until_ms <= two.since_ms
        assert one.until_ms < two.since_ms or one.state is not two.state
    for slot in range(SLOTS):
        found = [s.state for s in joined if s.since_ms <= slot * SLOT < s.until_ms]
        expected = _slot(fetches, slot)
        assert (found or [Known.UNKNOWN]) == [expected]


def test_what_was_asked_too_early_may_still_grow() -> None:
    asked_at = 3 * HOUR_MS
    settled, young = pieces_of(0, 5 * HOUR_MS, "fetched", 5, None, "", asked_at)
    assert (settled.until_ms, settled.may_grow) == (asked_at - DELIVERY_DELAY_MS, False)
    assert (young.since_ms, young.until_ms, young.may_grow) == (settled.until_ms, asked_at, True)
    runs = layer_runs(Layer("1", "eu", "lookup", "", (settled, young)), 0, 5 * HOUR_MS)
    assert [(run.state, run.hours, run.may_grow) for run in runs] == [
        (Known.EMPTY, 2, False),
        (Known.EMPTY, 1, True),
        (Known.UNKNOWN, 2, False),  # it had not happened yet
    ]


def test_what_was_refused_stays_so_whenever_it_was_asked() -> None:
    (refused,) = pieces_of(0, 5 * HOUR_MS, "denied", 0, None, "no", HOUR_MS)
    assert (refused.since_ms, refused.until_ms, refused.state) == (0, 5 * HOUR_MS, Known.DENIED)
    assert list(pieces_of(2 * HOUR_MS, 3 * HOUR_MS, "fetched", 1, None, "", HOUR_MS)) == []


def test_an_hour_that_was_asked_in_part_says_which_part() -> None:
    stretches = (Stretch(0, HOUR_MS + 20 * 60_000, Known.FETCHED),)
    runs = layer_runs(Layer("1", "eu", "s3", "", stretches), 0, 2 * HOUR_MS)
    assert [run.state for run in runs] == [Known.EMPTY, Known.PARTIAL]
    assert "1970-01-01T01:20:00Z to 1970-01-01T02:00:00Z not asked" in runs[1].detail


def test_files_never_say_that_an_hour_was_empty() -> None:
    hours = {HOUR_MS: 4}
    plain = Layer("1", "eu", "files", "", (), hours)
    assert by_hour(layer_runs(plain, 0, 3 * HOUR_MS)) == ["unknown", "fetched", "unknown"]
    named = Layer("1", "eu", "files", "", (Stretch(0, 2 * HOUR_MS, Known.SILENT),), hours)
    assert by_hour(layer_runs(named, 0, 3 * HOUR_MS)) == ["silent", "fetched", "unknown"]


def test_what_stands_behind_a_filter_is_not_the_whole() -> None:
    whole = (Stretch(0, HOUR_MS, Known.FETCHED),)
    layer = Layer("1", "eu", "lookup", "AccessKeyId = AKIA", whole, {0: 3})
    (run,) = best_of([(layer, layer_runs(layer, 0, HOUR_MS))], {0: 3})
    assert (run.state, run.events) == (Known.FILTERED, 3)
    assert run.detail == "lookup was asked for AccessKeyId = AKIA only"


@pytest.mark.parametrize(
    ("hours", "since", "until", "states"),
    [
        ({}, HOUR_MS, 2 * HOUR_MS, ["empty", "not-logged", "empty"]),
        ({}, 20 * 60_000, 40 * 60_000, ["not-logged", "empty", "empty"]),
        ({0: 2}, 20 * 60_000, 2 * HOUR_MS, ["partial", "not-logged", "empty"]),
        ({HOUR_MS: 2}, HOUR_MS, 2 * HOUR_MS, ["empty", "fetched", "empty"]),
    ],
)
def test_hours_that_were_not_logged_are_not_empty(
    hours: dict[int, int], since: int, until: int, states: list[str]
) -> None:
    layer = Layer("1", "eu", "s3", "", (Stretch(0, 3 * HOUR_MS, Known.FETCHED),), hours)
    runs = layer_runs(layer, 0, 3 * HOUR_MS, [Unlogged(since, until, "stopped")])
    assert by_hour(runs) == states
