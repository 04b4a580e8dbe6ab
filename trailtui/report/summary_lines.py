"""The page of a case, as lines: the same ones on the command line and in the console."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from trailtui.case.entities import EntitySummary
from trailtui.model.entity import Entity
from trailtui.model.finding import SEVERITIES
from trailtui.model.redact import redact_text
from trailtui.model.wording import numbered
from trailtui.report.summary import CaseSummary, NameCount, RiskyCall

GRAVE, WARNING, GOOD, QUIET = "grave", "warning", "good", "quiet"
"""Tones; a face gives them a colour, which only repeats what the words say."""
_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = ".:-=+*#@"


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line; a line with a section begins that section."""

    field: str
    value: str
    tone: str = ""
    section: str = ""
    """Its heading, on the first line of a section, which has no field; else empty."""
    entity: Entity | None = None
    """What the line is about, where one can pivot on it."""
    call: str = ""
    """The name of the call that it is about."""
    error: str = ""
    finding: str = ""
    """d7, or the number of an alert."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the page is laid out."""

    show_time: Callable[[int], str]
    most: int = 5
    """Lines of a section, before the rest is only counted."""
    ascii: bool = False


def summary_lines(summary: CaseSummary, layout: Layout) -> list[SummaryLine]:
    """The lines of the page, section by section; texts are as they stand in the case."""
    sections = (
        ("WHEN", _when(summary, layout)),
        ("WHO", _who(summary, layout)),
        ("WHERE", _where(summary, layout)),
        ("WHAT", _what(summary, layout)),
        ("RISKY CALLS", _risky(summary, layout)),
        ("FINDINGS", _findings(summary, layout)),
        ("INDICATORS", _indicators(summary, layout)),
        ("ACTIONS", _actions(summary, layout)),
        ("NOT SEEN", _blind(summary, layout)),
    )
    lines: list[SummaryLine] = []
    for title, made in sections:
        for at, line in enumerate(made):
            safe_line = replace(line, value=redact_text(line.value))
            lines.append(replace(safe_line, section=title) if at == 0 else safe_line)
    return lines


