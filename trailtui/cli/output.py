"""Rows on standard output, as a table, JSON, JSON lines or CSV; everything else on stderr."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from trailtui.model.cells import cell, csv_cell
from trailtui.model.text import safe

FORMATS = ("table", "json", "jsonl", "csv")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def format_option(command: _Command) -> _Command:
    """Give a command `--format`, handed to it as `output`."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How rows are printed.",
    )(command)


def say(text: str) -> None:
    """A line for the reader, on stderr, so that data stays alone on stdout."""
    click.echo(safe(text, keep_newlines=True), err=True)


def exit_bad_news() -> None:
    """End with exit code 1: done, and the answer is bad news."""
    sys.exit(1)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], output: str) -> None:
    """Print rows in one of FORMATS. Every text is made safe, JSON is escaped by its own rules."""
    if output == "json":
        listed = [dict(zip(columns, row, strict=True)) for row in rows]
        click.echo(json.dumps(listed, indent=2))
    elif output == "jsonl":
        for row in rows:
            click.echo(json.dumps(dict(zip(columns, row, strict=True))))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([csv_cell(value) for value in row])
    else:
        _print_table(columns, [[cell(value) for value in row] for row in rows])


_WIDEST = 120
"""A longer cell pushes the rest of its own row aside, not that of all rows."""


def _print_table(columns: Sequence[str], rows: list[list[str]]) -> None:
    """Aligned columns; cut to the terminal's width, and said so, only where the output is one."""
    from rich.cells import cell_len, set_cell_size

    widths = [
        min(_WIDEST, max([cell_len(column), *(cell_len(row[at]) for row in rows)]))
        for at, column in enumerate(columns)
    ]
    limit = _terminal_width()
    cut = False
    for row in [list(columns), *rows]:
        cells = [
            cell if cell_len(cell) > width else set_cell_size(cell, width)
            for cell, width in zip(row, widths, strict=True)
        ]
        line = "  ".join(cells).rstrip()
        if limit and cell_len(line) > limit:
            cut = True
            line = set_cell_size(line, limit - 1) + "…"
        click.echo(line)
    if cut:
        say(_beyond(columns, widths, limit or 0))


def _beyond(columns: Sequence[str], widths: Sequence[int], limit: int) -> str:
    """What a terminal this wide does not show whole, and how to see it."""
    starts = [sum(widths[:at]) + 2 * at for at in range(len(columns))]
    hidden = [column for column, at in zip(columns, starts, strict=True) if at >= limit - 1]
    named = f"; beyond the edge: {', '.join(hidden)}" if hidden else ""
    return f"(cut to the terminal{named}. `| less -S` or --format jsonl shows all)"


def _terminal_width() -> int | None:
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns
