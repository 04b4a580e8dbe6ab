"""The rows of playbook_runs and step_states."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.playbook.document import Playbook
from trailtui.playbook.result import StepResult, decode, encode
from trailtui.playbook.template import Scalar


@dataclass(frozen=True, slots=True)
class RunRow:
    """A playbook that was started in a case."""

    id: int
    playbook: str
    version: int
    sha256: str
    text: str
    inputs: dict[str, Scalar]
    started_ms: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """Where a step stands."""

    state: str = "open"
    """open | ran | done | skipped"""
    decision: str = ""
    reason: str = ""
    result: StepResult | None = None
    at_ms: int = 0


def add_run(case: Case, playbook: Playbook, inputs: Mapping[str, Scalar]) -> int:
    """Store that `playbook` was started, with its full text; the run's id."""
    with case.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO playbook_runs (playbook, version, sha256, text, inputs, started_ms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [playbook.id, playbook.version, playbook.sha256, playbook.text,
             json.dumps(dict(inputs)), now_ms()],
        )  # fmt: skip
        return cast(int, cursor.lastrowid)


def read_run(case: Case, run_id: int | None = None) -> RunRow:
    """The run of that id, else the newest one. Raises InputError where there is none."""
    row = case.connection.execute(
        "SELECT id, playbook, version, sha256, text, inputs, started_ms FROM playbook_runs "
        "WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC LIMIT 1",
        [run_id],
    ).fetchone()
    if row is None:
        raise InputError(
            "no playbook was started in this case",
            where=case.name,
            cure="Start one: `trailtui run CASE --playbook ID`; `trailtui playbooks` lists them.",
        )
    return RunRow(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]), row[6])


def write_inputs(case: Case, run_id: int, inputs: Mapping[str, Scalar]) -> None:
    """Replace a run's inputs."""
    with case.writing() as connection:
        connection.execute(
            "UPDATE playbook_runs SET inputs = ? WHERE id = ?", [json.dumps(dict(inputs)), run_id]
        )


def read_steps(case: Case, run_id: int) -> dict[str, StepRow]:
    """Every step that is no longer as it was in the beginning, by id."""
    rows = case.connection.execute(
        "SELECT step, state, decision, reason, result, at_ms FROM step_states WHERE run = ?",
        [run_id],
    )
    return {
        row[0]: StepRow(
            row[1], row[2] or "", row[3] or "", decode(row[4]) if row[4] else None, row[5]
        )
        for row in rows
    }


def write_step(case: Case, run_id: int, step: str, row: StepRow) -> None:
    """Store where a step stands now; its time is the present."""
    with case.writing() as connection:
        connection.execute(
            "INSERT INTO step_states (run, step, state, decision, reason, result, at_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, step) DO UPDATE SET "
            "state = excluded.state, decision = excluded.decision, reason = excluded.reason, "
            "result = excluded.result, at_ms = excluded.at_ms",
            [run_id, step, row.state, row.decision or None, row.reason or None,
             encode(row.result) if row.result else None, now_ms()],
        )  # fmt: skip


def count_evidence(case: Case, step: str, since_ms: int) -> tuple[int, int]:
    """How many events were pinned, and notes written, for a step since `since_ms`."""
    pins = case.connection.execute(
        "SELECT count(*) FROM pins WHERE step = ? AND at_ms >= ?", [step, since_ms]
    ).fetchone()[0]
    notes = case.connection.execute(
        "SELECT count(*) FROM notes WHERE step = ? AND at_ms >= ?", [step, since_ms]
    ).fetchone()[0]
    return pins, notes


def named_entities(case: Case, kind: str, *, given_only: bool) -> tuple[str, ...]:
    """The entities of a kind that the alert named, or that were judged malicious since."""
    verdicts = "('given')" if given_only else "('given', 'indicator')"
    rows = case.connection.execute(
        f"SELECT value FROM entities WHERE kind = ? AND verdict IN {verdicts} "  # noqa: S608
        "ORDER BY at_ms, value",
        [kind],
    )
    return tuple(row[0] for row in rows)
