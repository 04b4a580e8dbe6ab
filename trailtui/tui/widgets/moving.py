"""The keys that move a cursor through rows and values."""

from trailtui.tui.commands import Command, Commanded

_ROWS = "Rows"

MOVING = (
    Command("down", "j,down", "Next row", _ROWS),
    Command("up", "k,up", "Row before", _ROWS),
    Command("left", "h,left", "Value to the left", _ROWS),
    Command("right", "l,right", "Value to the right", _ROWS),
    Command("page-down", "space,pagedown", "Next page", _ROWS),
    Command("page-up", "b,pageup", "Page before", _ROWS),
    Command("half-down", "ctrl+d", "Half a page down", _ROWS),
    Command("half-up", "ctrl+u", "Half a page up", _ROWS),
    Command("top", "g,home", "First row", _ROWS),
    Command("bottom", "G,end", "Last row", _ROWS),
    Command("choose", "enter", "Open the row", _ROWS, short="open"),
)


class Moving(Commanded):
    """Translates the keys into four movements, which the list brings about."""

    OFFERED = MOVING

    def move(self, lines: int) -> None:
        """Move the cursor by rows."""
        raise NotImplementedError

    def page(self, pages: float) -> None:
        """Move by pages."""
        raise NotImplementedError

    def edge(self, *, end: bool) -> None:
        """Move to the first or the last row of all."""
        raise NotImplementedError

    def sideways(self, step: int) -> None:
        """Move to the value at the left (-1) or right (1)."""
        raise NotImplementedError

    def choose(self) -> None:
        """Open the row."""
        raise NotImplementedError

    def do_choose(self, _: str) -> None:
        self.choose()

    def do_down(self, _: str) -> None:
        self.move(1)

    def do_up(self, _: str) -> None:
        self.move(-1)

    def do_left(self, _: str) -> None:
        self.sideways(-1)

    def do_right(self, _: str) -> None:
        self.sideways(1)

    def do_page_down(self, _: str) -> None:
        self.page(1)

    def do_page_up(self, _: str) -> None:
        self.page(-1)

    def do_half_down(self, _: str) -> None:
        self.page(0.5)

    def do_half_up(self, _: str) -> None:
        self.page(-0.5)

    def do_top(self, _: str) -> None:
        self.edge(end=False)

    def do_bottom(self, _: str) -> None:
        self.edge(end=True)
