"""The branches of the shipped playbook that the long walk does not take."""

from pathlib import Path

import pytest

from tests.playbook.conftest import HOSTILE, KEY
from tests.records import record, write_log_file
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.model.text import safe
from trailtui.playbook.load import playbook_named
from trailtui.playbook.runner import PlaybookRun


@pytest.fixture
def run(events: Case) -> PlaybookRun:
    return PlaybookRun.start(events, playbook_named("compromised-access-key"), {"access_key": KEY})


def do(run: PlaybookRun, step: str, option: str) -> None:
    if step != "ready":
        run.run_step(step)
    run.note(step, "because")
    run.decide(step, option)
    run.complete(step)


def due(run: PlaybookRun) -> str:
    step = run.next_step()
    assert step is not None
    return step.id


def test_the_owner_s_calls_lead_to_the_report(run: PlaybookRun) -> None:
    do(run, "alert", "seen")
    do(run, "who", "owner")
    assert due(run) == "report"
    assert run.step("cut-key").state == "not-applicable"
    assert run.step("cut-key").reason == "the decision at who leads on to report"


def test_an_exposed_key_is_only_cut(run: PlaybookRun) -> None:
    do(run, "alert", "seen")
    do(run, "who", "exposed")
    assert due(run) == "ready"
    do(run, "ready", "go")
    assert due(run) == "cut-key"
    run.skip("cut-key", "in this test there is no account")
    assert run.step("cut-new-keys").state == "not-applicable"
    assert due(run) == "cut-user-sessions"
    run.skip("cut-user-sessions", "in this test there is no account")
    assert due(run) == "held"
    result = run.run_step("held").result
    assert result is not None
    assert [part.each for part in result.parts] == [KEY]


def test_nothing_found_still_says_what_was_looked_at(case: Case) -> None:
    playbook = playbook_named("compromised-access-key")
    run = PlaybookRun.start(case, playbook, {"access_key": KEY})
    assert run.step("alert").collect_first.startswith("the case has no events yet: the account")
    for step in ("alert", "who", "where", "issued", "story", "tampering", "created", "roles"):
        result = run.run_step(step).result
        assert result is not None
        assert [len(part.rows) for part in result.parts] == [0], step
        assert all("nothing was looked at" in part.looked_at for part in result.parts), step
    assert run.step("elsewhere").state == "not-applicable"
    assert "nothing to go through" in run.step("elsewhere").reason


def test_in_an_emergency_the_last_steps_come_first(run: PlaybookRun) -> None:
    for step in ("alert", "issued", "created", "roles"):
        run.run_step(step)
    assert run.step("cut-user-sessions").reason == ""
    assert due(run) == "alert"


def test_a_hostile_address_is_left_out_by_what_the_screen_shows(case: Case, tmp_path: Path) -> None:
    records = [record(1, sourceIPAddress=HOSTILE), record(2)]
    collect_files(case, [str(write_log_file(tmp_path / "l.json.gz", records))], workers=1)
    run = PlaybookRun.start(case, playbook_named("compromised-access-key"), {"access_key": KEY})
    for step in ("where", "issued", "story"):
        run.run_step(step)
    result = run.run_step("elsewhere").result
    assert result is not None
    failed, ran = result.parts
    assert (failed.each, bool(failed.error), ran.error) == (HOSTILE, True, "")
    assert any("failed: run it again" in need for need in run.step("elsewhere").needs)
    run.skip_part("elsewhere", safe(HOSTILE), "no address")
    assert not any("failed" in need for need in run.step("elsewhere").needs)
    assert journal.entries(case, kinds=["step-skipped"])[-1].what["part"] == HOSTILE
    assert journal.verify(case).ok