def _when(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    read, times = summary.read, summary.times
    yield SummaryLine("", _case_in_a_line(summary))
    if times is not None and read.first_ms is not None and read.last_ms is not None:
        yield SummaryLine(
            "events", f"{layout.show_time(read.first_ms)} to {layout.show_time(read.last_ms)}"
        )
        yield SummaryLine("", _strip(times.counts, layout))
        busiest = f"busiest from {layout.show_time(times.busiest_ms)}: {max(times.counts):,} events"
        yield SummaryLine("", f"{busiest} in {_length(times.part_ms)}", QUIET)
    window = summary.window
    if window.since_ms is not None or window.until_ms is not None:
        ends = [
            otherwise if at_ms is None else layout.show_time(at_ms)
            for at_ms, otherwise in (
                (window.since_ms, "the beginning"), (window.until_ms, "the end"),
            )
        ]  # fmt: skip
        yield SummaryLine("case opened for", " to ".join(ends))


def _case_in_a_line(summary: CaseSummary) -> str:
    read = summary.read
    parts = [numbered(read.events, "event"), numbered(read.evidence, "piece") + " of evidence"]
    for number, what in (
        (read.sightings, "further sightings"), (read.conflicts, "in conflict"),
        (read.without_time, "without a time"), (read.problems, "could not be read"),
        (summary.pins, "pinned"), (summary.notes, "notes"),
    ):  # fmt: skip
        parts += [f"{number:,} {what}"] if number else []
    return ", ".join(parts)


def _strip(counts: Sequence[int], layout: Layout) -> str:
    """The counts as one character each; a part without events is a blank."""
    blocks = _ASCII_BLOCKS if layout.ascii else _BLOCKS
    most = max(counts)
    return "".join(
        blocks[min(len(blocks) - 1, count * len(blocks) // most)] if count else " "
        for count in counts
    )


def _length(length_ms: int) -> str:
    for name, unit_ms in (("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000)):
        if length_ms >= 2 * unit_ms:
            return f"{length_ms / unit_ms:.0f} {name}"
    return f"{length_ms // 1000:,} seconds"


def _who(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    found = summary.principals
    yield SummaryLine(
        "",
        f"{numbered(len(found), 'principal')} with {numbered(summary.credentials, 'credential')}; "
        "those with the most kinds of risky calls first",
    )
    ranked = sorted(found, key=_by_verdict_and_risk)
    yield from _entities(ranked, layout)


def _by_verdict_and_risk(one: EntitySummary) -> tuple[object, ...]:
    order = {"indicator": 0, "given": 1, None: 2, "cleared": 3}
    risky = one.risky_succeeded + one.risky_failed
    return (
        order.get(one.verdict, 2), -len(one.risky_calls), -risky, -one.events, one.entity.value,
    )  # fmt: skip


def _entities(found: Sequence[EntitySummary], layout: Layout) -> Iterator[SummaryLine]:
    for one in found[: layout.most]:
        tone = {"indicator": GRAVE, "cleared": GOOD}.get(one.verdict or "", "")
        yield SummaryLine(
            f"{numbered(one.events, 'event')}",
            f"{one.entity.value}  {_counts(one)}",
            tone,
            entity=one.entity,
        )
    yield from _more(len(found) - layout.most)


def _counts(one: EntitySummary) -> str:
    risky = f"risky {one.risky_succeeded:,} ok"
    risky += f" {one.risky_failed:,} failed" if one.risky_failed else ""
    other = f"other {one.other_succeeded:,} ok"
    other += f" {one.other_failed:,} failed" if one.other_failed else ""
    parts = [risky] if one.risky_succeeded or one.risky_failed else []
    parts.append(other)
    parts += [one.verdict.upper()] if one.verdict else []
    return f"({'; '.join(parts)})"


def _where(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    found = summary.addresses
    yield SummaryLine(
        "",
        f"{numbered(len(found), 'address', 'es')}, {numbered(len(summary.regions), 'Region')}, "
        f"{numbered(len(summary.accounts), 'account')}; those with the most kinds of "
        "risky calls first",
    )
    yield from _entities(sorted(found, key=_by_verdict_and_risk), layout)
    for kind, listed in (("Regions", summary.regions), ("accounts", summary.accounts)):
        if listed:
            yield SummaryLine(kind, _named([(one.name, one.events) for one in listed], layout))


def _what(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    calls = [(one.name, one.events) for one in summary.calls]
    yield SummaryLine("", f"{len(calls):,} different calls; {_failed(summary.calls)} failed")
    if calls:
        yield SummaryLine("most often", _named(calls, layout))
    errors = summary.errors
    if errors:
        named = _named([(one.name, one.events) for one in errors], layout)
        yield SummaryLine("errors", named, WARNING, error=errors[0].name)


def _failed(calls: Sequence[NameCount]) -> str:
    return f"{sum(one.failed for one in calls):,}"


def _named(counted: Sequence[tuple[str, int]], layout: Layout) -> str:
    shown = ", ".join(f"{name or '(none)'} {events:,}" for name, events in counted[: layout.most])
    more = len(counted) - layout.most
    return f"{shown} and {more:,} more" if more > 0 else shown


def _risky(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    found = summary.risky
    if not found:
        yield SummaryLine("", "none of the calls that are known as an attacker's", QUIET)
        return
    told = f"{numbered(len(found), 'call')}; changing ones first, of the fewest principals first"
    yield SummaryLine("", told)
    for one in found[: layout.most + 3]:
        tone = WARNING if one.changes and one.succeeded else ""
        yield SummaryLine(_times(one), _risky_words(one, layout), tone, call=one.name)
    yield from _more(len(found) - layout.most - 3)


def _times(one: RiskyCall) -> str:
    if not one.failed:
        return f"{one.succeeded:,} ok"
    if not one.succeeded:
        return f"{one.failed:,} failed"
    return f"{one.succeeded:,} ok {one.failed:,} failed"


def _risky_words(one: RiskyCall, layout: Layout) -> str:
    by = f"by {one.principals:,}" if one.principals != 1 else "by one"
    when = f", {layout.show_time(one.first_ms)}" if one.first_ms is not None else ""
    attack = f" [{', '.join(one.attack[:2])}]" if one.attack else ""
    return f"{one.name} ({one.source.removesuffix('.amazonaws.com')}) {by}{when}{attack}"


def _findings(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    rules = ", ".join(
        f"{number:,} {severity}"
        for severity in SEVERITIES
        if (number := sum(1 for one in summary.detections if one.severity == severity))
    )
    if not summary.rules_ran:
        rules = "no rule was run yet"
    yield SummaryLine("", f"of rules: {rules or 'none'}; alerts: {len(summary.alerts):,}")
    for stored in summary.alerts[: layout.most]:
        found = stored.finding
        severity = found.severity_word or "alert"
        tone = GRAVE if severity in ("critical", "high") else WARNING
        yield SummaryLine(
            severity, f"{found.type}: {found.title}", tone, finding=str(stored.number)
        )
    yield from _more(len(summary.alerts) - layout.most)
    for one in summary.detections[: layout.most]:
        tone = GRAVE if one.severity in ("critical", "high") else WARNING
        about = f", {one.about}" if one.about else ""
        value = f"{one.name} {one.title} ({numbered(one.events, 'event')}{about})"
        yield SummaryLine(one.severity, value, tone, finding=one.name)
    yield from _more(len(summary.detections) - layout.most)


def _indicators(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    listed = [one for one in summary.judged if one.verdict != "cleared"]
    cleared = len(summary.judged) - len(listed)
    if not summary.judged:
        yield SummaryLine("", "nothing was given or judged yet", QUIET)
        return
    listed.sort(key=lambda one: one.verdict != "indicator")
    malicious = sum(1 for one in listed if one.verdict == "indicator")
    told = f"{malicious:,} judged malicious, {len(listed) - malicious:,} given, {cleared:,} cleared"
    yield SummaryLine("", told)
    for one in listed[: layout.most]:
        tone = GRAVE if one.verdict == "indicator" else ""
        why = f"  ({one.reason})" if one.reason else ""
        yield SummaryLine(
            one.verdict, f"{one.entity.kind} {one.entity.value}{why}", tone, entity=one.entity
        )
    yield from _more(len(listed) - layout.most)


def _actions(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    found = summary.actions
    if not found:
        yield SummaryLine("", "nothing was planned or done", QUIET)
        return
    states: dict[str, int] = {}
    for one in found:
        states[one.state] = states.get(one.state, 0) + 1
    yield SummaryLine("", ", ".join(f"{number:,} {state}" for state, number in states.items()))
    for one in found[-layout.most :]:
        tone = GRAVE if one.state in ("failed", "unknown", "not-holding") else ""
        yield SummaryLine(one.state, f"#{one.id} {one.name} {one.target}", tone)
    yield from _more(len(found) - layout.most)


def _blind(summary: CaseSummary, layout: Layout) -> Iterator[SummaryLine]:
    blind = summary.blind
    if blind.in_short:
        yield SummaryLine("", f"Nobody saw whole: {blind.in_short}.", WARNING)
    for sentence in blind.sentences[: layout.most]:
        yield SummaryLine("", sentence, WARNING)
    if not blind.in_short and not blind.sentences:
        yield SummaryLine("", "All of the window was looked at.", GOOD)
    yield from _more(len(blind.sentences) - layout.most)


def _more(left: int) -> Iterator[SummaryLine]:
    if left > 0:
        yield SummaryLine("", f"… and {left:,} more", QUIET)
