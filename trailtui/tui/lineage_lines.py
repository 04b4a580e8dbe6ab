"""A tree's nodes and what they opened as rows of a list, and one of them in full."""

from dataclasses import dataclass

from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.case.marks import judged_entities
from trailtui.lineage.contained import contained
from trailtui.lineage.drawing import TreeLine, draw, ends_of
from trailtui.lineage.nodes import Edge, Node, Opened, Tree
from trailtui.lineage.tree import lineage
from trailtui.model.entity import Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.showing import ASCII, labelled_time
from trailtui.tui.widgets.table import Cell, Column

STYLES = {"live": "bold red", "expired": "dim", "ended": "green", "unknown": "yellow"}
_DONE, _OPEN = ("A+", "-!") if ASCII else ("A✓", "–!")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class LineageRow:
    """A node where it is drawn, or something that a node opened."""

    line: TreeLine | None
    opened: Opened | None
    answered: str
    """What answers for it: an action, a reason; empty where nothing does."""
    demanded: bool

    @property
    def id(self) -> str:
        """What a reason names it by."""
        if self.line is not None:
            return self.line.node.id
        return self.opened.id if self.opened else ""

    @property
    def entity(self) -> Entity | None:
        """What it is among the events of the case."""
        value = self.line.node.id if self.line else self.opened.target if self.opened else ""
        try:
            return guess_entity(value)
        except InputError:
            return None


@dataclass(frozen=True, slots=True)
class Shown:
    """A tree as it is shown."""

    tree: Tree
    rows: tuple[LineageRow, ...]
    unanswered: int


def read_lineage(case: Case, credential: str) -> Shown:
    """Draw the tree of a credential; runs in a lane."""
    tree = lineage(case, credential, now_ms())
    checked = contained(case, tree)
    answers = {one.id: one.answered for one in checked.answers}
    rows = [
        LineageRow(line, None, answers.get(line.node.id, ""), line.node.id in answers)
        for line in draw(tree)
    ]
    rows += [
        LineageRow(None, one, answers.get(one.id, ""), one.undone_ms is None) for one in tree.opened
    ]
    return Shown(tree, tuple(rows), len(checked.unanswered))


def first_credential(case: Case) -> str:
    """The credential that the alert named first, else the first that was judged malicious."""
    judged = [one for one in judged_entities(case) if one.entity.kind == "credential"]
    for verdict in ("given", "indicator"):
        for one in judged:
            if one.verdict == verdict:
                return one.entity.value
    return ""


def lineage_columns() -> list[Column[LineageRow]]:
    """The columns; times in the list are UTC, to the minute."""
    return [
        Column("state", "state", _state, 5, 5),
        Column("tree", "what came out of what", _tree, 30, 90),
        Column("until", "until, UTC", _until, 11, 11),
        Column("answered", "", _answered, 2, 2),
        Column("ends", "first to end it", _ends, 21, 26),
        Column("events", " events", _events, 7, 9, 1),
    ]


def _state(row: LineageRow) -> Cell:
    if row.line is not None:
        return Cell(row.line.mark, STYLES.get(row.line.node.state, ""))
    undone = row.opened is not None and row.opened.undone_ms is not None
    return Cell("E" if undone else "O", "green" if undone else "bold red")


def _tree(row: LineageRow) -> Cell:
    if row.line is not None:
        return Cell(row.line.indent + row.line.title)
    one = row.opened
    return Cell(f"{one.call} {one.target.rpartition(':')[2]}" if one else "")


def _until(row: LineageRow) -> Cell:
    from trailtui.lineage.drawing import until_of

    return Cell(until_of(row.line.node) if row.line else "")


def _answered(row: LineageRow) -> Cell:
    if not row.demanded:
        return Cell("")
    return Cell(_DONE, "green") if row.answered else Cell(_OPEN, "bold red")


def _ends(row: LineageRow) -> Cell:
    if row.line is not None:
        return Cell(ends_of(row.line.node))
    ends = row.opened.ended_by if row.opened else ()
    return Cell(ends[0].action if ends else "by hand" if row.demanded else "")


