"""The case on one page; each line leads to the events behind it."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from trailtui.case.file import Case
from trailtui.tui.commands import Command, bindings
from trailtui.tui.filter_line import FilterLine, sql_text
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import ASCII, plain, show_time, zone_label
from trailtui.tui.widgets.record import RecordView

if TYPE_CHECKING:
    from trailtui.report.summary import CaseSummary
    from trailtui.report.summary_lines import SummaryLine

_GROUP = "Summary"
SUMMARY_COMMANDS = (
    Command("pivot", "x", "What is behind the line; so does Enter", _GROUP, "open"),
    Command("copy", "c,y", "Copy the line", _GROUP, "copy"),
)
_STYLES = {"grave": "bold red", "warning": "yellow", "good": "green", "quiet": "dim"}
_FINDING = "finding "


class SummaryScreen(CaseScreen):
    """Read anew when the case changes."""

    CSS_PATH = ["base.tcss", "summary.tcss"]  # noqa: RUF012 - as Textual declares it
    VIEW = "summary"
    OFFERED = SUMMARY_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.head = Static("", id="head", markup=False)
        self.page = RecordView(id="summary")
        self._summary: CaseSummary | None = None

    def compose_body(self) -> ComposeResult:
        yield self.head
        yield self.page

    def home(self) -> Widget | None:
        return self.page

    def state(self) -> State:
        return {"line": self.page.index}

    def restore(self, state: State) -> None:
        line = state.get("line")
        self._read(line if isinstance(line, int) else 0)

    def case_changed(self) -> None:
        self._read(None)

    def _read(self, line: int | None) -> None:
        """Read the case; stand on a line of the page then, or stay on the present one."""
        self._tell("reading…")

        def show(found: "CaseSummary") -> None:
            self._summary = found
            self._show()
            if line is not None and line > 0:
                self.page.move(line - self.page.index)

        self.work_in(self.session.slow, "summary", _read_summary, show)

    def _show(self) -> None:
        if self._summary is None:
            return
        from trailtui.report.summary_lines import Layout, summary_lines

        local = self.console.local_time
        layout = Layout(lambda at_ms: show_time(at_ms, local=local), ascii=ASCII)
        lines = _record_lines(summary_lines(self._summary, layout))
        self.page.show_detail("summary", lambda _: lines)
        self._tell(f"times in {zone_label(local=local)}")

    def _tell(self, text: str) -> None:
        self.head.update(plain(text, "dim"))
        self.refresh_chrome()

    def zone_changed(self) -> None:
        self._show()

    def on_rows_view_chosen(self) -> None:
        self.do_pivot("")

    def do_pivot(self, _: str) -> None:
        line = self.page.row
        if line is None:
            return
        if line.path.startswith(_FINDING):
            name = line.path.removeprefix(_FINDING)
            self.console.go(Place("findings", {"name": name, "detail": True}))
        elif line.entity is not None:
            self._to_timeline(FilterLine().with_entity(line.entity))
        elif line.condition:
            self._to_timeline(FilterLine(where=line.condition))
        else:
            self.say("There is nothing behind this line to go to.")

    def _to_timeline(self, chosen: FilterLine) -> None:
        self.console.go(Place("timeline", {"filter": chosen.text}))

    def chosen_value(self) -> str:
        line = self.page.row
        return "" if line is None else line.whole or line.value

    def perform(self, name: str, argument: str = "") -> None:
        """`9` here reads it anew: one is looking at it already."""
        if name == self.VIEW and self.is_current:
            self.do_refresh(argument)
        else:
            super().perform(name, argument)


def _read_summary(case: Case) -> "CaseSummary":
    from trailtui.report.summary import summarize_case

    return summarize_case(case)


def _record_lines(lines: "list[SummaryLine]") -> list[RecordLine]:
    made: list[RecordLine] = []
    for line in lines:
        if line.section and made:
            made.append(RecordLine("", ""))
        condition = f"eventName = {sql_text(line.call)}" if line.call else ""
        condition = f"errorCode = {sql_text(line.error)}" if line.error else condition
        made.append(
            RecordLine(
                line.section or line.field,
                line.value,
                "bold" if line.section else _STYLES.get(line.tone, ""),
                entity=line.entity,
                condition=condition,
                path=f"{_FINDING}{line.finding}" if line.finding else "",
            )
        )
    return made
