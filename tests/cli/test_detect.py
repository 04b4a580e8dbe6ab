"""`trailtui detect` as a user runs it."""

import json
from pathlib import Path

import pytest

from tests.records import record, write_log_file
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.cli.main import main
from trailtui.collect.files import collect_files

HOSTILE = "arn:aws:iam::111122223333:user/\x1b[2Jeve\u202e"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    root = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}
    eve = {"type": "IAMUser", "arn": HOSTILE, "userName": "eve", "principalId": "AIDA"}
    made = [
        record(1), record(2, userIdentity=root, eventName="GetUser"),
        record(3, eventName="StopLogging", eventSource="cloudtrail.amazonaws.com"),
        record(4, eventName="StopLogging", eventSource="cloudtrail.amazonaws.com",
               userIdentity=eve, errorCode="AccessDenied"),
    ]  # fmt: skip
    place = tmp_path / "c.case"
    with Case.create(place) as case:
        collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", made))])
    return place


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return json.loads(capsys.readouterr().out)


def test_findings_have_events_and_a_next_step_and_are_kept_once(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("detect", str(path), "--format", "json") == 0
    first = rows(capsys)
    titles = {str(one["title"]) for one in first}
    assert {
        "The root user acted",
        "A trail was changed",
        "Logging was stopped or thinned out",
    } <= titles
    assert all(one["state"] == "new" and one["next step"] and one["attack"] for one in first)
    assert run("detect", str(path), "--format", "json") == 0
    again = rows(capsys)
    assert [{**one, "state": "new"} for one in again] == first
    assert {one["state"] for one in again} == {"known"}
    name = next(str(one["finding"]) for one in first if one["title"] == "The root user acted")
    assert run("detect", str(path), "--events", name, "--format", "json") == 0
    assert [one["eventID"] for one in rows(capsys)] == [record(2)["eventID"]]
    assert run("timeline", str(path), "--finding", name, "--format", "json") == 0
    assert [one["eventID"] for one in rows(capsys)] == [record(2)["eventID"]]
    assert run("findings", str(path), "--show", name) == 0
    assert json.loads(capsys.readouterr().out)["event_ids"] == [record(2)["eventID"]]
    assert run("findings", str(path), "--format", "json") == 0
    assert {one["finding"] for one in rows(capsys)} == {one["finding"] for one in first}


def test_a_run_is_in_the_action_log_with_its_rules(path: Path) -> None:
    run("detect", str(path), "--kind", "filter")
    with Case.open(path, readonly=True) as case:
        (entry,) = entries(case, kinds=["detect"])
    assert entry.what["events"] == 4
    assert {kind for kind, _, _ in entry.what["rules"]} == {"filter"}  # type: ignore[union-attr]
    assert entry.what["new"] == len(entry.what["findings"])  # type: ignore[arg-type]


def test_nothing_found_says_what_was_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "quiet.case"
    with Case.create(place) as case:
        collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", [record(1)]))])
    assert run("detect", str(place)) == 0
    said = capsys.readouterr().err
    assert "No hits." in said
    assert "Looked at 1 events from 2026-03-01T08:00:01Z" in said


def test_what_an_attacker_wrote_is_made_visible(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("detect", str(path)) == 0
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "\u202e" not in shown.out + shown.err
    assert "␛[2Jeve\\u202e" in shown.out


def test_unreadable_rules_are_told_and_the_others_run(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sigma")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "bad.yml").write_text("title: [")
    (folder / "good.yml").write_text(
        "title: Mine\nlogsource: {product: aws, service: cloudtrail}\n"
        "detection:\n  a:\n    eventName: listusers\n  condition: a\n"
    )
    filters = tmp_path / "f.yaml"
    filters.write_text("- {id: f, title: F, severity: low, pattern: '{ $.eventName = ListUsers }'}")
    code = run(
        "detect", str(path), "--no-shipped", "--kind", "sigma", "--rules", str(folder),
        "--filters", str(filters), "--format", "json",
    )  # fmt: skip
    shown = capsys.readouterr()
    assert code == 3
    assert {one["title"] for one in json.loads(shown.out)} == {"Mine", "F"}
    assert f"{folder / 'bad.yml'}:" in shown.err


def test_the_rules_are_listed_without_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect", "--list", "--format", "json") == 0
    kinds = [one["kind"] for one in rows(capsys)]
    assert kinds.count("filter") >= 15
    assert kinds.count("sigma") >= 30


def test_a_finding_that_is_none_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect", str(path), "--events", "d99") == 3
    assert "no rule made a finding 'd99'" in capsys.readouterr().err


def test_without_a_case_nothing_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect") == 2
    assert "give a case" in capsys.readouterr().err
