"""One thing in full, an event or an entry, line by line; objects fold, long values wrap."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import BindingType

from trailtui.tui.commands import Command, bindings
from trailtui.tui.record_lines import EventDetail, RecordLine, wrapped_lines
from trailtui.tui.widgets.moving import MOVING
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column, choose_columns

LineMaker = Callable[[frozenset[str]], Iterable[RecordLine]]
"""Gives the lines of a thing, given the folds that were changed."""
_FIELD = 26
FOLDING = (
    Command("fold", "h,left", "Fold what the line holds", "Record"),
    Command("unfold", "l,right", "Unfold it", "Record"),
)


def _field(line: RecordLine) -> Cell:
    mark = "" if line.folded is None else "+ " if line.folded else "- "
    style = "bold" if line.style == "bold" and not line.value else "cyan"
    return Cell(f"{mark}{line.field}" if mark else line.field, style)


def _value(line: RecordLine) -> Cell:
    return Cell(line.value, line.style)


class RecordView(RowsView[RecordLine]):
    """The lines of an event."""

    OFFERED = (*(c for c in MOVING if c.name not in ("left", "right", "choose")), *FOLDING)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(FOLDING)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        columns = (
            Column[RecordLine]("field", "field", _field, 14, _FIELD),
            Column[RecordLine]("value", "value", _value, 16, 9999),
        )
        super().__init__(columns, id=id)
        self._make: LineMaker | None = None
        self._key: object = None
        self._flipped: set[str] = set()
        self.of_event: EventDetail | None = None
        """The event that is shown, where it is one."""

    def show_detail(
        self, key: object, make: LineMaker, *, of_event: EventDetail | None = None
    ) -> None:
        """Show the lines that `make` gives; the same `key` again stays at its line."""
        same = self._key == key
        if not same:
            self._flipped = set()
        self._key, self._make, self.of_event = key, make, of_event
        self._rebuild(self.index if same else 0)

    def lay_out(self) -> None:
        super().lay_out()
        self._rebuild(self.index)

    def do_fold(self, _: str) -> None:
        self._fold(folded=True)

    def do_unfold(self, _: str) -> None:
        self._fold(folded=False)

    def _fold(self, *, folded: bool) -> None:
        line = self.row
        if line is not None and line.folded is not None and line.folded != folded:
            self._flipped ^= {line.path}
            self._rebuild(self.index)

    def _rebuild(self, at: int) -> None:
        if self._make is None or not self.size.width:
            return
        layout = choose_columns(self.columns, self.size.width)
        width = next(cells for column, cells in layout if column.name == "value")
        flipped = frozenset(self._flipped)
        lines = wrapped_lines(self._make(flipped), width, flipped)
        self.show_rows(lines, at=at, keep_top=True)
