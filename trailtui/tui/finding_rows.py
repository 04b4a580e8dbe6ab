"""Findings of rules and alerts from outside as rows of one list, the gravest first."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from trailtui.case.coverage import looked_at
from trailtui.case.detections import Detection, events_of, list_detections
from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.case.findings import StoredFinding, list_findings
from trailtui.case.journal import entries
from trailtui.model.entity import Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.finding import SEVERITIES
from trailtui.tui.event_rows import marks_of
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.showing import ASCII, labelled_time, show_time, zone_label
from trailtui.tui.widgets.table import Cell, Column

KINDS = ("all", "rules", "alerts")
MOST_EVENTS = 200
"""Events of a finding that its detail lists."""
_SEVERITY = {
    "critical": Cell("C!!" if ASCII else "C▲▲", "bold reverse red"),
    "high": Cell("H!" if ASCII else "H▲", "bold red"),
    "medium": Cell("M=" if ASCII else "M■", "yellow"),
    "low": Cell("L-" if ASCII else "L▪", "cyan"),
    "informational": Cell("I." if ASCII else "I·", "dim"),
}
_NO_SEVERITY = Cell("?", "")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding of a rule, or an alert."""

    name: str
    """d7 for a rule's finding, 3 for an alert: as the commands call them."""
    severity: str
    """Empty where its source says nothing."""
    kind: str
    title: str
    rule: str
    """The rule's id, or the alert's type."""
    about: str
    attack: tuple[str, ...]
    events: int | None
    """How many it rests on, or how often its source saw it."""
    first_ms: int | None
    last_ms: int | None
    of: Detection | StoredFinding

    @property
    def filter(self) -> FilterLine:
        """What leads to its events in the timeline."""
        if isinstance(self.of, Detection):
            return FilterLine(findings=(self.of.number,))
        return _filter_of_alert(self.of)


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a case, and what they rest on."""

    rows: tuple[FindingRow, ...]
    ran_ms: int | None
    """When rules ran last; None: never."""
    looked_at: str


def read_findings(case: Case) -> Findings:
    """Everything for the list; runs in a lane."""
    rows = [_of_rule(one) for one in list_detections(case)]
    rows += [_of_alert(one) for one in list_findings(case)]
    rows.sort(key=lambda row: (_rank(row.severity), row.first_ms or 0, row.name))
    runs = entries(case, kinds=("detect",))
    return Findings(tuple(rows), runs[-1].at_ms if runs else None, looked_at(case))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _of_rule(one: Detection) -> FindingRow:
    return FindingRow(
        one.name, one.severity, one.kind, one.title, one.rule, one.about, one.attack, one.events,
        one.first_ms, one.last_ms, one,
    )  # fmt: skip


def _of_alert(stored: StoredFinding) -> FindingRow:
    one = stored.finding
    about = next((entity.value for entity in one.entities), "")
    return FindingRow(
        str(stored.number), one.severity_word, one.kind, one.title or one.type, one.type, about,
        _techniques(one.types), one.count, one.first_ms, one.last_ms, stored,
    )  # fmt: skip


def _techniques(types: tuple[str, ...]) -> tuple[str, ...]:
    """ATT&CK ids in an alert's types, as Security Hub writes them (`TTPs/Persistence/T1098`)."""
    parts = [part for one in types for part in one.split("/")]
    return tuple(part for part in parts if part[:1] == "T" and part[1:5].isdigit())


def _filter_of_alert(stored: StoredFinding) -> FilterLine:
    """Whoever it names, in the time that it is about; the most telling kind of entity alone."""
    found, window = stored.finding, stored.finding.window
    line = FilterLine()
    for kind in ("credential", "principal", "ip", "resource", "account"):
        named = tuple(one for one in found.entities if one.kind == kind)
        if named:
            line = FilterLine(named)
            break
    since = "" if window.since_ms is None else _moment(window.since_ms)
    until = "" if window.until_ms is None else _moment(window.until_ms)
    return FilterLine(line.entities, since, until)


