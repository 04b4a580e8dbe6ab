"""Collecting files: all that can be read is taken, all that can't is listed, nothing twice."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.records import record, write_log_file
from trailtui.case import journal
from trailtui.case.coverage import problems
from trailtui.case.events import count, page
from trailtui.case.evidence import all_evidence, original_bytes
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.collect.listing import list_files
from trailtui.model.errors import CaseError, InputError


def make_trail(folder: Path, files: int, per_file: int = 20) -> Path:
    for number in range(files):
        records = [record(number * per_file + n) for n in range(per_file)]
        write_log_file(folder / f"{number // 10:03d}" / f"{number:05d}.json.gz", records)
    return folder


def _reasons(case: Case) -> dict[str, str]:
    return {Path(problem.origin).name: problem.reason for problem in problems(case)}


def test_every_record_of_every_file(case: Case, tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 15)
    result = collect_files(case, [str(folder)])
    assert (result.files, result.records, result.events, result.problems) == (15, 300, 300, 0)
    again = collect_files(case, [str(folder)])
    assert (again.known_files, again.records) == (15, 0)
    assert count(case) == 300


def test_workers_and_one_process_give_the_same(tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 30)
    cases = []
    for name, workers in (("one", 0), ("two", 2)):
        with Case.create(tmp_path / f"{name}.case") as made:
            from trailtui.collect import files

            small = files._SMALL_JOB_BYTES
            files._SMALL_JOB_BYTES = 0
            try:
                collect_files(made, [str(folder)], workers=workers)
            finally:
                files._SMALL_JOB_BYTES = small
            cases.append([row.event_id for row in page(made, limit=1000).rows])
    assert cases[0] == cases[1]
    assert len(cases[0]) == 600


def test_real_records_are_all_taken(case: Case, shared_data: Path) -> None:
    """Counted independently: a member of a JSON list, or a line, is a record."""
    expected = 0
    files = [p for p in sorted(shared_data.rglob("*")) if p.is_file()]
    contents = set()
    for path in files:
        data = path.read_bytes()
        if data in contents:
            continue
        contents.add(data)
        try:
            if path.suffix == ".jsonl":
                expected += len([line for line in data.splitlines() if line.strip()])
            else:
                value = json.loads(data)
                expected += len(value) if isinstance(value, list) else 1
        except ValueError:
            pass
    result = collect_files(case, [str(shared_data)])
    assert result.files == len(files)
    assert result.records == expected
    assert result.records == result.events + result.sightings
    before = count(case)
    assert collect_files(case, [str(shared_data)]).records == 0
    assert count(case) == before
    kept = {b"".join(original_bytes(case, evidence.id)) for evidence in all_evidence(case)}
    assert kept == contents


def test_bad_input_costs_nothing_that_was_good(case: Case, tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 2)
    whole = gzip.compress(json.dumps({"Records": [record(n) for n in range(900, 950)]}).encode())
    (folder / "truncated.json.gz").write_bytes(whole[: len(whole) * 2 // 3])
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    (folder / "damaged.json.gz").write_bytes(bytes(damaged))
    (folder / "bomb.json.gz").write_bytes(gzip.compress(bytes(300 << 20), 1))
    (folder / "binary.bin").write_bytes(random.Random(1).randbytes(5000))
    (folder / "empty.json").write_bytes(b"")
    (folder / "half.json").write_text(json.dumps({"Records": [record(800), record(801)]})[:-400])
    among = [record(700), {"not": "a record"}, 5, record(701)]
    (folder / "among.json").write_text(json.dumps({"Records": among}))
    (folder / "link.json").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    result = collect_files(case, [str(folder), str(tmp_path / "missing"), str(folder / "*.none")])
    reasons = _reasons(case)
    assert set(reasons) == {
        "truncated.json.gz", "damaged.json.gz", "bomb.json.gz", "binary.bin", "empty.json",
        "half.json", "among.json", "link.json", "pipe", "missing", "*.none",
    }  # fmt: skip
    assert "bomb" in reasons["bomb.json.gz"]
    assert "symbolic link" in reasons["link.json"]
    names = {row.event_id for row in page(case, limit=1000).rows}
    for number in (0, 39, 700, 701, 800):
        assert record(number)["eventID"] in names
    assert record(900)["eventID"] in names  # from the part of the truncated file that is there
    assert result.records == count(case) + result.sightings
    assert result.passed_over == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_folder_without_rights_is_listed(case: Case, tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 1)
    (folder / "closed").mkdir(mode=0)
    collect_files(case, [str(folder)])
    assert "no right" in _reasons(case)["closed"]


def test_nothing_to_read_is_an_error(case: Case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file to read"):
        collect_files(case, [str(tmp_path / "nowhere")])
    assert [entry.kind for entry in journal.entries(case)] == ["collect", "collect"]


def test_a_file_that_vanishes_is_listed(case: Case, tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 3)
    last = sorted(folder.rglob("*.gz"))[-1]

    def progress(_result: object) -> bool:
        last.unlink(missing_ok=True)
        return True

    result = collect_files(case, [str(folder)], progress)
    assert (result.records, result.failed_files) == (40, 1)
    assert "vanished" in _reasons(case)[last.name]


def test_stopping_keeps_what_was_read_and_going_on_takes_the_rest(
    case: Case, tmp_path: Path
) -> None:
    folder = make_trail(tmp_path / "trail", 10)
    stopped = collect_files(case, [str(folder)], lambda result: result.files < 4)
    assert stopped.cancelled
    assert count(case) == 80
    rest = collect_files(case, [str(folder)])
    assert (rest.known_files, rest.records) == (4, 120)


def test_a_full_disk_keeps_whole_files(case: Case, tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 40)
    pages = case.connection.execute("PRAGMA page_count").fetchone()[0]
    case.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(CaseError, match="disk is full"):
        collect_files(case, [str(folder)])
    case.connection.execute("PRAGMA max_page_count = 1000000")
    kept = case.connection.execute("SELECT coalesce(sum(records), 0) FROM evidence").fetchone()[0]
    assert kept == count(case)
    assert collect_files(case, [str(folder)]).records == 800 - kept
    assert count(case) == 800


def test_patterns_and_order(tmp_path: Path) -> None:
    folder = make_trail(tmp_path / "trail", 12)
    listing = list_files([str(folder / "*" / "0000[0-3].json.gz"), str(folder / "000")])
    names = [Path(path).name for path, _ in listing.files]
    assert names == [f"{n:05d}.json.gz" for n in range(10)]


def test_a_trails_files_come_in_the_order_they_were_delivered(tmp_path: Path) -> None:
    for region, hour in (("eu-west-1", 9), ("us-east-1", 8), ("eu-west-1", 7)):
        name = f"111122223333_CloudTrail_{region}_20260301T0{hour}00Z_x{hour}.json.gz"
        write_log_file(tmp_path / region / name, [record(hour)])
    write_log_file(tmp_path / "other.json.gz", [record(1)])
    names = [Path(path).name[-10:] for path, _ in list_files([str(tmp_path)]).files]
    assert names == ["er.json.gz", "x7.json.gz", "x8.json.gz", "x9.json.gz"]


KILLS = 100


def test_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The program itself is killed with -9 at random moments, then run to the end."""
    folder = make_trail(tmp_path / "trail", 120, 40)
    path = tmp_path / "killed.case"
    Case.create(path).close()
    command = [sys.executable, "-m", "trailtui.cli", "collect", str(path), "files", str(folder)]
    chance = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(chance.uniform(0.1, 0.9))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        with Case.open(path) as case:
            assert journal.verify(case).ok
            kept = case.connection.execute("SELECT coalesce(sum(records), 0) FROM evidence")
            assert kept.fetchone()[0] == count(case)
        if chance.random() < 0.2:
            shutil.rmtree(folder / "000", ignore_errors=True)  # what was read may go away
            make_trail(folder, 120, 40)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    with Case.open(path) as case:
        assert count(case) == 4800
        assert case.connection.execute("SELECT count(*) FROM sightings").fetchone() == (0,)
        assert case.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert journal.verify(case).ok
