"""Fetches run in lanes; what they bring is stored with how far they came."""

import json
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.records import record
from trailtui.aws.errors import AccessDenied, CredentialsExpired, Throttled
from trailtui.case import journal
from trailtui.case.events import count, page, places_of
from trailtui.case.fetches import Fetch, State, Unit, all_fetches, plan_fetches
from trailtui.case.file import Case
from trailtui.collect.pacing import Pacer
from trailtui.collect.running import CollectResult, Got, Incomplete, run_fetches
from trailtui.collect.scope import Scope, slices, to_do
from trailtui.collect.storing import Document, Store, read_document
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS

DAY = 24 * HOUR_MS


def _units(regions: int = 2, hours: int = 3) -> list[Unit]:
    return [
        Unit("lookup", "111122223333", f"region-{region}", since, until)
        for region in range(regions)
        for since, until in slices(0, hours * HOUR_MS)
    ]


def _page(first: int, number: int = 2) -> Document:
    records = [record(first + n) for n in range(number)]
    return Document(f"page {first}", json.dumps({"Records": records}).encode())


class Source:
    """Each unit has three pages of two records; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.lock = threading.Lock()

    def __call__(self, fetch: Fetch, stop: object) -> Iterator[Got]:
        unit = fetch.unit
        place = int(unit.region[-1]) * 1000 + unit.since_ms // HOUR_MS * 10
        for number in range(int(str(fetch.cursor.get("page", 0))), 3):
            with self.lock:
                self.asked.append((unit.region, unit.since_ms, number))
            yield Got((_page(place + number * 2),), {"page": number + 1})


def _run(case: Case, source: object, units: list[Unit], **options: object) -> CollectResult:
    fetches = to_do(plan_fetches(case, units))
    return run_fetches(case, "lookup", fetches, source, asked={}, **options)  # type: ignore[arg-type]


def test_all_lanes_are_asked_and_stored(case: Case) -> None:
    source = Source()
    result = _run(case, source, _units())
    assert (result.done, result.requests, result.events, count(case)) == (6, 18, 36, 36)
    assert result.whole
    assert {fetch.state for fetch in all_fetches(case)} == {State.FETCHED}
    assert all(fetch.records == 6 and fetch.requests == 3 for fetch in all_fetches(case))
    linked = "SELECT count(*) FROM evidence WHERE fetch IS NOT NULL"
    assert case.connection.execute(linked).fetchone()[0] == 18
    assert journal.verify(case).ok
    kinds = [entry.what.get("finished") for entry in journal.entries(case, kinds=("collect",))]
    assert kinds == [None, True]


def test_a_second_run_asks_for_nothing(case: Case) -> None:
    _run(case, Source(), _units())
    source = Source()
    result = _run(case, source, _units())
    assert not source.asked
    assert (result.units, result.whole) == (0, True)


def test_cancelled_at_every_moment_and_gone_on_with_nothing_is_asked_twice(case: Case) -> None:
    everything: list[tuple[str, int, int]] = []
    for _ in range(60):
        source = Source()
        stored = 0

        def progress(result: CollectResult) -> bool:
            nonlocal stored
            stored = result.requests
            return result.requests < 1

        result = _run(case, source, _units(), progress=progress, lanes=1)
        everything += source.asked[:stored]
        if result.whole:
            break
    assert result.whole
    assert sorted(everything) == sorted(set(everything))
    assert len(everything) == 18
    assert count(case) == 36


def test_an_empty_answer_is_kept_and_said(case: Case) -> None:
    def nothing(fetch: Fetch, stop: object) -> Iterator[Got]:
        yield Got((Document("page 1", b'{"Events": []}'),), {})

    _run(case, nothing, _units(1, 1))
    assert [fetch.state for fetch in all_fetches(case)] == [State.EMPTY]
    assert case.connection.execute("SELECT count(*) FROM evidence").fetchone()[0] == 1


@pytest.mark.parametrize(
    ("failure", "state", "asked"),
    [
        (AccessDenied("denied"), State.DENIED, 1),
        (Throttled("throttled"), State.THROTTLED, 3),
        (Incomplete("the limit was met"), State.PARTIAL, 3),
        (InputError("not understood"), State.FAILED, 3),
    ],
)
def test_what_is_refused_is_noted_and_other_lanes_go_on(
    case: Case, failure: Exception, state: State, asked: int
) -> None:
    good = Source()
    tried: list[int] = []

    def source(fetch: Fetch, stop: object) -> Iterator[Got]:
        if fetch.unit.region == "region-0":
            tried.append(fetch.id)
            raise failure
        yield from good(fetch, stop)

    result = _run(case, source, _units())
    states = {(f.unit.region, f.state) for f in all_fetches(case)}
    assert states == {("region-0", state), ("region-1", State.FETCHED)}
    assert len(result.refusals) == 3
    assert len(tried) == asked  # who is denied once in a lane is not asked again and again
    assert all(fetch.detail for fetch in all_fetches(case) if fetch.unit.region == "region-0")


def test_expired_credentials_end_all_and_keep_what_came(case: Case) -> None:
    def source(fetch: Fetch, stop: object) -> Iterator[Got]:
        yield Got((_page(fetch.unit.since_ms // HOUR_MS * 10),), {"page": 1})
        raise CredentialsExpired("the session has expired")

    result = _run(case, source, _units(1, 3), lanes=1)
    assert isinstance(result.stopped_by, CredentialsExpired)
    assert (result.events, result.done) == (2, 1)
    assert [f.state for f in all_fetches(case)].count(State.PLANNED) == 2


def test_a_bug_in_a_source_is_not_swallowed(case: Case) -> None:
    def source(fetch: Fetch, stop: object) -> Iterator[Got]:
        yield Got((_page(1),), {"page": 1})
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        _run(case, source, _units(1, 1))
    assert [f.state for f in all_fetches(case)] == [State.FAILED]


def test_derived_records_are_sightings_and_give_way_to_real_ones(case: Case) -> None:
    real = record(7)
    said = {key: real[key] for key in ("eventID", "eventTime", "eventName", "recipientAccountId")}
    derived = Document("rows", json.dumps(said).encode(), derived=True)
    whole = Document("file", json.dumps({"Records": [real]}).encode())
    fetch = plan_fetches(case, _units(1, 1))[0].id
    for documents in ([derived, whole], [derived]):
        for document in documents:
            _store(case, document, fetch)
    (row,) = page(case).rows
    assert (row.sightings, row.ip, row.principal) == (
        2, "198.51.100.7", "arn:aws:iam::111122223333:user/alice",
    )  # fmt: skip
    assert len(places_of(case, row)) == 2
    assert not row.conflict


def test_a_derived_record_that_contradicts_is_a_conflict(case: Case) -> None:
    real = record(7)
    said = {**{key: real[key] for key in ("eventID", "eventTime", "recipientAccountId")}}
    fetch = plan_fetches(case, _units(1, 1))[0].id
    _store(case, Document("file", json.dumps({"Records": [real]}).encode()), fetch)
    other = json.dumps({**said, "eventName": "DeleteUser"}).encode()
    stored = _store(case, Document("rows", other, derived=True), fetch)
    assert (stored.events, stored.sightings, count(case)) == (1, 0, 2)


def _store(case: Case, document: Document, fetch: int) -> object:
    from trailtui.collect.storing import Brought

    return Store(case).store([Brought(fetch, [read_document(document)], {})])


def test_slices_are_cut_at_the_same_places() -> None:
    assert list(slices(30, 250, 100)) == [(200, 250), (100, 200), (30, 100)]
    assert set(slices(0, 300, 100)) <= set(slices(0, 1000, 100))
    with pytest.raises(InputError, match="ends before it begins"):
        Scope((), 5, 5)


def test_a_pacer_keeps_its_rate_whatever_the_waits() -> None:
    clock = [0.0]
    pacer = Pacer(2, now=lambda: clock[0])

    class Never:
        def wait(self, seconds: float) -> None:
            clock[0] += seconds

    pacer._never = Never()  # type: ignore[assignment]
    let_through: list[float] = []
    for number in range(6):
        if number == 3:
            clock[0] += 10  # came late: no hurry afterwards
        assert pacer.wait()
        let_through.append(clock[0])
    gaps = [round(b - a, 6) for a, b in pairwise(let_through)]
    assert gaps == [0.5, 0.5, 10.0, 0.5, 0.5]
    assert not Pacer(2, now=lambda: clock[0]).wait(stop=lambda: True)


def test_what_happened_while_it_was_asked_is_not_counted_as_seen(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100 * HOUR_MS]

    def slow(fetch: Fetch, stop: object) -> Iterator[Got]:
        for number in range(3):
            clock[0] += HOUR_MS
            yield Got((_page(number * 2),), {"page": number + 1})

    for room in ("collect.running", "case.fetches"):
        monkeypatch.setattr(f"trailtui.{room}.now_ms", lambda: clock[0])
    _run(case, slow, [Unit("lookup", "1", "r", 0, 102 * HOUR_MS)])
    (fetch,) = all_fetches(case)
    assert (fetch.asked_ms, fetch.changed_ms) == (100 * HOUR_MS, 103 * HOUR_MS)
    assert fetch.knows_until_ms == 100 * HOUR_MS
    _run(case, slow, [])
    again = plan_fetches(case, [fetch.unit])[0]
    assert to_do([again])  # asked too early for its last two hours, whenever it ended
