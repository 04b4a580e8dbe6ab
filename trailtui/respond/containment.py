"""A containment plan: several actions in an order, confirmed once; and its hash.

Each action in it is a plan of its own (`plan.py`) with its own hash; this one's hash is over
theirs, so that what is confirmed is every call of every action, and the order.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from trailtui.model.errors import CaseError
from trailtui.respond.action import Fact, Order

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One action of the plan, in its place."""

    position: int
    """From 1, in the order of sending."""
    action_id: int
    plan_hash: str
    action: str
    target: str
    order: int
    """An `Order`."""
    why: str
    nodes: tuple[str, ...]
    """What it ends, by the ids of the lineage; empty where it was asked for by hand."""
    irreversible: bool
    again_after_s: int | None
    """After how many seconds it is sent once more; None: it is not."""

    @property
    def stage(self) -> str:
        """The stage that its place follows from."""
        return Order(self.order).name.lower()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the plan does nothing about, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Containment:
    """Actions in the order in which they are to be carried out."""

    root: str | None
    """The credential whose lineage it is for; None: put together by hand."""
    account: str
    identity: str
    """The ARN of who planned it."""
    made_ms: int
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]
    facts: tuple[Fact, ...]
    """Who and what else is hit, over all of the actions."""
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    """Permissions that this identity lacks, as far as AWS could simulate them."""
    simulated: str
    """What the simulation of permissions covers, or why there was none."""

    @property
    def hash(self) -> str:
        """64 hex digits that name this plan."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def word(self) -> str:
        """What is typed to confirm the whole."""
        return f"contain {self.account}"

    def canonical(self) -> str:
        """The JSON that is stored and hashed."""
        value = {"format": FORMAT, **asdict(self)}
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str, expected_hash: str) -> "Containment":
        """Read a stored plan; raises CaseError where it is not the one that was hashed."""
        if hashlib.sha256(text.encode()).hexdigest() != expected_hash:
            raise CaseError(
                f"the stored containment plan {expected_hash[:12]} was altered after it was made",
                cure="Do not apply it; plan again, and find out who wrote to the case file.",
            )
        value: dict[str, Any] = json.loads(text)
        form = value.pop("format")
        if form != FORMAT:
            raise CaseError(f"the plan has format {form}, this program knows {FORMAT}")
        value["entries"] = tuple(_entry(entry) for entry in value["entries"])
        value["left_out"] = tuple(LeftOut(**left) for left in value["left_out"])
        value["facts"] = tuple(Fact(**fact) for fact in value["facts"])
        value["warnings"] = tuple(value["warnings"])
        value["missing"] = tuple(value["missing"])
        return cls(**value)


def _entry(value: Mapping[str, Any]) -> Entry:
    fields: dict[str, Any] = {**value, "nodes": tuple(value["nodes"])}
    return Entry(**fields)
