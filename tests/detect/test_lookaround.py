"""Expressions with look-around, against Python's own engine."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailtui.detect.sigma.lookaround import LookAround, Refused

_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "^", "$", r"\b", r"\B", "c"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    part = st.one_of(
        inner,
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{0,2}", "{2}", "*?"])),
        st.builds("(?={})".format, inner),
        st.builds("(?!{})".format, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("({})".format, inner),
    )
    return st.lists(part, min_size=1, max_size=3).map("".join)


_FIXED = st.text("ab.", min_size=1, max_size=2)
_PATTERNS = st.tuples(
    st.one_of(
        st.just(""), st.builds("(?<={})".format, _FIXED), st.builds("(?<!{})".format, _FIXED)
    ),
    st.recursive(_ATOMS, _joined, max_leaves=8),
    st.one_of(
        st.just(""), st.builds("(?<={})".format, _FIXED), st.builds("(?<!{})".format, _FIXED)
    ),
).map("".join)


@settings(max_examples=400)
@given(
    pattern=_PATTERNS,
    text=st.text("abcAB1 -\n", min_size=1, max_size=10).map(lambda text: text.rstrip("\n") or "a"),
    flags=st.sampled_from([0, re.I, re.M, re.S, re.I | re.S]),
)
def test_it_finds_what_python_finds(pattern: str, text: str, flags: int) -> None:
    expected = re.search(pattern, text, flags | re.ASCII) is not None
    assert bool(LookAround(pattern, flags).search(text)) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^(?!.*amazonaws\.com$).+$", "198.51.100.7", True),
        (r"^(?!.*amazonaws\.com$).+$", "ec2.amazonaws.com", False),
        (r"(?<!Test)Role$", "AdminRole", True),
        (r"(?<!Test)Role$", "TestRole", False),
        (r"arn:aws:iam::(?!111122223333)\d{12}:", "arn:aws:iam::999988887777:role/x", True),
        (r"arn:aws:iam::(?!111122223333)\d{12}:", "arn:aws:iam::111122223333:role/x", False),
        (r"(?=.*\d)(?=.*[a-z])^.{3,}$", "ab1", True),
        (r"(?i)(?<=USER/)adm(?!in$)", "user/admins", True),
        (r"(?i)(?<=USER/)adm(?!in$)", "user/admin", False),
    ],
)
def test_as_rules_write_them(pattern: str, text: str, expected: bool) -> None:
    assert bool(LookAround(pattern).search(text)) == expected


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a", "(a)?(?(1)b|c)", "a{5000}", "(?>a)"])
def test_what_is_refused(pattern: str) -> None:
    with pytest.raises(Refused):
        LookAround(pattern)


def test_no_text_makes_one_slow() -> None:
    """Each of these takes Python's engine longer than the world is old."""
    for pattern in (r"^(?=(a+)+$)(a|a)*b", r"(?!(a*)*b)(a+)+c", r"(?<!x)(a|aa)+$b"):
        assert LookAround(pattern).search("a" * 2000) is None
