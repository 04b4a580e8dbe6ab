"""A question that only typing the right word answers with yes; everything else is no."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from trailtui.tui.showing import plain


class TypedConfirmation(ModalScreen[bool]):
    """Shows what is about to happen; True once `word` was typed exactly, False on Esc.

    A wrong word changes nothing: it says so and waits.
    """

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "Cancel", priority=True),
        Binding("up", "scroll(-1)", "Up", priority=True),
        Binding("down", "scroll(1)", "Down", priority=True),
        Binding("pageup", "scroll(-10)", "Page up", priority=True),
        Binding("pagedown", "scroll(10)", "Page down", priority=True),
    ]

    def __init__(self, title: str, lines: Sequence[str], word: str) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._word = word

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(plain(self._title, "bold"), id="confirm-title")
            with VerticalScroll(id="confirm-text"):
                yield Static(plain("\n".join(self._lines), keep_newlines=True))
            yield Static(plain(f"Type {self._word} and Enter to go on; Esc changes nothing."))
            with Horizontal(id="confirm-line"):
                yield Static("> ", markup=False)
                yield Input(compact=True)
            yield Static("", id="confirm-wrong", markup=False)

    def on_mount(self) -> None:
        self.query_one("#confirm-text").can_focus = False
        self.query_one(Input).focus()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        if message.value.strip() == self._word:
            self.dismiss(True)
            return
        message.input.value = ""
        typed = "Nothing was typed" if not message.value.strip() else "That is something else"
        self.query_one("#confirm-wrong", Static).update(f"{typed}; nothing was changed.")

    def action_refuse(self) -> None:
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#confirm-text").scroll_relative(y=lines, animate=False)
