"""The check-list: what counts as an answer for a live node, and what does not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.lineage.stories import ACCOUNT, HOUR, ROOT, START_MS, assume, call, stamp, tell, user
from trailtui.case.file import Case
from trailtui.case.marks import add_note, judge_entity
from trailtui.cli.main import program
from trailtui.lineage.contained import Containment, contained, give_reason
from trailtui.lineage.tree import lineage
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError

ONE, KEY = "ASIAONE0000000000000", "AKIASECOND0000000000"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
RECORDS = [
    assume(0, user(), ONE, seconds=HOUR),
    call(1, user(), "iam", "CreateUser", asked={"userName": "bob"},
         answered={"user": {"userName": "bob", "arn": BOB}}),
    call(2, user(), "iam", "CreateAccessKey", asked={"userName": "bob"},
         answered={"accessKey": {"accessKeyId": KEY, "userName": "bob"}}),
    call(3, user(), "iam", "AttachUserPolicy",
         asked={"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/Admin"}),
]  # fmt: skip
OPENED = f"AttachUserPolicy {BOB}"
NOW = START_MS + 600_000


def act(
    case: Case, action: str, target: str, *, state: str = "verified", cut: str = "",
    account: str = ACCOUNT,
) -> None:  # fmt: skip
    """An action as `respond` keeps it."""
    policy = json.dumps({"Condition": {"DateLessThan": {"aws:TokenIssueTime": cut}}})
    outcome = json.dumps({"calls": [{"parameters": {"PolicyDocument": policy}}]} if cut else {})
    number = case.connection.execute("SELECT count(*) FROM actions").fetchone()[0]
    with case.writing() as connection:
        connection.execute(
            "INSERT INTO actions (plan_hash, action, target, account, plan, state, planned_ms, "
            "changed_ms, outcome) VALUES (?, ?, ?, ?, '{}', ?, 0, 0, ?)",
            [f"hash {number}", action, target, account, state, outcome],
        )


def check(case: Case) -> Containment:
    return contained(case, lineage(case, ROOT, NOW))


def unanswered(case: Case) -> set[str]:
    return {one.id for one in check(case).unanswered}


def test_everything_live_has_to_be_answered_for(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        assert unanswered(case) == {ROOT, ONE, BOB, KEY, OPENED}
        assert not check(case).holds


def test_verified_actions_and_reasons_answer(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        act(case, "deactivate-access-key", ROOT)
        assert unanswered(case) == {ONE, BOB, KEY, OPENED}
        act(case, "deny-user", "bob")
        assert unanswered(case) == {ONE}
        tree = lineage(case, ROOT, NOW)
        give_reason(case, tree, ONE, "a test of ours: see ticket 7")
        assert check(case).holds
        (answer,) = [one for one in check(case).answers if one.id == ONE]
        assert answer.answered == "reason: a test of ours: see ticket 7"


def test_what_was_taken_back_after_the_newest_event_is_not_contained(tmp_path: Path) -> None:
    ended = [
        *RECORDS[:1],
        call(5, user(), "iam", "UpdateAccessKey",
             asked={"accessKeyId": ROOT, "userName": "alice", "status": "Inactive"}),
    ]  # fmt: skip
    with tell(tmp_path, ended) as case:
        give_reason(case, lineage(case, ROOT, NOW), ONE, "ours")
        assert check(case).holds  # the events show the key switched off
        act(case, "deactivate-access-key", ROOT, state="undone")
        assert check(case).holds  # taken back before the newest event: that would show it
        with case.writing() as connection:
            connection.execute("UPDATE actions SET changed_ms = ?", [NOW])
        found = check(case)
        assert not found.holds
        assert "collect again" in found.cut
        act(case, "deactivate-access-key", ROOT)
        assert check(case).holds


@pytest.mark.parametrize(
    ("action", "target", "more"),
    [
        ("deactivate-access-key", ROOT, {"state": "executed"}),
        ("deactivate-access-key", ROOT, {"state": "undone"}),
        ("deactivate-access-key", ROOT, {"account": "999999999999"}),
        ("deactivate-access-key", KEY + "X", {}),
        ("revoke-role-sessions", "deploy", {}),
        ("revoke-role-sessions", "deploy", {"cut": stamp(-60)}),
        ("revoke-user-sessions", "alice", {"cut": stamp(60)}),
        ("deny-role-session", "deploy/other", {}),
        ("quarantine-user", "alice", {}),
    ],
)
def test_what_is_no_answer(tmp_path: Path, action: str, target: str, more: dict[str, str]) -> None:
    with tell(tmp_path, RECORDS) as case:
        act(case, action, target, **more)
        assert unanswered(case) == {ROOT, ONE, BOB, KEY, OPENED}


@pytest.mark.parametrize(
    ("action", "target", "answers"),
    [
        ("revoke-role-sessions", "deploy", {ONE}),
        ("deny-role-session", "deploy/job", {ONE}),
        ("deny-role", "deploy", {ONE}),
        ("remove-user", "bob", {BOB, KEY, OPENED}),
        ("detach-user-policy", "bob/Admin", {OPENED}),
        ("deny-user", "alice", {ROOT}),
    ],
)
def test_what_each_action_answers_for(
    tmp_path: Path, action: str, target: str, answers: set[str]
) -> None:
    with tell(tmp_path, RECORDS) as case:
        act(case, action, target, cut=stamp(60))
        assert {ROOT, ONE, BOB, KEY, OPENED} - unanswered(case) == answers


def test_a_cleared_credential_is_answered_only_with_a_reason(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        judge_entity(case, Entity("credential", KEY), "cleared", "")
        assert KEY in unanswered(case)
        judge_entity(case, Entity("credential", KEY), "cleared", "the auditors' own")
        assert KEY not in unanswered(case)


def test_an_empty_reason_or_an_unknown_node_is_refused(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        tree = lineage(case, ROOT, NOW)
        with pytest.raises(InputError, match="empty"):
            give_reason(case, tree, ONE, "  ")
        with pytest.raises(InputError, match="no node"):
            give_reason(case, tree, "AKIAOTHER00000000000", "because")
        add_note(case, f"lineage {ONE}:  ")
        add_note(case, f"not lineage {ONE}: because")
        assert ONE in unanswered(case)


def test_an_origin_has_to_be_judged_too(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        found = contained(case, lineage(case, ONE, NOW))
        assert {one.id for one in found.unanswered} == {ONE, ROOT}


def test_the_command(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        path = str(case.path)
    run = CliRunner()
    at = ["--at", "2026-03-01T08:10:00Z"]
    drawn = run.invoke(program, ["lineage", path, ROOT, *at])
    assert drawn.exit_code == 0
    assert all(len(line) <= 80 for line in drawn.stdout.splitlines())
    assert [line[:3] for line in drawn.stdout.splitlines()] == [
        "   ", "L●>", "L●!", "L● ", "L●!", "O  ",
    ]  # fmt: skip
    assert f"├╴{ONE} deploy/job" in drawn.stdout
    assert "03-01 09:00" in drawn.stdout
    verbose = run.invoke(program, ["lineage", path, ROOT, "-v", *at])
    assert "AssumeRole: took the role deploy as job" in verbose.stdout
    listed = run.invoke(program, ["lineage", path, ROOT, "--format", "json", *at])
    rows = json.loads(listed.stdout)
    assert [row["id"] for row in rows] == [ROOT, ONE, BOB, KEY, OPENED]
    assert all(row["event ids"] for row in rows[1:])
    checked = run.invoke(program, ["lineage", path, ROOT, "--check", *at])
    assert checked.exit_code == 1
    assert f"✗ session {ONE}" in checked.stdout
    for node in (ROOT, ONE, BOB, KEY, OPENED):
        answered = run.invoke(program, ["lineage", path, ROOT, "--reason", node, "ours", *at])
    assert answered.exit_code == 0
    assert "✓ opened" in answered.stdout
    unknown = run.invoke(program, ["lineage", path, "AKIANOTHING000000000", *at])
    assert "Looked at" in unknown.stderr
    later = run.invoke(program, ["lineage", path, ROOT, "--at", "2026-03-01T09:00:00Z"])
    assert "X○!" in later.stdout
