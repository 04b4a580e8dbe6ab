"""The rows that a step found, as a list: any columns, wider than the screen where need be."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from trailtui.model.entity import ENTITY_KINDS, Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.playbook.template import Scalar
from trailtui.tui.showing import ASCII, ERROR, PINNED, WRITE, show_time, zone_label
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column

LEFT, RIGHT = ("<", ">") if ASCII else ("‹", "›")  # noqa: RUF001
_MORE = Style(bold=True, reverse=True)
TIME_CELLS = 19
WIDEST = 48
_KINDS = {
    "sourceipaddress": "ip",
    "ip": "ip",
    "accesskeyid": "credential",
    "credential": "credential",
    "createdaccesskeyid": "credential",
    "useridentity.accesskeyid": "credential",
    "principal": "principal",
    "useridentity.arn": "principal",
    "useragent": "agent",
    "agent": "agent",
    "awsregion": "region",
    "recipientaccountid": "account",
    "account": "account",
    "useridentity.accountid": "account",
}
"""What kind of entity a column of that name holds, where its values don't tell by themselves."""

_EVENT_FIRST = {"eventtime": 0, "eventname": 1, "sourceipaddress": 2, "errorcode": 3}
"""Columns that come first, in this order, whatever the query's: a narrow screen has few."""
_HOST = ".amazonaws.com"

StyledLine: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of a step's result."""

    key: int
    each: str | None
    columns: tuple[str, ...]
    cells: tuple[Scalar, ...]
    event: int | None
    """The row id of the event behind it."""
    pinned: bool

    def value(self, column: str) -> Scalar:
        """What stands in a column; None where the row has none of that name."""
        if column == EACH_COLUMN:
            return self.each
        return self.cells[self.columns.index(column)] if column in self.columns else None

    @property
    def values(self) -> dict[str, Scalar]:
        """Everything in the row, what is out of sight included, by its column."""
        first = {} if self.each is None else {EACH_COLUMN: self.each}
        return {**first, **dict(zip(self.columns, self.cells, strict=False))}


@dataclass(frozen=True, slots=True)
class ResultTable:
    """All rows of a result, and what is to be said with them."""

    columns: tuple[str, ...] = ()
    rows: tuple[ResultRow, ...] = ()
    says: tuple[StyledLine, ...] = field(default=())
    several: bool = False
    """Whether it came out of several runs, each for a value."""
    ran_ms: int | None = None


EACH_COLUMN = "for"


