"""Nothing of a credential is stored or printed, whatever works and whatever fails."""

import json
import logging
import sqlite3
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.respond.scene import allowing, make_user
from tests.sim.corpus import corpus
from tests.simulated import Organised, empty_account, organisation
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.file import Case, locate_case
from trailtui.cli.main import main

DAY = (datetime.now(UTC) - timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
"""LookupEvents looks back 90 days only."""
ROLE = "OrganizationAccountAccessRole"
PROFILE_SECRET = "marked-profile-secret-0000000000000000000"
PROCESS_SECRET = "marked-process-secret-0000000000000000000"
WINDOW = ("--from", f"{DAY:%Y-%m-%dT00:00:00Z}", "--to", f"{DAY:%Y-%m-%dT06:00:00Z}")


@pytest.fixture(scope="module")
def org() -> Iterator[Organised]:
    with empty_account() as account:
        made = organisation(account, 1)
        account.adopt(corpus(60, start=DAY, hours=6, accounts=made.accounts, data_share=0))
        yield made


@pytest.fixture(autouse=True)
def surroundings(
    org: Organised, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """The admin's key in a profile, other secrets beside it, and whatever is logged kept."""
    caplog.set_level(logging.INFO)  # at DEBUG botocore writes down what it signs
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    monkeypatch.setattr("trailtui.collect.pacing.Pacer.wait", lambda *_, **__: True)
    admin = org.admin.credential
    config = home / "config"
    config.write_text(
        f"[profile ir]\naws_access_key_id={admin.id}\naws_secret_access_key={admin.secret}\n"
        f"region=us-east-1\n[profile wrong]\naws_access_key_id={admin.id}\n"
        f"aws_secret_access_key={PROFILE_SECRET}\naws_session_token=token-{PROFILE_SECRET}\n"
        "region=us-east-1\n[profile process]\ncredential_process=sh -c "
        f"'echo {PROCESS_SECRET}; echo {PROCESS_SECRET} >&2; exit 1'\nregion=us-east-1\n"
        f"[profile role]\nsource_profile=ir\nrole_arn={org.role(org.members[0])}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", org.account.endpoint)
    yield
    org.account.faults.clear()


def run(*arguments: str) -> tuple[int, str]:
    """The exit code, and what a crash report would show: tracebacks with their locals."""
    try:
        main(arguments)
    except SystemExit as end:
        context = end.__context__
        shown = ""
        while context is not None:
            report = traceback.TracebackException.from_exception(context, capture_locals=True)
            shown += "".join(report.format())
            context = context.__context__
        return int(end.code or 0), shown
    return 0, ""


def secrets_of(org: Organised) -> list[str]:
    """Every secret there is by now: those of the account, and those of the profiles."""
    issued = org.account.world.credentials.issued
    keys = [one.secret for one in issued]
    tokens = [one.token for one in issued if one.token]
    iam = org.account.credential(org.admin.credential.id).secret
    return [*keys, *tokens, iam, PROFILE_SECRET, PROCESS_SECRET]


def everything_in(path: Path) -> str:
    """The case as text: each cell of each table, and the evidence unpacked."""
    parts: list[str] = []
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            parts += [
                cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                for cell in row
            ]
    connection.close()
    with Case.open(path, readonly=True) as case:
        for one in all_evidence(case):
            parts.append(b"".join(original_bytes(case, one.id)).decode("utf-8", "replace"))
    return "\n".join(parts)


def beside(path: Path) -> str:
    """The case's files as they lie on the disk."""
    files = path.parent.glob(f"{path.name}*")
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


@pytest.fixture
def leaks(
    org: Organised, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Any:
    """Looks for every secret in all that a run left behind."""

    def found(case: str, crash: str) -> list[str]:
        path = locate_case(case)
        printed = capsys.readouterr()
        places = {
            "case": everything_in(path) + beside(path),
            "stdout": printed.out,
            "stderr": printed.err,
            "logging": caplog.text,
            "traceback": crash,
        }
        return [
            f"{where}: {secret[:12]}…"
            for where, text in places.items()
            for secret in secrets_of(org)
            if secret in text or json.dumps(secret)[1:-1] in text
        ]

    return found


def test_the_search_finds_what_there_is(org: Organised, leaks: Any) -> None:
    """A test of secrets that could find none would prove nothing."""
    main_code, _ = run("new", "leaky")
    assert main_code == 0
    main_code, _ = run("note", "leaky", f"the secret is {org.admin.credential.secret}")
    assert main_code == 0
    print(org.admin.credential.secret)
    found = leaks("leaky", org.admin.credential.secret)
    assert {one.split(":")[0] for one in found} == {"case", "stdout", "traceback"}


LOOKUP = ("lookup", *WINDOW, "--region", "us-east-1", "--yes")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--organization", "--role", ROLE),
        ("--organization", "--role", ROLE, "--mfa-serial", "arn:aws:iam::1:mfa/admin",
         "--mfa-code", "918273", "--external-id", "e-1", "--source-identity", "jane"),
    ],
)  # fmt: skip
def test_a_collect_that_works(org: Organised, leaks: Any, options: tuple[str, ...]) -> None:
    run("new", "good")
    code, crash = run("collect", "good", *LOOKUP, "--profile", "ir", *options)
    assert code == 0
    assert leaks("good", crash) == []
    assert "918273" not in everything_in(locate_case("good"))


def test_a_role_of_the_profile(org: Organised, leaks: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", org.account.endpoint)  # for botocore's own call of STS
    run("new", "role")
    code, crash = run("collect", "role", *LOOKUP, "--profile", "role")
    assert code == 0
    assert leaks("role", crash) == []


@pytest.mark.parametrize("profile", ["wrong", "process", "nowhere"])
def test_a_profile_that_does_not_work(leaks: Any, profile: str) -> None:
    run("new", "bad")
    code, crash = run("collect", "bad", *LOOKUP, "--profile", profile)
    assert code == 4
    assert "Traceback" in crash
    assert leaks("bad", crash) == []


@pytest.mark.parametrize(
    "fault", ["access_denied", "expired", "throttle", "error500_before", "drop_before", "truncate"]
)
@pytest.mark.parametrize(
    "operation", ["GetCallerIdentity", "GetSessionToken", "AssumeRole", "LookupEvents"]
)
def test_a_collect_that_fails(org: Organised, leaks: Any, operation: str, fault: str) -> None:
    service = "cloudtrail" if operation == "LookupEvents" else "sts"
    org.account.faults.add(service, operation, fault, times=None)
    run("new", "failing")
    code, crash = run(
        "collect", "failing", *LOOKUP, "--profile", "ir", "--organization", "--role", ROLE,
        "--mfa-serial", "arn:aws:iam::1:mfa/admin", "--mfa-code", "918273",
    )  # fmt: skip
    assert code == 4
    assert leaks("failing", crash) == []


def test_a_containment_that_fails(org: Organised, leaks: Any, monkeypatch: Any) -> None:
    user = make_user(org.account, allowing("iam:Get*", "iam:List*", "sts:*"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", user.credential.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", user.credential.secret)
    run("new", "held")
    code, crash = run("contain", "held", "arm")
    assert code == 0
    code, more = run("contain", "held", "plan", "deactivate-access-key", org.admin.credential.id)
    assert leaks("held", crash + more) == []
