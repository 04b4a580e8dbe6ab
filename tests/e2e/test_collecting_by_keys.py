"""Collecting by keys at 80x24, killed in the middle, gone on with, stopped; and following.

The real program runs on a pseudo-terminal; AWS is simulated, with its limit of two look-ups a
second.
"""

import re
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.records import record
from tests.simulated import empty_account
from tests.terminal import Terminal
from trailtui.case import journal
from trailtui.case.fetches import Fetch, all_fetches
from trailtui.case.file import Case
from trailtui.sim.account import SimulatedAccount

CONSOLE = [sys.executable, "-P", "-m", "trailtui.cli", "night"]


@pytest.mark.timeout(300)
def test_killed_while_it_collects_nothing_is_asked_twice(home: Path) -> None:
    with empty_account(lookup_rate=2) as account:
        for day in range(8):
            _happens(account, day, timedelta(days=day, minutes=30))
        environment = _environment(home, account)
        Case.create(home / "night.case").close()
        with Terminal(CONSOLE, environment) as terminal:  # its end is a kill -9
            terminal.expect(lambda shown: "No events." in shown)
            terminal.type(":collect lookup us-east-1 from=-12d\r")
            terminal.expect(lambda shown: "free of charge" in shown)
            terminal.type("\r")
            terminal.expect(lambda shown: re.search(r"lookup [2-9]/", shown))
        before = _whole(home)
        assert before
        with Terminal(CONSOLE, environment) as terminal:
            terminal.expect(lambda shown: "INTERRUPTED lookup" in shown)
            terminal.type("+")
            terminal.expect(lambda shown: "parts are left" in shown and "free of ch" in shown)
            terminal.type("\r")
            terminal.expect(lambda shown: "6 coverage - away" in shown, limit=60)
            assert "NOT whole" not in terminal.text
            terminal.type("2")
            terminal.type("f")
            terminal.expect(lambda shown: "following everything" in shown)
            terminal.type("q")
            _until_ended(terminal)
        after = {fetch.id: fetch for fetch in _whole(home)}
        assert all(after[fetch.id].requests == fetch.requests for fetch in before)
        with Case.open(home / "night.case", readonly=True) as case:
            (days,) = case.connection.execute(
                "SELECT count(DISTINCT eventID) FROM events WHERE eventName = 'ListUsers'"
            ).fetchone()
            assert days == 8
            assert journal.verify(case).ok
            collects = journal.entries(case, kinds=("collect",))
            reckoned = Counter("estimated" in entry.what for entry in collects)
            assert reckoned == {False: 3, True: 2}  # begun, begun, finished; two forms
            follows = [one.what["follow"] for one in journal.entries(case, kinds=("follow",))]
            assert follows[0] == "begin"
            assert follows[-1] == "end"


def _happens(account: SimulatedAccount, number: int, ago: timedelta) -> None:
    at = account.clock.now() - ago
    said = {"eventName": "ListUsers", "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    account.adopt([record(number, **said)])


def _environment(home: Path, account: SimulatedAccount) -> dict[str, str]:
    return {
        "TRAILTUI_HOME": str(home),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
        "AWS_ACCESS_KEY_ID": account.root.id,
        "AWS_SECRET_ACCESS_KEY": account.root.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TRAILTUI_AWS_ENDPOINT": account.endpoint,
    }


def _whole(home: Path) -> list[Fetch]:
    with Case.open(home / "night.case", readonly=True) as case:
        return [fetch for fetch in all_fetches(case) if fetch.state.whole]


def _until_ended(terminal: Terminal) -> None:
    for _ in range(100):
        if terminal.ended:
            return
        terminal.settle(quiet=0.2, limit=0.5)
    raise AssertionError("it does not end:\n" + "\n".join(terminal.lines))
