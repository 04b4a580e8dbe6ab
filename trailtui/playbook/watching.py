"""The watch after containment: what the lineage's credentials still do, and what grew from them.

The event history is asked again and again, for everything in the Regions where the case saw
something; the lineage is worked out anew from what came; each action is read back. It only reads.
LookupEvents is some minutes late and knows management events only, so that a quiet watch says
that nothing was seen, and how long ago seeing ends.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trailtui.aws.identity import AwsIdentity
from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.entities import summarize_entities
from trailtui.case.events import EventFilter, EventRow, page
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.following import Following
from trailtui.collect.lookup import SAFE_PER_SECOND, LookupEvents
from trailtui.collect.scope import GLOBAL_REGIONS, Place
from trailtui.lineage.contained import contained
from trailtui.lineage.nodes import Node, Tree
from trailtui.lineage.nodes import Place as InTree
from trailtui.lineage.tree import lineage
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.model.times import TimeWindow
from trailtui.playbook.judging import (
    ALIKE,
    REFUSED,
    THROUGH,
    UNCUT,
    Judged,
    Likeness,
    cuts,
    denied_principals,
    judge,
    likeness,
)
from trailtui.respond.arming import introduce
from trailtui.respond.carried_out import is_settled
from trailtui.respond.containment import LeftOut
from trailtui.respond.containment_store import all_containments, standings
from trailtui.respond.proposing import Wish
from trailtui.respond.settling import Outcome, Sleep, verify
from trailtui.respond.store import EXECUTED, NOT_HOLDING, UNKNOWN, VERIFIED, all_actions
from trailtui.respond.tampering import propose_all

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

MOST_EVENTS = 1000
"""Of one credential, address or program, the newest."""
BAD = (THROUGH, UNCUT, ALIKE)
"""Verdicts that call for something to be done."""


@dataclass(frozen=True, slots=True)
class WatchRound:
    """What one round of the watch saw."""

    number: int
    at_ms: int
    judged: tuple[Judged, ...]
    """Events that were not judged in an earlier round."""
    grew: tuple[Node, ...]
    """Nodes of the lineage that were not there before."""
    outcomes: tuple[Outcome, ...]
    """Whether each action still holds."""
    wishes: tuple[Wish, ...]
    """What a next plan would do; empty where nothing is live any more."""
    left_out: tuple[LeftOut, ...]
    """What is live, or open, and no action is proposed for."""
    unseen: tuple[str, ...]
    """Where the history could not be asked in this round."""
    to_repeat: tuple[str, ...]
    """Plans whose revocations are still to be sent once more."""

    @property
    def holds(self) -> bool:
        """Whether nothing was seen that calls for something to be done."""
        bad = any(one.verdict in BAD for one in self.judged)
        return not (bad or self.wishes or not all(one.is_good for one in self.outcomes))

    @property
    def refused(self) -> int:
        """How many calls the cut turned away."""
        return sum(one.verdict == REFUSED for one in self.judged)


def roots_of(case: Case) -> list[str]:
    """What is watched: what the case's containment plans were made for, else what was acted on."""
    planned = [row.plan.root for row in all_containments(case) if row.plan.root]
    done = [
        row.plan.subject.id if row.plan.subject.kind == "access-key" else row.plan.subject.arn
        for row in all_actions(case, (EXECUTED, UNKNOWN, VERIFIED, NOT_HOLDING))
        if row.plan.undo_of is None and row.plan.subject.kind in ("access-key", "user", "role")
    ]
    return list(dict.fromkeys(planned or done))


