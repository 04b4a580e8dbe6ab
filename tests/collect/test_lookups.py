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
from trailtui.collect.lookups import estimate_lookups, parts_of, plan_lookups, run_lookups
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
    assert told.requests >= parts_of(case, scope, WISHES) > 0
    assert all_fetches(case) == []
    (entry,) = journal.entries(case, kinds=("collect",))
    assert entry.what["estimated"] is True


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
