"""What all incidents share: the company is set up, ordinary life goes on, an intrusion is played.

A scenario tells who else belongs to the company, and writes its scenes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.incidents import ordinary
from trailtui.sim.incidents.cast import RESPONSE_ROLE, Cast, set_up
from trailtui.sim.incidents.incident import Responder
from trailtui.sim.incidents.script import Scene, Script

_QUIET_AFTER = timedelta(minutes=14)
T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """An account that is ready for an intrusion."""

    account: SimulatedAccount
    cast: Cast
    script: Script
    starts_at: datetime
    """When ordinary life begins."""
    hours: int

    def at(self, begins: datetime, scenes: Sequence[tuple[float, Scene]]) -> None:
        """Write scenes, by the minutes after the beginning."""
        for minutes, scene in scenes:
            self.script.at(begins + timedelta(minutes=minutes), scene)


@dataclass(frozen=True)
class Played:
    """When it was, and who responds."""

    began_at: datetime
    ended_at: datetime
    finding_id: str
    responder: Responder


def perform(
    account: SimulatedAccount,
    ends_at: datetime | None,
    hours: int,
    minutes: int,
    write: Callable[[Stage, datetime], T],
) -> tuple[T, Played]:
    """Play an intrusion at the end of some hours of ordinary life, in an empty account.

    Args:
        account: just started.
        ends_at: the clock's time afterwards; its present time if not given.
        hours: of ordinary life.
        minutes: that the intrusion takes.
        write: sets up what else is needed, which is unrecorded and 90 days ago, and writes the
            scenes, which begin at the time that it is given.
    """
    began, stopwatch = account.clock.now(), monotonic()
    end = (ends_at or began).replace(microsecond=0)
    intruded = end - _QUIET_AFTER - timedelta(minutes=minutes)
    account.clock.set(end - timedelta(days=90))
    script = Script()
    with account.unrecorded():
        cast = set_up(account)
        stage = Stage(account, cast, script, end - timedelta(hours=hours), hours)
        written = write(stage, intruded)
    ordinary.write(script, account, cast, stage.starts_at, hours)
    script.play(account.clock)
    account.clock.set(end - timedelta(minutes=1))
    responder = respond(cast, account, account.number)
    # A running clock goes on as if the play had taken its real time, so that what a responder's
    # own clock says (the cut of a revocation) can be compared with it.
    passed = timedelta(seconds=monotonic() - stopwatch)
    account.clock.set(began + passed if ends_at is None and account.clock.running else end)
    finding_id = account.world.new_uuid().replace("-", "")
    return written, Played(intruded, end, finding_id, responder)


def respond(cast: Cast, account: SimulatedAccount, number: str) -> Responder:
    """The responder takes the role to work with, in one of the accounts."""
    made = cast.responder.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{number}:role/{RESPONSE_ROLE}",
        RoleSessionName="responder",
        DurationSeconds=4 * 3600,
        SourceIdentity="responder",
    )
    session = account.credential(made["Credentials"]["AccessKeyId"])
    return Responder(cast.responder.credential, session)
