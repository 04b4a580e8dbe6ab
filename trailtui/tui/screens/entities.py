"""Who and what occurs in the case: counts, first and last seen, verdicts."""

from typing import ClassVar

from textual.binding import BindingType

from trailtui.case.coverage import looked_at
from trailtui.case.entities import EntitySummary, summarize_entities
from trailtui.case.file import Case
from trailtui.case.marks import JudgedEntity, judge_entity, judged_entities
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError
from trailtui.tui.commands import Command, bindings
from trailtui.tui.event_rows import EventSource
from trailtui.tui.filter_line import FilterLine, parse_filter
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.tabs import TABS, neighbour, tab_line
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import ASCII, labelled_time, plain, show_time, zone_label
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column

MOST = 1000
_GROUP = "Entities"
ENTITY_COMMANDS = (
    Command("pivot", "x", "Its events in the timeline", _GROUP, "timeline"),
    Command("filter", "slash", "Among which events", _GROUP, "filter", "FILTER"),
    Command("indicator", "I", "Judge it malicious", _GROUP, "indicator", "REASON"),
    Command("cleared", "C", "Judge it harmless", _GROUP, "cleared", "REASON"),
    Command("copy", "c,y", "Copy the value", _GROUP),
)
_VERDICTS = {
    "given": Cell("G given", "cyan"),
    "indicator": Cell("I indicator" if ASCII else "I✖ indicator", "bold red"),
    "cleared": Cell("C cleared" if ASCII else "C✓ cleared", "green"),
}


