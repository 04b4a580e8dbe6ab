"""What the case looked at, hour by hour and source by source, and what nobody looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType

from trailtui.case.coverage import CoverageSummary, Problem, problems, summarize_coverage
from trailtui.case.coverage_rows import GapLine, gap_lines
from trailtui.case.covered import Coverage, LayerCover, read_coverage
from trailtui.case.covering import FILES
from trailtui.case.evidence import Evidence, all_evidence, origins_of
from trailtui.case.file import Case
from trailtui.case.leads import Lead, find_leads
from trailtui.case.query_runs import Kept, all_kept, kept_run
from trailtui.model.errors import TrailtuiError
from trailtui.tui.commands import Command, bindings
from trailtui.tui.coverage_columns import (
    Columns,
    Row,
    evidence_columns,
    gap_columns,
    hour_columns,
    lead_columns,
    problem_columns,
    source_columns,
)
from trailtui.tui.coverage_lines import (
    coverage_lines,
    evidence_lines,
    gap_detail,
    lead_lines,
    part_line,
    problem_lines,
    shown_lines,
    source_lines,
    summary_lines,
)
from trailtui.tui.coverage_strip import ALL, Shown, legend_of, shown_of, sources_of
from trailtui.tui.event_rows import time_key
from trailtui.tui.filter_line import FilterLine, parse_filter
from trailtui.tui.kept_answers import answer_columns, answer_lines, query_word
from trailtui.tui.places import Place, State
from trailtui.tui.record_lines import RecordLine
from trailtui.tui.screens.panes import PANES, PanesScreen
from trailtui.tui.screens.tabs import TABS, neighbour, tab_line
from trailtui.tui.session import CaseSession
from trailtui.tui.showing import fit, plain
from trailtui.tui.widgets.strip_rows import StripRows

MOST = 5000
KINDS = ("hours", "sources", "gaps", "leads", "problems", "evidence", "answers")
COVERAGE_COMMANDS = (
    Command(
        "pivot", "x", "Events of this account and Region, at this hour", "Coverage", "timeline"
    ),
    Command("source", "s", "The hours of another source", "Coverage", "source", "SOURCE"),
    Command("copy", "c,y", "Copy what names the row", "Coverage", "copy"),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read for this screen."""

    summary: CoverageSummary
    coverage: Coverage | None
    rows: tuple[Row, ...]
    cut: bool


