r"""Expressions that could take without end are refused, and no others that people write."""

import re

import pytest

from trailtui.query.complaints import ValueComplaint
from trailtui.query.endless import may_take_forever
from trailtui.query.library import load_queries
from trailtui.query.patterns import regex

ENDLESS = [
    r"(a+)+$",
    r"(a*)*b",
    r"(a|aa)+$",
    r"(a|a)*b",
    r"(\w+\s?)*$",
    r"(.*,)*x",
    r"(\d+\.?)*x",
    r"(a.*?b)*c",
    r"([a-z]+)*\d",
    r"(?i)([A-Z][a-z]*)+$",
    r"((a{1,9}){1,9}){20}b",
    r"x(?:(?:ab?)+b?)*y",
    r"(a+a+)+b",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
]
FINE = [
    r"^(List|Get|Describe)[A-Z]\w+$",
    r"([a-z0-9-]+\.)*amazonaws\.com$",
    r"^\d{1,3}(\.\d{1,3}){3}$",
    r".*assumed-role/([^/]+)/.*",
    r"(,\s*\w+)*",
    r"([A-Z][a-z]*)+",
    r"(\.\d+)+",
    r"(a++)+b",
    r"(\w|-)+",
    r"arn:aws:iam::\d{12}:(user|role)/(?:[^/]+/)*([^/]+)$",
    r"(?i)denied|unauthorized",
    r"",
    r"(.|\n)*",
    r"i-[0-9a-f]{8,17}",
    r"(ab)*",
    r"(?=.*a)(?=.*b).*",
    r"(?<!x)(ab|cd)*",
    r"\bfoo\b.*\bbar\b",
    r"(a)\1+",
]


@pytest.mark.parametrize("pattern", ENDLESS)
def test_what_may_take_forever_is_refused(pattern: str) -> None:
    re.compile(pattern)
    with pytest.raises(ValueComplaint, match="a repeat within a repeat"):
        regex(pattern)


@pytest.mark.parametrize("pattern", FINE)
def test_what_people_write_is_taken(pattern: str) -> None:
    assert regex(pattern).pattern == pattern


@pytest.mark.parametrize("pattern", FINE)
def test_what_is_taken_ends_soon(pattern: str) -> None:
    """Over texts of the expression's own signs, which are the worst for it."""
    texts = [
        "a" * 40,
        "ab" * 30 + "!",
        "1" * 40 + "x",
        "a." * 30,
        ", a" * 20 + "!",
        "Ab" * 30 + "!",
    ]
    compiled = regex(pattern)
    for text in texts:  # an endless one would take years, and the test's time limit tell of it
        found = compiled.search(text)
        assert found is None or found.end() <= len(text)


def test_the_librarys_expressions_are_all_taken() -> None:
    for query in load_queries().values():
        for pattern in re.findall(r"regexp_\w+\((?:[^()']|\([^()]*\))*'([^']*)'", query.sql):
            assert not may_take_forever(pattern), query.name
