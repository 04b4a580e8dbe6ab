"""The lineage in a playbook: as a step's rows, and as values to go through."""

from collections.abc import Callable

from trailtui.case.coverage import looked_at
from trailtui.case.file import Case
from trailtui.lineage.contained import contained
from trailtui.lineage.drawing import until_of
from trailtui.lineage.tree import Node, NodeKind, Tree, lineage
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.playbook.result import Part
from trailtui.playbook.store import named_entities
from trailtui.playbook.template import Scalar

COLUMNS = (
    "id", "kind", "name", "account", "principal", "place", "state", "until", "why", "from", "how",
    "certainty", "events", "neverUsed", "endedBy", "answered",
)  # fmt: skip


def trace(case: Case, credential: str, parameters: dict[str, Scalar], each: str | None) -> Part:
    """The tree of a credential as rows: its nodes, then what they opened."""
    if not credential.strip():
        raise InputError("the step names no credential", cure='Write lineage: "{{ access_key }}".')
    tree = lineage(case, credential.strip(), now_ms())
    answered = {one.id: one.answered for one in contained(case, tree).answers}
    rows: list[tuple[Scalar, ...]] = []
    events: list[int | None] = []
    for node in tree.nodes.values():
        edge = next((one for one in tree.edges if one.child == node.id), None)
        rows.append(_row(node, edge.parent if edge else "", edge.how if edge else "", answered))
        events.append(edge.events[0] if edge and edge.events else None)
    for one in tree.opened:
        state = "open" if one.undone_ms is None else "ended"
        ends = ", ".join(ending.action for ending in one.ended_by)
        rows.append(
            (
                one.id, "opened", one.call, one.account, one.target, "descendant", state, "",
                one.what, one.by, one.call, "issued key id seen", 1, False, ends,
                answered.get(one.id, ""),
            )
        )  # fmt: skip
        events.append(one.event)
    return Part(
        "lineage", credential, parameters, each,
        columns=COLUMNS, rows=tuple(rows), event_ids=tuple(events),
        truncated=bool(tree.cut), looked_at=looked_at(case),
    )  # fmt: skip


def _row(node: Node, parent: str, how: str, answered: dict[str, str]) -> tuple[Scalar, ...]:
    ends = ", ".join(ending.action for ending in node.ended_by)
    return (
        node.id, str(node.kind), node.name, node.account, node.principal, str(node.place),
        node.state, until_of(node), node.why, parent, how, str(node.certainty), node.events,
        node.never_used, ends, answered.get(node.id, ""),
    )  # fmt: skip


class Traced:
    """The trees of all credentials in question, drawn once they are asked for.

    Those are the ones that the alert named and that were judged malicious since.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._trees: list[Tree] | None = None

    def values(self, name: str) -> tuple[str, ...]:
        """What `lineage.NAME` stands for, each value once."""
        if self._trees is None:
            named = named_entities(self._case, "credential", given_only=False)
            self._trees = [lineage(self._case, credential, now_ms()) for credential in named]
        found: dict[str, None] = {}
        for tree in self._trees:
            found |= dict.fromkeys(_values(self._case, tree, name))
        return tuple(found)


def _values(case: Case, tree: Tree, name: str) -> list[str]:
    if name == "uncontained":
        return [one.id for one in contained(case, tree).unanswered]
    if name == "opened":
        return [one.id for one in tree.opened if one.undone_ms is None]
    return [value for node in tree.live() if (value := _WHAT[name](node))]


def _of(kind: NodeKind) -> Callable[[Node], str]:
    return lambda node: node.id if node.kind is kind else ""


def _holder(part: str) -> Callable[[Node], str]:
    def holder(node: Node) -> str:
        principal = node.principal or ""
        acts = node.kind not in (NodeKind.FUNCTION, NodeKind.INSTANCE, NodeKind.TASK)
        return principal if acts and part in principal else ""

    return holder


_WHAT: dict[str, Callable[[Node], str]] = {
    "live": lambda node: node.id,
    "unused": lambda node: node.id if node.never_used else "",
    "keys": _of(NodeKind.ACCESS_KEY),
    "sessions": _of(NodeKind.SESSION),
    "instances": _of(NodeKind.INSTANCE),
    "functions": _of(NodeKind.FUNCTION),
    "passwords": lambda node: (node.principal or "") if node.kind is NodeKind.LOGIN else "",
    "users": _holder(":user/"),
    "roles": _holder(":role/"),
}
