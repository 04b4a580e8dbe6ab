"""What is shown before a confirmation, and that a hostile string in it is harmless."""

import json
import shlex
from dataclasses import FrozenInstanceError

import pytest

from tests.records import record, write_log_file
from tests.respond.scene import Person
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.respond.action import Action, Refusal
from trailtui.respond.arming import arm
from trailtui.respond.looking import parsed_document, trusted_principals
from trailtui.respond.preview import preview, sections
from trailtui.respond.registry import actions
from trailtui.respond.run import make_plan

KEY, USER, ROLE = "deactivate-access-key", "revoke-user-sessions", "revoke-role-sessions"


def test_a_plan_shows_everything_that_is_to_be_known(
    case: Case, aws: AwsSession, victim: Person
) -> None:
    plan = make_plan(case, aws, KEY, victim.credential.id)
    shown = preview(case, plan.hash[:12], aws.command_options)
    assert (shown.target, shown.arn) == (victim.credential.id, victim.arn)
    assert shown.armed_for is None
    arm(case, aws)
    assert preview(case, plan.hash).armed_for == plan.identity
    words = shlex.split(shown.commands[0])
    assert words[:2] == ["aws", "--endpoint-url"]
    assert words[3:5] == ["iam", "update-access-key"]
    assert ("status", "Active") in [(fact.label, fact.value) for fact in shown.before]
    assert ("status", "Inactive") in [(fact.label, fact.value) for fact in shown.after]
    headings = [section.heading for section in sections(shown)]
    assert headings[:3] == ["Target", "What it does", "What is sent"]
    assert {"Warnings", "What it does not stop", "How it can hurt", "Undo"} <= set(headings)
    with pytest.raises(FrozenInstanceError):
        shown.target = "other"  # type: ignore[misc]


def test_the_time_that_is_filled_in_later_is_explained(
    case: Case, aws: AwsSession, stolen_role: Person
) -> None:
    plan = make_plan(case, aws, ROLE, stolen_role.name, {"margin": "90"})
    shown = preview(case, plan.hash)
    assert "sending time + 90 s" in shown.time_note
    words = shlex.split(shown.commands[0])
    document = words[words.index("--policy-document") + 1]
    assert "{{" not in shown.commands[0]
    cut = json.loads(document)["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    assert cut.endswith("Z")


def test_a_hostile_record_is_shown_harmlessly(case: Case, aws: AwsSession, victim: Person) -> None:
    identity = {
        "type": "IAMUser",
        "arn": victim.arn,
        "accessKeyId": victim.credential.id,
        "accountId": "111122223333",
    }
    hostile = "curl [/x]\x1b]52;c;ZXZpbA==\x07\u202egpj"
    load(case, record(1, userIdentity=identity, userAgent=hostile))
    plan = make_plan(case, aws, KEY, victim.credential.id)
    shown = preview(case, plan.hash)
    text = "\n".join(line for section in sections(shown) for line in section.lines)
    assert "curl [/x]" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "1 event, 0 refused" in text


def test_a_case_that_names_another_user_is_warned_of(
    case: Case, aws: AwsSession, victim: Person
) -> None:
    load(
        case,
        record(
            1,
            userIdentity={
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/somebody-else",
                "accessKeyId": victim.credential.id,
                "accountId": "111122223333",
            },
        ),
    )
    plan = make_plan(case, aws, KEY, victim.credential.id)
    assert plan.subject.arn == victim.arn
    assert any("somebody-else" in warning for warning in plan.warnings)


def test_root_s_key_in_the_case_is_refused(case: Case, aws: AwsSession) -> None:
    key = "AKIAROOTROOTROOTROOT"
    root = {
        "type": "Root",
        "arn": "arn:aws:iam::111122223333:root",
        "accessKeyId": key,
        "accountId": "111122223333",
    }
    load(case, record(1, userIdentity=root))
    with pytest.raises(Refusal, match="root user"):
        make_plan(case, aws, KEY, key)


def test_a_role_says_who_can_assume_it(case: Case, aws: AwsSession, stolen_role: Person) -> None:
    plan = make_plan(case, aws, ROLE, stolen_role.name)
    facts = {fact.label: fact.value for fact in plan.facts}
    assert facts["can be assumed by"] == "whoever in account 111122223333 has the permission"
    assert any("can be assumed again" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, ["ec2.amazonaws.com"]),
        (
            {"Principal": {"AWS": ["111122223333", "arn:aws:iam::1:user/a"]}},
            ["whoever in account 111122223333 has the permission", "arn:aws:iam::1:user/a"],
        ),
        ({"Principal": "*", "Condition": {"Bool": {"x": "y"}}}, ["everybody (under conditions)"]),
        ({"NotPrincipal": {"AWS": "x"}}, ["everybody but some (NotPrincipal)"]),
        ({"Effect": "Deny", "Principal": "*"}, []),
    ],
)
def test_who_a_trust_policy_lets_in(statement: dict[str, object], told: list[str]) -> None:
    whole = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    assert trusted_principals({"Statement": [whole]}) == told
    assert trusted_principals({"Statement": whole}) == told


def test_a_trust_policy_that_is_no_json_is_said() -> None:
    assert trusted_principals(parsed_document("{")) == ["(the trust policy can't be read)"]


@pytest.mark.parametrize("action", list(actions().values()), ids=list(actions()))
def test_every_action_says_what_it_does_and_what_not(action: Action) -> None:
    assert action.does.endswith(".")
    assert action.does_not_stop
    assert action.can_hurt
    assert action.undo_says
    assert action.undo_warns or action.irreversible
    assert all(":" in word for word in (*action.permissions.plan, *action.permissions.apply))


def load(case: Case, *records: dict[str, object]) -> None:
    """Collect a log file with these records."""
    path = case.path.parent / "log.json.gz"
    write_log_file(path, records)
    collect_files(case, [str(path)], workers=0)
