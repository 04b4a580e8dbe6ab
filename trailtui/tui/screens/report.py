"""The report as it stands, to be read before it is written."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from trailtui.case.file import Case
from trailtui.tui.commands import Command, bindings
from trailtui.tui.places import State
from trailtui.tui.screens.report_flow import EXPORT, WRITE, Reporting
from trailtui.tui.session import CaseSession
from trailtui.tui.widgets.reading import ReadingView

_WRITE = Command(WRITE.name, "w", WRITE.help, WRITE.group, "write", WRITE.argument)
_EXPORT = Command(EXPORT.name, "E", EXPORT.help, EXPORT.group, "export bundle", EXPORT.argument)


class ReportScreen(Reporting):
    """Made from the case each time it is opened (R makes it anew)."""

    CSS_PATH = ["base.tcss", "report.tcss"]  # noqa: RUF012 - as Textual declares it
    VIEW = "report"
    HOME = "#report"
    OFFERED = (_WRITE, _EXPORT)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session)
        self.report = ReadingView(id="report")
        self._line: int | None = None

    def compose_body(self) -> ComposeResult:
        yield self.report

    def state(self) -> State:
        return {"line": int(self.report.scroll_offset.y)}

    def restore(self, state: State) -> None:
        line = state.get("line")
        self._line = line if isinstance(line, int) else None
        self.say("Gathering the report…")
        self.work_in(self.session.slow, "report", _report_text, self._show)

    def _show(self, markdown: str) -> None:
        self.report.show_markdown(markdown)
        if self._line is not None:
            self.report.scroll_to(y=self._line, animate=False)
        self.say("As the case stands now. w writes it, E exports the bundle, R reads it anew.")

    def perform(self, name: str, argument: str = "") -> None:
        """`:report` here writes it: one is looking at it already."""
        if name == self.VIEW and self.is_current:
            self.do_write(argument)
        else:
            super().perform(name, argument)


def _report_text(case: Case) -> str:
    from trailtui.report.report import build_report, render_markdown

    return render_markdown(build_report(case))
