"""From a lineage to the actions that end it: what to plan for each live node, and what is left.

Only what can be undone is proposed. Of several ways to end a node the first of each stage is
taken: a denial binds at once, a deactivated key needs no policy to hold, a revocation also binds
what nobody has seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from trailtui.lineage.nodes import Ending, Node, NodeKind, Tree
from trailtui.respond.action import Order
from trailtui.respond.containment import LeftOut
from trailtui.respond.registry import actions

DENY_USER = "deny-user"

_TOO_WIDE_FOR_A_SESSION = frozenset({"deny-role"})
_COVERED_BY_REVOKING = frozenset({"deny-role-session"})
"""What is not proposed against a session: the revocation of its role binds it as fast, and without
stopping lawful users for good. A role that the intruder made is a node of its own, and denied."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An action that is to be planned on a target."""

    action: str
    target: str
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    why: str = ""
    nodes: tuple[str, ...] = ()
    """What it is to end; empty where it was asked for by hand."""

    @property
    def key(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What makes two wishes the same."""
        return self.action, self.target, tuple(sorted(self.parameters.items()))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to plan against a lineage, and what no action is proposed for."""

    wishes: tuple[Wish, ...]
    left_out: tuple[LeftOut, ...]


def propose(tree: Tree, account: str) -> Proposal:
    """The actions against every live node of a lineage and everything it opened.

    `account` is the session's: what lies in another account is left out, and said.
    """
    wishes: list[Wish] = []
    left_out: list[LeftOut] = []
    for node in tree.live():
        found = list(_against(node, account))
        wishes += found
        if not found:
            left_out.append(LeftOut(f"{node.kind} {node.id}", _why_not(node, account)))
    for opened in tree.opened:
        if opened.undone_ms is not None:
            continue
        says = f"{opened.call}: {opened.what}"
        found = list(_wishes(opened.ended_by, opened.id, says))
        if opened.account not in (None, account):
            left_out.append(LeftOut(opened.id, _elsewhere(opened.account)))
        elif found:
            wishes += found
        else:
            left_out.append(LeftOut(opened.id, f"{says}. No action takes it back: look at it."))
    if tree.cut:
        left_out.append(LeftOut("the lineage is not whole", tree.cut))
    return Proposal(tuple(merged(wishes)), tuple(left_out))


def merged(wishes: Iterable[Wish]) -> list[Wish]:
    """The wishes, each once, with everything that each is for; in the order of the stages."""
    found: dict[object, Wish] = {}
    for wish in wishes:
        known = found.get(wish.key, wish)
        nodes = tuple(dict.fromkeys((*known.nodes, *wish.nodes)))
        found[wish.key] = replace(known, why=known.why or wish.why, nodes=nodes)
    order = {name: action.order for name, action in actions().items()}
    return sorted(found.values(), key=lambda wish: order.get(wish.action, Order.REMOVE))


def _against(node: Node, account: str) -> Iterator[Wish]:
    if node.account not in (None, account):
        return
    says = f"{node.kind} {node.id} is {node.state}"
    of_session = node.kind in (NodeKind.SESSION, NodeKind.CONSOLE)
    passed_over = _TOO_WIDE_FOR_A_SESSION | _COVERED_BY_REVOKING if of_session else frozenset[str]()
    endings = [ending for ending in node.ended_by if ending.action not in passed_over]
    found = list(_wishes(endings, node.id, says))
    user = _user_of(node)
    if user is not None and DENY_USER in actions() and all(w.action != DENY_USER for w in found):
        why = f"{says}; the denial binds before the key or sign-in is seen to be dead everywhere"
        yield Wish(DENY_USER, user, {}, why, (node.id,))
    yield from found


def _wishes(endings: Iterable[Ending], node: str, says: str) -> Iterator[Wish]:
    """The first ending of each stage that the catalogue has and that can be undone."""
    known = actions()
    stages: set[Order] = set()
    for ending in endings:
        action = known.get(ending.action)
        if action is None or action.irreversible or action.order in stages:
            continue
        stages.add(action.order)
        why = f"{says}. {ending.says}" if ending.says else says
        yield Wish(ending.action, ending.target, dict(ending.parameters), why, (node,))


def _user_of(node: Node) -> str | None:
    """The user whose policies count for a node; None for roles, root and what is no principal."""
    if node.kind in (NodeKind.INSTANCE, NodeKind.FUNCTION, NodeKind.TASK, NodeKind.PROVIDER):
        return None
    arn = node.principal or ""
    return arn if ":user/" in arn else None


def _why_not(node: Node, account: str) -> str:
    if node.account not in (None, account):
        return _elsewhere(node.account)
    known = actions()
    harder = [one.action for one in node.ended_by if one.action in known]
    if harder:
        return (
            f"{', '.join(dict.fromkeys(harder))} would end it and can't be undone: plan it by hand."
        )
    named = ", ".join(dict.fromkeys(one.action for one in node.ended_by))
    return f"No action of this program ends it{f' ({named} would)' if named else ''}. {node.why}"


def _elsewhere(account: str | None) -> str:
    return f"It lies in account {account}: plan there, with a --profile for that account."
