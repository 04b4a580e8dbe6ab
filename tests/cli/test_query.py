"""`trailtui queries` and `trailtui query`, as a user types them."""

import json
from pathlib import Path

import pytest

from tests.query.engines import load
from tests.records import record
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.marks import pins
from trailtui.cli.main import main


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "asked.case"
    with Case.create(path) as case:
        load(
            case,
            [
                record(1),
                record(2, eventName="CreateUser", readOnly=False, errorCode="AccessDenied"),
                record(3, userAgent="=cmd|' /C calc'!A0 \x1b[2J"),
            ],
        )
    return path


def _run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_rows_go_to_stdout_and_what_was_looked_at_to_stderr(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(
        capsys, "query", path, "key-activity", "-p", "key=AKIAEXAMPLEALICE0000", "--format", "jsonl"
    )
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["eventName"] for row in rows] == ["ListUsers", "CreateUser", "ListUsers"]
    assert "Looked at 3 events" in err
    with Case.open(path) as case:
        written = entries(case, kinds=["query"])
        assert [entry.what["rows"] for entry in written] == [3]


def test_own_sql_with_parameters_and_a_limit(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT eventName, readOnly FROM events WHERE eventTime > :t ORDER BY eventTime"
    code, out, err = _run(
        capsys, "query", path, "--sql", sql, "-p", "t=2026-03-01", "--limit", 2, "--format", "json"
    )
    assert code == 0
    assert json.loads(out) == [
        {"eventName": "ListUsers", "readOnly": True},
        {"eventName": "CreateUser", "readOnly": False},
    ]
    assert "more rows than these 2" in err
    with Case.open(path) as case:
        written = entries(case, kinds=["query"])[-1].what
        assert (written["sql"], written["truncated"]) == (sql, True)


def test_no_rows_are_never_said_alone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capsys, "query", path, "root-use")
    assert code == 0
    assert len(out.splitlines()) == 1
    assert "No rows." in err
    assert "Looked at 3 events from 2026-03-01T08:00:01Z" in err


def test_a_mistake_is_shown_with_a_caret(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = _run(capsys, "query", path, "--sql", "SELECT eventNam FROM events")
    assert (code, out) == (3, "")
    assert err.splitlines()[-2:] == ["  SELECT eventNam FROM events", "         ^"]


def test_hostile_values_are_shown_harmlessly(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT userAgent FROM events WHERE userAgent LIKE '=%'"
    _, out, _ = _run(capsys, "query", path, "--sql", sql, "--format", "csv")
    assert "\x1b" not in out
    assert out.splitlines()[1].startswith("'=cmd") or out.splitlines()[1].startswith("\"'=cmd")
    _, out, _ = _run(capsys, "query", path, "--sql", sql)
    assert "\x1b" not in out


def test_explain_asks_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "query", path, "ip-activity", "-p", "ip=192.0.2.1", "--explain")
    assert code == 0
    assert "event_by_ip" in out
    with Case.open(path) as case:
        assert entries(case, kinds=["query"]) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--sql", "SELECT 1", "key-activity"], 2),
        ([], 2),
        (["key-activity"], 3),
        (["key-activity", "-p", "key"], 2),
        (["key-activity", "-p", "key=a b"], 3),
        (["no-such-query"], 3),
        (["root-use", "--on", "athena"], 2),
        (["--sql", "SELECT x FROM events", "--on", "lake"], 3),
        (["resource-activity", "-p", "resource=x", "--on", "insights"], 3),
        (["--sql", "DROP TABLE events"], 3),
    ],
)
def test_wrong_words_end_with_their_code(
    path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    ended, out, err = _run(capsys, "query", path, *words)
    assert (ended, out) == (code, "")
    assert err.startswith("trailtui: ")


def test_the_library_is_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "queries", "--format", "json")
    assert code == 0
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert len(listed) >= 60
    assert listed["key-activity"]["parameters"] == "key, [since], [until]"
    code, out, _ = _run(capsys, "queries", "key-activity")
    assert code == 0
    for part in (
        "Everything done with an access key",
        "-p key=…",
        "Look for",
        "Harmless",
        "SELECT",
    ):
        assert part in out
    assert _run(capsys, "queries", "key-actvity")[0] == 3


def test_the_columns_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "query", "--columns", "--format", "csv")
    assert code == 0
    assert "userIdentity.sessionContext.sessionIssuer.userName,varchar," in out.splitlines()


def test_the_events_of_the_rows_can_be_pinned(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT sourceIPAddress FROM events WHERE errorCode = 'AccessDenied'"
    code, _, err = _run(capsys, "query", path, "--sql", sql, "--pin", "who was refused")
    assert (code, "1 event pinned." in err) == (0, True)
    with Case.open(path) as case:
        (pinned,) = pins(case)
        assert (pinned.event.name, pinned.reason) == ("CreateUser", "who was refused")
    code, _, err = _run(
        capsys, "query", path, "--sql", "SELECT count(*) FROM events", "--pin", "all"
    )
    assert (code, "0 events pinned; 1 row of several events" in err) == (0, True)
    for more in (["--explain"], ["--on", "lake"]):
        code, _, err = _run(capsys, "query", path, "--sql", sql, "--pin", "x", *more)
        assert (code, "only rows of the case" in err) == (2, True)
