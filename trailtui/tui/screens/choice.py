"""One of several: of a few by digit, of many by typing a part of the name; Esc chooses none."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from trailtui.model.text import safe

FEW = 9
"""As many as there are digits."""
_KEYS_OF_FEW = "j k move, Enter or the number chooses, Esc leaves."
_KEYS_OF_MANY = "Type a part of the name. ↑↓ PgUp PgDn move, Enter chooses, Esc leaves."


class ChoiceScreen(ModalScreen[str | None]):
    """Gives the name of what was chosen, None for Esc."""

    CSS_PATH = "choice.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "None of them"),
        Binding("down,ctrl+n", "move(1)", "Down"),
        Binding("up,ctrl+p", "move(-1)", "Up"),
        Binding("pagedown", "move(5)", "Page down"),
        Binding("pageup", "move(-5)", "Page up"),
        Binding("enter", "choose", "Choose"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: names, and what to say of each. Many are shown by name."""
        super().__init__()
        self._title = title
        self._is_few = len(choices) <= FEW
        self._choices = choices if self._is_few else sorted(choices)
        self._typed = ""
        self._cursor = 0
        self._faces = [Static("", markup=False, classes="choice") for _ in choices]
        self._head = Static("", markup=False, id="choice-head")

    def compose(self) -> ComposeResult:
        with Vertical(id="choice"):
            yield self._head
            with VerticalScroll(id="choices", can_focus=False):
                yield from self._faces
            keys = _KEYS_OF_FEW if self._is_few else _KEYS_OF_MANY
            yield Static(Text(keys, "dim"), id="choice-keys")

    def on_mount(self) -> None:
        self._draw()

    @property
    def _met(self) -> list[int]:
        """The numbers of the choices that have what was typed: in their names, else anywhere."""
        words = self._typed.lower().split()

        def having(texts: Sequence[str]) -> list[int]:
            return [n for n, text in enumerate(texts) if all(word in text for word in words)]

        names = [name.lower() for name, _ in self._choices]
        return having(names) or having([f"{name} {says}".lower() for name, says in self._choices])

    def _draw(self) -> None:
        met = self._met
        self._cursor = max(0, min(self._cursor, len(met) - 1))
        head = Text(self._title, "bold")
        if not self._is_few:
            head.append(f"\n{len(met)} of {len(self._choices)}  > {safe(self._typed)}")
        self._head.update(head)
        for at, (name, says) in enumerate(self._choices):
            face = self._faces[at]
            face.display = at in met
            here = bool(met) and at == met[self._cursor]
            number = f"{at + 1} " if self._is_few else ""
            text = Text(f"{number}{safe(name)}\n", "bold reverse" if here else "bold")
            face.update(text.append(f"  {safe(says)}", "" if here else "dim"))
        if met:
            face = self._faces[met[self._cursor]]
            self.call_after_refresh(face.scroll_visible, animate=False)

    def on_key(self, event: events.Key) -> None:
        if self._is_few:
            self._take_of_few(event)
        elif event.key in ("backspace", "ctrl+u"):
            self._type(self._typed[:-1] if event.key == "backspace" else "")
        elif event.is_printable and event.character:
            self._type(self._typed + event.character)
        else:
            return
        event.stop()

    def _take_of_few(self, event: events.Key) -> None:
        step = {"j": 1, "k": -1}.get(event.key)
        if step is not None:
            self.action_move(step)
        elif event.key == "q":
            self.action_leave()
        elif event.key.isdecimal() and 1 <= int(event.key) <= len(self._choices):
            self.dismiss(self._choices[int(event.key) - 1][0])

    def _type(self, typed: str) -> None:
        self._typed, self._cursor = typed, 0
        self._draw()

    def action_move(self, lines: int) -> None:
        self._cursor += lines
        self._draw()

    def action_choose(self) -> None:
        if met := self._met:
            self.dismiss(self._choices[met[self._cursor]][0])

    def action_leave(self) -> None:
        self.dismiss(None)
