"""Following: new events arrive, nothing is announced twice, the log and the coverage tell it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.records import record, write_log_file
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.events import count
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.collect.following import Following, attributes_of
from trailtui.collect.lookup import Attribute, LookupEvents
from trailtui.collect.scope import Place
from trailtui.model.entity import Entity
from trailtui.sim.account import SimulatedAccount

NOW = datetime(2026, 3, 12, 12, 0, 30, tzinfo=UTC)
KEY = "AKIAEXAMPLEALICE0000"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        yield made


def _happens(account: SimulatedAccount, number: int, ago_seconds: float = 0) -> str:
    at = account.clock.now() - timedelta(seconds=ago_seconds)
    made = record(number, eventTime=at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    account.adopt([made])
    return str(made["eventID"])


def _following(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, *asked: Attribute
) -> Following:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    base = AwsSession.open(endpoint_url=account.endpoint)
    lookup = LookupEvents(lambda _, region: base.in_region(region), 10_000.0, account.clock.now_ms)
    places = [Place(account.number, "us-east-1")]
    following = Following(case, lookup, places, asked, base.own_key_ids())
    following.begin(account.clock.now_ms())
    return following


def test_what_happens_is_announced_once(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = _following(case, account, monkeypatch)
    seen: list[list[str]] = []
    first = _happens(account, 1, ago_seconds=60)
    seen.append([row.event_id for row in following.round().events])
    account.clock.advance(60)
    seen.append([row.event_id for row in following.round().events])
    account.clock.advance(60)
    second, late = _happens(account, 2), _happens(account, 3, ago_seconds=600)
    seen.append([row.event_id for row in following.round().events])
    assert seen == [[first], [], [late, second]]  # the late one happened before, and is not missed
    assert count(case) > 3  # our own look-ups are events too, and kept
    following.end()
    kinds = [entry.what["follow"] for entry in journal.entries(case, kinds=("follow",))]
    assert kinds == ["begin", "found", "found", "end"]


def test_coverage_grows_with_it_and_is_one_fetch(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = _following(case, account, monkeypatch)
    _happens(account, 1)
    for _ in range(4):
        following.round()
        account.clock.advance(90)
    (fetch,) = all_fetches(case)
    assert fetch.state is State.FETCHED
    assert fetch.requests == 4
    assert fetch.unit.until_ms == (account.clock.now_ms() - 90_000) // 1000 * 1000 + 1000


def test_a_round_that_is_refused_looks_back_the_next_time(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = _following(case, account, monkeypatch)
    following.round()
    account.faults.add("cloudtrail", "LookupEvents", "access_denied")
    missed = _happens(account, 1)
    account.clock.advance(3600)
    refused = following.round()
    assert [state for _, state, _ in refused.result.refusals] == [State.DENIED]
    account.clock.advance(3600)
    found = following.round()
    assert [row.event_id for row in found.events] == [missed]
    assert found.own > 0


def test_only_what_is_asked_for(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = _following(case, account, monkeypatch, Attribute("AccessKeyId", KEY))
    wanted = _happens(account, 1)
    account.adopt([record(2, eventTime="2026-03-12T12:00:10Z", userIdentity={"type": "Root"})])
    assert [row.event_id for row in following.round().events] == [wanted]
    assert all_fetches(case)[0].unit.question["filter"] == f"AccessKeyId = {KEY}"


def test_entities_become_attributes_where_aws_has_one() -> None:
    asked, left = attributes_of(
        [
            Entity("credential", KEY),
            Entity("principal", "arn:aws:iam::111122223333:user/team/alice"),
            Entity("principal", "arn:aws:iam::111122223333:role/deploy"),
            Entity("ip", "198.51.100.7"),
        ]
    )
    assert [str(one) for one in asked] == [f"AccessKeyId = {KEY}", "Username = alice"]
    assert [one.kind for one in left] == ["principal", "ip"]


def test_what_others_collect_meanwhile_is_not_announced(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    following = _following(case, account, monkeypatch)
    following.round()
    file = write_log_file(tmp_path / "others.json.gz", [record(7), record(8)])
    collect_files(case, [str(file)], workers=0)
    mine = _happens(account, 1)
    account.clock.advance(60)
    assert [row.event_id for row in following.round().events] == [mine]


def test_our_own_reading_calls_are_kept_and_not_announced(
    case: Case, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = _following(case, account, monkeypatch)
    AwsSession.open(endpoint_url=account.endpoint).identity()
    foreign = account.actor(account.root).client("sts")  # the same key, from elsewhere
    foreign.get_caller_identity()
    found = following.round()
    assert [row.name for row in found.events] == ["GetCallerIdentity"]
    assert "trailtui/" not in (found.events[0].agent or "")
    assert found.own >= 1
    following.end()
