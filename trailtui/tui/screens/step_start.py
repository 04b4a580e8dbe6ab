"""The form that asks a playbook's inputs before it starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.text import safe
from trailtui.playbook.document import Input as Wanted
from trailtui.playbook.document import Playbook
from trailtui.playbook.inputs import known_inputs, read_inputs
from trailtui.playbook.load import FoundPlaybook, find_playbooks
from trailtui.tui.showing import plain
from trailtui.tui.widgets.table import Cell, Column


@dataclass(frozen=True, slots=True)
class Offer:
    """A playbook that can be started here, and what the case knows for its inputs."""

    found: FoundPlaybook
    known: Mapping[str, tuple[str, ...]]


def read_offers(case: Case) -> list[Offer]:
    """Every playbook there is, the ones that can't be used included. Call it in a lane."""
    return [
        Offer(found, known_inputs(case, found.playbook) if found.playbook else {})
        for found in find_playbooks()
    ]


def offer_columns() -> list[Column[Offer]]:
    """The list of playbooks."""
    return [
        Column("id", "playbook", lambda offer: Cell(offer.found.id, "bold"), 26, 34),
        Column("title", "title", lambda offer: Cell(_title(offer)), 20, 60),
        Column("from", "from", lambda offer: Cell(offer.found.origin), 8, 14, 1),
        Column("state", "state", _state, 10, 50, 2),
    ]


def _title(offer: Offer) -> str:
    return offer.found.playbook.title if offer.found.playbook else "can't be used"


def _state(offer: Offer) -> Cell:
    if offer.found.playbook is None:
        return Cell(str(offer.found.complaints[0]), "red")
    if offer.found.hidden_by:
        return Cell(f"hidden by {offer.found.hidden_by}", "dim")
    return Cell(f"version {offer.found.playbook.version}")


class InputsForm(ModalScreen[dict[str, str] | None]):
    """A line for each input, filled in with what the case knows; None for Esc."""

    CSS_PATH = "step_start.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now", priority=True),
        Binding("down", "app.focus_next", "Next", priority=True),
        Binding("up", "app.focus_previous", "Before", priority=True),
    ]

    def __init__(self, playbook: Playbook, known: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._playbook = playbook
        self._known = known
        self._lines: dict[str, Input] = {}
        self._wrong = Static("", markup=False, id="form-wrong")

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Static(plain(self._playbook.title, "bold"), id="form-title")
            with VerticalScroll(id="form-body", can_focus=False):
                if not self._playbook.inputs:
                    yield Static("It needs no input. Enter starts it.", markup=False)
                    yield Input(compact=True, placeholder="Enter")
                for item in self._playbook.inputs:
                    yield Static(_label(item))
                    with Horizontal(classes="form-row"):
                        yield Static("> ", markup=False, classes="form-mark")
                        line = Input(self._first(item.name), compact=True)
                        self._lines[item.name] = line
                        yield line
                    several = self._known.get(item.name, ())
                    if len(several) > 1:
                        yield Static(plain(f"  the case names: {', '.join(several)}", "dim"))
            yield self._wrong
            yield Static(
                "Enter: next, on the last line start it    ↑↓: lines    Esc: not now",
                markup=False,
                id="form-keys",
            )

    def _first(self, name: str) -> str:
        known = self._known.get(name, ())
        item = self._playbook.input(name)
        default = item.default if item else None
        return known[0] if len(known) == 1 else "" if default is None else str(default)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        lines = list(self._lines.values())
        if lines and message.input is not lines[-1]:
            lines[lines.index(message.input) + 1].focus()
            return
        values = {name: line.value for name, line in self._lines.items() if line.value.strip()}
        try:
            read_inputs(self._playbook, values, {})
        except InputError as error:
            self._wrong.update(plain(f"{error.what}. {error.cure}", "bold yellow"))
            return
        self.dismiss(values)

    def action_leave(self) -> None:
        self.dismiss(None)


def _label(item: Wanted) -> Text:
    label = Text(safe(item.name), "bold", no_wrap=True, overflow="ellipsis")
    if item.required:
        label.append(" required", "bold yellow")
    return label.append(f"  {safe(item.title or item.type)}", "dim")
