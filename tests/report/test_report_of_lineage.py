"""The lineage in the report."""

from pathlib import Path

from tests.lineage.stories import ROOT, assume, call, session, tell, used, user
from trailtui.case.marks import judge_entity
from trailtui.lineage.contained import give_reason
from trailtui.lineage.tree import lineage
from trailtui.model.entity import Entity
from trailtui.model.times import now_ms
from trailtui.report.report import build_report, render_html, render_markdown

ONE, KEY = "ASIAONE0000000000000", "AKIASECOND0000000000"
RECORDS = [
    call(0, user(), "iam", "CreateAccessKey", asked={"userName": "<b>bob|x</b>"},
         answered={"accessKey": {"accessKeyId": KEY, "userName": "<b>bob|x</b>"}}),
    assume(1, user(), ONE),
    call(2, session(ONE), "s3", "PutBucketPolicy", asked={"bucketName": "b"}),
    used(3, user()),
]  # fmt: skip


def test_the_tree_of_a_credential_in_question(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        judge_entity(case, Entity("credential", ROOT), "indicator", "leaked")
        judge_entity(case, Entity("credential", KEY), "indicator", "made by the other one")
        tree = lineage(case, ROOT, now_ms())
        give_reason(case, tree, KEY, "it was never active")
        report = build_report(case)
        (shown,) = report.lineages
        markdown, html = render_markdown(report), render_html(report)
    assert shown.root == ROOT
    assert [(line.id, line.state, bool(line.event_ids)) for line in shown.lines] == [
        (ROOT, "live", False), (KEY, "live", True), (ONE, "expired", True),
    ]  # fmt: skip
    assert [line.answered for line in shown.lines] == [
        "nothing", "reason: it was never active", "",
    ]  # fmt: skip
    assert (shown.unanswered, shown.holds) == (2, False)
    assert "## Lineage" in markdown
    assert "Not contained: 2 are not answered for." in markdown
    assert "PutBucketPolicy b: changed who may use the bucket" in markdown
    assert "<b>bob" not in html
    assert "&lt;b&gt;bob" in html


def test_without_a_credential_it_says_so(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        report = build_report(case)
        assert report.lineages == ()
        assert "No credential was named by an alert or judged malicious." in render_markdown(report)
