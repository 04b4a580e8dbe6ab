"""What the case looked at: numbers, problems, hours, evidence. And what it did not look at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, cast

from rich.text import Text
from textual.binding import BindingType

from trailtui.case.coverage import CoverageSummary, Problem, hours, problems, summarize_coverage
from trailtui.case.evidence import Evidence, all_evidence, origins_of
from trailtui.case.file import Case
from trailtui.model.times import HOUR_MS
from trailtui.tui.commands import Command, bindings
from trailtui.tui.coverage_strip import Pair, pairs_of, strip_of
from trailtui.tui.filter_line import parse_filter
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.tabs import TABS, neighbour, tab_line
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import (
    FEW,
    GAP,
    MANY,
    SOME,
    labelled_time,
    plain,
    show_time,
    zone_label,
)
from trailtui.tui.widgets.rows import RowsView
from trailtui.tui.widgets.table import Cell, Column

MOST = 5000
KINDS = ("hours", "problems", "evidence")
COVERAGE_COMMANDS = (
    Command("pivot", "x", "Events of this account and Region", "Coverage", "timeline"),
    Command("copy", "c,y", "Copy what names the row", "Coverage", "copy"),
)

Row = Pair | Problem | Evidence


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read for this screen."""

    summary: CoverageSummary
    rows: tuple[Row, ...]
    cut: bool


class CoverageScreen(PanesScreen[Row]):
    """Coverage in numbers, and its rows of one kind at a time."""

    VIEW = "coverage"
    OFFERED = (*COVERAGE_COMMANDS, *TABS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session, RowsView[Row]((), id="coverage"))
        self.kind = KINDS[0]
        self._looked: Looked | None = None
        self._wanted_index = 0

    # Place

    def state(self) -> State:
        at = self.rows.index if self.rows.row is not None else self._wanted_index
        return {"kind": self.kind, "index": at, "detail": self.detail_open}

    def restore(self, state: State) -> None:
        kind, index = str(state.get("kind", "")), state.get("index")
        self.kind = kind if kind in KINDS else KINDS[0]
        self._wanted_index = index if isinstance(index, int) else 0
        self.rows.set_columns(self._columns())
        self.rows.show_waiting()
        self.open_detail(bool(state.get("detail")))
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.kind,)

    def case_changed(self) -> None:
        self._wanted_index = self.rows.index
        self._read()

    def _read(self) -> None:
        kind = self.kind

        def read(case: Case) -> Looked:
            rows = _READERS[kind](case)
            return Looked(summarize_coverage(case), tuple(rows[:MOST]), len(rows) > MOST)

        self._show_head()
        self.work_in(self.session.slow, "coverage", read, self._show)

    def _show(self, looked: Looked) -> None:
        self._looked = looked
        self.rows.say_empty(_EMPTY[self.kind])
        self.rows.show_rows(looked.rows, at=self._wanted_index)
        self._show_head()

    def _show_head(self) -> None:
        head = Text(no_wrap=True, overflow="ellipsis")
        if self._looked is not None:
            for line in summary_lines(self._looked.summary, local=self.console.local_time):
                head.append_text(plain(line))
                head.append("\n")
        head.append_text(tab_line(KINDS, self.kind))
        if self._looked is not None and self._looked.cut:
            head.append(f"the first {MOST:,}", "yellow")
        elif self.kind == "hours":
            head.append(f" {MANY}{SOME}{FEW} events   {GAP} no event", "dim")
        self.head.update(head)
        self.refresh_chrome()

    def zone_changed(self) -> None:
        super().zone_changed()
        self._show_head()

    # Columns

    def _columns(self) -> tuple[Column[Row], ...]:
        made: dict[str, Callable[[], tuple[Column[Row], ...]]] = {
            "hours": self._hour_columns,
            "problems": _problem_columns,
            "evidence": self._evidence_columns,
        }
        return made[self.kind]()

    def _hour_columns(self) -> tuple[Column[Row], ...]:
        def pair(row: Row) -> Pair:
            return cast("Pair", row)

        def strip(row: Row) -> Cell:
            width = next((w for c, w in self.rows.layout_now if c.name == "strip"), 20)
            summary = self._looked.summary if self._looked else None
            if summary is None or summary.first_ms is None or summary.last_ms is None:
                return Cell("")
            since = summary.first_ms // HOUR_MS * HOUR_MS
            return Cell(strip_of(pair(row), since, summary.last_ms, width), "cyan")

        return (
            Column("account", "account", lambda row: Cell(pair(row).account or "?"), 12, 12),
            Column("region", "region", lambda row: Cell(pair(row).region or "?"), 12, 16),
            Column("events", " events", lambda row: Cell(f"{pair(row).events:>7,}"), 7, 10),
            Column("gaps", "gap h", lambda row: _gap(pair(row)), 6, 7),
            Column("strip", "from the first to the last event", strip, 20, 200),
        )

    def _evidence_columns(self) -> tuple[Column[Row], ...]:
        def file(row: Row) -> Evidence:
            return cast("Evidence", row)

        def time(row: Row) -> Cell:
            return Cell(show_time(file(row).acquired_ms, local=self.console.local_time))

        def acquired() -> str:
            return f"acquired, {zone_label(local=self.console.local_time)}"

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

    # Commands

    def do_next_tab(self, _: str) -> None:
        self.want({"kind": neighbour(KINDS, self.kind, 1)})
        self.moved()

    def do_previous_tab(self, _: str) -> None:
        self.want({"kind": neighbour(KINDS, self.kind, -1)})
        self.moved()

    def do_pivot(self, _: str) -> None:
        row = self.rows.row
        if not isinstance(row, Pair):
            self.say("Hours have a timeline to go to; files and problems have none.")
            return
        words = [f"account:{row.account}"] if row.account else []
        words += [f"region:{row.region}"] if row.region else []
        self.console.go(Place("timeline", {"filter": parse_filter(" ".join(words)).text}))

    def chosen_value(self) -> str:
        line, row = self.detail.row if self.detail.has_focus else None, self.rows.row
        if line is not None:
            return line.whole or line.value
        if isinstance(row, Pair):
            return f"{row.account} {row.region}"
        if isinstance(row, Problem):
            return f"{row.origin}: {row.reason}"
        return f"evidence {row.id} sha256 {row.sha256} {row.origin}" if row else ""

    # Detail

    def read_detail(self, row: Row) -> None:
        local = self.console.local_time
        if isinstance(row, Evidence):
            self.work_in(
                self.session.read,
                "detail",
                lambda case: origins_of(case, row.id),
                lambda origins: self._show_lines(row, _evidence_lines(row, origins, local=local)),
            )
        elif isinstance(row, Problem):
            self._show_lines(row, _problem_lines(row, local=local))
        else:
            self._show_lines(row, _pair_lines(row, local=local))

    def _show_lines(self, row: Row, lines: list[RecordLine]) -> None:
        self.detail.show_detail(row, lambda _: lines)


