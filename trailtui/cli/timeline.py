"""`trailtui timeline` and `show`: reading the events of a case."""

import json
import sys
from collections.abc import Sequence

import click

from trailtui.case.coverage import looked_at
from trailtui.case.detections import find_detection
from trailtui.case.event_table import COLUMNS, event_cells
from trailtui.case.events import Compiled, EventFilter, EventRow, page, places_of, record_of
from trailtui.case.evidence import evidence_of
from trailtui.case.file import Case
from trailtui.case.marks import the_event
from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.entity import guess_entity
from trailtui.model.errors import InputError
from trailtui.model.record import NotARecord, decode_record
from trailtui.model.redact import redact
from trailtui.model.text import safe
from trailtui.model.times import TimeWindow, parse_moment


@click.command()
@click.argument("case")
@click.option("--where", metavar="SQL", help="A condition, as in eventName LIKE 'Create%'.")
@click.option("--entity", multiple=True, metavar="VALUE", help="Key id, ARN, address…, kind:value.")
@click.option("--from", "since", metavar="T", help="From this time on (UTC).")
@click.option("--to", "until", metavar="T", help="Before this time (UTC).")
@click.option("--errors", is_flag=True, help="Only calls that failed.")
@click.option("--writes", is_flag=True, help="Only calls that change something.")
@click.option("--pinned", is_flag=True, help="Only pinned events.")
@click.option("--finding", metavar="FINDING", help="Only events of a rule's finding, as in d7.")
@click.option("--meaning", is_flag=True, help="What each call means, and ATT&CK, beside it.")
@click.option("--newest", is_flag=True, help="Newest first.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="Rows.")
@click.option("--after", type=int, metavar="ROW", help="Go on after this row (as was said).")
@format_option
def timeline(
    case: str,
    where: str | None,
    entity: tuple[str, ...],
    since: str | None,
    until: str | None,
    errors: bool,
    writes: bool,
    pinned: bool,
    finding: str | None,
    meaning: bool,
    newest: bool,
    limit: int,
    after: int | None,
    output: str,
) -> None:
    """Events of CASE in time order, filtered."""
    window = TimeWindow(
        parse_moment(since) if since else None, parse_moment(until) if until else None
    )
    with open_case(case, readonly=True) as opened:
        chosen = EventFilter(
            entities=tuple(guess_entity(value) for value in entity),
            window=window,
            errors=errors,
            writes=writes,
            pinned=pinned,
            findings=(find_detection(opened, finding).number,) if finding else (),
            where=_compile(opened, where) if where else None,
        )
        found = page(opened, chosen, after=after, limit=limit, newest_first=newest)
        if meaning:
            print_rows(*_with_meanings(opened, found.rows), output)
        else:
            print_rows(COLUMNS, (event_cells(row) for row in found.rows), output)
        if not found.rows:
            say(f"No event meets this. {looked_at(opened)}")
        if found.has_more:
            say(f"There are more: --after {found.rows[-1].id} goes on, --limit shows more at once.")


def _with_meanings(
    case: Case, rows: Sequence[EventRow]
) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Columns and rows of events, what their calls mean, and what is known of their addresses."""
    from trailtui.detect.enrich.beside import MEANING_COLUMNS, meaning_cells
    from trailtui.detect.enrich.enrichment import open_enrichment

    known = open_enrichment(case)
    cells = [(*event_cells(row), *meaning_cells(row, known)) for row in rows]
    for problem in known.problems:
        say(f"Not asked: {problem}")
    return (*COLUMNS, *MEANING_COLUMNS), cells


def _compile(case: Case, where: str) -> Compiled:
    from trailtui.query.where import compile_where

    return compile_where(case, where)


@click.command()
@click.argument("case")
@click.argument("event_id")
@click.option("--raw", is_flag=True, help="The exact bytes, with any session token in clear.")
def show(case: str, event_id: str, raw: bool) -> None:
    """The record of EVENT_ID (or #ROW), what its call means, and where its bytes are."""
    from trailtui.detect.enrich.beside import known_of_event
    from trailtui.detect.enrich.enrichment import open_enrichment

    with open_case(case, readonly=True) as opened:
        event = the_event(opened, event_id)
        record = record_of(opened, event)
        if raw:
            sys.stdout.buffer.write(record + b"\n")
        else:
            click.echo(safe(_readable(record), keep_newlines=True))
        for label, words in known_of_event(event, open_enrichment(opened)):
            say(f"{label}: {words}")
        for evidence, offset, length in places_of(opened, event):
            file = evidence_of(opened, evidence)
            say(f"evidence {evidence}, offset {offset}, {length} bytes: {file.origin}")
            say(f"  sha256 {file.sha256}")
        if event.conflict:
            say("Another record claims the same event id with other content; both are kept.")


def _readable(record: bytes) -> str:
    try:
        return json.dumps(redact(decode_record(record)), indent=2, ensure_ascii=False)
    except NotARecord as error:
        raise InputError(f"the record can't be shown: {error}", cure="Use --raw.") from None
