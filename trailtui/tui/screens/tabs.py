"""Tabs above a list: one word per tab, walked with Tab."""

from collections.abc import Sequence

from rich.text import Text

from trailtui.tui.commands import Command

TABS = (
    Command("next-tab", "tab,greater_than_sign", "Next tab", "Tabs", "next tab"),
    Command("previous-tab", "shift+tab,less_than_sign", "Tab before", "Tabs"),
)


def tab_line(tabs: Sequence[str], chosen: str) -> Text:
    """The tabs in one line; the chosen one in brackets too, not by colour alone."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for tab in tabs:
        if tab == chosen:
            line.append(f"[{tab}]", "bold")
        else:
            line.append(f" {tab} ", "dim")
        line.append(" ")
    return line


def neighbour(tabs: Sequence[str], chosen: str, step: int) -> str:
    """The tab after (1) or before (-1) the chosen one, round the ends."""
    return tabs[(tabs.index(chosen) + step) % len(tabs)]
