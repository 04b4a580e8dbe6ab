"""The cases on this host: open one, make one."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from trailtui.case.events import count, first_and_last_ms
from trailtui.case.file import Case, case_folder, list_cases
from trailtui.model.errors import TrailtuiError
from trailtui.tui.commands import Command, bindings
from trailtui.tui.places import State
from trailtui.tui.screens.console import ConsoleScreen
from trailtui.tui.showing import show_time, zone_label
from trailtui.tui.views import CASES
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case file, as the list shows it."""

    path: Path
    changed_ms: int
    events: int | None = None
    first_ms: int | None = None
    last_ms: int | None = None
    state: str = ""


def read_cases() -> list[CaseLine]:
    """Every case of the folder, newest first; one that can't be read says why."""
    found: list[CaseLine] = []
    for path in list_cases():
        changed_ms = int(path.stat().st_mtime * 1000)
        try:
            with Case.open(path, readonly=True) as case:
                first, last = first_and_last_ms(case) or (None, None)
                state = "armed" if case.setting("armed") else "read-only"
                found.append(CaseLine(path, changed_ms, count(case), first, last, state))
        except TrailtuiError as error:
            found.append(CaseLine(path, changed_ms, state=f"unreadable: {error.what}"))
    return found


class CasesScreen(ConsoleScreen):
    """Where the console begins without a case."""

    VIEW = CASES
    HOME = "#cases"
    OFFERED = (Command("new-case", "a", "Make a case", "Case", short="new case"),)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self) -> None:
        super().__init__()
        self.rows = RowsView(self._columns(), id="cases")

    def compose_body(self) -> ComposeResult:
        yield self.rows

    def _columns(self) -> list[Column[CaseLine]]:
        def time(at_ms: int | None) -> Cell:
            return Cell(show_time(at_ms, local=self.console.local_time))

        return [
            Column("case", "case", lambda line: Cell(line.path.stem, "bold"), 16, 40),
            Column("events", "events", lambda line: Cell(_number(line.events)), 10, 12),
            Column("state", "state", _state, 20, 40, 1),
            Column("changed", "changed", lambda line: time(line.changed_ms), 19, 19, 2),
            Column("first", "first event", lambda line: time(line.first_ms), 19, 19, 3),
            Column("last", "last event", lambda line: time(line.last_ms), 19, 19, 4),
            Column("path", "file", lambda line: Cell(str(line.path), tail=True), 20, 60, 5),
        ]

    def restore(self, state: State) -> None:
        self.say(f"Reading {case_folder()}…")
        self.run_worker(self._read(str(state.get("case", ""))), group="cases", exclusive=True)

    async def _read(self, chosen: str) -> None:
        try:
            found = await asyncio.to_thread(read_cases)
        except OSError as error:
            self.fail(TrailtuiError(f"the folder can't be read: {error.strerror}"))
            return
        names = [str(line.path) for line in found]
        self.rows.say_empty(
            f"There is no case in {case_folder()} yet.\n\n"
            "a makes one here; `trailtui new NAME --alert FILE` makes one from an alert; "
            "`trailtui demo` shows one with a simulated incident."
        )
        self.rows.show_rows(found, at=names.index(chosen) if chosen in names else 0)
        zone = zone_label(local=self.console.local_time)
        cases = "case" if len(found) == 1 else "cases"
        self.say(f"{len(found)} {cases} in {case_folder()}   times in {zone}")

    def state(self) -> State:
        row = self.rows.row
        return {"case": str(row.path)} if row else {}

    def on_rows_view_chosen(self) -> None:
        row = self.rows.row
        if row:
            path = str(row.path)
            self.guarded(lambda: self.console.open_case(path))

    def do_new_case(self, argument: str) -> None:
        self.do_new(argument)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:>10,}"


def _state(line: CaseLine) -> Cell:
    style = "bold red" if line.state == "armed" else "" if line.state == "read-only" else "yellow"
    return Cell(line.state, style)
