"""The action log: each entry bound to the one before."""

import subprocess
import sys

import pytest

from trailtui.case import journal
from trailtui.case.file import Case

WHO = "UPDATE action_log SET who = '{}' WHERE seq = 3"


def _fill(case: Case) -> None:
    for number in range(5):
        journal.append(case, "note", {"number": number, "text": "é \u202e [/x]"})


def test_a_sound_chain(case: Case) -> None:
    _fill(case)
    check = journal.verify(case)
    assert (check.ok, check.entries) == (True, 5)
    assert check.head == journal.entries(case)[-1].hash


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE action_log SET what = '{}' WHERE seq = 3",
        "UPDATE action_log SET at_ms = at_ms + 1 WHERE seq = 3",
        "UPDATE action_log SET kind = 'x' WHERE seq = 3",
        WHO,
        "DELETE FROM action_log WHERE seq = 3",
        "DELETE FROM action_log WHERE seq = 1",
        "UPDATE action_log SET hash = previous WHERE seq = 3",
    ],
)
def test_any_change_is_found(case: Case, damage: str) -> None:
    _fill(case)
    case.connection.execute(damage)
    check = journal.verify(case)
    assert not check.ok
    assert check.broken_at in (1, 3)


def test_it_joins_the_transaction_it_stands_in(case: Case) -> None:
    with pytest.raises(RuntimeError), case.writing():
        journal.append(case, "note", {})
        raise RuntimeError
    assert journal.entries(case) == []


def test_kinds_and_limits(case: Case) -> None:
    _fill(case)
    journal.append(case, "pin", {})
    assert [entry.seq for entry in journal.entries(case, kinds=["pin"])] == [6]
    assert [entry.seq for entry in journal.entries(case, after=2, limit=2)] == [3, 4]


def test_two_processes_write_one_chain(case: Case) -> None:
    program = (
        "import sys; from pathlib import Path; from trailtui.case.file import Case;"
        "from trailtui.case import journal\n"
        "with Case.open(Path(sys.argv[1])) as case:\n"
        "    for n in range(50): journal.append(case, 'note', {'n': n})"
    )
    command = [sys.executable, "-c", program, str(case.path)]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    check = journal.verify(case)
    assert (check.ok, check.entries) == (True, 100)
