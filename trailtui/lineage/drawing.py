"""A tree as lines: for the command line, the console and the report."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from trailtui.lineage.drafts import last_name
from trailtui.lineage.nodes import Certainty, Edge, Node, NodeKind, Place, Tree
from trailtui.model.times import format_utc

_ASCII = os.environ.get("TRAILTUI_ASCII", "") not in ("", "0")
STATE_MARKS = (
    {"live": "L*", "expired": "X.", "ended": "E-", "unknown": "U?"}
    if _ASCII
    else {"live": "L●", "expired": "X○", "ended": "E■", "unknown": "U?"}
)
"""Letter and shape of a state."""
CERTAINTY_MARKS = {Certainty.ISSUED: "", Certainty.SAME_SESSION: "=", Certainty.INFERRED: "~"}
_BRANCH, _LAST, _RUN, _BLANK = ("|-", "`-", "| ", "  ") if _ASCII else ("├╴", "└╴", "│ ", "  ")
_PLACE_MARKS = {Place.ROOT: ">", Place.DESCENDANT: " ", Place.ORIGIN: "^"}
DEEPEST = 12
"""Levels that are indented; what is deeper stands as far right as these."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One node where it is drawn."""

    indent: str
    node: Node
    edge: Edge | None
    """The edge by which it is drawn here; None at the top."""
    again: bool
    """It is drawn above already; what is below it is not repeated."""
    depth: int

    @property
    def title(self) -> str:
        """What it is, in one line, without state and time."""
        how = CERTAINTY_MARKS[self.edge.certainty] if self.edge else ""
        tail = " (above)" if self.again else ""
        return f"{how}{title_of(self.node)}{tail}"

    @property
    def mark(self) -> str:
        """State by letter and shape, and whether it was asked for, is an origin or unused yet."""
        flag = _PLACE_MARKS[self.node.place]
        return STATE_MARKS[self.node.state] + ("!" if self.node.never_used else flag)


def title_of(node: Node) -> str:
    """A node in a few words, such as `ASIA… session ops-admin/deploy`."""
    if node.kind is NodeKind.ACCESS_KEY:
        return f"{node.id} {node.name}".rstrip()
    if node.kind is NodeKind.SESSION:
        role = last_name(node.principal)
        who = f"{role}/{node.name}" if ":role/" in (node.principal or "") else node.name
        return f"{node.id} {who}".rstrip()
    words = {NodeKind.LOGIN: "password of", NodeKind.CONSOLE: "console sign-in"}
    return f"{words.get(node.kind, node.kind)} {node.name or node.id}"


def draw(tree: Tree) -> Iterator[TreeLine]:
    """The lines, origins above the root, each node in full where it comes first."""
    drawn: set[str] = set()
    waiting: list[tuple[str, Edge | None, str, int, bool]] = [
        (top, None, "", 0, True) for top in reversed(_tops(tree))
    ]
    while waiting:
        name, edge, before, depth, last = waiting.pop()
        node = tree.nodes[name]
        again = name in drawn
        own = "" if edge is None else _LAST if last else _BRANCH
        yield TreeLine(before + own, node, edge, again, depth)
        if again:
            continue
        drawn.add(name)
        below = before if edge is None or depth > DEEPEST else before + (_BLANK if last else _RUN)
        edges = _once_each(tree.children(name))
        for number, one in enumerate(reversed(edges)):
            waiting.append((one.child, one, below, depth + 1, number == 0))


def _once_each(edges: list[Edge]) -> list[Edge]:
    """Of several edges to one child the surest; in the order of their events."""
    best: dict[str, Edge] = {}
    rank = list(Certainty)
    for edge in edges:
        known = best.get(edge.child)
        if known is None or rank.index(edge.certainty) < rank.index(known.certainty):
            best[edge.child] = edge
    return sorted(best.values(), key=lambda edge: min(edge.events, default=1 << 62))


def _tops(tree: Tree) -> list[str]:
    """Where drawing begins: the farthest origin, else the root; then what nothing leads to."""
    origins = tree.origins()
    begin = origins[-1].id if origins else tree.root
    reached = {begin}
    waiting = [begin]
    while waiting:
        for edge in tree.children(waiting.pop()):
            if edge.child not in reached:
                reached.add(edge.child)
                waiting.append(edge.child)
    return [begin, *(name for name in tree.nodes if name not in reached)]


def until_of(node: Node) -> str:
    """Until when it works, or when it ended, to the minute (UTC); `-` where there is no end."""
    if node.until_ms is None:
        return "-" if node.state == "live" else ""
    return format_utc(node.until_ms)[5:16].replace("T", " ")


def ends_of(node: Node) -> str:
    """The first action that ends it; empty where it is over."""
    if not node.demands:
        return ""
    return node.ended_by[0].action if node.ended_by else "by hand"


def summary(tree: Tree) -> str:
    """How many of what, in a sentence."""
    down = tree.descendants()
    live = [node for node in down if node.demands]
    unused = [node for node in down if node.never_used]
    open_now = [one for one in tree.opened if one.undone_ms is None]
    words = [
        f"{len(down):,} came out of it",
        f"{len(live):,} of them still usable",
        f"{len(unused):,} never used yet",
        "1 trust or policy open"
        if len(open_now) == 1
        else f"{len(open_now):,} trusts and policies open",
    ]
    if tree.cut:
        words.append(f"not whole: {tree.cut}")
    if tree.unread:
        words.append(f"{tree.unread:,} records could not be read")
    return ", ".join(words)


LEGEND = (
    f"{STATE_MARKS['live']} usable, {STATE_MARKS['expired']} expired, "
    f"{STATE_MARKS['ended']} ended, {STATE_MARKS['unknown']} not known; "
    "> asked for, ^ came from, ! never used, = same session, ~ inferred"
)
