"""The playbook down the left: six phases and their steps, each with how it stands."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from trailtui.playbook.views import DONE, NOT_APPLICABLE, OPEN, RAN, SKIPPED, PhaseView, StepView
from trailtui.tui.showing import ASCII, fit

_SHAPES = (
    {OPEN: "O.", RAN: "Ro", DONE: "Dx", SKIPPED: "S>", NOT_APPLICABLE: "--"}
    if ASCII
    else {OPEN: "O·", RAN: "R○", DONE: "D✔", SKIPPED: "S↷", NOT_APPLICABLE: "-–"}  # noqa: RUF001
)
_COLOURS = {
    OPEN: "",
    RAN: "bold yellow",
    DONE: "green",
    SKIPPED: "magenta",
    NOT_APPLICABLE: "dim",
}
CURRENT = ">" if ASCII else "▶"
LEGEND = "O open, R ran, D done, S skipped, - does not apply; ▶ the step that is due"


def step_mark(step: StepView) -> str:
    """Letter and shape of how a step stands; the step that is due has an arrow for its shape."""
    mark = _SHAPES[step.state]
    return f"{mark[0]}{CURRENT}" if step.current else mark


class StepRail(Widget):
    """Shows where the procedure stands. J and K of the screen move the selection."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._phases: tuple[PhaseView, ...] = ()
        self._lines: list[PhaseView | StepView] = []
        self._chosen = ""
        self._top = 0

    def show(self, phases: Sequence[PhaseView], chosen: str) -> None:
        """Show the phases, with one step chosen."""
        self._phases = tuple(phases)
        self._lines = [line for phase in phases for line in (phase, *phase.steps)]
        self._chosen = chosen
        self._keep_visible()
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        self._keep_visible()
        self.refresh()

    def _keep_visible(self) -> None:
        height = max(1, self.size.height)
        at = next(
            (
                number
                for number, line in enumerate(self._lines)
                if isinstance(line, StepView) and line.id == self._chosen
            ),
            0,
        )
        if at <= self._top:
            # The phase's heading is worth a line.
            self._top = max(0, at - 1)
        elif at >= self._top + height - 1:
            self._top = at - height + 2
        self._top = max(0, min(self._top, len(self._lines) - height))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        at = y + self._top
        if at >= len(self._lines):
            return Strip.blank(width)
        line = self._lines[at]
        if isinstance(line, PhaseView):
            return self._heading(line, width)
        return self._step(line, width)

    def _heading(self, phase: PhaseView, width: int) -> Strip:
        done = sum(step.finished for step in phase.steps)
        count = f"{done}/{len(phase.steps)}"
        name = fit(phase.phase.upper(), max(0, width - len(count) - 1))
        style = "green" if phase.finished else "bold"
        return Strip(
            [Segment(name, Style.parse(style)), Segment(f"{count} ", Style.parse("dim"))]
        ).adjust_cell_length(width)

    def _step(self, step: StepView, width: int) -> Strip:
        chosen = Style(reverse=True) if step.id == self._chosen else Style()
        colour = Style.parse("bold cyan" if step.current else _COLOURS[step.state] or "none")
        words = step.title if width >= 30 else step.id
        text = Style.parse("dim") if step.finished else Style()
        return Strip(
            [
                Segment(step_mark(step), colour + chosen),
                Segment(f" {fit(words, max(0, width - 4))} ", text + chosen),
            ]
        ).adjust_cell_length(width, chosen)
