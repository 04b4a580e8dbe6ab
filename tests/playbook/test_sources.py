"""Where the values of `for_each` come from."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.model.errors import InputError
from trailtui.playbook.result import Part, StepResult
from trailtui.playbook.sources import parse_source

RESULT = StepResult(
    (
        Part(
            "query", "q", {}, columns=("name", "who", "error"),
            rows=(
                ("CreateUser", "bob", None),
                ("CreateUser", "eve", "AccessDenied"),
                ("DeleteUser", "al", ""),
                ("CreateUser", None, None),
            ),
        ),
        Part(
            "query", "q", {}, columns=("who", "error", "name"), rows=(("cy", None, "CreateUser"),),
        ),
        Part("query", "q", {}, error="failed"),
    ),
    0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("step.a.who", ("bob", "eve", "al", "cy")),
        ('step.a.who where name == "CreateUser"', ("bob", "eve", "cy")),
        ('step.a.who where name == "CreateUser" and error empty', ("bob", "cy")),
        ("step.a.who where error exists", ("eve",)),
        ("step.a.who where error not empty", ("eve",)),
        ('step.a.who where name != "CreateUser" and error != "x"', ("al",)),
        ("step.a.name where who empty", ("CreateUser",)),
    ],
)
def test_only_the_rows_that_pass_count(written: str, expected: tuple[str, ...]) -> None:
    source = parse_source(written)
    assert RESULT.lacks(source.columns) == ""
    assert source.subject.column is not None
    assert RESULT.values(source.subject.column, source.tests) == expected


def test_a_column_that_is_not_there_is_named() -> None:
    assert RESULT.lacks(parse_source("step.a.who where shoe empty").columns) == "shoe"


@pytest.mark.parametrize(
    "written",
    [
        "step.a",
        "decision.a",
        "entity.ip",
        "input.a where b empty",
        "step.a.b where",
        "step.a.b where c",
        "step.a.b where c == d",
        'step.a.b where c == "d" or e empty',
        'step.a.b where c == "d" e empty',
        'step.a.b where c == "d" and',
        "step.a.b where c like 1",
        "x" * 600,
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_source(written)
    assert "Allowed" in refused.value.cure


@given(st.text(max_size=40))
def test_no_text_ends_in_anything_but_a_source_or_a_refusal(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_source(f"step.a.b where {text}")
