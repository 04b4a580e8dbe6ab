"""The thread that copies the write-ahead log: when it opens the case, and what it can't do."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trailtui.case.checkpoints import Checkpoints
from trailtui.case.file import Case
from trailtui.case.indices import EVENT_INDICES, drop_event_indices
from trailtui.model.errors import CaseError

LIMIT_S = 60


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Case.create(tmp_path / "log.case") as made:
        yield made


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the thread's own connection executes, after it was opened."""
    traced: list[str] = []
    reopen = Case.reopen

    def reopened(self: Case, **given: Any) -> Case:
        own = reopen(self, **given)
        own.connection.set_trace_callback(traced.append)
        traced.append("opened")
        return own

    monkeypatch.setattr(Case, "reopen", reopened)
    return traced


def without_log(case: Case, path: Path) -> sqlite3.Connection:
    """The case as it is without its write-ahead log."""
    path.write_bytes(case.path.read_bytes())
    return sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "checkpoints"]


def test_it_is_open_before_the_load_begins_and_leaves_its_indices_out(
    case: Case, statements: list[str]
) -> None:
    with Checkpoints(case) as checkpoints:
        assert statements == ["opened"]
        with case.writing() as connection:
            drop_event_indices(connection)
        checkpoints.after_commit()
    names = {row[0] for row in case.connection.execute("SELECT name FROM sqlite_master")}
    assert not names & set(EVENT_INDICES)
    assert threads() == []


def test_what_was_committed_is_copied_into_the_case(
    case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began = threading.Event()
    reopen = Case.reopen

    def reopened(self: Case, **given: Any) -> Case:
        own = reopen(self, **given)
        own.connection.set_trace_callback(lambda sql: began.set() if "checkpoint" in sql else None)
        return own

    monkeypatch.setattr(Case, "reopen", reopened)
    with Checkpoints(case) as checkpoints:
        case.set_setting("told", "yes")
        checkpoints.after_commit()
        assert began.wait(LIMIT_S)
    bare = without_log(case, tmp_path / "bare.case")
    try:
        rows = bare.execute("SELECT value FROM settings WHERE key = 'told'").fetchall()
    finally:
        bare.close()
    assert rows == [('"yes"',)]


def test_a_case_that_can_not_be_opened_again_is_told_where_the_load_begins(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = CaseError("another program is writing to this case")

    def reopened(self: Case, **given: Any) -> Case:
        raise refused

    monkeypatch.setattr(Case, "reopen", reopened)
    with pytest.raises(CaseError) as told, Checkpoints(case):
        raise AssertionError("the load began")
    assert told.value is refused
    assert threads() == []


class Breaking:
    """A connection of which every checkpoint fails."""

    def __init__(self, connection: sqlite3.Connection, error: sqlite3.Error) -> None:
        self._connection = connection
        self._error = error
        self.asked = threading.Event()

    def execute(self, sql: str) -> sqlite3.Cursor:
        self.asked.set()
        raise self._error

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[Breaking]:
    made: list[Breaking] = []
    reopen = Case.reopen

    def reopened(self: Case, **given: Any) -> Case:
        own = reopen(self, **given)
        made.append(Breaking(own.connection, request.param))
        own.connection = made[0]  # pyright: ignore[reportAttributeAccessIssue]
        return own

    monkeypatch.setattr(Case, "reopen", reopened)
    return made


DAMAGED = sqlite3.DatabaseError("database disk image is malformed")
FULL = sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize("breaking", [DAMAGED], indirect=True)
def test_damage_that_the_thread_meets_is_told_at_the_end(
    case: Case, breaking: list[Breaking]
) -> None:
    with pytest.raises(CaseError, match="damaged"), Checkpoints(case) as checkpoints:
        checkpoints.after_commit()
        assert breaking[0].asked.wait(LIMIT_S)
    assert threads() == []


@pytest.mark.parametrize("breaking", [DAMAGED], indirect=True)
def test_the_load_s_own_error_comes_first(case: Case, breaking: list[Breaking]) -> None:
    with pytest.raises(KeyError), Checkpoints(case) as checkpoints:
        checkpoints.after_commit()
        assert breaking[0].asked.wait(LIMIT_S)
        raise KeyError


@pytest.mark.parametrize("breaking", [FULL], indirect=True)
def test_a_full_disk_ends_nothing(case: Case, breaking: list[Breaking]) -> None:
    with Checkpoints(case) as checkpoints:
        for _ in range(2):
            checkpoints.after_commit()
            assert breaking[0].asked.wait(LIMIT_S)
            breaking[0].asked.clear()
