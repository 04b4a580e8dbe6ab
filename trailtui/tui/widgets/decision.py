"""The question a step ends with, and its numbered answers."""

from typing import ClassVar, cast

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from trailtui.model.text import safe
from trailtui.playbook.views import DONE, OPEN, OptionView, StepView
from trailtui.tui.commands import Command, Commanded, bindings
from trailtui.tui.screens.working import WorkingScreen
from trailtui.tui.showing import ASCII, fit

GROUP = "Decision"
MOST_KEYS = 9
CHOSEN = "*" if ASCII else "●"
DECIDING = (
    Command("down", "j,down", "Next answer", GROUP),
    Command("up", "k,up", "Answer before", GROUP),
    Command("answer", "enter", "Decide for the answer; its digit does so at once", GROUP, "decide"),
)


class DecisionBox(Commanded, Static, can_focus=True):
    """One line until it is asked; with the focus, every answer in full, a digit for each."""

    OFFERED = DECIDING
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(DECIDING),
        *(
            Binding(str(digit), f"pick({digit})", f"Answer {digit}", id=f"answer-{digit}")
            for digit in range(1, MOST_KEYS + 1)
        ),
    ]

    class Picked(Message):
        """The responder decided for an answer."""

        def __init__(self, option_id: str) -> None:
            super().__init__()
            self.option_id = option_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._step: StepView | None = None
        self._cursor = 0

    def show(self, step: StepView | None) -> None:
        """Show the question of a step; nothing where it asks none."""
        if self._step is None or step is None or self._step.id != step.id:
            chosen = [at for at, option in enumerate(_options(step)) if option.chosen]
            self._cursor = chosen[0] if chosen else 0
        self._step = step
        self.display = bool(step and step.question)
        self._draw()

    def watch_has_focus(self, value: bool) -> None:
        """With the focus, all of it is shown."""
        super().watch_has_focus(value)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def do_down(self, _: str) -> None:
        self._move(1)

    def do_up(self, _: str) -> None:
        self._move(-1)

    def do_answer(self, _: str) -> None:
        self.action_pick(self._cursor + 1)

    def action_perform(self, name: str) -> None:
        screen = cast("WorkingScreen", self.screen)
        screen.guarded(lambda: self.perform(name))

    def action_pick(self, number: int) -> None:
        """Decide for the answer of that number."""
        options = _options(self._step)
        if 1 <= number <= len(options):
            self._cursor = number - 1
            self.post_message(self.Picked(options[number - 1].id))
        else:
            screen = cast("WorkingScreen", self.screen)
            screen.say(f"There are {len(options)} answers, no {number}.")

    def _move(self, lines: int) -> None:
        self._cursor = max(0, min(self._cursor + lines, len(_options(self._step)) - 1))
        self._draw()

    def _draw(self) -> None:
        step = self._step
        if step is None or not step.question:
            self.update("")
        elif self.has_focus:
            self.update(self._asked(step))
        else:
            self.update(self._short(step))

    def _asked(self, step: StepView) -> Text:
        text = Text(safe(step.question), "bold")
        for at, option in enumerate(step.options):
            here = at == self._cursor
            text.append("\n")
            text.append(_answer(at, option), "bold reverse" if here else "bold")
            text.append(f" {safe(option.means)}", "" if here else "dim")
            if option.next:
                text.append(f" (goes on with {safe(option.next)})", "dim italic")
        return text

    def _short(self, step: StepView) -> Text:
        width = max(10, self.size.width or 56)
        for at, option in enumerate(step.options):
            if option.chosen:
                text = Text("Decided: ", "dim", no_wrap=True)
                return text.append(
                    fit(f"{at + 1} {option.id}: {option.means}", width - 9).rstrip(), "bold green"
                )
        later = "Then decide: " if step.state == OPEN else "d decides: "
        text = Text(later, "dim" if step.state == OPEN else "bold yellow", no_wrap=True)
        ids = " | ".join(option.id for option in step.options)
        return text.append(fit(f"{step.question} {ids}", width - len(later)).rstrip())

    @property
    def can_answer(self) -> bool:
        """Whether there is a question that is still open to be answered."""
        return self._step is not None and bool(self._step.question) and self._step.state != DONE


def _options(step: StepView | None) -> tuple[OptionView, ...]:
    return step.options if step else ()


def _answer(at: int, option: OptionView) -> str:
    mark = CHOSEN if option.chosen else " "
    return f"{mark}{at + 1} {safe(option.id)}"
