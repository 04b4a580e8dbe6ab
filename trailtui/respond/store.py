"""The actions of a case: their plans, states and outcomes, each change in one transaction.

    planned → executing → executed → verified | not-holding → undone
                        → failed
                        → unknown  → verified | not-holding | failed

`executing` is committed before the call goes out. Every change of state is an entry of the action
log in the same transaction.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import CaseError, InputError
from trailtui.model.times import now_ms
from trailtui.respond.plan import Plan

PLANNED = "planned"
EXECUTING = "executing"
EXECUTED = "executed"
FAILED = "failed"
UNKNOWN = "unknown"
VERIFIED = "verified"
NOT_HOLDING = "not-holding"
UNDONE = "undone"

SHORT_HASH = 12
"""How many digits of a plan's hash are shown, and are enough to name or confirm it."""

_COLUMNS = "id, plan_hash, plan, state, undo_of, planned_ms, changed_ms, outcome"


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action of the case as it stands."""

    id: int
    plan_hash: str
    plan: Plan
    state: str
    undo_of: int | None
    planned_ms: int
    changed_ms: int
    outcome: Mapping[str, Any]
    """What happened so far: process, calls, state left, request ids, reason, read-back."""

    @property
    def short_hash(self) -> str:
        """The plan's hash, cut to what is shown."""
        return self.plan_hash[:SHORT_HASH]


def add_plan(case: Case, plan: Plan) -> ActionRow:
    """Store a plan and log it."""
    with case.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO actions (plan_hash, action, target, account, plan, state, undo_of, "
            "planned_ms, changed_ms, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}')",
            [
                plan.hash,
                plan.action,
                plan.subject.id,
                plan.subject.account,
                plan.canonical(),
                PLANNED,
                plan.undo_of,
                plan.planned_ms,
                now_ms(),
            ],
        )
        action_id = int(cursor.lastrowid or 0)
        append(
            case,
            "plan",
            {
                "id": action_id,
                "plan": plan.hash,
                "action": plan.action,
                "target": plan.subject.id,
                "account": plan.subject.account,
                "calls": [call.as_json() for call in plan.calls],
                "undo_of": plan.undo_of,
            },
        )
    return action_by_id(case, action_id)


def all_actions(case: Case, states: Collection[str] = ()) -> list[ActionRow]:
    """The actions in the order in which they were planned; of the given states where named."""
    rows = case.connection.execute(f"SELECT {_COLUMNS} FROM actions ORDER BY id")  # noqa: S608
    return [_row(row) for row in rows.fetchall() if not states or row[3] in states]


def superseded(rows: Sequence[ActionRow]) -> dict[int, int]:
    """The plans that were never sent and were made again since: by which action, each.

    `rows` are all actions of a case, in the order in which they were planned. The last plan of the
    same action, with the same parameters, on the same target took the place of those before it;
    for the way back from an action, the last plan of that.
    """
    latest = {_aim(row): row.id for row in rows}
    return {
        row.id: latest[_aim(row)]
        for row in rows
        if row.state == PLANNED and latest[_aim(row)] != row.id
    }


def _aim(row: ActionRow) -> tuple[object, ...]:
    plan = row.plan
    parameters = frozenset(plan.parameters.items())
    return row.undo_of, plan.action, plan.subject, parameters


def action_by_id(case: Case, action_id: int) -> ActionRow:
    """One action; raises InputError where there is none of that number."""
    row = case.connection.execute(
        f"SELECT {_COLUMNS} FROM actions WHERE id = ?",  # noqa: S608
        [action_id],
    ).fetchone()
    if row is None:
        raise InputError(
            f"there is no action {action_id} in this case", cure="`contain CASE list` has them."
        )
    return _row(row)


def find_plan(case: Case, reference: str) -> ActionRow:
    """An action by its number, or by its plan's hash (the first 12 digits are enough)."""
    word = reference.strip().lower()
    if word.isascii() and word.isdigit() and len(word) < SHORT_HASH:
        return action_by_id(case, int(word))
    found = [row for row in all_actions(case) if len(word) >= SHORT_HASH and _begins(row, word)]
    if len(found) != 1:
        raise InputError(
            f"there is no plan {reference!r} in this case",
            cure="Give its number, or at least 12 digits of its hash: `contain CASE list`.",
        )
    return found[0]


def _begins(row: ActionRow, word: str) -> bool:
    return row.plan_hash.startswith(word)


def sent_before(case: Case, row: ActionRow) -> frozenset[int]:
    """The numbers of the same action on the same target that ever left `planned`."""
    rows = case.connection.execute(
        "SELECT id FROM actions WHERE action = ? AND target = ? AND account = ? AND id <> ? "
        "AND state <> ?",
        [row.plan.action, row.plan.subject.id, row.plan.subject.account, row.id, PLANNED],
    )
    return frozenset(found[0] for found in rows)


def move(
    case: Case,
    action_id: int,
    *,
    out_of: Collection[str],
    into: str,
    outcome: Mapping[str, Any],
    kind: str,
    durable: bool = False,
) -> ActionRow:
    """Change an action's state, add to its outcome, and log it as `kind`: all or nothing.

    Raises CaseError where the action is in none of the states `out_of`: another process was first.
    """
    with case.writing(durable=durable) as connection:
        row = action_by_id(case, action_id)
        if row.state not in out_of:
            raise CaseError(
                f"action {action_id} is {row.state} meanwhile",
                cure="Another responder was first: `contain CASE list` shows where it stands.",
            )
        connection.execute(
            "UPDATE actions SET state = ?, changed_ms = ?, outcome = ? WHERE id = ?",
            [into, now_ms(), json.dumps({**row.outcome, **outcome}), action_id],
        )
        append(
            case,
            kind,
            {
                "id": action_id,
                "plan": row.plan_hash,
                "action": row.plan.action,
                "target": row.plan.subject.id,
                "account": row.plan.subject.account,
                "state": into,
                **outcome,
            },
        )
        return action_by_id(case, action_id)


def _row(row: tuple[Any, ...]) -> ActionRow:
    action_id, plan_hash, plan, state, undo_of, planned_ms, changed_ms, outcome = row
    return ActionRow(
        action_id,
        plan_hash,
        Plan.from_text(plan, plan_hash),
        state,
        undo_of,
        planned_ms,
        changed_ms,
        json.loads(outcome),
    )
