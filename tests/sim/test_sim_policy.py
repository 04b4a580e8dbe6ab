"""What statements say about a request."""

from __future__ import annotations

import pytest

from tests.sim.laboratory import policy, statement
from trailtui.sim.policy import Question, Verdict, evaluate, statements
from trailtui.sim.problems import CannotDecideError

BUCKET = "arn:aws:s3:::b/k"


def ask(document: str, action: str = "s3:GetObject", resource: str | None = BUCKET) -> Verdict:
    return evaluate(statements(document), Question(action, resource, {"aws:username": "jo"}))


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ("s3:GetObject", Verdict.ALLOW),
        ("S3:getobject", Verdict.ALLOW),
        ("s3:Get*", Verdict.ALLOW),
        ("s3:GetObjec?", Verdict.ALLOW),
        ("*", Verdict.ALLOW),
        ("s3:PutObject", Verdict.SILENT),
        (["iam:*", "s3:G*"], Verdict.ALLOW),
    ],
)
def test_actions(action: object, verdict: Verdict) -> None:
    assert ask(policy(statement(action=action))) is verdict


def test_not_action() -> None:
    document = '{"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}'
    assert ask(document) is Verdict.DENY
    assert ask(document, "IAM:ListUsers") is Verdict.SILENT


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        (BUCKET, Verdict.ALLOW),
        ("arn:aws:s3:::b/*", Verdict.ALLOW),
        ("arn:aws:s3:::b", Verdict.SILENT),
        (["arn:aws:s3:::c/*", "arn:aws:s3:::?/k"], Verdict.ALLOW),
        ("arn:aws:s3:::B/k", Verdict.SILENT),
    ],
)
def test_resources(resource: object, verdict: Verdict) -> None:
    assert ask(policy(statement(resource=resource))) is verdict


def test_not_resource() -> None:
    document = (
        '{"Statement": [{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}]}'
    )
    assert ask(document) is Verdict.SILENT
    assert ask(document, resource="arn:aws:s3:::c/k") is Verdict.DENY


def test_a_denial_beats_allowances_in_any_order() -> None:
    for order in ((statement(), statement("Deny")), (statement("Deny"), statement())):
        assert ask(policy(*order)) is Verdict.DENY


def test_variables_in_resources() -> None:
    document = policy(statement(resource="arn:aws:s3:::${aws:username}/*"))
    assert ask(document, resource="arn:aws:s3:::jo/k") is Verdict.ALLOW
    assert ask(document, resource="arn:aws:s3:::al/k") is Verdict.SILENT


def test_an_unknown_resource_raises_only_where_it_matters() -> None:
    assert ask(policy(statement()), resource=None) is Verdict.ALLOW
    scoped = policy(statement(action="s3:GetObject", resource="arn:aws:s3:::b/*"))
    assert ask(scoped, "iam:ListUsers", None) is Verdict.SILENT
    with pytest.raises(CannotDecideError, match="s3:GetObject"):
        ask(scoped, resource=None)
