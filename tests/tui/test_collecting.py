"""Collecting in the background: the form, the line, stopping, going on, what is new."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.records import record
from tests.simulated import empty_account
from tests.tui.conftest import Open, make_case, write_records
from tests.tui.console import Console
from trailtui.case.fetches import State, all_fetches, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.case.journal import append, entries
from trailtui.collect.files import collect_files
from trailtui.collect.lookup import LookupWish, units_of
from trailtui.collect.lookups import run_lookups
from trailtui.collect.scope import Place, Scope
from trailtui.model.times import format_utc, parse_moment
from trailtui.playbook.load import load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.sim.account import SimulatedAccount
from trailtui.tui import looking_up
from trailtui.tui.gathering import Ending, Stage, Tell
from trailtui.tui.screens import collecting
from trailtui.tui.screens.collect_form import CollectForm
from trailtui.tui.session import AwsOptions

LOOKUP = "collect lookup us-east-1 from=-2h"


@pytest.fixture(scope="module")
def started() -> Iterator[SimulatedAccount]:
    with empty_account() as made:
        yield made


@pytest.fixture
def account(started: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> SimulatedAccount:
    monkeypatch.setattr(looking_up, "run_lookups", partial(run_lookups, per_second=1000.0))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", started.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", started.root.secret)
    started.faults.clear()
    return started


@pytest.fixture
def aws(account: SimulatedAccount) -> AwsOptions:
    return AwsOptions(region="us-east-1", endpoint_url=account.endpoint)


def happens(account: SimulatedAccount, number: int, **changes: object) -> int:
    """Something happens a few minutes ago; gives how many records that made."""
    at = account.clock.now() - timedelta(minutes=10 + number)
    made = record(number, eventTime=at.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes)
    return account.adopt([made])


async def ended(c: Console) -> None:
    """Wait until the collect in the background has ended and its end was told."""
    future = asyncio.wrap_future(c.app.session.gathering.future)
    await asyncio.gather(future, return_exceptions=True)
    await c.settle()


class Slow:
    """A collect that goes on when the test says so."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.began = threading.Event()
        self.was_stopped = False

    def __call__(self, case: Case, tell: Tell) -> Ending:
        tell(Stage(3, 12, "parts", 1203, 33, 2, 40.0))
        self.began.set()
        while tell(Stage(3, 12, "parts", 1203, 33, 2, 40.0)) and not self.go_on.wait(0.01):
            pass
        self.was_stopped = not self.go_on.is_set()
        return Ending("lookup: 12 of 12 parts.")

    async def begin(self, c: Console) -> None:
        collecting.begin(c.view, "lookup", self)
        await asyncio.to_thread(self.began.wait)
        c.app.show_background()
        await c.settle()


# The whole way


