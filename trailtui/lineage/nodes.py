"""What a lineage is made of: nodes, the edges between them, and what was opened on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class NodeKind(StrEnum):
    """What a node is."""

    ACCESS_KEY = "access-key"
    """A long-term key of a user or of root (AKIA…)."""
    SESSION = "session"
    """Temporary credentials (ASIA…) of a role, a user, a federated name or root."""
    CONSOLE = "console"
    """A console sign-in; the keys that the console signs with are sessions below it."""
    LOGIN = "login-profile"
    """A password for the console."""
    USER = "user"
    ROLE = "role"
    INSTANCE = "instance"
    FUNCTION = "function"
    TASK = "task"
    PROVIDER = "provider"
    """An identity provider (SAML, OIDC) or a trust anchor: whoever holds it makes identities."""
    IDENTITY = "identity"
    """A name that somebody else vouches for: SAML, OIDC, a certificate, Identity Center."""
    SERVICE = "service"
    ACCOUNT = "account"
    """Somebody of another account, whose own records are not in the case."""


class Certainty(StrEnum):
    """How sure an edge is."""

    ISSUED = "issued key id seen"
    """The record that issued the child names it, and names the parent as the caller."""
    SAME_SESSION = "same session"
    """Principal and time of creation are the same, which names one sign-in."""
    INFERRED = "inferred"
    """Nothing names both; the sentence of the edge says from what it follows."""


class Place(StrEnum):
    """Where a node stands to the credential that was asked for."""

    ROOT = "root"
    DESCENDANT = "descendant"
    ORIGIN = "origin"
    """It is what the root came from."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An action of the catalogue that ends a node."""

    action: str
    target: str
    parameters: tuple[tuple[str, str], ...] = ()
    says: str = ""
    """What it leaves open, or why it can't be sure."""


@dataclass(frozen=True, slots=True)
class Node:
    """One credential, or something that gives credentials."""

    id: str
    """Access key id, ARN, or `console ARN TIME`."""
    kind: NodeKind
    account: str | None
    principal: str | None
    """ARN of the user or role whose policies count for it."""
    name: str
    """What it is called beside its id: session name, user name."""
    first_ms: int | None
    """Its first event in the case; None: none is there."""
    last_ms: int | None
    events: int
    issued_ms: int | None
    expires_ms: int | None
    """As its issuing record says; None where none does or it never expires."""
    state: str
    """live | expired | ended | unknown."""
    until_ms: int | None
    """Until when it works at most, or when it ended; None: without end, or not known."""
    why: str
    """What state and until follow from."""
    ended_by: tuple[Ending, ...]
    never_used: bool
    certainty: Certainty
    """Of the weakest edge on the surest way from the root to it."""
    place: Place
    principal_id: str | None = None
    session: str | None = None
    """ARN of the session, as records have it."""

    @property
    def demands(self) -> bool:
        """Whether containment has to answer for it: it can act, and is not known to be over."""
        return self.state in ("live", "unknown") and self.kind in DEMANDING


DEMANDING = frozenset(NodeKind) - {NodeKind.SERVICE, NodeKind.ACCOUNT, NodeKind.IDENTITY}
"""Kinds that can be acted on in the account at hand."""


@dataclass(frozen=True, slots=True)
class Edge:
    """That `child` came out of `parent`."""

    parent: str
    child: str
    how: str
    """The call, such as AssumeRole."""
    events: tuple[int, ...]
    """Ids of the rows of the events behind it."""
    certainty: Certainty
    says: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A trust or a policy that a node changed, so that somebody may more than before."""

    by: str
    """Id of the node that did it."""
    call: str
    target: str
    """What was changed: an ARN, else a name."""
    account: str | None
    what: str
    at_ms: int | None
    event: int
    ended_by: tuple[Ending, ...]
    undone_ms: int | None
    """When a later call took it back; None: nobody did."""
    undone_event: int | None = None

    @property
    def id(self) -> str:
        """What a written reason names it by."""
        return f"{self.call} {self.target}"


@dataclass(frozen=True, slots=True)
class Also:
    """Something that stands near the tree and is no part of it as far as the events tell."""

    id: str
    what: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The lineage of one credential."""

    root: str
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    opened: tuple[Opened, ...]
    also: tuple[Also, ...] = ()
    cut: str = ""
    """Why it is not whole; empty: everything that the case has was followed."""
    now_ms: int = 0
    unread: int = 0
    """Records of calls that issue something and that could not be read."""
    _children: dict[str, list[Edge]] = field(default_factory=dict[str, list[Edge]])

    def children(self, node: str) -> list[Edge]:
        """The edges that go out of a node, in the order of time."""
        if not self._children:
            for edge in self.edges:
                self._children.setdefault(edge.parent, []).append(edge)
        return self._children.get(node, [])

    def descendants(self) -> list[Node]:
        """All that came out of the root, the root itself left out."""
        return [node for node in self.nodes.values() if node.place is Place.DESCENDANT]

    def origins(self) -> list[Node]:
        """What the root came from, the nearest first."""
        return [node for node in self.nodes.values() if node.place is Place.ORIGIN]

    def live(self) -> list[Node]:
        """The root and what came out of it, as far as it still works: what is to be ended."""
        return [n for n in self.nodes.values() if n.demands and n.place is not Place.ORIGIN]

    def live_origins(self) -> list[Node]:
        """What the root came from and still works: to be judged, as it may be somebody's own."""
        return [n for n in self.nodes.values() if n.demands and n.place is Place.ORIGIN]
