"""Walking a playbook: what a step needs, what is logged, what does not apply, what a kill costs."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.playbook.conftest import HOSTILE, KEY, SMALL
from tests.records import record, write_log_file
from trailtui.case import journal
from trailtui.case.events import find, page
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.case.opening import Opening, open_new_case
from trailtui.model.entity import Entity
from trailtui.model.errors import CaseError, InputError
from trailtui.playbook.document import Playbook
from trailtui.playbook.load import PlaybookError, load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.starting import start_with_given


@pytest.fixture
def run(events: Case, small: Playbook) -> PlaybookRun:
    return PlaybookRun.start(events, small, {"access_key": KEY})


def states(run: PlaybookRun) -> dict[str, str]:
    return {step.id: step.state for step in run.steps()}


def last(case: Case, kind: str) -> dict[str, object]:
    return dict(journal.entries(case, kinds=[kind])[-1].what)


def finish_who(run: PlaybookRun, option: str) -> None:
    run.run_step("who")
    run.decide("who", option)
    run.note("who", "because")
    run.complete("who")


def test_starting_keeps_the_text_and_its_hash(run: PlaybookRun, small: Playbook) -> None:
    row = run.case.connection.execute("SELECT text, sha256, inputs FROM playbook_runs").fetchone()
    assert row == (SMALL, small.sha256, json.dumps({"access_key": KEY}))
    started = last(run.case, "playbook-started")
    assert (started["playbook"], started["version"], started["sha256"]) == (
        "small", 3, small.sha256,
    )  # fmt: skip


def test_a_changed_file_does_not_change_a_run_that_was_started(run: PlaybookRun) -> None:
    assert PlaybookRun.resume(run.case).playbook.text == SMALL


def test_inputs_come_from_what_the_case_knows(tmp_path: Path, small: Playbook) -> None:
    opening = Opening(entities=(Entity("credential", KEY),), since_ms=1_767_225_600_000)
    with open_new_case(tmp_path / "new.case", opening) as case:
        run = PlaybookRun.start(case, small)
        assert run.inputs == {"access_key": KEY, "since": "2026-01-01T00:00:00Z"}


def test_of_two_given_keys_none_is_guessed(events: Case, small: Playbook) -> None:
    for key in (KEY, "AKIAEXAMPLEBOB000000"):
        judge_entity(events, Entity("credential", key), "given")
    with pytest.raises(InputError, match=f"the case names {KEY}, AKIAEXAMPLEBOB000000"):
        PlaybookRun.start(events, small)


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({}, "needs the input access_key"),
        ({"access_key": "hello"}, "can't be 'hello'"),
        ({"access_key": f"{KEY}\n{KEY}"}, "one line"),
        ({"access_key": KEY, "since": "soon"}, "the input since can't be 'soon'"),
        ({"access_key": KEY, "shoe": "1"}, "has no input 'shoe'"),
    ],
)
def test_wrong_inputs_are_refused(
    events: Case, small: Playbook, inputs: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        PlaybookRun.start(events, small, inputs)
    assert PlaybookRun.find(events) is None


def test_the_first_step_is_due(run: PlaybookRun) -> None:
    step = run.next_step()
    assert step is not None
    assert (step.id, step.number, step.phase, step.state) == ("who", 1, "triage", "open")
    assert step.guide == f"Look at {KEY}."
    assert step.needs == (
        "run it", "decide: Who? (attacker, owner)", "pin an event or write a note as evidence",
    )  # fmt: skip
    assert run.phases()[0].guide == f"About {KEY}."


def test_running_keeps_the_rows_and_logs_their_digest(run: PlaybookRun) -> None:
    view = run.run_step("who")
    assert view.state == "ran"
    assert view.result is not None
    [part] = view.result.parts
    assert [row[1] for row in part.rows] == ["ListUsers", "ListUsers", "CreateUser"]
    assert part.event_ids == tuple(row.id for row in page(run.case).rows)
    assert part.looked_at.startswith("Looked at 3 events")
    [logged] = last(run.case, "step-ran")["parts"]  # type: ignore[misc]
    assert logged["rows"] == 3
    assert logged["sha256"] == part.digest
    assert logged["with"] == {"value": KEY}


def test_a_decision_needs_the_step_to_have_run(run: PlaybookRun) -> None:
    with pytest.raises(InputError, match="has not run yet"):
        run.decide("who", "attacker")
    run.run_step("who")
    with pytest.raises(InputError, match="no option 'thief'") as refused:
        run.decide("who", "thief")
    assert refused.value.cure == "Allowed: attacker, owner."
    assert run.decide("who", "attacker").decision == "attacker"
    run.decide("who", "owner")
    assert last(run.case, "decision")["before"] == "attacker"


def test_completing_needs_all_of_it(run: PlaybookRun) -> None:
    run.run_step("who")
    with pytest.raises(InputError, match=r"decide: Who.*pin an event"):
        run.complete("who")
    run.decide("who", "attacker")
    with pytest.raises(InputError, match="pin an event or write a note"):
        run.complete("who")
    event = page(run.case).rows[0]
    run.pin("who", event.id)
    assert run.complete("who").state == "done"
    done = last(run.case, "step-done")
    assert (done["step"], done["decision"], done["pins"]) == ("who", "attacker", 1)
    following = run.next_step()
    assert following is not None
    assert following.id == "other"


def test_evidence_of_an_earlier_run_does_not_count(run: PlaybookRun, small: Playbook) -> None:
    run.note("who", "from the first run")
    run.case.connection.execute("UPDATE notes SET at_ms = at_ms - 1000")
    again = PlaybookRun.start(run.case, small, {"access_key": KEY})
    assert again.step("who").notes == 0


def test_a_finished_step_is_opened_by_running_it_again(run: PlaybookRun) -> None:
    finish_who(run, "attacker")
    with pytest.raises(InputError, match="step who is done"):
        run.decide("who", "owner")
    with pytest.raises(InputError, match="step who is done"):
        run.complete("who")
    view = run.run_step("who")
    assert (view.state, view.decision) == ("ran", "attacker")


def test_skipping_needs_a_reason(run: PlaybookRun) -> None:
    with pytest.raises(InputError, match="needs a reason"):
        run.skip("who", "  ")
    view = run.skip("who", "known already")
    assert (view.state, view.reason) == ("skipped", "known already")
    assert last(run.case, "step-skipped")["reason"] == "known already"


def test_a_step_whose_condition_fails_is_shown_with_the_reason(run: PlaybookRun) -> None:
    finish_who(run, "owner")
    other = run.step("other")
    assert other.state == "not-applicable"
    assert other.reason == "the decision at who leads on to write"
    following = run.next_step()
    assert following is not None
    assert following.id == "write"


def test_without_a_decision_it_can_not_be_told(run: PlaybookRun) -> None:
    other = run.step("other")
    assert (other.state, other.reason) == ("open", "step who is not decided yet")
    run.skip("who", "no time")
    other = run.step("other")
    assert other.state == "open"
    assert other.reason == "step who was skipped; judge by yourself whether this applies"


def test_when_is_false_by_the_decision_alone(run: PlaybookRun) -> None:
    run.run_step("who")
    run.decide("who", "owner")  # not completed: nothing is passed over yet
    assert run.step("other").reason == 'needs decision.who == "attacker"; decision.who has "owner"'
    assert states(run)["addresses"] == "open"


def test_for_each_runs_once_for_each_distinct_value(run: PlaybookRun) -> None:
    with pytest.raises(InputError, match="step who has not run yet"):
        run.run_step("addresses")
    run.run_step("who")
    view = run.run_step("addresses")
    assert view.result is not None
    assert [(part.each, len(part.rows)) for part in view.result.parts] == [
        (KEY, 0), ("198.51.100.7", 2), ("203.0.113.9", 1),
    ]  # fmt: skip
    assert all(part.looked_at for part in view.result.parts)


def test_what_this_version_can_not_do_says_so_and_wants_a_note(run: PlaybookRun) -> None:
    view = run.run_step("tree")
    assert view.result is not None
    [part] = view.result.parts
    assert "not part of this version" in part.by_hand
    assert view.needs == ("do it by hand and write a note of what was found",)
    with pytest.raises(InputError, match="by hand"):
        run.complete("tree")
    run.note("tree", "drew it on paper")
    assert run.complete("tree").state == "done"
    [logged] = last(run.case, "step-ran")["parts"]  # type: ignore[misc]
    assert "not part of this version" in logged["by_hand"]


def test_an_action_without_aws_fails_and_can_be_left_out(run: PlaybookRun) -> None:
    with pytest.raises(InputError, match="no AWS session"):
        run.run_step("cut")
    assert run.step("cut").state == "open"
    [logged] = last(run.case, "step-ran")["parts"]  # type: ignore[misc]
    assert "no AWS session" in logged["error"]
    assert run.skip("cut", "cut by hand by the admin").state == "skipped"


def test_a_manual_step_can_be_completed_at_once(run: PlaybookRun) -> None:
    assert run.complete("write").state == "done"


def test_an_unknown_step_is_named_with_those_there_are(run: PlaybookRun) -> None:
    for call in (run.run_step, run.complete, run.step):
        with pytest.raises(InputError, match="no step 'nope'") as refused:
            call("nope")
        assert "who, other, addresses" in refused.value.cure


def test_an_input_can_be_given_later(run: PlaybookRun) -> None:
    run.set_input("since", "2026-03-01T08:00:02Z")
    view = run.run_step("who")
    assert view.result is not None
    assert len(view.result.parts[0].rows) == 2
    assert last(run.case, "playbook-input")["value"] == "2026-03-01T08:00:02Z"
    with pytest.raises(InputError, match="can't be 'x'"):
        run.set_input("access_key", "x")


def test_hostile_strings_are_kept_as_they_are_and_never_filled_in(
    events: Case, small: Playbook
) -> None:
    run = PlaybookRun.start(events, small, {"access_key": KEY, "colour": "{{ since }}"})
    run.note("who", HOSTILE)
    run.skip("who", HOSTILE)
    assert run.step("who").reason == HOSTILE
    assert last(events, "step-skipped")["reason"] == HOSTILE
    assert journal.verify(events).ok


def test_two_responders_see_each_other(run: PlaybookRun) -> None:
    with run.case.reopen() as other_case:
        other = PlaybookRun.resume(other_case)
        finish_who(run, "attacker")
        assert other.step("who").state == "done"
        with pytest.raises(InputError, match="step who is done"):
            other.complete("who")


def test_nothing_to_resume_says_how_to_start(case: Case) -> None:
    assert PlaybookRun.find(case) is None
    with pytest.raises(InputError, match="no playbook was started"):
        PlaybookRun.resume(case)


def test_starting_by_id_looks_through_the_folders(events: Case, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "small.yaml").write_text(SMALL)
    judge_entity(events, Entity("credential", KEY), "given")
    assert start_with_given(events, "small", [folder]).inputs == {"access_key": KEY}
    with pytest.raises(InputError, match="no playbook 'smal'"):
        start_with_given(events, "smal", [folder])


def test_a_damaged_playbook_in_a_case_is_refused(run: PlaybookRun) -> None:
    run.case.connection.execute("UPDATE playbook_runs SET text = replace(text, 'id: who', 'x: y')")
    with pytest.raises(PlaybookError, match="lacks id"):
        PlaybookRun.resume(run.case)


def test_a_damaged_result_is_refused(run: PlaybookRun) -> None:
    run.run_step("who")
    run.case.connection.execute("UPDATE step_states SET result = '{\"parts\": 1}'")
    with pytest.raises(CaseError, match="can't be read"):
        run.steps()


def test_loading_a_broken_one_names_the_first_of_its_faults() -> None:
    with pytest.raises(PlaybookError, match=r"p\.yaml:1: lacks phases.*\(2 more\)"):
        load_text("id: x\n", "p.yaml")


WALK = """
import sys
from pathlib import Path
from trailtui.case.file import Case
from trailtui.playbook.runner import PlaybookRun

