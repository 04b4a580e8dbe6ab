"""Findings of rules in the report, with their events."""

from pathlib import Path

from tests.records import record, write_log_file
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.rules import run_rules
from trailtui.detect.shipped_rules import shipped_filters
from trailtui.report.report import build_report, render_html, render_markdown


def test_a_finding_stands_in_the_report_with_its_events(case: Case, tmp_path: Path) -> None:
    who = {"type": "Root", "arn": "arn:aws:iam::1:root/<evil>|\x1b[2J", "accountId": "1"}
    collect_files(
        case, [str(write_log_file(tmp_path / "l.json.gz", [record(1, userIdentity=who)]))]
    )
    assert "No rule found anything" in render_markdown(build_report(case))
    run_rules(case, shipped_filters())
    report = build_report(case)
    assert [line.title for line in report.detected] == ["The root user acted"]
    for text in (render_markdown(report), render_html(report)):
        assert "The root user acted" in text
        assert record(1)["eventID"] in text
        assert "\x1b" not in text
    assert "<evil>" not in render_html(report)
    row = next(line for line in render_markdown(report).splitlines() if line.startswith("| d1 |"))
    assert row.count(" | ") == 9  # what the attacker wrote opens no further cell
    assert "`arn:aws:iam::1:root/<evil>\\x7c" in row  # code, which no renderer takes for HTML
