"""`trailtui coverage`: what a case looked at, and what it could not read."""

import click

from trailtui.case.coverage import hours, problems, summarize_coverage
from trailtui.case.evidence import all_evidence
from trailtui.case.file import Case
from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.times import HOUR_MS, format_utc


@click.command()
@click.argument("case")
@click.option(
    "--show",
    type=click.Choice(["problems", "hours", "evidence"]),
    default="problems",
    show_default=True,
    help="Which rows to print.",
)
@format_option
def coverage(case: str, show: str, output: str) -> None:
    """What CASE looked at: evidence, events, gaps, and everything that could not be read."""
    with open_case(case, readonly=True) as opened:
        _say_summary(opened)
        {"problems": _problems, "hours": _hours, "evidence": _evidence}[show](opened, output)


def _say_summary(case: Case) -> None:
    found = summarize_coverage(case)
    say(
        f"{found.evidence:,} files ({found.evidence_bytes / 1e6:,.1f} MB, "
        f"{found.digests:,} digests) "
        f"gave {found.records:,} records: {found.events:,} events, {found.sightings:,} further "
        f"sightings, {found.conflicts:,} in conflict, {found.without_time:,} without a time."
    )
    if found.first_ms is not None and found.last_ms is not None:
        say(f"Events from {format_utc(found.first_ms)} to {format_utc(found.last_ms)} (UTC).")
    say(
        f"{found.problems:,} things could not be read, {found.unreadable_files:,} files not at all."
    )
    say("Sources asked: files only. AWS itself was not asked what else there is.")


def _problems(case: Case, output: str) -> None:
    columns = ("file", "offset", "length", "reason")
    rows = [(p.origin, p.offset, p.length, p.reason) for p in problems(case)]
    print_rows(columns, rows, output)


def _hours(case: Case, output: str) -> None:
    """One row per account, Region and run of hours; the gaps between them are rows too."""
    rows: list[tuple[object, ...]] = []
    last: tuple[str, str, int] | None = None
    for hour in hours(case):
        if last is not None and last[:2] == (hour.account, hour.region):
            missing = (hour.hour_ms - last[2]) // HOUR_MS - 1
            if missing > 0:
                gap = format_utc(last[2] + HOUR_MS)
                rows.append((hour.account, hour.region, gap, missing, "no event", 0))
        at = format_utc(hour.hour_ms)
        rows.append((hour.account, hour.region, at, 1, "events", hour.events))
        last = (hour.account, hour.region, hour.hour_ms)
    print_rows(("account", "region", "from (UTC)", "hours", "state", "events"), rows, output)


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
