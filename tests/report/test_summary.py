"""The page of a case: its numbers are the case's, its lines fit, and hostile texts stay texts."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.records import record, write_log_file
from trailtui.case.detections import Found, keep_detections
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.cli.main import program
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.model.times import format_utc
from trailtui.report.summary import summarize_case
from trailtui.report.summary_lines import Layout, SummaryLine, summary_lines

HOSTILE = "x\x1b[2J\u202e[bold]" + "宽" * 60
RECORDS = [
    *(record(number) for number in range(20)),
    record(20, eventName="CreateAccessKey", readOnly=False),
    record(21, eventName="CreateAccessKey", readOnly=False, errorCode="AccessDenied"),
    record(22, eventName="DeleteTrail", eventSource="cloudtrail.amazonaws.com", readOnly=False),
    record(23, eventName="DeleteTrail", readOnly=False),  # no call of IAM: not risky
    record(24, eventName=HOSTILE, sourceIPAddress=HOSTILE, errorCode=HOSTILE, awsRegion=HOSTILE),
]


@pytest.fixture
def filled(case: Case, tmp_path: Path) -> Case:
    collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", RECORDS))], workers=0)
    return case


def text_of(lines: list[SummaryLine]) -> str:
    return "\n".join(f"{line.section or line.field}: {line.value}" for line in lines)


def test_the_numbers_are_those_of_the_records(filled: Case) -> None:
    found = summarize_case(filled)
    assert found.read.events == len(RECORDS)
    names = Counter(one["eventName"] for one in RECORDS)
    assert {(one.name, one.events) for one in found.calls} == set(names.items())
    failed = Counter(one["eventName"] for one in RECORDS if "errorCode" in one)
    assert {one.name: one.failed for one in found.calls if one.failed} == failed
    assert {one.name: one.events for one in found.errors} == {"AccessDenied": 1, HOSTILE: 1}
    assert found.times is not None
    assert sum(found.times.counts) == len(RECORDS)
    assert [(one.name, one.source, one.succeeded, one.failed) for one in found.risky] == [
        ("DeleteTrail", "cloudtrail.amazonaws.com", 1, 0),
        ("CreateAccessKey", "iam.amazonaws.com", 1, 1),
    ]
    assert all(one.says and one.attack and one.changes for one in found.risky)
    (alice,) = found.principals
    assert (alice.risky_succeeded, alice.risky_failed, alice.events) == (2, 1, len(RECORDS))


def test_every_part_is_on_the_page(filled: Case) -> None:
    judge_entity(filled, Entity("ip", "198.51.100.7"), "indicator", "an exit node")
    (event,) = filled.connection.execute("SELECT max(id) FROM event_rows").fetchone()
    keep_detections(
        filled, [Found("sigma", "r1", "0" * 64, "A trail was deleted", "high", (event,))], {}
    )
    text = text_of(summary_lines(summarize_case(filled), Layout(format_utc)))
    for part in (
        "WHEN: 25 events", "WHO: 1 principal", "WHERE: 2 addresses", "198.51.100.7  (risky",
        "INDICATOR", "WHAT: 4 different calls; 2 failed", "AccessDenied 1", "RISKY CALLS: 2",
        "DeleteTrail (cloudtrail) by one", "FINDINGS: of rules: 1 high; alerts: 0",
        "high: d1 A trail was deleted (1 event)", "INDICATORS: 1 judged malicious", "an exit node",
        "ACTIONS: nothing was planned", "NOT SEEN:", "Never asked: event history",
    ):  # fmt: skip
        assert part in text, part


def test_no_rule_run_is_told_apart_from_no_finding(filled: Case) -> None:
    assert "no rule was run yet" in text_of(
        summary_lines(summarize_case(filled), Layout(format_utc))
    )
    keep_detections(filled, [], {})
    assert "of rules: none" in text_of(summary_lines(summarize_case(filled), Layout(format_utc)))


def test_what_is_cut_is_counted(case: Case, tmp_path: Path) -> None:
    many = [record(number, sourceIPAddress=f"192.0.2.{number}") for number in range(9)]
    collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", many))], workers=0)
    lines = summary_lines(summarize_case(case), Layout(format_utc, most=2))
    assert sum("192.0.2." in line.value for line in lines) == 2
    assert "… and 7 more" in text_of(lines)


def test_an_empty_case_says_that_nothing_was_looked_at(case: Case) -> None:
    text = text_of(summary_lines(summarize_case(case), Layout(format_utc)))
    assert "WHEN: 0 events" in text
    assert "Nothing was looked at yet." in text


def run(*words: str) -> str:
    done = CliRunner().invoke(program, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_prints_a_page_of_80_columns(filled: Case) -> None:
    from rich.cells import cell_len

    page = run("summary", str(filled.path))
    assert max(map(cell_len, page.splitlines())) <= 80
    assert len(page.splitlines()) < 70
    assert "\x1b" not in page
    assert "\u202e" not in page
    for output in ("csv", "jsonl"):
        assert "\x1b" not in run("summary", str(filled.path), "--format", output)


def test_as_json(filled: Case) -> None:
    found = json.loads(run("summary", str(filled.path), "--format", "json"))
    assert found["read"]["events"] == len(RECORDS)
    assert [one["name"] for one in found["risky_calls"]] == ["DeleteTrail", "CreateAccessKey"]
    (alice,) = found["principals"]
    assert (alice["risky_ok"], alice["risky_failed"]) == (2, 1)
    assert found["in_all"]["calls"] == 4


def test_entities_on_the_command_line(filled: Case) -> None:
    path = str(filled.path)
    (alice,) = json.loads(run("entities", path, "--format", "json"))
    assert (alice["risky ok"], alice["risky failed"], alice["other ok"], alice["other failed"]) == (
        2, 1, 21, 1,
    )  # fmt: skip
    assert alice["risky calls"] == "CreateAccessKey 1 + 1 failed, DeleteTrail 1"
    whole, session = json.loads(run("entities", path, "--sessions", "--format", "json"))
    assert (whole["session"], whole["events"]) == (None, len(RECORDS))
    assert session["credential"] == "AKIAEXAMPLEALICE0000"
    assert session["principal"] == whole["principal"]
    calls = json.loads(run("entities", path, "ip", "--calls", "--format", "json"))
    assert [(one["call"], one["risky"]) for one in calls[:2]] == [
        ("CreateAccessKey", True), ("DeleteTrail", True),
    ]  # fmt: skip
    assert calls[0]["meaning"]
    refused = CliRunner().invoke(program, ["entities", path, "ip", "--sessions"])
    assert "beneath principals" in str(refused.exception)
