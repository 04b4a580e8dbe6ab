"""The rows of the coverage screen in full, and its head, as lines."""

from collections.abc import Iterator, Sequence

from trailtui.case.coverage import CoverageSummary, Problem
from trailtui.case.coverage_rows import GapLine, lacking_words
from trailtui.case.coverage_words import EVENT_SOURCES, asked_of, percent
from trailtui.case.covered import BlindSpot, Coverage, LayerCover
from trailtui.case.covering import FILES, Known
from trailtui.case.evidence import Evidence
from trailtui.case.leads import Lead
from trailtui.model.times import HOUR_MS
from trailtui.model.wording import numbered
from trailtui.tui.coverage_strip import Shown, in_words, name_of, within
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.showing import labelled_time, show_time


def summary_lines(found: CoverageSummary) -> list[str]:
    """The numbers, in sentences of their own lines."""
    return [
        f"{found.events:,} events from {found.records:,} records in {found.evidence:,} files and "
        f"answers ({found.evidence_bytes / 1e6:,.1f} MB)",
        f"{found.sightings:,} seen again, {found.conflicts:,} in conflict, "
        f"{found.without_time:,} without a time, {found.problems:,} unreadable, "
        f"{found.digests:,} digests",
    ]


def coverage_lines(found: Coverage, *, local: bool) -> list[str]:
    """The window, what was asked, and what nobody saw, a line each."""
    since = show_time(found.since_ms, local=local)
    window = f"Window {since} to {labelled_time(found.until_ms, local=local)}"
    if found.events_outside:
        window += f"; {numbered(found.events_outside, 'event')} outside"
    asked = asked_of(found)
    told = [
        f"{one.source}{f' ({one.filter})' if one.filter else ''}"
        + ("" if one.source == FILES else f" {percent(one.share)}")
        for one in asked
    ]
    never = [name for name in EVENT_SOURCES if name not in {one.source for one in asked}]
    sources = f"Asked: {', '.join(told) or 'nothing'}"
    if never:
        sources += f"; never: {', '.join(never)}"
    return [window, sources, *_nobody(found.blind_spots)]


def _nobody(spots: Sequence[BlindSpot]) -> Iterator[str]:
    """What nobody saw whole, by its state, most hours first."""
    hours: dict[Known, int] = {}
    for spot in spots:
        length = (spot.until_ms - spot.since_ms) // HOUR_MS
        hours[spot.state] = hours.get(spot.state, 0) + length
    if hours:
        places = len({(spot.account, spot.region) for spot in spots})
        told = [
            f"{'not asked' if state is Known.UNKNOWN else state} {hours[state]:,} h"
            for state in sorted(hours, key=lambda state: -hours[state])
        ]
        yield f"NOBODY SAW WHOLE in {numbered(places, 'pair')}: {', '.join(told)}"


def part_line(shown: Shown, since_ms: int, until_ms: int, *, local: bool) -> str:
    """What the part of the strip under the cursor says, in one line."""
    begin = show_time(since_ms, local=local)[:16]
    end = show_time(until_ms, local=local)[11:16]
    runs = within(shown.runs, since_ms, until_ms)
    told = " | ".join(in_words(run).partition(", ")[2] for run in runs)
    return f"{begin}-{end} {shown.place.region or '?'} {shown.source}: {told}"


def shown_lines(shown: Shown, part: tuple[int, int] | None, *, local: bool) -> list[RecordLine]:
    """One account and Region: what each source says of the part under the cursor, then all runs."""
    place = shown.place
    lines = [
        RecordLine("account", place.account or "the records do not say", "bold"),
        RecordLine("region", place.region or "the records do not say", "bold"),
        RecordLine("events", f"{shown.events:,}"),
        RecordLine("not seen whole", f"{shown.blind_hours:,} hours"),
        RecordLine("", ""),
    ]
    if part is not None:
        lines += _part_lines(shown, part, local=local)
    for run in shown.runs:
        style = "" if run.state.looked else "yellow"
        start = show_time(run.since_ms, local=local)
        lines.append(RecordLine(start, in_words(run), style, at_ms=run.since_ms))
    lines.append(RecordLine("", ""))
    why = (
        "x goes to the timeline at that hour. That files hold no event is no proof that nothing "
        "happened: they may not be all there are."
    )
    lines.append(RecordLine("", why, "dim"))
    return lines


