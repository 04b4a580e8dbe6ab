"""Rows with a strip in one column: left and right walk through the strip, part by part."""

from collections.abc import Sequence
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import GAP_CELLS, Column

R = TypeVar("R")
STRIP = "strip"
"""The name of the column that is walked through."""


class StripRows(RowsView[R]):
    """A list whose column `strip` has a cursor of its own."""

    def __init__(self, columns: Sequence[Column[R]], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(columns, id=id)
        self._part = 0

    @property
    def part(self) -> int | None:
        """The character of the strip under the cursor; None where the strip is not chosen."""
        return min(self._part, self.strip_width - 1) if self._on_strip else None

    @part.setter
    def part(self, value: int) -> None:
        self._part = max(0, value)
        self.refresh()

    @property
    def strip_width(self) -> int:
        """How many characters the strip has."""
        return next((cells for column, cells in self.layout_now if column.name == STRIP), 0)

    @property
    def _on_strip(self) -> bool:
        return self.column is not None and self.column.name == STRIP and self.strip_width > 0

    def choose_strip(self) -> None:
        """Stand in the strip."""
        names = [column.name for column, _ in self.layout_now]
        if STRIP in names:
            self.column_index = names.index(STRIP)

    def sideways(self, step: int) -> None:
        if not self._on_strip:
            super().sideways(step)
            return
        target = min(self._part, self.strip_width - 1) + step
        if target < 0:
            super().sideways(step)
        elif target < self.strip_width:
            self._part = target
            self._paint(self.index)
            self.post_message(self.Moved(self))

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        if self.part is None or not self.rows or y - 1 != self.cursor_line:
            return line
        before = 0
        for column, cells in self.layout_now:
            if column.name == STRIP:
                break
            before += cells + GAP_CELLS
        at = before + self.part
        head, here, tail = line.crop(0, at), line.crop(at, at + 1), line.crop(at + 1)
        shown = [Segment(segment.text, _HERE) for segment in here]
        return Strip([*head, *shown, *tail], line.cell_length)


_HERE = Style(bold=True, reverse=False, underline=True)