def _events(row: LineageRow) -> Cell:
    return Cell(f"{row.line.node.events:>7,}" if row.line and row.line.node.events else "")


def read_events(case: Case, shown: Shown, row: LineageRow) -> list[EventRow]:
    """The events behind a row; runs in a lane."""
    if row.opened is not None:
        undone = row.opened.undone_event
        return by_ids(case, [row.opened.event, *([] if undone is None else [undone])])
    wanted = [event for edge in shown.tree.edges if edge.child == row.id for event in edge.events]
    return by_ids(case, wanted[:200])


def detail_lines(
    shown: Shown, row: LineageRow, events: list[EventRow], *, local: bool
) -> list[RecordLine]:
    """A row in full."""
    lines = _head_lines(row.line.node) if row.line else []
    if row.demanded:
        style = "green" if row.answered else "bold red"
        lines.append(RecordLine("answered for", row.answered or "nothing answers for it", style))
    for edge in (one for one in shown.tree.edges if row.line and one.child == row.id):
        lines += _edge_lines(edge)
    if row.line is not None:
        lines += _node_lines(row.line.node, local=local)
    if row.opened is not None:
        lines += _opened_lines(row.opened, local=local)
    lines += [RecordLine("", ""), RecordLine("EVENTS", f"{len(events):,} behind it", "bold")]
    for event in events:
        told = " ".join(part for part in (event.name, event.principal, event.ip) if part)
        when = labelled_time(event.time_ms, local=local) if event.time_ms is not None else "no time"
        lines.append(RecordLine(when, told, whole=event.event_id, at_ms=event.time_ms))
    return lines


def _head_lines(node: Node) -> list[RecordLine]:
    return [
        RecordLine(str(node.kind), node.id, "bold", entity=_entity(node.id)),
        RecordLine("state", f"{node.state}: {node.why}", STYLES.get(node.state, "")),
    ]


def _node_lines(node: Node, *, local: bool) -> list[RecordLine]:
    lines = [
        RecordLine("how sure", str(node.certainty)),
        RecordLine("name", node.name),
        RecordLine("acts as", node.principal or "", entity=_entity(node.principal or "")),
        RecordLine("session", node.session or ""),
        RecordLine("account", node.account or "", entity=_entity(node.account or "")),
    ]
    for label, at_ms in (("issued", node.issued_ms), ("first seen", node.first_ms),
                         ("last seen", node.last_ms)):  # fmt: skip
        if at_ms is not None:
            lines.append(RecordLine(label, labelled_time(at_ms, local=local), at_ms=at_ms))
    used = "never used in this case" if node.never_used else f"{node.events:,} events"
    lines.append(RecordLine("use", used))
    for ending in node.ended_by if node.demands else ():
        given = "".join(f" {name}={value}" for name, value in ending.parameters)
        lines.append(RecordLine("ends it", f"{ending.action} {ending.target}{given}"))
        lines.append(RecordLine("", ending.says))
    return [line for line in lines if line.value]


def _edge_lines(edge: Edge) -> list[RecordLine]:
    return [
        RecordLine("from", edge.parent, entity=_entity(edge.parent)),
        RecordLine("by", f"{edge.how}: {edge.says} ({edge.certainty})"),
    ]


def _opened_lines(one: Opened, *, local: bool) -> list[RecordLine]:
    lines = [
        RecordLine("opened", one.target, "bold", entity=_entity(one.target)),
        RecordLine("call", one.call),
        RecordLine("what", one.what),
        RecordLine("by", one.by, entity=_entity(one.by)),
    ]
    if one.undone_ms is not None:
        told = f"taken back {labelled_time(one.undone_ms, local=local)}"
        lines.append(RecordLine("state", told, "green"))
    lines += [RecordLine("ends it", f"{e.action} {e.target}") for e in one.ended_by]
    return lines


def _entity(value: str) -> Entity | None:
    try:
        return guess_entity(value)
    except InputError:
        return None
