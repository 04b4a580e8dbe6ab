"""What a responder does to events, on any screen that shows some: pin, tag, note, copy."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from trailtui.case import marks
from trailtui.case.events import EventRow
from trailtui.case.file import Case
from trailtui.model.text import safe
from trailtui.tui.commands import Command, bindings
from trailtui.tui.pinned import say_where_pinned, steps_of_pins
from trailtui.tui.record_lines import read_event
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.showing import CUT

_EVENTS = "Events"
MOST_LETTERS = 40
"""Of an event's name in what is said; attackers can choose long ones."""
NO_EVENT = "No event stands under the cursor."

MARKING = (
    Command("pin", "p", "Pin as evidence, or take the pin away", _EVENTS, "pin", "REASON"),
    Command("tag", "t", "Tag; -TAG takes a tag away", _EVENTS, "tag", "TAG"),
    Command("note", "n", "Note to the event", _EVENTS, "note", "TEXT"),
    Command("reference", "y", "Copy what names the event and its bytes", _EVENTS, "copy ref"),
    Command("copy", "c", "Copy the value under the cursor", _EVENTS),
)


class MarksEvents(CaseScreen):
    """A screen with events to mark. It says which, and shows them anew."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MARKING)]

    def chosen_events(self) -> list[EventRow]:
        """The events that a command is about."""
        return []

    def reread(self, rows: list[EventRow]) -> None:
        """Show events anew whose marks changed."""

    def do_pin(self, argument: str) -> None:
        rows, step = self.chosen_events(), self.session.step
        if not rows:
            self.say(NO_EVENT)
            return
        away = all(row.pinned for row in rows) and not argument

        def pin(case: Case) -> str:
            held = steps_of_pins(case, [row.id for row in rows])
            with case.writing():
                for row in rows:
                    if away:
                        marks.unpin_event(case, row)
                    else:
                        marks.pin_event(case, row, step=step, reason=argument)
            return say_where_pinned(held, None if away else step)

        told = "No longer pinned" if away else "Pinned as evidence"
        self._write(pin, rows, f"{told}: {_events(rows)}.")

    def do_tag(self, argument: str) -> None:
        rows = self.chosen_events()
        if not rows:
            self.say(NO_EVENT)
            return
        if not argument:
            self.ask(f"tag for {_events(rows)}:", self.do_tag)
            return
        away, word = argument.startswith("-"), argument.removeprefix("-").strip()

        def tag(case: Case) -> str:
            with case.writing():
                for row in rows:
                    (marks.untag_event if away else marks.tag_event)(case, row, word)
            return ""

        self._write(tag, rows, f"{'Tag taken away' if away else 'Tagged'}: {_events(rows)}.")

    def do_note(self, argument: str) -> None:
        rows, step = self.chosen_events(), self.session.step
        if not rows:
            super().do_note(argument)
            return
        if not argument:
            self.ask(f"note to {_events(rows)}:", self.do_note)
            return

        def note(case: Case) -> str:
            with case.writing():
                for row in rows:
                    marks.add_note(case, argument, step=step, event=row.id)
            return ""

        self._write(note, rows, f"Noted: {_events(rows)}.")

    def _write(self, task: Callable[[Case], str], rows: list[EventRow], told: str) -> None:
        def done(more: str) -> None:
            self.say(f"{told} {more}".rstrip())
            self.reread(rows)

        self.work_in(self.session.write, "marks", task, done, replace=False)

    def do_reference(self, _: str) -> None:
        rows = self.chosen_events()[:100]

        def references(case: Case) -> str:
            return "\n".join(safe(read_event(case, row).reference) for row in rows)

        if rows:
            self.work_in(self.session.read, "reference", references, self.copy_text)
        else:
            self.say(NO_EVENT)


def _events(rows: list[EventRow]) -> str:
    if len(rows) == 1:
        name = rows[0].name or rows[0].event_id
        return name if len(name) <= MOST_LETTERS else f"{name[:MOST_LETTERS]}{CUT}"
    return f"{len(rows)} events"
