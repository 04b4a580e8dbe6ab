"""Fixtures of the simulator's own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sim.laboratory import NOON, Laboratory
from tests.simulated import empty_account, simulated_account
from trailtui.sim.incidents.stolen_key import StolenKey


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    with empty_account(seed=7, at=NOON) as account:
        yield Laboratory(account)


@pytest.fixture(scope="module")
def incident() -> Iterator[StolenKey]:
    with simulated_account(seed=5, ends_at=NOON, hours=6) as played:
        yield played
