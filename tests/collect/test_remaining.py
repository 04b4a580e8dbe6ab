"""What is left to ask: against a model that looks at every second by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.case.fetches import State, Unit, all_fetches, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.collect.remaining import ask_for, gaps_between
from trailtui.collect.scope import DELIVERY_DELAY_MS, slices
from trailtui.model.times import HOUR_MS

_stretch = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: tuple(sorted(pair)))


@given(st.lists(_stretch, max_size=8), _stretch)
def test_gaps_are_what_nothing_covers(
    covered: list[tuple[int, int]], wanted: tuple[int, int]
) -> None:
    expected = {at for at in range(*wanted) if not any(start <= at < end for start, end in covered)}
    gaps = gaps_between(covered, *wanted)
    assert {at for start, end in gaps for at in range(start, end)} == expected
    assert all(start < end for start, end in gaps)
    assert gaps == sorted(gaps, reverse=True)


def _units(since: int, until: int) -> list[Unit]:
    return [
        Unit("lookup", "111122223333", "us-east-1", start, end)
        for start, end in slices(since, until, 24 * HOUR_MS)
    ]


def _finish(case: Case, monkeypatch: pytest.MonkeyPatch, at_ms: int, **how: object) -> None:
    monkeypatch.setattr("trailtui.case.fetches.now_ms", lambda: at_ms)
    for fetch in all_fetches(case):
        if not fetch.state.whole:
            update_fetch(case, fetch.id, State.FETCHED, **how)  # type: ignore[arg-type]


def test_a_later_now_asks_only_for_what_came_since(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 50 * HOUR_MS
    first = ask_for(case, _units(now - 24 * HOUR_MS, now))
    assert [(f.unit.since_ms // HOUR_MS, f.unit.until_ms // HOUR_MS) for f in first] == [
        (48, 50), (26, 48),
    ]  # fmt: skip
    _finish(case, monkeypatch, now)
    later = now + HOUR_MS + 7000
    again = ask_for(case, _units(later - 24 * HOUR_MS, later))
    assert [(f.unit.since_ms, f.unit.until_ms) for f in again] == [(now - DELIVERY_DELAY_MS, later)]
    _finish(case, monkeypatch, later + DELIVERY_DELAY_MS)
    assert ask_for(case, _units(later - 24 * HOUR_MS, later)) == []


def test_what_was_begun_is_gone_on_with(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 40 * HOUR_MS
    (newer, older) = ask_for(case, _units(now - 24 * HOUR_MS, now))
    update_fetch(case, newer.id, State.RUNNING, cursor={"token": "t"})
    _finish(case, monkeypatch, now + HOUR_MS)
    update_fetch(case, newer.id, State.RUNNING, cursor={"token": "t"})
    again = ask_for(case, _units(now - 24 * HOUR_MS + 5000, now + 1000))
    assert [(f.id, dict(f.cursor)) for f in again][1] == (newer.id, {"token": "t"})
    assert (again[0].unit.since_ms, again[0].unit.until_ms) == (now, now + 1000)
    assert older.id not in {f.id for f in again}


def test_other_questions_and_places_are_their_own(case: Case) -> None:
    unit = Unit("lookup", "111122223333", "us-east-1", 0, HOUR_MS, {"filter": "x"})
    plan_fetches(case, [unit])
    assert [f.unit for f in ask_for(case, _units(0, HOUR_MS))] == _units(0, HOUR_MS)
    assert len(all_fetches(case)) == 2


def test_again_asks_for_everything_from_the_start(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for(case, _units(0, HOUR_MS))
    _finish(case, monkeypatch, 10 * HOUR_MS, cursor={"token": "t"})
    assert ask_for(case, _units(0, HOUR_MS)) == []
    assert [dict(f.cursor) for f in ask_for(case, _units(0, HOUR_MS), again=True)] == [{}]
    assert ask_for(case, []) == []
