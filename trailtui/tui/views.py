"""The views of a case: name, key, where the screen is. A screen is imported when it is opened."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from trailtui.model.errors import UsageError

if TYPE_CHECKING:
    from trailtui.tui.screens.base import CaseScreen
    from trailtui.tui.session import CaseSession


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at a case."""

    name: str
    key: str
    screen: str
    """`module:Class`."""
    help: str
    argument: str = ""
    """What may follow its name; empty: nothing."""

    def load(self) -> "Callable[[CaseSession], CaseScreen]":
        """Its screen class; raises UsageError where this version has none."""
        module, _, name = self.screen.partition(":")
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise UsageError(
                f"the view {self.name} is not part of this version",
                cure="The command line has it: `trailtui --help`.",
            ) from None
        return cast("Callable[[CaseSession], CaseScreen]", getattr(found, name))


_SCREENS = "trailtui.tui.screens"
VIEWS = (
    View("step", "1", f"{_SCREENS}.step:StepScreen", "The playbook, step by step"),
    View("timeline", "2", f"{_SCREENS}.timeline:TimelineScreen", "Events in time order"),
    View("entities", "3", f"{_SCREENS}.entities:EntitiesScreen", "Who and what occurs"),
    View("actions", "4", f"{_SCREENS}.actions:ActionsScreen", "Containment"),
    View("log", "5", f"{_SCREENS}.log:LogScreen", "The action log"),
    View("coverage", "6", f"{_SCREENS}.coverage:CoverageScreen", "What was looked at"),
    View("report", "7", f"{_SCREENS}.report:ReportScreen", "The report as it stands"),
    View("findings", "8", f"{_SCREENS}.findings:FindingsScreen", "Alerts, and what rules found"),
    View("summary", "9", f"{_SCREENS}.summary:SummaryScreen", "The case on one page"),
    View(
        "lineage", "T", f"{_SCREENS}.lineage:LineageScreen",
        "What came out of a credential", "CREDENTIAL",
    ),
)  # fmt: skip
CASES = "cases"
"""The one view that needs no case."""


def view_named(name: str) -> View | None:
    """A view by its name."""
    return next((view for view in VIEWS if view.name == name), None)