class CoverageScreen(PanesScreen[Row]):
    """Coverage in numbers, and its rows of one kind at a time."""

    VIEW = "coverage"
    OFFERED = (*COVERAGE_COMMANDS, *TABS, *PANES)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OFFERED)]
    CSS = "CoverageScreen #head { max-height: 9; }"

    def __init__(self, session: CaseSession) -> None:
        self.strips = StripRows[Row]((), id="coverage")
        super().__init__(session, self.strips)
        self.kind = KINDS[0]
        self.source = ALL
        self._looked: Looked | None = None
        self._wanted_index = 0
        self._reading = self._read_again = False

    # Place

    def state(self) -> State:
        at = self.rows.index if self.rows.row is not None else self._wanted_index
        return {
            "kind": self.kind,
            "source": self.source,
            "index": at,
            "part": self.strips.part,
            "detail": self.detail_open,
        }

    def restore(self, state: State) -> None:
        kind, index, part = str(state.get("kind", "")), state.get("index"), state.get("part")
        self.kind = kind if kind in KINDS else KINDS[0]
        self.source = str(state.get("source") or ALL)
        self._wanted_index = index if isinstance(index, int) else 0
        self.rows.set_columns(self._columns())
        self.strips.choose_strip()
        self.strips.part = part if isinstance(part, int) else 0
        self.rows.show_waiting()
        self.open_detail(bool(state.get("detail")))
        self._read()

    def crumbs(self) -> tuple[str, ...]:
        return (self.kind, self.source) if self.kind == "hours" else (self.kind,)

    def case_changed(self) -> None:
        self._wanted_index = self.rows.index
        if self._reading:  # while a collect runs, a reading that never ends would show nothing
            self._read_again = True
        else:
            self._read()

    def _read(self) -> None:
        kind, source = self.kind, self.source

        def read(case: Case) -> Looked:
            coverage = None if kind in _WITHOUT_HOURS else read_coverage(case)
            rows = _READERS[kind](case, coverage, source)
            return Looked(summarize_coverage(case), coverage, tuple(rows[:MOST]), len(rows) > MOST)

        self._reading = True
        self._show_head()
        self.work_in(self.session.slow, "coverage", read, self._show, failed=self._not_read)

    def _not_read(self, error: TrailtuiError) -> None:
        self._reading = self._read_again = False
        self.fail(error)

    def _show(self, looked: Looked) -> None:
        self._looked = looked
        self._reading = False
        unread = looked.summary.problems if _EMPTY[self.kind] is _NOTHING else 0
        self.rows.say_empty(_NOTHING_READ if unread else _EMPTY[self.kind])
        self.rows.show_rows(looked.rows, at=self._wanted_index)
        self._show_head()
        if self._read_again:
            self._read_again = False
            self._read()

    def _show_head(self) -> None:
        looked, local = self._looked, self.console.local_time
        lines = summary_lines(looked.summary) if looked is not None else []
        if looked is not None and looked.coverage is not None:
            lines += coverage_lines(looked.coverage, local=local)
        head = Text(no_wrap=True, overflow="ellipsis")
        for line in lines:
            head.append_text(self._cut(line, "yellow" if line.startswith("NOBODY") else ""))
            head.append("\n")
        head.append_text(tab_line(KINDS, self.kind))
        if looked is not None and looked.cut:
            head.append(f"the first {MOST:,}", "yellow")
        if self.kind == "hours" and (self.beside or not self.detail_open):
            for text, style in self._hour_lines():
                head.append("\n").append_text(self._cut(text, style))
        self.head.update(head)
        self.refresh_chrome()

    def _cut(self, line: str, style: str) -> Text:
        """A line of the head, which never takes two."""
        return plain(fit(line, self.size.width or 80).rstrip(), style)

    def _hour_lines(self) -> list[tuple[str, str]]:
        """What the letters mean, and what the part under the cursor says."""
        rows = self._looked.rows if self._looked is not None else ()
        shown = [row for row in rows if isinstance(row, Shown)]
        row, part = self.rows.row, self._part()
        told = ""
        if isinstance(row, Shown) and part is not None:
            told = part_line(row, *part, local=self.console.local_time)
        return [(legend_of(shown), "dim"), (told, "bold")] if shown else []

    def open_detail(self, wanted: bool) -> None:
        super().open_detail(wanted)
        self._show_head()

    def on_rows_view_moved(self, message: StripRows.Moved) -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        super().on_rows_view_moved(message)
        if message.rows is self.rows and self.kind == "hours":
            self._show_head()

    def zone_changed(self) -> None:
        super().zone_changed()
        self._show_head()

    def _part(self) -> tuple[int, int] | None:
        """The time under the cursor of the strip."""
        row, at = self.rows.row, self.strips.part
        if not isinstance(row, Shown) or at is None or not row.runs:
            return None
        return row.part(self.strips.strip_width, at)

    def _columns(self) -> Columns:
        def local() -> bool:
            return self.console.local_time

        made: dict[str, Callable[[], Columns]] = {
            "hours": lambda: hour_columns(lambda: self.strips.strip_width),
            "sources": source_columns,
            "gaps": lambda: gap_columns(local),
            "leads": lambda: lead_columns(local),
            "problems": problem_columns,
            "evidence": lambda: evidence_columns(local),
            "answers": lambda: answer_columns(local),
        }
        return made[self.kind]()

    # Commands

    def do_next_tab(self, _: str) -> None:
        self._go_to(neighbour(KINDS, self.kind, 1))

    def do_previous_tab(self, _: str) -> None:
        self._go_to(neighbour(KINDS, self.kind, -1))

    def _go_to(self, kind: str) -> None:
        self.want({"kind": kind, "source": self.source})
        self.moved()

    def do_source(self, argument: str) -> None:
        coverage = self._looked.coverage if self._looked else None
        there = sources_of(coverage.places) if coverage is not None else [ALL]
        if self.kind != "hours":
            self.say("The hours are shown for one source or for all: Tab goes there.")
            return
        if argument and argument not in there:
            self.say(f"Nothing of {argument} here; there is {', '.join(there)}.")
            return
        if there == [ALL]:
            self.say("There is no source to choose: nobody was asked yet.")
            return
        present = self.source if self.source in there else ALL
        chosen = argument or neighbour(there, present, 1)
        self.want({**self.state(), "source": chosen, "index": 0})
        self.moved()

    def do_pivot(self, _: str) -> None:
        row = self.rows.row
        line = self.detail.row if self.detail.has_focus else None
        if isinstance(row, Kept) and line is not None and line.entity is not None:
            self.console.go(Place("timeline", {"filter": FilterLine((line.entity,)).text}))
            return
        place = _place_of(row)
        if row is None or place is None:
            self.say("Nothing here leads to the timeline: an hour does, or a value of an answer.")
            return
        part = self._part()
        at_ms = line.at_ms if line is not None and line.at_ms is not None else _time_of(row)
        if at_ms is None and part is not None:
            at_ms = part[0]
        words = [f"account:{place[0]}"] if place[0] else []
        words += [f"region:{place[1]}"] if place[1] else []
        state: State = {"filter": parse_filter(" ".join(words)).text}
        if at_ms is not None:
            state = {**state, "row": time_key(at_ms)}
        self.console.go(Place("timeline", state))

    def chosen_value(self) -> str:
        line, row = self.detail.row if self.detail.has_focus else None, self.rows.row
        if line is not None:
            return line.whole or line.value
        return _named(row) if row is not None else ""

    # Detail

    def read_detail(self, row: Row) -> None:
        local = self.console.local_time
        if isinstance(row, Evidence):
            self.work_in(
                self.session.read,
                "detail",
                lambda case: origins_of(case, row.id),
                lambda origins: self._show_lines(row, evidence_lines(row, origins, local=local)),
            )
        elif isinstance(row, Kept):
            self._read_answer(row.id)
        elif isinstance(row, Problem):
            self._show_lines(row, problem_lines(row, local=local))
        elif isinstance(row, Lead):
            self._show_lines(row, lead_lines(row, local=local))
        elif isinstance(row, GapLine):
            self._show_lines(row, gap_detail(row, local=local))
        elif isinstance(row, LayerCover):
            self._show_lines(row, source_lines(row, local=local))
        else:
            self._show_lines(row, shown_lines(row, self._part(), local=local))

    def _read_answer(self, number: int) -> None:
        local, name = self.console.local_time, self.session.name

        def show(kept: Kept) -> None:
            lines = partial(answer_lines, kept, name, local=local)
            self.detail.show_detail(f"answer {number}", lines)

        self.work_in(self.session.read, "detail", lambda case: kept_run(case, number), show)

    def _show_lines(self, row: Row, lines: list[RecordLine]) -> None:
        self.detail.show_detail(row, lambda _: lines)


