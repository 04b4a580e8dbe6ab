"""The line at the bottom in which commands, filters and notes are typed."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from trailtui.model.text import safe
from trailtui.tui.showing import plain

Taker = Callable[[str], None]
LEAST_CELLS = 24
"""To type in; a longer label stands in lines of its own above."""


class _Line(Input):
    """An Input in which Tab takes the suggestion and the arrows walk through what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel"),
        Binding("tab", "complete", "Complete"),
        Binding("up,ctrl+p", "older", "Older"),
        Binding("down,ctrl+n", "newer", "Newer"),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.earlier: list[str] = []
        self._at = 0

    def begin(self, value: str, earlier: list[str]) -> None:
        """Start with a value and the lines that were typed before."""
        self.value = value
        self.cursor_position = len(value)
        self.earlier = earlier
        self._at = len(earlier)

    def action_leave(self) -> None:
        self.query_ancestor(Prompt).leave()

    def action_complete(self) -> None:
        self.action_cursor_right()

    def action_older(self) -> None:
        self._walk(-1)

    def action_newer(self) -> None:
        self._walk(1)

    def _walk(self, step: int) -> None:
        at = self._at + step
        if 0 <= at <= len(self.earlier):
            self._at = at
            self.value = self.earlier[at] if at < len(self.earlier) else ""
            self.cursor_position = len(self.value)


class Prompt(Horizontal):
    """Hidden until something is asked; then it has the focus until Enter or Esc."""

    class Left(Message):
        """It was closed, with or without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._label = Static(id="prompt-label")
        self._line = _Line()
        self._take: Taker | None = None
        self._earlier: dict[str, list[str]] = {}
        self._purpose = ""

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._line

    def on_mount(self) -> None:
        self.display = False

    def ask(
        self, label: str, take: Taker, *, initial: str = "", suggestions: Sequence[str] = ()
    ) -> None:
        """Ask for a line; `take` gets it. Lines typed under the same label can be had again."""
        self._purpose = label
        self._take = take
        self._label.update(plain(label, "bold", keep_newlines=True))
        self.set_class(cell_len(safe(label)) > self.screen.size.width - LEAST_CELLS, "-long")
        self._line.suggester = SuggestFromList(suggestions) if suggestions else None
        self._line.begin(initial, self._earlier.setdefault(label, []))
        self.display = True
        self.screen.set_focus(self._line)  # at once: keys typed ahead belong here

    def leave(self) -> None:
        """Close without an answer."""
        self._take = None
        self.display = False
        self.post_message(self.Left())

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        take, value = self._take, message.value
        earlier = self._earlier[self._purpose]
        if value and value not in earlier[-1:]:
            earlier.append(value)
        self.leave()
        if take is not None:
            take(value)
