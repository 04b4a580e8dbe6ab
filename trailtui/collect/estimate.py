"""What a collect will cost in calls, time and money, before anything of it runs."""

from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.case.journal import append

ASK_ABOVE_DOLLARS = 1.0
"""From this on a run asks first."""
ASK_ABOVE_SECONDS = 3600.0
BYTES_PER_SECOND = 10e6
"""Compressed: what two workers and one writer take of events (docs/collecting.md)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of a collect, as far as it can be told beforehand."""

    source: str
    requests: int
    seconds: float
    """At the rate limit of the source."""
    bytes: int
    """That AWS sends or scans."""
    dollars: float
    says: tuple[str, ...] = ()
    """How it was reckoned, and what it leaves out."""

    @property
    def worth_asking(self) -> bool:
        """Whether a run should be confirmed first."""
        return self.dollars >= ASK_ABOVE_DOLLARS or self.seconds >= ASK_ABOVE_SECONDS

    def rows(self) -> list[tuple[object, ...]]:
        """One row for a table; see COLUMNS."""
        return [
            (
                self.source,
                self.requests,
                round(self.seconds / 60, 1),
                self.bytes,
                round(self.dollars, 4),
            )
        ]


COLUMNS = ("source", "requests", "minutes", "bytes", "dollars")


def log_estimate(case: Case, estimate: Estimate, **more: object) -> None:
    """Let the action log tell what was reckoned: reckoning asks AWS, too. `more` goes with it."""
    reckoned = {
        "requests": estimate.requests,
        "minutes": round(estimate.seconds / 60, 1),
        "bytes": estimate.bytes,
        "dollars": round(estimate.dollars, 4),
    }
    append(case, "collect", {"source": estimate.source, "estimated": True, **reckoned, **more})
