"""Findings: what rules found and what alerts said, the gravest first; and running the rules."""

from typing import ClassVar

from textual.binding import BindingType

from trailtui.model.errors import UsageError
from trailtui.model.finding import SEVERITIES
from trailtui.tui.commands import Command, bindings
from trailtui.tui.detecting import DetectJob
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.finding_rows import (
    KINDS,
    FindingRow,
    Findings,
    finding_columns,
    finding_events,
    finding_lines,
    read_findings,
)
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.tabs import TABS, neighbour, tab_line
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import labelled_time, plain
from trailtui.tui.widgets.rows import RowsView

_GROUP, _RULES = "Findings", "Rules"
FINDING_COMMANDS = (
    Command("pivot", "x", "Its events, or the event under the cursor", _GROUP, "timeline"),
    Command("copy", "c,y", "Copy what names the finding", _GROUP),
    Command("run", "r", "Run all rules over the case", _RULES, "run rules"),
    Command("stop", "S", "Stop the run; nothing of it is kept", _RULES),
)


class FindingsScreen(PanesScreen[FindingRow]):
    """The findings of a case, one of them in full."""

    VIEW = "findings"
    OFFERED = (*FINDING_COMMANDS, *TABS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        columns = finding_columns(lambda: self.console.local_time)
        super().__init__(session, RowsView(columns, id="findings"))
        self.kind = KINDS[0]
        self._found: Findings | None = None
        self._wanted_name = ""

    # Place

    def state(self) -> State:
        row = self.rows.row
        return {
            "kind": self.kind,
            "name": row.name if row else self._wanted_name,
            "detail": self.detail_open,
        }

    def restore(self, state: State) -> None:
        kind = str(state.get("kind", ""))
        self.kind = kind if kind in KINDS else KINDS[0]
        self._wanted_name = str(state.get("name", ""))
        self.open_detail(bool(state.get("detail")))
        self.rows.show_waiting()
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.kind,)

    def case_changed(self) -> None:
        row = self.rows.row
        self._wanted_name = row.name if row else self._wanted_name
        self._read()

    def _read(self) -> None:
        self._show_head()
        self.work_in(self.session.read, "findings", read_findings, self._show)

    def _show(self, found: Findings) -> None:
        self._found = found
        rows = [row for row in found.rows if self._is_wanted(row)]
        names = [row.name for row in rows]
        at = names.index(self._wanted_name) if self._wanted_name in names else 0
        self.rows.say_empty(self._nothing(found))
        self.rows.show_rows(rows, at=at, keep_top=True)
        self._show_head()
        self.read_open()

    def _is_wanted(self, row: FindingRow) -> bool:
        return self.kind == "all" or row.name.startswith("d") == (self.kind == "rules")

    def _nothing(self, found: Findings) -> str:
        if self.kind == "alerts":
            cure = f"`trailtui collect {self.session.name} findings` brings alerts."
            return f"No alert is in this case.\n\n{cure}"
        if found.ran_ms is None:
            return "No rule was run over this case yet: r runs all of them."
        return f"No hits.\n\n{found.looked_at}"

    def _show_head(self) -> None:
        line = tab_line(KINDS, self.kind)
        line.append("\n")
        line.append_text(plain(self._told(), "dim"))
        self.head.update(line)
        self.refresh_chrome()

    def _told(self) -> str:
        if self._found is None:
            return "reading…"
        graves = [
            f"{number:,} {severity}"
            for severity in SEVERITIES
            if (number := sum(1 for row in self._found.rows if row.severity == severity))
        ]
        ran_ms = self._found.ran_ms
        ran = (
            "rules were never run"
            if ran_ms is None
            else f"rules ran last at {labelled_time(ran_ms, local=self.console.local_time)}"
        )
        return f"{', '.join(graves) or 'none'}; {ran}"

    def zone_changed(self) -> None:
        super().zone_changed()
        self._show_head()

    # Commands

    def do_next_tab(self, _: str) -> None:
        self._go_to(neighbour(KINDS, self.kind, 1))

    def do_previous_tab(self, _: str) -> None:
        self._go_to(neighbour(KINDS, self.kind, -1))

    def _go_to(self, kind: str) -> None:
        self.want({"kind": kind})
        self.moved()

    def do_pivot(self, _: str) -> None:
        row = self.rows.row
        if row is None:
            self.say("No finding stands under the cursor.")
            return
        line = self.detail.row if self.detail.has_focus else None
        state: dict[str, object] = {"filter": row.filter.text}
        if line is not None and line.entity is not None:
            state = {"filter": FilterLine().with_entity(line.entity).text}
        elif line is not None and line.path.startswith("#"):
            state["row"] = int(line.path.removeprefix("#"))
        self.console.go(Place("timeline", state))

    def do_run(self, _: str) -> None:
        session, console = self.session, self.console
        if session.detecting is not None and session.detecting.running:
            raise UsageError("the rules are running already", cure="S stops them.")
        console.telling.put_away()
        session.detecting = DetectJob(session.detect, console.background_changed)
        console.show_background()

    def do_stop(self, _: str) -> None:
        job = self.session.detecting
        if job is None or not job.running:
            self.say("No rules are running; r runs them.")
            return
        job.stop()
        self.console.show_background()

    def chosen_value(self) -> str:
        line, row = self.detail.row if self.detail.has_focus else None, self.rows.row
        if line is not None:
            return line.whole or line.value
        return f"finding {row.name} {row.rule}: {row.title}" if row else ""

    # Detail

    def read_detail(self, row: FindingRow) -> None:
        local = self.console.local_time

        def show(found: list[RecordLine]) -> None:
            self.detail.show_detail(row.name, lambda _: found)

        self.work_in(
            self.session.read,
            "detail",
            lambda case: finding_lines(row, finding_events(case, row), local=local),
            show,
        )
