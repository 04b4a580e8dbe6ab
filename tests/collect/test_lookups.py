"""Look-ups as both faces run them: an estimate plans nothing, what can't be entered is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sim.corpus import corpus
from tests.simulated import empty_account
from trailtui.aws.reach import Unreachable
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect.lookup import LookupWish
from trailtui.collect.lookups import estimate_lookups, may_take_long, plan_lookups, run_lookups
from trailtui.collect.scope import Place, Scope

WISHES = [LookupWish()]


def _scope(account: str) -> Scope:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    return Scope((Place(account, "us-east-1"),), now_ms - 6 * 3_600_000, now_ms)


def test_an_estimate_plans_nothing_and_is_in_the_log(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    with empty_account(at=now) as account:
        account.adopt(corpus(60, start=now - timedelta(hours=5), hours=4, regions=["us-east-1"]))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
        base = AwsSession.open(endpoint_url=account.endpoint)
        scope = _scope(account.number)
        told = estimate_lookups(case, scope, WISHES, lambda _, region: base.in_region(region))
        assert len(account.calls.of("LookupEvents")) == 1
    assert told.requests >= 2
    assert all_fetches(case) == []
    (entry,) = journal.entries(case, kinds=("collect",))
    assert entry.what["estimated"] is True
    assert entry.what["requests"] == told.requests


def test_more_than_two_days_of_a_place_are_reckoned_first_and_less_is_not(case: Case) -> None:
    day = 24 * 3_600_000
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    place = Place("111122223333", "us-east-1")
    assert not may_take_long(case, Scope((place,), now_ms - 2 * day + 2000, now_ms), WISHES)
    assert may_take_long(case, Scope((place,), now_ms - 3 * day, now_ms), WISHES)
    assert all_fetches(case) == []


def test_an_estimate_asks_for_no_page_that_was_taken(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with empty_account(at=now) as account:
        account.adopt(corpus(2000, start=now - timedelta(hours=5), hours=1, regions=["us-east-1"]))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
        base = AwsSession.open(endpoint_url=account.endpoint)
        scope = Scope(
            (Place(account.number, "us-east-1"),),
            int((now - timedelta(hours=5)).timestamp() * 1000),
            int((now - timedelta(hours=4)).timestamp() * 1000),
        )
        wishes = [LookupWish(insights=False)]
        planned = plan_lookups(case, scope, wishes)
        run_lookups(case, planned, lambda _, region: base.in_region(region), per_second=1e5,
                    progress=lambda result: result.requests < 1)  # fmt: skip
        taken = [dict(call.params) for call in account.calls.of("LookupEvents")]
        assert 0 < len(taken) < 40
        estimate_lookups(case, scope, wishes, lambda _, region: base.in_region(region))
        asked = dict(account.calls.of("LookupEvents")[-1].params)
    assert asked["NextToken"]
    assert asked not in taken


def test_a_place_that_is_not_entered_is_in_coverage_result_and_log_until_it_is(case: Case) -> None:
    scope = _scope("111122223333")
    closed = Unreachable("444455556666", "eu-west-1", "denied", "no role there")
    lookups = plan_lookups(case, Scope((), scope.since_ms, scope.until_ms), WISHES,
                           unreachable=[closed])  # fmt: skip
    result = run_lookups(case, lookups, lambda *_: pytest.fail("nobody is to be asked"))
    assert [(unit.account, state) for unit, state, _ in result.refusals] == [
        ("444455556666", State.DENIED)
    ]
    assert [(f.unit.account, f.state) for f in all_fetches(case)] == [
        ("444455556666", State.DENIED)
    ]
    said = [e.what.get("unreachable") for e in journal.entries(case, kinds=("collect",))]
    assert ["444455556666 eu-west-1: denied: no role there"] in said
    opened = Scope((Place("444455556666", "eu-west-1"),), scope.since_ms, scope.until_ms)
    plan_lookups(case, opened, WISHES)
    assert {fetch.state for fetch in all_fetches(case)} == {State.PLANNED}
