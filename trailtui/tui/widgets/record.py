"""One event in full: fields, places, record; lines can be folded, values wrapped."""

from typing import ClassVar

from textual.binding import BindingType

from trailtui.tui.commands import Command, bindings
from trailtui.tui.record_lines import EventDetail, RecordLine, detail_lines
from trailtui.tui.widgets.rows import MOVING, RowsView
from trailtui.tui.widgets.table import Cell, Column, choose_columns

_FIELD = 26
FOLDING = (
    Command("fold", "h,left", "Fold what the line holds", "Record", short="fold"),
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
        self._detail: EventDetail | None = None
        self._flipped: set[str] = set()
        self._local = False

    @property
    def detail(self) -> EventDetail | None:
        """The event that is shown."""
        return self._detail

    def show_detail(self, detail: EventDetail, *, local: bool) -> None:
        """Show an event; the same one again stays at its line."""
        same = self._detail is not None and self._detail.row.id == detail.row.id
        if not same:
            self._flipped = set()
        self._detail, self._local = detail, local
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
        if self._detail is None or not self.size.width:
            return
        layout = choose_columns(self.columns, self.size.width)
        width = next(cells for column, cells in layout if column.name == "value")
        lines = detail_lines(self._detail, width, frozenset(self._flipped), local=self._local)
        self.show_rows(lines, at=at, keep_top=True)
