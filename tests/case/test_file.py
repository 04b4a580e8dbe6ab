"""Case files: made private, opened safely, written by one at a time."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from trailtui.case import file
from trailtui.case.file import Case, locate_case
from trailtui.model.errors import CaseError, InputError


def test_a_new_case_is_private_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.case"
    Case.create(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(InputError, match="exists already"):
        Case.create(path)


def test_names_and_paths(home: Path) -> None:
    assert locate_case("leak") == home / "leak.case"
    assert locate_case("./leak.case") == Path("leak.case")
    with pytest.raises(InputError):
        locate_case("")


@pytest.mark.parametrize("content", [b"", b"hello" * 1000, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_case_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.case"
    path.write_bytes(content)
    with pytest.raises((InputError, CaseError)):
        Case.open(path)


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.case"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    with pytest.raises(InputError, match="not a case"):
        Case.open(path)


def test_a_case_of_a_newer_program_is_refused(case: Case) -> None:
    case.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(CaseError, match="newer trailtui"):
        Case.open(case.path)


def test_a_failed_transaction_leaves_nothing(case: Case) -> None:
    with pytest.raises(RuntimeError), case.writing() as connection:
        connection.execute("INSERT INTO strings (text) VALUES ('x')")
        raise RuntimeError
    assert case.connection.execute("SELECT count(*) FROM strings").fetchone() == (0,)


def test_an_inner_transaction_joins_the_outer(case: Case) -> None:
    with pytest.raises(RuntimeError), case.writing():
        case.set_setting("inner", 1)
        raise RuntimeError
    assert case.setting("inner") is None


def test_a_second_writer_waits_and_then_says_so(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_SECONDS", 0)
    with Case.open(case.path) as other, case.writing():
        other.connection.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(CaseError, match="another program is writing"), other.writing():
            pass


def test_a_reader_can_not_write(case: Case) -> None:
    reading = Case.open(case.path, readonly=True)
    with reading as reader, pytest.raises(CaseError, match="can't be written"):
        reader.set_setting("a", 1)


def test_a_full_disk_leaves_the_case_as_it_was(case: Case) -> None:
    pages = case.connection.execute("PRAGMA page_count").fetchone()[0]
    case.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(CaseError, match="disk is full"), case.writing() as connection:
        connection.execute("INSERT INTO strings (text) VALUES (?)", ["x" * 100_000])
    assert case.connection.execute("SELECT count(*) FROM strings").fetchone() == (0,)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="can't be made here"):
        Case.create(tmp_path / "a.case")
