"""`trailtui playbooks` and `trailtui run`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.playbook.conftest import HOSTILE, KEY, SMALL
from tests.records import record, write_log_file
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.cli.main import main
from trailtui.collect.files import collect_files
from trailtui.playbook.runner import PlaybookRun

Trailtui = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trailtui(capsys: pytest.CaptureFixture[str]) -> Trailtui:
    """Runs the program; gives exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one's own with the small playbook."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "small.yaml").write_text(SMALL)
    return own


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A case with three events of the key."""
    path = tmp_path / "c.case"
    agents = [record(number) for number in range(2)]
    agents.append(record(3, sourceIPAddress=HOSTILE))
    write_log_file(tmp_path / "logs.json.gz", agents)
    with Case.create(path) as case:
        collect_files(case, [str(tmp_path / "logs.json.gz")], workers=1)
    return path


@pytest.fixture
def started(trailtui: Trailtui, path: Path, folder: Path) -> Path:
    """The case with the small playbook under way; its first step has run."""
    code, _, _ = trailtui(
        "run", path, "--playbook", "small", "--playbook-dir", folder, "--input", f"access_key={KEY}"
    )
    assert code == 0
    return path


def test_playbooks_lists_all_with_hash_and_origin(trailtui: Trailtui, folder: Path) -> None:
    code, out, _ = trailtui("playbooks", "--playbook-dir", folder, "--format", "json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["small"]["from"] == "--playbook-dir"
    assert rows["compromised-access-key"]["from"] == "shipped"
    assert rows["compromised-access-key"]["state"] == "ready"
    assert all(len(row["sha256"]) == 64 for row in rows.values())


def test_a_playbook_of_ones_own_hides_the_shipped_one(
    trailtui: Trailtui, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = folder.parent / "other" / "playbooks"
    other.mkdir(parents=True)
    (other / "again.yaml").write_text(SMALL)
    (other / "broken.yaml").write_text("id: x\n")
    monkeypatch.setenv("TRAILTUI_PATH", str(other.parent))
    _, out, _ = trailtui("playbooks", "--playbook-dir", folder, "--format", "json")
    rows = [row for row in json.loads(out) if row["from"] != "shipped"]
    assert [(row["id"], row["from"]) for row in rows] == [
        ("small", "--playbook-dir"), ("small", "TRAILTUI_PATH"), ("broken", "TRAILTUI_PATH"),
    ]  # fmt: skip
    assert rows[1]["state"] == f"hidden by {folder / 'small.yaml'}"
    assert rows[2]["state"] == "can't be used: 3 complaints"


def test_a_folder_that_is_not_there_is_an_error(trailtui: Trailtui, tmp_path: Path) -> None:
    code, _, err = trailtui("playbooks", "--playbook-dir", tmp_path / "none")
    assert code == 3
    assert "--playbook-dir names a folder that is not there" in err


def test_check_lists_all_and_exits_with_3(trailtui: Trailtui, folder: Path) -> None:
    broken = SMALL.replace("version: 3", "version: x").replace("pivot: ip", "pivot: shoe")
    (folder / "broken.yaml").write_text(broken)
    code, out, err = trailtui("playbooks", "check", folder)
    assert code == 3
    lines = out.splitlines()
    assert len(lines) == 2
    assert "broken.yaml:3: version: is text. Allowed: a whole number" in lines[0]
    assert "'shoe' is not known. Allowed: principal, credential" in lines[1]
    assert "2 complaints" in err
    code, out, _ = trailtui("playbooks", "check", folder / "broken.yaml", "--format", "json")
    assert code == 3
    assert json.loads(out)[0]["line"] == 3


def test_check_says_so_where_all_is_well(trailtui: Trailtui, folder: Path) -> None:
    code, out, err = trailtui("playbooks", "check", folder)
    assert (code, out) == (0, "")
    assert "nothing to complain of" in err
    assert trailtui("playbooks", "check", folder / "none.yaml")[0] == 3


def test_run_without_a_playbook_says_how_to_start(trailtui: Trailtui, path: Path) -> None:
    code, _, err = trailtui("run", path)
    assert code == 3
    assert "trailtui run CASE --playbook ID" in err


def test_starting_needs_the_required_input(trailtui: Trailtui, path: Path, folder: Path) -> None:
    code, _, err = trailtui("run", path, "--playbook", "small", "--playbook-dir", folder)
    assert code == 3
    assert "--input access_key=VALUE" in err


def test_run_prints_the_guide_the_rows_and_what_is_needed(
    trailtui: Trailtui, path: Path, folder: Path
) -> None:
    code, out, err = trailtui(
        "run", path, "--playbook", "small", "--playbook-dir", folder,
        "--input", f"access_key={KEY}", "--format", "jsonl",
    )  # fmt: skip
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["eventName"] for row in rows] == ["ListUsers"] * 3
    assert f"Look at {KEY}." in err
    assert "3 rows. Looked at 3 events" in err
    assert "still needed: decide: Who? (attacker, owner)" in err
    assert "still needed: pin an event or write a note as evidence" in err


def test_a_hostile_value_is_shown_harmlessly(trailtui: Trailtui, started: Path) -> None:
    for output in ("table", "json", "jsonl", "csv"):
        _, out, err = trailtui("run", started, "who", "--format", output)
        assert "\x1b" not in out + err
        assert "\x07" not in out + err
        assert "\u202e" not in out + err


def test_without_a_step_what_has_run_is_shown_again_and_not_run(
    trailtui: Trailtui, started: Path
) -> None:
    with Case.open(started) as case:
        before = len(journal.entries(case, kinds=["step-ran"]))
    code, out, err = trailtui("run", started)
    assert code == 0
    assert out.count("ListUsers") == 3
    assert "who was run" in err
    with Case.open(started) as case:
        assert len(journal.entries(case, kinds=["step-ran"])) == before


def test_decide_pin_note_and_complete_at_once(trailtui: Trailtui, started: Path) -> None:
    event = record(1)["eventID"]
    code, _, err = trailtui(
        "run", started, "--decide", "attacker", "--pin", event, "--note", "that is him",
        "--complete",
    )  # fmt: skip
    assert code == 0, err
    assert "Done: who." in err
    assert "Next: other" in err
    with Case.open(started) as case:
        step = PlaybookRun.resume(case).step("who")
        assert (step.state, step.pins, step.notes) == ("done", 1, 1)


def test_completing_too_early_names_what_is_missing(trailtui: Trailtui, started: Path) -> None:
    code, _, err = trailtui("run", started, "--complete")
    assert code == 3
    assert "decide: Who?" in err
    assert "pin an event" in err


def test_skipping(trailtui: Trailtui, started: Path) -> None:
    assert trailtui("run", started, "--skip")[0] == 2
    code, _, err = trailtui("run", started, "--skip", "--reason", "known")
    assert code == 0
    assert "Skipped: who." in err
    code, _, err = trailtui("run", started)
    assert "[-]  1 who" in err


def test_for_each_is_one_document(trailtui: Trailtui, started: Path) -> None:
    code, out, _ = trailtui("run", started, "addresses", "--format", "json")
    assert code == 0
    rows = json.loads(out)
    assert [row["each"] for row in rows] == ["198.51.100.7", "198.51.100.7", HOSTILE]


def test_an_action_without_credentials_names_the_cure(trailtui: Trailtui, started: Path) -> None:
    code, _, err = trailtui("run", started, "cut", "--endpoint-url", "http://127.0.0.1:9")
    assert code == 4
    assert "credentials" in err


@pytest.mark.parametrize(
    "words",
    [
        ("--skip", "--reason", "x", "--complete"),
        ("--target", "x"),
        ("--arm",),
        ("--input", "x"),
    ],
)
def test_words_that_make_no_sense_together(
    trailtui: Trailtui, started: Path, words: tuple[str, ...]
) -> None:
    assert trailtui("run", started, *words)[0] == 2


def test_an_unknown_step_or_event(trailtui: Trailtui, started: Path) -> None:
    code, _, err = trailtui("run", started, "nope")
    assert code == 3
    assert "Its steps: who, other" in err
    assert trailtui("run", started, "--pin", "nope")[0] == 3


def test_an_input_given_later_is_kept(trailtui: Trailtui, started: Path) -> None:
    code, out, _ = trailtui(
        "run", started, "who", "--input", "since=2026-03-01T08:00:02Z", "--format", "jsonl"
    )
    assert code == 0
    assert len(out.splitlines()) == 1


def test_to_the_end(trailtui: Trailtui, started: Path) -> None:
    trailtui("run", started, "--decide", "owner", "--note", "explained", "--complete")
    code, _, err = trailtui("run", started, "--complete")
    assert code == 0, err
    code, _, err = trailtui("run", started)
    assert code == 0
    assert "All steps are done" in err