@dataclass(slots=True)
class Watch:
    """A watch over some lineages; `rounds` goes on until the time is up. Use it in one thread."""

    case: Case
    aws: "AwsSession"
    roots: Sequence[str]
    per_second: float = SAFE_PER_SECOND
    sleep: Sleep = time.sleep
    _seen: set[int] = field(default_factory=set[int])
    _nodes: set[str] = field(default_factory=set[str])
    _alike: dict[str, Likeness] = field(default_factory=dict[str, Likeness])
    _since_ms: int = 0
    number: int = 0
    """Rounds so far."""
    counts: dict[str, int] = field(default_factory=dict[str, int])
    """Events so far, by verdict."""
    blind: int = 0
    """Rounds in which not everything could be asked."""
    bad_rounds: int = 0
    """Rounds that called for something to be done."""

    def rounds(self, *, seconds: float, every_s: float) -> Iterator[WatchRound]:
        """One round after another, for so many seconds; each one is logged.

        Raises InputError where there is nothing to watch, and a CallError that ends all looking.
        """
        if not self.roots:
            raise InputError(
                "there is nothing to watch: no action of this case was carried out",
                cure="Name a credential: watch --for CREDENTIAL.",
            )
        following = self._begin(introduce(self.case, self.aws))
        waited = 0.0
        try:
            while True:
                yield self._round(following)
                if waited + every_s > seconds:
                    return
                self.sleep(every_s)
                waited += every_s
        finally:
            following.end()
            self._log("end", rounds=self.number, blind=self.blind, counts=self.counts)

    def _begin(self, identity: AwsIdentity) -> Following:
        trees = self._trees()
        answered = [cut.at_ms for tree in trees for cut in cuts(self.case, tree).values()]
        self._since_ms = min(answered, default=self.aws.now_ms())
        self._nodes = {node for tree in trees for node in tree.nodes}
        ours = frozenset({*self.aws.own_key_ids()})
        self._alike = {tree.root: likeness(self.case, tree, ours) for tree in trees}
        places = [Place(identity.account, region) for region in self._regions(identity)]
        look = LookupEvents(self._session, self.per_second, self.aws.now_ms)
        following = Following(self.case, look, places, (), self.aws.own_key_ids())
        following.begin(self._since_ms)
        self._log(
            "begin",
            roots=list(self.roots),
            since_ms=self._since_ms,
            places=len(places),
            **_times(self.case, trees, answered),
        )
        return following

    def _session(self, _account: str, region: str) -> "AwsSession":
        return self.aws.collecting("lookup").in_region(region)

    def _regions(self, identity: AwsIdentity) -> list[str]:
        """Where IAM is recorded, where the session is, and where the case saw anything happen."""
        seen = [one.entity.value for one in summarize_entities(self.case, "region")]
        everywhere = [GLOBAL_REGIONS.get(identity.partition, self.aws.region), self.aws.region]
        return list(dict.fromkeys([*everywhere, *seen]))

    def _trees(self) -> list[Tree]:
        return [lineage(self.case, root, self.aws.now_ms()) for root in self.roots]

    def _round(self, following: Following) -> WatchRound:
        self.number += 1
        result = following.round().result
        if result.stopped_by is not None:
            raise result.stopped_by
        trees = self._trees()
        judged = tuple(one for tree in trees for one in self._judge(tree))
        grew = tuple(
            node
            for tree in trees
            for node in tree.nodes.values()
            if node.id not in self._nodes and node.place is InTree.DESCENDANT
        )
        self._nodes |= {node.id for node in grew}
        outcomes = tuple(verify(self.case, self.aws, sleep=self.sleep))
        wishes, left_out = self._next(trees)
        made = WatchRound(
            self.number,
            self.aws.now_ms(),
            judged,
            grew,
            outcomes,
            wishes,
            left_out,
            tuple(f"{u.account} {u.region}: {state}. {why}" for u, state, why in result.refusals),
            self._to_repeat(),
        )
        self._note(made)
        return made

    def _judge(self, tree: Tree) -> Iterator[Judged]:
        cut = cuts(self.case, tree)
        rows: list[EventRow] = []
        for node in tree.nodes.values():
            rows += self._rows(Entity("credential", node.id))
        alike = self._alike[tree.root]
        others = [row for ip in sorted(alike.addresses) for row in self._rows(Entity("ip", ip))]
        others += [row for one in sorted(alike.agents) for row in self._rows(Entity("agent", one))]
        denied = denied_principals(self.case)
        for one in (*judge(rows, tree, cut), *alike.judge(others, tree, denied)):
            if one.row.id not in self._seen:
                self._seen.add(one.row.id)
                yield one

    def _rows(self, entity: Entity) -> list[EventRow]:
        """The events of an entity since containment began."""
        chosen = EventFilter(entities=(entity,), window=TimeWindow(self._since_ms, None))
        return list(page(self.case, chosen, limit=MOST_EVENTS, newest_first=True).rows)

    def _next(self, trees: Sequence[Tree]) -> tuple[tuple[Wish, ...], tuple[LeftOut, ...]]:
        """What a next plan would do: what is live yet and has no verified action."""
        account = introduce(self.case, self.aws).account
        wishes: dict[object, Wish] = {}
        left_out: dict[str, LeftOut] = {}
        for tree in trees:
            answered = set(cuts(self.case, tree))
            proposal = propose_all(self.case, tree, account)
            for wish in proposal.wishes:
                if not set(wish.nodes) <= answered and not self._is_done(wish):
                    wishes[wish.key] = wish
            told = answered | {one.id for one in contained(self.case, tree).answers if one.answered}
            for left in proposal.left_out:
                if not any(left.what.endswith(node) for node in told):
                    left_out[left.what] = left
        return tuple(wishes.values()), tuple(left_out.values())

    def _is_done(self, wish: Wish) -> bool:
        """Whether the very action stands on that target already."""
        target = wish.target.rpartition("/")[2]
        return any(
            row.plan.action == wish.action
            and row.plan.undo_of is None
            and row.plan.subject.id.rpartition("/")[2] == target
            for row in all_actions(self.case, (VERIFIED,))
        )

    def _to_repeat(self) -> tuple[str, ...]:
        return tuple(
            row.name
            for row in all_containments(self.case)
            if any(
                one.row.state == VERIFIED and not is_settled(one)
                for one in standings(self.case, row)
            )
        )

    def _note(self, made: WatchRound) -> None:
        self.blind += bool(made.unseen)
        self.bad_rounds += not made.holds
        for one in made.judged:
            self.counts[one.verdict] = self.counts.get(one.verdict, 0) + 1
        if made.judged or made.grew or not made.holds or made.unseen:
            self._log(
                "round",
                number=made.number,
                holds=made.holds,
                seen=[[one.verdict, one.row.event_id, one.node] for one in made.judged[:100]],
                count=len(made.judged),
                grew=[node.id for node in made.grew],
                next=[[wish.action, wish.target] for wish in made.wishes],
                unseen=list(made.unseen),
            )

    def _log(self, what: str, **said: object) -> None:
        append(self.case, "watch", {"watch": what, **said})


def _times(case: Case, trees: Sequence[Tree], answered: Sequence[int]) -> dict[str, int | None]:
    """When the intruder began, when it was contained, when that was seen to hold."""
    first = [
        node.first_ms
        for tree in trees
        for node in tree.nodes.values()
        if node.first_ms is not None and node.place is not InTree.ORIGIN
    ]
    verified = [
        int(row.outcome["read_back_ms"])
        for row in all_actions(case, (VERIFIED,))
        if row.plan.undo_of is None
    ]
    return {
        "intruder_first_ms": min(first, default=None),
        "contained_ms": min(answered, default=None),
        "verified_ms": max(verified, default=None),
    }


def seeing_ends_ms(made: WatchRound) -> int:
    """Up to when a round can have seen what happened: the history is some minutes late."""
    return made.at_ms - DELIVERY_DELAY_MS
