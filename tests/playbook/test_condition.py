"""`when`: the few forms it understands, what each answers, and that nothing else is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.model.errors import InputError
from trailtui.playbook.condition import Subject, Unknown, evaluate, parse_condition

VALUES: dict[str, tuple[str, ...] | Unknown] = {
    "decision.who": ("attacker",),
    "entity.ip": ("198.51.100.7", "203.0.113.9"),
    "given.account": (),
    "step.roles.roleArn": Unknown("step roles has not run yet"),
}


def holds(written: str) -> bool | None:
    return evaluate(parse_condition(written), lambda subject: VALUES[str(subject)]).holds


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('decision.who == "attacker"', True),
        ('decision.who == "owner"', False),
        ('decision.who != "owner"', True),
        ("entity.ip exists", True),
        ("entity.ip not empty", True),
        ("entity.ip empty", False),
        ("given.account exists", False),
        ("given.account empty", True),
        ('entity.ip == "203.0.113.9"', True),
        ("step.roles.roleArn exists", None),
        ('decision.who == "attacker" and entity.ip exists', True),
        ('decision.who == "owner" or entity.ip exists', True),
        ('decision.who == "owner" or given.account exists', False),
        # What is certain decides; only then does what can't be told count.
        ("step.roles.roleArn exists and given.account exists", False),
        ("step.roles.roleArn exists or entity.ip exists", True),
        ("step.roles.roleArn exists and entity.ip exists", None),
    ],
)
def test_what_a_condition_answers(written: str, expected: bool | None) -> None:
    assert holds(written) is expected


def test_the_reason_names_what_was_needed_and_what_there_is() -> None:
    condition = parse_condition('decision.who == "owner"')
    verdict = evaluate(condition, lambda subject: VALUES[str(subject)])
    assert verdict.reason == 'needs decision.who == "owner"; decision.who has "attacker"'


@pytest.mark.parametrize(
    "written",
    [
        "",
        "decision.who",
        "decision.who ==",
        "decision.who == attacker",
        "decision.who = 'attacker'",
        'decision.who == "attacker" and',
        'decision.who == "a" and entity.ip exists or entity.ip empty',
        "not entity.ip exists",
        "entity.ip not exists",
        "entity.ip exists entity.ip exists",
        "(entity.ip exists)",
        "entity.shoe exists",
        "decision.who.what exists",
        "__import__('os').system('id')",
        "os.path exists",
        'decision.who == "a\\"b"',
        "entity.ip exists; entity.ip exists",
        "x" * 600,
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_condition(written)
    assert "Allowed" in refused.value.cure


def test_a_column_may_have_dots() -> None:
    [test] = parse_condition("step.who.userIdentity.arn exists").tests
    assert test.subject == Subject("step", "who", "userIdentity.arn")


@given(st.text(max_size=80))
def test_no_text_ends_in_anything_but_a_condition_or_a_refusal(written: str) -> None:
    try:
        condition = parse_condition(written)
    except InputError:
        return
    assert condition.tests