def _moment(at_ms: int) -> str:
    return show_time(at_ms // 1000 * 1000).replace(" ", "T") + "Z"


def finding_columns(is_local: Callable[[], bool]) -> tuple[Column[FindingRow], ...]:
    """The columns of the list; `is_local` tells the zone at the moment of drawing."""

    def zone() -> str:
        return zone_label(local=is_local())

    def number(row: FindingRow) -> Cell:
        return Cell(f"{row.events:>7,}" if row.events is not None else " " * 6 + "-")

    def time(at_ms: int | None) -> Cell:
        return Cell(show_time(at_ms, local=is_local())[5:16])

    return (
        Column("mark", "", severity_cell, 3, 3),
        Column("name", "no.", lambda row: Cell(row.name), 4, 6),
        Column("title", "finding", lambda row: Cell(row.title), 41, 60),
        Column("events", " events", number, 7, 9),
        Column("last", lambda: f"last, {zone()}", lambda row: time(row.last_ms), 11, 16, 1),
        Column("attack", "ATT&CK", lambda row: Cell(" ".join(row.attack)), 9, 20, 2),
        Column("about", "about", lambda row: Cell(row.about, tail=True), 24, 50, 3),
        Column("first", lambda: f"first, {zone()}", lambda row: time(row.first_ms), 11, 16, 4),
        Column("kind", "kind", lambda row: Cell(row.kind), 9, 11, 5),
        Column("rule", "rule", lambda row: Cell(_rule_word(row)), 16, 40, 6),
    )


def _rule_word(row: FindingRow) -> str:
    """A rule's name where it has one that tells something; the id of Sigma's stands in the
    detail."""
    return row.title if _UUID.fullmatch(row.rule) else row.rule


def severity_cell(row: FindingRow) -> Cell:
    """Letter, shape and colour of a severity."""
    return _SEVERITY.get(row.severity, _NO_SEVERITY)


# One finding in full


def finding_events(case: Case, row: FindingRow) -> list[EventRow]:
    """The first of the events that a rule's finding rests on; none for an alert."""
    if not isinstance(row.of, Detection):
        return []
    return by_ids(case, events_of(case, row.of.number)[:MOST_EVENTS])


def finding_lines(row: FindingRow, events: list[EventRow], *, local: bool) -> list[RecordLine]:
    """All that is known of a finding; an event's line has its row's id as `path`."""
    lines = [
        RecordLine(row.name, row.title, "bold"),
        RecordLine("severity", row.severity or "not said", severity_cell(row).style),
    ]
    lines.append(_entity_line("about", row.about))
    for label, at_ms in (("first", row.first_ms), ("last", row.last_ms)):
        if at_ms is not None:
            lines.append(RecordLine(label, labelled_time(at_ms, local=local)))
    if isinstance(row.of, Detection):
        lines += _rule_lines(row, row.of)
        lines += [RecordLine("", ""), RecordLine("EVENTS", f"{row.events:,}", "bold")]
        lines += [_event_line(event, local=local) for event in events]
        more = (row.events or 0) - len(events)
        if more > 0:
            lines.append(RecordLine("", f"… and {more:,} more: x shows all"))
    else:
        lines += _alert_lines(row.of)
    return lines


def _rule_lines(row: FindingRow, one: Detection) -> list[RecordLine]:
    lines = [RecordLine("counted", one.detail)] if one.detail else []
    lines += [
        RecordLine("what it means", one.description or "the rule does not say"),
        RecordLine("next step", one.next_step, "bold"),
        RecordLine("ATT&CK", ", ".join(row.attack) or "none named"),
        RecordLine("rule", f"{one.kind} {one.rule}"),
        RecordLine("from", one.origin or "trailtui"),
        RecordLine("sha256", one.rule_sha256),
    ]
    return lines


def _alert_lines(stored: StoredFinding) -> list[RecordLine]:
    one = stored.finding
    lines = [
        RecordLine("type", one.type),
        RecordLine("product", one.product or one.kind),
        RecordLine("what it means", one.description),
        RecordLine("where", f"{one.account} {one.region}".strip()),
        RecordLine("version", f"{stored.version} of {stored.versions}"),
        RecordLine("evidence", f"{stored.evidence} at {one.position or 'its beginning'}"),
    ]
    if one.count is not None:
        lines.append(RecordLine("seen", f"{one.count:,} times"))
    lines += [RecordLine("", ""), RecordLine("NAMES", f"{len(one.entities)}", "bold")]
    lines += [RecordLine(each.kind, each.value, entity=each) for each in one.entities]
    lines += [RecordLine(name, text) for name, text in one.details]
    lines += [RecordLine("lacks", sentence, "yellow") for sentence in one.missing]
    return [line for line in lines if line.value or not line.field]


def _event_line(event: EventRow, *, local: bool) -> RecordLine:
    weight = marks_of(event)[0].strip()
    parts = (event.name or "(no name)", event.principal, event.ip, event.error)
    told = "  ".join(part for part in (weight, *parts) if part)
    when = show_time(event.time_ms, local=local) or "no time"
    return RecordLine(when, told, "red" if event.error else "", path=f"#{event.id}")


def _entity_line(label: str, value: str) -> RecordLine:
    entity: Entity | None = None
    try:
        entity = guess_entity(value) if value else None
    except InputError:
        entity = None  # a group of fields, or a name that could be anything
    return RecordLine(label, value or "nobody in particular", entity=entity)
