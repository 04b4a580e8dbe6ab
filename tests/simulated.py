"""The simulated account for tests of any room.

    from tests.simulated import simulated_account

    with simulated_account() as incident:
        incident.account.endpoint          # for boto3's endpoint_url
        incident.responder.session         # .id .secret .token to work with
        mark = len(incident.account.calls)
        ...
        assert incident.account.calls.mutating(since=mark) == []
        assert incident.attacker.try_key()

One account at a time in a process: a module-scoped fixture saves the second or two it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clock import Clock
from trailtui.sim.incidents import play
from trailtui.sim.incidents.stolen_key import StolenKey


@contextmanager
def simulated_account(
    seed: int = 1,
    *,
    incident: str = "stolen-key",
    ends_at: datetime | None = None,
    hours: int = 12,
    propagation_seconds: float = 0,
    lookup_rate: float | None = None,
) -> Iterator[StolenKey]:
    """A simulated account in which an incident was just played.

    Args:
        seed: of every id, secret and file name.
        incident: one of trailtui.sim.incidents.INCIDENTS.
        ends_at: the account's time afterwards, standing still; without it, the real time, running.
        hours: of ordinary life before the end; fewer are faster.
        propagation_seconds: how long IAM changes take from then on.
        lookup_rate: LookupEvents requests a second (AWS: 2); None: no limit.
    """
    clock = Clock(ends_at, running=False) if ends_at else Clock()
    with SimulatedAccount.start(seed=seed, clock=clock, lookup_rate=lookup_rate) as account:
        played = play(incident, account, ends_at, hours)
        account.propagation_seconds = propagation_seconds
        yield played


@contextmanager
def empty_account(
    seed: int = 1,
    *,
    at: datetime | None = None,
    propagation_seconds: float = 0,
    lookup_rate: float | None = None,
) -> Iterator[SimulatedAccount]:
    """A simulated account with nothing in it; its root key is account.root."""
    clock = Clock(at, running=False) if at else Clock()
    with SimulatedAccount.start(
        seed=seed, clock=clock, propagation_seconds=propagation_seconds, lookup_rate=lookup_rate
    ) as account:
        yield account
