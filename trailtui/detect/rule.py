"""What a rule of any kind is while it runs: conditions to meet, hits to take, findings to give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from trailtui.case.detections import Found
from trailtui.detect.scan.conditions import Condition
from trailtui.detect.scan.scanning import Hit

FILTER, SIGMA, BEHAVIOUR = "filter", "sigma", "behaviour"
KINDS = (FILTER, SIGMA, BEHAVIOUR)

NEXT_STEP = (
    "Look at its events, pivot on whoever acted and on the address, and decide whether this was "
    "meant."
)
"""For rules that say nothing of it themselves."""


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What a rule says of itself."""

    kind: str
    id: str
    title: str
    severity: str
    sha256: str
    """Of all that its answer depends on."""
    description: str = ""
    attack: tuple[str, ...] = ()
    next_step: str = NEXT_STEP
    origin: str = ""

    def found(self, about: str, events: list[int], detail: str = "") -> Found:
        """A finding of this rule; `events` are the rows' ids."""
        return Found(
            kind=self.kind, rule=self.id, rule_sha256=self.sha256, title=self.title,
            severity=self.severity, events=tuple(sorted(set(events))), about=about,
            description=self.description, attack=self.attack, next_step=self.next_step,
            origin=self.origin, detail=detail,
        )  # fmt: skip


class Rule(Protocol):
    """A rule that is being run. It may be run once."""

    facts: RuleFacts
    conditions: tuple[Condition, ...]
    """What it waits for."""

    def take(self, hit: Hit, position: int) -> None:
        """An event for which its condition at `position` holds."""
        ...

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """What it found in all; `names` has the principals' names by their ids."""
        ...


class EventRule:
    """A rule of one condition: each event that meets it counts; one finding for each principal."""

    def __init__(self, facts: RuleFacts, condition: Condition) -> None:
        self.facts = facts
        self.conditions: tuple[Condition, ...] = (condition,)
        self._events: dict[int | None, list[int]] = {}

    def take(self, hit: Hit, position: int) -> None:
        """Note an event of its principal."""
        assert position == 0  # noqa: S101 - it has one condition
        self._events.setdefault(hit.principal, []).append(hit.event)

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """One for each principal, in the order in which they were met."""
        return [
            self.facts.found(names.get(principal, "") if principal is not None else "", events)
            for principal, events in self._events.items()
        ]