def _named(row: Row) -> str:
    """What names a row to somebody else."""
    match row:
        case Problem():
            return f"{row.origin}: {row.reason}"
        case Evidence():
            return f"evidence {row.id} sha256 {row.sha256} {row.origin}"
        case Lead():
            return f"{row.kind} {row.event.event_id if row.event else ''} {row.why}"
        case GapLine():
            return f"{row.account} {row.region} {row.source} {row.state}: {row.detail}"
        case Kept():
            return f"kept answer {row.id} {query_word(row)} sha256 {row.sha256}"
        case _:
            place = _place_of(row)
    return f"{place[0]} {place[1]}" if place else ""


def _place_of(row: Row | None) -> tuple[str, str] | None:
    """The account and Region that a row is about."""
    if isinstance(row, Shown):
        return row.place.account, row.place.region
    if isinstance(row, LayerCover):
        return row.layer.account, row.layer.region
    if isinstance(row, GapLine):
        return row.place
    return (row.account, row.region) if isinstance(row, Lead) else None


def _time_of(row: Row) -> int | None:
    """When a row begins, where it is about one stretch or moment."""
    if isinstance(row, GapLine):
        return row.since_ms
    return row.at_ms if isinstance(row, Lead) else None


def _sources(_case: Case, coverage: Coverage | None, _source: str) -> list[Row]:
    places = coverage.places if coverage is not None else ()
    covers = (cover for place in places for cover in place.layers)
    return [cover for cover in covers if cover.layer.source == FILES or cover.layer.stretches]


_WITHOUT_HOURS = ("leads", "problems", "evidence", "answers")
"""Kinds of rows that are quicker to read than the coverage of every hour."""
_READERS: dict[str, Callable[[Case, Coverage | None, str], list[Row]]] = {
    "hours": lambda _, coverage, source: [*shown_of(coverage.places if coverage else (), source)],
    "sources": _sources,
    "gaps": lambda _, coverage, __: [*(gap_lines(coverage) if coverage else ())],
    "leads": lambda case, _, __: [*find_leads(case)],
    "problems": lambda case, _, __: [*problems(case, limit=MOST + 1)],
    "evidence": lambda case, _, __: [*all_evidence(case)],
    "answers": lambda case, _, __: [*all_kept(case)],
}
_NOTHING = (
    "Nothing was looked at yet.\n\n"
    "`trailtui collect CASE lookup` asks CloudTrail; `collect CASE files PATH...` reads log files."
)
_NOTHING_READ = "No event could be read of what was taken: [problems] tells why (Tab)."
_EMPTY = {
    "hours": _NOTHING,
    "sources": _NOTHING,
    "gaps": "Nothing is known to be lacking. What log files do not hold is not known.",
    "leads": "No lead: nothing that event history has lacks in log files that are here whole. It "
    "takes both, `collect lookup` and `collect s3`, to tell.",
    "problems": "Everything that was given could be read.",
    "evidence": _NOTHING,
    "answers": "No engine of AWS answered a query for this case yet.\n\n"
    "`trailtui query CASE NAME --on athena|lake|insights` asks one; its answer is kept here.",
}
