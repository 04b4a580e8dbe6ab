"""CloudWatch Logs Insights as a source, against the simulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.collect.engine_account import (
    GROUP,
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
from trailtui.aws.session import AwsSession
from trailtui.case.events import EventFilter, page, record_of
from trailtui.case.evidence import all_evidence
from trailtui.case.fetches import State, Unit, all_fetches
from trailtui.case.file import Case
from trailtui.collect import insights
from trailtui.collect.engines import EngineResult
from trailtui.collect.insights import SOURCE, InsightsEngine, InsightsWish, estimate
from trailtui.collect.insights_groups import LogGroup, group_of, groups_of_trails, the_group
from trailtui.collect.narrowing import EVERYTHING, Narrowing, Term, narrowing_of
from trailtui.collect.remote_query import Question
from trailtui.collect.scope import Place
from trailtui.model.errors import InputError
from trailtui.sim.account import SimulatedAccount

RECORDS = 1200


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(RECORDS, start=START, hours=48, regions=REGIONS, data_share=0.2)


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
    return session_of(account)


def _wish(session: AwsSession, narrowing: Narrowing = EVERYTHING) -> InsightsWish:
    return InsightsWish(the_group(groups_of_trails(session)), narrowing)


def _collect(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    wish: InsightsWish | None = None,
    **more: object,
) -> EngineResult:
    asked = wish or _wish(session)
    engine = InsightsEngine(session, asked)
    return collect(case, SOURCE, engine, asked.question, scope(account), **more)  # type: ignore[arg-type]


def _ids(case: Case) -> list[str]:
    return sorted(row.event_id for row in page(case, EventFilter(), limit=100_000).rows)


def _all(records: list[Record]) -> list[str]:
    return sorted(record["eventID"] for record in records)


def test_alone_it_fills_a_case_with_exactly_the_records(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    result = _collect(case, account, session)
    assert _ids(case) == _all(records)
    assert result.collected.whole
    assert not result.collected.problems
    known = {record["eventID"]: record for record in records}
    for row in page(case, EventFilter(), limit=5).rows:
        assert json.loads(record_of(case, row)) == known[row.event_id]
    assert result.scanned_bytes > 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that a day's events are above."""
    monkeypatch.setattr(insights, "ROWS_LIMIT", 150)
    monkeypatch.setattr(InsightsEngine, "rows_limit", 150)


def test_a_full_answer_is_cut_until_it_is_not(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    small: None,
) -> None:
    result = _collect(case, account, session)
    assert _ids(case) == _all(records)
    assert result.collected.whole
    assert len(result.scanned) > RECORDS / 150