class EntitiesScreen(PanesScreen[EntitySummary]):
    """The entities of one kind at a time."""

    VIEW = "entities"
    OFFERED = (*ENTITY_COMMANDS, *TABS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session, RowsView(self._columns(), id="entities"))
        self.kind = ENTITY_KINDS[0]
        self.filter = FilterLine()
        self._told = ""
        self._wanted_value = ""

    def _columns(self) -> list[Column[EntitySummary]]:
        def zone() -> str:
            return zone_label(local=self.console.local_time)

        def first(row: EntitySummary) -> Cell:
            return Cell(show_time(row.first_ms, local=self.console.local_time))

        def last(row: EntitySummary) -> Cell:
            return Cell(show_time(row.last_ms, local=self.console.local_time))

        return [
            Column("value", "value", lambda row: Cell(row.entity.value, tail=True), 20, 90),
            Column("events", " events", lambda row: Cell(f"{row.events:>7,}"), 7, 10),
            Column("errors", " errors", _errors, 7, 10),
            Column("verdict", "verdict", _verdict, 12, 12),
            Column("last", lambda: f"last, {zone()}", last, 19, 19, 1),
            Column("first", lambda: f"first, {zone()}", first, 19, 19, 2),
        ]

    # Place

    def state(self) -> State:
        row = self.rows.row
        return {
            "kind": self.kind,
            "filter": self.filter.text,
            "value": row.entity.value if row else self._wanted_value,
            "detail": self.detail_open,
        }

    def restore(self, state: State) -> None:
        kind = str(state.get("kind", ENTITY_KINDS[0]))
        self.kind = kind if kind in ENTITY_KINDS else ENTITY_KINDS[0]
        try:
            self.filter = parse_filter(str(state.get("filter", "")))
        except InputError as error:
            self.filter = FilterLine()
            self.fail(error)
        self._wanted_value = str(state.get("value", ""))
        self.open_detail(bool(state.get("detail")))
        self.rows.show_waiting()
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.kind, self.filter.text)

    def case_changed(self) -> None:
        row = self.rows.row
        self._wanted_value = row.entity.value if row else ""
        self._read()

    def _read(self) -> None:
        kind, source = self.kind, EventSource(self.filter)
        self._told = "counting…"
        self._show_head()

        def read(case: Case) -> tuple[list[EntitySummary], str]:
            found = summarize_entities(case, kind, source.filter_for(case), limit=MOST + 1)
            return found, "" if found else looked_at(case)

        self.work_in(self.session.slow, "entities", read, self._show)

    def _show(self, answer: tuple[list[EntitySummary], str]) -> None:
        found, looked = answer
        cut = len(found) > MOST
        values = [summary.entity.value for summary in found[:MOST]]
        wanted = self._wanted_value
        self.rows.say_empty(f"No {self.kind} occurs in the events that were chosen.\n\n{looked}")
        self.rows.show_rows(found[:MOST], at=values.index(wanted) if wanted in values else 0)
        self._told = (
            f"the {MOST:,} with the most events; there are more"
            if cut
            else (f"{len(found):,} found")
        )
        self._show_head()

    def _show_head(self) -> None:
        line = tab_line(ENTITY_KINDS, self.kind)
        among = f"/ {self.filter.text}" if self.filter.text else "among all events"
        line.append("\n")
        line.append_text(plain(f"{self._told}, {among}", "dim"))
        self.head.update(line)
        self.refresh_chrome()

    # Commands

    def do_next_tab(self, _: str) -> None:
        self._go_to_kind(neighbour(ENTITY_KINDS, self.kind, 1))

    def do_previous_tab(self, _: str) -> None:
        self._go_to_kind(neighbour(ENTITY_KINDS, self.kind, -1))

    def _go_to_kind(self, kind: str) -> None:
        self.want({**self.state(), "kind": kind, "value": "", "detail": False})

    def do_filter(self, argument: str) -> None:
        if not argument:
            self.ask("/", self._filter, initial=self.filter.text, empty_too=True)
        else:
            self._filter(argument)

    def _filter(self, text: str) -> None:
        state = {**self.state(), "filter": parse_filter(text).text, "value": ""}
        self.console.go(Place(self.VIEW, state))

    def do_pivot(self, _: str) -> None:
        row = self.rows.row
        if row is not None:
            line = FilterLine(since=self.filter.since, until=self.filter.until)
            self.console.go(Place("timeline", {"filter": line.with_entity(row.entity).text}))

    def do_indicator(self, argument: str) -> None:
        self._judge("indicator", argument)

    def do_cleared(self, argument: str) -> None:
        self._judge("cleared", argument)

    def _judge(self, verdict: str, reason: str) -> None:
        row = self.rows.row
        if row is None:
            return
        if not reason:
            self.ask(
                f"{verdict}: why? (Enter for none)",
                lambda text: self._write_verdict(row.entity, verdict, text.strip()),
                empty_too=True,
            )
            return
        self._write_verdict(row.entity, verdict, reason)

    def _write_verdict(self, entity: Entity, verdict: str, reason: str) -> None:
        def done(_: None) -> None:
            self.say(f"Judged {verdict}: {entity.value}")
            self.case_changed()

        self.work_in(
            self.session.write,
            "judge",
            lambda case: judge_entity(case, entity, verdict, reason),
            done,
            replace=False,
        )

    def chosen_value(self) -> str:
        line = self.detail.row if self.detail.has_focus else None
        row = self.rows.row
        return line.value if line else row.entity.value if row else ""

    # Detail

    def read_detail(self, row: EntitySummary) -> None:
        local = self.console.local_time

        def judged(case: Case) -> list[JudgedEntity]:
            return [each for each in judged_entities(case) if each.entity == row.entity]

        def show(found: list[JudgedEntity]) -> None:
            lines = _lines(row, found, local=local)
            self.detail.show_detail(row.entity, lambda _: lines)

        self.work_in(self.session.read, "detail", judged, show)


def _lines(row: EntitySummary, judged: list[JudgedEntity], *, local: bool) -> list[RecordLine]:
    lines = [
        RecordLine(row.entity.kind, row.entity.value, "bold"),
        RecordLine("events", f"{row.events:,}"),
        RecordLine("errors", f"{row.errors:,}", "red" if row.errors else ""),
    ]
    if row.first_ms is not None and row.last_ms is not None:
        lines.append(RecordLine("first seen", labelled_time(row.first_ms, local=local)))
        lines.append(RecordLine("last seen", labelled_time(row.last_ms, local=local)))
    for each in judged:
        lines.append(RecordLine("verdict", each.verdict, "bold"))
        lines.append(RecordLine("  why", each.reason or "no reason given"))
        lines.append(RecordLine("  since", labelled_time(each.at_ms, local=local)))
    lines.append(RecordLine("", ""))
    lines.append(RecordLine("", "x shows its events, I judges it malicious, C clears it"))
    return lines


def _errors(row: EntitySummary) -> Cell:
    return Cell(f"{row.errors:>7,}" if row.errors else " " * 6 + "-", "red" if row.errors else "")


def _verdict(row: EntitySummary) -> Cell:
    return _VERDICTS.get(row.verdict or "", Cell(""))
