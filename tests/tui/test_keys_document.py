"""docs/keys.md is what the declarations say. UPDATE_GRIDS=1 writes it anew."""

import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from trailtui.tui.commands import Command, Commanded
from trailtui.tui.screens.cases import CasesScreen
from trailtui.tui.shell import CASE_COMMANDS, SHELL_COMMANDS
from trailtui.tui.views import VIEWS
from trailtui.tui.widgets.moving import MOVING
from trailtui.tui.widgets.record import FOLDING

DOCUMENT = Path(__file__).parents[2] / "docs" / "keys.md"
BEGINNING = """# Keys and commands of the console

Made from the declarations in `trailtui/tui`; a test holds that it is true. In the console, `?`
shows the ones of the screen at hand. Each command can also be given by its name after `:` (the
beginning of the name is enough, Tab completes it). No key needs a mouse, Alt or function keys.

A key that can do nothing says why. What goes on (a collect, rules, a step, a plan that is carried
out, a write that another program holds up) has a line above the status line on every screen, with
the key that leads to it or stops it. An error stays until the next command; one that came by itself
or late stays until Esc. `d` on a step that still runs asks as soon as its result is there. `‹2` and
`+3›` in a result's head count the columns out of sight, which `h` and `l` reach.

The marks in front of an event: `E✖` failed, `W▲` changes something, `P◆` pinned as evidence,
`C≠` in conflict with another record of the same event id, `T` tagged. `TRAILTUI_ASCII=1` draws
them with ASCII only, `NO_COLOR=1` leaves out colour.

What can follow `/` in the timeline and the entities: values (`AKIA…`, an ARN, an address, or
`kind:value`), names of calls (`CreateUser`, `Create*`), `errors`, `writes`, `pinned`, `finding=d7`,
`from=T`, `to=T` (`2026-01-31`, `2026-01-31T03:04:05Z`, `-24h`, `now`), and `where CONDITION` at the
end.

The marks in front of a finding: `C▲▲` critical, `H▲` high, `M■` medium, `L▪` low, `I·`
informational, `?` where its source does not say.
"""


def _table(commands: Sequence[Command]) -> Iterator[str]:
    yield "| Key | Command | |"
    yield "|---|---|---|"
    for command in commands:
        keys = " ".join(f"`{key}`" for key in command.shown_key.split()).replace("|", "\\|")
        typed = f":{command.name} {command.argument}".rstrip()
        yield f"| {keys} | `{typed}` | {command.help} |"


def _document() -> str:
    own: list[tuple[str, Sequence[Command]]] = [
        ("On every screen", SHELL_COMMANDS),
        ("On every view of a case", CASE_COMMANDS),
        ("In lists", MOVING),
        ("In one row in full", FOLDING),
        ("cases", CasesScreen.OFFERED),
    ]
    for view in VIEWS:
        screen = view.load()
        assert isinstance(screen, type)
        assert issubclass(screen, Commanded)
        own.append((view.name, screen.OFFERED))
    lines = [BEGINNING]
    for title, commands in own:
        lines.append(f"## {title}\n")
        for group, of_group in groupby(commands, key=lambda command: command.group):
            if len({command.group for command in commands}) > 1:
                lines.append(f"{group}:\n")
            lines += [*_table(list(of_group)), ""]
    return "\n".join(lines).rstrip() + "\n"


def test_the_document_is_true() -> None:
    text = _document()
    if os.environ.get("UPDATE_GRIDS"):
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text
