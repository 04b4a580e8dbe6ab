"""`trailtui report`, `export` and `verify` as they are typed, on real records where there are."""

import hashlib
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.records import record, write_log_file

PROGRAM = "from trailtui.cli.main import main; main()"


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small case in it."""
    write_log_file(tmp_path / "logs" / "a.json.gz", [record(1), record(2)])
    assert run("new", "./one.case", cwd=tmp_path).returncode == 0
    assert run("collect", "./one.case", "files", "logs", cwd=tmp_path).returncode == 0
    return tmp_path


def test_export_and_verify(folder: Path) -> None:
    done = run("export", "./one.case", "bundle.zip", cwd=folder)
    assert done.returncode == 0, done.stderr
    root = done.stdout.strip()
    assert len(root) == 64
    again = run("export", "./one.case", "bundle.zip", cwd=folder)
    assert again.returncode == 3
    assert "exists already" in again.stderr
    found = run("verify", "bundle.zip", "--root", root, cwd=folder)
    assert found.returncode == 0, found.stdout
    assert root in found.stdout
    wrong = run("verify", "bundle.zip", "--root", "0" * 64, cwd=folder)
    assert wrong.returncode == 1
    assert "SHA256SUMS: does not have the root hash" in wrong.stdout
    log = run("log", "./one.case", "--format", "jsonl", cwd=folder)
    assert root in log.stdout
    assert run("export", "./one.case", "bundle.zip", "--force", cwd=folder).returncode == 0


def test_verify_tells_bad_news_from_bad_input(folder: Path) -> None:
    run("export", "./one.case", "bundle.zip", cwd=folder)
    data = bytearray((folder / "bundle.zip").read_bytes())
    data[200] ^= 1
    (folder / "bundle.zip").write_bytes(data)
    found = run("verify", "bundle.zip", cwd=folder)
    assert found.returncode == 1
    assert "NOT AS EXPORTED" in found.stdout
    assert "Traceback" not in found.stderr
    for name in ("missing.zip", "one.case", "logs"):
        assert run("verify", name, cwd=folder).returncode == 3, name


def test_report_on_standard_output_and_in_a_file(folder: Path) -> None:
    done = run("report", "./one.case", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Incident report: one\n")
    assert run("report", "./one.case", "--html", cwd=folder).stdout.startswith("<!doctype html>")
    assert run("report", "./one.case", "--output", "r.html", cwd=folder).returncode == 0
    written = folder / "r.html"
    assert written.read_text().startswith("<!doctype html>")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    lost = run("report", "./one.case", "--output", "no/folder/r.md", cwd=folder)
    assert lost.returncode == 3
    assert "can't be written" in lost.stderr


def test_real_records_come_out_of_the_bundle_byte_for_byte(
    shared_data: Path, tmp_path: Path
) -> None:
    assert run("new", "./real.case", cwd=tmp_path).returncode == 0
    collected = run("collect", "./real.case", "files", shared_data / "stratus", cwd=tmp_path)
    assert collected.returncode == 0, collected.stderr
    done = run("export", "./real.case", "bundle.zip", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        bundle.extractall(tmp_path / "out")
    unpacked = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "out" / "evidence").iterdir()
    }
    inputs = [path for path in (shared_data / "stratus").rglob("*") if path.is_file()]
    assert inputs
    for path in inputs:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in unpacked, path
    events = (tmp_path / "out" / "events.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["place"]["file"].split("/")[0] for line in events} == {"evidence"}
    found = run("verify", "bundle.zip", "--root", done.stdout.strip(), cwd=tmp_path)
    assert found.returncode == 0, found.stdout
