"""The parts without a screen: filter lines, widths, strips, history."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from trailtui.case.cells import Run
from trailtui.case.covered import PlaceCover
from trailtui.case.covering import Known
from trailtui.case.strip import LETTERS
from trailtui.model.entity import ENTITY_KINDS, Entity
from trailtui.model.errors import InputError
from trailtui.model.text import safe
from trailtui.model.times import HOUR_MS
from trailtui.tui.coverage_strip import ALL, in_words, legend_of, shown_of
from trailtui.tui.filter_line import FilterLine, parse_filter
from trailtui.tui.places import History, Place
from trailtui.tui.record_lines import RecordLine, wrapped_lines
from trailtui.tui.showing import fit, fit_tail
from trailtui.tui.widgets.table import Cell, Column, choose_columns

WORDS = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() == text)


@given(
    st.lists(st.builds(Entity, st.sampled_from(ENTITY_KINDS), WORDS), max_size=3),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "-24h", "2026-01-01", "2026-01-01 10:00"]),
    st.lists(st.from_regex(r"[A-Z][A-Za-z]{2,9}\*?", fullmatch=True), max_size=2),
    st.sampled_from(["", "eventName = 'a b'", "x LIKE 'where %'"]),
)
def test_a_filter_line_says_what_it_means(
    entities: list[Entity], errors: bool, writes: bool, since: str, names: list[str], where: str
) -> None:
    line = FilterLine(
        tuple(entities), since=since, errors=errors, writes=writes, names=tuple(names), where=where
    )
    assert parse_filter(line.text) == line


@given(st.text(max_size=60), st.integers(1, 40))
def test_cells_are_exactly_as_wide_as_told(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit_tail(text, width)) == width
    for cut in (fit(text, width), fit_tail(text, width)):
        assert "\x1b" not in cut
        assert "\n" not in cut


def test_wide_characters_take_two_cells() -> None:
    assert fit("宽字符", 5) == "宽字…"
    assert fit("宽字符", 6) == "宽字符"
    assert fit("宽字符", 4) == "宽 …"
    assert fit_tail("/very/long/path", 6) == "…/path"


@given(st.text(max_size=300), st.integers(16, 60))
@example("\x1b[31m\u241b\x7f\u202e\n" * 20, 30)
def test_wrapped_values_lose_nothing(text: str, width: int) -> None:
    lines = wrapped_lines([RecordLine("field", text)], width)
    assert lines[0].field == "field"
    drawn = [safe(line.value) for line in lines]
    assert all(cell_len(line) <= width for line in drawn)
    assert "".join("".join(drawn).split()) == "".join(safe(text).split())
    if text.isascii() and text.isprintable() and len(text) > width:
        assert "".join("".join(line.value for line in lines).split()) == "".join(text.split())
        assert all(cell_len(line.value) <= width for line in lines)
        assert lines[0].whole == text


def test_columns_come_by_rank_and_fill_the_width() -> None:
    columns = [
        Column[str]("a", "a", Cell, 10, 20),
        Column[str]("late", "late", Cell, 10, 10, 2),
        Column[str]("b", "b", Cell, 5, 5, 1),
    ]
    assert [(c.name, w) for c, w in choose_columns(columns, 12)] == [("a", 12)]
    assert [(c.name, w) for c, w in choose_columns(columns, 18)] == [("a", 12), ("b", 5)]
    assert [c.name for c, _ in choose_columns(columns, 27)] == ["a", "late", "b"]
    assert sum(w for _, w in choose_columns(columns, 30)) + 2 == 30


def test_bad_filters_say_why() -> None:
    for line, told in (
        ("from=nowhen", "is no time"),
        ("'open", "quotation mark"),
        ("two+two", "nothing to filter by"),
    ):
        with pytest.raises(InputError, match=told):
            parse_filter(line)


def test_the_legend_names_what_occurs_and_begins_with_its_letter() -> None:
    runs = [Run(0, HOUR_MS, Known.DENIED), Run(HOUR_MS, 2 * HOUR_MS, Known.RUNNING)]
    place = PlaceCover("1", "eu", (), tuple(runs), {})
    (shown,) = shown_of([place], ALL)
    assert legend_of([shown]).endswith("events  Denied  Waiting")
    assert shown.strip(4) == "DDWW"
    assert shown.part(4, 1) == (HOUR_MS // 2, HOUR_MS)
    assert in_words(runs[0]) == "1 hour, denied"
    for state, letter in LETTERS.items():
        every = PlaceCover("1", "eu", (), (Run(0, HOUR_MS, state),), {})
        assert f"  {letter}" in legend_of(shown_of([every], ALL))


def test_history_goes_back_and_forward() -> None:
    history = History()
    one, two, three = Place("one"), Place("two"), Place("three")
    history.enter(one)
    history.enter(two)
    assert history.back() == one
    assert history.back() is None
    assert history.forward() == two
    assert history.forward() is None
    history.back()
    history.leave(Place("one", {"row": 5}))
    history.enter(three)
    assert history.forward() is None
    assert history.back() == Place("one", {"row": 5})
    for number in range(300):
        history.enter(Place(str(number)))
    assert sum(1 for _ in iter(history.back, None)) == History.LONGEST - 1