async def test_a_look_up_from_the_form_to_what_is_new(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    happens(account, 1, eventName="DeleteTrail")
    happens(account, 2, eventName="StopLogging")
    async with console(alice, aws=aws) as c:
        await c.command(LOOKUP)
        assert isinstance(c.screen, CollectForm)
        assert "parts to ask in 1 places" in c.flat
        assert "free of charge" in c.flat
        await c.press("enter")
        await ended(c)
        assert "- away" in c.text
        assert "new events, 0 seen again." in c.text
        assert "N new  6 coverage  - away" in c.text
        await c.press("N")
        assert c.view.rows.row.name == "StopLogging"
        await c.press("N")
        assert c.view.rows.row.name == "DeleteTrail"
        await c.press("minus")
        assert "- away" not in c.text
    with Case.open(alice, readonly=True) as case:
        said = [entry.what for entry in entries(case, kinds=("collect",))]
        assert [bool(one.get("finished")) for one in said[-2:]] == [False, True]
        assert all(fetch.state.whole for fetch in all_fetches(case))
        assert entries(case)[-1].who["aws_arn"]


async def test_the_same_again_asks_for_nothing_that_is_there(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    line = "collect lookup us-east-1 from=-4h to=-2h"
    async with console(alice, aws=aws) as c:
        await c.command(line)
        await c.press("enter")
        await ended(c)
        mark = len(account.calls)
        await c.press("plus")
        assert c.screen.wanted.since == "-4h"  # what was looked up last
        await c.press("escape")
        with Case.open(alice, readonly=True) as case:
            units = [fetch.unit for fetch in all_fetches(case)]
        since = format_utc(min(unit.since_ms for unit in units))
        until = format_utc(max(unit.until_ms for unit in units))
        await c.command(f"collect lookup us-east-1 from={since} to={until}")
        assert "All of it was fetched before." in c.flat
        await c.press("enter")
        await ended(c)
        assert "nothing to ask, all of it is there already" in c.flat
        assert len(account.calls.of("LookupEvents", since=mark)) <= 2  # for the cost alone


async def test_only_one_attribute_or_the_entities(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    happens(account, 1)
    async with console(alice, aws=aws) as c:
        await c.command(f"{LOOKUP} AKIAEXAMPLEALICE0000")
        assert "AccessKeyId=AKIAEXAMPLEALICE0000" in c.text
        await c.press("enter")
        await ended(c)
        await c.command("collect lookup entities")
        assert "the case names no entity" in c.flat
    with Case.open(alice, readonly=True) as case:
        asked = {str(fetch.unit.question.get("filter")) for fetch in all_fetches(case)}
        assert asked == {"AccessKeyId = AKIAEXAMPLEALICE0000"}


async def test_what_is_refused_is_told_and_gone_on_with(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    happens(account, 1, eventName="DeleteTrail")
    async with console(alice, aws=aws) as c:
        await c.command(LOOKUP)
        account.faults.add("cloudtrail", "LookupEvents", "access_denied", times=None)
        await c.press("enter")
        await ended(c)
        assert "NOT whole" in c.text
        assert "Not all came" in c.text
        assert "cloudtrail:LookupEvents" in c.flat
        assert "+ again" in c.text
        account.faults.clear()
        await c.press("plus", "enter")
        await ended(c)
        assert "NOT whole" not in c.text
        assert "Not all came" not in c.text
    with Case.open(alice, readonly=True) as case:
        assert all(fetch.state.whole for fetch in all_fetches(case))


async def test_expired_credentials_are_one_sentence_with_the_cure(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    async with console(alice, aws=aws) as c:
        await c.command(LOOKUP)
        account.faults.add("cloudtrail", "LookupEvents", "expired", times=None)
        await c.press("enter")
        await ended(c)
        assert "✖" in c.text
        assert "expired" in c.flat
        account.faults.clear()
        await c.press("plus", "enter")
        await ended(c)
        assert "NOT whole" not in c.text


async def test_files_from_the_console(console: Open, alice: Path, tmp_path: Path) -> None:
    more = write_records(tmp_path / "a b" / "more.json", [record(5000), record(5001)])
    async with console(alice) as c:
        await c.command(f"collect files '{more}'")
        await ended(c)
        assert "files: 1 of 1 files, 2 new events" in c.text
        assert "702 events" in c.text
        await c.command("collect files /no/such/file")
        await ended(c)
        assert "there is no file to read" in c.flat
        await c.command("collect s3")
        assert "trailtui collect alice s3 --help" in c.flat


# What goes on is seen everywhere, and stopped


async def test_the_line_is_on_every_screen_and_stopping_is_asked(
    console: Open, alice: Path
) -> None:
    slow = Slow()
    async with console(alice) as c:
        await slow.begin(c)
        for key in "12345670":
            await c.press(key)
            assert "lookup 3/12 parts, 1,203 new events, 2 REFUSED, 40 s left" in c.text, key
        await c.press("2")
        await c.command("collect files x")
        assert "a collect runs already" in c.flat
        await c.press("minus")
        assert "Enter: stop" in c.text
        await c.press("escape")
        assert not c.app.session.gathering.stopping
        await c.press("minus", "enter")
        await ended(c)
        assert slow.was_stopped


async def test_quitting_asks_and_keeps(console: Open, alice: Path) -> None:
    slow = Slow()
    async with console(alice) as c:
        await slow.begin(c)
        await c.press("q")
        assert "a collect runs. Enter: stop it" in c.text
        await c.press("escape", "j")
        assert not c.app._exit
        await c.command("open alice")
        assert "a collect runs in alice" in c.flat
        await c.press("q")
        await c.pilot.press("enter")
        await c.pilot.pause()
        assert c.app._exit
    assert slow.was_stopped


async def test_an_error_of_the_work_is_told(console: Open, alice: Path) -> None:
    def fail(case: Case, tell: Tell) -> Ending:
        raise KeyError("wJalrXUtnFEMI")

    async with console(alice) as c:
        collecting.begin(c.view, "lookup", fail)
        await ended(c)
        assert "an error of trailtui itself: KeyError" in c.flat
        assert "lookup ended early" in c.text
        assert "wJalrXUtnFEMI" not in c.text


# The row stays where it is


def _arrive(path: Path, folder: Path, numbers: list[int]) -> None:
    with Case.open(path) as case:
        file = write_records(folder / f"{numbers[0]}.json", [record(each) for each in numbers])
        collect_files(case, [str(file)], workers=0)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(("events", "keys"), [(700, 30), (6, 3), (1, 0)])
async def test_the_row_stays_on_its_line(
    console: Open, home: Path, tmp_path: Path, newest_first: bool, events: int, keys: int
) -> None:
    path = make_case(home / "some.case", [record(1000 + number) for number in range(events)])
    async with console(path) as c:
        await c.press("g", *(["O"] if newest_first else []), "g", *(["j"] * keys))
        row, shown = c.view.rows.row.event_id, c.view.rows.cursor_line
        for numbers in ([1, 2, 3], [5000, 5001], list(range(10, 60))):
            _arrive(path, tmp_path, numbers)
            c.view.case_changed()
            await c.settle()
            assert c.view.rows.row.event_id == row
            assert c.view.rows.cursor_line == shown
        await c.press("j", "k")
        assert c.view.rows.row.event_id == row
        await c.press("G", "g")
        assert c.view.rows.index == 0


# Interrupted


def _interrupt(path: Path, since: str, until: str) -> int:
    """What a kill leaves behind; gives how many parts are open."""
    start, end = parse_moment(since), parse_moment(until)
    scope = Scope((Place("111122223333", "us-east-1"),), start, end)
    with Case.open(path) as case:
        said = {"places": ["111122223333 us-east-1"], "since": since, "until": until,
                "attributes": ["EventName = CreateUser"], "insights": True}  # fmt: skip
        append(case, "collect", {"source": "lookup", **said})
        fetches = plan_fetches(case, units_of(scope, LookupWish(), end))
        update_fetch(case, fetches[0].id, State.FETCHED)
        return len(fetches) - 1


async def test_what_was_interrupted_is_offered(console: Open, alice: Path, aws: AwsOptions) -> None:
    left = _interrupt(alice, "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z")
    async with console(alice, aws=aws) as c:
        assert "INTERRUPTED lookup" in c.text
        assert f"{left} parts left" in c.text
        await c.press("plus")
        assert f"{left} parts are left" in c.text
        assert (c.screen.wanted.since, c.screen.wanted.until) == (
            "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z",
        )  # fmt: skip
        assert c.screen.wanted.what == "EventName=CreateUser"
        assert c.screen.wanted.regions == "us-east-1"
        await c.press("escape")
        assert "INTERRUPTED" in c.text
        await c.press("minus")
        assert "INTERRUPTED" not in c.text
    async with console(alice) as c:
        assert "INTERRUPTED" not in c.text
    with Case.open(alice, readonly=True) as case:
        assert entries(case, kinds=("collect",))[-1].what["given_up"] is True


async def test_interrupted_files_go_on_at_once(console: Open, alice: Path, tmp_path: Path) -> None:
    more = write_records(tmp_path / "more.json", [record(5000)])
    with Case.open(alice) as case:
        append(case, "collect", {"source": "files", "paths": [str(more)], "files": 1})
    async with console(alice) as c:
        assert "INTERRUPTED files" in c.text
        await c.press("plus")
        await ended(c)
        assert "1 new events" in c.text
        assert "INTERRUPTED" not in c.text


async def test_what_came_to_its_end_is_not_offered(console: Open, alice: Path) -> None:
    async with console(alice) as c:  # its log files were collected whole
        assert "INTERRUPTED" not in c.text
        assert not c.view.work_line.display


# The form


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from=yesterday", "is no time"),
        ("from=-1h to=-2h", "ends before it begins"),
        ("12", "can stand here"),
        ("'", "quotation mark"),
    ],
)
async def test_what_makes_no_sense_is_said_before_anything_runs(
    console: Open, alice: Path, aws: AwsOptions, line: str, says: str
) -> None:
    async with console(alice, aws=aws) as c:
        await c.command(f"collect lookup {line}")
        assert says in c.flat
        if isinstance(c.screen, CollectForm):
            await c.press("enter")
            assert isinstance(c.screen, CollectForm)
        assert c.app.session.gathering is None


async def test_much_is_asked_twice(
    console: Open, alice: Path, aws: AwsOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trailtui.collect import estimate

    monkeypatch.setattr(estimate, "ASK_ABOVE_SECONDS", 0.0)
    async with console(alice, aws=aws) as c:
        await c.command(LOOKUP)
        await c.press("enter")
        assert "Enter again" in c.text
        assert c.app.session.gathering is None
        await c.press("enter")
        await ended(c)
    with Case.open(alice) as case:
        logged = [one.what for one in entries(case, kinds=("collect",))]
    reckoned = [one for one in logged if one.get("estimated")]
    assert reckoned
    assert reckoned[0]["source"] == "lookup"


async def test_the_form_at_its_smallest(console: Open, alice: Path, aws: AwsOptions) -> None:
    async with console(alice, aws=aws) as c:
        await c.press("plus")
        await c.press("down", "down", "up", "tab")
        for label in ("From", "To", "Accounts", "Role", "Regions", "Look for", "Enter collects"):
            assert label in c.text
        for _ in range(3):
            await c.press("backspace")
        await c.pilot.press(*"current")
        assert c.screen.wanted.regions == "current" or c.screen.wanted.accounts != "own"


# Steps that collect

PLAYBOOK = """\
id: collecting
title: Collecting
version: 1
inputs:
  key: {type: access_key, required: true}
phases:
  - phase: triage
    steps:
      - id: fetch
        title: Fetch what the key did
        guide: x
        collect:
          source: lookup
          with: {access_key: "{{ key }}", regions: us-east-1}
          why: what the key did lately
        run:
          collect: lookup
          with: {access_key: "{{ key }}", regions: us-east-1, since: -2h}
"""


async def test_a_step_that_collects_runs_in_the_background(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    happens(account, 21)
    with Case.open(alice) as case:
        PlaybookRun.start(case, load_text(PLAYBOOK, "c.yaml"), {"key": "AKIAEXAMPLEALICE0000"})
    async with console(alice, aws=aws) as c:
        await c.press("1")
        assert "first: + collects: what the key did lately" in c.text
        await c.press("plus")
        assert c.screen.wanted.what == "AccessKeyId=AKIAEXAMPLEALICE0000"
        assert c.screen.wanted.regions == "us-east-1"
        assert c.screen.wanted.since == "-24h"
        await c.press("escape", "r")
        await ended(c)
        assert "step fetch: LookupEvents, AccessKeyId" in c.text
        assert "fetched" in c.text
        assert "us-east-1" in c.text
        assert "first:" not in c.text
        await c.press("c")
    with Case.open(alice, readonly=True) as case:
        assert PlaybookRun.resume(case).step("fetch").state == "done"
