"""`trailtui entities`: who and what occurs in a case, with what they did that is risky."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from trailtui.case.coverage import looked_at
from trailtui.case.entities import EntitySummary, summarize_entities
from trailtui.case.events import EventFilter
from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.entity import ENTITY_KINDS, guess_entity
from trailtui.model.errors import UsageError
from trailtui.model.times import TimeWindow, format_utc, parse_moment

if TYPE_CHECKING:
    from trailtui.case.entity_counts import Call
    from trailtui.case.file import Case
    from trailtui.case.sessions import Session

COUNTS = (
    "events", "errors", "risky ok", "risky failed", "other ok", "other failed",
    "first seen (UTC)", "last seen (UTC)", "verdict", "risky calls",
)  # fmt: skip
SESSION = ("session", "credential", "began (UTC)", "mfa", "source identity", "on behalf of")
CALLS = ("call", "source", "risky", "ok", "failed", "attack", "meaning")
_MOST_CALLS = 6


@click.command()
@click.argument("case")
@click.argument("kind", default="principal", type=click.Choice(ENTITY_KINDS))
@click.option("--from", "since", metavar="T", help="From this time on (UTC).")
@click.option("--to", "until", metavar="T", help="Before this time (UTC).")
@click.option("--entity", multiple=True, metavar="VALUE", help="Only events of this entity.")
@click.option("--sessions", is_flag=True, help="The sessions beneath each principal.")
@click.option("--calls", is_flag=True, help="Every call of each, with what it means.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="Rows.")
@format_option
def entities(
    case: str,
    kind: str,
    since: str | None,
    until: str | None,
    entity: tuple[str, ...],
    sessions: bool,
    calls: bool,
    limit: int,
    output: str,
) -> None:
    """Who and what occurs in CASE: first and last seen, successes and failures.

    Calls that attackers make are counted apart from others ("risky"): `trailtui entities CASE
    --calls` says which ones they are. A role is one principal; --sessions shows what is beneath.
    """
    if sessions and (kind != "principal" or calls):
        raise UsageError("sessions stand beneath principals", cure="entities CASE --sessions")
    window = TimeWindow(
        parse_moment(since) if since else None, parse_moment(until) if until else None
    )
    chosen = EventFilter(tuple(guess_entity(value) for value in entity), window)
    from trailtui.detect.riskiness import is_risky

    with open_case(case, readonly=True) as opened:
        found = summarize_entities(opened, kind, chosen, limit=limit + 1, risky=is_risky)
        if calls:
            columns, rows = (kind, *CALLS), _calls(opened, kind, chosen, found[:limit])
        elif sessions:
            columns = ("principal", *SESSION, *COUNTS)
            rows = _with_sessions(opened, chosen, found[:limit], tree=output == "table")
        else:
            columns = (kind, *COUNTS)
            rows = [(one.entity.value, *_counts(one, one.verdict)) for one in found[:limit]]
            if kind == "ip":
                columns, rows = _with_addresses(opened, columns, rows)
        print_rows(columns, rows, output)
        if not rows:
            say(f"No {kind} occurs. {looked_at(opened)}")
        if len(found) > limit:
            say(f"Only the {limit} with the most events are shown; --limit shows more.")


def _with_addresses(
    case: "Case", columns: Sequence[str], rows: "list[tuple[object, ...]]"
) -> "tuple[Sequence[str], list[tuple[object, ...]]]":
    """A column more, with what the case's databases and lists know of each address."""
    from trailtui.detect.enrich.enrichment import open_enrichment

    known = open_enrichment(case)
    if known:
        columns = (columns[0], "address is", *columns[1:])
        rows = [(row[0], known.about(str(row[0])).words() or None, *row[1:]) for row in rows]
    for problem in known.problems:
        say(f"Not asked: {problem}")
    return columns, rows


def _counts(one: "EntitySummary | Session", verdict: str | None) -> tuple[object, ...]:
    """What is counted of an entity or session, in the order of COUNTS."""
    return (
        one.events,
        one.errors,
        one.risky_succeeded,
        one.risky_failed,
        one.other_succeeded,
        one.other_failed,
        None if one.first_ms is None else format_utc(one.first_ms),
        None if one.last_ms is None else format_utc(one.last_ms),
        verdict,
        calls_in_short(one.risky_calls),
    )


def calls_in_short(calls: "Sequence[Call]") -> str:
    """`CreateUser 3, AssumeRole 2 + 1 failed`: the calls made most often, and how many more."""
    shown = [
        f"{call.name} "
        + " + ".join(
            part
            for part in (
                f"{call.succeeded:,}" if call.succeeded else "",
                f"{call.failed:,} failed" if call.failed else "",
            )
            if part
        )
        for call in calls[:_MOST_CALLS]
    ]
    more = len(calls) - _MOST_CALLS
    return ", ".join(shown) + (f" and {more} other calls" if more > 0 else "")


def _with_sessions(
    case: "Case", chosen: EventFilter, found: Sequence[EntitySummary], *, tree: bool
) -> list[tuple[object, ...]]:
    """Each principal, followed by its sessions."""
    from trailtui.case.sessions import sessions_beneath
    from trailtui.detect.riskiness import is_risky

    beneath = sessions_beneath(case, [one.entity.value for one in found], chosen, risky=is_risky)
    rows: list[tuple[object, ...]] = []
    for one in found:
        rows.append((one.entity.value, *(None for _ in SESSION), *_counts(one, one.verdict)))
        for session in beneath.get(one.entity.value, ()):
            began = None if session.began_ms is None else format_utc(session.began_ms)
            rows.append(
                (
                    "  - session" if tree else session.principal,
                    session.name or "",
                    session.credential or "",
                    began,
                    session.mfa,
                    session.source_identity,
                    session.on_behalf_of,
                    *_counts(session, None),
                )
            )
    return rows


def _calls(
    case: "Case", kind: str, chosen: EventFilter, found: Sequence[EntitySummary]
) -> list[tuple[object, ...]]:
    """Each call of each entity, the risky ones first."""
    from trailtui.case.entities import calls_of_entities
    from trailtui.detect.enrich.meanings import meaning
    from trailtui.detect.riskiness import is_risky

    of_each = calls_of_entities(case, kind, chosen, risky=is_risky)
    rows: list[tuple[object, ...]] = []
    for one in found:
        for call in of_each.get(one.entity.value, ()):
            known = meaning(call.source, call.name)
            rows.append(
                (
                    one.entity.value, call.name, call.source, call.risky, call.succeeded,
                    call.failed, ", ".join(known.attack) if known else None,
                    known.says if known else None,
                )
            )  # fmt: skip
    return rows
