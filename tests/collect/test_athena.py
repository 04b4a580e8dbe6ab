"""Athena as a source, against the simulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.collect.engine_account import (
    LOCATION,
    OUTPUT,
    REGIONS,
    START,
    account_with_engines,
    collect,
    environment,
    scope,
    session_of,
    soon,
)
from tests.sim.corpus import Record, corpus
from trailtui.aws.errors import AccessDenied, NotFound, Refused
from trailtui.aws.session import AwsSession
from trailtui.case.collisions import agrees
from trailtui.case.events import EventFilter, page, record_of
from trailtui.case.evidence import all_evidence
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect.athena import (
    SOURCE,
    AthenaEngine,
    AthenaWish,
    Workplace,
    failure_of,
    make_table,
)
from trailtui.collect.athena_estimate import estimate
from trailtui.collect.athena_partitions import keys_of
from trailtui.collect.athena_table import describe_table
from trailtui.collect.engines import EngineResult, units_of, would_ask
from trailtui.collect.files import collect_files
from trailtui.collect.narrowing import EVERYTHING, Narrowing, narrowing_of
from trailtui.collect.prices import ATHENA
from trailtui.sim.account import SimulatedAccount

RECORDS = 1300
WORKPLACE = Workplace("security", output=OUTPUT)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(RECORDS, start=START, hours=36, regions=REGIONS, data_share=0.2)


@pytest.fixture(scope="module")
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with account_with_engines(records) as made:
        yield made


@pytest.fixture(autouse=True)
def fresh(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment(account).items():
        monkeypatch.setenv(name, value)
    yield
    account.faults.clear()


@pytest.fixture
def session(account: SimulatedAccount) -> AwsSession:
    made = session_of(account)
    try:
        describe_table(made, "security", "trail")
    except NotFound:
        make_table(made, WORKPLACE, "trail", LOCATION, list(REGIONS), wait=soon)
    return made


def _wish(session: AwsSession, narrowing: Narrowing = EVERYTHING) -> AthenaWish:
    table = describe_table(session, "security", "trail")
    return AthenaWish(table, keys_of(table), narrowing)


def _collect(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    wish: AthenaWish | None = None,
    workplace: Workplace = WORKPLACE,
    **more: object,
) -> EngineResult:
    asked = wish or _wish(session)
    engine = AthenaEngine(session, asked, workplace)
    return collect(case, SOURCE, engine, asked.question, scope(account), **more)  # type: ignore[arg-type]


def _ids(case: Case) -> list[str]:
    return sorted(row.event_id for row in page(case, EventFilter(), limit=100_000).rows)


def _all(records: list[Record]) -> list[str]:
    return sorted(one["eventID"] for one in records)


def test_alone_it_fills_a_case_with_exactly_the_records(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    result = _collect(case, account, session)
    assert _ids(case) == _all(records)
    assert result.collected.whole
    assert not result.collected.problems
    assert result.scanned_bytes > 0
    assert result.dollars == pytest.approx(sum(ATHENA.of(one.bytes) for one in result.scanned))
    known = {one["eventID"]: one for one in records}
    for row in page(case, EventFilter(), limit=50).rows:
        raw = record_of(case, row)
        assert agrees(raw, json.dumps(known[row.event_id]).encode())
        assert (row.account, row.region) == (account.number, known[row.event_id]["awsRegion"])


def test_the_answer_is_kept_beside_what_was_made_of_it(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    _collect(case, account, session)
    kinds = [(one.kind, one.records > 0) for one in all_evidence(case)]
    assert set(kinds) >= {("answer", False), ("derived", True)}
    assert {kind for kind, _ in kinds} == {"answer", "derived"}
    assert max(one.records for one in all_evidence(case)) <= 1000


def test_a_record_from_a_file_takes_the_place_of_what_was_made(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    tmp_path: Path,
) -> None:
    _collect(case, account, session)
    (tmp_path / "real.json").write_text(json.dumps({"Records": records}))
    result = collect_files(case, [str(tmp_path / "real.json")])
    assert (result.events, result.conflicts) == (0, 0)
    known = {one["eventID"]: one for one in records}
    for row in page(case, EventFilter(), limit=200).rows:
        assert json.loads(record_of(case, row)) == known[row.event_id]
        assert row.sightings >= 1


def test_a_record_that_says_otherwise_is_a_conflict(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    tmp_path: Path,
) -> None:
    changed = {**records[0], "sourceIPAddress": "203.0.113.99"}
    (tmp_path / "other.json").write_text(json.dumps({"Records": [changed]}))
    collect_files(case, [str(tmp_path / "other.json")])
    assert _collect(case, account, session).collected.conflicts == 2


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_cancelled_and_gone_on_with(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record], after: int
) -> None:
    calls = iter(range(1000))
    mark = len(account.calls)
    _collect(case, account, session, progress=lambda _: next(calls) < after)
    _collect(case, account, session)
    assert _ids(case) == _all(records)
    started = len(account.calls.of("StartQueryExecution", since=mark))
    stopped = len(account.calls.of("StopQueryExecution", since=mark))
    slices = len({fetch.unit.since_ms for fetch in all_fetches(case)})
    assert slices <= started <= slices + stopped
    pages = len(account.calls.of("GetQueryResults", since=mark))
    kept = [one for one in all_evidence(case) if one.kind == "answer"]
    assert pages == len(kept), "no page is fetched twice"


@pytest.mark.parametrize(
    "operation", ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"]
)
@pytest.mark.parametrize("kind", ["error500_before", "drop_after", "truncate"])
def test_a_fault_that_passes_is_waited_out(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    operation: str,
    kind: str,
) -> None:
    account.faults.add("athena", operation, kind)
    mark = len(account.world.engines.queries)
    assert _collect(case, account, session).collected.whole
    assert _ids(case) == _all(records)
    slices = len({fetch.unit.since_ms for fetch in all_fetches(case)})
    assert len(account.world.engines.queries) - mark == slices, "a lost answer starts nothing twice"


@pytest.mark.parametrize(
    "operation", ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"]
)
def test_a_denial_is_told_for_all_places(
    case: Case, account: SimulatedAccount, session: AwsSession, operation: str
) -> None:
    account.faults.add("athena", operation, "access_denied", None)
    result = _collect(case, account, session)
    assert {fetch.state for fetch in all_fetches(case)} == {State.DENIED}
    assert f"athena:{operation}" in result.collected.refusals[0][2]


def test_only_what_is_asked_for(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    name = records[0]["eventName"]
    wish = _wish(session, narrowing_of([f"name:{name}"], "readOnly = true"))
    _collect(case, account, session, wish)
    expected = [r["eventID"] for r in records if r["eventName"] == name and r["readOnly"] is True]
    assert _ids(case) == sorted(expected)


def test_a_condition_on_a_parameter_and_the_time(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    having = [r for r in records if (r["requestParameters"] or {}).get("bucketName")]
    bucket = having[0]["requestParameters"]["bucketName"]
    middle = START + timedelta(hours=18)
    where = (
        f"element_at(requestParameters, 'bucketName') = '{bucket}' "
        f"AND eventTime < '{middle:%Y-%m-%d %H:%M:%S}'"
    )
    _collect(case, account, session, _wish(session, narrowing_of([], where)))
    expected = [
        r["eventID"]
        for r in having
        if r["requestParameters"]["bucketName"] == bucket
        and r["eventTime"] < f"{middle:%Y-%m-%dT%H:%M:%SZ}"
    ]
    assert _ids(case) == sorted(expected)


def test_less_is_read_for_one_region(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    wish = _wish(session)
    engine = AthenaEngine(session, wish, WORKPLACE)
    one = collect(case, SOURCE, engine, wish.question, scope(account, REGIONS[:1]))
    assert _ids(case) == _all([r for r in records if r["awsRegion"] == REGIONS[0]])
    both = collect(case, SOURCE, engine, wish.question, scope(account))
    assert {state for state, count in both.collected.states.items() if count} <= {
        "fetched",
        "empty",
    }
    assert 0 < one.scanned_bytes < one.scanned_bytes + both.scanned_bytes
    assert _ids(case) == _all(records)


def test_the_estimate_is_what_is_read_then(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    wish = _wish(session)
    wanted = would_ask(case, units_of(SOURCE, scope(account), wish.question), again=False)
    told, known = estimate(wanted, wish.table, wish.keys, session)
    assert known
    assert all_fetches(case) == []
    result = _collect(case, account, session)
    assert told.bytes == result.scanned_bytes
    assert told.dollars >= result.dollars * 0.99


def test_an_estimate_that_may_not_list_says_so(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    account.faults.add("s3", "ListObjectsV2", "access_denied", None)
    wish = _wish(session)
    wanted = would_ask(case, units_of(SOURCE, scope(account), wish.question), again=False)
    told, known = estimate(wanted, wish.table, wish.keys, session)
    assert not known
    assert any("unknown" in line for line in told.says)


def test_no_place_for_results_is_said_with_its_cure(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    result = _collect(case, account, session, workplace=replace(WORKPLACE, output=""))
    assert {state for _, state, _ in result.collected.refusals} == {State.FAILED}
    assert "--output s3://" in result.collected.refusals[0][2]


def test_a_table_that_is_not_there(session: AwsSession) -> None:
    with pytest.raises(NotFound, match=r"there is no table security\.nothing"):
        describe_table(session, "security", "nothing")


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("Access denied: x is not authorized to perform: s3:GetObject on y", AccessDenied),
        ("Insufficient permissions to execute the query. glue:GetTable", AccessDenied),
        ("SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved", Refused),
    ],
)
def test_why_a_query_failed(reason: str, error: type[Exception]) -> None:
    told = failure_of(reason)
    assert type(told) is error
    assert reason in str(told)


def test_what_athena_was_denied_is_named() -> None:
    told = failure_of("Access denied: u is not authorized to perform: s3:GetObject on b (403)")
    assert isinstance(told, AccessDenied)
    assert told.permission == "s3:GetObject"


def test_a_hostile_value_stays_a_value(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    wish = _wish(session, narrowing_of(["agent:x' OR '1'='1"]))
    result = _collect(case, account, session, wish)
    assert _ids(case) == []
    assert {fetch.state for fetch in all_fetches(case)} == {State.EMPTY}
    assert result.collected.whole
