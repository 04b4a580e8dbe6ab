"""The last question before something is changed. Its resting point is Cancel."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from trailtui.model.text import safe
from trailtui.respond.preview import Preview
from trailtui.respond.store import SHORT_HASH
from trailtui.tui.showing import plain
from trailtui.tui.widgets.reading import ReadingView

_SHOWN = ("What is sent", "Warnings", "State before", "State after", "Who is hit", "Undo")
"""In this order: what must not be overlooked stands above the fold."""


_NUMBER = re.compile(r"\d+(, \d+)*[.:] ")


def indented(line: str, style: str = "") -> Padding:
    """A line, made safe, that stays indented where it is wrapped: behind its number, if any."""
    text = safe(line.lstrip(" "))
    before = 2 + len(line) - len(line.lstrip(" "))
    numbered = _NUMBER.match(text)
    if numbered is None:
        return Padding(Text(text, style), (0, 0, 0, before))
    grid = Table.grid()
    grid.add_column(width=numbered.end())
    grid.add_column()
    grid.add_row(Text(numbered[0], style), Text(text[numbered.end() :], style))
    return Padding(grid, (0, 0, 0, before))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for more than one action; its parts are called as those of a Preview."""

    title: str
    target: str
    """What is to be typed."""
    account: str
    armed_for: str | None
    plan_hash: str


class CancelButton(Static, can_focus=True):
    """Where the focus rests: Enter here changes nothing."""

    def on_focus(self) -> None:
        self.update(Text(" Cancel ", "bold reverse"))

    def on_blur(self) -> None:
        self.update(Text(" Cancel ", "bold"))


class ApplyConfirmation(ModalScreen[str | None]):
    """Shows what is sent; gives what was typed once it names the target, None for Cancel.

    Typing or pasting goes to the line wherever the focus is; Enter on Cancel, and Esc, cancel.
    """

    CSS_PATH = "actions_confirm.tcss"
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", priority=True),
        Binding("tab,shift+tab", "other", "Cancel or the line", priority=True),
        Binding("up", "scroll(-1)", "Up", priority=True),
        Binding("down", "scroll(1)", "Down", priority=True),
        Binding("pageup", "scroll(-8)", "Page up", priority=True),
        Binding("pagedown", "scroll(8)", "Page down", priority=True),
        Binding("enter", "enter", "Cancel, or apply", priority=True),
    ]

    def __init__(
        self,
        shown: Preview | Question,
        sections: list[tuple[str, tuple[str, ...]]],
        headings: Sequence[str] = _SHOWN,
    ) -> None:
        """`headings` are the sections that are shown, in their order."""
        super().__init__()
        self._shown = shown
        self._headings = headings
        self._sections = sections
        self._answered = False
        self._text = ReadingView(id="apply-text")
        self._line = Input(compact=True, select_on_focus=False, id="apply-line")
        self._cancel = CancelButton(Text(" Cancel ", "bold"), id="cancel")
        self._wrong = Static("", id="apply-wrong", markup=False)

    def compose(self) -> ComposeResult:
        shown = self._shown
        with Vertical(id="apply"):
            target = "" if isinstance(shown, Question) else f" {shown.target}"
            how = Text(f"To apply it, type {'its target ' if target else ''}")
            how.append(safe(shown.target), "bold reverse").append(" and Enter.")
            yield Static(plain(f"Apply: {shown.title}{target}?", "bold"), id="apply-title")
            yield self._text
            yield Static(how, id="apply-ask")
            with Horizontal(id="apply-row"):
                yield Static("> ", markup=False, id="apply-mark")
                yield self._line
                yield self._cancel
            yield self._wrong

    def on_mount(self) -> None:
        self._text.can_focus = False
        shown = self._shown
        parts: list[RenderableType] = [
            Text(safe(f"account {shown.account}, as {shown.armed_for}"), "bold")
        ]
        listed = dict(self._sections)
        for heading in self._headings:
            if lines := listed.get(heading):
                style = "bold yellow" if heading == "Warnings" else "bold cyan"
                parts += [Text(heading, style)]
                parts += [indented(line) for line in lines]
        self._text.show_text(Group(*parts))
        self._say("Enter now cancels: the focus is on Cancel. ↑↓ PgUp PgDn read on.", "dim")

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character and self.focused is not self._line:
            event.stop()
            self._line.focus()
            self._line.insert_text_at_cursor(event.character)

    def on_paste(self, event: events.Paste) -> None:
        if self.focused is not self._line:
            event.stop()
            self._line.focus()
            self._line.insert_text_at_cursor(event.text.strip())

    def on_input_changed(self) -> None:
        self._say("Enter applies it, if this is the target.", "dim")

    def action_enter(self) -> None:
        if self.focused is not self._line:
            self.action_cancel()
            return
        typed = self._line.value.strip()
        if typed == self._shown.target or self._names_plan(typed):
            self._answer(typed)
        elif typed:
            self._say(f"{typed!r} is not {self._shown.target!r}: nothing was sent.", "bold yellow")
        else:
            self._say("Nothing was typed: nothing was sent.", "bold yellow")

    def action_cancel(self) -> None:
        self._answer(None)

    def _answer(self, word: str | None) -> None:
        """Once: a held Enter must not answer for a second time."""
        if not self._answered:
            self._answered = True
            self.dismiss(word)

    def action_other(self) -> None:
        self.set_focus(self._cancel if self.focused is self._line else self._line)

    def action_scroll(self, lines: int) -> None:
        self._text.scroll_relative(y=lines, animate=False)

    def _names_plan(self, typed: str) -> bool:
        return len(typed) >= SHORT_HASH and self._shown.plan_hash.startswith(typed.lower())

    def _say(self, text: str, style: str) -> None:
        self._wrong.update(plain(text, style))
