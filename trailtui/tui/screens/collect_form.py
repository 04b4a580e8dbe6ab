"""What to look up: when, where, what for; with what it would take, before anything is asked."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from trailtui.collect.estimate import Estimate
from trailtui.model.errors import TrailtuiError
from trailtui.model.text import safe
from trailtui.tui.looking_up import Cost
from trailtui.tui.showing import plain
from trailtui.tui.wanted import ALL, ENTITIES, EVERYTHING, ORGANIZATION, OWN, Wanted

LABELS = {
    "since": "From",
    "until": "To",
    "accounts": "Accounts",
    "role": "Role",
    "regions": "Regions",
    "what": "Look for",
}
"""The lines of the form, by the fields of Wanted."""
_WORDS = {
    "since": ("-24h", "-7d", "-30d", "-90d"),
    "until": ("now",),
    "accounts": (OWN, ORGANIZATION),
    "regions": (ALL, "current", "us-east-1"),
    "what": (EVERYTHING, ENTITIES),
}
_RECKON_SECONDS = 0.7
"""How long a line has to stand still before the cost is reckoned anew."""


@dataclass(frozen=True, slots=True)
class About:
    """What the form is about."""

    title: str
    entities: tuple[str, ...]
    """What `entities` stands for: the case's, as AWS can be asked for them."""


Reckon = Callable[[Wanted, Callable[[Cost], None], Callable[[TrailtuiError], None]], None]
"""Reckons in a lane, and hands over the cost, or what was wrong."""


class CollectForm(ModalScreen[Wanted | None]):
    """Gives what is wanted, None for Esc."""

    CSS_PATH = "collect_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", priority=True),
        Binding("down", "walk(1)", "Next line", priority=True),
        Binding("up,shift+tab", "walk(-1)", "Line before", priority=True),
        Binding("tab", "complete", "Complete, next line", priority=True),
    ]

    def __init__(self, wanted: Wanted, about: About, reckon: Reckon) -> None:
        super().__init__()
        self._first = wanted
        self._about = about
        self._reckon = reckon
        self._reckoned: Wanted | None = None
        self._cost: Cost | None = None
        self._asked_twice: Wanted | None = None
        self._inputs = {name: self._input(name) for name in LABELS}
        self._says = Static("", id="collect-cost", markup=False)
        self._wrong = Static("", id="collect-wrong", markup=False)

    def _input(self, name: str) -> Input:
        words = (*_WORDS.get(name, ()), *(self._about.entities if name == "what" else ()))
        return Input(
            getattr(self._first, name),
            compact=True,
            select_on_focus=False,
            suggester=SuggestFromList(words) if words else None,
            id=f"collect-{name}",
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="collect"):
            yield Static(plain(self._about.title, "bold"), id="collect-title")
            for name, label in LABELS.items():
                with Horizontal(classes="line"):
                    yield Static(plain(label, "bold"))
                    yield self._inputs[name]
            yield Static(self._hints(), id="collect-hints", markup=False)
            yield self._says
            yield self._wrong
            yield Static(
                plain("Enter collects   Up Down lines   Tab completes   Esc leaves", "dim")
            )

    def _hints(self) -> Text:
        given = ", ".join(self._about.entities) or "none that AWS can look for"
        text = Text("Look for: everything, entities, a value, or KEY=VALUE.\n", "dim")
        text.append(f"entities: {safe(given)}\n", "dim")
        return text.append(
            "LookupEvents has 90 days of management events; data events are in s3, athena, lake.",
            "dim",
        )

    def on_mount(self) -> None:
        self._inputs["since"].focus()
        self._reckon_now()

    # Lines

    def action_walk(self, step: int) -> None:
        inputs = list(self._inputs.values())
        at = next((n for n, each in enumerate(inputs) if each.has_focus), 0)
        inputs[(at + step) % len(inputs)].focus()

    def action_complete(self) -> None:
        focused = self.focused
        if isinstance(focused, Input):
            before = focused.value
            focused.action_cursor_right()
            if focused.value != before:
                return
        self.action_walk(1)

    def action_leave(self) -> None:
        self.dismiss(None)

    @property
    def wanted(self) -> Wanted:
        """What the lines say; an empty one is as the form began."""
        typed = {name: each.value.strip() for name, each in self._inputs.items()}
        known = {field.name for field in fields(Wanted)}
        given = {name: value for name, value in typed.items() if name in known}
        given["role"] = typed["role"]
        kept = {name: value for name, value in given.items() if value or name == "role"}
        return replace(self._first, **kept)

    # The cost

    def on_input_changed(self) -> None:
        self._wrong.update("")
        self.set_timer(_RECKON_SECONDS, self._reckon_now)

    def _reckon_now(self) -> None:
        if not self.is_attached or self.wanted == self._reckoned:
            return
        wanted = self.wanted
        self._reckoned, self._cost = wanted, None
        try:
            wanted.window()
        except TrailtuiError as error:
            self._says.update(plain(str(error), "yellow"))
            return
        self._says.update(plain("Asking AWS what it would take…", "dim"))
        self._reckon(
            wanted,
            lambda cost: self._show_cost(wanted, cost),
            lambda error: self._show_error(wanted, error),
        )

    def _show_cost(self, wanted: Wanted, cost: Cost) -> None:
        if self.is_attached and wanted == self._reckoned:
            self._cost = cost
            self._says.update(cost_text(cost))

    def _show_error(self, wanted: Wanted, error: TrailtuiError) -> None:
        if self.is_attached and wanted == self._reckoned:
            self._says.update(Text(safe(str(error)), "bold red"))

    # Enter

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        wanted = self.wanted
        try:
            wanted.window()
            wanted.reach("")
        except TrailtuiError as error:
            self._wrong.update(Text(safe(str(error)), "bold red"))
            return
        question = self._question(wanted)
        if question and self._asked_twice != wanted:
            self._asked_twice = wanted
            self._wrong.update(Text(question, "bold yellow"))
            return
        self.dismiss(wanted)

    def _question(self, wanted: Wanted) -> str:
        """What makes a second Enter necessary; empty where nothing does."""
        cost = self._cost if wanted == self._reckoned else None
        if cost is not None and cost.estimate.worth_asking:
            return f"That takes {in_words(cost.estimate)}. Enter again starts it all the same."
        return ""


def cost_text(cost: Cost) -> Text:
    """What a look-up would take, and what can't be asked."""
    if cost.left:
        text = Text(f"{cost.left:,} parts to ask in {cost.places:,} places: ", "bold")
        text.append(f"{in_words(cost.estimate)}.", "bold")
    elif cost.places:
        text = Text("All of it was fetched before.", "bold")
    else:
        text = Text("No place can be asked.", "bold red")
    for note in cost.notes:
        text.append(f"\n{safe(note)}", "yellow")
    return text


def in_words(estimate: Estimate) -> str:
    """Calls, time and money of an estimate."""
    minutes = estimate.seconds / 60
    time = f"{estimate.seconds:,.0f} s" if minutes < 2 else f"{minutes:,.0f} minutes"
    money = f"{estimate.dollars:,.2f} dollars" if estimate.dollars else "free of charge"
    return f"about {estimate.requests:,} requests, {time}, {money}"
