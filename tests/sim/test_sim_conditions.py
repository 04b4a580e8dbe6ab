"""Condition operators, as the IAM User Guide documents them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.sim.conditions import matches_glob, satisfied, substitute
from trailtui.sim.problems import CannotDecideError

CONTEXT = {
    "aws:username": "Jo",
    "aws:sourceip": "203.0.113.9",
    "aws:tokenissuetime": "2026-03-10T12:00:00Z",
    "aws:multifactorauthpresent": "true",
    "aws:principalarn": "arn:aws:iam::111122223333:role/team/ops",
    "aws:tagkeys": ["a", "b"],
    "s3:max-keys": "10",
    "aws:sourceidentity": None,
}


@pytest.mark.parametrize(
    ("operator", "key", "value", "holds"),
    [
        ("StringEquals", "aws:username", "Jo", True),
        ("StringEquals", "aws:UserName", "Jo", True),
        ("StringEquals", "aws:username", "jo", False),
        ("StringEquals", "aws:username", ["x", "Jo"], True),
        ("StringNotEquals", "aws:username", ["x", "Jo"], False),
        ("StringNotEquals", "aws:username", ["x", "y"], True),
        ("StringEqualsIgnoreCase", "aws:username", "JO", True),
        ("StringNotEqualsIgnoreCase", "aws:username", "JO", False),
        ("StringLike", "aws:username", "J?", True),
        ("StringLike", "aws:username", "J", False),
        ("StringNotLike", "aws:username", "K*", True),
        ("NumericLessThan", "s3:max-keys", "11", True),
        ("NumericLessThan", "s3:max-keys", 9, False),
        ("NumericLessThanEquals", "s3:max-keys", "10", True),
        ("NumericGreaterThan", "s3:max-keys", "9", True),
        ("NumericGreaterThanEquals", "s3:max-keys", "11", False),
        ("NumericEquals", "s3:max-keys", "10.0", True),
        ("NumericNotEquals", "s3:max-keys", "10", False),
        ("NumericEquals", "s3:max-keys", "no number", False),
        ("DateLessThan", "aws:TokenIssueTime", "2026-03-10T12:00:01Z", True),
        ("DateLessThan", "aws:TokenIssueTime", "2026-03-10T12:00:00Z", False),
        ("DateLessThan", "aws:TokenIssueTime", "2026-03-10T14:00:01+02:00", True),
        ("DateLessThanEquals", "aws:TokenIssueTime", "2026-03-10T12:00:00Z", True),
        ("DateGreaterThan", "aws:TokenIssueTime", "1700000000", True),
        ("DateNotEquals", "aws:TokenIssueTime", "2026-03-10T12:00:00Z", False),
        ("DateEquals", "aws:TokenIssueTime", "2026-03-10T12:00:00Z", True),
        ("Bool", "aws:MultiFactorAuthPresent", True, True),
        ("Bool", "aws:MultiFactorAuthPresent", "false", False),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", True),
        ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "203.0.113.9"], True),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*", True),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/team/*", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:*", False),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/other", True),
        ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/team/ops", False),
        ("Null", "aws:SourceIdentity", "true", True),
        ("Null", "aws:SourceIdentity", False, False),
        ("Null", "aws:username", "true", False),
        # An absent key: negated operators hold, the others do not, IfExists holds.
        ("StringEquals", "aws:SourceIdentity", "x", False),
        ("StringNotEquals", "aws:SourceIdentity", "x", True),
        ("StringEqualsIfExists", "aws:SourceIdentity", "x", True),
        ("StringEqualsIfExists", "aws:username", "x", False),
        ("DateLessThan", "aws:SourceIdentity", "2100-01-01T00:00:00Z", False),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["b", "c"], True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["c"], False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a"], False),
        ("ForAllValues:StringEquals", "aws:SourceIdentity", ["a"], True),
        ("ForAnyValue:StringEquals", "aws:SourceIdentity", ["a"], False),
        ("ForAnyValue:StringNotEquals", "aws:SourceIdentity", ["a"], False),
    ],
)
def test_operator(operator: str, key: str, value: object, holds: bool) -> None:
    assert satisfied({operator: {key: value}}, CONTEXT) is holds


def test_all_operators_and_keys_must_hold() -> None:
    both = {
        "StringEquals": {"aws:username": "Jo"},
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
    }
    assert not satisfied(both, CONTEXT)
    assert satisfied({}, CONTEXT)


@pytest.mark.parametrize("operator", ["StringMatches", "ForSome:StringEquals", "IfExists"])
def test_an_unknown_operator_raises(operator: str) -> None:
    with pytest.raises(CannotDecideError, match="operator"):
        satisfied({operator: {"aws:username": "x"}}, CONTEXT)


def test_an_unknown_key_raises_instead_of_counting_as_absent() -> None:
    with pytest.raises(CannotDecideError, match="ec2:Owner"):
        satisfied({"StringEquals": {"ec2:Owner": "x"}}, CONTEXT)


def test_several_values_without_a_set_operator_raise() -> None:
    with pytest.raises(CannotDecideError, match="set operator"):
        satisfied({"StringEquals": {"aws:TagKeys": "a"}}, CONTEXT)


def test_variables_are_filled_in() -> None:
    assert substitute("home/${aws:username}/*", CONTEXT) == "home/Jo/*"
    assert substitute("${aws:SourceIdentity, 'nobody'}", CONTEXT) == "nobody"
    assert substitute("${*}", CONTEXT) == "*"
    assert not matches_glob(substitute("${aws:SourceIdentity}", CONTEXT), "")


@given(st.text(max_size=12))
def test_without_wildcards_a_pattern_matches_itself_only(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    assert matches_glob(plain, plain)
    assert not matches_glob(plain, plain + "x")
    assert matches_glob(plain + "*", plain + "x\ny")


@given(st.sampled_from(["aws:username", "aws:sourceip"]), st.text(max_size=8))
def test_negation_is_the_opposite(key: str, value: str) -> None:
    if "${" in value:
        return
    for operator in ("StringEquals", "StringLike"):
        negated = operator.replace("String", "StringNot")
        assert satisfied({operator: {key: value}}, CONTEXT) != satisfied(
            {negated: {key: value}}, CONTEXT
        )
