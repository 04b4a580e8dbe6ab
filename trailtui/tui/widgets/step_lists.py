"""The columns of what a step holds beside its result: evidence and planned actions."""

from collections.abc import Callable

from trailtui.playbook.views import ActionView
from trailtui.tui.screens.step_walk import EvidenceLine
from trailtui.tui.showing import show_time, zone_label
from trailtui.tui.widgets.action_marks import action_mark, action_style
from trailtui.tui.widgets.table import Cell, Column


def evidence_columns(is_local: Callable[[], bool]) -> list[Column[EvidenceLine]]:
    """Pins and notes of a step."""

    def at(line: EvidenceLine) -> Cell:
        return Cell(show_time(line.at_ms, local=is_local()))

    return [
        Column("kind", "", lambda line: Cell(line.kind, "bold cyan"), 4, 4),
        Column("text", "what", lambda line: Cell(line.text), 20, 9999),
        Column("at", lambda: f"kept {zone_label(local=is_local())}", at, 19, 19, 1),
    ]


def action_columns() -> list[Column[ActionView]]:
    """The actions that a step planned."""

    def state(action: ActionView) -> Cell:
        return Cell(f"{action_mark(action.state)} {action.state}", action_style(action.state))

    def target(action: ActionView) -> Cell:
        return Cell(action.target, "bold", tail=action.target.startswith("arn:"))

    return [
        Column("state", "state", state, 14, 14),
        Column("target", "target", target, 20, 40),
        Column("action", "action", lambda action: Cell(action.action), 18, 24),
        Column("reason", "why", lambda action: Cell(action.reason), 16, 80, 1),
    ]
