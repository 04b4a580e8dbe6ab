"""Events as rows of a list: the source that pages them, and the columns that show them."""

from collections.abc import Callable
from dataclasses import replace

from trailtui.case.event_table import COLUMNS, event_cells
from trailtui.case.events import Compiled, EventFilter, EventRow, count, page
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.showing import CONFLICT, ERROR, PINNED, WRITE, show_time, zone_label
from trailtui.tui.widgets.table import Cell, Column, RowPage

ENTITY_OF_COLUMN = {
    "principal": "principal", "accessKeyId": "credential", "sourceIPAddress": "ip",
    "userAgent": "agent", "account": "account", "awsRegion": "region",
}  # fmt: skip
"""The kind of entity that a column's values are."""
_PLACE = {name: at for at, name in enumerate(COLUMNS)}


class EventSource:
    """The events that meet a filter, page by page."""

    def __init__(self, line: FilterLine) -> None:
        self._chosen = line.resolve()
        self._condition = line.condition
        self._compiled: Compiled | None = None
        self._prepared: set[int] = set()

    def page(
        self, case: Case, *, after: int | None, before: int | None, limit: int, newest_first: bool
    ) -> RowPage[EventRow]:
        """Rows past `after` or ahead of `before`; runs in a lane."""
        found = page(
            case,
            self.filter_for(case),
            after=after,
            before=before,
            limit=limit,
            newest_first=newest_first,
        )
        return RowPage(found.rows, found.has_more)

    def key(self, row: EventRow) -> int:
        """The id of the row, which is in time order."""
        return row.id

    def count(self, case: Case) -> int:
        """How many events meet the filter."""
        return count(case, self.filter_for(case))

    def next_error(self, case: Case, row: EventRow, *, forward: bool) -> EventRow | None:
        """The nearest event after or before `row` that failed."""
        chosen = replace(self.filter_for(case), errors=True)
        found = (
            page(case, chosen, after=row.id, limit=1)
            if forward
            else page(case, chosen, before=row.id, limit=1)
        ).rows
        return found[0] if found else None

    def filter_for(self, case: Case) -> EventFilter:
        """The whole filter, its condition compiled and made known to this connection."""
        if not self._condition:
            return self._chosen
        if id(case) not in self._prepared:
            # sqlglot is imported here, at the first condition, in a lane
            from trailtui.query.where import compile_where

            self._compiled = compile_where(case, self._condition)
            self._prepared.add(id(case))
        return replace(self._chosen, where=self._compiled)


def time_key(at_ms: int) -> int:
    """The key that stands before all events of this second."""
    return at_ms // 1000 << 31


def event_columns(is_local: Callable[[], bool]) -> tuple[Column[EventRow], ...]:
    """The columns of the timeline; `is_local` tells the zone at the moment of drawing."""

    def time(row: EventRow) -> Cell:
        return Cell(show_time(row.time_ms, local=is_local()) or "no time", _tone(row))

    def text(
        name: str, title: str, least: int, most: int, rank: int, *, tail: bool = False
    ) -> Column[EventRow]:
        def cell(row: EventRow) -> Cell:
            return Cell(value_of(row, name), _tone(row), tail)

        return Column(name, title, cell, least, most, rank)

    return (
        Column("marks", "", _marks, 4, 4, 0),
        Column("eventTime", lambda: zone_label(local=is_local()), time, 19, 19, 0),
        text("eventName", "event", 17, 32, 0),
        Column("principal", "principal", _principal, 11, 40, 0),
        text("sourceIPAddress", "address", 15, 24, 1),
        text("errorCode", "error", 8, 24, 2),
        text("accessKeyId", "credential", 20, 20, 3),
        text("awsRegion", "region", 14, 14, 4),
        text("eventSource", "source", 20, 28, 5),
        text("account", "account", 12, 12, 6),
        text("userAgent", "user agent", 20, 60, 7),
        text("tags", "tags", 10, 20, 8),
        text("seen", "seen", 4, 4, 9),
    )


def value_of(row: EventRow, column: str) -> str:
    """The value of an event in one of COLUMNS, as text."""
    if column not in _PLACE:
        return ""
    value = event_cells(row)[_PLACE[column]]
    return "" if value is None else str(value)


def entity_of(row: EventRow, column: str) -> Entity | None:
    """The entity that stands in a column of an event; None where it is none."""
    kind, value = ENTITY_OF_COLUMN.get(column), value_of(row, column)
    return Entity(kind, value) if kind and value else None


def marks_of(row: EventRow) -> tuple[str, str]:
    """What stands out of an event, as letters with shapes: its weight, and what was done to it."""
    weight = ERROR if row.error else WRITE if row.read_only is False else "  "
    done = PINNED if row.pinned else CONFLICT if row.conflict else "T " if row.tags else "  "
    return weight, done


def _marks(row: EventRow) -> Cell:
    weight, done = marks_of(row)
    style = "bold" if row.pinned else _tone(row)
    return Cell(weight + done, style)


def _tone(row: EventRow) -> str:
    """Colour that only repeats what the marks say."""
    if row.error:
        return "red"
    if row.conflict:
        return "magenta"
    return "yellow" if row.read_only is False else ""


def _principal(row: EventRow) -> Cell:
    """Its last part, the name: that is what tells principals apart in a narrow column."""
    value = row.principal or ""
    return Cell(value.rsplit("/", 1)[-1].rsplit(":", 1)[-1] or value, _tone(row))
