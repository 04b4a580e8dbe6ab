"""`trailtui lineage`: the tree of credentials, and whether it is contained."""

from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import exit_bad_news, format_option, print_rows, say
from trailtui.model.errors import UsageError
from trailtui.model.text import safe
from trailtui.model.times import format_utc, now_ms, parse_moment

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.lineage.contained import Containment
    from trailtui.lineage.drawing import TreeLine
    from trailtui.lineage.nodes import Edge, Tree

COLUMNS = (
    "kind", "id", "name", "account", "principal", "place", "state", "until (UTC)", "why",
    "issued (UTC)", "first (UTC)", "last (UTC)", "events", "never used", "certainty", "from",
    "how", "says", "ended by", "event ids",
)  # fmt: skip
CHECK_COLUMNS = ("kind", "id", "name", "what", "answered", "ended by")
WIDTH = 80
_UNTIL, _ENDS = 12, 22
_TITLE = WIDTH - 4 - _UNTIL - _ENDS - 2


@click.command()
@click.argument("case")
@click.argument("credential")
@click.option("--check", is_flag=True, help="List what is not contained; exit code 1 if anything.")
@click.option(
    "--reason",
    nargs=2,
    metavar="ID TEXT",
    help="Write down why a node needs no action, and check.",
)
@click.option("--at", metavar="T", default="now", help="States as of this time (UTC).")
@click.option("-v", "--verbose", is_flag=True, help="With the events behind each edge.")
@format_option
def lineage(
    case: str,
    credential: str,
    check: bool,
    reason: tuple[str, str] | None,
    at: str,
    verbose: bool,
    output: str,
) -> None:
    """What came out of CREDENTIAL, what it came from, and what of it still works.

    CREDENTIAL is an access key id; also the ARN of a user or role, or an instance id. Marks:
    L usable, X expired, E ended, U not known, O open; > asked for, ^ what it came from, ! never
    used yet, = the same session, ~ inferred. Times are UTC.

    A node is answered for by a verified action, by a note (`--reason ID TEXT`), or by judging it
    `cleared` with a reason.
    """
    from trailtui.lineage.tree import lineage as find_lineage

    if verbose and output != "table":
        raise UsageError("-v is for the table", cure="The other formats have all events anyway.")
    with open_case(case, readonly=reason is None) as opened:
        tree = find_lineage(opened, credential.strip(), parse_moment(at))
        if reason is not None or check:
            _check(opened, tree, reason, output)
            return
        if output == "table":
            _draw(opened, tree, verbose=verbose)
        else:
            print_rows(COLUMNS, _rows(opened, tree), output)
        _tell(opened, tree)


def _tell(case: "Case", tree: "Tree") -> None:
    from trailtui.case.coverage import looked_at
    from trailtui.lineage.drawing import LEGEND, summary

    say(f"{summary(tree)}. As of {format_utc(tree.now_ms)}.")
    if len(tree.nodes) == 1:
        say(f"Nothing else follows from the events of the case. {looked_at(case)}")
    say(LEGEND)


def _draw(case: "Case", tree: "Tree", *, verbose: bool) -> None:
    from trailtui.lineage.drawing import draw

    names = _event_names(case, tree) if verbose else {}
    _print("   ", "what came out of what", "until", "first to end it")
    for line in draw(tree):
        _print_node(line)
        if verbose and not line.again:
            _print_more(line, names)
    for one in tree.opened:
        mark = "E  " if one.undone_ms is not None else "O  "
        until = "" if one.undone_ms is None else format_utc(one.undone_ms)[5:16].replace("T", " ")
        ends = one.ended_by[0].action if one.ended_by else "by hand"
        target = one.target.rpartition(":")[2]
        _print(mark, f"{one.call} {target}", until, "" if until else ends)
        if verbose:
            click.echo(safe(f"     {one.what}, by {one.by}; {names.get(one.event, '')}"))
    for also in tree.also:
        click.echo(safe(f"also there: {also.id}: {also.what}"))


def _print_node(line: "TreeLine") -> None:
    from trailtui.lineage.drawing import ends_of, until_of

    _print(line.mark, line.indent + line.title, until_of(line.node), ends_of(line.node))


def _print(mark: str, title: str, until: str, ends: str) -> None:
    from rich.cells import cell_len, set_cell_size

    shown = safe(title)
    if cell_len(shown) > _TITLE:
        shown = set_cell_size(shown, _TITLE - 1) + "…"
    shown = set_cell_size(shown, _TITLE)
    click.echo(f"{mark} {shown} {safe(until):<{_UNTIL}} {safe(ends)}".rstrip())


