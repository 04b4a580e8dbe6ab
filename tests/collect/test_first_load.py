"""A first load into an empty case drops the indices over events and builds them at its end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import record, write_log_file
from trailtui.case.conflicts import flag_conflicts, suspects_among
from trailtui.case.events import EventFilter, count
from trailtui.case.file import Case
from trailtui.case.indices import EVENT_INDICES, drop_event_indices
from trailtui.collect import files
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity
from trailtui.model.record import ID_BITS


def _indices(case: Case) -> set[str]:
    rows = case.connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
    return {row[0] for row in rows} & set(EVENT_INDICES)


def _trail(folder: Path) -> str:
    """Two files that hold one event with two contents and times, and one event twice."""
    write_log_file(folder / "a.json.gz", [record(1), record(2), record(3)])
    other = record(2, eventTime="2026-03-02T08:00:00Z", sourceIPAddress="203.0.113.9")
    write_log_file(folder / "b.json.gz", [other, record(3), record(4)])
    return str(folder)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job counts as a large one."""
    monkeypatch.setattr(files, "_SMALL_JOB_BYTES", 0)


def test_a_first_load_ends_with_all_indices_and_conflicts_found(
    case: Case, tmp_path: Path, large: None
) -> None:
    result = collect_files(case, [_trail(tmp_path / "trail")], workers=0)
    assert (result.events, result.sightings, result.conflicts) == (5, 1, 2)
    assert _indices(case) == set(EVENT_INDICES)


def test_small_and_large_loads_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = _trail(tmp_path / "trail")
    rows: list[list[object]] = []
    for name, least in (("small", 1 << 20), ("large", 0)):
        monkeypatch.setattr(files, "_SMALL_JOB_BYTES", least)
        with Case.create(tmp_path / f"{name}.case") as made:
            collect_files(made, [trail], workers=0)
            sql = "SELECT id, flags, variant, evidence, offset FROM event_rows ORDER BY id"
            rows.append(made.connection.execute(sql).fetchall())
    assert rows[0] == rows[1]


def test_indices_are_there_while_more_is_added_and_after_a_cancel(
    case: Case, tmp_path: Path, large: None
) -> None:
    trail = _trail(tmp_path / "trail")
    stopped = collect_files(case, [trail], lambda result: result.files < 1, workers=0)
    assert stopped.cancelled
    assert _indices(case) == set(EVENT_INDICES)
    seen: list[set[str]] = []

    def progress(_: files.FilesResult) -> bool:
        seen.append(_indices(case))
        return True

    collect_files(case, [trail], progress, workers=0)
    assert seen
    assert all(found == set(EVENT_INDICES) for found in seen)


def test_a_case_that_lost_its_indices_answers_and_gets_them_back(
    case: Case, tmp_path: Path
) -> None:
    collect_files(case, [_trail(tmp_path / "trail")], workers=0)
    with case.writing() as connection:
        drop_event_indices(connection)
    chosen = EventFilter(entities=(Entity("ip", "203.0.113.9"),))
    with Case.open(case.path, readonly=True) as reading:
        assert count(reading, chosen) == 1
        assert not _indices(reading)
    with case.writing(), Case.open(case.path) as other:
        assert not _indices(other)  # somebody is writing: it waits for nobody and leaves it
    with Case.open(case.path) as other:
        assert _indices(other) == set(EVENT_INDICES)
        assert count(other, chosen) == 1


@given(st.lists(st.integers(0, 1 << 62)), st.integers(0, 50))
def test_suspects_are_all_ids_that_end_alike(ids: list[int], low: int) -> None:
    ids = [*dict.fromkeys([*ids, *(one << 31 | low for one in range(low))])]
    endings = [one & ID_BITS for one in ids]
    assert suspects_among(ids) == [one for one in ids if endings.count(one & ID_BITS) > 1]


def test_conflicts_are_found_with_and_without_the_ids_at_hand(tmp_path: Path) -> None:
    found: list[list[object]] = []
    for at_hand in (True, False):
        with Case.create(tmp_path / f"{at_hand}.case") as made:
            collect_files(made, [_trail(tmp_path / "trail")], workers=0)
            execute = made.connection.execute
            with made.writing():
                execute("UPDATE event_rows SET flags = flags & ~256, variant = 0")
                made.set_setting("conflicts-checked", 0)
                ids = [row[0] for row in execute("SELECT id FROM event_rows")]
                assert flag_conflicts(made, suspects_among(ids) if at_hand else None) == 2
            found.append(execute("SELECT id, flags, variant FROM event_rows").fetchall())
    assert found[0] == found[1]
