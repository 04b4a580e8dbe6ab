"""What was opened at machines and functions: which action closes exactly that, and what counts."""

from pathlib import Path
from typing import Any

import pytest

from tests.lineage.stories import (
    ACCOUNT,
    ROOT,
    START_MS,
    assume,
    call,
    stamp,
    tell,
    tree_of,
    user,
)
from tests.lineage.test_contained import act
from trailtui.lineage.contained import contained
from trailtui.lineage.tree import lineage

OPENING = {
    "groupId": "sg-1",
    "ipPermissions": {
        "items": [
            {
                "ipProtocol": "tcp",
                "fromPort": port,
                "toPort": port,
                "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
            }
            for port in (3389, 22)
        ]
    },
}
BOTH = "tcp/22/0.0.0.0/0,tcp/3389/0.0.0.0/0"
UUID = "12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize(
    ("source", "name", "asked", "answered", "ending"),
    [
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            OPENING,
            None,
            ("revoke-ingress", "sg-1", {"rule": BOTH}),
        ),
        (
            "lambda",
            "AddPermission20150331v2",
            {"functionName": "job", "statementId": "odd", "principal": "*"},
            None,
            ("remove-function-permission", "job", {"statement": "odd"}),
        ),
        (
            "lambda",
            "CreateEventSourceMapping20150331",
            {"functionName": "job", "eventSourceArn": "arn:aws:sqs:x:y:z"},
            {"uUID": UUID},
            ("disable-event-source", UUID, {}),
        ),
        (
            "ec2",
            "ModifySnapshotAttribute",
            {"snapshotId": "snap-1"},
            None,
            ("unshare-snapshot", "snap-1", {}),
        ),
    ],
)
def test_the_action_is_told_what_was_opened_and_where(
    tmp_path: Path,
    source: str,
    name: str,
    asked: dict[str, Any],
    answered: dict[str, Any] | None,
    ending: tuple[str, str, dict[str, str]],
) -> None:
    record = call(0, user(), source, name, asked=asked, answered=answered, awsRegion="eu-west-1")
    (opened,) = tree_of(tmp_path, [record]).opened
    (found,) = opened.ended_by
    action, target, given = ending
    assert (found.action, found.target) == (action, target)
    assert dict(found.parameters) == {**given, "region": "eu-west-1"}


@pytest.mark.parametrize(
    ("closed", "answered"),
    [
        (f"sg-1/{BOTH}", True),
        (f"sg-1/{BOTH},all/::/0", True),
        ("sg-1/tcp/22/0.0.0.0/0", False),
        (f"sg-2/{BOTH}", False),
        ("sg-1", False),
    ],
)
def test_all_that_was_opened_has_to_be_closed(tmp_path: Path, closed: str, answered: bool) -> None:
    opening = call(0, user(), "ec2", "AuthorizeSecurityGroupIngress", asked=OPENING)
    with tell(tmp_path, [opening]) as case:
        act(case, "revoke-ingress", closed, account=ACCOUNT)
        answers = contained(case, lineage(case, ROOT, START_MS + 60_000)).answers
        (found,) = [one for one in answers if one.kind == "opened"]
        assert bool(found.answered) == answered


def test_a_removed_statement_answers_for_its_own_addition_only(tmp_path: Path) -> None:
    records = [
        call(
            number,
            user(),
            "lambda",
            "AddPermission20150331v2",
            asked={"functionName": "job", "statementId": sid, "principal": "*"},
        )
        for number, sid in enumerate(("odd", "odder"))
    ]
    with tell(tmp_path, records) as case:
        act(case, "remove-function-permission", "job/odd")
        answers = contained(case, lineage(case, ROOT, START_MS + 60_000)).answers
        assert sorted(bool(one.answered) for one in answers if one.kind == "opened") == [
            False,
            True,
        ]


@pytest.mark.parametrize(("cut_s", "answered"), [(60, True), (-60, False)])
def test_the_sessions_of_a_machine_s_role_are_revoked_as_any_role_s(
    tmp_path: Path, cut_s: int, answered: bool
) -> None:
    taken = "ASIAONE0000000000000"
    with tell(tmp_path, [assume(0, user(), taken)]) as case:
        act(case, "deny-instance-profile-sessions", "deploy", cut=stamp(cut_s))
        answers = contained(case, lineage(case, ROOT, START_MS + 60_000)).answers
        (found,) = [one for one in answers if one.id == taken]
        assert bool(found.answered) == answered
