"""What was really planned, carried out, watched and asked in a simulated account, in a bundle."""

import json
from pathlib import Path

import pytest

from tests.contain.scene import moved_on, responder_of, tree_of
from tests.query.asked_world import asked, world
from tests.report.scenes import members
from tests.simulated import simulated_account
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.playbook.watching import Watch, roots_of
from trailtui.report import layout
from trailtui.report.bundle import export_bundle
from trailtui.report.report import build_report
from trailtui.report.verify import verify_bundle
from trailtui.respond.arming import arm
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import propose
from trailtui.sim.incidents.stolen_key import StolenKey


def test_a_contained_and_watched_incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = moved_on(monkeypatch)
    folder = tmp_path / "logs"
    with (
        simulated_account(hours=3) as incident,
        open_new_case(tmp_path / "whole.case", Opening()) as case,
    ):
        assert isinstance(incident, StolenKey)
        incident.account.deliver(folder)
        collect_files(case, [str(folder)], workers=0)
        aws = responder_of(incident)
        proposal = propose(tree_of(case, incident), incident.account.number)
        found = plan_containment(
            case, aws, proposal.wishes, root=incident.leaked_key, left_out=proposal.left_out
        )
        arm(case, aws)
        assert carry_out(case, aws, found.name, found.plan.word, sleep=clock.sleep).is_good
        incident.attacker.try_key()
        looking = Watch(case, aws, roots_of(case), per_second=1000, sleep=clock.sleep)
        (seen,) = looking.rounds(seconds=0, every_s=60)
        report = build_report(case)
        made = export_bundle(case, tmp_path / "bundle.zip")

    (plan,) = report.plans
    assert plan.hash == found.hash
    assert {one.state for one in plan.entries} == {"verified"}
    assert {one.again for one in plan.entries} <= {"", "verified"}
    (watched,) = report.watches
    assert dict(watched.counts).get("refused", 0) == seen.refused >= 1
    titles = " ".join(span.title for span in report.intervals)
    for word in ("to detect", "to contain", "to verify"):
        assert word in titles
    assert verify_bundle(made.path, root=made.root_hash).findings == ()
    told = json.loads(members(made.path)[layout.CONTAINMENT])
    assert [one["hash"] for one in told["plans"]] == [found.hash]
    assert told["plans"][0]["redacted"] is False


def test_answers_of_the_engines(tmp_path: Path) -> None:
    engines = ("athena", "lake", "insights")
    with world(tmp_path, count=100) as asking:
        kept = [asking.ask(asked("errors-by-code"), engine) for engine in engines]
        report = build_report(asking.case)
        made = export_bundle(asking.case, tmp_path / "bundle.zip")
    assert [(line.engine, line.rows, line.sha256) for line in report.answers.lines] == [
        (engine, one.count, one.sha256) for engine, one in zip(engines, kept, strict=True)
    ]
    assert all(line.name == "errors-by-code" and line.rows for line in report.answers.lines)
    assert "Queries whose end is not known" not in {gap.title for gap in report.gaps}
    assert verify_bundle(made.path, root=made.root_hash).findings == ()
    files = members(made.path)
    for told, one in zip(json.loads(files[layout.ANSWERS]), kept, strict=True):
        rows = [json.loads(row) for row in files[told["file"]].splitlines()]
        assert rows == [list(row) for row in one.answer.rows]
