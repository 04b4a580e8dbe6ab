"""Blind spots beside events: what nobody saw of the time that is on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from trailtui.case.covered import BlindSpot, read_coverage
from trailtui.case.covering import Known
from trailtui.case.file import Case
from trailtui.case.named_files import file_days
from trailtui.model.entity import Entity
from trailtui.tui.showing import show_time


@dataclass(frozen=True, slots=True)
class View:
    """The stretch of time that is on the screen, in ms; None: open at that end."""

    since_ms: int | None
    until_ms: int | None

    def meets(self, spot: BlindSpot) -> bool:
        """Whether a blind spot has a share of it."""
        begins = self.until_ms is None or spot.since_ms <= self.until_ms
        return begins and (self.since_ms is None or spot.until_ms > self.since_ms)


def read_blind_spots(case: Case) -> tuple[BlindSpot, ...]:
    """All blind spots of the case's window; runs in a lane, as it looks at every hour."""
    asked = case.connection.execute("SELECT 1 FROM fetches LIMIT 1").fetchone()
    if asked is None and not file_days(case):
        return ()  # files with names of their own: nobody can say what they lack
    coverage = read_coverage(case)
    return coverage.blind_spots if coverage is not None else ()


def of_entities(spots: Sequence[BlindSpot], entities: Sequence[Entity]) -> tuple[BlindSpot, ...]:
    """The blind spots of the accounts and Regions that a filter asks for; of all without any."""
    accounts = {entity.value for entity in entities if entity.kind == "account"}
    regions = {entity.value for entity in entities if entity.kind == "region"}
    return tuple(
        spot
        for spot in spots
        if (not accounts or spot.account in accounts) and (not regions or spot.region in regions)
    )


def line_of(spots: Sequence[BlindSpot], view: View, *, local: bool) -> str:
    """What nobody saw of the time in view: the worst of it in words, the rest counted.

    Empty where all of it was looked at.
    """
    met = [spot for spot in spots if view.meets(spot)]
    if not met:
        return ""
    worst = min(met, key=lambda s: (_TELLING.index(s.state), s.since_ms - s.until_ms))
    alike = {
        spot.region
        for spot in met
        if (spot.state, spot.since_ms, spot.until_ms)
        == (worst.state, worst.since_ms, worst.until_ms)
    }
    where = (worst.region or "?") if len(alike) == 1 else f"{len(alike)} Regions"
    state = "not asked" if worst.state is Known.UNKNOWN else str(worst.state)
    since = show_time(worst.since_ms, local=local)[5:16]
    until = show_time(worst.until_ms, local=local)
    until = until[11:16] if until[5:10] == since[:5] else until[5:16]
    more = len(met) - len(alike)
    others = f"; {more} more" if more > 0 else ""
    detail = f" ({worst.detail})" if worst.detail and worst.state is not Known.UNKNOWN else ""
    return f"NOT SEEN {since} to {until} {where}: {state}{others} (6 tells){detail}"


_TELLING = (
    Known.DENIED, Known.NOT_LOGGED, Known.THROTTLED, Known.FAILED, Known.PARTIAL, Known.FILTERED,
    Known.UNKNOWN, Known.RUNNING, Known.PLANNED,
)  # fmt: skip
"""Which one is told where several meet: refusals first, they have a cure."""
