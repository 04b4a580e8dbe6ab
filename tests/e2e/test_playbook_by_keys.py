"""The whole playbook, from the alert to the verified bundle, by keys alone at 80x24.

The real program runs on a pseudo-terminal; only AWS is simulated, as a process of its own.
"""

import sys
from pathlib import Path

import pytest

from tests.e2e.responder import Responder
from tests.terminal import Terminal
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.report.verify import verify_bundle

PROGRAM = [sys.executable, "-P", "-m", "trailtui.cli"]
CHOICES = {
    "alert": "1",  # seen
    "who": "1",  # attacker
    "tampering": "2",  # tried
    "created": "1",  # theirs
    "data": "1",  # read
    "elsewhere": "1",  # only this
    "ready": "1",  # go
    "held": "2",  # trying
    "contained": "2",  # residue
}
STEPS = [
    "alert", "who", "where", "issued", "story", "tampering", "created", "roles", "data",
    "elsewhere", "tree", "ready", "cut-users", "cut-key", "cut-new-keys", "cut-user-sessions",
    "cut-role-sessions", "held", "contained", "report", "bundle",
]  # fmt: skip


@pytest.mark.timeout(300)
def test_from_the_alert_to_the_bundle(home: Path) -> None:
    environment = {
        "TRAILTUI_HOME": str(home),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
    }
    with Terminal([*PROGRAM, "demo"], environment) as terminal:
        terminal.expect(lambda shown: "READ-ONLY" in shown, limit=90)
        terminal.type("1")
        terminal.expect(lambda shown: "› step ›" in shown)
        responder = Responder(terminal, CHOICES)
        responder.play("bundle")
        assert responder.steps == STEPS
        terminal.type("q")
        terminal.expect(lambda shown: "The case stays" in shown)
        farewell = terminal.text
    assert "the leaked access key: denied" in farewell
    assert "the session made from that key: denied" in farewell
    assert "the stolen role session: denied" in farewell

    with Case.open(home / "demo.case") as case:
        assert journal.verify(case).ok
        states = case.connection.execute("SELECT action, state FROM actions").fetchall()
        assert {state for _, state in states} == {"verified"}
        assert {action for action, _ in states} == {
            "deny-user", "deactivate-access-key", "revoke-user-sessions", "revoke-role-sessions"
        }  # fmt: skip
        intents = [entry.seq for entry in journal.entries(case, kinds=["action-intent"])]
        outcomes = [entry.seq for entry in journal.entries(case, kinds=["action-outcome"])]
        assert len(intents) == len(outcomes) == len(states)
        assert all(intent < outcome for intent, outcome in zip(intents, outcomes, strict=True))
        exported = journal.entries(case, kinds=["export"])
    (bundle,) = home.rglob("*.zip")
    check = verify_bundle(bundle)
    assert check.ok, check.findings
    assert check.root_hash in str([entry.what for entry in exported])
