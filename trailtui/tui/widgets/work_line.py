"""What goes on in the background, over the status line of every screen."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static


class WorkLine(Static):
    """A line for each thing that goes on; hidden where nothing does."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._shown: list[Text] = []
        self.display = False

    def show(self, lines: Sequence[Text]) -> None:
        """Show lines; painted only where they are others than before."""
        if list(lines) == self._shown:
            return
        self._shown = list(lines)
        self.update(Text("\n").join(lines))
        self.display = bool(lines)
