"""A list of rows that holds a window of a few pages, however many there are.

Rows come from a RowSource by keyset, so that the millionth page costs what the first does. Moving
past the window's edge asks for the next page in a lane; what is left of the movement is done when
the page is there. Only the lines that change are painted.
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
from trailtui.tui.widgets.table import (
    Column,
    RowPage,
    RowSource,
    choose_columns,
    header_strip,
    row_strip,
)

R = TypeVar("R")
A = TypeVar("A")
WINDOW = 1200
"""Rows kept at most."""


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
        self._rows: list[R] = []
        self._source: RowSource[R] | None = None
        self._lane: Lane | None = None
        self._newest_first = False
        self._cursor = 0
        self._top = 0
        self._column = 0
        self._more = {-1: False, 1: False}
        self._asked = {-1: False, 1: False}
        self._owed = 0
        self._past_end = 0
        """Blank lines that are left under the last row, so that a row stays on its line."""
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
        self._rows = list(rows)
        self._more = {-1: False, 1: False}
        self._first_answer = True
        self._top = min(self._top, at) if keep_top else 0
        self._cursor = max(0, min(at, len(self._rows) - 1))
        self._settle()

    def show_waiting(self) -> None:
        """Show that rows are being read; `show_rows` follows."""
        self._source, self._rows, self._cursor, self._top = None, [], 0, 0
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
        self._owed = 0
        self._asked = {-1: False, 1: False}
        self._first_answer = False
        if not keep:
            self._rows, self._cursor, self._top = [], 0, 0
            self.refresh()
        size = self._chunk()

        def read(case: Case) -> tuple[RowPage[R], RowPage[R]]:
            nothing = RowPage[R]((), False)
            if at is None:
                return nothing, source.page(
                    case, after=None, before=None, limit=size, newest_first=newest_first
                )
            ahead = source.page(case, after=None, before=at, limit=size, newest_first=newest_first)
            past = at + 1 if newest_first else at - 1
            on = source.page(case, after=past, before=None, limit=size, newest_first=newest_first)
            return ahead, on

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
            line = self._cursor - self._top
            self.show_source(
                source,
                lane,
                newest_first=self._newest_first,
                at=source.key(row),
                line=line,
                keep=True,
            )

    def say_empty(self, text: str) -> None:
        """What is shown where there are no rows."""
        self._empty = text
        if not self._rows:
            self.refresh()

    @property
    def layout_now(self) -> list[tuple[Column[R], int]]:
        """The columns that are shown, with their cells."""
        return self._shown

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def rows(self) -> tuple[R, ...]:
        """The rows at hand: a window of the source."""
        return tuple(self._rows)

    @property
    def in_view(self) -> tuple[R | None, R | None]:
        """The rows that stand just outside of the screen's first and last; None: there is none."""
        last = self._top + self._height()
        before = self._rows[self._top - 1] if self._top > 0 else None
        after = self._rows[last] if last < len(self._rows) else None
        return before, after

    @property
    def index(self) -> int:
        """The cursor's place among the rows at hand."""
        return self._cursor

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
        for at, present in enumerate(self._rows):
            if self._source.key(present) == key:
                self._rows[at] = row
                self._paint(at)

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        row = self.row
        if row is not None and self._source is not None:
            key = self._source.key(row)
            if self.marked.pop(key, None) is None:
                self.marked[key] = row
            self._paint(self._cursor)

    def chosen_rows(self) -> list[R]:
        """All marked rows, wherever they are, else the one under the cursor."""
        if self.marked:
            return [self.marked[key] for key in sorted(self.marked)]
        return [self.row] if self.row is not None else []

    # Pages

    def _begin(self, ahead: RowPage[R], on: RowPage[R], line: int | None) -> None:
        self._first_answer = True
        self._rows = [*ahead.rows, *on.rows]
        self._more = {-1: ahead.has_more, 1: on.has_more}
        self._cursor = min(len(ahead.rows), max(0, len(self._rows) - 1))
        self._top = max(0, self._cursor - (self._height() // 3 if line is None else line))
        beyond = max(0, self._top - max(0, len(self._rows) - self._height()))
        self._past_end = 0 if line is None else beyond  # the row stays on its line
        self._settle()

    def _settle(self) -> None:
        self._keep_visible()
        self.refresh()
        self.post_message(self.Moved(self))

    def _fetch(self, direction: int) -> None:
        """Ask for the next page in a direction, unless there is none or it was asked for."""
        source, lane = self._source, self._lane
        if source is None or lane is None or not self._more[direction] or self._asked[direction]:
            return
        self._asked[direction] = True
        edge = source.key(self._rows[-1 if direction > 0 else 0])
        size, newest_first = self._chunk(), self._newest_first

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
        source = self._source
        self._asked[direction] = False
        if source is None or not self._rows:
            return
        if edge != source.key(self._rows[-1 if direction > 0 else 0]):
            return  # the window moved on meanwhile
        self._more[direction] = page.has_more
        if direction > 0:
            self._rows += page.rows
            surplus = min(len(self._rows) - WINDOW, self._top)
            if surplus > 0:
                del self._rows[:surplus]
                self._cursor -= surplus
                self._top -= surplus
                self._more[-1] = True
        else:
            self._rows[:0] = page.rows
            self._cursor += len(page.rows)
            self._top += len(page.rows)
            last_needed = self._top + 2 * self._height()
            if len(self._rows) > max(WINDOW, last_needed):
                del self._rows[max(WINDOW, last_needed) :]
                self._more[1] = True
        owed, self._owed = self._owed, 0
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
        self._asked = {-1: False, 1: False}
        self._owed = 0
        cast("WorkingScreen", self.screen).fail(error)
        self.refresh()

    def _chunk(self) -> int:
        return max(100, 2 * self._height())

    # Moving

    def move(self, lines: int) -> None:
        """Move the cursor; past the rows at hand, go on as soon as the next page is there."""
        if not self._rows:
            return
        wanted = self._cursor + lines
        last = len(self._rows) - 1
        target = max(0, min(wanted, last))
        direction = 1 if lines > 0 else -1
        if wanted != target and self._more[direction]:
            self._owed += wanted - target
            self._fetch(direction)
        self._go_to(target)

    def _go_to(self, target: int) -> None:
        before, top = self._cursor, self._top
        self._cursor = target
        self._keep_visible()
        if self._top != top:
            self.refresh()
        else:
            self._paint(before)
            self._paint(target)
        height = self._height()
        if target + 2 * height >= len(self._rows):
            self._fetch(1)
        if target - 2 * height < 0:
            self._fetch(-1)
        if before != target:
            self.post_message(self.Moved(self))

    def _keep_visible(self) -> None:
        """Scroll by a third of a page at the edge: each repaint costs a page of bytes."""
        height = self._height()
        if self._cursor < self._top:
            self._top = max(0, self._cursor - (height // 3 if self._cursor else 0))
        elif self._cursor >= self._top + height:
            self._top = self._cursor - height + 1 + height // 3
        self._past_end = max(0, min(self._past_end, self._top - max(0, len(self._rows) - height)))
        self._top = max(0, min(self._top, max(0, len(self._rows) - height) + self._past_end))

    def page(self, pages: float) -> None:
        """Move window and cursor together by pages."""
        lines = int(self._height() * pages) or (1 if pages > 0 else -1)
        self._top = max(0, min(self._top + lines, len(self._rows) - self._height()))
        self.refresh()
        self.move(lines)

    def edge(self, *, end: bool) -> None:
        """To the first or last row of all, wherever the window stands."""
        source, lane = self._source, self._lane
        if source is None or lane is None or not self._more[1 if end else -1]:
            self._go_to(max(0, len(self._rows) - 1) if end else 0)
            return
        size, newest_first = self._chunk(), self._newest_first
        # the end is the beginning read the other way round
        reverse = newest_first != end

        def read(case: Case) -> RowPage[R]:
            return source.page(case, after=None, before=None, limit=size, newest_first=reverse)

        self._ask(lane, "begin", read, lambda page: self._take_edge(page, end=end))

    def _take_edge(self, page: RowPage[R], *, end: bool) -> None:
        self._owed = 0
        self._rows = list(reversed(page.rows)) if end else list(page.rows)
        self._more = {-1: end and page.has_more, 1: not end and page.has_more}
        self._cursor = max(0, len(self._rows) - 1) if end else 0
        self._top = max(0, len(self._rows) - self._height()) if end else 0
        self._settle()

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
            self._paint(self._cursor)
            self.refresh(Region(0, 0, self.size.width, 1))
            self.post_message(self.Moved(self))

    # Painting

    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _paint(self, at: int) -> None:
        """Paint the line of one row anew."""
        y = at - self._top + 1
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
        self._keep_visible()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return header_strip(self._shown, self._column, width)
        at = self._top + y - 1
        if at >= len(self._rows):
            return self._beyond(y, width)
        row = self._rows[at]
        marked = self._source is not None and self._source.key(row) in self.marked
        cursor_at = self._column if at == self._cursor else None
        return row_strip(self._shown, row, width, cursor_at=cursor_at, marked=marked)

    def _beyond(self, y: int, width: int) -> Strip:
        """What stands where there are no rows: nothing, or why there are none."""
        if not self._rows and y >= 2:
            text = "Reading…" if self.waiting else self._empty
            paragraphs = (wrap(part, max(10, width - 4)) or [""] for part in text.split("\n"))
            lines = [line for paragraph in paragraphs for line in paragraph]
            if y - 2 < len(lines):
                shown = safe(lines[y - 2])
                return Strip([Segment(f"  {shown}", Style())]).adjust_cell_length(width, Style())
        return Strip.blank(width, Style())
