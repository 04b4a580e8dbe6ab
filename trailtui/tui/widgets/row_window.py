"""A window of a few pages over many rows: which are at hand, where the cursor and the screen stand.

It knows nothing of keys and painting, nor of where pages come from: `RowsView` asks for those and
hands them in. A direction is 1 (onward in reading order) or -1 (back).
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from trailtui.tui.widgets.table import RowPage

R = TypeVar("R")
MOST_ROWS = 1200
"""Rows kept at most."""
_DIRECTIONS: tuple[int, int] = (1, -1)


class RowWindow(Generic[R]):
    """The rows at hand in reading order, a cursor among them, and the part that is on the screen.

    `height` says how many rows the screen shows just then, one at least.
    """

    def __init__(self, height: Callable[[], int]) -> None:
        self._height = height
        self.rows: list[R] = []
        self.cursor = 0
        """The place of the cursor among the rows at hand."""
        self.top = 0
        """The place of the row on the screen's first line."""
        self._more = dict.fromkeys(_DIRECTIONS, False)
        self._asked = dict.fromkeys(_DIRECTIONS, False)
        self._owed = 0
        """Lines of a movement that wait for the next page."""
        self._past_end = 0
        """Blank lines that are left under the last row, so that a row stays on its line."""

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def last(self) -> int:
        """The place of the last row; 0 where there is none."""
        return max(0, len(self.rows) - 1)

    @property
    def beside_screen(self) -> tuple[R | None, R | None]:
        """The rows that stand just outside of the screen's first and last; None: there is none."""
        past = self.top + self._height()
        before = self.rows[self.top - 1] if self.top > 0 else None
        return before, self.rows[past] if past < len(self.rows) else None

    @property
    def page_rows(self) -> int:
        """How many rows a page is to have: more than one screen's."""
        return max(100, 2 * self._height())

    # Filling it

    def clear(self) -> None:
        """No row is at hand."""
        self.rows, self.cursor, self.top = [], 0, 0

    def hold(self, rows: Sequence[R], *, at: int, keep_top: bool) -> None:
        """These are all rows there are; the cursor stands on the one at index `at`."""
        self.rows = list(rows)
        self._more = dict.fromkeys(_DIRECTIONS, False)
        self.top = min(self.top, at) if keep_top else 0
        self.cursor = max(0, min(at, self.last))
        self.keep_visible()

    def begin(self, ahead: RowPage[R], on: RowPage[R], line: int | None) -> None:
        """The pages before and from the cursor's row on, which is to stand on that line.

        None: a third from the screen's top.
        """
        self.rows = [*ahead.rows, *on.rows]
        self._more = {-1: ahead.has_more, 1: on.has_more}
        self.cursor = min(len(ahead.rows), self.last)
        self.top = max(0, self.cursor - (self._height() // 3 if line is None else line))
        beyond = max(0, self.top - self._last_top)
        self._past_end = 0 if line is None else beyond  # the row stays on its line
        self.keep_visible()

    def hold_edge(self, page: RowPage[R], *, end: bool) -> None:
        """The page at the end of all rows, read backwards, or the one at their beginning."""
        self._owed = 0
        self.rows = list(reversed(page.rows)) if end else list(page.rows)
        self._more = {-1: end and page.has_more, 1: not end and page.has_more}
        self.cursor = self.last if end else 0
        self.top = self._last_top if end else 0
        self.keep_visible()

    def extend(self, direction: int, page: RowPage[R]) -> int:
        """The page that follows in a direction; gives the lines of movement that waited for it."""
        self._more[direction] = page.has_more
        if direction > 0:
            self.rows += page.rows
            self._drop_first(min(len(self.rows) - MOST_ROWS, self.top))
        else:
            self.rows[:0] = page.rows
            self.cursor += len(page.rows)
            self.top += len(page.rows)
            self._drop_past(max(MOST_ROWS, self.top + 2 * self._height()))
        owed, self._owed = self._owed, 0
        return owed

    def _drop_first(self, surplus: int) -> None:
        if surplus > 0:
            del self.rows[:surplus]
            self.cursor -= surplus
            self.top -= surplus
            self._more[-1] = True

    def _drop_past(self, kept: int) -> None:
        if len(self.rows) > kept:
            del self.rows[kept:]
            self._more[1] = True

    # Asking for pages

    def has_more(self, direction: int) -> bool:
        """Whether there are rows past the ones at hand."""
        return self._more[direction]

    def edge_row(self, direction: int) -> R:
        """The last row at hand in a direction."""
        return self.rows[-1 if direction > 0 else 0]

    def asks(self, direction: int) -> bool:
        """Whether the next page is to be asked for: there is one, and nobody did. Now one has."""
        wanted = self._more[direction] and not self._asked[direction]
        self._asked[direction] = self._asked[direction] or wanted
        return wanted

    def answered(self, direction: int) -> None:
        """What was asked for has come, of use or not."""
        self._asked[direction] = False

    def forget_asked(self) -> None:
        """Nothing that was asked for will come, or be of use."""
        self._asked = dict.fromkeys(_DIRECTIONS, False)
        self._owed = 0

    def running_short(self) -> list[int]:
        """The directions in which less than two screens are at hand."""
        ahead = 2 * self._height()
        short = {1: self.cursor + ahead >= len(self.rows), -1: self.cursor - ahead < 0}
        return [direction for direction in _DIRECTIONS if short[direction]]

    # Moving

    def aim(self, lines: int) -> tuple[int, int]:
        """Where a movement leads among the rows at hand, and the direction of the page it lacks.

        The latter is 0 where it lacks none. What is left of the movement is kept for that page.
        """
        wanted = self.cursor + lines
        target = max(0, min(wanted, self.last))
        direction = 1 if lines > 0 else -1
        if wanted == target or not self._more[direction]:
            return target, 0
        self._owed += wanted - target
        return target, direction

    def go_to(self, target: int) -> bool:
        """Stand on the row at that place; tells whether other rows are on the screen now."""
        top = self.top
        self.cursor = target
        self.keep_visible()
        return self.top != top

    def scroll(self, lines: int) -> None:
        """Show the rows that many lines on; the cursor stays where it is."""
        self.top = max(0, min(self.top + lines, len(self.rows) - self._height()))

    def keep_visible(self) -> None:
        """Scroll by a third of a page at the edge: each repaint costs a page of bytes."""
        height = self._height()
        if self.cursor < self.top:
            self.top = max(0, self.cursor - (height // 3 if self.cursor else 0))
        elif self.cursor >= self.top + height:
            self.top = self.cursor - height + 1 + height // 3
        self._past_end = max(0, min(self._past_end, self.top - self._last_top))
        self.top = max(0, min(self.top, self._last_top + self._past_end))

    @property
    def _last_top(self) -> int:
        """Where the screen stands when its last line shows the last row."""
        return max(0, len(self.rows) - self._height())
