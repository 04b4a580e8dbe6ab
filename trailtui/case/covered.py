"""The coverage of a case: of every account, Region and source, what is known of each hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from trailtui.case.cells import Run, Unlogged, best_of, layer_runs
from trailtui.case.covering import FILES, Known, Layer, Place, asked_layers
from trailtui.case.event_hours import Hours, count_event_hours
from trailtui.case.file import Case
from trailtui.case.logging_spans import NotLogged, not_logged
from trailtui.case.named_files import file_days
from trailtui.case.window import case_window, held_window
from trailtui.model.times import HOUR_MS

FED_BY_TRAILS = ("s3", "athena", "insights", FILES)
"""Sources that hold only what a trail wrote. LookupEvents needs no trail, Lake has its own
selectors."""


@dataclass(frozen=True, slots=True)
class LayerCover:
    """One source's answer about one account and Region, hour by hour."""

    layer: Layer
    runs: tuple[Run, ...]

    @property
    def events(self) -> int:
        """Events that it brought within the window."""
        return sum(run.events for run in self.runs)

    @property
    def looked_ms(self) -> int:
        """How much of the window it answered whole."""
        return sum(run.until_ms - run.since_ms for run in self.runs if run.state.looked)


@dataclass(frozen=True, slots=True)
class PlaceCover:
    """All that is known of one account and Region."""

    account: str
    region: str
    layers: tuple[LayerCover, ...]
    runs: tuple[Run, ...]
    """The best answer for each time, whichever source gave it."""
    hours: Mapping[int, int]
    """Its events by the beginning of their hour in ms, each counted once."""

    @property
    def events(self) -> int:
        """Its events within the window, each counted once."""
        return sum(run.events for run in self.runs)

    @property
    def asked(self) -> bool:
        """Whether anything is known of it but the events themselves."""
        return any(cover.layer.stretches for cover in self.layers if cover.layer.covers)


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """An hour or more of an account and Region that nobody saw whole, and why."""

    account: str
    region: str
    since_ms: int
    until_ms: int
    state: Known
    detail: str
    events: int


@dataclass(frozen=True)
class Coverage:
    """What a case looked at within a window, and what not."""

    since_ms: int
    until_ms: int
    places: tuple[PlaceCover, ...]
    not_logged: tuple[NotLogged, ...]
    events_outside: int
    """Events of the case that are not of this window."""

    @cached_property
    def blind_spots(self) -> tuple[BlindSpot, ...]:
        """What nobody saw whole, by account, Region and time; see `blind_spots_of`."""
        return tuple(spot for place in self.places for spot in blind_spots_of(place))


def read_coverage(case: Case, window: tuple[int, int] | None = None) -> Coverage | None:
    """The coverage of a window: that of the case where none is given.

    None where the case holds no event with a time and nothing was asked.
    """
    span = window or case_window(case)
    if span is None or (window is not None and held_window(case) is None):
        return None
    since_ms, until_ms = span
    spans = not_logged(case)
    counted = count_event_hours(case)
    places = [
        _place(place, layers, counted.of_places.get(place, {}), spans, span)
        for place, layers in sorted(_layers(case, counted.of_layers).items())
    ]
    total = sum(sum(hours.values()) for hours in counted.of_places.values())
    inside = sum(place.events for place in places)
    return Coverage(since_ms, until_ms, tuple(places), tuple(spans), max(0, total - inside))


def _layers(
    case: Case, hours: Mapping[tuple[str, str, str, str], Hours]
) -> dict[Place, list[Layer]]:
    asked = asked_layers(case)
    for place, days in file_days(case).items():
        asked[(*place, FILES, "")] = days
    found: dict[Place, list[Layer]] = {}
    for key in sorted({*asked, *hours}):
        account, region, source, told = key
        layer = Layer(account, region, source, told, asked.get(key, ()), hours.get(key, {}))
        found.setdefault((account, region), []).append(layer)
    return found


def _place(
    place: Place,
    layers: Sequence[Layer],
    hours: Hours,
    spans: Sequence[NotLogged],
    window: tuple[int, int],
) -> PlaceCover:
    unlogged = [
        Unlogged(*part, span.sentence)
        for span in spans
        if span.whole and span.concerns(*place) and (part := span.within(*window))
    ]
    covers = [
        LayerCover(
            layer,
            tuple(layer_runs(layer, *window, unlogged if layer.source in FED_BY_TRAILS else ())),
        )
        for layer in layers
    ]
    together = best_of([(c.layer, c.runs) for c in covers if c.layer.covers], hours)
    return PlaceCover(*place, tuple(covers), tuple(together), hours)


def blind_spots_of(place: PlaceCover) -> list[BlindSpot]:
    """The stretches of at least an hour that nobody saw whole.

    Of a place that only log files with names of their own tell about, hours without events are no
    blind spot: nobody can say that they were not looked at.
    """
    found: list[BlindSpot] = []
    for run in place.runs:
        if run.state.looked or (run.state is Known.UNKNOWN and not place.asked):
            continue
        if run.until_ms - run.since_ms < HOUR_MS:
            continue
        detail = run.detail or "nobody asked"
        found.append(
            BlindSpot(
                place.account, place.region, run.since_ms, run.until_ms, run.state, detail,
                run.events,
            )
        )  # fmt: skip
    return found
