"""A text to read: laid out for the width at hand, scrolled by keys, made safe after the layout.

A guide is Markdown, and Markdown knows more spellings of a character than the character itself
(`&#x202e;`), so text is made safe once more when it is in its final letters.
"""

import io
import re
from typing import ClassVar, cast

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from trailtui.model.text import safe
from trailtui.tui.commands import Command, Commanded, bindings
from trailtui.tui.screens.working import WorkingScreen

_TEXT = "Text"
READING = (
    Command("down", "j,down", "Line down", _TEXT),
    Command("up", "k,up", "Line up", _TEXT),
    Command("page-down", "space,pagedown", "Page down", _TEXT),
    Command("page-up", "b,pageup", "Page up", _TEXT),
    Command("half-down", "ctrl+d", "Half a page down", _TEXT),
    Command("half-up", "ctrl+u", "Half a page up", _TEXT),
    Command("top", "g,home", "Beginning", _TEXT),
    Command("bottom", "G,end", "End", _TEXT),
)

NARROW_TABLE = 72
"""Cells below which a table of a guide is written as a list: its columns would be cut."""
_TABLE = re.compile(r"(?:^\|.*\|[ \t]*\n?){3,}", re.MULTILINE)


class _WholeTable(TableElement):
    """A table whose long values, such as hashes and ARNs, are broken and never cut."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                for column in part.columns:
                    column.overflow = "fold"
            yield part


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": _WholeTable,
    }


class ReadingView(Commanded, ScrollView, can_focus=True):
    """A text that can be longer than the screen."""

    OFFERED = READING
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(READING)]
    DEFAULT_CSS = "ReadingView { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._markdown: str | None = None
        self._text: RenderableType = Text("")
        self._strips: list[Strip] = []
        self._laid_out_for = -1

    def show_markdown(self, markdown: str) -> None:
        """Show Markdown from its beginning; links are text, nothing is fetched."""
        if markdown != self._markdown:
            self._markdown = markdown
            self._begin()

    def show_text(self, text: RenderableType) -> None:
        """Show a text from its beginning."""
        self._markdown, self._text = None, text
        self._begin()

    def replace_text(self, text: RenderableType) -> None:
        """Show a newer text of the same thing, at the same line."""
        self._markdown, self._text = None, text
        self._laid_out_for = -1
        self._lay_out()

    @property
    def plain(self) -> str:
        """What is shown, as lines without style."""
        return "\n".join(strip.text.rstrip() for strip in self._strips)

    @property
    def at_end(self) -> bool:
        """Whether the last line is in sight."""
        return self.scroll_offset.y >= self.max_scroll_y

    def _begin(self) -> None:
        self._laid_out_for = -1
        self._lay_out()
        self.scroll_to(y=0, animate=False, immediate=True)

    def _lay_out(self) -> None:
        # A column is left for the scrollbar, which comes only after the layout.
        width = self.size.width - 1
        if width <= 0 or width == self._laid_out_for:
            return
        self._laid_out_for = width
        self._strips = _laid_out(self._renderable(width), width)
        self.virtual_size = Size(width, len(self._strips))
        self.refresh()

    def _renderable(self, width: int) -> RenderableType:
        if self._markdown is None:
            return self._text
        text = safe(self._markdown, keep_newlines=True)
        if width < NARROW_TABLE:
            text = _TABLE.sub(_as_list, text)
        return _Markdown(text, hyperlinks=False, inline_code_theme="ansi_dark")

    def on_resize(self, _: events.Resize) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.size.width
        if at >= len(self._strips):
            return Strip.blank(width)
        return self._strips[at].adjust_cell_length(width)

    def do_down(self, _: str) -> None:
        self._scroll(1)

    def do_up(self, _: str) -> None:
        self._scroll(-1)

    def do_page_down(self, _: str) -> None:
        self._scroll(max(1, self.size.height - 1))

    def do_page_up(self, _: str) -> None:
        self._scroll(-max(1, self.size.height - 1))

    def do_half_down(self, _: str) -> None:
        self._scroll(max(1, self.size.height // 2))

    def do_half_up(self, _: str) -> None:
        self._scroll(-max(1, self.size.height // 2))

    def do_top(self, _: str) -> None:
        self.scroll_to(y=0, animate=False)

    def do_bottom(self, _: str) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_perform(self, name: str) -> None:
        screen = cast("WorkingScreen", self.screen)
        screen.guarded(lambda: self.perform(name))

    def _scroll(self, lines: int) -> None:
        self.scroll_relative(y=lines, animate=False)


def _laid_out(renderable: RenderableType, width: int) -> list[Strip]:
    """Lines of exactly what will be printed: no character of them is a control."""
    console = Console(
        file=io.StringIO(), width=width, color_system="standard", legacy_windows=False
    )
    options = console.options.update(width=width, height=None)
    lines = console.render_lines(renderable, options, pad=False)
    return [
        Strip([_made_safe(segment) for segment in line if not segment.control]) for line in lines
    ]


def _made_safe(segment: Segment) -> Segment:
    style = segment.style
    if style is not None and (style.link or style.bgcolor):
        # No link may be clicked, and code needs no box around it.
        plain_style = Style(
            color=style.color, bold=style.bold, italic=style.italic, dim=style.dim,
            reverse=style.reverse, underline=style.underline,
        )  # fmt: skip
        style = plain_style
    return Segment(safe(segment.text), style)


def _as_list(table: re.Match[str]) -> str:
    """A Markdown table as one entry a row: the first cell, then each other under its heading."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in table[0].splitlines()
    ]
    heads, entries = rows[0], rows[2:]
    lines: list[str] = []
    for row in entries:
        more = "; ".join(
            f"{head.lower()} {cell}" for head, cell in zip(heads[1:], row[1:], strict=False) if cell
        )
        lines.append(f"- **{row[0]}**: {more}")
    return "\n".join(lines) + "\n"
