"""Text from records is shown harmlessly, and nothing in it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.model.redact import redact, redact_text
from trailtui.model.text import safe


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1b[2J", "␛[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\x9bb", "a\\x9bb"),
        ("line\nbreak\r", "line␊break␍"),
        ("[/x] a[b]c", "[/x] a[b]c"),
        ("zażółć 東京", "zażółć 東京"),
    ],
)
def test_what_is_hidden_becomes_visible(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown


def test_lines_may_be_kept() -> None:
    assert safe("a\nb\x1b", keep_newlines=True) == "a\nb␛"


@given(st.text())
def test_no_control_or_bidi_character_is_left(text: str) -> None:
    shown = safe(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_tokens_are_redacted_wherever_they_stand() -> None:
    token = "IQoJb3JpZ2luX2VjEXAMPLE"
    record = {
        "credentials": {"sessionToken": token, "accessKeyId": "ASIAX"},
        "list": [{"SecretAccessKey": token}],
        "text": '{"credentials": {"sessionToken": "' + token + '"}}',
    }
    shown = str(redact(record))
    assert token not in shown
    assert "ASIAX" in shown
    assert redact_text('{\\"sessionToken\\":\\"' + token + '\\"}').count(token) == 0


def test_the_same_token_is_recognised() -> None:
    one, other = redact({"sessionToken": "a" * 20}), redact({"sessionToken": "b" * 20})
    assert one == redact({"sessionToken": "a" * 20})
    assert one != other
