"""What an event after containment means: the cut held, it did not, or nobody cut it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from trailtui.case.entities import summarize_entities
from trailtui.case.events import EventFilter, EventRow
from trailtui.case.file import Case
from trailtui.lineage.nodes import Node, NodeKind, Place, Tree
from trailtui.model.entity import Entity
from trailtui.respond.action import Order
from trailtui.respond.registry import find_action
from trailtui.respond.store import VERIFIED, ActionRow, all_actions
from trailtui.respond.targets import bare

REFUSED = "refused"
THROUGH = "got through"
SPREADING = "while it spread"
UNCUT = "nothing was done against it"
NEUTRAL = "proves nothing"
ALIKE = "same address or program"

SPREAD_MS = 60_000
"""How long a change in IAM may take to hold everywhere; the same as a revocation's usual margin."""

_DENIED = re.compile(
    r"AccessDenied|Unauthorized|Forbidden|NotAuthorized|InvalidClientTokenId|InvalidAccessKeyId|"
    r"SignatureDoesNotMatch|ExpiredToken|AuthFailure|UnrecognizedClient|TokenRefreshRequired",
    re.IGNORECASE,
)
"""Error codes, as records have them, of a call that was refused for who made it."""
_UNDENIABLE = frozenset({"GetCallerIdentity"})
"""Calls that no policy can deny (STS API reference): that one succeeds shows no hole."""
_MOST_AGENTS = 50
_NO_ADDRESS = re.compile(r"\.amazonaws\.com$|^AWS Internal$")


@dataclass(frozen=True, slots=True)
class Judged:
    """An event and what it means for the containment."""

    row: EventRow
    node: str
    """The credential of the lineage that made the call; of its likeness for ALIKE."""
    verdict: str
    says: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Since when a node is cut, and by which action."""

    at_ms: int
    action: int
    by_key: bool
    """Whether the credential itself was switched off: then even GetCallerIdentity is refused."""


def cuts(case: Case, tree: Tree) -> dict[str, Cut]:
    """The earliest verified action that ends each node, by the node's id."""
    found: dict[str, Cut] = {}
    for row in all_actions(case, (VERIFIED,)):
        if row.plan.undo_of is not None:
            continue
        made = Cut(int(row.outcome["answered_ms"]), row.id, row.plan.subject.kind == "access-key")
        for node in tree.nodes.values():
            if _ends(row, node):
                found[node.id] = _earlier(found.get(node.id, made), made)
    return found


def denied_principals(case: Case) -> dict[str, Cut]:
    """The users and roles that a verified action denies everything, by their bare ARNs."""
    found: dict[str, Cut] = {}
    for row in all_actions(case, (VERIFIED,)):
        subject = row.plan.subject
        whole = subject.kind in ("user", "role") and "session" not in row.plan.parameters
        if row.plan.undo_of is None and whole and _order(row) == Order.DENY:
            made = Cut(int(row.outcome["answered_ms"]), row.id, by_key=False)
            found[bare(subject.arn)] = _earlier(found.get(bare(subject.arn), made), made)
    return found


def _order(row: ActionRow) -> Order:
    return find_action(row.plan.action).order


def _earlier(one: Cut, other: Cut) -> Cut:
    first = min(one, other, key=lambda cut: cut.at_ms)
    return replace(first, by_key=one.by_key or other.by_key)


def _ends(row: ActionRow, node: Node) -> bool:
    subject, order = row.plan.subject, _order(row)
    if subject.kind == "access-key":
        return subject.id == node.id
    if subject.kind not in ("user", "role"):
        return node.id in (subject.id, subject.arn)
    if not node.principal or bare(node.principal) != bare(subject.arn):
        return False
    named = row.plan.parameters.get("session")
    if named is not None:
        return (node.principal_id or "").endswith(f":{named}")
    if order == Order.SESSIONS:
        return node.kind in (NodeKind.SESSION, NodeKind.CONSOLE)
    return order in (Order.DENY, Order.REMOVE)


