"""Answers of AWS's query engines that the case keeps: as rows of a list, and one in full."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from trailtui.case.query_runs import Kept
from trailtui.tui.record_lines import RecordLine, json_lines
from trailtui.tui.showing import labelled_time, show_time, zone_label
from trailtui.tui.widgets.table import Cell, Column

if TYPE_CHECKING:
    from trailtui.tui.coverage_columns import Columns, Row

MOST_ROWS = 200
"""Rows of an answer that are shown; the command line prints all."""


def answer_columns(is_local: Callable[[], bool]) -> "Columns":
    """What was asked where, and what came."""

    def kept(row: "Row") -> Kept:
        return cast("Kept", row)

    def asked() -> str:
        return f"asked, {zone_label(local=is_local())}"

    def time(row: "Row") -> Cell:
        return Cell(show_time(kept(row).answer.started_ms, local=is_local())[:16])

    def number(row: "Row") -> Cell:
        more = "+" if kept(row).answer.more else " "
        return Cell(f"{kept(row).count:>7,}{more}", "yellow" if kept(row).answer.more else "")

    return (
        Column("no", "no.", lambda row: Cell(f"{kept(row).id:>3}"), 3, 5),
        Column("asked", asked, time, 16, 16),
        Column("engine", "engine", lambda row: Cell(kept(row).asked.engine), 8, 8),
        Column("query", "query", lambda row: Cell(query_word(kept(row))), 20, 90),
        Column("rows", "   rows", number, 8, 9),
        Column("dollars", "dollars", lambda row: _dollars(kept(row)), 8, 9, 1),
        Column("place", "place", lambda row: Cell(kept(row).asked.place, tail=True), 16, 60, 2),
        Column("region", "region", lambda row: Cell(kept(row).asked.region), 12, 14, 3),
        Column("account", "account", lambda row: Cell(kept(row).asked.account), 12, 12, 4),
    )


def query_word(kept: Kept) -> str:
    """The name in the library, else the query in one line."""
    return kept.asked.name or " ".join(kept.asked.sql.split())


def _dollars(kept: Kept) -> Cell:
    return Cell(f"{kept.answer.dollars:>8,.4f}")


def answer_lines(
    kept: Kept, case_name: str, flipped: frozenset[str], *, local: bool
) -> Iterator[RecordLine]:
    """An answer in full: the question, where it was asked, what it cost, its rows."""
    asked, answer = kept.asked, kept.answer
    yield RecordLine(f"answer {kept.id}", query_word(kept), "bold", whole=asked.sql)
    yield RecordLine("asked", labelled_time(answer.started_ms, local=local))
    yield RecordLine("of", f"{asked.engine}, {asked.place}, {asked.account} {asked.region}")
    yield RecordLine("as", asked.identity)
    for name, value in asked.parameters.items():
        yield RecordLine(f"  {name}", json.dumps(value, ensure_ascii=False))
    read = f"{answer.scanned_bytes / 1e6:,.1f} MB, about {answer.dollars:,.4f} dollars"
    yield RecordLine("AWS read", read)
    yield RecordLine("AWS's query id", answer.query)
    yield RecordLine("sha256 of rows", kept.sha256)
    for note in answer.notes:
        yield RecordLine("note", note, "yellow")
    yield RecordLine("as it was sent", " ".join(asked.sent.split()), whole=asked.sent)
    yield RecordLine("", "")
    yield from _row_lines(kept, case_name, flipped)


def _row_lines(kept: Kept, case_name: str, flipped: frozenset[str]) -> Iterator[RecordLine]:
    answer = kept.answer
    more = "; AWS had MORE rows than were taken" if answer.more else ""
    style = "bold yellow" if answer.more else "bold"
    yield RecordLine("ROWS", f"{kept.count:,}{more}", style)
    names = [name for name, _ in answer.columns]
    shown = answer.rows[:MOST_ROWS]
    rows = {f"row {at}": dict(zip(names, row, strict=False)) for at, row in enumerate(shown, 1)}
    if rows:
        yield from json_lines(rows, flipped)
    if len(answer.rows) > len(shown):
        rest = f"… and {len(answer.rows) - len(shown):,} more rows: "
        yield RecordLine("", f"{rest}`trailtui query {case_name} --run {kept.id}` prints all")
