"""What an export writes, and that it writes it whole or not at all."""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.scenes import TOKEN, full_case, members
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.model.errors import CaseError, InputError
from trailtui.report import layout
from trailtui.report.bundle import export_bundle
from trailtui.report.verify import verify_bundle


@pytest.fixture
def full(tmp_path: Path) -> Case:
    return full_case(tmp_path)


def test_every_file_comes_out_as_it_went_in(full: Case, tmp_path: Path) -> None:
    made = export_bundle(full, tmp_path / "bundle.zip")
    files = members(made.path)
    lines = [json.loads(line) for line in files[layout.EVIDENCE_LIST].splitlines()]
    inputs = [*(tmp_path / "logs").iterdir(), tmp_path / "odd name;$(x).json"]
    assert len(lines) == len(inputs)
    by_origin = {origin: line for line in lines for origin in line["origins"]}
    for path in inputs:
        line = by_origin[str(path)]
        assert files[line["file"]] == path.read_bytes()
        assert line["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert layout.is_plain_name(line["file"])
        assert path.name.split()[-1].split(";")[0] in line["file"]


def test_events_have_their_record_their_place_and_no_token(full: Case, tmp_path: Path) -> None:
    files = members(export_bundle(full, tmp_path / "bundle.zip").path)
    events = [json.loads(line) for line in files[layout.EVENTS].splitlines()]
    assert len(events) == 8
    assert {event["eventID"] for event in events} == {e["record"]["eventID"] for e in events}
    pinned = [json.loads(line) for line in files[layout.PINNED].splitlines()]
    assert [(event["record"]["eventName"], event["step"]) for event in pinned] == [
        ("DeleteTrail", "who")
    ]
    assert pinned[0]["tags"] == ["impact"]
    for name, data in files.items():
        if not name.startswith(layout.EVIDENCE_FOLDER):
            assert TOKEN[:40].encode() not in data, name
    assert [event["place"]["in_string"] for event in events].count(True) == 1


def test_the_root_hash_is_that_of_the_sums_and_is_logged(full: Case, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    made = export_bundle(full, path)
    assert made.root_hash == hashlib.sha256(members(path)[layout.SUMS]).hexdigest()
    (entry,) = entries(full, kinds=["export"])
    assert entry.what["root"] == made.root_hash
    assert entry.what["log_head"] == made.log_head == entry.previous
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir() if "partial" in found.name] == []


def test_an_existing_file_is_replaced_only_where_that_is_said(full: Case, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already"):
        export_bundle(full, path)
    assert path.read_bytes() == b"mine"
    dangling = tmp_path / "link.zip"
    dangling.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="exists already"):
        export_bundle(full, dangling)
    assert entries(full, kinds=["export"]) == []
    made = export_bundle(full, path, force=True)
    assert verify_bundle(path, root=made.root_hash).ok
    with pytest.raises(InputError):
        export_bundle(full, tmp_path, force=True)


def test_a_bundle_that_can_not_be_written_leaves_nothing(full: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written"):
        export_bundle(full, tmp_path / "no such folder" / "bundle.zip")
    with pytest.raises(InputError, match="can't sign"):
        export_bundle(full, tmp_path / "bundle.zip", sign_key=tmp_path / "no such key")
    assert not (tmp_path / "bundle.zip").exists()
    assert entries(full, kinds=["export"]) == []


def test_evidence_that_was_altered_in_the_case_is_not_exported(full: Case, tmp_path: Path) -> None:
    row = full.connection.execute(
        "SELECT evidence, bytes FROM evidence_chunks c JOIN evidence e ON e.id = c.evidence "
        "WHERE packing = 'gzip' AND kind = 'records' LIMIT 1"
    ).fetchone()
    data = bytearray(row[1])
    data[4] ^= 1  # the time in the gzip header: it unpacks as before, and is not what was acquired
    full.connection.execute(
        "UPDATE evidence_chunks SET bytes = ? WHERE evidence = ?", [bytes(data), row[0]]
    )
    with pytest.raises(CaseError, match="no longer what was acquired"):
        export_bundle(full, tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()


def test_a_case_that_is_open_for_reading_is_not_exported(full: Case, tmp_path: Path) -> None:
    with full.reopen(readonly=True) as reading, pytest.raises(CaseError):
        export_bundle(reading, tmp_path / "bundle.zip")


def test_a_bundle_is_of_one_moment(full: Case, tmp_path: Path) -> None:
    first = export_bundle(full, tmp_path / "one.zip")
    second = export_bundle(full, tmp_path / "two.zip")
    assert second.log_entries == first.log_entries + 1
    differing = {
        name for name, data in members(first.path).items() if members(second.path)[name] != data
    }
    assert differing <= {
        layout.ACTION_LOG, layout.MANIFEST, layout.SUMS, layout.REPORT_HTML, layout.REPORT_MARKDOWN,
    }  # fmt: skip


def test_names_of_evidence_are_harmless() -> None:
    for origin in (
        "../../etc/passwd", "/", "s3://bucket/AWSLogs/x.json.gz", "C:\\temp\\x.json", "a\nb",
        "\u202egnp.exe", "-rf", "...", "x" * 500 + ".json.gz", "lookup-events (page 3)", "",
    ):  # fmt: skip
        name = layout.evidence_name(7, origin)
        assert layout.is_plain_name(name), origin
        assert name.startswith("evidence/000007-")
        assert len(name) < 130
    assert layout.evidence_name(1, "s3://bucket/x.json.gz") == "evidence/000001-x.json.gz"


needs_tools = pytest.mark.skipif(
    shutil.which("unzip") is None or shutil.which("sha256sum") is None,
    reason="unzip and sha256sum are not both on this machine",
)


def commands(text: str, language: str) -> list[str]:
    """The fenced blocks of a language in VERIFY.md."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@needs_tools
def test_the_very_commands_of_verify_md(full: Case, tmp_path: Path) -> None:
    made = export_bundle(full, tmp_path / "BUNDLE.zip")
    text = members(made.path)[layout.VERIFY].decode()
    unpack, root, sums = commands(text, "sh")
    added, chain, first_record, findings, answers = commands(text, "python")

    def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-ec", command], cwd=folder, capture_output=True, text=True, check=False
        )

    def python(script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert shell(unpack, tmp_path).returncode == 0
    folder = tmp_path / "bundle"
    assert shell(root, folder).stdout.split()[0] == made.root_hash
    checked = shell(sums, folder)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert python(added).stdout == "files that do not belong here: none\n"
    assert python(chain).stdout.endswith(f"head {made.log_head}\n")
    events = (folder / layout.EVENTS).read_bytes().splitlines()
    assert json.loads(python(first_record).stdout) == json.loads(events[0])["record"]
    assert python(findings).stdout == "the findings rest on 3 events\n"
    assert python(answers).stdout == "2 answers are what was kept\n"

    detections = folder / layout.DETECTIONS
    detections.write_bytes(detections.read_bytes().replace(b'"events": 3', b'"events": 4'))
    assert python(findings).returncode != 0
    rows = folder / "answers" / "000001.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b"ListUsers", b"ListRoles"))
    assert python(answers).returncode != 0

    (folder / "added").write_text("x")
    assert "added" in python(added).stdout
    log = folder / layout.ACTION_LOG
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]))
    assert python(chain).returncode != 0
    log.write_bytes(b"".join(lines).replace(b"case-created", b"case-cheated", 1))
    assert python(chain).returncode != 0
    assert shell(sums, folder).returncode != 0


def test_memory_does_not_grow_with_the_events(tmp_path: Path) -> None:
    """A case of ten times the size may take a few megabytes more, not ten times as many."""
    import tracemalloc

    from tests.records import record, write_log_file
    from trailtui.collect.files import collect_files

    peaks: list[int] = []
    for size in (5, 50):
        with Case.create(tmp_path / f"of{size}.case") as case:
            logs = tmp_path / f"logs{size}"
            for number in range(size):
                chosen = [record(number * 100 + at) for at in range(100)]
                write_log_file(logs / f"{number:03}.json.gz", chosen)
            collect_files(case, [str(logs)])
            export_bundle(case, tmp_path / "warm.zip", force=True)
            # the little cache of unpacked files has a bound of its own, beyond this test's sizes
            content = case.connection.execute("SELECT sum(content_size) FROM evidence").fetchone()
            tracemalloc.start()
            export_bundle(case, tmp_path / "measured.zip", force=True)
            peaks.append(tracemalloc.get_traced_memory()[1] - content[0])
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 3 << 20
    assert os.path.getsize(tmp_path / "measured.zip") > 0  # noqa: PTH202


def test_a_log_that_was_altered_is_exported_as_it_is_and_told(full: Case, tmp_path: Path) -> None:
    for (name,) in full.connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'action_log'"
    ).fetchall():
        full.connection.execute(f'DROP TRIGGER "{name}"')
    full.connection.execute("UPDATE action_log SET kind = 'nothing' WHERE seq = 2")
    made = export_bundle(full, tmp_path / "bundle.zip")
    assert "entry 2" in made.log_fault
    files = {finding.file for finding in verify_bundle(made.path).findings}
    assert files == {layout.ACTION_LOG}
    assert b"The log was altered" in members(made.path)[layout.REPORT_MARKDOWN]
