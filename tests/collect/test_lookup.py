"""LookupEvents as a source: all of it, at its pace, going on where it stood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sim.corpus import Record, corpus
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.case.events import EventFilter, count, page, record_of
from trailtui.case.fetches import State, all_fetches, plan_fetches
from trailtui.case.file import Case
from trailtui.collect.lookup import (
    ATTRIBUTES,
    DAY_MS,
    Attribute,
    LookupEvents,
    LookupWish,
    Sessions,
    estimate,
    units_of,
)
from trailtui.collect.running import CollectResult, run_fetches
from trailtui.collect.scope import Place, Scope, to_do
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS
from trailtui.sim.account import SimulatedAccount

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
START = NOW - timedelta(hours=60)
REGIONS = ("us-east-1", "eu-west-1")
FAST = 100_000.0
"""Requests a second: the simulated account's own limit is off in most tests."""


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(700, start=START, hours=48, regions=REGIONS, data_share=0.2, insight_share=0.02)


@pytest.fixture
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        made.adopt(records)
        yield made


def _sessions(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    base = AwsSession.open(endpoint_url=account.endpoint)
    return lambda _, region: base.in_region(region)


def _scope(
    account: SimulatedAccount, hours: float = 60, regions: tuple[str, ...] = REGIONS
) -> Scope:
    places = tuple(Place(account.number, region) for region in regions)
    return Scope(places, NOW_MS - int(hours * HOUR_MS), NOW_MS)


def _collect(
    case: Case,
    account: SimulatedAccount,
    monkeypatch: pytest.MonkeyPatch,
    wish: LookupWish = LookupWish(),  # noqa: B008 - frozen
    **options: object,
) -> CollectResult:
    fetcher = LookupEvents(_sessions(account, monkeypatch), FAST, lambda: NOW_MS)
    fetches = to_do(plan_fetches(case, units_of(_scope(account), wish, NOW_MS)))
    return run_fetches(case, "lookup", fetches, fetcher, asked={}, **options)  # type: ignore[arg-type]


def _ids(case: Case) -> list[str]:
    return sorted(row.event_id for row in page(case, limit=100_000).rows)


def _key(record: Record) -> str | None:
    return record.get("userIdentity", {}).get("accessKeyId")


def _expected(records: list[Record], category: str = "Management") -> list[str]:
    return sorted(r["eventID"] for r in records if r["eventCategory"] == category)


def _lookups(account: SimulatedAccount) -> int:
    return len(account.calls.of("LookupEvents"))


def test_every_management_and_insight_event_once(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = _collect(case, account, monkeypatch)
    assert result.whole, result.refusals
    assert _ids(case) == sorted(_expected(records) + _expected(records, "Insight"))
    assert result.requests == _lookups(account)
    assert {f.state for f in all_fetches(case)} <= {State.FETCHED, State.EMPTY}
    known = {r["eventID"]: r for r in records}
    for row in page(case, limit=20).rows:
        assert json.loads(record_of(case, row)) == known[row.event_id]


def test_a_second_run_asks_nothing_again(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _collect(case, account, monkeypatch)
    again = _collect(case, account, monkeypatch)
    assert again.requests == 0
    assert _lookups(account) == first.requests


def test_cancelled_again_and_again_no_page_is_asked_twice(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = False
    stored = 0
    for _ in range(100):
        result = _collect(case, account, monkeypatch, progress=lambda r: r.requests < 1, lanes=1)
        stored += result.requests
        if whole := result.whole:
            break
    assert whole
    assert _ids(case) == sorted(_expected(records) + _expected(records, "Insight"))
    sightings = case.connection.execute("SELECT count(*) FROM sightings").fetchone()[0]
    assert sightings == 0  # nothing came twice into the case
    origins = case.connection.execute("SELECT count(*) FROM evidence_origins").fetchone()[0]
    assert origins == stored


def test_a_token_that_is_refused_costs_one_second_of_events_again(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _collect(case, account, monkeypatch, progress=lambda r: r.requests < 2, lanes=1)
    with case.writing() as connection:
        connection.execute(
            "UPDATE fetches SET cursor = json_set(cursor, '$.token', 'c3RhbGU=') "
            "WHERE json_extract(cursor, '$.token') IS NOT NULL"
        )
    result = _collect(case, account, monkeypatch)
    assert result.whole, result.refusals
    assert _ids(case) == sorted(_expected(records) + _expected(records, "Insight"))


@pytest.mark.parametrize("fault", ["throttle", "error500_before", "drop_before", "drop_after"])
def test_a_few_faults_are_waited_out(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    monkeypatch.setattr("trailtui.collect.pacing.Pacer.back_off", lambda *_: None)
    account.faults.add("cloudtrail", "LookupEvents", fault, times=2)
    result = _collect(case, account, monkeypatch)
    assert result.whole, result.refusals
    assert _ids(case) == sorted(_expected(records) + _expected(records, "Insight"))


def test_a_region_that_denies_is_said_and_the_others_are_whole(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account.faults.add("cloudtrail", "LookupEvents", "access_denied", times=100, region="eu-west-1")
    result = _collect(case, account, monkeypatch)
    states = {(f.unit.region, f.state) for f in all_fetches(case)}
    assert ("eu-west-1", State.DENIED) in states
    assert all(state.whole for region, state in states if region == "us-east-1")
    assert "cloudtrail:LookupEvents" in result.refusals[0][2]
    east = [r for r in records if r["awsRegion"] == "us-east-1"]
    assert _ids(case) == sorted(_expected(east) + _expected(east, "Insight"))
    account.faults.clear()
    assert _collect(case, account, monkeypatch).whole  # once it is allowed, the rest comes
    assert _ids(case) == sorted(_expected(records) + _expected(records, "Insight"))


def test_one_attribute_goes_to_aws_and_the_coverage_says_so(
    case: Case,
    account: SimulatedAccount,
    records: list[Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = [_key(r) for r in records]
    key = max({k for k in keys if k}, key=keys.count)
    wish = LookupWish((Attribute("EventName", "GetUser"), Attribute("AccessKeyId", key)))
    assert str(wish.asked) == f"AccessKeyId = {key}"
    assert [str(one) for one in wish.left_out] == ["EventName = GetUser"]
    _collect(case, account, monkeypatch, wish)
    wanted = [r for r in records if _key(r) == key]
    assert _ids(case) == _expected(wanted)
    assert count(case, EventFilter(entities=(Entity("credential", key),))) == count(case)
    assert {f.unit.question["filter"] for f in all_fetches(case)} == {f"AccessKeyId = {key}"}
    for call in account.calls.of("LookupEvents"):
        assert len(call.params["LookupAttributes"]) == 1


def test_what_is_older_than_90_days_is_said(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = _scope(account, hours=24 * 120, regions=("us-east-1",))
    fetcher = LookupEvents(_sessions(account, monkeypatch), FAST, lambda: NOW_MS)
    fetches = plan_fetches(case, units_of(scope, LookupWish(), NOW_MS))
    result = run_fetches(case, "lookup", fetches, fetcher, asked={})
    assert [(unit.since_ms, state) for unit, state, _ in result.refusals] == [
        (scope.since_ms, State.PARTIAL)
    ]
    assert "90 days" in result.refusals[0][2]
    for call in account.calls.of("LookupEvents"):
        start = call.params["StartTime"].replace(tzinfo=UTC)
        assert start >= NOW - timedelta(days=90)


def test_units_are_newest_first_and_cover_the_time_once() -> None:
    places = tuple(Place("111122223333", region) for region in REGIONS)
    scope = Scope(places, NOW_MS - 100 * DAY_MS - 500, NOW_MS)
    units = [
        unit
        for unit in units_of(scope, LookupWish(insights=False), NOW_MS)
        if unit.region == "us-east-1"
    ]
    assert units[0].until_ms == NOW_MS
    for newer, older in pairwise(units):
        assert older.until_ms == newer.since_ms
    assert units[-1].since_ms == NOW_MS - 100 * DAY_MS - 1000


def test_attributes_are_checked() -> None:
    with pytest.raises(InputError, match="no attribute SourceIPAddress"):
        Attribute("SourceIPAddress", "198.51.100.7")
    assert ATTRIBUTES[0] == "EventId"


def test_an_estimate_asks_one_page_of_each_place(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetches = plan_fetches(case, units_of(_scope(account), LookupWish(), NOW_MS))
    told = estimate(fetches, _sessions(account, monkeypatch))
    assert _lookups(account) == len(REGIONS)
    assert told.requests >= len(fetches) > 0
    assert told.dollars == 0
    assert all(f.state is State.PLANNED for f in all_fetches(case))


def test_at_the_real_limit_nothing_is_throttled(
    tmp_path: Path, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty_account(at=NOW, lookup_rate=2) as account, Case.create(tmp_path / "c.case") as case:
        account.adopt(records[:150])
        fetcher = LookupEvents(_sessions(account, monkeypatch), present_ms=lambda: NOW_MS)
        units = units_of(_scope(account, hours=60), LookupWish(insights=False), NOW_MS)
        result = run_fetches(case, "lookup", plan_fetches(case, units), fetcher, asked={})
        assert result.whole
        assert all(call.error_code is None for call in account.calls.of("LookupEvents"))
