"""What a coverage row shows of one account and Region: its strip, and what a part of it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trailtui.case.cells import Run
from trailtui.case.covered import LayerCover, PlaceCover
from trailtui.case.covering import FILES, Known
from trailtui.case.strip import Levels, part_of, strip_of
from trailtui.tui.showing import FEW, MANY, SOME

LEVELS = Levels(FEW, SOME, MANY)
ALL = "all"
"""All sources together."""

_MEANS = {
    Known.EMPTY: "- none", Known.SILENT: "~ not in files", Known.UNKNOWN: "? not asked",
    Known.DENIED: "Denied", Known.THROTTLED: "Throttled", Known.FAILED: "X failed",
    Known.PARTIAL: "Partial", Known.NOT_LOGGED: "Not logged", Known.FILTERED: "Filtered",
    Known.PLANNED: "Waiting",
}  # fmt: skip
"""A word for each state, beginning with its letter or shape (see case.strip)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the screen: an account and Region, by all sources or by one."""

    place: PlaceCover
    source: str
    runs: Sequence[Run]
    hours: Mapping[int, int]

    @property
    def events(self) -> int:
        """Events of all its hours."""
        return sum(run.events for run in self.runs)

    @property
    def blind_hours(self) -> int:
        """Hours that nobody, or not this source, saw whole."""
        return sum(
            run.hours
            for run in self.runs
            if not run.state.looked and (run.state is not Known.UNKNOWN or self.place.asked)
        )

    def strip(self, width: int) -> str:
        """The line itself."""
        return strip_of(self.runs, self.hours, width, LEVELS)

    def part(self, width: int, at: int) -> tuple[int, int]:
        """The time that a character of the strip stands for."""
        return part_of(self.runs[0].since_ms, self.runs[-1].until_ms, width, at)


def sources_of(places: Iterable[PlaceCover]) -> list[str]:
    """What the strips can be of: all sources together, then each of them."""
    found = {cover.layer.source for place in places for cover in place.layers}
    ordered = sorted(found - {FILES})
    return [ALL, *([FILES] if FILES in found else []), *ordered]


def shown_of(places: Iterable[PlaceCover], source: str) -> list[Shown]:
    """The lines for all sources together, or for one: a line for each filter it was asked with."""
    if source == ALL:
        return [Shown(place, ALL, place.runs, place.hours) for place in places if place.runs]
    return [
        Shown(place, source, cover.runs, cover.layer.hours)
        for place in places
        for cover in place.layers
        if cover.layer.source == source
    ]


def within(runs: Iterable[Run], since_ms: int, until_ms: int) -> list[Run]:
    """The runs that a stretch of time touches."""
    return [run for run in runs if run.since_ms < until_ms and run.until_ms > since_ms]


def name_of(cover: LayerCover) -> str:
    """A source with its filter."""
    return (
        f"{cover.layer.source} ({cover.layer.filter})" if cover.layer.filter else cover.layer.source
    )


def in_words(run: Run) -> str:
    """What is known of a run of hours."""
    state = "nobody asked" if run.state is Known.UNKNOWN else str(run.state)
    many = f"{run.hours:,} {'hour' if run.hours == 1 else 'hours'}"
    events = f", {run.events:,} {'event' if run.events == 1 else 'events'}" if run.events else ""
    grows = ", may still grow" if run.may_grow else ""
    return f"{many}, {state}{events}{grows}" + (f": {run.detail}" if run.detail else "")


def legend_of(lines: Iterable[Shown]) -> str:
    """What the shapes and letters mean that occur in these lines."""
    states = {run.state for line in lines for run in line.runs}
    if Known.RUNNING in states:
        states = states - {Known.RUNNING} | {Known.PLANNED}
    told = [means for state, means in _MEANS.items() if state in states]
    return "  ".join([f"{MANY}{SOME}{FEW} events", *told])
