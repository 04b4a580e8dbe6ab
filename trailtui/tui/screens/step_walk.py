"""What the step screen shows, read in a lane in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trailtui.case.file import Case
from trailtui.case.marks import notes, pins
from trailtui.model.errors import TrailtuiError
from trailtui.playbook.document import Step
from trailtui.playbook.ordering import orders_of
from trailtui.playbook.result import Part
from trailtui.playbook.runner import PlaybookRun
from trailtui.playbook.template import Scalar
from trailtui.playbook.views import PhaseView, StepView
from trailtui.tui.widgets.result_rows import ResultRow, ResultTable

MOST_ORDERS = 3
"""How many of the values a step goes through are named before it runs."""

FILE_COLUMNS = ("file", "SHA-256")


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A pin or a note of a step."""

    kind: str
    """pin or note."""
    at_ms: int
    text: str
    event: int | None
    """The event behind it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A playbook and one of its steps as they stand at one moment."""

    run_id: int
    playbook: str
    phases: tuple[PhaseView, ...]
    step: StepView
    will_run: tuple[str, ...]
    """What the step runs, with its values, in lines."""
    table: ResultTable
    evidence: tuple[EvidenceLine, ...]
    finished: bool
    """Whether no step of the playbook is left."""

    @property
    def steps(self) -> tuple[StepView, ...]:
        """All steps in order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    def neighbour(self, distance: int) -> str:
        """The id of the step so many places on; the first or last one at the ends."""
        steps = self.steps
        at = next(number for number, step in enumerate(steps) if step.id == self.step.id)
        return steps[max(0, min(at + distance, len(steps) - 1))].id


def read_scene(case: Case, wanted: str) -> Scene | None:
    """The scene around the step of that id, else around the one that is due."""
    run = PlaybookRun.find(case)
    if run is None:
        return None
    phases = run.phases()
    steps = [step for phase in phases for step in phase.steps]
    due = next((step for step in steps if step.current), None)
    chosen = next((step for step in steps if step.id == wanted), due or steps[-1])
    declared = next(step for _, step in run.playbook.steps() if step.id == chosen.id)
    pinned = {pin.event.id: pin for pin in pins(case)}
    lines = [
        EvidenceLine(
            "pin",
            pin.at_ms,
            f"{pin.event.name or 'event'} {pin.event.principal or ''}: {pin.reason}",
            pin.event.id,
        )
        for pin in pinned.values()
        if pin.step == chosen.id
    ]
    lines += [
        EvidenceLine("note", note.at_ms, f"{note.author}: {note.text}", note.event)
        for note in notes(case, step=chosen.id)
    ]
    return Scene(
        run_id=run.id,
        playbook=run.playbook.title,
        phases=phases,
        step=chosen,
        will_run=_will_run(run, declared, chosen),
        table=_table(chosen, frozenset(pinned)),
        evidence=tuple(sorted(lines, key=lambda line: line.at_ms)),
        finished=due is None,
    )


def _will_run(run: PlaybookRun, declared: Step, step: StepView) -> tuple[str, ...]:
    """What running the step does, with the values it has now; or why it can't."""
    if declared.run.kind == "manual":
        return (f"by hand: {declared.run.name}" if declared.run.name else "nothing to run",)
    what = f"{declared.run.kind} {declared.run.name}"
    try:
        orders, more = orders_of(run.playbook, declared, run.standings(), run.inputs)
    except TrailtuiError as error:
        return (step.runs, f"can't run yet: {error}")
    if len(orders) == 1:
        return (f"{what}  {_values(orders[0].parameters)}".rstrip(),)
    named = ", ".join(str(order.each) for order in orders[:MOST_ORDERS])
    rest = len(orders) + more - min(len(orders), MOST_ORDERS)
    others = f" and {rest} more" if rest else ""
    return (f"{what}, {len(orders)} times: {named}{others}",)


def _values(parameters: Mapping[str, Scalar]) -> str:
    return " ".join(f"{name}={value}" for name, value in parameters.items())


def _table(step: StepView, pinned: frozenset[int]) -> ResultTable:
    """The rows of all parts under one head; parts without rows as lines of text."""
    result = step.result
    if result is None:
        return ResultTable()
    with_rows = [part for part in result.parts if part.columns]
    several = len(result.parts) > 1
    lines = [line for part in result.parts for line in _says(part, several)]
    if several and with_rows:
        lines = [*_total(with_rows), *lines]
    if result.left_out:
        lines.append(("bold yellow", f"{result.left_out} more values were NOT gone through."))
    if not with_rows:
        return _files_table(result.parts, lines)
    columns = with_rows[0].columns
    rows: list[ResultRow] = []
    for part in with_rows:
        events = part.event_ids or (None,) * len(part.rows)
        for cells, event in zip(part.rows, events, strict=False):
            rows.append(
                ResultRow(len(rows), part.each, part.columns, cells, event, bool(event in pinned))
            )
    return ResultTable(columns, tuple(rows), tuple(lines), len(result.parts) > 1, result.ran_ms)


def _files_table(parts: Sequence[Part], lines: list[tuple[str, str]]) -> ResultTable:
    """Files that were written: each hash in full above, a row for each to copy (y)."""
    columns = FILE_COLUMNS
    rows: list[ResultRow] = []
    for part in parts:
        kind = "root hash" if part.name == "bundle" else "SHA-256"
        for file in part.files:
            lines.append(("bold green", f"{kind} {file.sha256} of {file.path}"))
            cells = (file.path, file.sha256)
            rows.append(ResultRow(len(rows), None, columns, cells, None, False))
    return ResultTable(columns if rows else (), tuple(rows), tuple(lines))


def _total(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """One line for all values: how many rows, for which values none, what was looked at."""
    rows = sum(len(part.rows) for part in parts)
    without = [str(part.each) for part in parts if not part.rows]
    told = dict.fromkeys(part.looked_at for part in parts)
    lines = [("", f"{rows:,} rows for {len(parts)} values. {' '.join(told)}")]
    if without:
        lines.append(("", f"{len(without)} without rows: {', '.join(without)}"))
    return lines


def _says(part: Part, several: bool) -> list[tuple[str, str]]:
    """Lines over the rows: what was looked at, what is missing, what failed. (style, text)"""
    if part.target:
        return []  # the list of actions says it in its row
    label = f"{part.label}: " if several else ""
    lines: list[tuple[str, str]] = []
    if part.error:
        lines.append(("bold red", f"✖ {label}failed: {part.error}"))
    if part.skipped:
        lines.append(("magenta", f"{label}left out: {part.skipped}"))
    if part.by_hand:
        lines.append(
            ("bold yellow", f"{label}{part.by_hand}: do it by hand, and note what was found")
        )
    if part.columns and (part.truncated or not several):
        count = f"{len(part.rows):,} {'row' if len(part.rows) == 1 else 'rows'}"
        if part.truncated:
            looked_at = "" if several else f" {part.looked_at}"
            more = f"the first {count}; there are MORE."
            cut = "NOT all came." if part.kind == "collect" else more
            lines.append(("bold yellow", f"{label}{cut}{looked_at}"))
        else:
            lines.append(("" if part.rows else "bold", f"{label}{count}. {part.looked_at}"))
    return lines
