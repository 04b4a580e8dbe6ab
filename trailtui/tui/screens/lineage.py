"""The tree of a credential: what came out of it, what still works, what answers for it."""

from typing import ClassVar

from textual.binding import BindingType

from trailtui.case.events import EventRow
from trailtui.case.file import Case
from trailtui.lineage.contained import give_reason
from trailtui.lineage.drawing import summary
from trailtui.tui.commands import Command, bindings
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.lineage_lines import (
    LineageRow,
    Shown,
    detail_lines,
    first_credential,
    lineage_columns,
    read_events,
    read_lineage,
)
from trailtui.tui.places import Place, State
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import plain
from trailtui.tui.widgets.rows import RowsView

_GROUP = "Lineage"
LINEAGE_COMMANDS = (
    Command("credential", "slash", "Whose tree is shown", _GROUP, "credential", "CREDENTIAL"),
    Command("pivot", "x", "Its events in the timeline", _GROUP, "timeline"),
    Command("descend", "D", "The tree of the row's credential alone", _GROUP),
    Command("reason", "r", "Say why the row needs no action", _GROUP, "reason", "REASON"),
    Command("copy", "c,y", "Copy the value", _GROUP),
)


class LineageScreen(PanesScreen[LineageRow]):
    """One tree, and one of its nodes in full."""

    VIEW = "lineage"
    OFFERED = (*LINEAGE_COMMANDS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session, RowsView(lineage_columns(), id="lineage"))
        self.credential = ""
        self.shown: Shown | None = None
        self._told = ""
        self._wanted_row = ""

    # Place

    def state(self) -> State:
        row = self.rows.row
        return {
            "credential": self.credential,
            "row": row.id if row else self._wanted_row,
            "detail": self.detail_open,
        }

    def restore(self, state: State) -> None:
        self.credential = str(state.get("credential", ""))
        self._wanted_row = str(state.get("row", ""))
        self.open_detail(bool(state.get("detail")))
        self.rows.show_waiting()
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.credential,)

    def case_changed(self) -> None:
        row = self.rows.row
        self._wanted_row = row.id if row else ""
        self._read()

    def _read(self) -> None:
        wanted = self.credential
        self._told = "following the events…"
        self._show_head()

        def read(case: Case) -> tuple[str, Shown | None]:
            credential = wanted or first_credential(case)
            return credential, read_lineage(case, credential) if credential else None

        self.work_in(self.session.slow, "lineage", read, self._show)

    def _show(self, answer: tuple[str, Shown | None]) -> None:
        self.credential, self.shown = answer
        if self.shown is None:
            self._told = "no credential is in question yet"
            self.rows.say_empty(
                "The alert named no credential and none was judged malicious. "
                "/ asks for one: an access key id, the ARN of a user or role, an instance id."
            )
            self.rows.show_rows([])
        else:
            rows = list(self.shown.rows)
            ids = [row.id for row in rows]
            at = ids.index(self._wanted_row) if self._wanted_row in ids else 0
            self._told = f"{summary(self.shown.tree)}, {self.shown.unanswered:,} not answered for"
            self.rows.show_rows(rows, at=at)
        self._show_head()
        self.read_open()

    def _show_head(self) -> None:
        self.head.update(plain(self._told, "dim"))
        self.refresh_chrome()

    # Commands

    def do_credential(self, argument: str) -> None:
        if not argument:
            self.ask("credential: ", self._go_to, initial=self.credential)
        else:
            self._go_to(argument)

    def _go_to(self, text: str) -> None:
        self.console.go(Place(self.VIEW, {"credential": text.strip()}))

    def do_descend(self, _: str) -> None:
        row = self.rows.row
        if row is not None and row.line is not None:
            self._go_to(row.line.node.id)
        else:
            self.say("What stands here is no credential: it has no tree of its own.")

    def do_pivot(self, _: str) -> None:
        row, line = self.rows.row, self.detail.row if self.detail.has_focus else None
        entity = line.entity if line and line.entity else row.entity if row else None
        if entity is None:
            self.say("What stands here is no entity that events name.")
            return
        self.console.go(Place("timeline", {"filter": FilterLine().with_entity(entity).text}))

    def do_reason(self, argument: str) -> None:
        row = self.rows.row
        if row is None or not row.demanded:
            self.say("Nothing has to answer for this row.")
        elif not argument:
            self.ask("no action needed, because: ", lambda text: self._give_reason(row, text))
        else:
            self._give_reason(row, argument)

    def _give_reason(self, row: LineageRow, reason: str) -> None:
        shown = self.shown
        if shown is None:
            return

        def done(_: None) -> None:
            self.say(f"Written down for {row.id}")
            self.case_changed()

        def write(case: Case) -> None:
            give_reason(case, shown.tree, row.id, reason)

        self.work_in(self.session.write, "reason", write, done, replace=False)

    def chosen_value(self) -> str:
        line = self.detail.row if self.detail.has_focus else None
        row = self.rows.row
        return (line.whole or line.value) if line else row.id if row else ""

    # Detail

    def read_detail(self, row: LineageRow) -> None:
        local, shown = self.console.local_time, self.shown
        if shown is None:
            return

        def read(case: Case) -> list[EventRow]:
            return read_events(case, shown, row)

        def show(events: list[EventRow]) -> None:
            lines = detail_lines(shown, row, events, local=local)
            self.detail.show_detail(row.id, lambda _: lines)

        self.work_in(self.session.read, "detail", read, show)
