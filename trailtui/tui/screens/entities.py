"""Who and what occurs in the case: counts, risky calls, first and last seen, verdicts."""

from typing import ClassVar

from textual.binding import BindingType

from trailtui.case.coverage import looked_at
from trailtui.case.entities import EntitySummary
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.case.sessions import Session
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError
from trailtui.tui.commands import Command, bindings
from trailtui.tui.entity_lines import (
    EntityDetail,
    Row,
    entity_columns,
    entity_lines,
    entity_of_row,
    read_entities,
    read_entity,
    read_known,
    read_sessions,
)
from trailtui.tui.event_rows import EventSource
from trailtui.tui.filter_line import FilterLine, parse_filter
from trailtui.tui.places import Place, State
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.tabs import TABS, neighbour, tab_line
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import plain
from trailtui.tui.widgets.rows import RowsView

MOST = 1000
_GROUP = "Entities"
ENTITY_COMMANDS = (
    Command("pivot", "x", "Its events in the timeline", _GROUP, "timeline"),
    Command("sessions", "s", "The sessions beneath the principal, or not", _GROUP, "sessions"),
    Command("filter", "slash", "Among which events", _GROUP, "filter", "FILTER"),
    Command("indicator", "I", "Judge it malicious", _GROUP, "indicator", "REASON"),
    Command("cleared", "C", "Judge it harmless", _GROUP, "cleared", "REASON"),
    Command("copy", "c,y", "Copy the value", _GROUP),
)


class EntitiesScreen(PanesScreen[Row]):
    """The entities of one kind at a time."""

    VIEW = "entities"
    OFFERED = (*ENTITY_COMMANDS, *TABS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        self._known: dict[str, str] = {}
        """What is known of addresses."""
        columns = entity_columns(
            lambda: self.console.local_time, lambda address: self._known.get(address, "")
        )
        super().__init__(session, RowsView(columns, id="entities"))
        self.kind = ENTITY_KINDS[0]
        self.filter = FilterLine()
        self._told = ""
        self._found: list[EntitySummary] = []
        self._beneath: dict[str, list[Session]] = {}
        """The sessions of the principals that are unfolded."""
        self._wanted_value = ""

    # Place

    def state(self) -> State:
        row = self._entity_row()
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
        row = self._entity_row()
        self._wanted_value = row.entity.value if row else ""
        self._read()

    def _read(self) -> None:
        kind, source = self.kind, EventSource(self.filter)
        self._told = "counting…"
        self._show_head()

        def read(case: Case) -> tuple[list[EntitySummary], str, dict[str, str]]:
            found = read_entities(case, kind, source.filter_for(case), MOST + 1)
            return found, "" if found else looked_at(case), read_known(case, found)

        self.work_in(self.session.slow, "entities", read, self._show)

    def _show(self, answer: tuple[list[EntitySummary], str, dict[str, str]]) -> None:
        found, looked, self._known = answer
        cut = len(found) > MOST
        self._found, self._beneath = found[:MOST], {}
        self.rows.say_empty(f"No {self.kind} occurs in the events that were chosen.\n\n{looked}")
        self._show_rows(self._wanted_value)
        self._told = (
            f"the {MOST:,} with the most events; there are more"
            if cut
            else (f"{len(found):,} found")
        )
        self._show_head()

    def _show_rows(self, wanted: str) -> None:
        """The entities, each followed by its sessions where they are unfolded."""
        rows: list[Row] = []
        at = 0
        for one in self._found:
            at = len(rows) if one.entity.value == wanted else at
            rows += [one, *self._beneath.get(one.entity.value, ())]
        self.rows.show_rows(rows, at=at, keep_top=True)

    def _entity_row(self) -> EntitySummary | None:
        """The entity under the cursor, or the one that the session there stands beneath."""
        row = self.rows.row
        if isinstance(row, Session):
            principal = row.principal
            return next((one for one in self._found if one.entity.value == principal), None)
        return row

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

    def do_sessions(self, _: str) -> None:
        row = self._entity_row()
        if row is None or self.kind != "principal":
            self.say("Sessions stand beneath principals: the first tab.")
            return
        name, source = row.entity.value, EventSource(self.filter)
        if self._beneath.pop(name, None) is not None:
            self._show_rows(name)
            return

        def show(found: list[Session]) -> None:
            self._beneath[name] = found
            self._show_rows(name)

        self.work_in(
            self.session.slow,
            "sessions",
            lambda case: read_sessions(case, name, source.filter_for(case)),
            show,
        )

    def do_pivot(self, _: str) -> None:
        row = self.rows.row
        if row is None:
            self.say("Nothing stands under the cursor.")
            return
        detail = self.detail.row if self.detail.has_focus else None
        entity = entity_of_row(row)
        if detail is not None and detail.entity is not None:
            entity = detail.entity
        line = FilterLine(since=self.filter.since, until=self.filter.until).with_entity(entity)
        if detail is not None and detail.condition:
            line = line.with_condition(detail.condition)
        self.console.go(Place("timeline", {"filter": line.text}))

    def do_indicator(self, argument: str) -> None:
        self._judge("indicator", argument)

    def do_cleared(self, argument: str) -> None:
        self._judge("cleared", argument)

    def _judge(self, verdict: str, reason: str) -> None:
        row = self.rows.row
        if row is None:
            self.say("Nothing stands under the cursor.")
            return
        entity = entity_of_row(row)
        if not reason:
            self.ask(
                f"{verdict}: why? (Enter for none)",
                lambda text: self._write_verdict(entity, verdict, text.strip()),
                empty_too=True,
            )
            return
        self._write_verdict(entity, verdict, reason)

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
        return (line.whole or line.value) if line else entity_of_row(row).value if row else ""

    # Detail

    def read_detail(self, row: Row) -> None:
        local, source = self.console.local_time, EventSource(self.filter)

        def show(found: EntityDetail) -> None:
            lines = entity_lines(row, found, local=local)
            self.detail.show_detail(entity_of_row(row), lambda _: lines)

        self.work_in(
            self.session.slow,
            "detail",
            lambda case: read_entity(case, row, source.filter_for(case)),
            show,
        )
