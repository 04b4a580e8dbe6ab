"""The lineage of a credential: `lineage(case, credential, now_ms)`.

Everything is worked out of the case's events each time it is asked for. What records name is
followed first, what only fits is marked as inferred; an attacker's records can make the tree
larger than it is, never endless.
"""

from collections.abc import Sequence

from trailtui.case.file import Case, reported
from trailtui.lineage.actors import Actors
from trailtui.lineage.ancestry import ascend
from trailtui.lineage.calls import Call, CallFinder
from trailtui.lineage.descent import descend
from trailtui.lineage.drafts import (
    CONSOLE_LIMIT_MS,
    Draft,
    account_of,
    last_name,
    role_of_session,
)
from trailtui.lineage.endings import ENDING, Fate, fate
from trailtui.lineage.growth import MOST_NODES, Growth, session_of
from trailtui.lineage.nodes import (
    Also,
    Certainty,
    Edge,
    Ending,
    Node,
    NodeKind,
    Opened,
    Place,
    Tree,
)
from trailtui.lineage.opening import UNDOING, opened_by, with_undoing
from trailtui.lineage.signing_in import signed_in_alike
from trailtui.lineage.standing import finish_nodes
from trailtui.lineage.trusting import follow_trusts
from trailtui.model.entity import is_credential
from trailtui.model.errors import InputError
from trailtui.model.text import safe
from trailtui.model.times import parse_event_time

__all__ = [
    "Also", "Certainty", "Edge", "Ending", "Node", "NodeKind", "Opened", "Place", "Tree", "lineage",
]  # fmt: skip


def lineage(case: Case, credential: str, now_ms: int) -> Tree:
    """The tree of what came out of a credential, and of what it came from.

    Args:
        case: only read.
        credential: an access key id; also the ARN of a user or role (all that acts as it), an
            instance id, or the id of a node of another tree.
        now_ms: the present, by which states are told.
    Returns:
        the tree; only the root where the case knows nothing of it.
    Raises InputError for what can be no credential.
    """
    with reported(case.path):
        growth = Growth(case, CallFinder(case), Actors(case))
        growth.plant(_root(growth, credential), Place.ROOT)
        descend(growth)
        ascend(growth, credential)
        _siblings(growth, credential)
        for _ in range(_MOST_TRUSTS):
            if not follow_trusts(growth):
                break
            descend(growth)
        ended = growth.finder.by_names(ENDING | UNDOING)
        became = fate(call for call in ended if call.name in ENDING)
        return _finish(growth, credential, now_ms, became, _opened(growth, ended))


_MOST_TRUSTS = 50


def _root(growth: Growth, credential: str) -> Draft:
    """The root, from the records of its own calls."""
    name = credential.strip()
    if name.startswith("console "):
        return _console_root(growth, name)
    kind = _kind_of(name)
    if kind is not None:
        account = name.split(":")[4] if name.count(":") >= 5 else None
        return Draft(name, kind, account or None, name, last_name(name), owned=True)
    actors = growth.actors.by("credential", [name])
    if not actors and not is_credential(name):
        raise InputError(
            f"{safe(name)!r} is no credential, and none of the case's is called so",
            cure="Give an access key id, the ARN of a user or role, or an instance id.",
        )
    return session_of(actors, name)


def _kind_of(name: str) -> NodeKind | None:
    if name.startswith(("i-", "mi-")):
        return NodeKind.INSTANCE
    if not name.startswith("arn:"):
        return NodeKind.IDENTITY if "@" in name else None
    for part, kind in (
        (":user/", NodeKind.USER), (":role/", NodeKind.ROLE), (":function:", NodeKind.FUNCTION),
        (":task/", NodeKind.TASK), ("-provider/", NodeKind.PROVIDER),
        (":trust-anchor/", NodeKind.PROVIDER),
    ):  # fmt: skip
        if part in name:
            return kind
    return None


def _console_root(growth: Growth, name: str) -> Draft:
    _, who, moment = [*name.split(" ", 2), "", ""][:3]
    return Draft(
        name, NodeKind.CONSOLE, account_of(who), role_of_session(who) or who, last_name(who),
        parse_event_time(moment), None, CONSOLE_LIMIT_MS, session=who,
    )  # fmt: skip


def _siblings(growth: Growth, root: str) -> None:
    """Who holds one key of a sign-in holds the sign-in: its other keys belong to the tree.

    And whoever signed in knows the password: later sign-ins from the same address are theirs.
    """
    for edge in list(growth.edges.values()):
        parent = growth.drafts[edge.parent]
        if edge.child == root and parent.kind is NodeKind.CONSOLE:
            growth.follow(parent)
            descend(growth)
            signed_in_alike(growth, parent)
            descend(growth)


def _opened(growth: Growth, ended: Sequence[Call]) -> tuple[Opened, ...]:
    calls = [call for call in ended if call.name in UNDOING]
    own = frozenset(call.row for _, call in growth.opening)
    found = [opened_by(node, call) for node, call in growth.opening]
    return tuple(
        with_undoing(one, calls, own)
        for one in sorted((one for one in found if one), key=lambda one: one.event)
    )


def _finish(
    growth: Growth, root: str, now_ms: int, became: Fate, opened: tuple[Opened, ...]
) -> Tree:
    cut: list[str] = []
    if growth.cut:
        cut.append(f"more than {MOST_NODES:,} nodes")
    if growth.finder.cut:
        cut.append("more calls than are looked at")
    return Tree(
        root=root,
        nodes=finish_nodes(growth, became, now_ms),
        edges=tuple(growth.edges.values()),
        opened=opened,
        also=tuple(growth.also.values()),
        cut=" and ".join(cut),
        now_ms=now_ms,
        unread=growth.finder.unread,
    )
