"""The trees of the credentials in question, as a case's report says them."""

from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.case.marks import judged_entities
from trailtui.lineage.contained import Containment, contained
from trailtui.lineage.drawing import TreeLine, draw, summary
from trailtui.lineage.nodes import Opened, Place, Tree
from trailtui.lineage.tree import lineage
from trailtui.model.redact import redact_text
from trailtui.report.view import LineageLine, LineageView

MOST_TREES = 20
MOST_LINES = 300
_MOST_EVENTS = 10


def lineage_views(case: Case, now_ms: int) -> tuple[LineageView, ...]:
    """The tree of each credential that the alert named or that was judged malicious.

    One that stands in the tree of another has none of its own.
    """
    trees: list[Tree] = []
    for one in judged_entities(case):
        wanted = one.entity.kind == "credential" and one.verdict in ("given", "indicator")
        if wanted and len(trees) < MOST_TREES:
            trees.append(lineage(case, one.entity.value, now_ms))
    covered = {
        node.id for tree in trees for node in tree.nodes.values() if node.place is Place.DESCENDANT
    }
    shown = [tree for tree in trees if tree.root not in covered] or trees[:1]
    return tuple(_view(case, tree, contained(case, tree)) for tree in shown)


def _view(case: Case, tree: Tree, checked: Containment) -> LineageView:
    answers = {one.id: one.answered for one in checked.answers}
    drawn = [line for line in draw(tree) if not line.again]
    lines = [_line(case, line, answers) for line in drawn[:MOST_LINES]]
    opened = [_opened(case, one, answers) for one in tree.opened[:MOST_LINES]]
    return LineageView(
        root=tree.root,
        at_ms=tree.now_ms,
        says=summary(tree),
        lines=tuple(lines),
        opened=tuple(opened),
        more=len(drawn) - len(lines) + len(tree.opened) - len(opened),
        unanswered=len(checked.unanswered),
        holds=checked.holds,
        also=tuple(redact_text(f"{one.id}: {one.what}") for one in tree.also),
    )


def _line(case: Case, line: TreeLine, answers: dict[str, str]) -> LineageLine:
    node, edge = line.node, line.edge
    answered = answers.get(node.id)
    return LineageLine(
        indent=line.indent,
        id=redact_text(node.id),
        kind=str(node.kind),
        name=redact_text(node.name),
        state=node.state,
        why=redact_text(node.why),
        place=str(node.place),
        how=redact_text(f"{edge.how}: {edge.says}") if edge else "",
        certainty=str(edge.certainty) if edge else "",
        uses=node.events,
        answered="" if answered is None else redact_text(answered) or "nothing",
        event_ids=_event_ids(case, edge.events if edge else ()),
    )


def _opened(case: Case, one: Opened, answers: dict[str, str]) -> LineageLine:
    answered = answers.get(one.id) if one.undone_ms is None else None
    rows = (one.event,) if one.undone_event is None else (one.event, one.undone_event)
    return LineageLine(
        indent="",
        id=redact_text(one.target),
        kind=one.call,
        name="",
        state="open" if one.undone_ms is None else "taken back",
        why=redact_text(one.what),
        place="",
        how=f"by {one.by}",
        certainty="",
        uses=0,
        answered="" if answered is None else redact_text(answered) or "nothing",
        event_ids=_event_ids(case, rows),
    )


def _event_ids(case: Case, rows: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(row.event_id for row in by_ids(case, rows[:_MOST_EVENTS]))