def judge(rows: Iterable[EventRow], tree: Tree, cut: Mapping[str, Cut]) -> Iterator[Judged]:
    """What each event means that a credential of the lineage made; the others are passed over."""
    for row in rows:
        node = tree.nodes.get(row.credential or "")
        if node is None or node.place is Place.ORIGIN:
            continue
        verdict, says = _verdict(row, node, cut.get(node.id))
        yield Judged(row, node.id, verdict, says)


def _verdict(row: EventRow, node: Node, cut: Cut | None) -> tuple[str, str]:
    if row.error and _DENIED.search(row.error):
        return REFUSED, f"refused ({row.error}): the cut holds here"
    allowed = "allowed" if not row.error else f"allowed, and failed with {row.error}"
    if cut is None:
        return UNCUT, f"{allowed}: {UNCUT} ({node.kind}, {node.state})"
    return _allowed_since(row, allowed, cut)


def _allowed_since(row: EventRow, allowed: str, cut: Cut) -> tuple[str, str]:
    """What it means that a call was allowed although its credential is cut."""
    if row.name in _UNDENIABLE and not cut.by_key:
        return NEUTRAL, "no policy can deny this call"
    after_ms = (row.time_ms or 0) - cut.at_ms
    if after_ms < 0:
        return NEUTRAL, f"before action {cut.action}"
    if after_ms <= SPREAD_MS:
        return (
            SPREADING,
            f"{allowed} {after_ms // 1000} s after action {cut.action}, while it spread: what came "
            "out of it is looked for",
        )
    return (
        THROUGH,
        f"{allowed} {after_ms // 1000} s after action {cut.action}: the cut does not hold. Verify "
        "it, look who changed the policy, and plan again",
    )


@dataclass(frozen=True, slots=True)
class Likeness:
    """Addresses and programs that the intruder used, and nobody else before."""

    addresses: frozenset[str]
    agents: frozenset[str]
    ours: frozenset[str]
    """Credentials of the responder: whoever contains from a like program is no intruder."""

    def judge(
        self, rows: Iterable[EventRow], tree: Tree, denied: Mapping[str, Cut]
    ) -> Iterator[Judged]:
        """Events of credentials outside of the lineage that look like the intruder's.

        `denied` are the users and roles that are denied everything, by their ARNs: what somebody
        does as one of them is judged by that.
        """
        for row in rows:
            known = row.credential in tree.nodes or row.credential in self.ours
            if known or not row.credential or (row.error and _DENIED.search(row.error)):
                continue
            if row.ip in self.addresses:
                says = f"from {row.ip}, as the intruder was"
            elif row.agent in self.agents:
                says = "with a program that only the intruder was seen with"
            else:
                continue
            cut = denied.get(bare(row.principal or ""))
            verdict = ALIKE
            if cut is not None:
                verdict, since = _allowed_since(row, "allowed", cut)
                says = f"{says}; {since}"
            yield Judged(row, row.credential, verdict, says)


def likeness(case: Case, tree: Tree, ours: frozenset[str]) -> Likeness:
    """What the case's events say of the intruder's addresses and programs.

    An address of AWS is none; an agent counts only where no other credential had it.
    """
    ids = [
        node.id
        for node in tree.nodes.values()
        if node.place is not Place.ORIGIN and node.kind in (NodeKind.ACCESS_KEY, NodeKind.SESSION)
    ]
    chosen = EventFilter(entities=tuple(Entity("credential", one) for one in ids))
    addresses = {
        one.entity.value
        for one in summarize_entities(case, "ip", chosen)
        if not _NO_ADDRESS.search(one.entity.value)
    }
    agents = [one.entity.value for one in summarize_entities(case, "agent", chosen)][:_MOST_AGENTS]
    own = {agent for agent in agents if _only_by(case, agent, set(ids))}
    return Likeness(frozenset(addresses), frozenset(own), ours)


def _only_by(case: Case, agent: str, ids: set[str]) -> bool:
    chosen = EventFilter(entities=(Entity("agent", agent),))
    users = summarize_entities(case, "credential", chosen, limit=len(ids) + 1)
    return all(one.entity.value in ids for one in users)
