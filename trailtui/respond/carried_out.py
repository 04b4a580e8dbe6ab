"""What a run of a containment plan tells: its steps as it goes, and where the plan stands then."""

from collections.abc import Callable
from dataclasses import dataclass

from trailtui.model.errors import TrailtuiError
from trailtui.respond.containment_store import ContainmentRow, Standing
from trailtui.respond.store import VERIFIED


@dataclass(frozen=True, slots=True)
class Step:
    """What happens now: for whoever shows the progress."""

    position: int
    """The entry's; 0 where it is about the whole."""
    says: str
    waits_s: float = 0.0
    """How long it still takes, where something is waited for."""


Tell = Callable[[Step], None]


class StopNow(TrailtuiError):
    """What a `sleep` raises where a run is to end before its next call; it can be gone on with."""


@dataclass(frozen=True, slots=True)
class Result:
    """Where the plan stands after a run."""

    containment: ContainmentRow
    standings: tuple[Standing, ...]
    notes: tuple[tuple[int, str], ...]
    """What is to be known of an entry (by its position) beside its state."""
    stopped: str
    """Why the run ended before its end; empty where it did not."""
    commands: tuple[str, ...] = ()
    """What a dry run would have sent."""

    @property
    def is_good(self) -> bool:
        """Whether every action of the plan is verified, and repeated where it has to be."""
        return not self.stopped and all(is_settled(one) for one in self.standings)


def is_settled(standing: Standing) -> bool:
    """Whether an entry is verified, and its repetition too where it has one."""
    if standing.row.state != VERIFIED:
        return False
    repeats = standing.entry.again_after_s is not None
    return not repeats or (standing.again is not None and standing.again.state == VERIFIED)
