"""The columns of the coverage screen, for each kind of row."""

from collections.abc import Callable
from typing import cast

from trailtui.case.coverage import Problem
from trailtui.case.coverage_rows import GapLine, lacking_words
from trailtui.case.coverage_words import percent
from trailtui.case.covered import LayerCover
from trailtui.case.covering import FILES
from trailtui.case.evidence import Evidence
from trailtui.case.leads import Lead
from trailtui.case.query_runs import Kept
from trailtui.tui.coverage_strip import Shown, name_of
from trailtui.tui.showing import show_time, zone_label
from trailtui.tui.widgets.strip_rows import STRIP
from trailtui.tui.widgets.table import Cell, Column

Row = Shown | LayerCover | GapLine | Lead | Problem | Evidence | Kept
Columns = tuple[Column[Row], ...]


def hour_columns(width_of_strip: Callable[[], int]) -> Columns:
    """Accounts and Regions with their strips."""

    def shown(row: Row) -> Shown:
        return cast("Shown", row)

    def strip(row: Row) -> Cell:
        return Cell(shown(row).strip(width_of_strip()), "cyan")

    def blind(row: Row) -> Cell:
        hours = shown(row).blind_hours
        return Cell(f"{hours:>7,}" if hours else "      -", "yellow" if hours else "")

    return (
        Column("account", "account", lambda row: Cell(shown(row).place.account or "?"), 12, 12),
        Column("region", "region", lambda row: Cell(shown(row).place.region or "?"), 12, 14),
        Column("events", " events", lambda row: Cell(f"{shown(row).events:>7,}"), 7, 10),
        Column("unseen", "unseen h", blind, 8, 8),
        Column(STRIP, "hours", strip, 20, 200),
    )


def source_columns() -> Columns:
    """What each source answered."""

    def cover(row: Row) -> LayerCover:
        return cast("LayerCover", row)

    def whole(row: Row) -> Cell:
        of = cover(row)
        if of.layer.source == FILES:
            return Cell("unknown")
        length = of.runs[-1].until_ms - of.runs[0].since_ms
        return Cell(f"{percent(of.looked_ms / length):>7}")

    def lacking(row: Row) -> Cell:
        return Cell(lacking_words(cover(row).runs), "yellow")

    return (
        Column("account", "account", lambda row: Cell(cover(row).layer.account or "?"), 12, 12),
        Column("region", "region", lambda row: Cell(cover(row).layer.region or "?"), 12, 14),
        Column("source", "source", lambda row: Cell(name_of(cover(row))), 9, 30),
        Column("whole", "  whole", whole, 7, 7),
        Column("events", " events", lambda row: Cell(f"{cover(row).events:>7,}"), 7, 10),
        Column("lacking", "not whole", lacking, 20, 200),
    )


def gap_columns(is_local: Callable[[], bool]) -> Columns:
    """What was not seen whole."""

    def line(row: Row) -> GapLine:
        return cast("GapLine", row)

    def time(at_ms: int | None) -> Cell:
        return Cell(show_time(at_ms, local=is_local())[:16] if at_ms is not None else "not known")

    def since() -> str:
        return f"from, {zone_label(local=is_local())}"

    return (
        Column("since", since, lambda row: time(line(row).since_ms), 16, 16),
        Column("until", "to", lambda row: time(line(row).until_ms), 16, 16),
        Column("region", "region", lambda row: Cell(line(row).region or "?"), 12, 14),
        Column("source", "source", lambda row: Cell(line(row).source), 8, 16),
        Column("state", "state", lambda row: Cell(str(line(row).state), "yellow"), 10, 10),
        Column("detail", "why", lambda row: Cell(line(row).detail), 10, 200, 1),
        Column("account", "account", lambda row: Cell(line(row).account), 12, 12, 2),
    )


def lead_columns(is_local: Callable[[], bool]) -> Columns:
    """Leads of tampering."""

    def lead(row: Row) -> Lead:
        return cast("Lead", row)

    def title() -> str:
        return zone_label(local=is_local())

    def event(row: Row) -> Cell:
        found = lead(row).event
        return Cell((found.name or "?") if found else "")

    return (
        Column("time", title, lambda r: Cell(show_time(lead(r).at_ms, local=is_local())), 19, 19),
        Column("kind", "lead", lambda row: Cell(lead(row).kind, "yellow"), 18, 18),
        Column("event", "event", event, 12, 24),
        Column("sure", "how sure", lambda row: Cell(lead(row).sure), 12, 60),
        Column("region", "region", lambda row: Cell(lead(row).region), 12, 14, 1),
        Column("account", "account", lambda row: Cell(lead(row).account), 12, 12, 2),
        Column("why", "why", lambda row: Cell(lead(row).why), 20, 200, 3),
    )


def problem_columns() -> Columns:
    """What could not be read."""

    def problem(row: Row) -> Problem:
        return cast("Problem", row)

    def offset(row: Row) -> Cell:
        at = problem(row).offset
        return Cell("whole file" if at is None else f"{at:>10,}")

    return (
        Column("reason", "reason", lambda row: Cell(problem(row).reason, "yellow"), 30, 80),
        Column("offset", "    offset", offset, 10, 12),
        Column("file", "file", lambda row: Cell(problem(row).origin, tail=True), 20, 90),
    )


def evidence_columns(is_local: Callable[[], bool]) -> Columns:
    """What was acquired."""

    def file(row: Row) -> Evidence:
        return cast("Evidence", row)

    def time(row: Row) -> Cell:
        return Cell(show_time(file(row).acquired_ms, local=is_local()))

    def acquired() -> str:
        return f"acquired, {zone_label(local=is_local())}"

    return (
        Column("evidence", "no.", lambda row: Cell(f"{file(row).id:>5}"), 5, 7),
        Column("kind", "kind", lambda row: Cell(file(row).kind), 8, 8),
        Column("records", "records", lambda row: Cell(f"{file(row).records:>7,}"), 7, 9),
        Column("problems", "problems", lambda row: _count(file(row).problems), 8, 8),
        Column("from", "from", lambda row: Cell(file(row).origin, tail=True), 20, 90),
        Column("size", "     bytes", lambda row: Cell(f"{file(row).size:>10,}"), 10, 13, 1),
        Column("acquired", acquired, time, 19, 19, 2),
        Column("sha256", "sha256", lambda row: Cell(file(row).sha256), 12, 64, 3),
    )


def _count(number: int) -> Cell:
    return Cell(f"{number:>8,}" if number else "       -", "yellow" if number else "")
