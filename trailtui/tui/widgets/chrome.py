"""The lines around every screen: top line, status, notice, keys."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from trailtui.model.text import safe
from trailtui.tui.commands import Command, fitted_keys
from trailtui.tui.session import Standing
from trailtui.tui.showing import SEPARATOR, fit

UNKNOWN_AWS = "AWS not asked"


class TopLine(Widget):
    """Case, view and filter on the left; account, Region and READ-ONLY or ARMED on the right."""

    crumbs: reactive[tuple[str, ...]] = reactive(())
    standing: reactive[Standing | None] = reactive(None)
    aws_region: reactive[str] = reactive("")

    def render(self) -> Text:
        right = self._right()
        room = max(0, self.size.width - right.cell_len - 2)
        left = Text(no_wrap=True)
        crumbs = [safe(crumb) for crumb in self.crumbs if crumb]
        for at, crumb in enumerate(crumbs):
            if at:
                left.append(SEPARATOR, "dim")
            left.append(crumb, "bold" if at == len(crumbs) - 1 else "")
        if left.cell_len > room:
            left = Text(fit(left.plain, room), no_wrap=True)
        left.append(" " * (self.size.width - left.cell_len - right.cell_len))
        return left.append_text(right)

    def _right(self) -> Text:
        right = Text(no_wrap=True)
        standing = self.standing
        if standing is None:
            return right
        words = [standing.account or UNKNOWN_AWS, self.aws_region]
        right.append(safe(" ".join(word for word in words if word)), "dim")
        right.append(" ")
        if standing.armed:
            right.append(" ARMED ", "bold reverse red")
        else:
            right.append("READ-ONLY", "green")
        return right


class StatusLine(Static):
    """What goes on or was just done: one line, up to three where the words need them."""

    said = False

    def clear(self) -> None:
        """Take away what was said, if anything was."""
        if self.said:
            self.said = False
            self.update("")

    def say(self, text: str, style: str = "") -> None:
        """Show a text, made safe."""
        self.said = bool(text)
        self.update(Text(safe(text), style=style))


class KeyLine(Widget):
    """The keys of this screen, as many as fit."""

    commands: reactive[tuple[Command, ...]] = reactive(())

    def show(self, commands: Sequence[Command]) -> None:
        """Take the commands to choose from."""
        self.commands = tuple(commands)

    def render(self) -> Text:
        text = Text(no_wrap=True)
        help_cells = cell_len("? keys")
        for key, word in fitted_keys(self.commands, self.size.width - help_cells):
            text.append(key, "bold")
            text.append(f" {word}  ", "dim")
        text.append("?", "bold")
        text.append(" keys", "dim")
        return text
