"""One entry for each action: what it is planned on, whom it cuts, what can go wrong with it.

`tests/respond/test_every_action.py` and `test_permissions.py` go through TABLE. A new action is an
entry in a module of its own family (`arranged_iam.py`, ...) and a line below; an action whose
permissions depend on what it is aimed at has several entries, told apart by `variant`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trailtui.sim.account import SimulatedAccount


def nothing() -> None:
    """Nothing to do."""


@dataclass(frozen=True)
class Arranged:
    """Something in the account that an action can be planned on."""

    target: str
    confirm: str
    """What is typed to confirm: the subject's id."""
    gone: Callable[[], object]
    """Makes the target vanish."""
    drift: Callable[[], object]
    """Changes what the plan started from."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: str | None = None
    """Id of a credential that works before, and no longer once the action is verified."""
    spared: str | None = None
    """Id of a credential that goes on working."""
    clean_up: Callable[[], object] = nothing


@dataclass(frozen=True)
class Entry:
    """An action and a way to arrange for it."""

    action: str
    arrange: Callable[[SimulatedAccount], Arranged]
    variant: str = ""

    @property
    def name(self) -> str:
        """The action, and which variant of its arrangement."""
        return f"{self.action}-{self.variant}" if self.variant else self.action


def table() -> tuple[Entry, ...]:
    """The entries of all families."""
    from tests.respond import (
        arranged_compute,
        arranged_data,
        arranged_ec2,
        arranged_iam,
        arranged_logging,
        arranged_organisation,
    )

    return (
        *arranged_compute.ENTRIES,
        *arranged_data.ENTRIES,
        *arranged_ec2.ENTRIES,
        *arranged_iam.ENTRIES,
        *arranged_logging.ENTRIES,
        *arranged_organisation.ENTRIES,
    )


def entries_of(action: str) -> list[Entry]:
    """The arrangements of one action."""
    return [entry for entry in table() if entry.action == action]