def _print_more(line: "TreeLine", names: dict[int, str]) -> None:
    node = line.node
    lines = [f"{node.kind} {node.id}", f"{node.state}: {node.why}"]
    if node.principal and node.principal != node.id:
        lines.append(f"acts as {node.principal}")
    if line.edge is not None:
        lines.append(f"{line.edge.how}: {line.edge.says} ({line.edge.certainty})")
        lines += [names.get(event, "") for event in line.edge.events]
    if node.events:
        first, last = (format_utc(at or 0) for at in (node.first_ms, node.last_ms))
        lines.append(f"{node.events:,} events, {first} to {last}")
    for ending in node.ended_by if node.demands else ():
        lines.append(f"ends it: {ending.action} {ending.target}; {ending.says}".rstrip("; "))
    for one in lines:
        click.echo(safe(f"     {one}"))


def _event_names(case: "Case", tree: "Tree") -> dict[int, str]:
    from trailtui.case.events import by_ids

    wanted = [event for edge in tree.edges for event in edge.events]
    wanted += [one.event for one in tree.opened]
    return {
        row.id: f"event {row.event_id} {format_utc(row.time_ms or 0)} {row.name}"
        for row in by_ids(case, wanted)
    }


def _rows(case: "Case", tree: "Tree") -> list[tuple[object, ...]]:
    from trailtui.case.events import by_ids

    wanted = [event for edge in tree.edges for event in edge.events]
    wanted += [one.event for one in tree.opened]
    ids = {row.id: row.event_id for row in by_ids(case, wanted)}
    to: dict[str, list[Edge]] = {}
    for edge in tree.edges:
        to.setdefault(edge.child, []).append(edge)
    rows: list[tuple[object, ...]] = []
    for node in tree.nodes.values():
        edges = to.get(node.id, [])
        events = [ids.get(event, "") for edge in edges for event in edge.events]
        rows.append(
            (
                node.kind, node.id, node.name, node.account, node.principal, node.place,
                node.state, _utc(node.until_ms), node.why, _utc(node.issued_ms),
                _utc(node.first_ms), _utc(node.last_ms), node.events, node.never_used,
                node.certainty, [edge.parent for edge in edges], [edge.how for edge in edges],
                [edge.says for edge in edges],
                [f"{one.action} {one.target}" for one in node.ended_by], events,
            )
        )  # fmt: skip
    for one in tree.opened:
        state = "ended" if one.undone_ms is not None else "open"
        rows.append(
            (
                "opened", one.id, "", one.account, one.target, "descendant", state,
                _utc(one.undone_ms), one.what, _utc(one.at_ms), None, None, 1, False,
                "issued key id seen", [one.by], [one.call], [one.what],
                [f"{end.action} {end.target}" for end in one.ended_by], [ids.get(one.event, "")],
            )
        )  # fmt: skip
    return rows


def _utc(at_ms: int | None) -> str | None:
    return None if at_ms is None else format_utc(at_ms)


def _check(case: "Case", tree: "Tree", reason: tuple[str, str] | None, output: str) -> None:
    from trailtui.lineage.contained import contained, give_reason

    if reason is not None:
        give_reason(case, tree, reason[0].strip(), reason[1])
    found = contained(case, tree)
    rows = [
        (
            one.kind, one.id, one.name, one.what, one.answered or None,
            [f"{end.action} {end.target}" for end in one.ended_by],
        )
        for one in found.answers
    ]  # fmt: skip
    if output == "table":
        _print_check(found)
    else:
        print_rows(CHECK_COLUMNS, rows, output)
    if found.cut:
        say(f"The tree is not whole: {found.cut}.")
    if not found.holds:
        say(f"{len(found.unanswered):,} of {len(found.answers):,} are not answered for.")
        exit_bad_news()
    say(f"Contained as of {format_utc(now_ms())}: all {len(rows):,} are answered for.")


def _print_check(found: "Containment") -> None:
    for one in found.answers:
        mark = "✓" if one.answered else "✗"
        click.echo(safe(f"{mark} {one.kind} {one.id}"))
        click.echo(safe(f"    {one.answered or one.what}"))
        if not one.answered:
            ways = [f"{end.action} {end.target}" for end in one.ended_by]
            click.echo(safe(f"    ends it: {', or '.join(ways) or 'nothing of the catalogue'}"))
