"""A case over the stolen key's incident, and a product clock that sleeping moves on."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.respond.scene import session_of
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.lineage.tree import Tree, lineage
from trailtui.model.times import now_ms
from trailtui.respond import applying, carrying_out, iam_sessions
from trailtui.sim.incidents.stolen_key import StolenKey

Sleep = Callable[[float], None]


@dataclass
class Clock:
    """The product's clock: the real one, and what was slept."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now_ms(self) -> int:
        return now_ms() + int(sum(self.slept) * 1000)


def moved_on(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the product take its time from a clock that only sleeping moves."""
    clock = Clock()
    for module in (iam_sessions, carrying_out, applying):
        monkeypatch.setattr(module, "now_ms", clock.now_ms)
    monkeypatch.setattr(AwsSession, "now_ms", lambda _: clock.now_ms())
    return clock


def tree_of(case: Case, incident: StolenKey) -> Tree:
    return lineage(case, incident.leaked_key, now_ms())


def responder_of(incident: StolenKey) -> AwsSession:
    return session_of(incident.account, incident.responder.session)


def usable(incident: StolenKey) -> set[str]:
    """What the intruder holds and can still use for anything."""
    ledger = incident.account.ledger
    held = {incident.leaked_key, *(one.id for one in ledger.descendants(incident.leaked_key))}
    return {one for one in held if ledger.usable(one)}