case = Case.open(Path(sys.argv[1]))
run = PlaybookRun.resume(case)
for round in range(1000):
    run.run_step("who")
    run.decide("who", "attacker")
    run.note("who", f"round {round}")
    run.complete("who")
    print(round, flush=True)
"""


@pytest.mark.parametrize("rounds", [1, 2, 3, 5])
def test_a_kill_loses_nothing_that_was_acknowledged(run: PlaybookRun, rounds: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WALK, str(run.case.path)], stdout=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    for _ in range(rounds):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    resumed = PlaybookRun.resume(run.case)
    assert resumed.step("who").decision == "attacker"
    assert resumed.step("who").notes >= rounds
    assert journal.verify(run.case).ok
    done = journal.entries(run.case, kinds=["step-done"])
    assert len(done) >= rounds
    # State and log are one transaction: what the one says, the other does.
    ran_after = [
        entry.kind
        for entry in journal.entries(run.case, after=done[-1].seq)
        if entry.kind == "step-ran"
    ]
    assert resumed.step("who").state == ("ran" if ran_after else "done")
    finish_who(resumed, "attacker")
    assert resumed.step("who").state == "done"


def test_an_event_of_the_result_can_be_pinned(run: PlaybookRun) -> None:
    view = run.run_step("who")
    assert view.result is not None
    event = view.result.parts[0].event_ids[1]
    assert event is not None
    assert run.pin("who", event).pins == 1
    [row] = run.case.connection.execute("SELECT event, step, reason FROM pins").fetchall()
    assert row == (event, "who", "Who")
    assert find(run.case, page(run.case).rows[1].event_id)[0].pinned
    with pytest.raises(InputError, match="no event #12345"):
        run.pin("who", 12345)


REPORTING = """\
id: reporting
title: Reporting
version: 1
inputs:
  folder: {type: path}
