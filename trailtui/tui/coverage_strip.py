"""Hours of events per account and Region, as runs and gaps, and as a strip of one line."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from trailtui.case.coverage import HourCount
from trailtui.model.times import HOUR_MS
from trailtui.tui.showing import FEW, GAP, MANY, SOME


@dataclass(frozen=True, slots=True)
class Run:
    """Hours in a row that all have events, or (`events` 0) that all have none."""

    from_ms: int
    hours: int
    events: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One account and Region."""

    account: str
    region: str
    hours: tuple[HourCount, ...]

    @property
    def events(self) -> int:
        """All its events."""
        return sum(hour.events for hour in self.hours)

    @property
    def first_ms(self) -> int:
        """Its first hour with events."""
        return self.hours[0].hour_ms

    @property
    def last_ms(self) -> int:
        """Its last hour with events."""
        return self.hours[-1].hour_ms

    @property
    def gap_hours(self) -> int:
        """Hours without events between its first and its last."""
        return (self.last_ms - self.first_ms) // HOUR_MS + 1 - len(self.hours)

    def runs(self) -> list[Run]:
        """Runs of hours with events, and the gaps between them, in order."""
        found: list[Run] = []
        for hour in self.hours:
            last = found[-1] if found else None
            end = last.from_ms + last.hours * HOUR_MS if last else hour.hour_ms
            if last and end == hour.hour_ms:
                found[-1] = Run(last.from_ms, last.hours + 1, last.events + hour.events)
                continue
            if last:
                found.append(Run(end, (hour.hour_ms - end) // HOUR_MS, 0))
            found.append(Run(hour.hour_ms, 1, hour.events))
        return found


def pairs_of(hours: Iterable[HourCount]) -> list[Pair]:
    """Hours, in the order of `case.coverage.hours`, by account and Region."""
    return [
        Pair(account, region, tuple(group))
        for (account, region), group in groupby(hours, key=lambda hour: (hour.account, hour.region))
    ]


def strip_of(pair: Pair, since_ms: int, until_ms: int, width: int) -> str:
    """The span in `width` characters: how full each part is, gaps marked, nothing outside.

    `until_ms` is the last hour. A part that holds any event never looks like a gap.
    """
    all_hours = max(1, (until_ms - since_ms) // HOUR_MS + 1)
    sums = [0] * width
    for hour in pair.hours:
        for at in _parts((hour.hour_ms - since_ms) // HOUR_MS, all_hours, width):
            sums[at] += hour.events
    filled = [at for at, events in enumerate(sums) if events]
    most = max(sums)
    return "".join(
        _level(events, most) if events else GAP if filled[0] < at < filled[-1] else " "
        for at, events in enumerate(sums)
    )


def _parts(hour: int, all_hours: int, width: int) -> range:
    """The characters that an hour has a share of: several where there are fewer hours."""
    first = min(width - 1, hour * width // all_hours)
    last = min(width - 1, ((hour + 1) * width - 1) // all_hours)
    return range(first, max(first, last) + 1)


def _level(events: int, most: int) -> str:
    return MANY if events * 3 >= most * 2 else SOME if events * 3 >= most else FEW
