"""Keeping evidence from a step: pins, notes, tags; copying what names it; going to its timeline."""

from collections.abc import Callable

from trailtui.case import marks
from trailtui.case.events import EventRow, by_ids
from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.text import safe
from trailtui.playbook.runner import PlaybookRun
from trailtui.tui.filter_line import FilterLine
from trailtui.tui.pinned import say_where_pinned, steps_of_pins
from trailtui.tui.places import Place
from trailtui.tui.record_lines import read_event
from trailtui.tui.screens.step_base import AboutStep
from trailtui.tui.screens.step_walk import FILE_COLUMNS


class MarksSteps(AboutStep):
    """Takes the event under the cursor, whichever pane it stands in."""

    def do_pin(self, argument: str) -> None:
        step, event = self.present_step(), self.chosen_event()
        if event is None:
            self.say("No event stands behind this; n writes a note instead.")
            return

        def pin(case: Case) -> str:
            row, held = _event(case, event), steps_of_pins(case, [event])
            if not argument and held.get(event) == step.id:
                marks.unpin_event(case, row)
                return f"No longer pinned: {row.name}."
            PlaybookRun.resume(case).pin(step.id, event, argument)
            told = f"Pinned for {step.id}: {row.name}. {say_where_pinned(held, step.id)}"
            return told.rstrip()

        self._mark(pin)

    def do_note(self, argument: str) -> None:
        if self.scene is None:
            super().do_note(argument)
            return
        step, event = self.scene.step, self.chosen_event()
        if not argument:
            what = f"note to {step.id}" + (" and the event" if event is not None else "")
            self.ask(f"{what}:", self.do_note)
            return

        def note(case: Case) -> str:
            marks.add_note(case, argument, step=step.id, event=event)
            return f"The note is written, for {step.id}."

        self._mark(note)

    def do_tag(self, argument: str) -> None:
        event = self.chosen_event()
        if event is None:
            self.say("No event stands behind this.")
            return
        if not argument:
            self.ask("tag (-TAG takes it away):", self.do_tag)
            return

        def tag(case: Case) -> str:
            row = _event(case, event)
            if argument.startswith("-"):
                marks.untag_event(case, row, argument[1:])
                return f"Tag taken away: {argument[1:]}."
            marks.tag_event(case, row, argument)
            return f"Tagged {row.name}: {argument}."

        self._mark(tag)

    def _mark(self, task: Callable[[Case], str]) -> None:
        def done(says: str) -> None:
            self.say(says, "green")
            self.reread_step()

        self.work_in(self.session.write, "marks", task, done, replace=False)

    def do_reference(self, _: str) -> None:
        event, row = self.chosen_event(), self.result.row
        if self.plan_shown:
            self.copy_text(self.plan_shown)
        elif event is not None:
            self.work_in(
                self.session.read,
                "reference",
                lambda case: safe(read_event(case, _event(case, event)).reference),
                self.copy_text,
            )
        elif row is not None:
            cells = reversed(row.cells) if row.columns == FILE_COLUMNS else row.cells
            self.copy_text(safe("  ".join(str(cell) for cell in cells)))
        else:
            self.say("Nothing under the cursor has a reference to copy.")

    def do_pivot(self, _: str) -> None:
        entity = self.chosen_entity()
        event = self.chosen_event()
        line = FilterLine().with_entity(entity)
        self.console.go(Place("timeline", {"filter": line.text, "row": event}))


def _event(case: Case, event: int) -> EventRow:
    found = by_ids(case, [event])
    if not found:
        raise InputError(f"there is no event #{event} in this case")
    return found[0]
