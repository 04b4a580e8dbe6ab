"""The commands over a case, as a user types them: data on stdout, remarks on stderr, exit codes."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.detect import samples
from tests.records import record, role_session, write_log_file
from trailtui.case.file import locate_case

PROGRAM = [sys.executable, "-P", "-m", "trailtui.cli"]


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process of its own."""
    return subprocess.run([*PROGRAM, *arguments], input=stdin, capture_output=True, check=False)


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trail")
    hostile = "=cmd|' /C calc'!A0\x1b]52;c;aGk=\x07[/x]\u202e"
    records = [record(n) for n in range(5)]
    records.append(record(5, userAgent=hostile, errorCode="AccessDenied", readOnly=False))
    token = {"credentials": {"sessionToken": "IQoJsecretsecret", "accessKeyId": "ASIAX"}}
    records.append(record(6, eventName="AssumeRole", responseElements=token))
    records.append(record(7, userIdentity=role_session()))
    write_log_file(folder / "a.json.gz", records)
    (folder / "notes.txt").write_text("not a log")
    return folder


@pytest.fixture
def filled(home: Path, trail: Path) -> str:
    assert run("new", "c1", "--access-key", "AKIAEXAMPLEALICE0000").returncode == 0
    collected = run("collect", "c1", "files", str(trail))
    assert collected.returncode == 0
    assert collected.stdout == b""
    assert b"8 records; 8 new events" in collected.stderr
    assert b"1 thing could not be read" in collected.stderr
    return "c1"


def test_rows_in_every_format_say_the_same(filled: str) -> None:
    listed = json.loads(run("timeline", filled, "--format", "json").stdout)
    lines = [
        json.loads(line)
        for line in run("timeline", filled, "--format", "jsonl").stdout.splitlines()
    ]
    text = run("timeline", filled, "--format", "csv").stdout.decode()
    table = run("timeline", filled).stdout.decode()
    assert lines == listed
    assert len(listed) == len(list(csv.DictReader(io.StringIO(text)))) == 8
    assert len(table.splitlines()) == 9


def test_hostile_text_is_harmless_in_every_format(filled: str) -> None:
    for output in ("table", "csv", "json", "jsonl"):
        shown = run("timeline", filled, "--format", output).stdout
        assert b"\x1b" not in shown
        assert "\u202e".encode() not in shown
    cells = csv.reader(io.StringIO(run("timeline", filled, "--format", "csv").stdout.decode()))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in cells for cell in row)


def test_filters_and_going_on(filled: str) -> None:
    def names(*options: str) -> list[str]:
        found = run("timeline", filled, "--format", "jsonl", *options)
        assert found.returncode == 0, found.stderr
        return [json.loads(line)["eventID"] for line in found.stdout.splitlines()]

    assert names("--errors") == [record(5)["eventID"]]
    assert names("--writes") == [record(5)["eventID"]]
    assert names("--entity", "ASIAEXAMPLE00000001") == [record(7)["eventID"]]
    assert names("--where", "eventName = 'AssumeRole'") == [record(6)["eventID"]]
    assert names("--newest", "--limit", "1") == [record(7)["eventID"]]
    first = run("timeline", filled, "--limit", "3")
    after = first.stderr.decode().partition("--after ")[2].split()[0]
    assert names("--after", after) == [record(n)["eventID"] for n in range(3, 8)]


def test_nothing_found_says_what_was_looked_at(filled: str) -> None:
    found = run("timeline", filled, "--entity", "203.0.113.99")
    assert found.returncode == 0
    assert b"Looked at 8 events" in found.stderr


def test_show_redacts_unless_asked(filled: str) -> None:
    shown = run("show", filled, record(6)["eventID"])
    assert b"IQoJsecretsecret" not in shown.stdout
    assert b"redacted" in shown.stdout
    assert b"sha256" in shown.stderr
    raw = run("show", filled, record(6)["eventID"], "--raw").stdout
    assert json.loads(raw)["responseElements"]["credentials"]["sessionToken"] == "IQoJsecretsecret"


def test_entities_coverage_and_log(filled: str) -> None:
    principals = json.loads(run("entities", filled, "--format", "json").stdout)
    assert [row["events"] for row in principals] == [7, 1]
    problems = json.loads(run("coverage", filled, "--format", "json").stdout)
    assert [Path(row["file"]).name for row in problems] == ["notes.txt"]
    hours = json.loads(run("coverage", filled, "--show", "hours", "--format", "json").stdout)
    assert sum(row["events"] for row in hours) == 8
    assert run("log", filled, "--verify").returncode == 0
    kinds = [row["kind"] for row in json.loads(run("log", filled, "--format", "json").stdout)]
    assert kinds == ["case-created", "entity", "collect", "collect"]


