"""`trailtui contain` from outside: what it prints, what it sends, how it exits."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.respond.scene import Person, make_role, make_user, work_as
from tests.simulated import empty_account
from trailtui.case.file import Case, locate_case
from trailtui.case.opening import Opening, open_new_case
from trailtui.cli.main import main
from trailtui.respond.store import all_actions
from trailtui.sim.account import SimulatedAccount


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, object]]:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture(scope="module")
def responder(account: SimulatedAccount) -> Person:
    return make_role(account)


@pytest.fixture
def run(
    account: SimulatedAccount,
    responder: Person,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    work_as(monkeypatch, responder.credential)
    with open_new_case(locate_case("leak"), Opening()):
        pass

    def call(*words: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["contain", "leak", *words])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    yield call
    account.faults.clear()


@pytest.fixture
def aws(account: SimulatedAccount) -> list[str]:
    return ["--endpoint-url", account.endpoint]


@pytest.fixture
def key(account: SimulatedAccount) -> str:
    return make_user(account).credential.id


def plan_of(run: Run, aws: list[str], *words: str) -> dict[str, object]:
    ran = run("plan", *words, *aws, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.rows()[0]


def test_plan_apply_verify_undo(
    run: Run, aws: list[str], account: SimulatedAccount, key: str
) -> None:
    shown = run("plan", "deactivate-access-key", key, *aws)
    assert shown.code == 0
    assert "iam update-access-key" in shown.out
    assert "What it does not stop" in shown.out
    with Case.open(locate_case("leak")) as case:
        plan = all_actions(case)[0].plan_hash
    assert plan in shown.out

    applied = run("apply", plan[:12], "--confirm", plan[:12], "--arm", *aws, "--format", "json")
    assert (applied.code, applied.rows()[0]["state"]) == (0, "verified")
    assert "Sent: aws" in applied.err
    assert not account.ledger.usable(key)

    verified = run("verify", *aws, "--format", "json")
    assert (verified.code, verified.rows()[0]["state"]) == (0, "verified")

    assert run("undo", "1", *aws).code == 0
    assert run("apply", "2", "--confirm", key, *aws).code == 0
    assert account.ledger.usable(key)
    rows = run("list", "--format", "json").rows()
    assert [row["state"] for row in rows] == ["undone", "verified"]
    assert run("verify", *aws).code == 0


def test_a_read_only_case_and_a_dry_run_send_no_change(
    run: Run, aws: list[str], account: SimulatedAccount, key: str
) -> None:
    mark = len(account.calls)
    plan = plan_of(run, aws, "deactivate-access-key", key)
    short = str(plan["short_hash"])
    refused = run("apply", short, "--confirm", short, *aws)
    assert refused.code == 3
    assert "read-only" in refused.err
    dry = run("apply", short, "--dry-run", "--arm", *aws)
    assert dry.code == 0
    assert "Would send: aws" in dry.err
    assert run("verify", *aws).code == 0
    assert run("show", short, *aws).code == 0
    assert account.calls.mutating(since=mark) == []
    assert "read-only" in run("list").err


def test_the_list_says_which_plans_were_made_again(run: Run, aws: list[str], key: str) -> None:
    for _ in range(2):
        plan_of(run, aws, "deactivate-access-key", key)
    rows = run("list", "--format", "json").rows()
    assert [(row["state"], row["superseded_by"]) for row in rows] == [
        ("planned", 2),
        ("planned", ""),
    ]


def test_without_a_terminal_the_confirmation_must_be_given(
    run: Run, aws: list[str], key: str
) -> None:
    plan = plan_of(run, aws, "deactivate-access-key", key)
    ran = run("apply", str(plan["action_id"]), "--arm", *aws)
    assert ran.code == 2
    assert "--confirm" in ran.err


class Typed(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("right", "code"), [(True, 0), (False, 2)])
def test_the_target_typed_at_a_terminal_confirms(
    run: Run, aws: list[str], key: str, monkeypatch: pytest.MonkeyPatch, right: bool, code: int
) -> None:
    plan_of(run, aws, "deactivate-access-key", key)
    monkeypatch.setattr("sys.stdin", Typed(f"{key if right else 'yes'}\n"))
    ran = run("apply", "1", "--arm", *aws)
    assert ran.code == code
    assert "What it does not stop" in ran.err
    assert "Type the target" in ran.err


def test_a_wrong_confirmation(
    run: Run, aws: list[str], account: SimulatedAccount, key: str
) -> None:
    plan_of(run, aws, "deactivate-access-key", key)
    mark = len(account.calls)
    assert run("apply", "1", "--confirm", "yes", "--arm", *aws).code == 2
    assert account.calls.mutating(since=mark) == []


def test_aws_refuses(run: Run, aws: list[str], account: SimulatedAccount, key: str) -> None:
    plan_of(run, aws, "deactivate-access-key", key)
    account.faults.add("iam", "UpdateAccessKey", "access_denied")
    ran = run("apply", "1", "--confirm", key, "--arm", *aws)
    assert ran.code == 4
    assert "denied" in ran.out


def test_what_does_not_hold_is_bad_news(
    run: Run, aws: list[str], account: SimulatedAccount
) -> None:
    user = make_user(account)
    plan_of(run, aws, "deactivate-access-key", user.credential.id)
    run("apply", "1", "--confirm", user.credential.id, "--arm", *aws)
    account.actor(account.root).client("iam").update_access_key(
        UserName=user.name, AccessKeyId=user.credential.id, Status="Active"
    )
    for command in (["verify"], ["watch", "--minutes", "1"]):
        ran = run(*command, *aws)
        assert ran.code == 1
        assert "not-holding" in ran.out


def test_watching_ends_when_its_time_is_over(
    run: Run, aws: list[str], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_of(run, aws, "deactivate-access-key", key)
    run("apply", "1", "--confirm", key, "--arm", *aws)
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    ran = run("watch", "--minutes", "2", "--every", "30", *aws, "--format", "jsonl")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 5
    assert [second for second in slept if second] == [30.0] * 4
    assert "may not be seen yet" in ran.err


def test_arm_and_disarm(run: Run, aws: list[str], responder: Person) -> None:
    armed = run("arm", *aws)
    assert armed.code == 0
    assert responder.name in armed.err
    assert "Armed for" in run("list").err
    assert run("disarm").code == 0
    assert "read-only" in run("list").err


def test_the_break_glass_list(run: Run, aws: list[str], account: SimulatedAccount) -> None:
    user = make_user(account)
    assert run("protect", user.arn).code == 0
    assert run("protect", "--format", "json").rows() == [{"arn": user.arn}]
    refused = run("plan", "revoke-user-sessions", user.name, *aws)
    assert refused.code == 3
    assert "break-glass" in refused.err
    run("protect", "--remove", user.arn)
    assert run("plan", "revoke-user-sessions", user.name, "-p", "margin=5", *aws).code == 0


def test_the_catalogue(run: Run) -> None:
    rows = run("actions", "--format", "json").rows()
    names = [row["action"] for row in rows]
    taken = [names.index(name) for name in ("deactivate-access-key", "revoke-role-sessions")]
    assert taken == sorted(taken)
    assert {"revoke-user-sessions", *names} == set(names)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["plan", "no-such-action", "x"], 3),
        (["plan", "revoke-user-sessions", "x", "-p", "margin"], 2),
        (["plan", "revoke-user-sessions", "x", "-p", "other=1"], 2),
        (["plan", "revoke-user-sessions", "no-such-user"], 4),
        (["plan", "deactivate-access-key", "ASIAIOSFODNN7EXAMPLE"], 3),
        (["plan", "revoke-user-sessions"], 2),
        (["apply", "77", "--confirm", "x"], 3),
        (["apply", "zzz", "--confirm", "x"], 3),
        (["apply", "77"], 3),  # before anything is to be confirmed
        (["undo", "77"], 3),
        (["undo", "--all"], 0),  # nothing stands
        (["verify", "--profile", "nowhere"], 4),
    ],
)
def test_exit_codes(run: Run, aws: list[str], words: list[str], code: int) -> None:
    ran = run(*words, *aws)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err


def test_no_secret_reaches_the_case_or_the_terminal(
    run: Run, aws: list[str], responder: Person, key: str, tmp_path: Path
) -> None:
    outputs = [
        run("plan", "deactivate-access-key", key, *aws),
        run("apply", "1", "--confirm", key, "--arm", *aws),
        run("verify", *aws),
    ]
    path = tmp_path / "copy"
    shutil.copytree(locate_case("leak").parent, path)
    kept = b"".join(file.read_bytes() for file in path.rglob("*") if file.is_file())
    for secret in (responder.credential.secret, responder.credential.token):
        assert secret
        assert secret.encode() not in kept
        assert not any(secret in ran.out + ran.err for ran in outputs)
