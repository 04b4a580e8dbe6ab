"""A query at AWS, whichever engine runs it: started once, gone on with, cut where it must be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import ACCOUNT, record
from trailtui.aws.errors import AccessDenied, CallError, Refused, Throttled
from trailtui.case.events import count
from trailtui.case.fetches import Fetch, State, Unit, all_fetches
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.collect.engines import EngineResult, Source, run_engine, units_of, wanted_of
from trailtui.collect.prices import LAKE
from trailtui.collect.remote_query import (
    Outcome,
    Page,
    QueryFetcher,
    Question,
    Standing,
    slices_from,
)
from trailtui.collect.running import Got, Incomplete, Stop
from trailtui.collect.scope import Place, Scope
from trailtui.collect.storing import Document
from trailtui.model.times import HOUR_MS

DAY_MS = 24 * HOUR_MS
SINCE = 1_772_323_200_000  # 2026-03-01
SOURCE = Source("lake", LAKE, DAY_MS)
HERE = Place(ACCOUNT, "us-east-1")
THERE = Place(ACCOUNT, "eu-west-1")


def never(_seconds: float, stop: Stop) -> bool:
    """A wait that takes no time."""
    return not stop()


@dataclass
class Bench:
    """An engine in memory; `times` are the moments of its events, in milliseconds."""

    times: list[int]
    rows_limit: int | None = None
    page_rows: int = 1000
    polls: int = 2
    counts: bool = True
    started: list[tuple[int, int]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    paged: list[tuple[str, str | None]] = field(default_factory=list)
    refused: list[Exception] = field(default_factory=list)
    outcomes: dict[str, Standing] = field(default_factory=dict)
    region_of: dict[int, str] = field(default_factory=dict)
    _pieces: dict[str, tuple[int, int]] = field(default_factory=dict)
    _polled: dict[str, int] = field(default_factory=dict)

    def text(self, question: Question) -> str:
        return f"all of {question.places}"

    def start(self, question: Question, text: str, token: str) -> str:
        if self.refused:
            raise self.refused.pop(0)
        self.tokens.append(token)
        self.started.append(question.piece)
        query = f"query-{len(self.started)}"
        self._pieces[query] = question.piece
        return query

    def rows_of(self, query: str) -> list[int]:
        start, end = self._pieces[query]
        found = [at for at in self.times if start <= at < end]
        return found if self.rows_limit is None else found[: self.rows_limit]

    def standing(self, question: Question, query: str) -> Standing:
        if query not in self._pieces:
            return Standing(Outcome.GONE)
        if query in self.outcomes:
            return self.outcomes[query]
        self._polled[query] = self._polled.get(query, 0) + 1
        if self._polled[query] < self.polls:
            return Standing(Outcome.RUNNING)
        start, end = self._pieces[query]
        matched = sum(start <= at < end for at in self.times)
        return Standing(Outcome.DONE, scanned_bytes=1000, matched=matched if self.counts else None)

    def page(self, question: Question, query: str, token: str | None, number: int) -> Page:
        self.paged.append((query, token))
        rows = self.rows_of(query)
        at = int(token or 0)
        part = rows[at : at + self.page_rows]
        made = [
            record(
                one // 1000,
                eventTime=_written(one),
                awsRegion=self.region_of.get(one, "us-east-1"),
            )
            for one in part
        ]
        body = json.dumps({"query": query, "page": number, "Records": made}).encode()
        following = str(at + self.page_rows) if at + self.page_rows < len(rows) else None
        return Page((Document(f"{query} {number}", body),), len(part), token=following)

    def stop(self, question: Question, query: str) -> None:
        self.stopped.append(query)

    def refusal(self, reason: str) -> CallError:
        return AccessDenied(reason) if reason == "denied" else Refused(reason)


def _written(at_ms: int) -> str:
    from trailtui.model.times import format_utc

    return format_utc(at_ms)


def _collect(
    case: Case, bench: Bench, *, days: int = 1, again: bool = False, **options: Any
) -> EngineResult:
    places = options.pop("places", (HERE,))
    scope = Scope(places, SINCE, SINCE + days * DAY_MS)
    wanted = wanted_of(case, SOURCE, units_of(SOURCE, scope, {"store": "x"}), again=again)
    return run_engine(case, SOURCE, bench, wanted, asked={}, wait=never, **options)


def _times(number: int, every_ms: int = 60_000) -> list[int]:
    return [SINCE + at * every_ms for at in range(number)]


def test_all_pages_of_all_slices_come(case: Case) -> None:
    bench = Bench(_times(2500), page_rows=1000)
    result = _collect(case, bench, days=2)
    assert count(case) == 2500
    assert len(bench.started) == 2
    assert {fetch.state for fetch in all_fetches(case)} == {State.FETCHED}
    assert result.scanned_bytes == 2000
    # started, polled and paged: each request is counted
    assert result.collected.requests == 2 + 2 * 2 + len(bench.paged)


def test_an_empty_answer_is_empty_and_not_silent(case: Case) -> None:
    result = _collect(case, Bench([]))
    (fetch,) = all_fetches(case)
    assert (fetch.state, fetch.records, result.collected.whole) == (State.EMPTY, 0, True)


def test_what_it_cost_is_in_the_action_log(case: Case) -> None:
    _collect(case, Bench(_times(10)))
    told = [entry.what for entry in entries(case) if "scanned_bytes" in entry.what]
    assert [(one["scanned_bytes"], len(one["queries"])) for one in told] == [(1000, 1)]
    assert told[0]["dollars"] == pytest.approx(LAKE.of(1000), abs=1e-6)


def test_what_is_whole_is_not_asked_again(case: Case) -> None:
    bench = Bench(_times(10))
    _collect(case, bench)
    _collect(case, bench)
    assert len(bench.started) == 1
    _collect(case, bench, again=True)
    assert len(bench.started) == 2
    assert count(case) == 10


@pytest.mark.parametrize("after", range(1, 8))
def test_a_cancelled_query_goes_on_where_it_stood(case: Case, after: int) -> None:
    bench = Bench(_times(1000), page_rows=100)
    calls = iter(range(100))
    _collect(case, bench, progress=lambda _: next(calls) < after)
    second = _collect(case, bench)
    assert count(case) == 1000
    assert second.collected.whole
    assert len(bench.started) <= 1 + len(bench.stopped)
    if not bench.stopped:
        assert len(bench.paged) == 10, "a page that was taken is not fetched again"


def _run(bench: Bench, fetch: Fetch, stop: Stop = lambda: False) -> Iterator[Got]:
    places = {fetch.id: (HERE,)}
    return QueryFetcher(bench, places, wait=never)(fetch, stop)


def _fetch(**changes: Any) -> Fetch:
    unit = Unit("lake", ACCOUNT, "us-east-1", SINCE, SINCE + DAY_MS)
    made = Fetch(7, unit, State.RUNNING, {}, None, 0, 0, "", 0)
    return replace(made, **changes)


@given(st.integers(0, 12), st.sampled_from([None, 40]))
@settings(max_examples=40)
def test_killed_anywhere_nothing_is_lost(kept: int, limit: int | None) -> None:
    """Whatever was stored last: from there on, all comes, and no page of it twice."""
    bench = Bench(_times(300, 250_000), page_rows=30, rows_limit=limit)
    seen: list[bytes] = []
    cursor: dict[str, object] = {}
    for _, got in zip(range(kept), _run(bench, _fetch()), strict=False):
        seen += [document.body for document in got.documents]
        cursor = json.loads(json.dumps(got.cursor))
    for got in _run(bench, _fetch(cursor=cursor)):
        seen += [document.body for document in got.documents]
    times = {one["eventTime"] for body in seen for one in json.loads(body)["Records"]}
    assert len(times) == 300
    assert len(seen) == len(set(seen))


def test_a_start_whose_answer_was_not_stored_has_the_same_token() -> None:
    bench = Bench(_times(5))
    first = next(_run(bench, _fetch()))
    assert bench.started == []
    list(_run(bench, _fetch(cursor=first.cursor)))
    list(_run(bench, _fetch(cursor=first.cursor)))
    list(_run(bench, _fetch()))
    assert bench.tokens[0] == bench.tokens[1]
    assert bench.tokens[2] != bench.tokens[0]


def test_a_cut_off_answer_is_asked_again_in_smaller_pieces(case: Case) -> None:
    bench = Bench(_times(900), rows_limit=100)
    result = _collect(case, bench)
    assert count(case) == 900
    assert result.collected.whole
    assert bench.started[0] == (SINCE, SINCE + DAY_MS)
    assert len(bench.started) > 9


def test_it_is_cut_down_to_a_second_and_no_further(case: Case) -> None:
    crowded = [SINCE + 5000 + at for at in range(50)]
    bench = Bench(crowded, rows_limit=10)
    _collect(case, bench)
    (fetch,) = all_fetches(case)
    assert fetch.state is State.PARTIAL
    assert "2026-03-01T00:00:05Z to 2026-03-01T00:00:06Z: 50 events, 10 came" in fetch.detail
    assert fetch.reached_ms is None or fetch.reached_ms >= SINCE + 6000


def test_what_was_missing_is_asked_again(case: Case) -> None:
    bench = Bench([SINCE + 5000 + at for at in range(50)], rows_limit=10)
    _collect(case, bench)
    asked = len(bench.started)
    bench.rows_limit = 1000
    result = _collect(case, bench)
    assert bench.started[asked:] == [(SINCE + 5000, SINCE + 6000)]
    assert (count(case), result.collected.whole) == (50, True)


def test_fewer_rows_than_were_counted_is_said(case: Case) -> None:
    bench = Bench(_times(100))
    bench.standing = lambda question, query: Standing(Outcome.DONE, matched=150)  # type: ignore[method-assign]
    _collect(case, bench)
    (fetch,) = all_fetches(case)
    assert fetch.state is State.PARTIAL
    assert "AWS counts 150 events" in fetch.detail
    assert count(case) == 100
    assert len(bench.started) < 100, "a riddle is not asked for each second of a day"


def test_a_query_out_of_time_is_asked_in_halves(case: Case) -> None:
    bench = Bench(_times(100), outcomes={"query-1": Standing(Outcome.TOO_MUCH, "TIMED_OUT")})
    result = _collect(case, bench)
    assert bench.started[1:] == [
        (SINCE + DAY_MS // 2, SINCE + DAY_MS),
        (SINCE, SINCE + DAY_MS // 2),
    ]
    assert (count(case), result.collected.whole) == (100, True)


def test_a_failed_query_is_told_and_started_again_by_the_next_run(case: Case) -> None:
    bench = Bench(_times(10), outcomes={"query-1": Standing(Outcome.FAILED, "denied")})
    result = _collect(case, bench)
    assert [state for _, state, _ in result.collected.refusals] == [State.DENIED]
    assert _collect(case, bench).collected.whole
    assert (len(bench.started), count(case)) == (2, 10)


def test_others_hold_all_places_for_a_while(case: Case) -> None:
    bench = Bench(_times(10), refused=[Throttled("full"), Throttled("full")])
    assert _collect(case, bench).collected.whole
    bench = Bench(_times(10), refused=[Throttled("full") for _ in range(20)])
    result = _collect(case, bench, again=True)
    assert [state for _, state, _ in result.collected.refusals] == [State.THROTTLED]


def test_a_page_that_is_not_known_any_more_starts_the_query_again() -> None:
    bench = Bench(_times(100), page_rows=40)
    asked = _run(bench, _fetch())
    cursors = [got.cursor for got in asked if got.documents]
    taken = bench.page

    def forgotten(question: Question, query: str, token: str | None, number: int) -> Page:
        if token is not None and query == "query-1":
            raise Refused("no such token", code="InvalidNextTokenException")
        return taken(question, query, token, number)

    bench.page = forgotten  # type: ignore[method-assign]
    bodies = [d.body for got in _run(bench, _fetch(cursor=cursors[0])) for d in got.documents]
    assert len(bench.started) == 2
    assert sum(len(json.loads(body)["Records"]) for body in bodies) == 100


def test_one_query_serves_all_places(case: Case) -> None:
    times = _times(10)
    bench = Bench(times, region_of={at: "eu-west-1" for at in times[:3]})
    result = _collect(case, bench, places=(HERE, THERE, Place(ACCOUNT, "us-west-2")))
    found = {fetch.unit.region: (fetch.state, fetch.records) for fetch in all_fetches(case)}
    assert len(bench.started) == 1
    assert found["eu-west-1"] == (State.FETCHED, 3)
    assert found["us-west-2"] == (State.EMPTY, 0)
    assert found["us-east-1"][0] is State.FETCHED
    assert (result.collected.units, result.collected.done) == (3, 3)
    assert _collect(case, bench, places=(HERE, THERE)).collected.units == 0
    assert len(bench.started) == 1


def test_a_refusal_is_told_for_every_place(case: Case) -> None:
    bench = Bench(_times(5), refused=[AccessDenied("no")])
    result = _collect(case, bench, places=(HERE, THERE))
    told = {unit.region for unit, _, _ in result.collected.refusals}
    assert told == {"us-east-1", "eu-west-1"}
    assert {fetch.state for fetch in all_fetches(case)} == {State.DENIED}


def test_a_run_that_died_before_its_end_is_settled_by_the_next(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = _times(10)
    bench = Bench(times, region_of={at: "eu-west-1" for at in times[:3]})
    from trailtui.collect import engines

    with monkeypatch.context() as patched:
        patched.setattr(engines, "_count_places", lambda *_: None)
        settled = engines.settle
        patched.setattr(engines, "settle", lambda *a: settled(*a) if len(a) == 2 else None)
        _collect(case, bench, places=(HERE, THERE))
    states = {fetch.unit.region: fetch.state for fetch in all_fetches(case)}
    assert states["eu-west-1"] is State.RUNNING
    _collect(case, bench, places=(HERE, THERE))
    states = {fetch.unit.region: fetch.state for fetch in all_fetches(case)}
    assert states == {"us-east-1": State.FETCHED, "eu-west-1": State.FETCHED}
    assert len(bench.started) == 1


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 10**5))
def test_pieces_lie_side_by_side(start: int, length: int, width: int) -> None:
    width = max(width, length // 50 + 1)
    pieces = slices_from(start, start + length, width)
    assert pieces[0][1] == start + length
    assert pieces[-1][0] == start
    assert all(newer[0] == older[1] for newer, older in itertools.pairwise(pieces))
    assert all(0 < end - begin <= width for begin, end in pieces)


def test_not_all_is_an_end_of_its_own() -> None:
    bench = Bench([SINCE + at for at in range(50)], rows_limit=10)
    with pytest.raises(Incomplete, match="50 events, 10 came"):
        list(_run(bench, _fetch()))


def test_whoever_stops_stops_the_query_at_aws_too() -> None:
    bench = Bench(_times(10), polls=99)
    waited: list[float] = []

    def stop_soon(seconds: float, stop: Stop) -> bool:
        waited.append(seconds)
        return len(waited) < 3

    fetcher = QueryFetcher(bench, {7: (HERE,)}, wait=stop_soon)
    *_, last = fetcher(_fetch(), lambda: False)
    assert bench.stopped == ["query-1"]
    assert waited == sorted(waited)
    bench.polls = 1
    bench.outcomes["query-1"] = Standing(Outcome.GONE)
    bodies = [d.body for got in _run(bench, _fetch(cursor=last.cursor)) for d in got.documents]
    assert len(bench.started) == 2
    assert len(json.loads(bodies[0])["Records"]) == 10


def test_what_was_filed_after_the_end_is_a_piece_of_its_own() -> None:
    bench = Bench([SINCE + DAY_MS + 1000])
    asked: list[Question] = []
    start = bench.start

    def noted(question: Question, text: str, token: str) -> str:
        asked.append(question)
        return start(question, text, token)

    bench.start = noted  # type: ignore[method-assign]
    fetcher = QueryFetcher(bench, {7: (HERE,)}, lambda _: 60_000, wait=never)
    reached = [got.reached_ms for got in fetcher(_fetch(), lambda: False)]
    end = SINCE + DAY_MS
    assert [(one.piece, one.beyond, one.final) for one in asked] == [
        ((end - 1000, end + 60_000), True, True),
        ((SINCE, end), False, True),
    ]
    assert reached[-1] == SINCE