def summary_lines(found: CoverageSummary, *, local: bool) -> list[str]:
    """The numbers, in sentences of their own lines."""
    lines = [
        f"{found.events:,} events from {found.records:,} records in {found.evidence:,} files "
        f"({found.evidence_bytes / 1e6:,.1f} MB)",
        f"{found.sightings:,} seen again, {found.conflicts:,} in conflict, "
        f"{found.without_time:,} without a time, {found.digests:,} digests",
        f"{found.problems:,} things could not be read, {found.unreadable_files:,} files not at all",
    ]
    if found.first_ms is not None and found.last_ms is not None:
        since = show_time(found.first_ms, local=local)
        lines.append(f"{since} to {labelled_time(found.last_ms, local=local)}")
    lines.append("Sources asked: files only. AWS was not asked what else there is.")
    return lines


def _hours(case: Case) -> list[Row]:
    return [*pairs_of(hours(case))]


def _problems(case: Case) -> list[Row]:
    return [*problems(case, limit=MOST + 1)]


def _evidence(case: Case) -> list[Row]:
    return [*all_evidence(case)]


_READERS: dict[str, Callable[[Case], list[Row]]] = {
    "hours": _hours,
    "problems": _problems,
    "evidence": _evidence,
}
_EMPTY = {
    "hours": "No event with a time: nothing was looked at yet.\n\n"
    "`trailtui collect CASE files PATH...` takes events into this case.",
    "problems": "Everything that was given could be read.",
    "evidence": "Nothing was acquired yet.\n\n"
    "`trailtui collect CASE files PATH...` takes events into this case.",
}


def _problem_columns() -> tuple[Column[Row], ...]:
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


def _gap(pair: Pair) -> Cell:
    hours_missing = pair.gap_hours
    return Cell(
        f"{hours_missing:>6,}" if hours_missing else "     -", "yellow" if hours_missing else ""
    )


def _count(number: int) -> Cell:
    return Cell(f"{number:>8,}" if number else "       -", "yellow" if number else "")


def _pair_lines(row: Pair, *, local: bool) -> list[RecordLine]:
    lines = [
        RecordLine("account", row.account or "the records do not say", "bold"),
        RecordLine("region", row.region or "the records do not say", "bold"),
        RecordLine("events", f"{row.events:,}"),
        RecordLine(
            "hours", f"{len(row.hours):,} with events, {row.gap_hours:,} without between them"
        ),
        RecordLine("", ""),
    ]
    for run in row.runs():
        many = f"{run.hours:,} {'hour' if run.hours == 1 else 'hours'}"
        told = (
            f"{many}, {run.events:,} {'event' if run.events == 1 else 'events'}"
            if run.events
            else f"{many} without an event"
        )
        start = labelled_time(run.from_ms, local=local)
        lines.append(RecordLine(start, told, "" if run.events else "yellow"))
    lines.append(RecordLine("", ""))
    why = "A gap is no proof that nothing happened: the files may not be all there are."
    lines.append(RecordLine("", why, "dim"))
    return lines


def _problem_lines(row: Problem, *, local: bool) -> list[RecordLine]:
    kept = "its bytes were not kept" if row.evidence is None else str(row.evidence)
    return [
        RecordLine("reason", row.reason, "yellow"),
        RecordLine("file", row.origin),
        RecordLine("offset", "the file as a whole" if row.offset is None else f"{row.offset:,}"),
        RecordLine("length", "" if row.length is None else f"{row.length:,} bytes"),
        RecordLine("evidence", kept),
        RecordLine("met", labelled_time(row.at_ms, local=local)),
    ]


def _evidence_lines(row: Evidence, origins: list[str], *, local: bool) -> list[RecordLine]:
    return [
        RecordLine("evidence", str(row.id), "bold"),
        RecordLine("sha256", row.sha256),
        RecordLine("kind", f"{row.kind}, {row.packing}"),
        RecordLine("size", f"{row.size:,} bytes, {row.content_size:,} of content"),
        RecordLine("records", f"{row.records:,}"),
        RecordLine("problems", f"{row.problems:,}", "yellow" if row.problems else ""),
        RecordLine("acquired", labelled_time(row.acquired_ms, local=local)),
        RecordLine("by", row.acquired_by),
        *(RecordLine("seen at", origin) for origin in origins or [row.origin]),
    ]
