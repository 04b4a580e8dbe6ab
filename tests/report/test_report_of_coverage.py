"""The report and the bundle's coverage.json say what was looked at, and what was not."""

import json
from pathlib import Path

import pytest

from tests.case.coverage_scenes import ACCOUNT, asked, log_file, trail_call
from tests.records import record
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.report.report import build_report, render_html, render_markdown
from trailtui.report.tables import coverage_document

HOSTILE = "AccessDenied <script>[/x]`|\x1b[2J"


@pytest.fixture
def several(case: Case) -> Case:
    stop, start = trail_call("StopLogging", 3600), trail_call("StartLogging", 7200)
    asked(case, "lookup", State.FETCHED, records=[record(0), record(1), stop, start])
    asked(case, "s3", State.FETCHED, records=[record(0), stop, start], name=log_file())
    asked(case, "lookup", State.EMPTY, region="eu-west-1")
    asked(case, "lookup", State.DENIED, region="eu-west-2", hours=(0, 12), detail=HOSTILE)
    return case


def test_the_report_tells_sources_strips_and_leads(several: Case) -> None:
    report = build_report(several)
    assert report.coverage is not None
    said = "\n".join(report.coverage.says)
    assert "event history (LookupEvents): 4 events; asked in 3 account-Region pairs" in said
    strips = {line.region: line.strip for line in report.coverage.strips}
    assert set(strips["eu-west-1"]) == {"-"}
    assert strips["eu-west-2"] == "D" * 36 + "?" * 36
    assert [lead.event_id for lead in report.leads] == [record(1)["eventID"]]
    for text in (render_markdown(report), render_html(report)):
        assert strips["eu-west-2"] in text
        assert "Leads of tampering" in text
        assert record(1)["eventID"] in text
        assert "\x1b" not in text
    assert "<script" not in render_html(report)
    assert "\\x60\\x7c" in render_markdown(report)  # it stands in a code span and can't end it


def test_gaps_name_what_no_source_answered_and_what_was_not_logged(several: Case) -> None:
    gaps = {gap.title: gap for gap in build_report(several).gaps}
    (refused,) = gaps["Asked without an answer"].items
    assert refused.startswith(f"lookup, account {ACCOUNT}, eu-west-2, 2026-03-01T00:00:00Z")
    nobody = gaps["Seen by no source"].items
    assert [item.partition(": ")[2][:9] for item in nobody] == ["denied. l", "not asked"]
    (span,) = gaps["Not logged"].items
    assert "by trail main 2026-03-01T09:00:00Z to 2026-03-01T10:00:00Z: StopLogging" in span
    assert "eu-west-1" not in gaps["Regions"].items[0]
    assert "eu-west-2" in gaps["Regions"].items[0]
    assert "Hours" not in gaps  # every hour of us-east-1 was asked for


def test_files_alone_leave_their_silence_unknown(case: Case, tmp_path: Path) -> None:
    from tests.records import write_log_file
    from trailtui.collect.files import collect_files

    write_log_file(tmp_path / "a.json.gz", [record(0), record(4 * 3600)])
    collect_files(case, [str(tmp_path)])
    report = build_report(case)
    gaps = {gap.title for gap in report.gaps}
    assert {"Sources", "Regions", "Hours"} <= gaps
    assert not gaps & {"Asked without an answer", "Seen by no source", "Not logged"}
    assert report.coverage is not None
    assert report.coverage.strips[0].strip.count("?") > 30


def test_the_document_of_the_bundle(several: Case) -> None:
    document = json.loads(json.dumps(coverage_document(several)))
    assert document["window"] == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]
    assert len(document["sources_asked"]) == 4
    covered = [(row["region"], row["source"], row["state"]) for row in document["covered"]]
    assert ("eu-west-2", "lookup", "denied") in covered
    assert {row["state"] for row in document["gaps"]} == {"denied", "unknown", "not-logged"}
    (lead,) = document["leads"]
    assert lead["kind"] == "missing-from-files"


def test_an_empty_case_has_no_coverage_to_tell(case: Case) -> None:
    report = build_report(case)
    assert report.coverage is None
    assert report.leads == ()
    assert coverage_document(case)["window"] is None
    assert "## Coverage" in render_markdown(report)
