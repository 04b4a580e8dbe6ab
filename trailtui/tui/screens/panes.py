"""A list, and one of its rows in full: beside it where there is room, else in its place."""

from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from trailtui.tui.commands import Command
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.record import RecordView
from trailtui.tui.widgets.rows import RowsView

R = TypeVar("R")
BESIDE = "-very-wide"
"""The class that a screen has where list and detail stand side by side."""

PANES = (
    Command("next-row", "J", "Next row, also while one is open", "Detail"),
    Command("previous-row", "K", "Row before, likewise", "Detail"),
    Command("other-pane", "o", "List or detail, where both are seen", "Detail"),
)


class PanesScreen(CaseScreen, Generic[R]):
    """A screen with a list `rows` and a `detail` that Enter opens and Esc closes."""

    CSS_PATH = ["base.tcss", "panes.tcss"]  # noqa: RUF012 - as Textual declares it

    def __init__(self, session: CaseSession, rows: RowsView[R]) -> None:
        super().__init__(session)
        self.rows = rows
        self.detail = RecordView(id="detail")
        self.panes = Horizontal(id="panes")
        self.head = Static("", id="head")
        """What stands above the list: the filter, the tabs, the numbers."""

    def compose_body(self) -> ComposeResult:
        yield self.head
        with self.panes:
            yield self.rows
            yield self.detail

    def read_detail(self, row: R) -> None:
        """Read what there is about a row, and show it in `detail`."""

    @property
    def detail_open(self) -> bool:
        """Whether one row is shown in full."""
        return self.panes.has_class("-detail")

    @property
    def beside(self) -> bool:
        """Whether list and detail are both seen when the detail is open."""
        return self.has_class(BESIDE)

    def home(self) -> Widget | None:
        return self.detail if self.detail_open and not self.beside else self.rows

    def open_detail(self, wanted: bool) -> None:
        """Show the row under the cursor in full, or the list alone."""
        self.panes.set_class(wanted, "-detail")
        self.focus_home()
        self.read_open()
        self.refresh_chrome()

    def close_something(self) -> bool:
        if self.detail.has_focus and self.beside:
            self.set_focus(self.rows)
            self.refresh_chrome()
            return True
        if not self.detail_open:
            return False
        self.open_detail(False)
        self.moved()
        return True

    def on_rows_view_chosen(self) -> None:
        if self.detail_open:
            self.set_focus(self.detail)
        else:
            self.open_detail(True)
            self.moved()

    def on_rows_view_moved(self, message: RowsView.Moved) -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        if message.rows is self.rows:
            self.read_open()
            self.moved()

    def read_open(self) -> None:
        """Read the detail anew, where it is open."""
        row = self.rows.row
        if self.detail_open and row is not None:
            self.read_detail(row)

    def do_next_row(self, _: str) -> None:
        self.rows.move(1)

    def do_previous_row(self, _: str) -> None:
        self.rows.move(-1)

    def do_other_pane(self, _: str) -> None:
        if not self.detail_open:
            self.say("Nothing is open beside the list: Enter opens the row under the cursor.")
        elif self.beside:
            self.set_focus(self.rows if self.detail.has_focus else self.detail)
            self.refresh_chrome()
        else:
            self.say("List and detail stand side by side from 140 columns; Esc goes to the list.")

    def zone_changed(self) -> None:
        self.rows.refresh()
        self.read_open()

    def resized(self) -> None:
        """Where the panes stand may have changed, and with it who has the focus."""
        if self.detail_open and not self.prompt.display:
            self.call_after_refresh(self.focus_home)
