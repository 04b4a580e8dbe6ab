"""What went wrong and what to do about it, over the status line."""

import io

from rich.console import Console
from rich.text import Text
from textual.widgets import Static

from trailtui.model.errors import TrailtuiError
from trailtui.model.text import safe

SHARE = 0.42
"""Of the screen's rows that a notice may take; the style sheet says the same."""
_LEAST_LINES = 5
_RULER = Console(file=io.StringIO(), width=80, legacy_windows=False)
PUT_AWAY = "Esc puts this away"


class Notice(Static):
    """Stays until Esc or the next command; what came by itself, or late, until Esc."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0
        """How often something was shown; tells whether there is something new."""
        self._stays = False
        self._head = Text()
        self._cure = Text()

    def tell(self, error: TrailtuiError) -> None:
        """Show an error as its sentence and its cure."""
        sentence = f"{error.where}: {error.what}" if error.where else error.what
        head = Text("✖ ", "bold red")
        head.append(safe(f"{sentence.rstrip('.')}.", keep_newlines=True), "bold")
        cure = f"  {safe(error.cure, keep_newlines=True)}" if error.cure else ""
        self._show(head, Text(cure))

    def show_text(self, title: str, text: str) -> None:
        """Show a text that can be read or selected; it is no error."""
        self._show(Text(f"{title}: {safe(text, keep_newlines=True)}"), Text())

    def stay(self) -> None:
        """Let only Esc take it away: it came when another key was perhaps on its way."""
        if self.display and not self._stays:
            self._stays = True
            self._draw()

    def clear(self, *, wholly: bool = True) -> bool:
        """Hide it; tells whether there was anything to hide. Not `wholly`: what stays, stays."""
        if not self.display or (self._stays and not wholly):
            return False
        self.display = False
        return True

    def on_resize(self) -> None:
        self._draw()

    def _show(self, head: Text, cure: Text) -> None:
        self._head, self._cure = head, cure
        self._stays = False
        self.shown += 1
        self.display = True
        self._draw()

    def _draw(self) -> None:
        """Cut what is too long in the middle, and say so: the cure is always to be read."""
        size = self.screen.size
        width = max(20, (size.width or 80) - 4)
        most = max(_LEAST_LINES, int((size.height or 24) * SHARE))
        cure = [*self._cure.wrap(_RULER, width)] if self._cure.plain else list[Text]()
        last = [Text(PUT_AWAY, "dim")] if self._stays else []
        room = max(1, most - len(cure) - len(last))
        head = list(self._head.wrap(_RULER, width))
        if len(head) > room:
            left = len(head) - room + 1
            head = [*head[: room - 1], Text(f"… {left:,} more lines", "dim")]
        self.update(Text("\n").join([*head, *cure, *last]))
