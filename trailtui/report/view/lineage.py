"""The trees of credentials."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineageLine:
    """A node of a lineage, or a trust or policy that one of them opened."""

    indent: str
    id: str
    kind: str
    name: str
    state: str
    why: str
    place: str
    how: str
    """How it came about."""
    certainty: str
    uses: int
    """Events that it signed."""
    answered: str
    """What answers for it in the containment; empty where nothing has to."""
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineageView:
    """What came out of a credential, as of a moment."""

    root: str
    at_ms: int
    says: str
    lines: tuple[LineageLine, ...]
    opened: tuple[LineageLine, ...]
    more: int
    """Lines beyond those listed."""
    unanswered: int
    holds: bool
    """Whether each live node has a verified action or a written reason."""
    also: tuple[str, ...]
