"""What a command's options become: an identity that is told and logged, accounts, Regions."""

import json
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.simulated import Organised, empty_account, organisation
from trailtui.aws.access import Access
from trailtui.aws.errors import WrongAccount
from trailtui.case.file import Case
from trailtui.case.journal import append, entries
from trailtui.cli.aws_options import access_options, open_access
from trailtui.collect.files import collect_files
from trailtui.model.errors import UsageError


@pytest.fixture(scope="module")
def org() -> Iterator[Organised]:
    with empty_account() as account:
        yield organisation(account, 1)


@pytest.fixture(autouse=True)
def as_admin(org: Organised, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = org.admin.credential
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", admin.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", admin.secret)
    monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", org.account.endpoint)


def opened(case: Case, *arguments: str) -> Access:
    """What a collecting command with these arguments opens."""
    found: list[Access] = []

    @click.command()
    @access_options
    def command(**aws: Any) -> None:
        found.append(open_access(case, "lookup", **aws))

    command.main(list(arguments), standalone_mode=False)
    return found[0]


def test_the_identity_is_told_and_stands_in_the_log(
    case: Case, org: Organised, capsys: pytest.CaptureFixture[str]
) -> None:
    access = opened(case)
    arn = f"arn:aws:iam::{org.management}:user/org-admin"
    assert capsys.readouterr().err == f"As {arn} ({org.management})\n"
    assert access.identity.arn == arn
    append(case, "note", {"text": "after"})
    *_, told, after = entries(case)
    assert (told.kind, told.what["arn"]) == ("aws-identity", arn)
    assert (after.who["aws_arn"], after.who["aws_account"]) == (arn, org.management)
    assert org.account.calls.of("GetCallerIdentity")[-1].user_agent.endswith("collect/lookup")


def test_a_session_is_named(
    case: Case, org: Organised, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = org.enter(org.members[0]).credential
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", inside.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", inside.secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", inside.token or "")
    opened(case)
    assert capsys.readouterr().err.endswith(f"({org.members[0]}), session responder\n")


def test_options_say_what_is_reached(case: Case, org: Organised) -> None:
    member = org.members[0]
    append(case, "note", {"text": "a case has an id from its first entry on"})
    access = opened(
        case, "--account", f"{org.management}, {member}", "--account", member,
        "--region", "us-east-1,eu-west-1", "--role", "OrganizationAccountAccessRole",
        "--source-identity", "jane", "--session-seconds", "900",
    )  # fmt: skip
    reach = access.reach
    assert reach.accounts == (org.management, member)
    assert reach.regions == ("us-east-1", "eu-west-1")
    assert (reach.source_identity, reach.duration_seconds) == ("jane", 900)
    assert len(access.places().places) == 4
    name = access.session(member).identity().session_name
    assert name == f"trailtui-{_case_id(case)}"


def _case_id(case: Case) -> str:
    from trailtui.respond.case_facts import case_id

    return case_id(case)


def test_a_code_on_the_command_line_and_one_that_nobody_can_be_asked_for(
    case: Case, org: Organised
) -> None:
    serial = f"arn:aws:iam::{org.management}:mfa/admin"
    access = opened(case, "--mfa-serial", serial, "--mfa-code", "123456")
    assert access.base.own_key_ids() != {org.admin.credential.id}
    assert org.admin.credential.id in access.own_key_ids()
    assert access.base.own_key_ids() <= access.own_key_ids()
    with pytest.raises(UsageError, match="--mfa-code"):
        opened(case, "--mfa-serial", serial)
    with pytest.raises(UsageError, match="--mfa-serial"):
        opened(case, "--mfa-code", "123456")
    assert "123456" not in json.dumps([entry.as_json() for entry in entries(case)])


def test_the_code_is_asked_for_on_a_terminal(
    case: Case, org: Organised, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def prompt(text: str, **how: object) -> str:
        asked.append(text)
        assert how["err"]
        return " 654321 "

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", prompt)
    opened(case, "--mfa-serial", f"arn:aws:iam::{org.management}:mfa/admin")
    assert org.account.calls.of("GetSessionToken")[-1].params["TokenCode"] == "654321"
    assert len(asked) == 1


def test_another_account_is_an_error(case: Case, org: Organised) -> None:
    with pytest.raises(WrongAccount, match=f"{org.management}.*999999999999"):
        opened(case, "--expect-account", "999999999999")


def test_a_case_of_other_accounts_is_a_warning(
    case: Case, org: Organised, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {
        "eventVersion": "1.11", "eventTime": "2026-03-01T00:00:00Z", "eventName": "ListUsers",
        "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "eventID": "e-1",
        "recipientAccountId": "999999999999", "userIdentity": {"type": "IAMUser"},
    }  # fmt: skip
    opened(case)
    assert "no event" not in capsys.readouterr().err
    (tmp_path / "a.json").write_text(json.dumps({"Records": [record]}))
    collect_files(case, [str(tmp_path / "a.json")])
    opened(case)
    assert f"no event of the case is of {org.management}" in capsys.readouterr().err
    record |= {"recipientAccountId": org.management, "eventID": "e-2"}
    (tmp_path / "b.json").write_text(json.dumps({"Records": [record]}))
    collect_files(case, [str(tmp_path / "b.json")])
    opened(case)
    assert "no event" not in capsys.readouterr().err


def test_the_help_names_every_option() -> None:
    @click.command()
    @access_options
    def command(**_: Any) -> None:
        raise AssertionError

    text = CliRunner().invoke(command, ["--help"]).output
    for option in ("--profile", "--account", "--organization", "--region", "--role",
                   "--external-id", "--source-identity", "--mfa-serial", "--mfa-code",
                   "--session-seconds", "--expect-account", "--endpoint-url"):  # fmt: skip
        assert option in text