phases:
  - phase: report
    steps:
      - {id: write, title: Write, guide: x, run: {report: write}}
      - {id: elsewhere, title: W, guide: x, run: {report: write, with: {path: "{{ folder }}/r"}}}
      - {id: bundle, title: Bundle, guide: x, run: {report: bundle}}
"""


def test_the_report_and_the_bundle_are_written_beside_the_case(
    events: Case, tmp_path: Path
) -> None:
    from trailtui.report.verify import verify_bundle

    playbook = load_text(REPORTING, "r.yaml")
    run = PlaybookRun.start(events, playbook, {"folder": str(tmp_path / "none")})
    view = run.run_step("write")
    assert view.result is not None
    for file in view.result.parts[0].files:
        content = Path(file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert Path(file.path).stat().st_mode & 0o777 == 0o600
    assert {Path(file.path).name for file in view.result.parts[0].files} == {
        "test.report.md", "test.report.html",
    }  # fmt: skip
    run.run_step("write")  # again: the earlier one is replaced
    with pytest.raises(InputError, match="can't be written"):
        run.run_step("elsewhere")
    names: list[str] = []
    for _ in range(2):  # a bundle is never overwritten
        view = run.run_step("bundle")
        assert view.result is not None
        [file] = view.result.parts[0].files
        names.append(Path(file.path).name)
        assert verify_bundle(Path(file.path)).ok
    assert names == ["test.bundle.zip", "test.2.bundle.zip"]
    assert list(tmp_path.glob(".*")) == []


COLLECTING = """\
id: collecting
title: Collecting
version: 1
inputs:
  folder: {type: path, required: true}
