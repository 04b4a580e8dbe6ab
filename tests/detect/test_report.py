"""The findings of a case in its report."""

from tests.detect import samples
from trailtui.case.file import Case
from trailtui.detect.joining import join_alert
from trailtui.report.report import build_report, render_html, render_markdown


def test_the_report_lists_the_findings_and_what_they_lack(case: Case) -> None:
    join_alert(case, "here", samples.document([samples.guardduty(), samples.alarm()]))
    report = build_report(case)
    assert [alert.product for alert in report.alerts] == ["GuardDuty", "CloudWatch"]
    for text in (render_markdown(report), render_html(report)):
        assert "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom" in text
        assert "an alarm names nobody" in text


def test_hostile_titles_make_no_markup(case: Case) -> None:
    made = samples.guardduty(title="<script>|`\x1b[2J")
    join_alert(case, "here", samples.document(made))
    report = build_report(case)
    assert "<script>" not in render_html(report)
    row = next(line for line in render_markdown(report).splitlines() if "\\x7c" in line)
    assert "\x1b" not in row


def test_a_case_without_findings_says_so(case: Case) -> None:
    assert "No finding from outside is in this case." in render_markdown(build_report(case))
