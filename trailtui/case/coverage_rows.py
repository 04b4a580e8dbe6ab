"""Coverage as rows of plain values: what the command prints and a bundle holds."""

from collections.abc import Iterable, Iterator

from trailtui.case.cells import Run
from trailtui.case.coverage_words import numbered, percent
from trailtui.case.covered import Coverage, LayerCover
from trailtui.case.covering import FILES, Known
from trailtui.case.leads import Lead
from trailtui.case.unlogged import NotLogged
from trailtui.model.times import format_utc

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


def gap_rows(coverage: Coverage) -> Iterator[tuple[object, ...]]:
    """What nobody saw whole, then what was refused to one source, then what was not logged."""
    for spot in coverage.blind_spots:
        yield (
            spot.account, spot.region, "all", format_utc(spot.since_ms), format_utc(spot.until_ms),
            str(spot.state), spot.events, "", spot.detail,
        )  # fmt: skip
    for place in coverage.places:
        for cover in place.layers:
            for run in cover.runs:
                if not (run.state.looked or run.state is Known.UNKNOWN):
                    yield _row(cover, run)
    for span in coverage.not_logged:
        yield _unlogged_row(span)


def _unlogged_row(span: NotLogged) -> tuple[object, ...]:
    ids = f"; events {', '.join(span.events)}" if span.events else ""
    others = "; another trail logs it" if span.others_log else ""
    return (
        span.account, span.where, f"trail {span.trail}" if span.trail else "no trail",
        "" if span.since_ms is None else format_utc(span.since_ms),
        "" if span.until_ms is None else format_utc(span.until_ms),
        str(Known.NOT_LOGGED), 0, span.what, f"{span.because}; {span.sure}{others}{ids}",
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
