"""Following in the background: what is new is announced, and the log says who followed what."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.records import record
from tests.simulated import empty_account
from tests.tui.conftest import HOSTILE, Open
from tests.tui.console import Console
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.marks import judge_entity
from trailtui.collect.lookup import LookupEvents
from trailtui.model.entity import Entity
from trailtui.sim.account import SimulatedAccount
from trailtui.tui import following
from trailtui.tui.session import AwsOptions

KEY = "AKIAEXAMPLEALICE0000"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    monkeypatch.setattr(following, "LookupEvents", partial(LookupEvents, per_second=1000.0))
    with empty_account() as made:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made.root.secret)
        yield made


@pytest.fixture
def aws(account: SimulatedAccount) -> AwsOptions:
    return AwsOptions(region="us-east-1", endpoint_url=account.endpoint)


def happens(account: SimulatedAccount, number: int, **changes: object) -> None:
    at = account.clock.now() - timedelta(seconds=60 - number)
    account.adopt([record(number, eventTime=at.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes)])


async def rounds(c: Console, number: int) -> None:
    """Wait until so many rounds were made, and the last one was told."""
    job = c.app.session.following
    while job.running and job.watch.rounds < number:
        await c.pilot.pause()
    c.app.show_background()
    await c.settle()


async def over(job: following.FollowJob) -> None:
    """Wait until it has ended, however it did."""
    await asyncio.gather(asyncio.wrap_future(job.future), return_exceptions=True)


async def test_what_is_new_is_announced_and_shown(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    with Case.open(alice) as case:
        judge_entity(case, Entity("credential", KEY), "given")
        judge_entity(case, Entity("ip", "198.51.100.7"), "given")
    happens(account, 1, eventName="ListBuckets")
    happens(account, 2, eventName="DeleteTrail", readOnly=False)
    happens(account, 3, eventName="GetObject", userIdentity={"type": "Root"})
    async with console(alice, aws=aws) as c:
        before = c.view.rows.row.event_id
        await c.command("follow us-east-1")
        await rounds(c, 1)
        assert "can't look for ip 198.51.100.7" in c.flat
        assert f"2 new events by {KEY}: W▲ DeleteTrail, ListBuckets" in c.text
        assert f"following {KEY}, 2 found" in c.text
        assert c.view.rows.row.event_id == before  # nothing moved
        for key in "1357":
            await c.press(key)
            assert "2 new events" in c.text
        await c.press("N")
        assert c.view.VIEW == "timeline"
        assert c.view.rows.row.name == "ListBuckets"
        assert "1 new event by" in c.text
        await c.press("N")
        assert c.view.rows.row.name == "DeleteTrail"
        assert "new event" not in c.text
        await c.press("f")
        assert f"Following {KEY} already" in c.text
        job = c.app.session.following
        await c.command("follow stop")
        assert "2 events were found" in c.text
        await over(job)
    with Case.open(alice, readonly=True) as case:
        said = [entry.what["follow"] for entry in entries(case, kinds=("follow",))]
        assert said == ["begin", "found", "end"]


async def test_everything_where_the_case_names_nobody(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    who = {"type": "IAMUser", "userName": HOSTILE[2]}
    happens(account, 1, eventName=HOSTILE[1], userIdentity=who)
    async with console(alice, aws=aws) as c:
        await c.command("follow current")
        await rounds(c, 1)
        assert "following everything" in c.text
        assert "1 new event by" in c.text
        assert "\x1b[2J" not in c.text
        await c.press("N")
        assert c.view.rows.row.name == HOSTILE[1]


async def test_refusals_are_said_and_it_goes_on(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(following, "EVERY_SECONDS", 0.01)
    account.faults.add("cloudtrail", "LookupEvents", "access_denied", times=None)
    async with console(alice, aws=aws) as c:
        await c.command("follow us-east-1 everything")
        await rounds(c, 1)
        assert "REFUSED" in c.text
        account.faults.clear()
        await rounds(c, c.app.session.following.watch.rounds + 2)
        assert "REFUSED" not in c.text


async def test_expired_credentials_end_it_with_a_sentence(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    account.faults.add("cloudtrail", "LookupEvents", "expired", times=None)
    async with console(alice, aws=aws) as c:
        await c.command("follow us-east-1 everything")
        await rounds(c, 1)
        await over(c.app.session.following)
        await c.settle()
        assert "NOT following" in c.text
        assert "expired" in c.flat
        account.faults.clear()
        await c.press("f")
        await rounds(c, 1)
        assert "following everything" in c.text


async def test_quitting_ends_it_and_says_so_in_the_log(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    async with console(alice, aws=aws) as c:
        await c.command("follow us-east-1 everything")
        await rounds(c, 1)
        await c.command("open alice")
        assert "alice is being followed" in c.flat
        await c.pilot.press("q")
        await c.pilot.pause()
        assert c.app._exit
    with Case.open(alice, readonly=True) as case:
        assert entries(case, kinds=("follow",))[-1].what["follow"] == "end"
