"""How nodes stand: limits, calls that end them, trusts and policies that were taken back."""

import json
from pathlib import Path

import pytest

from tests.lineage.stories import (
    ACCOUNT,
    HOUR,
    ROOT,
    START_MS,
    assume,
    call,
    session,
    stamp,
    tree_of,
    used,
    user,
)
from tests.records import Record
from trailtui.lineage.calls import spoken_ms

ONE, KEY = "ASIAONE0000000000000", "AKIASECOND0000000000"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
ADMIN = user("admin", "AKIAADMIN00000000000")


def made_bob() -> list[Record]:
    return [
        call(0, user(), "iam", "CreateUser", asked={"userName": "bob"},
             answered={"user": {"userName": "bob", "arn": BOB}}),
        call(1, user(), "iam", "CreateAccessKey", asked={"userName": "bob"},
             answered={"accessKey": {"accessKeyId": KEY, "userName": "bob"}}),
    ]  # fmt: skip


def iam(second: int, name: str, **asked: str) -> Record:
    return call(second, ADMIN, "iam", name, asked=asked)


def test_states_follow_the_clock(tmp_path: Path) -> None:
    records = [assume(0, user(), ONE, seconds=HOUR)]
    assert tree_of(tmp_path, records, after=HOUR - 1).nodes[ONE].state == "live"
    assert tree_of(tmp_path / "later", records, after=HOUR).nodes[ONE].state == "expired"


@pytest.mark.parametrize(
    ("calls", "state"),
    [
        ([("UpdateAccessKey", {"accessKeyId": KEY, "userName": "bob", "status": "Inactive"})],
         "ended"),
        ([("UpdateAccessKey", {"accessKeyId": KEY, "userName": "bob", "status": "Inactive"}),
          ("UpdateAccessKey", {"accessKeyId": KEY, "userName": "bob", "status": "Active"})],
         "live"),
        ([("DeleteAccessKey", {"accessKeyId": KEY, "userName": "bob"})], "ended"),
        ([("DeleteUser", {"userName": "bob"})], "ended"),
        ([("DeleteUser", {"userName": "carol"})], "live"),
        ([("AttachUserPolicy", {"userName": "bob",
                                "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"})], "ended"),
        ([("AttachUserPolicy", {"userName": "bob",
                                "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}),
          ("DetachUserPolicy", {"userName": "bob",
                                "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"})], "live"),
    ],
)  # fmt: skip
def test_calls_end_a_key(
    tmp_path: Path, calls: list[tuple[str, dict[str, str]]], state: str
) -> None:
    later = [iam(10 + n, name, **asked) for n, (name, asked) in enumerate(calls)]
    node = tree_of(tmp_path, [*made_bob(), *later]).nodes[KEY]
    assert node.state == state
    if state == "ended":
        assert node.until_ms == START_MS + 10_000
        assert "by admin" in node.why
        assert not node.demands


def revocation(cut: str) -> str:
    statement = {
        "Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": cut}},
    }  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_revocation_ends_sessions_from_before_its_cut_only(tmp_path: Path) -> None:
    later = "ASIALATER00000000000"
    records = [
        assume(0, user(), ONE),
        iam(60, "PutRolePolicy", roleName="deploy", policyName="AWSRevokeOlderSessions",
            policyDocument=revocation(stamp(120))),
        assume(200, user(), later),
    ]  # fmt: skip
    tree = tree_of(tmp_path, records)
    assert (tree.nodes[ONE].state, tree.nodes[later].state) == ("ended", "live")
    gone = iam(90, "DeleteRolePolicy", roleName="deploy", policyName="AWSRevokeOlderSessions")
    tree = tree_of(tmp_path / "undone", [*records, gone])
    assert tree.nodes[ONE].state == "live"


def test_a_denial_with_another_condition_ends_nothing(tmp_path: Path) -> None:
    odd = json.loads(revocation(stamp(120)))
    odd["Statement"][0]["Condition"]["IpAddress"] = {"aws:SourceIp": "192.0.2.1"}
    put = iam(60, "PutRolePolicy", roleName="deploy", policyName="p",
              policyDocument=json.dumps(odd))  # fmt: skip
    assert tree_of(tmp_path, [assume(0, user(), ONE), put]).nodes[ONE].state == "live"


