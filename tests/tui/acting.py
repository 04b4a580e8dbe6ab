"""What tests of containment in the console share."""

from pathlib import Path

from tests.tui.console import Console
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.respond.store import all_actions
from trailtui.sim.account import SimulatedAccount


def states(path: Path) -> list[str]:
    """How the actions of a case stand, in the order of planning; the log's chain is whole."""
    with Case.open(path) as case:
        assert journal.verify(case).ok
        return [row.state for row in all_actions(case)]


async def arm(c: Console, account: SimulatedAccount) -> None:
    """Arm the case by hand."""
    await c.command("arm")
    await c.type(account.number)
    assert "ARMED" in c.lines[0]
