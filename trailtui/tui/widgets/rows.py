"""A list of rows that holds a window of a few pages, however many there are.

Rows come from a RowSource by keyset, so that the millionth page costs what the first does. Moving
past the window's edge (`row_window`) asks for the next page in a lane; what is left of the movement
is done when the page is there. Only the lines that change are painted.
"""

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import ClassVar, Generic, TypeVar, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from trailtui.case.file import Case
from trailtui.model.errors import TrailtuiError
from trailtui.model.text import safe
from trailtui.tui.commands import bindings
from trailtui.tui.lane import Lane
from trailtui.tui.screens.working import WorkingScreen
from trailtui.tui.widgets.moving import MOVING, Moving
from trailtui.tui.widgets.row_window import RowWindow
from trailtui.tui.widgets.table import (
    Column,
    RowPage,
    RowSource,
    choose_columns,
    header_strip,
    pages_around,
    row_strip,
)

R = TypeVar("R")
A = TypeVar("A")


class RowsView(Moving, Widget, Generic[R], can_focus=True):
    """The list. Ask it with `show_source` or, where all rows are at hand, `show_rows`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MOVING)]

    class Moved(Message):
        """The cursor stands on another row or value, or the rows are others."""

        def __init__(self, rows: object) -> None:
            super().__init__()
            self.rows = rows

    class Chosen(Message):
        """Enter was pressed on a row."""

    def __init__(self, columns: Sequence[Column[R]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._shown: list[tuple[Column[R], int]] = []
        self._window = RowWindow[R](self._height)
        self._source: RowSource[R] | None = None
        self._lane: Lane | None = None
        self._newest_first = False
        self._column = 0
        self._first_answer = True
        self._empty = ""
        self.marked: dict[int, R] = {}
        """Marked rows by their keys, those outside of the window too."""

    # What is shown

    @property
    def columns(self) -> tuple[Column[R], ...]:
        """All columns, shown or not."""
        return self._columns

    def show_rows(self, rows: Sequence[R], *, at: int = 0, keep_top: bool = False) -> None:
        """Show rows that are all at hand, with the cursor on the one at index `at`."""
        self._source = None
        self._first_answer = True
        self._window.hold(rows, at=at, keep_top=keep_top)
        self._show_window()

    def show_waiting(self) -> None:
        """Show that rows are being read; `show_rows` follows."""
        self._source = None
        self._window.clear()
        self._first_answer = False
        self.refresh()

    def show_source(
        self,
        source: RowSource[R],
        lane: Lane,
        *,
        newest_first: bool = False,
        at: int | None = None,
        line: int | None = None,
        keep: bool = False,
    ) -> None:
        """Show a source from its beginning, or around the row with the key `at`.

        `line` is where on the screen that row is to stand; None: a third from the top. With
        `keep` the present rows stay to be seen until the new ones are there.
        """
        self._source, self._lane, self._newest_first = source, lane, newest_first
        self._window.forget_asked()
        self._first_answer = False
        if not keep:
            self._window.clear()
            self.refresh()
        size = self._window.page_rows

        def read(case: Case) -> tuple[RowPage[R], RowPage[R]]:
            return pages_around(source, case, at, limit=size, newest_first=newest_first)

        self._ask(lane, "begin", read, lambda pages: self._begin(*pages, line))

    def jump(self, key: int) -> None:
        """Stand on the row with this key, or the first one after it in reading order."""
        if self._source is not None and self._lane is not None:
            self.show_source(
                self._source, self._lane, newest_first=self._newest_first, at=key, keep=True
            )

    def reload(self) -> None:
        """Read the window again; the cursor stays on its row and line."""
        source, lane, row = self._source, self._lane, self.row
        if source is not None and lane is not None and row is not None:
            self.show_source(
                source,
                lane,
                newest_first=self._newest_first,
                at=source.key(row),
                line=self.cursor_line,
                keep=True,
            )

    def say_empty(self, text: str) -> None:
        """What is shown where there are no rows."""
        self._empty = text
        if not self._window.rows:
            self.refresh()

    @property
    def layout_now(self) -> list[tuple[Column[R], int]]:
        """The columns that are shown, with their cells."""
        return self._shown

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._window.row

    @property
    def rows(self) -> tuple[R, ...]:
        """The rows at hand: a window of the source."""
        return tuple(self._window.rows)

    @property
    def in_view(self) -> tuple[R | None, R | None]:
        """The rows that stand just outside of the screen's first and last; None: there is none."""
        return self._window.beside_screen

    @property
    def index(self) -> int:
        """The cursor's place among the rows at hand."""
        return self._window.cursor

    @property
    def cursor_line(self) -> int:
        """The line of the screen, from 0 on, on which the cursor's row stands."""
        return self._window.cursor - self._window.top

    @property
    def column(self) -> Column[R] | None:
        """The column of the value under the cursor."""
        return self._shown[self._column][0] if self._column < len(self._shown) else None

    @property
    def column_index(self) -> int:
        """The number of that column among those shown."""
        return self._column

    @column_index.setter
    def column_index(self, value: int) -> None:
        self._column = max(0, value)
        self.refresh()

    @property
    def waiting(self) -> bool:
        """Whether the first page is still on its way."""
        return not self._first_answer

    def replace_row(self, row: R) -> None:
        """Show a row anew whose marks changed."""
        if self._source is None:
            return
        key = self._source.key(row)
        if key in self.marked:
            self.marked[key] = row
        for at, present in enumerate(self._window.rows):
            if self._source.key(present) == key:
                self._window.rows[at] = row
                self._paint(at)

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        row = self.row
        if row is not None and self._source is not None:
            key = self._source.key(row)
            if self.marked.pop(key, None) is None:
                self.marked[key] = row
            self._paint(self.index)

    def chosen_rows(self) -> list[R]:
        """All marked rows, wherever they are, else the one under the cursor."""
        if self.marked:
            return [self.marked[key] for key in sorted(self.marked)]
        return [self.row] if self.row is not None else []

    # Pages

    def _begin(self, ahead: RowPage[R], on: RowPage[R], line: int | None) -> None:
        self._first_answer = True
        self._window.begin(ahead, on, line)
        self._show_window()

    def _show_window(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self))

    def _fetch(self, direction: int) -> None:
        """Ask for the next page in a direction, unless there is none or it was asked for."""
        source, lane = self._source, self._lane
        if source is None or lane is None or not self._window.asks(direction):
            return
        edge = source.key(self._window.edge_row(direction))
        size, newest_first = self._window.page_rows, self._newest_first

        def read(case: Case) -> tuple[int, RowPage[R]]:
            return edge, source.page(
                case,
                after=edge if direction > 0 else None,
                before=edge if direction < 0 else None,
                limit=size,
                newest_first=newest_first,
            )

        self._ask(lane, str(direction), read, lambda found: self._extend(direction, *found))

    def _extend(self, direction: int, edge: int, page: RowPage[R]) -> None:
        source, window = self._source, self._window
        window.answered(direction)
        if source is None or not window.rows:
            return
        if edge != source.key(window.edge_row(direction)):
            return  # the window moved on meanwhile
        owed = window.extend(direction, page)
        if owed:
            self.move(owed)

    def _ask(
        self, lane: Lane, part: str, task: Callable[[Case], A], then: Callable[[A], None]
    ) -> None:
        """Ask the lane; what a later source overtook is dropped."""
        source = self._source
        cast("WorkingScreen", self.screen).work_in(
            lane,
            f"rows {self.id} {part}",
            task,
            lambda found: then(found) if self._source is source else None,
            failed=self._failed,
        )

    def _failed(self, error: TrailtuiError) -> None:
        self._first_answer = True
        self._window.forget_asked()
        cast("WorkingScreen", self.screen).fail(error)
        self.refresh()

    # Moving

    def move(self, lines: int) -> None:
        """Move the cursor; past the rows at hand, go on as soon as the next page is there."""
        if not self._window.rows:
            return
        target, lacking = self._window.aim(lines)
        if lacking:
            self._fetch(lacking)
        self._go_to(target)

    def _go_to(self, target: int) -> None:
        before = self.index
        if self._window.go_to(target):
            self.refresh()
        else:
            self._paint(before)
            self._paint(target)
        for direction in self._window.running_short():
            self._fetch(direction)
        if before != target:
            self.post_message(self.Moved(self))

    def page(self, pages: float) -> None:
        """Move window and cursor together by pages."""
        lines = int(self._height() * pages) or (1 if pages > 0 else -1)
        self._window.scroll(lines)
        self.refresh()
        self.move(lines)

    def edge(self, *, end: bool) -> None:
        """To the first or last row of all, wherever the window stands."""
        source, lane = self._source, self._lane
        if source is None or lane is None or not self._window.has_more(1 if end else -1):
            self._go_to(self._window.last if end else 0)
            return
        size = self._window.page_rows
        # the end is the beginning read the other way round
        reverse = self._newest_first != end

        def read(case: Case) -> RowPage[R]:
            return source.page(case, after=None, before=None, limit=size, newest_first=reverse)

        self._ask(lane, "begin", read, lambda page: self._take_edge(page, end=end))

    def _take_edge(self, page: RowPage[R], *, end: bool) -> None:
        self._window.hold_edge(page, end=end)
        self._show_window()

    def choose(self) -> None:
        if self.row is not None:
            self.post_message(self.Chosen())

    def action_perform(self, name: str) -> None:
        screen = cast("WorkingScreen", self.screen)
        screen.quieten()
        screen.guarded(lambda: self.perform(name))

    def sideways(self, step: int) -> None:
        target = max(0, min(self._column + step, len(self._shown) - 1))
        if target != self._column:
            self._column = target
            self._paint(self.index)
            self.refresh(Region(0, 0, self.size.width, 1))
            self.post_message(self.Moved(self))

    # Painting

    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _paint(self, at: int) -> None:
        """Paint the line of one row anew."""
        y = at - self._window.top + 1
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def set_columns(self, columns: Sequence[Column[R]]) -> None:
        """Show other columns."""
        self._columns = tuple(columns)
        self.lay_out()

    def lay_out(self) -> None:
        """Choose the columns anew, for another width."""
        self._shown = choose_columns(self._columns, self.size.width)
        self._column = max(0, min(self._column, len(self._shown) - 1))
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        self.lay_out()
        self._window.keep_visible()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return header_strip(self._shown, self._column, width)
        at = self._window.top + y - 1
        if at >= len(self._window.rows):
            return self._beyond(y, width)
        row = self._window.rows[at]
        marked = self._source is not None and self._source.key(row) in self.marked
        cursor_at = self._column if at == self.index else None
        return row_strip(self._shown, row, width, cursor_at=cursor_at, marked=marked)

    def _beyond(self, y: int, width: int) -> Strip:
        """What stands where there are no rows: nothing, or why there are none."""
        if not self._window.rows and y >= 2:
            text = "Reading…" if self.waiting else self._empty
            paragraphs = (wrap(part, max(10, width - 4)) or [""] for part in text.split("\n"))
            lines = [line for paragraph in paragraphs for line in paragraph]
            if y - 2 < len(lines):
                shown = safe(lines[y - 2])
                return Strip([Segment(f"  {shown}", Style())]).adjust_cell_length(width, Style())
        return Strip.blank(width, Style())
