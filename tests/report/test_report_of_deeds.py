"""What was asked of engines, which rules ran, what was planned, watched and protected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.report.deeds import ACCOUNT, GLASS, SECRET, ask, plan_several
from tests.report.scenes import full_case
from trailtui.case.detections import keep_detections
from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.case.query_runs import kept_run
from trailtui.detect.enrich.sources import LIST, given_source, keep_sources
from trailtui.report.report import build_report, render_html, render_markdown
from trailtui.report.view import Gap, Report


@dataclass(frozen=True)
class Told:
    """A report, its layouts, and the log of its case."""

    report: Report
    markdown: str
    html: str
    log: dict[int, LogEntry]
    gaps: dict[str, Gap]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with full_case(tmp_path_factory.mktemp("told")) as case:
        report = build_report(case)
        log = {entry.seq: entry for entry in entries(case)}
        gaps = {gap.title: gap for gap in report.gaps}
        yield Told(report, render_markdown(report), render_html(report), log, gaps)


def test_answers_name_their_cost_their_rows_and_their_entry(told: Told) -> None:
    answers = told.report.answers
    assert (answers.count, answers.dollars, answers.lost_dollars) == (2, 0.5, 0.125)
    for line in answers.lines:
        assert line.log_entry is not None
        entry = told.log[line.log_entry]
        assert entry.what["answer_sha256"] == line.sha256
        assert (entry.what["rows"], entry.what["query"]) == (line.rows, line.query)
        for text in (told.markdown, told.html):
            assert line.sha256 in text
        assert line.fault == ""
    assert len(answers.lines[0].first_rows) == 3
    assert "as answer 1" in "".join(told.gaps["Results that were cut"].items)


def test_no_secret_of_an_answer_is_in_the_report(told: Told) -> None:
    (row,) = told.report.answers.lines[1].first_rows
    assert "sessionToken" in row[0]
    assert row[1].startswith("[redacted: 85 characters")
    for text in (told.markdown, told.html):
        assert SECRET[:30] not in text


def test_queries_of_engines_are_told_where_they_failed_or_never_ended(told: Told) -> None:
    failed = told.gaps["Queries that failed"]
    assert "engine at AWS" in failed.says
    assert f"on lake, account {ACCOUNT}, us-east-1: there is no such table" in failed.items[0]
    (lost,) = told.gaps["Queries whose end is not known"].items
    assert "on insights" in lost
    assert lost.endswith("q-3")
    sources = told.gaps["Sources"].items
    assert sources[2].endswith("bucket: 2 queries were answered, no records were taken")
    assert "CloudTrail Lake" in sources


def test_runs_of_rules_name_their_entry_and_the_files_that_were_asked(told: Told) -> None:
    first, second = told.report.rule_runs.runs
    for run in (first, second):
        entry = told.log[run.log_entry]
        assert entry.kind == "detect"
        assert entry.at_ms == run.at_ms
        assert len(entry.what["rules"]) == run.rules  # type: ignore[arg-type]
        (given,) = run.lists
        assert "bad, addresses.txt" in given
        assert told.report.enriched.sources[0].sha256 in given
    assert (second.new, second.passed_over, len(second.refused)) == (1, 2, 1)
    rules = {rule.id: rule for rule in told.report.rule_runs.rules}
    assert rules["r1"].findings == 1
    assert rules["root-use"].findings == 0
    assert len(rules) == first.rules + 1


def test_a_run_names_only_the_files_that_were_given_before_it(case: Case, tmp_path: Path) -> None:
    given = tmp_path / "list.txt"
    given.write_text("192.0.2.1\n")
    ran = {"rules": [["sigma", "r1", "0" * 64]], "events": 0}
    keep_detections(case, [], ran)
    keep_sources(case, [given_source(LIST, str(given))[0]])
    keep_detections(case, [], ran)
    keep_sources(case, [], ["all"])
    keep_detections(case, [], ran)
    report = build_report(case)
    assert [len(run.lists) for run in report.rule_runs.runs] == [0, 1, 0]
    assert report.enriched.sources == ()
    assert [change.what for change in report.enriched.changes][1] == "none any more"
    assert [(rule.id, rule.runs) for rule in report.rule_runs.rules] == [("r1", 3)]


def test_a_plan_names_each_action_as_it_stands(told: Told) -> None:
    (plan,) = told.report.plans
    assert plan.log_entry is not None
    assert told.log[plan.log_entry].what["plan"] == plan.hash
    assert [(one.position, one.state, one.again) for one in plan.entries] == [
        (1, "planned", "to come"), (2, "planned", ""),
    ]  # fmt: skip
    assert [one.action_id for one in plan.entries] == [1, 3]
    assert [one.what for one in plan.went][:2] == [
        "action 3 counts at place 2, instead of action 2", "run: begin",
    ]  # fmt: skip
    assert plan.went[2].what.startswith("run ended, stopped: =cmd")
    actions = {action.id: action for action in told.report.actions}
    for one in plan.entries:
        assert actions[one.action_id].target == one.target
    for text in (told.markdown, told.html):
        assert plan.hash in text
        assert "can't be undone" in text.replace("&#39;", "'")
        assert "AWS simulated 1 of 1 permissions." in text


def test_watches_end_or_say_that_they_did_not(told: Told) -> None:
    whole, broken = told.report.watches
    assert (whole.rounds, whole.blind, whole.counts) == (3, 1, (("got through", 1),))
    assert broken.ended_ms is None
    (round_,) = whole.told
    assert not round_.holds
    assert told.log[round_.log_entry].what["number"] == 1
    ((verdict, event, _),) = round_.seen
    assert verdict == "got through"
    assert event in told.markdown
    assert told.markdown.count("nobody watched after that") == 1
    assert told.html.count("nobody watched after that") == 1


def test_the_break_glass_list_is_told_with_its_changes(told: Told) -> None:
    assert told.report.protected.arns == (GLASS[0],)
    assert [change.what for change in told.report.protected.changes] == [
        f"added {', '.join(GLASS)}", f"removed {GLASS[1]}",
    ]  # fmt: skip


def test_every_table_of_the_report_has_rows_as_wide_as_its_head(told: Told) -> None:
    """What an attacker wrote opens no cell, ends no row, and is never taken for markup."""
    width = 0
    for line in told.markdown.splitlines():
        if re.fullmatch(r"(\|---)+\|", line):
            width = line.count("|")
        elif line.startswith("|") and width:
            assert line.count("|") == width, line
        else:
            width = 0


def test_an_answer_that_was_changed_is_told_and_the_rest_is_there(case: Case) -> None:
    kept = ask(case, (("a", 1),), "name", "n")
    ask(case, (("b", 2),), "name", "n")
    with case.writing() as connection:
        connection.execute(
            "UPDATE query_runs SET answer = (SELECT answer FROM query_runs WHERE id = 2) "
            "WHERE id = ?",
            [kept.id],
        )
    report = build_report(case)
    changed, sound = report.answers.lines
    assert "were changed" in changed.fault
    assert changed.first_rows == ()
    assert sound.fault == ""
    assert "Altered" in render_markdown(report)
    assert "Altered" in render_html(report)


def test_rows_that_are_no_longer_readable_are_told(case: Case) -> None:
    ask(case, (("a", 1),), "name", "n")
    case.connection.execute("UPDATE query_runs SET answer = x'00ff'")
    assert "were changed" in build_report(case).answers.lines[0].fault


def test_an_answer_whose_hash_was_changed_with_it_is_told_by_the_log(case: Case) -> None:
    kept = ask(case, (("a", 1),), "name", "n")
    ask(case, (("b", 2),), "name", "n")
    with case.writing() as connection:
        connection.execute(
            "UPDATE query_runs SET (answer, answer_sha256) = "
            "(SELECT answer, answer_sha256 FROM query_runs WHERE id = 2) WHERE id = ?",
            [kept.id],
        )
    assert kept_run(case, kept.id).answer.rows == (("b", 2),)
    assert "log has another hash" in build_report(case).answers.lines[0].fault


def test_a_plan_that_was_changed_is_told(case: Case) -> None:
    plan_several(case)
    case.connection.execute("UPDATE containments SET content = replace(content, 'AKIA', 'AKIB')")
    (plan,) = build_report(case).plans
    assert "was altered" in plan.fault
    assert plan.entries == ()


def test_a_risky_call_leads_to_its_first_and_last_event(case: Case, tmp_path: Path) -> None:
    from tests.records import record, write_log_file
    from trailtui.collect.files import collect_files

    calls = [record(n, eventName="CreateAccessKey", readOnly=False) for n in (3, 5, 9)]
    collect_files(case, [str(write_log_file(tmp_path / "l.json.gz", [record(1), *calls]))])
    report = build_report(case)
    (risky,) = report.page.risky
    assert (risky.succeeded, risky.changes) == (3, 3)
    assert risky.first is not None
    assert risky.last is not None
    assert (risky.first.event_id, risky.last.event_id) == (
        calls[0]["eventID"], calls[2]["eventID"],
    )  # fmt: skip
    for text in (render_markdown(report), render_html(report)):
        assert text.count(calls[2]["eventID"]) >= 1
        assert "WHO" in text


def test_a_case_in_which_nothing_was_done_says_so(case: Case) -> None:
    report = build_report(case)
    for text in (render_markdown(report), render_html(report)):
        for sentence in (
            "is kept in this case.", "No rule was run.", "None is in use.",
            "No plan of several actions was made.", "Nothing was watched after the containment.",
            "no identity was protected by name",
        ):  # fmt: skip
            assert sentence in text
    assert "Queries that failed" not in {gap.title for gap in report.gaps}
