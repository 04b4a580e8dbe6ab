"""The window over many rows against a list of them all, page by page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.tui.widgets import row_window
from trailtui.tui.widgets.row_window import RowWindow
from trailtui.tui.widgets.table import RowPage

KEPT = 60
moves = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-70, 70)),
        st.tuples(st.just("scroll"), st.integers(-9, 9)),
        st.tuples(st.just("edge"), st.booleans()),
    ),
    max_size=40,
)


class Everything:
    """All rows there are, 0 to `count` - 1, and a window over them that asks for pages at once."""

    def __init__(self, count: int, height: int) -> None:
        self.count = count
        self.height = height
        self.window = RowWindow[int](lambda: height)

    def page(self, *, after: int = -1, before: int | None = None) -> RowPage[int]:
        size = 2 * self.height
        if before is not None:
            first = max(0, before - size)
            return RowPage(tuple(range(first, before)), first > 0)
        last = min(self.count, after + 1 + size)
        return RowPage(tuple(range(after + 1, last)), last < self.count)

    def fetch(self, direction: int) -> None:
        if not self.window.asks(direction):
            return
        edge = self.window.edge_row(direction)
        page = self.page(after=edge) if direction > 0 else self.page(before=edge)
        self.window.answered(direction)
        owed = self.window.extend(direction, page)
        if owed:
            self.move(owed)

    def move(self, lines: int) -> None:
        target, lacking = self.window.aim(lines)
        if not lacking:
            self.window.go_to(target)
        else:
            self.window.go_to(target)
            self.fetch(lacking)
        for direction in self.window.running_short():
            self.fetch(direction)

    def to_edge(self, *, end: bool) -> None:
        if end:
            page = self.page(before=self.count)
            self.window.hold_edge(RowPage(page.rows[::-1], page.has_more), end=True)
        else:
            self.window.hold_edge(self.page(), end=False)

    def check(self, cursor: int) -> None:
        window = self.window
        assert window.row == cursor
        assert window.rows == list(range(window.rows[0], window.rows[-1] + 1))
        assert len(window.rows) <= max(KEPT, 6 * self.height)
        assert window.has_more(1) == (window.rows[-1] < self.count - 1)
        assert window.has_more(-1) == (window.rows[0] > 0)
        assert window.top <= window.cursor < window.top + self.height


@given(st.integers(1, 400), st.integers(1, 20), st.data(), moves)
def test_wherever_it_moves_the_cursor_is_where_it_would_be_among_all_rows(
    count: int, height: int, data: st.DataObject, steps: list[tuple[str, int]]
) -> None:
    at = data.draw(st.integers(0, count - 1))
    whole = Everything(count, height)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_window, "MOST_ROWS", KEPT)
        whole.window.begin(whole.page(before=at), whole.page(after=at - 1), None)
        cursor = at
        whole.check(cursor)
        for step, value in steps:
            if step == "move":
                whole.move(value)
                cursor = max(0, min(cursor + value, count - 1))
            elif step == "edge":
                whole.to_edge(end=bool(value))
                cursor = count - 1 if value else 0
            else:
                whole.window.scroll(value)
                whole.move(value)
                cursor = max(0, min(cursor + value, count - 1))
            whole.check(cursor)


@given(st.integers(1, 400), st.integers(1, 20), st.data())
def test_a_row_is_shown_on_the_line_that_was_asked_for(
    count: int, height: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, count - 1))
    line = data.draw(st.integers(0, height - 1))
    whole = Everything(count, height)
    whole.window.begin(whole.page(before=at), whole.page(after=at - 1), line)
    assert whole.window.row == at
    assert whole.window.cursor - whole.window.top == min(line, at)
