"""Coverage as rows of plain values: what the command prints and a bundle holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trailtui.case.cells import Run
from trailtui.case.coverage_words import percent
from trailtui.case.covered import Coverage, LayerCover
from trailtui.case.covering import FILES, Known, Place
from trailtui.case.leads import Lead
from trailtui.case.unlogged import NotLogged
from trailtui.model.times import format_utc
from trailtui.model.wording import numbered

COLUMNS = (
    "account", "region", "source", "from", "to", "state", "events", "filter", "detail",
)  # fmt: skip
SOURCE_COLUMNS = (
    "account", "region", "source", "filter", "whole", "events", "hours", "not whole",
)  # fmt: skip
LEAD_COLUMNS = ("kind", "account", "region", "time", "event", "name", "why", "sure")
_GROWS = "may still grow: asked before the delivery delay was over"


def hour_rows(coverage: Coverage) -> Iterator[tuple[object, ...]]:
    """Every run of hours of every source."""
    for place in coverage.places:
        for cover in place.layers:
            for run in cover.runs:
                yield _row(cover, run)


def _row(cover: LayerCover, run: Run) -> tuple[object, ...]:
    layer = cover.layer
    detail = "; ".join(part for part in (run.detail, _GROWS if run.may_grow else "") if part)
    return (
        layer.account, layer.region, layer.source, format_utc(run.since_ms),
        format_utc(run.until_ms), str(run.state), run.events, layer.filter, detail,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapLine:
    """A stretch that was not seen whole, by anybody or by one source, or was not logged."""

    account: str
    region: str
    """A Region, or which ones in words."""
    source: str
    """`all`, a source, or a trail."""
    since_ms: int | None
    until_ms: int | None
    state: Known
    events: int
    filter: str
    """What the source was narrowed to, or what the trail did not log."""
    detail: str

    @property
    def place(self) -> Place | None:
        """The account and Region; None where it is about several Regions."""
        one = self.region and " " not in self.region and self.region != "all"
        return (self.account, self.region) if one else None


def gap_lines(coverage: Coverage) -> Iterator[GapLine]:
    """What nobody saw whole, then what was refused to one source, then what was not logged."""
    for spot in coverage.blind_spots:
        yield GapLine(
            spot.account, spot.region, "all", spot.since_ms, spot.until_ms, spot.state,
            spot.events, "", spot.detail,
        )  # fmt: skip
    for place in coverage.places:
        for cover in place.layers:
            layer = cover.layer
            for run in cover.runs:
                if not (run.state.looked or run.state is Known.UNKNOWN):
                    yield GapLine(
                        layer.account, layer.region, layer.source, run.since_ms, run.until_ms,
                        run.state, run.events, layer.filter, run.detail,
                    )  # fmt: skip
    for span in coverage.not_logged:
        yield _of_span(span)


def _of_span(span: NotLogged) -> GapLine:
    ids = f"; events {', '.join(span.events)}" if span.events else ""
    others = "; another trail logs it" if span.others_log else ""
    return GapLine(
        span.account, span.where, f"trail {span.trail}" if span.trail else "no trail",
        span.since_ms, span.until_ms, Known.NOT_LOGGED, 0, span.what,
        f"{span.because}; {span.sure}{others}{ids}",
    )  # fmt: skip


def gap_rows(coverage: Coverage) -> Iterator[tuple[object, ...]]:
    """The same as rows of plain values."""
    for line in gap_lines(coverage):
        yield (
            line.account, line.region, line.source,
            "" if line.since_ms is None else format_utc(line.since_ms),
            "" if line.until_ms is None else format_utc(line.until_ms),
            str(line.state), line.events, line.filter, line.detail,
        )  # fmt: skip


def source_rows(coverage: Coverage) -> Iterator[tuple[object, ...]]:
    """Every source of every account and Region: how much of the window it answered whole."""
    length = coverage.until_ms - coverage.since_ms
    for place in coverage.places:
        for cover in place.layers:
            layer = cover.layer
            if layer.source != FILES and not layer.stretches:
                continue
            whole = "unknown" if layer.source == FILES else percent(cover.looked_ms / length)
            yield (
                layer.account, layer.region, layer.source, layer.filter, whole, cover.events,
                len(layer.hours), lacking_words(cover.runs),
            )  # fmt: skip


def lacking_words(runs: Iterable[Run]) -> str:
    """What was not answered whole: hours by state, each with its first reason."""
    hours: dict[Known, int] = {}
    reasons: dict[Known, str] = {}
    for run in runs:
        if not run.state.looked:
            hours[run.state] = hours.get(run.state, 0) + run.hours
            reasons.setdefault(run.state, run.detail)
    return "; ".join(
        f"{'not asked' if state is Known.UNKNOWN else state} {numbered(hours[state], 'hour')}"
        + (f" ({reasons[state]})" if reasons[state] else "")
        for state in Known
        if state in hours
    )


def lead_rows(leads: Iterable[Lead]) -> Iterator[tuple[object, ...]]:
    """Leads of tampering."""
    for lead in leads:
        event = lead.event
        yield (
            lead.kind, lead.account, lead.region, format_utc(lead.at_ms),
            event.event_id if event else None, event.name if event else None, lead.why, lead.sure,
        )  # fmt: skip
