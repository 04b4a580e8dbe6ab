"""One of a few: a digit for each, or j k and Enter; Esc chooses none."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from trailtui.model.text import safe


class ChoiceScreen(ModalScreen[str | None]):
    """Gives the name of what was chosen, None for Esc."""

    CSS_PATH = "choice.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "None of them"),
        Binding("j,down", "move(1)", "Down"),
        Binding("k,up", "move(-1)", "Up"),
        Binding("enter", "choose", "Choose"),
        *(Binding(str(digit), f"pick({digit})", f"Number {digit}") for digit in range(1, 10)),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: names, and what to say of each."""
        super().__init__()
        self._title = title
        self._choices = choices
        self._cursor = 0
        self._body = Static("", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="choice"):
            yield self._body

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        text = Text(f"{self._title}\n", "bold")
        for at, (name, says) in enumerate(self._choices):
            here = at == self._cursor
            text.append("\n")
            text.append(f"{at + 1} {safe(name)}\n", "bold reverse" if here else "bold")
            text.append(f"  {safe(says)}\n", "" if here else "dim")
        text.append("\nj k move, Enter or the number chooses, Esc leaves.", "dim")
        self._body.update(text)

    def action_move(self, lines: int) -> None:
        self._cursor = max(0, min(self._cursor + lines, len(self._choices) - 1))
        self._draw()

    def action_pick(self, number: int) -> None:
        if number <= len(self._choices):
            self.dismiss(self._choices[number - 1][0])

    def action_choose(self) -> None:
        self.dismiss(self._choices[self._cursor][0])

    def action_leave(self) -> None:
        self.dismiss(None)
