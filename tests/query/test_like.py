"""LIKE means what a regular expression of the same pattern means, and never takes long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.query.complaints import ValueComplaint
from trailtui.query.patterns import like_matcher


def plainly(text: str, pattern: str, escape: str | None) -> bool:
    """The same, by going back over the text."""
    made = ""
    rest = list(pattern)
    while rest:
        char = rest.pop(0)
        if char == escape:
            made += re.escape(rest.pop(0))
        else:
            made += {"%": ".*", "_": "."}.get(char) or re.escape(char)
    return re.fullmatch(made, text, re.DOTALL) is not None


@given(text=st.text("ab%_\\\n", max_size=10), pattern=st.text("ab%%_", max_size=8))
def test_it_means_what_the_expression_means(text: str, pattern: str) -> None:
    assert like_matcher(pattern, None)(text) is plainly(text, pattern, None)


@given(
    text=st.text("ab%_!", max_size=8),
    parts=st.lists(st.sampled_from(["a", "b", "%", "_", "!%", "!_", "!!"]), max_size=6),
)
def test_what_is_escaped_stands_for_itself(text: str, parts: list[str]) -> None:
    pattern = "".join(parts)
    assert like_matcher(pattern, "!")(text) is plainly(text, pattern, "!")


def test_an_escape_before_anything_else_is_refused() -> None:
    for pattern in ("a!b", "!", "%!"):
        with pytest.raises(ValueComplaint):
            like_matcher(pattern, "!")


def test_many_percents_over_a_long_text_are_no_more_than_one_reading() -> None:
    # by going back over it, this would not end within anybody's life
    assert not like_matcher("%a" * 30 + "%b", None)("a" * 100_000)
    assert like_matcher("%a_" * 30 + "%b", None)("a" * 100_000 + "b")
