"""`trailtui summary`: the case on one page."""

import json
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows
from trailtui.model.text import safe
from trailtui.model.times import format_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trailtui.report.summary_lines import SummaryLine

WIDTH = 80
"""Cells of a line of the page: any terminal has them."""
_FIELD = 17
COLUMNS = ("section", "field", "value")
_MOST_IN_JSON = 100


@click.command()
@click.argument("case")
@click.option(
    "--lines", default=5, show_default=True, type=click.IntRange(1), help="Lines of a section."
)
@format_option
def summary(case: str, lines: int, output: str) -> None:
    """CASE on one page: who, what, when, where, what failed, what is risky, what nobody saw.

    Times are in UTC. --format json gives the numbers behind the page, up to 100 of each kind; csv
    and jsonl its lines.
    """
    from trailtui.report.summary import summarize_case
    from trailtui.report.summary_lines import Layout, summary_lines

    with open_case(case, readonly=True) as opened:
        found = summarize_case(opened)
    if output == "json":
        from trailtui.report.summary_json import summary_as_json

        click.echo(json.dumps(summary_as_json(found, _MOST_IN_JSON), indent=2))
        return
    made = summary_lines(found, Layout(format_utc, most=lines))
    if output == "table":
        _print_page(found.name, made)
        return
    section = ""
    rows: list[tuple[object, ...]] = []
    for line in made:
        section = line.section or section
        rows.append((section, line.field, line.value))
    print_rows(COLUMNS, rows, output)


def _print_page(name: str, lines: "Sequence[SummaryLine]") -> None:
    from rich.cells import cell_len, chop_cells, set_cell_size

    click.echo(safe(f"{name}, as it stands; times in UTC"))
    room = WIDTH - _FIELD - 1
    for line in lines:
        if line.section:
            click.echo()
        value = safe(line.value)
        parts = [value] if cell_len(value) <= room else wrap(value, room, break_on_hyphens=False)
        parts = [cut for part in parts for cut in chop_cells(part, room)] or [""]
        for at, part in enumerate(parts):
            field = set_cell_size(safe(line.section or line.field) if at == 0 else "", _FIELD)
            click.echo(f"{field} {part}".rstrip())