def test_the_login_of_a_user_and_its_end(tmp_path: Path) -> None:
    records = [*made_bob(), call(2, user(), "iam", "CreateLoginProfile", asked={"userName": "bob"})]
    password = f"{BOB} password"
    assert tree_of(tmp_path, records).nodes[password].state == "live"
    gone = iam(20, "DeleteLoginProfile", userName="bob")
    assert tree_of(tmp_path / "gone", [*records, gone]).nodes[password].state == "ended"


@pytest.mark.parametrize(
    ("source", "name", "asked", "target", "action"),
    [
        ("iam", "AttachUserPolicy", {"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/X"},
         BOB, "detach-user-policy"),
        ("iam", "PutRolePolicy", {"roleName": "r", "policyName": "p"},
         f"arn:aws:iam::{ACCOUNT}:role/r", "restore-role-policy"),
        ("iam", "AddUserToGroup", {"userName": "bob", "groupName": "g"}, BOB, "remove-from-group"),
        ("s3", "PutBucketPolicy", {"bucketName": "b"}, "b", "restore-bucket-policy"),
        ("lambda", "AddPermission20150331v2", {"functionName": "f", "principal": "*"}, "f",
         "remove-function-permission"),
        ("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-1"}, "sg-1", "revoke-ingress"),
        ("kms", "PutKeyPolicy", {"keyId": "k"}, "k", None),
    ],
)  # fmt: skip
def test_what_was_opened(
    tmp_path: Path, source: str, name: str, asked: dict[str, str], target: str, action: str | None
) -> None:
    (opened,) = tree_of(tmp_path, [call(0, user(), source, name, asked=asked)]).opened
    assert (opened.by, opened.call, opened.target) == (ROOT, name, target)
    assert [one.action for one in opened.ended_by] == ([action] if action else [])


def test_what_was_taken_back_by_somebody_else(tmp_path: Path) -> None:
    attach = call(0, user(), "iam", "AttachUserPolicy",
                  asked={"userName": "bob", "policyArn": "arn:x:p"})  # fmt: skip
    other = iam(5, "DetachUserPolicy", userName="bob", policyArn="arn:x:q")
    back = iam(9, "DetachUserPolicy", userName="bob", policyArn="arn:x:p")
    (opened,) = tree_of(tmp_path, [attach, other, back]).opened
    assert opened.undone_ms == START_MS + 9000


def test_changing_it_once_more_takes_nothing_back(tmp_path: Path) -> None:
    records = [call(n, user(), "s3", "PutBucketPolicy", asked={"bucketName": "b"}) for n in (0, 1)]
    assert [one.undone_ms for one in tree_of(tmp_path, records).opened] == [None, None]
    mended = call(9, ADMIN, "s3", "PutBucketPolicy", asked={"bucketName": "b"})
    tree = tree_of(tmp_path / "mended", [*records, mended])
    assert {one.undone_ms for one in tree.opened} == {START_MS + 9000}


def test_sessions_that_nobody_can_end(tmp_path: Path) -> None:
    linked = session(ONE)
    linked["sessionContext"]["sessionIssuer"]["arn"] = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    )
    tree = tree_of(tmp_path, [used(0, linked)], root=ONE)
    assert tree.nodes[ONE].ended_by == ()


def test_a_credential_that_the_case_knows_nothing_of(tmp_path: Path) -> None:
    node = tree_of(tmp_path, [used(0, user())], root="AKIANOTHING000000000").nodes[
        "AKIANOTHING000000000"
    ]
    assert (node.state, node.never_used) == ("unknown", True)
    assert "nothing in the case" in node.why


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("Jul 10, 2023 12:24:29 PM", "2023-07-10T12:24:29Z"),
        ("Aug 1, 2024, 11:45:22 AM", "2024-08-01T11:45:22Z"),
        ("May 24, 2025, 2:51:14\u202fPM", "2025-05-24T14:51:14Z"),
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("Jan 1, 1900 1:00:00 AM", None),
        ("soon", None),
        ("x" * 5000, None),
        (None, None),
    ],
)
def test_times_in_answers(written: str | None, iso: str | None) -> None:
    from trailtui.model.times import parse_event_time

    assert spoken_ms(written) == (parse_event_time(iso) if iso else None)
