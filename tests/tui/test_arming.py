"""Arming and disarming, against the simulated account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulated import empty_account
from tests.tui.conftest import Open
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.sim.account import SimulatedAccount
from trailtui.tui.session import AwsOptions


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture
def aws(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> AwsOptions:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
    return AwsOptions(region="eu-west-1", endpoint_url=account.endpoint)


def _kinds(path: Path) -> list[str]:
    with Case.open(path, readonly=True) as case:
        return [entry.kind for entry in entries(case)]


async def test_identity_is_asked_where_aws_is_meant(
    console: Open, alice: Path, aws: AwsOptions, account: SimulatedAccount
) -> None:
    async with console(alice, aws=aws) as c:
        await c.settle()
        assert c.lines[0].rstrip().endswith("eu-west-1 READ-ONLY")
        assert c.app.session.standing.account in c.lines[0]
        await c.press("n")
        await c.type("seen")
    with Case.open(alice, readonly=True) as case:
        assert entries(case)[-1].who["aws_arn"]


async def test_arming_takes_the_account_id(console: Open, alice: Path, aws: AwsOptions) -> None:
    async with console(alice, aws=aws) as c:
        await c.command("arm")
        assert "Arm this case?" in c.text
        await c.press("escape")
        assert "Still read-only" in c.text
        await c.command("arm")
        await c.type("yes")
        assert "something else" in c.text
        await c.press("enter")
        assert "Nothing was typed" in c.text
        assert "armed" not in _kinds(alice)
        await c.type(c.app.session.standing.account)
        assert c.lines[0].rstrip().endswith("ARMED")
        await c.press("3")
        assert c.lines[0].rstrip().endswith("ARMED")
    assert _kinds(alice)[-1] == "armed"
    async with console(alice) as c:
        assert c.lines[0].rstrip().endswith("ARMED")
        await c.command("disarm")
        assert c.lines[0].rstrip().endswith("READ-ONLY")
    assert _kinds(alice)[-1] == "disarmed"


async def test_another_console_sees_it_armed(console: Open, alice: Path, aws: AwsOptions) -> None:
    async with console(alice) as c:
        c.app.watch_case()
        await c.settle()
        from trailtui.aws.session import AwsSession
        from trailtui.respond.arming import arm

        with Case.open(alice) as other:
            arm(other, AwsSession.open(None, aws.region, aws.endpoint_url))
        c.app.watch_case()
        await c.settle()
        assert c.lines[0].rstrip().endswith("ARMED")


async def test_without_credentials_it_says_so(
    console: Open, alice: Path, account: SimulatedAccount
) -> None:
    async with console(alice, aws=AwsOptions(endpoint_url=account.endpoint)) as c:
        await c.settle()
        assert c.screen.notice.display
        assert "credentials" in c.flat
        await c.press("escape", "j")
        assert c.screen.rows.index == 1
