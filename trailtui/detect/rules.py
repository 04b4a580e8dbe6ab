"""Running rules of every kind over a case in one pass, and keeping what they find."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trailtui.case.detections import Found, Kept, keep_detections
from trailtui.case.file import Case
from trailtui.detect.rule import Rule
from trailtui.detect.scan.conditions import Condition
from trailtui.detect.scan.scanning import Tally, scan

_MOST_LOGGED = 500


@dataclass(slots=True)
class RuleSet:
    """Rules to be run, and what is no rule."""

    rules: list[Rule] = field(default_factory=list[Rule])
    refused: list[str] = field(default_factory=list[str])
    """What could not be read, a sentence each, with file and line."""
    passed_over: list[str] = field(default_factory=list[str])
    """What is sound and not for this: rules for other logs, alarms that can't be replayed."""

    def add(self, other: "RuleSet") -> None:
        """Take another set's rules along."""
        self.rules += other.rules
        self.refused += other.refused
        self.passed_over += other.passed_over


@dataclass(slots=True)
class Detected:
    """What a run found."""

    kept: Kept
    tally: Tally
    events: int
    """How many the case has."""
    seconds: float
    stopped: bool = False
    """Whether it was ended before it had seen all; then nothing was kept."""


def run_rules(
    case: Case, chosen: RuleSet, progress: Callable[[Tally], bool] = lambda _: True
) -> Detected:
    """Run all rules over all events of the case, keep the findings, and log the run.

    `progress` may end it by returning False: then nothing is kept, as a count that was broken off
    is no count.
    """
    started = time.monotonic()
    tally = Tally()
    going = True

    def told(now: Tally) -> bool:
        nonlocal going
        going = progress(now)
        return going

    found = _found(case, chosen.rules, tally, told)
    total = int(case.connection.execute("SELECT count(*) FROM event_rows").fetchone()[0])
    if not going:
        return Detected(Kept(), tally, total, time.monotonic() - started, stopped=True)
    kept = keep_detections(case, found, _told(chosen, tally, total))
    return Detected(kept, tally, total, time.monotonic() - started)


def _found(
    case: Case, rules: Sequence[Rule], tally: Tally, progress: Callable[[Tally], bool]
) -> list[Found]:
    conditions: list[Condition] = []
    waiting: list[tuple[Rule, int]] = []
    for rule in rules:
        for position, condition in enumerate(rule.conditions):
            conditions.append(condition)
            waiting.append((rule, position))
    principals: set[int] = set()
    for hit in scan(case, conditions, tally, progress):
        if hit.principal is not None:
            principals.add(hit.principal)
        for met in hit.conditions:
            rule, position = waiting[met]
            rule.take(hit, position)
    names = _names(case, principals)
    return [found for rule in rules for found in rule.findings(names)]


def _names(case: Case, wanted: set[int]) -> dict[int, str]:
    """The texts of principals by their ids."""
    found: dict[int, str] = {}
    numbers = sorted(wanted)
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        marks = ", ".join("?" * len(part))
        found.update(
            case.connection.execute(
                f"SELECT id, text FROM strings WHERE id IN ({marks})",  # noqa: S608
                part,
            ).fetchall()
        )
    return found


def _told(chosen: RuleSet, tally: Tally, events: int) -> dict[str, object]:
    """What the action log says of a run."""
    what: dict[str, object] = {
        "events": events,
        "records_read": tally.read,
        "rules": [
            [rule.facts.kind, rule.facts.id, rule.facts.sha256]
            for rule in chosen.rules[:_MOST_LOGGED]
        ],
        "refused": chosen.refused[:_MOST_LOGGED],
        "passed_over": len(chosen.passed_over),
    }
    for name, count in (("rules", len(chosen.rules)), ("refused", len(chosen.refused))):
        if count > _MOST_LOGGED:
            what[f"{name}_in_all"] = count
    return what
