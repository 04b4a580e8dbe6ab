"""Tables on a terminal and elsewhere."""

import os

import pytest

from trailtui.cli import output

COLUMNS = ("time", "event", "detail")
ROWS = [("09:00", "PutObject", "short"), ("09:01", "GetObject", "x" * 300)]


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    output.print_rows(COLUMNS, ROWS, "table")
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err


def test_elsewhere_all_is_shown_and_a_long_cell_widens_only_its_own_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, err = printed(capsys)
    assert lines[2].endswith("x" * 300)
    assert lines[0] == "time   event      detail"
    assert err == ""


def test_a_terminal_is_told_what_it_does_not_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    size = os.terminal_size((18, 24))
    monkeypatch.setattr("shutil.get_terminal_size", lambda: size)
    lines, err = printed(capsys)
    assert all(len(line) <= 18 for line in lines)
    assert "beyond the edge: detail" in err
    assert "--format jsonl" in err


def test_nothing_is_said_where_all_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    size = os.terminal_size((400, 24))
    monkeypatch.setattr("shutil.get_terminal_size", lambda: size)
    lines, err = printed(capsys)
    assert lines[2].endswith("x" * 300)
    assert err == ""
