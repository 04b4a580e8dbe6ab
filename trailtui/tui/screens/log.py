"""The action log, and whether its chain is whole."""

import json
from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from trailtui.case.file import Case
from trailtui.case.journal import ChainCheck, LogEntry, entries, verify_chain
from trailtui.tui.commands import Command, bindings
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import json_lines
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import plain, show_time, zone_label
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column

LOG_COMMANDS = (
    Command("filter", "slash", "Only entries that contain a text", "Log", "filter", "TEXT"),
    Command("copy", "c,y", "Copy the entry or the value", "Log", "copy"),
)
_GRAVE = {"armed", "action-intent", "action-outcome", "action-undone"}


class LogScreen(PanesScreen[LogEntry]):
    """Who did what, when; each entry bound to the one before it."""

    VIEW = "log"
    OFFERED = (*LOG_COMMANDS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session, RowsView(self._columns(), id="entries"))
        self.filter = ""
        self._wanted_seq: int | None = None

    def _columns(self) -> list[Column[LogEntry]]:
        def time(row: LogEntry) -> Cell:
            return Cell(show_time(row.at_ms, local=self.console.local_time))

        def zone() -> str:
            return zone_label(local=self.console.local_time)

        return [
            Column("seq", "seq", lambda row: Cell(f"{row.seq:>5}"), 5, 7),
            Column("at", zone, time, 19, 19),
            Column("kind", "kind", _kind, 16, 18),
            Column("what", "what", lambda row: Cell(_what(row)), 20, 200),
            Column("who", "who", lambda row: Cell(_who(row)), 14, 30, 1),
            Column("aws", "as", lambda row: Cell(_text(row.who, "aws_arn"), tail=True), 20, 50, 2),
            Column("hash", "hash", lambda row: Cell(row.hash[:12]), 12, 12, 3),
        ]

    def state(self) -> State:
        row = self.rows.row
        seq = row.seq if row else self._wanted_seq
        return {"filter": self.filter, "seq": seq, "detail": self.detail_open}

    def restore(self, state: State) -> None:
        self.filter = str(state.get("filter", ""))
        seq = state.get("seq")
        self._wanted_seq = seq if isinstance(seq, int) else None
        self.open_detail(bool(state.get("detail")))
        self.rows.show_waiting()
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.filter,)

    def case_changed(self) -> None:
        row = self.rows.row
        self._wanted_seq = row.seq if row and row is not self.rows.rows[-1] else None
        self._read()

    def _read(self) -> None:
        def read(case: Case) -> tuple[list[LogEntry], ChainCheck]:
            chain = entries(case)
            return chain, verify_chain(chain)

        self.work_in(self.session.slow, "log", read, self._show)

    def _show(self, answer: tuple[list[LogEntry], ChainCheck]) -> None:
        chain, check = answer
        word = self.filter.lower()
        shown = [each for each in chain if word in _searched(each)] if word else chain
        wanted = [each.seq for each in shown]
        at = wanted.index(self._wanted_seq) if self._wanted_seq in wanted else len(shown) - 1
        self.rows.say_empty(
            f"No entry contains {self.filter!r}; looked at all {len(chain):,} entries of the log."
            if self.filter
            else "The action log is empty: nothing was done in this case yet."
        )
        self.rows.show_rows(shown, at=max(0, at))
        self._show_head(len(shown), check)
        self.refresh_chrome()

    def _show_head(self, shown: int, check: ChainCheck) -> None:
        line = Text(no_wrap=True, overflow="ellipsis")
        if check.ok:
            line.append("V sound", "bold green")
            line.append_text(plain(f"  {check.entries:,} entries, head {check.head[:16]}", "dim"))
        else:
            line.append("X BROKEN", "bold reverse red")
            line.append_text(plain(f"  {check.reason}; the log can't be trusted from there on"))
        if self.filter:
            line.append_text(plain(f"  / {self.filter}: {shown:,}"))
        self.head.update(line)

    def do_filter(self, argument: str) -> None:
        if argument:
            self._filter(argument)
        else:
            self.ask("/", self._filter, initial=self.filter, empty_too=True)

    def _filter(self, text: str) -> None:
        self.console.go(Place(self.VIEW, {"filter": text.strip()}))

    def read_detail(self, row: LogEntry) -> None:
        self.detail.show_detail(row.seq, partial(json_lines, row.as_json()))

    def chosen_value(self) -> str:
        line, row = self.detail.row if self.detail.has_focus else None, self.rows.row
        if line is not None:
            return line.whole or line.value
        return json.dumps(row.as_json(), ensure_ascii=False) if row else ""


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _who(row: LogEntry) -> str:
    return f"{_text(row.who, 'os_user')}@{_text(row.who, 'host')}"


def _kind(row: LogEntry) -> Cell:
    return Cell(row.kind, "bold red" if row.kind in _GRAVE else "bold")


def _what(row: LogEntry) -> str:
    """The values of an entry in one line: `text=..., event=...`."""
    parts = [
        f"{key}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in row.what.items()
        if value not in (None, "", [], {})
    ]
    return "  ".join(parts)


def _searched(row: LogEntry) -> str:
    return f"{row.seq} {row.kind} {_who(row)} {json.dumps(row.what, ensure_ascii=False)}".lower()
