"""CloudTrail Lake as a source, against the simulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.collect.engine_account import (
    NOW_MS,
    REGIONS,
    START,
    account_with_engines,
    collect,
    environment,
    scope,
    session_of,
)
from tests.sim.corpus import Record, corpus
from trailtui.aws.errors import NotFound, Refused
from trailtui.aws.session import AwsSession
from trailtui.case.events import EventFilter, page, record_of
from trailtui.case.evidence import all_evidence
from trailtui.case.fetches import State, Unit, all_fetches
from trailtui.case.file import Case
from trailtui.collect.engines import EngineResult
from trailtui.collect.lake import LONGEST, PAGE, SOURCE, LakeEngine, LakeWish, statement
from trailtui.collect.lake_stores import (
    EventDataStore,
    look_at,
    named,
    region_of,
    stores_in,
    the_store,
)
from trailtui.collect.narrowing import EVERYTHING, Narrowing, narrowing_of
from trailtui.collect.remote_query import Question
from trailtui.collect.scope import Place
from trailtui.model.errors import InputError
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

RECORDS = 1300


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(RECORDS, start=START, hours=24, regions=REGIONS, data_share=0.2)


@pytest.fixture(scope="module")
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with account_with_engines(records) as made:
        add_store(made.world)
        yield made


@pytest.fixture(autouse=True)
def fresh(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment(account).items():
        monkeypatch.setenv(name, value)
    yield
    account.faults.clear()


@pytest.fixture
def session(account: SimulatedAccount) -> AwsSession:
    return session_of(account)


def _wish(session: AwsSession, narrowing: Narrowing = EVERYTHING) -> LakeWish:
    return LakeWish(the_store(stores_in(session)), narrowing)


def _collect(
    case: Case, account: SimulatedAccount, session: AwsSession, **more: object
) -> EngineResult:
    wish = more.pop("wish", None) or _wish(session)
    assert isinstance(wish, LakeWish)
    engine = LakeEngine(session, wish)
    return collect(case, SOURCE, engine, wish.question, scope(account), **more)  # type: ignore[arg-type]


def _ids(case: Case) -> list[str]:
    rows = page(case, EventFilter(), limit=100_000).rows
    return sorted(row.event_id for row in rows)


def test_alone_it_fills_a_case_with_exactly_the_records(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    result = _collect(case, account, session)
    assert _ids(case) == sorted(record["eventID"] for record in records)
    assert result.collected.whole
    assert not result.collected.problems
    newest = page(case, EventFilter(), limit=1).rows[0]
    known = {record["eventID"]: record for record in records}
    assert json.loads(record_of(case, newest)) == known[newest.event_id]
    assert result.scanned_bytes > 0
    states = {fetch.state for fetch in all_fetches(case)}
    assert states <= {State.FETCHED, State.EMPTY}


def test_pages_of_a_thousand_are_followed_and_kept(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    mark = len(account.calls)
    _collect(case, account, session)
    pages = account.calls.of("GetQueryResults", since=mark)
    assert (
        len(pages)
        == len(list(all_evidence(case)))
        > len(account.calls.of("StartQuery", since=mark))
    )
    assert max(one.records for one in all_evidence(case)) == PAGE


def test_what_is_there_is_not_asked_for_again(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    _collect(case, account, session)
    mark = len(account.calls)
    _collect(case, account, session)
    assert account.calls.of("StartQuery", since=mark) == []


@pytest.mark.parametrize("after", [1, 2, 3, 5])
def test_cancelled_and_gone_on_with(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record], after: int
) -> None:
    calls = iter(range(1000))
    mark = len(account.calls)
    first = _collect(case, account, session, progress=lambda _: next(calls) < after)
    _collect(case, account, session)
    assert _ids(case) == sorted(record["eventID"] for record in records)
    started = len(account.calls.of("StartQuery", since=mark))
    stopped = len(account.calls.of("CancelQuery", since=mark))
    slices = len({fetch.unit.since_ms for fetch in all_fetches(case)})
    assert slices <= started <= slices + stopped, first.collected.cancelled
    pages = len(account.calls.of("GetQueryResults", since=mark))
    assert pages == len(list(all_evidence(case))), "no page is fetched twice"


@pytest.mark.parametrize("operation", ["StartQuery", "DescribeQuery", "GetQueryResults"])
@pytest.mark.parametrize("kind", ["error500_before", "drop_after", "truncate"])
def test_a_fault_that_passes_is_waited_out(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    operation: str,
    kind: str,
) -> None:
    account.faults.add("cloudtrail", operation, kind)
    result = _collect(case, account, session)
    assert result.collected.whole
    assert _ids(case) == sorted(record["eventID"] for record in records)


@pytest.mark.parametrize("operation", ["StartQuery", "DescribeQuery", "GetQueryResults"])
def test_a_denial_is_told_for_all_places(
    case: Case, account: SimulatedAccount, session: AwsSession, operation: str
) -> None:
    account.faults.add("cloudtrail", operation, "access_denied", None)
    result = _collect(case, account, session)
    assert {fetch.state for fetch in all_fetches(case)} == {State.DENIED}
    assert {unit.region for unit, _, _ in result.collected.refusals} == set(REGIONS)
    assert f"cloudtrail:{operation}" in result.collected.refusals[0][2]


def test_credentials_that_expire_end_it_and_nothing_is_lost(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    account.faults.add("cloudtrail", "GetQueryResults", "expired", None, after=2)
    result = _collect(case, account, session)
    assert result.collected.stopped_by is not None
    account.faults.clear()
    assert _collect(case, account, session).collected.whole
    assert _ids(case) == sorted(record["eventID"] for record in records)


def test_only_what_is_asked_for(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    name = records[0]["eventName"]
    wish = _wish(session, narrowing_of([f"name:{name}"], "readOnly = true"))
    _collect(case, account, session, wish=wish)
    expected = [r["eventID"] for r in records if r["eventName"] == name and r["readOnly"] is True]
    assert _ids(case) == sorted(expected)
    (question,) = {fetch.unit.question_text for fetch in all_fetches(case)}
    assert json.loads(question)["filter"] == f"name {name} and where readOnly = true"


def test_a_map_is_looked_into(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    having = [r for r in records if (r["requestParameters"] or {}).get("bucketName")]
    bucket = having[0]["requestParameters"]["bucketName"]
    wish = _wish(
        session, narrowing_of([], f"element_at(requestParameters, 'bucketName') = '{bucket}'")
    )
    _collect(case, account, session, wish=wish)
    expected = [r["eventID"] for r in having if r["requestParameters"]["bucketName"] == bucket]
    assert _ids(case) == sorted(expected)


def _question(account: SimulatedAccount, places: tuple[Place, ...]) -> Question:
    unit = Unit("lake", account.number, "us-east-1", NOW_MS - 1000, NOW_MS)
    return Question(unit, places, (NOW_MS - 1000, NOW_MS))


def test_too_long_a_query_is_refused_before_it_is_sent(
    account: SimulatedAccount, session: AwsSession
) -> None:
    wish = LakeWish(the_store(stores_in(session)), by_account=True)
    places = tuple(Place(f"{number:012d}", "us-east-1") for number in range(1000))
    with pytest.raises(InputError, match="10,000"):
        statement(wish, _question(account, places))
    assert len(statement(wish, _question(account, places[:400]))) < LONGEST


def test_which_store_is_meant(session: AwsSession) -> None:
    (store,) = stores_in(session)
    assert look_at(session, store.arn) == look_at(session, store.id) == store
    assert region_of(store.arn) == (store.account, "us-east-1")
    with pytest.raises(InputError, match="is no event data store"):
        region_of("x")


def test_no_store_several_or_only_closed_ones() -> None:
    one = EventDataStore("arn:1", "us-east-1", "111122223333", "id-1")
    two = EventDataStore("arn:2", "us-east-1", "111122223333", "id-2", status="PENDING_DELETION")
    assert the_store([one, two]) is one
    with pytest.raises(InputError, match="no new customers since 2026-05-31"):
        the_store([])
    with pytest.raises(InputError, match="PENDING_DELETION"):
        the_store([two])
    with pytest.raises(InputError, match="2 event data stores"):
        the_store([one, one])


@pytest.mark.parametrize(
    "code", ["OperationNotPermittedException", "UnsupportedOperationException"]
)
def test_an_account_that_may_not_have_a_store_is_told_why(code: str) -> None:
    told = named(Refused("AWS refused the call", code=code, where="cloudtrail:StartQuery"))
    assert "no new customers since 2026-05-31" in str(told)
    assert "lookup, s3, athena or insights" in told.cure
    other = Refused("something else", code="InvalidParameterException")
    assert named(other) is other


def test_a_store_that_is_not_there(session: AwsSession) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        look_at(session, "00000000-0000-0000-0000-000000000000")
