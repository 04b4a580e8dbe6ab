"""An account with a trail's bucket, a session for it, and hands that put files there."""

from collections.abc import Iterator

import pytest

from tests.collect.buckets import NOW, Shelf, session
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.sim.account import SimulatedAccount


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        yield made


@pytest.fixture
def aws(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    return session(account, monkeypatch)


@pytest.fixture
def shelf(account: SimulatedAccount) -> Shelf:
    return Shelf(account)
