"""A played incident, a case with its log files, a responder in each account, and one clock.

The account's clock stands still and is the product's too: it moves when the product waits, and a
second with each step of a plan. So the window in which a change has not spread yet is the same in
every run, whatever the machine does meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from tests.respond.scene import session_of
from tests.simulated import simulated_account
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.lineage.nodes import NodeKind
from trailtui.lineage.tree import Tree, lineage
from trailtui.model import times
from trailtui.playbook.watching import Watch, WatchRound
from trailtui.respond.arming import arm, disarm
from trailtui.respond.carried_out import Result
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.containment import Containment
from trailtui.respond.containment_store import ContainmentRow
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Proposal, Wish
from trailtui.respond.tampering import propose_all
from trailtui.respond.undoing import undo_all, undo_word
from trailtui.sim.incidents.incident import Incident

CREDENTIALS = (NodeKind.ACCESS_KEY, NodeKind.SESSION)
PROPAGATION_S = 8.0
REACTS_UNTIL_S = 2 * PROPAGATION_S
"""How long after the first call of a plan the intruder is at its keyboard."""


@dataclass
class Scene:
    """One incident and the one who contains it."""

    name: str
    incident: Incident
    case: Case
    folder: Path
    reacting: bool = False
    reacts_at_s: float = 2.0
    """How long after the first call of a plan the intruder answers, the first time."""
    reacts_every_s: float = 5.0
    _first_at: datetime | None = None
    _next_at: float = 0.0
    made: list[str] = field(default_factory=list)
    """What the intruder got after containment began."""

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.incident.account.number, *self.incident.elsewhere)

    def aws(self, account: str) -> AwsSession:
        """A session of the responder in an account."""
        responder = self.incident.elsewhere.get(account, self.incident.responder)
        return session_of(self.incident.account, responder.session)

    def armed(self, account: str) -> AwsSession:
        """The same, with the case armed for it; a case is armed for one account at a time."""
        aws = self.aws(account)
        disarm(self.case)
        arm(self.case, aws)
        return aws

    def tree(self, case: Case | None = None) -> Tree:
        now_ms = self.incident.account.clock.now_ms()
        return lineage(case or self.case, self.incident.leaked_key, now_ms)

    def sleep(self, seconds: float) -> None:
        self.incident.account.clock.advance(seconds)
        self._perhaps_react()

    def tell(self, _step: object) -> None:
        """Something was sent, or its outcome seen: a second passes."""
        self.sleep(1)

    def _perhaps_react(self) -> None:
        if not self.reacting or self._first_at is None:
            return
        passed = (self.incident.account.clock.now() - self._first_at).total_seconds()
        if self._next_at <= passed <= REACTS_UNTIL_S:
            self._next_at = passed + self.reacts_every_s
            self.made += self.incident.attacker.react()

    def take_new_files(self) -> None:
        """Deliver what was recorded since, and take it into the case."""
        self.incident.account.deliver(self.folder / "logs")
        collect_files(self.case, [str(self.folder / "logs")], workers=0)

    # What a responder does

    def propose(self, account: str) -> Proposal:
        return propose_all(self.case, self.tree(), account)

    def plan(self, account: str, wishes: Sequence[Wish] | None = None) -> ContainmentRow:
        """Plan everything that is proposed in an account, or these wishes."""
        aws, proposal = self.armed(account), self.propose(account)
        return plan_containment(
            self.case,
            aws,
            proposal.wishes if wishes is None else wishes,
            root=self.incident.leaked_key,
            left_out=proposal.left_out if wishes is None else (),
        )

    def carry_out(self, name: str, account: str) -> Result:
        """Apply a plan, confirmed by its word; an intruder who reacts does so meanwhile."""
        self._first_at, self._next_at = self.incident.account.clock.now(), self.reacts_at_s
        aws, word = self.armed(account), f"contain {account}"
        result = carry_out(self.case, aws, name, word, sleep=self.sleep, tell=self.tell)
        assert not result.stopped, result
        return result

    def contain(self, account: str, wishes: Sequence[Wish] | None = None) -> Containment:
        """Plan and apply."""
        found = self.plan(account, wishes)
        self.carry_out(found.name, account)
        return found.plan

    def watch(self, account: str) -> WatchRound:
        """One round of the watch in an account."""
        looking = Watch(
            self.case,
            self.aws(account),
            [self.incident.leaked_key],
            per_second=1000,
            sleep=self.sleep,
        )
        (seen,) = looking.rounds(seconds=0, every_s=60)
        return seen

    def undo(self, account: str) -> None:
        aws = self.armed(account)
        self.sleep(2)  # records of one second have no order
        word = undo_word(account)
        undone = undo_all(self.case, aws, word, sleep=self.sleep, tell=self.tell)
        self.sleep(2)
        assert undone.is_good, undone


@contextmanager
def scene_of(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, propagation: float = 0.0
) -> Iterator[Scene]:
    """Play an incident; its log files are all that the case is given."""
    now = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as open_now:
        incident = open_now.enter_context(
            simulated_account(incident=name, ends_at=now, hours=3, propagation_seconds=propagation)
        )
        clock = incident.account.clock
        for module in _those_with_a_clock():
            monkeypatch.setattr(module, "now_ms", clock.now_ms)
        monkeypatch.setattr(AwsSession, "now_ms", lambda _: clock.now_ms())
        incident.account.deliver(folder / "logs")
        case = open_now.enter_context(case_of(folder, "proof"))
        yield Scene(name, incident, case, folder)


def _those_with_a_clock() -> list[ModuleType]:
    """The modules of `respond` that ask what time it is; their times have to be the account's."""
    loaded = [one for name, one in sys.modules.items() if name.startswith("trailtui.respond.")]
    return [one for one in loaded if getattr(one, "now_ms", None) is times.now_ms]


@contextmanager
def case_of(folder: Path, name: str) -> Iterator[Case]:
    """A new case over the log files that were delivered."""
    with open_new_case(folder / f"{name}.case", Opening()) as case:
        collect_files(case, [str(folder / "logs")], workers=0)
        yield case
