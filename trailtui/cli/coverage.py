"""`trailtui coverage`: what a case looked at, what it did not, and why."""

import os
import shutil

import click

from trailtui.case.coverage import problems, summarize_coverage
from trailtui.case.coverage_rows import (
    COLUMNS,
    LEAD_COLUMNS,
    SOURCE_COLUMNS,
    gap_rows,
    hour_rows,
    lead_rows,
    source_rows,
)
from trailtui.case.coverage_words import summary_sentences
from trailtui.case.covered import Coverage, read_coverage
from trailtui.case.evidence import all_evidence
from trailtui.case.file import Case
from trailtui.case.leads import find_leads
from trailtui.case.strip import PLAIN, Levels, legend, strip_of
from trailtui.case.window import case_window
from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_moment
from trailtui.model.wording import numbered

MOST_STRIPS = 40
_KINDS = ("problems", "hours", "evidence", "sources", "gaps", "leads")


@click.command()
@click.argument("case")
@click.option(
    "--show",
    type=click.Choice(_KINDS),
    default="problems",
    show_default=True,
    help="Which rows to print: what could not be read, every stretch of hours, the evidence, each "
    "source, what nobody saw whole, or leads of tampering with the logs.",
)
@click.option("--from", "since", help="From when on (UTC); the case's window where not given.")
@click.option("--to", "until", help="Until when (UTC), exclusive.")
@format_option
def coverage(case: str, show: str, since: str | None, until: str | None, output: str) -> None:
    """What CASE looked at: each source, account, Region and hour, and what nobody looked at."""
    with open_case(case, readonly=True) as opened:
        found = read_coverage(opened, _window(opened, since, until))
        _say_summary(opened)
        if found is not None:
            for sentence in summary_sentences(found):
                say(sentence)
            _say_strips(found)
        if show == "problems":
            _problems(opened, output)
        elif show == "evidence":
            _evidence(opened, output)
        elif show == "leads":
            print_rows(LEAD_COLUMNS, lead_rows(find_leads(opened)), output)
        else:
            _covered(found, show, output)


def _window(case: Case, since: str | None, until: str | None) -> tuple[int, int] | None:
    """The window as given; an end that is not is the case's own."""
    if since is None and until is None:
        return None
    own = case_window(case)
    begin = parse_moment(since) if since is not None else own[0] if own else 0
    end = parse_moment(until) if until is not None else own[1] if own else parse_moment("now")
    if begin >= end:
        raise InputError("the time to look at ends before it begins", cure="Check --from and --to.")
    return begin, end


def _covered(found: Coverage | None, show: str, output: str) -> None:
    if show == "sources":
        print_rows(SOURCE_COLUMNS, source_rows(found) if found else (), output)
    else:
        rows = hour_rows if show == "hours" else gap_rows
        print_rows(COLUMNS, rows(found) if found else (), output)


def _say_summary(case: Case) -> None:
    found = summarize_coverage(case)
    say(
        f"{found.evidence:,} files and answers ({found.evidence_bytes / 1e6:,.1f} MB, "
        f"{found.digests:,} digests) "
        f"gave {found.records:,} records: {found.events:,} events, {found.sightings:,} further "
        f"sightings, {found.conflicts:,} in conflict, {found.without_time:,} without a time."
    )
    if found.first_ms is not None and found.last_ms is not None:
        say(f"Events from {format_utc(found.first_ms)} to {format_utc(found.last_ms)} (UTC).")
    say(
        f"{numbered(found.problems, 'thing')} could not be read, "
        f"{numbered(found.unreadable_files, 'file')} not at all."
    )


def _say_strips(found: Coverage) -> None:
    """One line for each account and Region, by what all sources know together."""
    if not found.places:
        return
    levels = PLAIN if os.environ.get("TRAILTUI_ASCII", "") not in ("", "0") else Levels()
    shown = found.places[:MOST_STRIPS]
    names = [f"{place.account or '?'} {place.region or '?'}" for place in shown]
    longest = min(40, max(len(name) for name in names))
    width = max(20, min(160, shutil.get_terminal_size((80, 24)).columns) - longest - 10)
    say(f"{format_utc(found.since_ms)} to {format_utc(found.until_ms)}:")
    for name, place in zip(names, shown, strict=True):
        strip = strip_of(place.runs, place.hours, width, levels)
        say(f"{name[:longest]:<{longest}} {place.events:>7,} {strip}")
    if len(found.places) > MOST_STRIPS:
        say(f"... and {len(found.places) - MOST_STRIPS} more: --show sources lists them all.")
    for line in legend(levels):
        say(line)


def _problems(case: Case, output: str) -> None:
    columns = ("file", "offset", "length", "reason")
    rows = [(p.origin, p.offset, p.length, p.reason) for p in problems(case)]
    print_rows(columns, rows, output)


def _evidence(case: Case, output: str) -> None:
    columns = (
        "evidence",
        "kind",
        "size",
        "records",
        "problems",
        "acquired (UTC)",
        "sha256",
        "from",
    )
    rows = [
        (e.id, e.kind, e.size, e.records, e.problems, format_utc(e.acquired_ms), e.sha256, e.origin)
        for e in all_evidence(case)
    ]
    print_rows(columns, rows, output)