class ResultRows(RowsView[ResultRow]):
    """A list whose first columns can be pushed out to the left, to see the last ones."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__([], id=id)
        self.local = False
        self._table = ResultTable()
        self._pushed = 0

    def show_table(self, table: ResultTable, *, at: int, keep_top: bool = False) -> None:
        """Show a result with the cursor on the row at index `at`; the same one where it stands."""
        if table.columns != self._table.columns:
            self._pushed = 0
            self.column_index = 1
        self._table = table
        self._place_columns()
        self.show_rows(table.rows, at=at, keep_top=keep_top)

    def zone_changed(self) -> None:
        """Lay the columns out anew, as their titles name the zone."""
        self._place_columns()

    def entity(self) -> Entity:
        """What the value under the cursor is, to go to its timeline.

        Raises InputError where it is nothing one can go to.
        """
        row, column = self.row, self.column
        value = row.value(column.name) if row and column else None
        if column is None or value is None or value == "":
            raise InputError("there is no value under the cursor", cure="h and l choose one.")
        kind = _KINDS.get(column.name.casefold())
        if kind in ENTITY_KINDS:
            return Entity(kind, str(value))
        try:
            return guess_entity(str(value))
        except InputError:
            raise InputError(
                f"{column.name} names nobody and nothing to follow",
                cure="h and l choose another value: an address, a credential, a principal.",
            ) from None

    def do_right(self, _: str) -> None:
        at_edge = self._column >= len(self._shown) - 1
        names = [column.name for column in self._all()]
        if at_edge and self._shown and self._shown[-1][0].name != names[-1]:
            self._push(1)
        else:
            super().do_right(_)

    def do_left(self, _: str) -> None:
        if self._column <= 1 and self._pushed:
            self._push(-1)
        elif self._column > 1:
            super().do_left(_)

    def render_line(self, y: int) -> Strip:
        """In the head, at either end, how many columns are out of sight there."""
        line = super().render_line(y)
        if y or not self._shown:
            return line
        names = [column.name for column in self._all()]
        beyond = len(names) - 1 - names.index(self._shown[-1][0].name)
        before = f"{LEFT}{self._pushed} " if self._pushed else ""
        after = f" +{beyond}{RIGHT}" if beyond else ""
        middle = line.crop(len(before), max(len(before), line.cell_length - len(after)))
        return Strip([Segment(before, _MORE), *middle, Segment(after, _MORE)], line.cell_length)

    def _push(self, step: int) -> None:
        """Bring the next hidden column into sight; the mark stays where it is."""
        before = self.column.name if self.column else ""
        self._pushed = max(0, self._pushed + step)
        self._place_columns()
        names = [column.name for column, _ in self._shown]
        target = names[-1] if step > 0 else names[min(1, len(names) - 1)]
        # moving right, the value next to the one before; moving left, the one that came back
        self.column_index = names.index(target) if target != before else self._column

    def _place_columns(self) -> None:
        columns = self._all()
        self.set_columns([*columns[:1], *columns[1 + self._pushed :]] if columns else [])

    def _all(self) -> list[Column[ResultRow]]:
        """The mark, what it was run for, and the result's own columns; the first ones first."""
        table = self._table
        if not table.columns:
            return []
        ordered = sorted(table.columns, key=lambda name: _EVENT_FIRST.get(name.casefold(), 9))
        named = [EACH_COLUMN, *ordered] if table.several else ordered
        mark: Column[ResultRow] = Column("mark", "", _mark, 2, 2)
        return [mark, *(self._column_of(name, rank) for rank, name in enumerate(named))]

    def _column_of(self, name: str, rank: int) -> Column[ResultRow]:
        sample = [row.value(name) for row in self._table.rows[:200]]
        is_time = any(_moment_ms(value) is not None for value in sample)
        title = (lambda: f"{name} {zone_label(local=self.local)}") if is_time else name
        longest = max((len(_shown(name, value)) for value in sample), default=0)
        widest = TIME_CELLS if is_time else max(len(name), min(longest, WIDEST))
        least = TIME_CELLS if is_time else min(widest, 9 if name == EACH_COLUMN else 14)

        def cell(row: ResultRow) -> Cell:
            value = row.value(name)
            at_ms = _moment_ms(value) if is_time else None
            if at_ms is not None:
                return Cell(show_time(at_ms, local=self.local))
            text = _shown(name, value)
            wrong = name.casefold().startswith("error") and bool(text)
            return Cell(
                text,
                "bold red" if wrong else "",
                tail=name == EACH_COLUMN or text.startswith("arn:"),
            )

        return Column(name, title, cell, least, max(widest, least), rank)


def _mark(row: ResultRow) -> Cell:
    if row.pinned:
        return Cell(PINNED, "bold cyan")
    if row.value("errorCode"):
        return Cell(ERROR, "bold red")
    return Cell(WRITE, "yellow") if row.value("readOnly") is False else Cell("")


def _shown(name: str, value: Scalar) -> str:
    """A value as its cell has it; in full it stands in the detail."""
    text = "" if value is None else str(value)
    return text.removesuffix(_HOST) if name.casefold() == "eventsource" else text


def _moment_ms(value: object) -> int | None:
    """Milliseconds of a full UTC time as queries give it; None for anything else."""
    if not isinstance(value, str) or not (19 <= len(value) <= 30) or value[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return int(moment.timestamp() * 1000)
