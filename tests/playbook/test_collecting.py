"""Steps that collect from the event history, against the simulated account; offers and commands."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.records import record
from tests.simulated import empty_account
from trailtui.aws.errors import CredentialsExpired
from trailtui.aws.session import AwsSession
from trailtui.case.events import count
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect import lookups
from trailtui.collect.lookups import run_lookups
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.playbook.collecting import COLUMNS, command_of, window_in
from trailtui.playbook.load import PlaybookError, load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.template import Scalar
from trailtui.playbook.views import StepView
from trailtui.sim.account import SimulatedAccount

KEY = "AKIAEXAMPLEALICE0000"
TEXT = """\
id: collecting
title: Collecting
version: 1
inputs:
  key: {type: access_key, required: true}
  region: {type: region}
phases:
  - phase: triage
    steps:
      - id: fetch
        title: Fetch
        guide: x
        run:
          collect: lookup
          with: {access_key: "{{ key }}", user: alice, regions: "us-east-1", since: -1h}
      - id: look
        title: Look
        guide: x
        collect:
          source: lookup
          with: {access_key: "{{ key }}", regions: "{{ region }}"}
          why: what the key did
        run: {pivot: credential, with: {value: "{{ key }}"}}
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    monkeypatch.setattr(lookups, "run_lookups", partial(run_lookups, per_second=1000.0))
    with empty_account() as made:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made.root.secret)
        yield made


def happens(account: SimulatedAccount, number: int, **changes: object) -> None:
    at = account.clock.now() - timedelta(minutes=20 + number)
    account.adopt([record(number, eventTime=at.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes)])


@pytest.fixture
def run(case: Case) -> PlaybookRun:
    return PlaybookRun.start(case, load_text(TEXT, "c.yaml"), {"key": KEY})


@pytest.fixture
def open_aws(account: SimulatedAccount) -> Callable[[], AwsSession]:
    return lambda: AwsSession.open(endpoint_url=account.endpoint)


def rows_of(view: StepView) -> list[dict[str, Scalar]]:
    assert view.result is not None
    (part,) = view.result.parts
    assert part.columns == COLUMNS
    return [dict(zip(part.columns, row, strict=True)) for row in part.rows]


def test_a_step_looks_up(
    case: Case, run: PlaybookRun, account: SimulatedAccount, open_aws: Callable[[], AwsSession]
) -> None:
    happens(account, 1)
    happens(account, 2)
    happens(account, 3, userIdentity={"type": "Root"})
    seen: list[object] = []
    view = run.run_step("fetch", open_aws=open_aws, going=lambda result: not seen.append(result))
    (row,) = rows_of(view)
    assert (row["region"], row["state"], row["records"]) == ("us-east-1", "fetched", 2)
    assert count(case) == 2
    assert seen
    assert view.result is not None
    (part,) = view.result.parts
    assert not part.truncated
    assert f"AccessKeyId = {KEY}" in part.looked_at
    assert "not asked for Username = alice" in part.looked_at
    assert run.complete("fetch").state == "done"
    assert case.responder.aws_arn


def test_what_is_refused_is_part_of_the_result(
    run: PlaybookRun, account: SimulatedAccount, open_aws: Callable[[], AwsSession]
) -> None:
    account.faults.add("cloudtrail", "LookupEvents", "access_denied", times=None)
    view = run.run_step("fetch", open_aws=open_aws)
    (row,) = rows_of(view)
    assert row["state"] == "denied"
    assert "cloudtrail:LookupEvents" in str(row["detail"])
    assert view.result is not None
    assert view.result.parts[0].truncated


def test_stopped_or_expired_it_goes_on_when_it_is_run_again(
    case: Case, run: PlaybookRun, account: SimulatedAccount, open_aws: Callable[[], AwsSession]
) -> None:
    happens(account, 1)
    stopped = run.run_step("fetch", open_aws=open_aws, going=lambda _: False)
    assert stopped.result is not None
    assert "It was stopped" in stopped.result.parts[0].looked_at
    account.faults.add("cloudtrail", "LookupEvents", "expired", times=None)
    with pytest.raises(CredentialsExpired):
        run.run_step("fetch", open_aws=open_aws)
    account.faults.clear()
    rows = rows_of(run.run_step("fetch", open_aws=open_aws))
    assert {str(row["state"]) for row in rows} <= {"fetched", "empty"}
    assert count(case) == 1
    assert all(fetch.state.whole for fetch in all_fetches(case))


def test_without_a_session_it_says_so(run: PlaybookRun) -> None:
    with pytest.raises(InputError, match="there is no AWS session"):
        run.run_step("fetch")


def test_what_is_lacking_is_offered_with_its_command(
    run: PlaybookRun, account: SimulatedAccount, open_aws: Callable[[], AwsSession]
) -> None:
    happens(account, 1)
    view = run.step("look")
    assert view.collect_first == (
        "the case has no events yet: what the key did; "
        f"`trailtui collect test lookup --access-key {KEY}`"
    )
    assert view.collect_wish is not None
    assert view.collect_wish.parameters == {"access_key": KEY}  # the Region was not given
    run.set_input("region", "us-east-1")
    assert "--region us-east-1" in run.step("look").collect_first
    run.run_step("fetch", open_aws=open_aws)
    assert run.step("look").collect_wish is None


@pytest.mark.parametrize(
    ("source", "given", "command"),
    [
        ("lookup", {"user": "a b", "since": "-7d"}, "lookup --user 'a b' --from -7d"),
        ("lookup", {"event_id": "x", "read_only": False},
         "lookup --attribute EventId=x --attribute ReadOnly=false"),
        ("lookup", {"accounts": "organization", "regions": "eu-west-1"},
         "lookup --organization --region eu-west-1"),
        ("s3", {"uri": "s3://logs", "until": "now"}, "s3 s3://logs --to now"),
        ("s3", {"uri": "s3://$(x)"}, "s3 's3://$(x)'"),
        ("files", {}, "files ..."),
        ("athena", {}, "athena"),
    ],
)  # fmt: skip
def test_commands(source: str, given: dict[str, Scalar], command: str) -> None:
    assert command_of("leak", source, given) == f"trailtui collect leak {command}"


def test_the_window_is_the_case_s_unless_a_finding_closed_it(tmp_path: Path) -> None:
    with open_new_case(tmp_path / "a.case", Opening(since_ms=1000, until_ms=5000)) as case:
        assert window_in(case, {}) == (1000, 5000)
        assert window_in(case, {"until": "1970-01-01T00:00:09Z"}) == (1000, 9000)
        case.set_setting(
            "window", {"since_ms": 1000, "until_ms": 5000, "from_findings": ["until_ms"]}
        )
        since, until = window_in(case, {})
        assert since == 1000
        assert abs(until - now_ms()) < 60_000


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("accesskey: x", "accesskey: is no parameter here"),
        ("access_key: '{{ nobody }}'", "there is no input nobody"),
    ],
)
def test_what_a_look_up_does_not_know_is_refused(wrong: str, says: str) -> None:
    text = TEXT.replace("user: alice", wrong).replace('access_key: "{{ key }}", ', "", 1)
    with pytest.raises(PlaybookError, match=says):
        load_text(text, "c.yaml")


def test_offers_are_filled_with_inputs_only() -> None:
    text = TEXT.replace('regions: "{{ region }}"', 'regions: "{{ fetch.region }}"')
    with pytest.raises(PlaybookError, match=r"fetch\.region }} is no input"):
        load_text(text, "c.yaml")
