"""The tree while it grows: nodes known so far, edges, and what is still to be followed."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heappush
from typing import TYPE_CHECKING

from trailtui.case.file import Case
from trailtui.lineage.actors import Actor, Actors
from trailtui.lineage.calls import Call, CallFinder, items, key_id
from trailtui.lineage.drafts import (
    CONSOLE_LIMIT_MS,
    INSTANCE_LIMIT_MS,
    ROLE_LIMIT_MS,
    ROOT_LIMIT_MS,
    USER_LIMIT_MS,
    Draft,
    Found,
)
from trailtui.lineage.issuing import KEY_ISSUING
from trailtui.lineage.nodes import Also, Certainty, Edge, NodeKind, Place

if TYPE_CHECKING:
    from trailtui.lineage.entering import Entered

MOST_NODES = 10_000
"""Nodes that a tree has at most; more are counted as cut."""
CLOSE_MS = 2000
"""A session's creation date and the time of the call that issued it differ by no more."""


@dataclass(slots=True)
class Growth:
    """What is known while the events are followed."""

    case: Case
    finder: CallFinder
    actors: Actors
    drafts: dict[str, Draft] = field(default_factory=dict[str, Draft])
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    edges: dict[tuple[str, str, str], Edge] = field(
        default_factory=dict[tuple[str, str, str], Edge]
    )
    opening: list[tuple[str, Call]] = field(default_factory=list[tuple[str, Call]])
    """Calls of nodes, to be looked at for trusts and policies."""
    also: dict[str, Also] = field(default_factory=dict[str, Also])
    credentials: deque[str] = field(default_factory=deque[str])
    """Credentials whose calls are still to be looked at."""
    holders: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """Stage, turn and id of nodes of which something follows that no record names; a heap."""
    turn: int = 0
    entered: "Entered | None" = None
    """Sessions given to callers without a key, once they were asked for."""
    cut: bool = False

    def plant(self, draft: Draft, place: Place) -> None:
        """Take in a node, and note that it is to be followed where it is no origin."""
        if draft.id in self.drafts:
            self.drafts[draft.id].learn(draft)
            return
        self.drafts[draft.id] = draft
        self.places[draft.id] = place
        if place is not Place.ORIGIN:
            self.follow(draft)

    def follow(self, draft: Draft) -> None:
        """Note that what came out of a node is to be looked for."""
        if draft.is_credential:
            self.credentials.append(draft.id)
        self.wait(0, draft.id)

    def wait(self, stage: int, node: str) -> None:
        """Note a node for a stage; what is surer has an earlier one."""
        self.turn += 1
        heappush(self.holders, (stage, self.turn, node))

    def add(self, parent: str, found: Found) -> bool:
        """Take in that something came out of `parent`; whether the child is new."""
        child = found.child
        if child.id == parent or not child.id:
            return False
        new = child.id not in self.drafts
        if new and len(self.drafts) >= MOST_NODES:
            self.cut = True
            return False
        if not new and found.certainty is Certainty.INFERRED:
            return False  # what is known by a record needs no guess
        self.plant(child, Place.DESCENDANT)
        self.join(parent, child.id, found)
        return new

    def join(self, parent: str, child: str, found: Found) -> None:
        """Keep an edge; a further event of one that is known is added to it."""
        key = (parent, child, found.how)
        known = self.edges.get(key)
        events = found.events
        if known is not None:
            events = tuple(dict.fromkeys([*known.events, *found.events]))
        self.edges[key] = Edge(parent, child, found.how, events, found.certainty, found.says)

    def add_event(self, parent: str, child: str, how: str, event: int) -> None:
        """One more event behind an edge."""
        edge = self.edges.get((parent, child, how))
        if edge is not None and event not in edge.events:
            self.edges[parent, child, how] = replace(edge, events=(*edge.events, event))

    def issuer_of(self, credential: str, created_ms: int) -> Call | None:
        """The call whose answer names a credential; it is looked for when that was created."""
        near = self.finder.between(created_ms - CLOSE_MS, created_ms + CLOSE_MS, KEY_ISSUING)
        return self._naming(near, credential)

    def issuer_anywhere(self, credential: str, created_ms: int | None) -> Call | None:
        """The same, looked for in the whole case where it is not found at its time."""
        found = None if created_ms is None else self.issuer_of(credential, created_ms)
        return found or self._naming(self.finder.holding(KEY_ISSUING, credential), credential)

    @staticmethod
    def _naming(near: list[Call], credential: str) -> Call | None:
        named = [call for call in near if issued_key(call, credential)]
        # Of two records of one call the caller's own says more than that of the other account.
        named.sort(key=lambda call: call.caller.credential is None)
        return named[0] if named else None


def issued_key(call: Call, credential: str) -> bool:
    """Whether a call's answer names a credential as issued."""
    if credential in (
        key_id(call.response, "credentials", "accessKeyId"),
        key_id(call.response, "accessKey", "accessKeyId"),
    ):
        return True
    told = items(call.response, "credentialSet")
    return any(key_id(one, "credentials", "accessKeyId") == credential for one in told)


def session_of(actors: Sequence[Actor], credential: str) -> Draft:
    """A credential as the records of its own calls describe it; bare where there are none."""
    draft = Draft(credential, _kind_of(credential))
    for actor in actors:
        if actor.credential != credential:
            continue
        draft.learn(
            Draft(
                credential, draft.kind, actor.account, actor.issuer or actor.principal,
                actor.session_name or actor.user_name or "", actor.created_ms, None,
                _limit_of(actor, draft.kind), actor.principal_id, actor.arn,
                actor.source_identity,
            )
        )  # fmt: skip
    return draft


def _kind_of(credential: str) -> NodeKind:
    return NodeKind.SESSION if credential.startswith("ASIA") else NodeKind.ACCESS_KEY


def _limit_of(actor: Actor, kind: NodeKind) -> int | None:
    if kind is NodeKind.ACCESS_KEY:
        return None
    if actor.type == "AssumedRole":
        on_instance = (actor.session_name or "").startswith(("i-", "mi-"))
        return INSTANCE_LIMIT_MS if on_instance else ROLE_LIMIT_MS
    if actor.type == "Root":
        return max(ROOT_LIMIT_MS, CONSOLE_LIMIT_MS)
    return USER_LIMIT_MS
