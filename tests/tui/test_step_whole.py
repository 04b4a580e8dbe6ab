"""The whole shipped playbook by keys at 80x24, against the simulated incident."""

import json
from pathlib import Path

import pytest

from tests.simulated import simulated_account
from tests.tui.conftest import Open
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.playbook.load import playbook_named
from trailtui.playbook.runner import PlaybookRun
from trailtui.report.verify import verify_bundle
from trailtui.respond.store import all_actions
from trailtui.tui.screens.step import StepScreen
from trailtui.tui.session import AwsOptions


@pytest.mark.timeout(300)
async def test_from_the_alert_to_the_bundle(
    console: Open, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with simulated_account() as incident:
        account = incident.account
        account.deliver(tmp_path / "logs")
        path = home / "whole.case"
        opening = Opening(
            entities=(Entity("credential", incident.leaked_key),),
            alert=("alert.json", json.dumps(incident.alert()).encode()),
        )
        with open_new_case(path, opening) as case:
            collect_files(case, [str(tmp_path / "logs")], workers=1)
            PlaybookRun.start(case, playbook_named("compromised-access-key"))
        session = incident.responder.session
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", session.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", session.secret)
        monkeypatch.setenv("AWS_SESSION_TOKEN", session.token or "")
        assert incident.attacker.try_key()
        mark = len(account.calls)
        async with console(path, aws=AwsOptions(endpoint_url=account.endpoint)) as c:
            await c.press("1")
            view = c.view
            assert isinstance(view, StepScreen)
            for _ in range(30):
                assert view.scene
                step = view.scene.step
                if view.scene.finished:
                    break
                if step.id == "cut-users":
                    assert account.calls.mutating(since=mark) == []
                    await c.command("arm")
                    await c.type(account.number)
                if step.run_kind != "manual":
                    await c.press("r")
                await _apply_all(c, view)
                if step.evidence_required:
                    await c.press("n")
                    await c.type("seen")
                if step.id == "bundle":
                    assert "root hash" in c.flat
                if step.question:
                    await c.press("d", "1")
                assert not view.scene.step.needs, (step.id, view.scene.step.needs, c.text)
                await c.press("c")
            assert "walked to its end" in c.flat
            [written] = view.scene.step.result.parts if view.scene.step.result else ()
            [bundle] = written.files
            await c.press("y")
            assert bundle.sha256 in c.flat
            assert c.app.clipboard.startswith(bundle.sha256)
        assert not incident.attacker.try_key()
        assert not any(incident.attacker.attempt(name) for name in incident.attacker.credentials())
        with Case.open(path) as case:
            states = [row.state for row in all_actions(case)]
            assert set(states) == {"verified"}
            assert journal.verify(case).ok
        assert verify_bundle(Path(bundle.path), root=bundle.sha256).ok


async def _apply_all(c: object, view: StepScreen) -> None:
    """Read each plan of the step, and apply it."""
    from tests.tui.console import Console

    assert isinstance(c, Console)
    assert view.scene
    for number, action in enumerate(view.scene.step.actions):
        if action.state != "planned":
            continue
        await c.press("g", *("j" * number), "enter", "A")
        target = view.preview.plain.split("Target")[1].split()[0]
        await c.type(target)
        assert "verified" in c.flat, c.text
        await c.press("escape")
