"""Whether a tree is contained: each live node has a verified action or a written reason.

A reason is a note that begins with `lineage ID: `, or the verdict `cleared` with a reason on the
credential or principal. What the root came from has to be answered for too: whoever held it
could take the root from it again.
"""

import re
from dataclasses import dataclass

from trailtui.case.events import first_and_last_ms
from trailtui.case.file import Case
from trailtui.case.marks import Note, add_note
from trailtui.lineage.drafts import last_name
from trailtui.lineage.nodes import Ending, Node, NodeKind, Opened, Place, Tree
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_event_time

_CUT = re.compile(r"TokenIssueTime\W+(\d{4}-\d\d-\d\dT[\d:.]+Z)")
_OF_USERS = ("deny-user", "remove-user", "deny-principal-by-scp")
_OF_ROLES = ("deny-role", "remove-role", "deny-principal-by-scp")
_CLOSING = "revoke-ingress"
_SAME = {"deny-instance-profile-sessions": "revoke-role-sessions"}
"""Actions that do what another does, and find their target by another way."""
_REVOKING = frozenset({"revoke-role-sessions", "revoke-user-sessions"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One node, or one opened trust or policy, and what answers for it."""

    id: str
    kind: str
    name: str
    what: str
    """What is the matter with it."""
    answered: str
    """The verified action or the written reason; empty where there is neither."""
    ended_by: tuple[Ending, ...]


@dataclass(frozen=True, slots=True)
class Containment:
    """The check-list of a tree."""

    answers: tuple[Answer, ...]
    cut: str

    @property
    def unanswered(self) -> tuple[Answer, ...]:
        """What is still to be done."""
        return tuple(one for one in self.answers if not one.answered)

    @property
    def holds(self) -> bool:
        """Whether the tree is contained, as far as the case knows it."""
        return not self.unanswered and not self.cut


@dataclass(frozen=True, slots=True)
class _Done:
    """A verified action of the case."""

    id: int
    action: str
    target: str
    account: str
    cut_ms: int | None


def contained(case: Case, tree: Tree) -> Containment:
    """The check-list of `tree`: what is live or open, and what answers for it."""
    done = _verified(case)
    reasons = _reasons(case)
    answers = [_of_node(node, done, reasons) for node in (*tree.live(), *tree.live_origins())]
    open_now = [one for one in tree.opened if one.undone_ms is None]
    distinct = {(one.id, one.ended_by): one for one in open_now}  # two policies of one user: both
    answers += [_of_opened(one, done, reasons) for one in distinct.values()]
    return Containment(tuple(answers), " and ".join(filter(None, [tree.cut, _taken_back(case)])))


def give_reason(case: Case, tree: Tree, node: str, reason: str) -> Note:
    """Write down why a node of the tree, or something it opened, needs no action.

    Raises InputError where the tree has no such node, or the reason is empty.
    """
    if node not in tree.nodes and all(one.id != node for one in tree.opened):
        raise InputError(
            f"there is no node {node!r} in this tree", cure="Give its id as `--check` lists it."
        )
    if not reason.strip():
        raise InputError("the reason is empty", cure="Say why it needs no action.")
    return add_note(case, f"lineage {node}: {reason.strip()}")


def _of_node(node: Node, done: list[_Done], reasons: dict[str, str]) -> Answer:
    what = node.why if node.place is not Place.ORIGIN else f"the root came from it; {node.why}"
    by = next((one for one in done if _ends(node, one)), None)
    return Answer(
        node.id, node.kind, node.name, what, _answer(by, reasons.get(node.id)), node.ended_by
    )


def _of_opened(opened: Opened, done: list[_Done], reasons: dict[str, str]) -> Answer:
    by = next((one for one in done if _takes_back(opened, one)), None)
    said = _answer(by, reasons.get(opened.id))
    what = f"{opened.what}, and nobody took it back"
    return Answer(opened.id, "opened", last_name(opened.target), what, said, opened.ended_by)


def _answer(by: _Done | None, reason: str | None) -> str:
    if by is not None:
        return f"action {by.id}, {by.action}, is verified"
    return f"reason: {reason}" if reason else ""


def _ends(node: Node, done: _Done) -> bool:
    if node.account not in (None, done.account):
        return False
    enders = [(ending.action, _targets(ending)) for ending in node.ended_by]
    if node.kind not in (NodeKind.FUNCTION, NodeKind.INSTANCE, NodeKind.TASK):
        enders += _wide(node.principal or "")
    action = _SAME.get(done.action, done.action)
    if not any(name == action and done.target in targets for name, targets in enders):
        return False
    if action not in _REVOKING:
        return True
    # A revocation spares what was issued after its cut; where it is not known, nothing is claimed.
    return None not in (done.cut_ms, node.issued_ms) and (node.issued_ms or 0) < (done.cut_ms or 0)


def _takes_back(opened: Opened, done: _Done) -> bool:
    if opened.account not in (None, done.account):
        return False
    enders = [(ending.action, _targets(ending)) for ending in opened.ended_by]
    return any(
        name == done.action and any(_reaches(done, target) for target in targets)
        for name, targets in (*enders, *_wide(opened.target))
    )


def _reaches(done: _Done, target: str) -> bool:
    """Whether an action was aimed at a target; closing a group's rules, at all of them at least."""
    if done.action != _CLOSING:
        return done.target == target
    (group, _, closed), (wanted, _, rules) = done.target.partition("/"), target.partition("/")
    return group == wanted and bool(rules) and set(rules.split(",")) <= set(closed.split(","))


def _wide(principal: str) -> list[tuple[str, frozenset[str]]]:
    """What stops all of a user or role, also where it is not proposed."""
    names = _OF_USERS if ":user/" in principal else _OF_ROLES if ":role/" in principal else ()
    return [(name, frozenset({principal, last_name(principal)})) for name in names]


def _targets(ending: Ending) -> frozenset[str]:
    """How an action may have been aimed: what `respond` takes is an id, a name, or NAME/PART."""
    name = last_name(ending.target)
    parts = [value for parameter, value in ending.parameters if parameter != "region"]
    if not parts:
        return frozenset({ending.target, name})
    return frozenset(f"{name}/{part}" for value in parts for part in (value, last_name(value)))


def _verified(case: Case) -> list[_Done]:
    """The actions that were read back and hold, undoings and undone ones left out."""
    rows = case.connection.execute(
        "SELECT id, action, target, account, plan, outcome FROM actions "
        "WHERE state = 'verified' AND undo_of IS NULL ORDER BY id"
    )
    return [
        _Done(row[0], row[1], row[2], row[3], _cut_of(row[5]) or _cut_of(row[4])) for row in rows
    ]


def _taken_back(case: Case) -> str:
    """That measures were taken back later than the newest event: what these events show as ended by
    them is live again, and only newer events can tell."""
    span = first_and_last_ms(case)
    rows = case.connection.execute(
        "SELECT id FROM actions AS taken WHERE state = 'undone' AND undo_of IS NULL "
        "AND changed_ms > ? AND NOT EXISTS (SELECT 1 FROM actions AS anew WHERE anew.id > taken.id "
        "AND anew.state = 'verified' AND anew.undo_of IS NULL AND anew.action = taken.action "
        "AND anew.target = taken.target AND anew.account = taken.account) ORDER BY id",
        [span[1] if span else 0],
    ).fetchall()
    if not rows:
        return ""
    named = ", ".join(str(number) for (number,) in rows)
    return f"taken back after the newest event that is here, action {named}: collect again"


def _cut_of(text: str) -> int | None:
    """The latest cut that stands in an action's outcome, wherever in it."""
    found = [parse_event_time(one) for one in _CUT.findall(text.replace("\\", ""))]
    return max((one for one in found if one is not None), default=None)


def _reasons(case: Case) -> dict[str, str]:
    """Written reasons by the id of what they are for."""
    found: dict[str, str] = {}
    for value, reason, at_ms in case.connection.execute(
        "SELECT value, reason, at_ms FROM entities WHERE verdict = 'cleared' "
        "AND kind IN ('credential', 'principal') AND trim(reason) <> ''"
    ):
        found[value] = f"cleared {format_utc(at_ms)}: {reason}"
    rows = case.connection.execute("SELECT text FROM notes WHERE text LIKE 'lineage %: %'")
    for (text,) in rows:
        rest = text.removeprefix("lineage ")
        at = rest.find(": ")
        while at >= 0:  # an id may hold colons and blanks
            if rest[at + 2 :].strip():
                found.setdefault(rest[:at], rest[at + 2 :].strip())
            at = rest.find(": ", at + 2)
    return found
