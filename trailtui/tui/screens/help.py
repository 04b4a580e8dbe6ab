"""The keys and commands of the screen that it was called from."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from trailtui.tui.commands import Command

_KEY_CELLS, _NAME_CELLS = 12, 26


class HelpScreen(ModalScreen[None]):
    """Made from the declarations, so it is never out of date."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "leave", "Close"),
        Binding("j,down", "scroll(1)", "Down"),
        Binding("k,up", "scroll(-1)", "Up"),
        Binding("space,pagedown,ctrl+d", "page(1)", "Page down"),
        Binding("b,pageup,ctrl+u", "page(-1)", "Page up"),
        Binding("g,home", "edge(-1)", "Top"),
        Binding("G,end", "edge(1)", "Bottom"),
    ]

    def __init__(self, view: str, commands: Sequence[Command]) -> None:
        super().__init__()
        self._view = view
        self._commands = commands

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            yield Static(self._table())
        keys = "j k Space b g G: read on    Esc: close"
        yield Static(keys, id="help-keys", markup=False)

    def on_mount(self) -> None:
        self.query_one("#help").focus()

    def _table(self) -> Table:
        """Key, what it does, and its name as it can be typed; what is long wraps in its column."""
        table = Table.grid(padding=(0, 1))
        table.add_column(width=_KEY_CELLS)
        table.add_column(ratio=1)
        table.add_column(width=_NAME_CELLS)
        table.expand = True
        table.add_row("", Text(f"Keys of {self._view}", "bold"), Text("also typed", "dim"))
        groups = sorted(self._commands, key=self._group_order)
        for group, commands in groupby(groups, key=lambda command: command.group):
            table.add_row("", "", "")
            table.add_row("", Text(group, "bold underline"), "")
            for command in commands:
                typed = f":{command.name} {command.argument}".rstrip()
                key = Text(command.shown_key, "bold", justify="right")
                table.add_row(key, Text(command.help), Text(typed, "dim"))
        return table

    def _group_order(self, command: Command) -> int:
        order = list(dict.fromkeys(each.group for each in self._commands))
        return order.index(command.group)

    def action_leave(self) -> None:
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        body = self.query_one("#help")
        body.scroll_relative(y=direction * max(1, body.size.height - 1), animate=False)

    def action_edge(self, direction: int) -> None:
        body = self.query_one("#help")
        if direction < 0:
            body.scroll_home(animate=False)
        else:
            body.scroll_end(animate=False)
