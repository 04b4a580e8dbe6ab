"""The language of CloudWatch's metric filters."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.pattern_pairs import PATTERNS, REFUSED
from trailtui.detect.patterns.compiling import DEFAULTS, Options, compile_pattern
from trailtui.detect.patterns.errors import PatternError
from trailtui.detect.patterns.parse import LONGEST_PATTERN
from trailtui.detect.patterns.regexes import Regex, RegexError
from trailtui.detect.scan.conditions import Subject, predicate

PAIRS = [
    (pattern, record, expected) for pattern, pairs in PATTERNS.items() for record, expected in pairs
]


def matches(pattern: str, record: object, options: Options = DEFAULTS) -> bool:
    subject = Subject(json.dumps(record, ensure_ascii=False).encode())
    return predicate(compile_pattern(pattern, options))(subject)


def test_the_table_is_as_large_as_it_has_to_be() -> None:
    assert len(PAIRS) >= 200


@pytest.mark.parametrize(("pattern", "record", "expected"), PAIRS)
def test_a_pattern_meets_what_it_says(pattern: str, record: object, expected: int) -> None:
    assert matches(pattern, record) == bool(expected)


@pytest.mark.parametrize(("pattern", "position"), REFUSED.items())
def test_what_is_no_pattern_is_refused_at_its_place(pattern: str, position: int) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(pattern)
    assert refused.value.position == position, refused.value
    assert refused.value.shown.splitlines()[-1] == " " * position + "^"


def test_a_pattern_may_be_as_long_as_aws_allows() -> None:
    name = "x" * (LONGEST_PATTERN - len("{ $.a =  }"))
    assert matches(f"{{ $.a = {name} }}", {"a": name})
    with pytest.raises(PatternError, match="1,025 characters"):
        compile_pattern(f"{{ $.a = {name}x }}")


def test_parentheses_without_end_are_refused_and_not_run_into() -> None:
    with pytest.raises(PatternError, match="nested too deeply"):
        compile_pattern("{ " + "(" * 500 + "$.a = 1" + ")" * 500 + " }")


@pytest.mark.parametrize(
    ("pattern", "record", "by_default", "with_option"),
    [
        ("{ $.a != x }", {}, False, True),
        ("{ $.a.b != x }", {"a": 1}, False, True),
        ("{ $.a != x }", {"a": None}, False, False),
        ("{ $.a != x }", {"a": "x"}, False, False),
    ],
)
def test_whether_a_missing_field_is_unequal_is_an_option(
    pattern: str, record: object, by_default: bool, with_option: bool
) -> None:
    assert matches(pattern, record) == by_default
    assert matches(pattern, record, Options(missing_is_unequal=True)) == with_option


@pytest.mark.parametrize(
    ("pattern", "record", "by_default", "with_option"),
    [
        ("{ $.a > 5 }", {"a": "6"}, False, True),
        ("{ $.a > 5 }", {"a": "six"}, False, False),
        ("{ $.a <= 5 }", {"a": "5.0"}, False, True),
        ("{ $.a = 5 }", {"a": "5.0"}, False, True),
        ('{ $.a = "5" }', {"a": 5}, False, True),
        ('{ $.a = "x" }', {"a": 5}, False, False),
        ("{ $.a != 5 }", {"a": "5.0"}, True, False),
    ],
)
def test_whether_a_text_may_be_a_number_is_an_option(
    pattern: str, record: object, by_default: bool, with_option: bool
) -> None:
    assert matches(pattern, record) == by_default
    assert matches(pattern, record, Options(numeric_strings=True)) == with_option


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab*$"), inner),
    max_leaves=8,
)
_WORDS = st.sampled_from(
    ["{", "}", "(", ")", "&&", "||", "$.a", "$.b[*]", "$.a[0]", "$.*", "$.['a.b']", "=", "!=", "<",
     ">=", "IS", "NULL", "TRUE", "NOT", "EXISTS", "IN", '"x"', '"*"', "*", "5", "1e3", "x*", "%a+%",
     "%[a-c]{1,3}$%", "?x", "-x", "%", '"', "\\", " "]
)  # fmt: skip


@given(pattern=st.lists(_WORDS, max_size=14).map("".join) | st.text(max_size=30), record=_JSON)
def test_no_pattern_and_no_record_end_in_a_crash(pattern: str, record: object) -> None:
    for text in (pattern, "{" + pattern + "}"):
        try:
            answer = matches(text, {"a": record, "b": record})
        except PatternError as refused:
            assert 0 <= refused.position <= len(text)
        else:
            assert isinstance(answer, bool)


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, object]:
    """A pattern of the tables with pieces of it lost, doubled, moved or put in, and a record."""
    pattern = draw(st.sampled_from([*PATTERNS, *REFUSED]))
    record = draw(st.sampled_from([record for _, record, _ in PAIRS]) | _JSON)
    for _ in range(draw(st.integers(1, 4))):
        begin, end = sorted(
            (draw(st.integers(0, len(pattern))), draw(st.integers(0, len(pattern))))
        )
        kept = draw(st.sampled_from(["", pattern[begin:end] * 2, pattern[begin:end][::-1]]))
        put_in = draw(_WORDS | st.characters() | st.just(""))
        pattern = pattern[:begin] + kept + put_in + pattern[end:]
    return pattern, record


@settings(max_examples=500)
@given(damaged=_damaged(), missing=st.booleans(), numbers=st.booleans())
def test_no_damaged_pattern_ends_in_a_crash(
    damaged: tuple[str, object], missing: bool, numbers: bool
) -> None:
    pattern, record = damaged
    options = Options(missing_is_unequal=missing, numeric_strings=numbers)
    try:
        answer = matches(pattern, record, options)
    except PatternError as refused:
        assert 0 <= refused.position <= len(pattern)
        assert refused.cure or refused.what
    else:
        assert isinstance(answer, bool)


_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-c1]", "\\d", "\\w", "\\S", "\\.", "x"])
_REGEXES = st.lists(
    st.tuples(_ATOMS, st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{1,2}", "{1,}"])).map(
        "".join
    )
    | st.sampled_from(["^", "$", "|"]),
    min_size=1,
    max_size=7,
).map("".join)


@given(source=_REGEXES, text=st.text("abcx1. -", max_size=12))
def test_regular_expressions_find_what_python_finds(source: str, text: str) -> None:
    assert Regex(source).found_in(text) == bool(re.search(source.replace("$", r"\Z"), text))


@given(st.text("ab[](){}^$|*+?.\\!-,019%", max_size=12))
def test_any_text_is_a_regular_expression_or_refused(source: str) -> None:
    try:
        Regex(source).found_in("ab1")
    except RegexError as refused:
        assert 0 <= refused.position <= len(source)


@pytest.mark.parametrize("source", [".*.*.*.*.*.*.*x", "a*a*a*a*a*a*a*b", "[ab]*a[ab]{200}c"])
def test_a_regular_expression_looks_at_each_character_once(source: str) -> None:
    """A backtracking engine would not come back from these; the test's own timeout says so."""
    assert not Regex(source).found_in("a" * 50_000)
