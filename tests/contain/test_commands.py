"""The whole way on the command line: plan --for, apply, watch, undo --all."""

import json
from collections.abc import Callable

import pytest

from tests.contain.scene import Sleep, usable
from trailtui.case.file import Case
from trailtui.cli.main import main
from trailtui.sim.incidents.stolen_key import StolenKey

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    case: Case,
    incident: StolenKey,
    sleep: Sleep,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    held = incident.responder.session
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", held.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", held.secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", held.token or "")
    monkeypatch.setattr("time.sleep", sleep)

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["contain", str(case.path), *words, "--endpoint-url", incident.account.endpoint])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def test_the_tree_is_planned_and_shown_and_nothing_is_sent(run: Run, incident: StolenKey) -> None:
    mark = len(incident.account.calls)
    code, out, err = run("plan", "--for", incident.leaked_key)
    assert code == 0, err
    for heading in (
        "What is done, in this order",
        "What is sent",
        "Permissions",
        "Why in this order",
    ):
        assert heading in out
    assert "aws --region" in out or "aws --endpoint-url" in out
    assert "apply p1 --arm --confirm" in err
    code, again, _ = run("show", "p1")
    assert again == out
    code, dry, err = run("apply", "p1", "--dry-run", "--format", "json")
    assert code == 0
    assert err.count("Would send") >= len(json.loads(dry))
    code, _, err = run("apply", "p1", "--confirm", "p1")
    assert code == 2
    code, _, err = run("apply", "p1", "--confirm", f"contain {incident.account.number}")
    assert code == 3
    assert "read-only" in err
    assert incident.account.calls.mutating(since=mark) == []
    assert len(usable(incident)) > 1


def test_applied_and_taken_back(run: Run, incident: StolenKey) -> None:
    before = incident.account.state()
    assert run("plan", "--for", incident.leaked_key)[0] == 0
    word = f"contain {incident.account.number}"
    code, out, err = run("apply", "p1", "--arm", "--confirm", word, "--format", "json")
    assert code == 0, err
    assert {row["state"] for row in json.loads(out)} == {"verified"}
    assert "when its margin is over" in err
    assert usable(incident) == set()
    code, out, err = run("plan", "--for", incident.leaked_key)
    assert "Already done" in out + err  # a revocation may have become possible again
    assert run("undo", "--all")[0] == 2
    assert run("undo", "--all", "--confirm", "undo 1")[0] == 2
    word = f"undo {incident.account.number}"
    code, out, err = run("undo", "--all", "--confirm", word, "--format", "json")
    assert code == 0, err
    assert {row["state"] for row in json.loads(out)} == {"verified"}
    assert incident.account.state() == before


@pytest.mark.parametrize("words", [[], ["deny-user"], ["--add", "deny-user"]])
def test_words_that_make_no_plan(run: Run, words: list[str]) -> None:
    assert run("plan", *words)[0] == 2
