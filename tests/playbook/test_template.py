"""Templates: replaced once, literally."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.playbook.template import Scalar, fill, is_malformed, names_in


def look_up(name: str, column: str | None) -> Scalar:
    return {("key", None): "AKIA1", ("limit", None): 7, ("who", "arn"): "arn:x"}[(name, column)]


def test_a_value_that_is_one_template_keeps_its_type() -> None:
    assert fill("{{ limit }}", look_up) == 7
    assert fill("{{key}}", look_up) == "AKIA1"


def test_a_template_within_text_becomes_text() -> None:
    assert fill("at most {{ limit }} of {{ who.arn }}", look_up) == "at most 7 of arn:x"


def test_numbers_and_truths_pass_through() -> None:
    assert fill(3, look_up) == 3
    assert fill(True, look_up) is True


@given(st.text())
def test_what_is_put_in_is_never_read_again(hostile: str) -> None:
    filled = fill("<{{ key }}>", lambda _name, _column: f"{hostile}{{{{ secret }}}}")
    assert filled == f"<{hostile}{{{{ secret }}}}>"


@pytest.mark.parametrize(
    "value", ["{{ a + b }}", "{{ }}", "{{a", "a}}", "{{ a | upper }}", "{{ A }}", "{{ a.b() }}"]
)
def test_anything_but_a_name_is_malformed(value: str) -> None:
    assert is_malformed(value)


def test_the_names_in_a_value() -> None:
    assert list(names_in("{{ a }} {{ b-c.d.e }}")) == [("a", None), ("b-c", "d.e")]
    assert not is_malformed("{{ a }} {{ b-c.d.e }} } {")