def test_what_does_not_fit_into_a_second_is_said_with_its_numbers(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(insights, "ROWS_LIMIT", 1)
    monkeypatch.setattr(InsightsEngine, "rows_limit", 1)
    day = scope(account)
    moment = max(records, key=lambda record: record["eventTime"])["eventTime"]
    from trailtui.model.times import parse_moment

    at_ms = parse_moment(moment)
    narrow = replace(day, since_ms=at_ms - 2000, until_ms=at_ms + 2000)
    wish = _wish(session)
    result = collect(case, SOURCE, InsightsEngine(session, wish), wish.question, narrow)
    partial = [fetch for fetch in all_fetches(case) if fetch.state is State.PARTIAL]
    assert len(partial) == len(REGIONS)
    assert "events, 1 came" in partial[0].detail
    assert not result.collected.whole


def test_events_that_arrived_after_the_end_are_still_found(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    """A log event is filed under its arrival; the newest slice reaches beyond its end."""
    account.world.log_delay_seconds = 600
    try:
        last = max(record["eventTime"] for record in records)
        from trailtui.model.times import parse_moment

        narrow = replace(scope(account), until_ms=parse_moment(last) + 1000)
        wish = _wish(session)
        collect(case, SOURCE, InsightsEngine(session, wish), wish.question, narrow)
    finally:
        account.world.log_delay_seconds = 0
    assert _ids(case) == _all(records)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_cancelled_and_gone_on_with(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    small: None,
    after: int,
) -> None:
    calls = iter(range(1000))
    mark = len(account.calls)
    _collect(case, account, session, progress=lambda _: next(calls) < after)
    before = len(list(all_evidence(case)))
    _collect(case, account, session)
    assert _ids(case) == _all(records)
    started = len(account.calls.of("StartQuery", since=mark))
    stopped = len(account.calls.of("StopQuery", since=mark))
    assert started <= len(list(all_evidence(case))) + stopped
    assert before <= len(list(all_evidence(case)))


@pytest.mark.parametrize("operation", ["StartQuery", "GetQueryResults"])
@pytest.mark.parametrize("kind", ["error500_before", "drop_before", "drop_after", "truncate"])
def test_a_fault_that_passes_is_waited_out(
    case: Case,
    account: SimulatedAccount,
    session: AwsSession,
    records: list[Record],
    operation: str,
    kind: str,
) -> None:
    account.faults.add("logs", operation, kind)
    assert _collect(case, account, session).collected.whole
    assert _ids(case) == _all(records)


@pytest.mark.parametrize("operation", ["StartQuery", "GetQueryResults"])
def test_a_denial_is_told_for_all_places(
    case: Case, account: SimulatedAccount, session: AwsSession, operation: str
) -> None:
    account.faults.add("logs", operation, "access_denied", None)
    result = _collect(case, account, session)
    assert {fetch.state for fetch in all_fetches(case)} == {State.DENIED}
    assert f"logs:{operation}" in result.collected.refusals[0][2]


def test_an_address_is_found_anywhere_in_a_record(
    case: Case, account: SimulatedAccount, session: AwsSession, records: list[Record]
) -> None:
    address = next(r["sourceIPAddress"] for r in records if r["sourceIPAddress"][0].isdigit())
    wish = _wish(session, narrowing_of([f"ip:{address}"]))
    _collect(case, account, session, wish)
    expected = [r["eventID"] for r in records if address in json.dumps(r)]
    assert _ids(case) == sorted(expected)
    assert 0 < len(expected) < RECORDS
    (question,) = {fetch.unit.question_text for fetch in all_fetches(case)}
    assert json.loads(question)["filter"] == f"ip {address}"


def _question() -> Question:
    unit = Unit("insights", "111122223333", "us-east-1", NOW_MS - 1000, NOW_MS)
    places = (Place("111122223333", "eu-west-1"), Place("444455556666", "us-east-1"))
    return Question(unit, places, (NOW_MS - 1000, NOW_MS))


def test_the_query_as_it_is_sent(session: AwsSession) -> None:
    wish = _wish(session, narrowing_of(["AKIAIOSFODNN7EXAMPLE", "ip:198.51.100.7"]))
    text = InsightsEngine(session, replace(wish, by_account=True)).text(_question())
    assert text.split("\n| ") == [
        "fields @timestamp, @message",
        'filter @message like "AKIAIOSFODNN7EXAMPLE"',
        'filter @message like "198.51.100.7"',
        'filter @message like "111122223333" or @message like "444455556666"',
        "sort @timestamp desc",
        "limit 10000",
    ]


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a`b", 'x" | stats count(*)', "a\x1bb"])
def test_a_value_that_could_leave_its_quotes_is_refused(session: AwsSession, value: str) -> None:
    group = the_group(groups_of_trails(session))
    with pytest.raises(InputError, match="safely"):
        InsightsWish(group, Narrowing((Term("agent", value),)))


def test_a_sql_condition_is_refused(session: AwsSession) -> None:
    with pytest.raises(InputError, match="language of its own"):
        _wish(session, narrowing_of([], "readOnly = true"))


def test_the_log_group_is_found_from_the_trail_or_named(
    account: SimulatedAccount, session: AwsSession
) -> None:
    found = the_group(groups_of_trails(session))
    assert (found.name, found.region, found.every_region) == (GROUP, "us-east-1", True)
    assert group_of(GROUP, account.number, session).arn == found.arn
    assert group_of(f"{found.arn}:*", "x", session).arn == found.arn
    with pytest.raises(InputError, match="is no log group"):
        group_of("a b", account.number, session)


def test_no_group_or_several() -> None:
    one = LogGroup("arn:1", "us-east-1", "1", "one")
    with pytest.raises(InputError, match="no trail here"):
        the_group([])
    with pytest.raises(InputError, match="2 log groups: arn:1, arn:2"):
        the_group([one, replace(one, arn="arn:2")])


def test_a_group_that_is_not_there(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    wish = InsightsWish(group_of("nothing", account.number, session))
    result = _collect(case, account, session, wish)
    assert {state for _, state, _ in result.collected.refusals} == {State.FAILED}
    assert "does not exist" in result.collected.refusals[0][2]


def test_an_estimate_without_numbers_says_so(
    case: Case, account: SimulatedAccount, session: AwsSession
) -> None:
    from trailtui.collect.engines import units_of, would_ask

    wish = _wish(session)
    wanted = would_ask(case, units_of(SOURCE, scope(account), wish.question), again=False)
    told, known = estimate(wanted, session, group_of("nothing", account.number, session))
    assert not known
    assert any("unknown" in line for line in told.says)
    assert all_fetches(case) == [], "an estimate plans nothing"
    assert told.requests == 3 * 4, "three days"