phases:
  - phase: alert
    steps:
      - {id: files, title: F, guide: x, run: {collect: files, with: {path: "{{ folder }}"}}}
      - {id: other, title: O, guide: x, run: {collect: athena, with: {days: 7}}}
"""


def test_a_step_can_collect_files(case: Case, tmp_path: Path) -> None:
    write_log_file(tmp_path / "logs" / "a.json.gz", [record(1), record(2)])
    playbook = load_text(COLLECTING, "c.yaml")
    run = PlaybookRun.start(case, playbook, {"folder": str(tmp_path / "logs")})
    view = run.run_step("files")
    assert view.result is not None
    [part] = view.result.parts
    assert dict(zip(part.columns, part.rows[0], strict=True))["events"] == 2
    assert len(page(case).rows) == 2
    assert run.complete("files").state == "done"
    other = run.run_step("other")
    assert other.result is not None
    assert "run `trailtui collect test athena --days 7`" in other.result.parts[0].by_hand
    assert other.needs == ("do it by hand and write a note of what was found",)


def test_a_key_that_collecting_files_does_not_know_is_refused() -> None:
    wrong = COLLECTING.replace('{path: "{{ folder }}"}', '{path: "{{ folder }}", since: "-7d"}')
    with pytest.raises(PlaybookError, match="since: is no parameter here"):
        load_text(wrong, "c.yaml")
