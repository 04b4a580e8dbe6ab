import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.respond.action import Refusal
from trailtui.respond.targets import bare, parse_access_key, parse_iam_name


def test_a_long_term_key_is_taken() -> None:
    assert parse_access_key(" AKIAIOSFODNN7EXAMPLE ") == "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("ASIAIOSFODNN7EXAMPLE", "revoke-role-sessions"),
        ("AIDAIOSFODNN7EXAMPLE", "no access key"),
        ("akiaiosfodnn7example", "begins with AKIA"),
        ("AKIA\x1b[2JIOSFODNN7", "begins with AKIA"),
        ("", "begins with AKIA"),
    ],
)
def test_what_is_no_long_term_key_is_refused(typed: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        parse_access_key(typed)


@pytest.mark.parametrize(
    ("typed", "kind", "name", "number"),
    [
        ("deploy-bot", "user", "deploy-bot", None),
        ("arn:aws:iam::111122223333:user/deploy-bot", "user", "deploy-bot", "111122223333"),
        ("arn:aws:iam::111122223333:user/ci/x/bot", "user", "bot", "111122223333"),
        ("arn:aws-cn:iam::111122223333:role/ops", "role", "ops", "111122223333"),
        ("arn:aws:sts::111122223333:assumed-role/ops/eve", "role", "ops", "111122223333"),
    ],
)
def test_names_and_arns(typed: str, kind: str, name: str, number: str | None) -> None:
    named = parse_iam_name(typed, kind)
    assert (named.name, named.account) == (name, number)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("arn:aws:iam::111122223333:role/ops", "user"),
        ("arn:aws:iam::111122223333:user/bot", "role"),
        ("arn:aws:sts::111122223333:assumed-role/ops/eve", "user"),
        ("two words", "user"),
        ("../x", "role"),
        ("", "user"),
    ],
)
def test_another_kind_is_refused(typed: str, kind: str) -> None:
    with pytest.raises(Refusal):
        parse_iam_name(typed, kind)


@pytest.mark.parametrize("typed", ["root", "arn:aws:iam::111122223333:root"])
def test_root_is_refused_with_what_can_be_done(typed: str) -> None:
    with pytest.raises(Refusal, match="SCP"):
        parse_iam_name(typed, "user")


@given(st.text(), st.sampled_from(["user", "role"]))
def test_whatever_is_typed_is_a_name_or_refused(typed: str, kind: str) -> None:
    try:
        named = parse_iam_name(typed, kind)
    except Refusal:
        return
    assert named.name.isprintable()
    assert "/" not in named.name


def test_arns_are_compared_without_path_and_case() -> None:
    assert bare("arn:aws:iam::1:role/a/b/Ops") == bare("arn:aws:iam::1:role/ops")
    assert bare("arn:aws:iam::1:role/ops") != bare("arn:aws:iam::1:user/ops")
    assert bare("arn:aws:iam::1:role/ops") != bare("arn:aws:iam::2:role/ops")