def test_a_broken_log_is_bad_news(filled: str, home: Path) -> None:
    import sqlite3

    with sqlite3.connect(home / "c1.case") as connection:
        connection.execute("UPDATE action_log SET what = '{}' WHERE seq = 2")
    broken = run("log", filled, "--verify")
    assert broken.returncode == 1
    assert b"entry 2 was altered" in broken.stderr


def test_notes_tags_and_pins(filled: str) -> None:
    event = record(5)["eventID"]
    assert run("note", filled, "seen", "--event", event).returncode == 0
    assert run("tag", filled, event, "initial-access").returncode == 0
    assert run("pin", filled, event, "--reason", "first").returncode == 0
    (row,) = json.loads(run("timeline", filled, "--pinned", "--format", "json").stdout)
    assert (row["eventID"], row["tags"], row["pinned"]) == (event, "initial-access", True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["timeline", "nowhere"], 3, b"no such case"),
        (["colect"], 2, b"Did you mean `trailtui collect`"),
        (["timeline", "c1", "--bogus"], 2, b"No such option"),
        (["timeline", "c1", "--from", "soon"], 3, b"is no time"),
        (["timeline", "c1", "--entity", "alice"], 3, b"any kind of entity"),
        (["show", "c1", "nope"], 3, b"no event nope"),
        (["collect", "c1", "files", "/nonexistent"], 3, b"no such file"),
        (["new", "c1"], 3, b"exists already"),
        (["new", "c2", "--from", "2026-02-01", "--to", "2026-01-01"], 3, b"window is empty"),
        (["new", "c2", "--playbook", "nope"], 3, b"there is no playbook"),
        (["new", "c2", "--access-key", "nope"], 3, b"is not an access key id"),
        (["new", "c2", "--ip", "999"], 3, b"is not an address"),
        (["new", "c2", "--principal", "bob"], 3, b"the ARN of a user or role"),
        (["lineage", "c1", "nope"], 3, b"is no credential"),
        (["c1"], 2, b"the console needs a terminal"),
    ],
)
def test_errors_are_a_sentence_and_a_code(
    filled: str, arguments: list[str], code: int, says: bytes
) -> None:
    ended = run(*arguments)
    assert ended.returncode == code
    assert says in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert not locate_case("c2").exists()


def test_a_playbook_that_lacks_an_input_says_how_to_give_it(home: Path) -> None:
    ended = run("new", "c3", "--playbook", "compromised-access-key")
    assert ended.returncode == 3
    assert b"the case is made, but its playbook is not started" in ended.stderr
    assert b"`trailtui run c3 --playbook compromised-access-key`" in ended.stderr
    given = ("--input", "access_key=AKIAEXAMPLEALICE0000")
    assert run("run", "c3", "--playbook", "compromised-access-key", *given).returncode == 0


def test_only_unreadable_input_is_exit_code_3(filled: str, tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\x00\x01\x02")
    assert run("collect", filled, "files", str(tmp_path)).returncode == 3


def test_an_alert_is_kept_as_evidence(home: Path) -> None:
    alert = samples.document(samples.event(samples.guardduty()))
    assert run("new", "a", "--alert", "-", stdin=alert).returncode == 0
    (row,) = json.loads(run("coverage", "a", "--show", "evidence", "--format", "json").stdout)
    assert (row["kind"], row["size"]) == ("alert", len(alert))
    assert run("new", "b", "--alert", "-", stdin=b"not json").returncode == 3


def test_an_interrupted_collect_goes_on(home: Path, tmp_path: Path) -> None:
    """Ctrl-C ends it with 130 and a case that holds whole files; the same command goes on."""
    import signal

    for number in range(300):
        write_log_file(
            tmp_path / f"{number:04d}.json.gz", [record(number * 40 + n) for n in range(40)]
        )
    assert run("new", "c").returncode == 0
    command = [*PROGRAM, "collect", "c", "files", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None
    while json.loads(run("coverage", "c", "--show", "evidence", "--format", "json").stdout) == []:
        if process.poll() is not None:
            break
    process.send_signal(signal.SIGINT)
    process.communicate()
    # 0 where it was quicker than the signal; -2 where it was just leaving, all done
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert run("collect", "c", "files", str(tmp_path)).returncode == 0
    hours = json.loads(run("coverage", "c", "--show", "hours", "--format", "json").stdout)
    assert sum(row["events"] for row in hours) == 12_000
