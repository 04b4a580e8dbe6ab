"""One declaration per command: it feeds the key bindings, `?`, the bottom line and `:`.

A command named `next-error` is carried out by the method `do_next_error(argument)` of the screen
or widget that declares it; `argument` is what was typed after the name, empty when a key was
pressed. A test holds that every declared command has its method.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from textual.binding import Binding

from trailtui.model.errors import UsageError


@dataclass(frozen=True, slots=True)
class Command:
    """Something the responder can ask for."""

    name: str
    """What is typed after `:`."""
    key: str
    """Textual's names of the keys, with commas between them; empty: by name only."""
    help: str
    """What it does, in a few words."""
    group: str
    """The heading it stands under in the help."""
    short: str = ""
    """Its word in the bottom line; empty: it is not shown there."""
    argument: str = ""
    """What may follow the name, such as TIME; empty: nothing."""

    @property
    def shown_key(self) -> str:
        """The keys as one reads them."""
        return " ".join(key_word(key) for key in self.key.split(",") if key)


_KEY_NAMES = {
    "escape": "Esc", "enter": "Enter", "space": "Space", "slash": "/", "colon": ":",
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home",
    "end": "End", "ctrl+d": "Ctrl-d", "ctrl+u": "Ctrl-u", "tab": "Tab", "shift+tab": "Shift-Tab",
    "minus": "-", "plus": "+", "equals_sign": "=",
    "exclamation_mark": "!", "at": "@", "greater_than_sign": ">", "less_than_sign": "<",
}  # fmt: skip


def key_word(key: str) -> str:
    """One of Textual's names of keys, as one reads it."""
    return _KEY_NAMES.get(key, key)


class Commanded:
    """Carries out declared commands by their methods."""

    OFFERED: tuple[Command, ...] = ()

    def perform(self, name: str, argument: str = "") -> None:
        """Run the method of a command."""
        method = cast("Callable[[str], None]", getattr(self, f"do_{name.replace('-', '_')}"))
        method(argument)

    def action_perform(self, name: str) -> None:
        """What key bindings call."""
        self.perform(name)


def bindings(commands: Sequence[Command]) -> list[Binding]:
    """The key bindings of commands that have keys."""
    return [
        Binding(command.key, f"perform('{command.name}')", command.help, id=command.name)
        for command in commands
        if command.key
    ]


def find_command(word: str, commands: Sequence[Command]) -> Command:
    """The command of a name, or of the beginning of one where only one begins so.

    Raises UsageError, with the nearest name, where there is none.
    """
    for command in commands:
        if command.name == word:
            return command
    begin_so = [command for command in commands if command.name.startswith(word)]
    if len({command.name for command in begin_so}) == 1:
        return begin_so[0]
    names = sorted({command.name for command in commands})
    if begin_so:
        meant = ", ".join(sorted({command.name for command in begin_so}))
        raise UsageError(f"{word!r} could be {meant}", cure="Type more of it.")
    near = difflib.get_close_matches(word, names, n=1)
    cure = f"Did you mean {near[0]}?" if near else "`?` lists the commands of this screen."
    raise UsageError(f"there is no command {word!r} here", cure=cure)


def fitted_keys(commands: Sequence[Command], width: int) -> list[tuple[str, str]]:
    """Key and word of as many shown commands as fit into one line, in order."""
    shown: list[tuple[str, str]] = []
    used = 0
    for command in commands:
        if not command.short:
            continue
        key = command.shown_key.split(" ")[0] or f":{command.name}"
        needed = len(key) + len(command.short) + 3
        if used + needed > width:
            continue
        shown.append((key, command.short))
        used += needed
    return shown