def _part_lines(shown: Shown, part: tuple[int, int], *, local: bool) -> Iterator[RecordLine]:
    since, until = part
    begin = show_time(since, local=local)
    yield RecordLine(
        "under the cursor", f"{begin} to {labelled_time(until, local=local)}", "bold", at_ms=since
    )
    for cover in shown.place.layers:
        told = " | ".join(in_words(run) for run in within(cover.runs, since, until))
        yield RecordLine(name_of(cover), told, at_ms=since)
    yield RecordLine("", "")


def source_lines(cover: LayerCover, *, local: bool) -> list[RecordLine]:
    """What one source answered."""
    layer = cover.layer
    lines = [
        RecordLine("account", layer.account or "?", "bold"),
        RecordLine("region", layer.region or "?", "bold"),
        RecordLine("source", layer.source, "bold"),
        RecordLine("asked for", layer.filter or "everything"),
        RecordLine("events", f"{cover.events:,}"),
        RecordLine("not whole", lacking_words(cover.runs) or "nothing lacks"),
        RecordLine("", ""),
    ]
    for run in cover.runs:
        style = "" if run.state.looked else "yellow"
        start = show_time(run.since_ms, local=local)
        lines.append(RecordLine(start, in_words(run), style, at_ms=run.since_ms))
    return lines


def gap_detail(line: GapLine, *, local: bool) -> list[RecordLine]:
    """A stretch that was not seen whole, and why."""

    def when(at_ms: int | None) -> str:
        return "not known" if at_ms is None else labelled_time(at_ms, local=local)

    return [
        RecordLine("account", line.account or "?", "bold"),
        RecordLine("region", line.region or "?", "bold"),
        RecordLine("from", when(line.since_ms), at_ms=line.since_ms),
        RecordLine("to", when(line.until_ms), at_ms=line.until_ms),
        RecordLine("state", str(line.state), "yellow"),
        RecordLine("source", "no source at all" if line.source == "all" else line.source),
        RecordLine("what", line.filter or "everything"),
        RecordLine("events", f"{line.events:,}"),
        RecordLine("why", line.detail),
    ]


def lead_lines(lead: Lead, *, local: bool) -> list[RecordLine]:
    """A lead of tampering, what it rests on, and how sure it is."""
    event = lead.event
    return [
        RecordLine("lead", lead.kind, "bold"),
        RecordLine("time", labelled_time(lead.at_ms, local=local), at_ms=lead.at_ms),
        RecordLine("account", lead.account),
        RecordLine("region", lead.region),
        RecordLine("event", f"{event.name or '?'} {event.event_id}" if event else "none"),
        RecordLine("principal", (event.principal or "") if event else ""),
        RecordLine("why", lead.why),
        RecordLine("how sure", lead.sure, "yellow"),
    ]


def problem_lines(row: Problem, *, local: bool) -> list[RecordLine]:
    """What could not be read."""
    kept = "its bytes were not kept" if row.evidence is None else str(row.evidence)
    return [
        RecordLine("reason", row.reason, "yellow"),
        RecordLine("file", row.origin),
        RecordLine("offset", "the file as a whole" if row.offset is None else f"{row.offset:,}"),
        RecordLine("length", "" if row.length is None else f"{row.length:,} bytes"),
        RecordLine("evidence", kept),
        RecordLine("met", labelled_time(row.at_ms, local=local)),
    ]


def evidence_lines(row: Evidence, origins: list[str], *, local: bool) -> list[RecordLine]:
    """One acquired file or answer."""
    return [
        RecordLine("evidence", str(row.id), "bold"),
        RecordLine("sha256", row.sha256),
        RecordLine("kind", f"{row.kind}, {row.packing}"),
        RecordLine("size", f"{row.size:,} bytes, {row.content_size:,} of content"),
        RecordLine("records", f"{row.records:,}"),
        RecordLine("problems", f"{row.problems:,}", "yellow" if row.problems else ""),
        RecordLine("acquired", labelled_time(row.acquired_ms, local=local)),
        RecordLine("by", row.acquired_by),
        *(RecordLine("seen at", origin) for origin in origins or [row.origin]),
    ]
