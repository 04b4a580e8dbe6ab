"""A playbook's steps as text for the command line: rows on stdout, all else on stderr."""

import shlex
from typing import TYPE_CHECKING

from trailtui.cli.output import print_rows, say
from trailtui.model.text import safe
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.playbook.result import Part
    from trailtui.playbook.runner import PlaybookRun
    from trailtui.playbook.views import StepView

_MARKS = {"open": " ", "ran": "~", "done": "x", "skipped": "-", "not-applicable": "."}


def _leave_out(label: str) -> str:
    """The words that leave a part undone; the runner takes the label as it is shown, too."""
    return f"--skip --target {shlex.quote(safe(label))} --reason TEXT"


class Printer:
    """Prints one run's steps."""

    def __init__(self, run: "PlaybookRun", case_name: str, output: str) -> None:
        self._run = run
        self._case_name = case_name
        self._output = output

    def overview(self) -> None:
        """All phases and steps with their states."""
        playbook = self._run.playbook
        inputs = ", ".join(f"{name} {value}" for name, value in self._run.inputs.items())
        say(f"{playbook.title} (version {playbook.version}); {inputs or 'no inputs'}")
        for phase in self._run.phases():
            say(f"  {phase.phase}")
            for step in phase.steps:
                pointer = ">" if step.current else " "
                state = step.state if step.state != "open" else ""
                told = step.reason and step.state != "open"  # of an open one the step itself tells
                reason = f"({step.reason})" if told else ""
                decided = f"-> {step.decision}" if step.decision else ""
                words = " ".join(filter(None, (state, decided, reason)))
                mark = _MARKS[step.state]
                say(f"  {pointer} [{mark}] {step.number:2} {step.id:20} {words}".rstrip())

    def introduction(self, step: "StepView") -> None:
        """The step's title and guide."""
        say(f"\n{step.number}. {step.title}   [{step.phase} / {step.id}]")
        if step.reason:
            say(f"({step.state}: {step.reason})")
        say(f"\n{step.guide}\n")
        if step.collect_first:
            say(f"First: {step.collect_first}")
        say(f"Runs: {step.runs}")

    def outcome(self, step: "StepView") -> None:
        """What the step made, what it asks, what it still needs."""
        if step.result:
            for part in step.result.parts:
                self._part(step.id, part)
            if self._output != "table":
                self._rows_of_all(step.result.parts)
            if step.result.left_out:
                say(f"{step.result.left_out} more values were NOT gone through.")
        for action in step.actions:
            reason = f": {action.reason}" if action.reason else ""
            say(f"Action {action.action} {action.target} is {action.state}{reason}")
            if action.state == "planned":
                command = f"trailtui run {self._case_name} {step.id}"
                say(f"  apply:     {command} --confirm {action.plan_hash[:12]}")
                say(f"  leave out: {command} {_leave_out(action.target)}")
        if step.question:
            say(f"\n{step.question}")
            for option in step.options:
                chosen = "*" if option.chosen else " "
                leads = f" (goes on with {option.next})" if option.next else ""
                say(f"  {chosen} {option.id:14} {option.means}{leads}")
        stands = "was run" if step.state == "ran" else f"is {step.state}"
        say(f"\n{step.id} {stands}; {step.pins} pinned, {numbered(step.notes, 'note')}.")
        for need in step.needs:
            say(f"  still needed: {need}")
        if not step.needs and step.state not in ("done", "skipped"):
            say(f"  complete it: trailtui run {self._case_name} {step.id} --complete")

    def _part(self, step_id: str, part: "Part") -> None:
        label = f"{part.each}: " if part.each is not None else ""
        if part.error:
            say(f"{label}FAILED: {part.error}")
            if not part.skipped:
                command = f"trailtui run {self._case_name} {step_id}"
                say(f"  leave out: {command} {_leave_out(part.label)}")
        if part.already:
            say(f"{label}{part.already}")
        if part.skipped:
            say(f"{label}left out: {part.skipped}")
        if part.by_hand:
            say(f"{label}{part.by_hand}: do it by hand, and write a note of what was found.")
        for file in part.files:
            say(f"{label}wrote {file.path} (SHA-256 {file.sha256})")
        if part.plan_hash:
            self._preview(part.plan_hash)
        if part.columns:
            if self._output == "table":
                print_rows(part.columns, part.rows, self._output)
            more = " There are MORE rows than these." if part.truncated else ""
            more = " NOT all came." if part.truncated and part.kind == "collect" else more
            rows = f"{len(part.rows)} row{'' if len(part.rows) == 1 else 's'}"
            say(f"{label}{rows}.{more} {part.looked_at}")

    def _rows_of_all(self, parts: "tuple[Part, ...]") -> None:
        """One document for all parts, so that what reads it can read it."""
        with_rows = [part for part in parts if part.columns]
        if not with_rows:
            return
        columns = with_rows[0].columns
        if with_rows[0].each is None:
            print_rows(columns, with_rows[0].rows, self._output)
            return
        rows = [(part.each, *row) for part in with_rows for row in part.rows]
        print_rows(("each", *columns), rows, self._output)

    def _preview(self, plan_hash: str) -> None:
        from trailtui.respond.preview import preview, sections

        shown = preview(self._run.case, plan_hash)
        say(f"\n{shown.title}: {shown.target}   plan {shown.short_hash}, {shown.state}")
        for section in sections(shown):
            say(f"  {section.heading}")
            for line in section.lines:
                say(f"    {line}")
