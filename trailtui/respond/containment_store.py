"""The containment plans of a case, and which action stands for each of their entries."""

from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import InputError
from trailtui.respond.containment import Containment, Entry
from trailtui.respond.store import SHORT_HASH, ActionRow, action_by_id


@dataclass(frozen=True, slots=True)
class ContainmentRow:
    """A containment plan as it is stored."""

    id: int
    hash: str
    plan: Containment

    @property
    def name(self) -> str:
        """How it is named where it is asked for: `p1`, `p2`..."""
        return f"p{self.id}"

    @property
    def short_hash(self) -> str:
        """The plan's hash, cut to what is shown."""
        return self.hash[:SHORT_HASH]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one entry of a containment plan stands."""

    entry: Entry
    row: ActionRow
    """The action that counts: the planned one, or the last that was planned in its place."""
    again: ActionRow | None
    """The repetition after the margin; None where it was not planned yet, or is not needed."""


def add_containment(case: Case, plan: Containment) -> ContainmentRow:
    """Store a containment plan, whose actions are stored already, and log it."""
    with case.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO containments (hash, account, content, made_ms) VALUES (?, ?, ?, ?)",
            [plan.hash, plan.account, plan.canonical(), plan.made_ms],
        )
        number = int(cursor.lastrowid or 0)
        connection.executemany(
            "INSERT INTO containment_actions VALUES (?, ?, 1, 0, ?)",
            [(number, entry.position, entry.action_id) for entry in plan.entries],
        )
        append(
            case,
            "containment-plan",
            {
                "containment": number,
                "plan": plan.hash,
                "root": plan.root,
                "account": plan.account,
                "actions": [entry.action_id for entry in plan.entries],
                "left_out": [[left.what, left.why] for left in plan.left_out],
                "missing": list(plan.missing),
            },
        )
    return ContainmentRow(number, plan.hash, plan)


def all_containments(case: Case) -> list[ContainmentRow]:
    """The containment plans in the order in which they were made."""
    rows = case.connection.execute("SELECT id, hash, content FROM containments ORDER BY id")
    return [
        ContainmentRow(number, digest, Containment.from_text(text, digest))
        for number, digest, text in rows.fetchall()
    ]


def names_containment(case: Case, reference: str) -> bool:
    """Whether a reference (`p1`, or 12 digits of a hash) is of a containment plan."""
    return _found(case, reference) is not None


def find_containment(case: Case, reference: str) -> ContainmentRow:
    """The containment plan of that name or hash; raises InputError where there is none."""
    found = _found(case, reference)
    if found is None:
        raise InputError(
            f"there is no containment plan {reference!r} in this case",
            cure="Give its name (p1) or 12 digits of its hash: `contain CASE list`.",
        )
    return found


def _found(case: Case, reference: str) -> ContainmentRow | None:
    word = reference.strip().lower()
    rows = case.connection.execute("SELECT id, hash, content FROM containments").fetchall()
    for number, digest, text in rows:
        if word == f"p{number}" or (len(word) >= SHORT_HASH and digest.startswith(word)):
            return ContainmentRow(number, digest, Containment.from_text(text, digest))
    return None


def standings(case: Case, row: ContainmentRow) -> list[Standing]:
    """Where each entry of a containment plan stands, in its order."""
    found = case.connection.execute(
        "SELECT position, repeats, action FROM containment_actions WHERE containment = ? "
        "ORDER BY attempt",
        [row.id],
    ).fetchall()
    latest = {(position, repeats): action for position, repeats, action in found}

    def action(position: int, repeats: int) -> ActionRow | None:
        number = latest.get((position, repeats))
        return None if number is None else action_by_id(case, number)

    return [
        Standing(
            entry,
            action(entry.position, 0) or action_by_id(case, entry.action_id),
            action(entry.position, 1),
        )
        for entry in row.plan.entries
    ]


def put_in_place(
    case: Case,
    row: ContainmentRow,
    position: int,
    action_id: int,
    *,
    repeats: bool,
    instead_of: int | None,
) -> bool:
    """Let an action count for an entry from here on, in place of `instead_of`; logged.

    Gives False, and changes nothing, where another action counts for it meanwhile: somebody else
    was first.
    """
    with case.writing() as connection:
        last = connection.execute(
            "SELECT attempt, action FROM containment_actions WHERE containment = ? "
            "AND position = ? AND repeats = ? ORDER BY attempt DESC LIMIT 1",
            [row.id, position, int(repeats)],
        ).fetchone()
        if (None if last is None else last[1]) != instead_of:
            return False
        connection.execute(
            "INSERT INTO containment_actions VALUES (?, ?, ?, ?, ?)",
            [row.id, position, 1 if last is None else last[0] + 1, int(repeats), action_id],
        )
        append(
            case,
            "containment-plan",
            {
                "containment": row.id,
                "position": position,
                "action": action_id,
                "repeats": repeats,
                "instead_of": instead_of,
            },
        )
    return True


def containment_of(case: Case, action_id: int) -> ContainmentRow | None:
    """The containment plan that an action belongs to; None for one that was planned by itself."""
    found = case.connection.execute(
        "SELECT containment FROM containment_actions WHERE action = ?", [action_id]
    ).fetchone()
    return None if found is None else find_containment(case, f"p{found[0]}")


def entry_names(case: Case) -> dict[int, str]:
    """`p1.2` by the number of each action that belongs to a containment plan."""
    rows = case.connection.execute("SELECT action, containment, position FROM containment_actions")
    return {action: f"p{number}.{position}" for action, number, position in rows.fetchall()}
