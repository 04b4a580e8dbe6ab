"""How rows become lines: columns, what they take of the width, cells, segments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from trailtui.case.file import Case
from trailtui.tui.showing import fit, fit_tail

R = TypeVar("R")
GAP_CELLS = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in a row; `text` may come from a record, it is made safe where it is drawn."""

    text: str
    style: str = ""
    tail: bool = False
    """Whether its end matters more than its beginning (ARNs, paths)."""


@dataclass(frozen=True)
class Column(Generic[R]):
    """A column of rows of type R."""

    name: str
    title: str | Callable[[], str]
    """Asked anew each time where it changes, as the zone of times does."""
    cell: Callable[[R], Cell]
    least: int
    """Cells below which it is of no use."""
    most: int
    """Cells above which it needs no more."""
    rank: int = 0
    """0: always there; higher ones come, lowest first, as the width allows."""


@dataclass(frozen=True)
class RowPage(Generic[R]):
    """Rows in order, and whether there are more in the direction that was read."""

    rows: tuple[R, ...]
    has_more: bool


class RowSource(Protocol[R]):
    """Where rows come from, page by page. `page` runs in a lane, never on the event loop."""

    def page(
        self, case: Case, *, after: int | None, before: int | None, limit: int, newest_first: bool
    ) -> RowPage[R]:
        """Rows past (`after`) or just ahead of (`before`) a key, in the direction of reading."""
        ...

    def key(self, row: R) -> int:
        """What the order goes by; unique."""
        ...


def pages_around(
    source: RowSource[R], case: Case, at: int | None, *, limit: int, newest_first: bool
) -> tuple[RowPage[R], RowPage[R]]:
    """The page ahead of the row with the key `at`, and the one that begins with it.

    None: none, and the first page of all.
    """
    if at is None:
        first = source.page(case, after=None, before=None, limit=limit, newest_first=newest_first)
        return RowPage[R]((), False), first
    ahead = source.page(case, after=None, before=at, limit=limit, newest_first=newest_first)
    past = at + 1 if newest_first else at - 1
    on = source.page(case, after=past, before=None, limit=limit, newest_first=newest_first)
    return ahead, on


def choose_columns(columns: Sequence[Column[R]], width: int) -> list[tuple[Column[R], int]]:
    """The columns that fit, in their order, with the cells each gets."""
    chosen: list[Column[R]] = []
    used = 0
    for column in sorted(columns, key=lambda each: each.rank):
        needed = column.least + (GAP_CELLS if chosen else 0)
        if column.rank and used + needed > width:
            break
        chosen.append(column)
        used += needed
    widths = {column.name: column.least for column in chosen}
    _share_out(chosen, widths, width - used)
    return [(column, widths[column.name]) for column in columns if column.name in widths]


def _share_out(chosen: Sequence[Column[R]], widths: dict[str, int], spare: int) -> None:
    """Give spare cells, one after another, to the columns that can use more."""
    growing: list[Column[R]] = list(chosen)
    while spare > 0 and growing:
        growing = [each for each in growing if widths[each.name] < each.most]
        for column in growing[:spare]:
            widths[column.name] += 1
        spare -= len(growing[:spare])


def header_strip(layout: Sequence[tuple[Column[R], int]], current: int, width: int) -> Strip:
    """The titles; the current column's is in reverse."""
    segments: list[Segment] = []
    for at, (column, cells) in enumerate(layout):
        if at:
            segments.append(Segment(" " * GAP_CELLS, Style()))
        style = "bold underline" if at == current else "dim bold"
        title = column.title if isinstance(column.title, str) else column.title()
        segments.append(Segment(fit(title, cells), Style.parse(style)))
    return Strip(segments).adjust_cell_length(width, Style())


def row_strip(
    layout: Sequence[tuple[Column[R], int]],
    row: R,
    width: int,
    *,
    cursor_at: int | None,
    marked: bool,
) -> Strip:
    """One row; `cursor_at` is the current column where the cursor is on it, else None."""
    on_row = Style(reverse=True) if cursor_at is not None else Style()
    if marked:
        on_row += Style(bold=True, italic=True)
    segments: list[Segment] = []
    for at, (column, cells) in enumerate(layout):
        if at:
            segments.append(Segment(" " * GAP_CELLS, on_row))
        cell = column.cell(row)
        text = (fit_tail if cell.tail else fit)(cell.text, cells)
        style = Style.parse(cell.style) + on_row if cell.style else on_row
        if at == cursor_at:
            style += Style(bold=True, underline=True)
        segments.append(Segment(text, style))
    return Strip(segments).adjust_cell_length(width, on_row)
