"""Events in time order: filter, read, mark, pivot."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from trailtui.case.coverage import looked_at
from trailtui.case.covered import BlindSpot
from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import parse_moment
from trailtui.tui.blind_spots import View, line_of, of_entities, read_blind_spots
from trailtui.tui.commands import bindings
from trailtui.tui.event_rows import EventSource, entity_of, event_columns, time_key, value_of
from trailtui.tui.filter_line import FilterLine, parse_filter, sql_text
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import EventDetail, RecordLine, event_lines, read_event
from trailtui.tui.screens.event_marks import MARKING, NO_EVENT, MarksEvents
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.timeline_commands import TIMELINE
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import fit, plain
from trailtui.tui.widgets.rows import RowsView

_NARROWING = {"eventName": "eventName", "eventSource": "eventSource", "errorCode": "errorCode"}
"""Columns whose value is no entity but can narrow the timeline, and their field."""


class TimelineScreen(PanesScreen[EventRow], MarksEvents):
    """The events that meet a filter, and one of them in full."""

    VIEW = "timeline"
    OFFERED = (*TIMELINE, *MARKING, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings((*TIMELINE, *PANES))]

    def __init__(self, session: CaseSession) -> None:
        columns = event_columns(lambda: self.console.local_time)
        super().__init__(session, RowsView(columns, id="events"))
        self.filter = FilterLine()
        self.newest_first = False
        self._told = ""
        self.source = EventSource(self.filter)
        self._blind: tuple[BlindSpot, ...] = ()
        self._blind_is_old = True

    # Place

    def state(self) -> State:
        row = self.rows.row
        return {
            "filter": self.filter.text,
            "newest_first": self.newest_first,
            "row": None if row is None else row.id,
            "column": self.rows.column_index,
            "detail": self.detail_open,
        }

    def restore(self, state: State) -> None:
        try:
            self.filter = parse_filter(str(state.get("filter", "")))
        except InputError as error:
            self.filter = FilterLine()
            self.fail(error)
        self.newest_first = bool(state.get("newest_first"))
        row, column = state.get("row"), state.get("column", 0)
        self.rows.column_index = column if isinstance(column, int) else 0
        self.open_detail(bool(state.get("detail")))
        self._read(row if isinstance(row, int) else None)

    def crumbs(self) -> tuple[str, ...]:
        return (self.filter.text,)

    def case_changed(self) -> None:
        self._blind_is_old = True
        if self.rows.row is None:
            self._read(None)
        else:
            self.rows.reload()
            self._count()

    # Reading

    def _read(self, at: int | None) -> None:
        self.source = EventSource(self.filter)
        self.rows.marked.clear()
        self.rows.show_source(self.source, self.session.read, newest_first=self.newest_first, at=at)
        self._told = "counting…"
        self._show_filter()
        self.refresh_chrome()
        self._count()

    def _count(self) -> None:
        source = self.source

        def read(case: Case) -> tuple[int, str]:
            found = source.count(case)
            return found, "" if found else looked_at(case)

        self.work_in(self.session.slow, "count", read, self._counted)

    def _counted(self, found: tuple[int, str]) -> None:
        number, looked = found
        self._told = f"{number:,} {'event' if number == 1 else 'events'}"
        self._show_filter()
        if self._blind_is_old:
            self._blind_is_old = False
            self.work_in(self.session.slow, "blind", read_blind_spots, self._take_blind)
        if not number:
            what = f"No event meets the filter: {self.filter.text}" if self.filter.text else ""
            cure = (
                "/ changes the filter, Esc goes back."
                if self.filter.text
                else "+ fetches events from AWS, `:collect files PATH` takes log files."
            )
            self.rows.say_empty(f"{what or 'No events.'}\n\n{looked}\n\n{cure}")

    def _take_blind(self, spots: tuple[BlindSpot, ...]) -> None:
        self._blind = spots
        self._show_filter()

    def _blind_line(self) -> str:
        """What nobody saw of the time that is on the screen."""
        before, after = self.rows.in_view
        ends = [None if row is None else row.time_ms for row in (before, after)]
        since, until = reversed(ends) if self.newest_first else ends
        spots = of_entities(self._blind, self.filter.entities)
        return line_of(spots, View(since, until), local=self.console.local_time)

    def on_rows_view_moved(self, message: RowsView.Moved) -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        super().on_rows_view_moved(message)
        if message.rows is self.rows and self._blind:
            self._show_filter()

    def _show_filter(self) -> None:
        order = "newest first" if self.newest_first else "oldest first"
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append_text(plain(f"{self._told}, {order}  ", "dim"))
        if marked := len(self.rows.marked):
            line.append(f"{marked} marked  ", "bold")
        line.append_text(plain(f"/ {self.filter.text}" if self.filter.text else "all events"))
        if blind := self._blind_line():
            cut = fit(blind, self.size.width or 80).rstrip()
            line.append("\n").append_text(plain(cut, "bold yellow"))
        self.head.update(line)

    def show_filter(self, line: FilterLine, *, at: int | None = None) -> None:
        """Go to the timeline with another filter; the present one stays in the history."""
        state = {**self.state(), "filter": line.text, "row": at, "detail": False}
        self.console.go(Place(self.VIEW, state))

    # Commands

    def do_filter(self, argument: str) -> None:
        if argument:
            self.show_filter(parse_filter(argument))
        else:
            self.ask(
                "/",
                lambda text: self.show_filter(parse_filter(text)),
                initial=self.filter.text,
                empty_too=True,
            )

    def do_errors(self, _: str) -> None:
        self.show_filter(replace(self.filter, errors=not self.filter.errors), at=self._row_id())

    def do_writes(self, _: str) -> None:
        self.show_filter(replace(self.filter, writes=not self.filter.writes), at=self._row_id())

    def do_pinned(self, _: str) -> None:
        self.show_filter(replace(self.filter, pinned=not self.filter.pinned), at=self._row_id())

    def do_order(self, _: str) -> None:
        self.newest_first = not self.newest_first
        self._read(self._row_id())

    def do_goto(self, argument: str) -> None:
        if argument:
            self.rows.jump(time_key(parse_moment(argument)))
        else:
            self.ask("go to time (UTC):", self.do_goto)

    def do_next_error(self, _: str) -> None:
        self._find_error(forward=not self.newest_first)

    def do_previous_error(self, _: str) -> None:
        self._find_error(forward=self.newest_first)

    def _find_error(self, *, forward: bool) -> None:
        row, source = self.rows.row, self.source
        if row is None:
            self.say(NO_EVENT)
            return

        def found(event: EventRow | None) -> None:
            if event is None:
                self.say("No further error in this direction.")
            else:
                self.rows.jump(event.id)

        self.work_in(
            self.session.read,
            "error",
            lambda case: source.next_error(case, row, forward=forward),
            found,
        )

    def do_pivot(self, argument: str) -> None:
        if argument:
            self.show_filter(parse_filter(argument))
            return
        line = self.detail.row if self.detail.has_focus else None
        row = self.rows.row
        if line is not None:
            self._pivot(line.entity, line.condition)
        elif row is not None and self.rows.column is not None:
            name = self.rows.column.name
            value = value_of(row, name)
            if name in ("eventTime", "marks"):
                self.show_filter(FilterLine(), at=row.id)
            elif name in _NARROWING and value:
                self._pivot(None, f"{_NARROWING[name]} = {sql_text(value)}")
            else:
                self._pivot(entity_of(row, name), "")
        else:
            self.say(NO_EVENT)

    def _pivot(self, entity: Entity | None, condition: str) -> None:
        if entity is not None:
            window = FilterLine(since=self.filter.since, until=self.filter.until)
            self.show_filter(window.with_entity(entity), at=self._row_id())
        elif condition:
            self.show_filter(self.filter.with_condition(condition), at=self._row_id())
        else:
            self.say("This value is nothing to pivot on; h and l choose another one.")

    # Detail

    def read_detail(self, row: EventRow) -> None:
        local = self.console.local_time

        def show(detail: EventDetail) -> None:
            self.detail.show_detail(
                row.id, partial(event_lines, detail, local=local), of_event=detail
            )

        self.work_in(self.session.read, "detail", lambda case: read_event(case, row), show)

    # For marking

    def chosen_events(self) -> list[EventRow]:
        if self.detail.has_focus and self.detail.of_event is not None:
            return [self.detail.of_event.row]
        return self.rows.chosen_rows()

    def chosen_value(self) -> str:
        line: RecordLine | None = self.detail.row if self.detail.has_focus else None
        if line is not None:
            return line.whole or line.value
        row, column = self.rows.row, self.rows.column
        return value_of(row, column.name) if row is not None and column is not None else ""

    def reread(self, rows: list[EventRow]) -> None:
        ids = [row.id for row in rows]

        def show(fresh: list[EventRow]) -> None:
            for row in fresh:
                self.rows.replace_row(row)
            self.read_open()

        self.work_in(self.session.read, "reread", lambda case: by_ids(case, ids), show)

    def do_mark(self, _: str) -> None:
        if self.rows.row is None:
            self.say(NO_EVENT)
            return
        self.rows.toggle_mark()
        self.rows.move(1)
        self._show_filter()

    def do_unmark(self, _: str) -> None:
        if not self.rows.marked:
            self.say("No row is marked; m marks one.")
        self.rows.marked.clear()
        self.rows.refresh()
        self._show_filter()

    def event_at_cursor(self) -> int | None:
        return self._row_id()

    def show_event(self, event: int) -> None:
        if self.filter.text:
            self.show_filter(FilterLine(), at=event)
            self.say("All events are shown; [ goes back to the filter.")
        else:
            self.open_detail(False)
            self.rows.jump(event)

    def _row_id(self) -> int | None:
        return self.rows.row.id if self.rows.row is not None else None
