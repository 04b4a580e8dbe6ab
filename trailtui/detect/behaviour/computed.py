"""A rule that is computed from the rows of a case, without reading a record."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from trailtui.case.detections import Found
from trailtui.case.file import Case
from trailtui.detect.rule import BEHAVIOUR, RuleFacts
from trailtui.detect.scan.conditions import Condition
from trailtui.detect.scan.scanning import Hit

Unusual = tuple[int | str, list[int], str]
"""Whom it is about (a principal's id in `strings`, or words), the rows' ids, what is unusual."""


class ComputedRule:
    """A rule whose findings come out of one function of the case."""

    def __init__(
        self, case: Case, facts: RuleFacts, compute: Callable[[Case], Sequence[Unusual]]
    ) -> None:
        self.facts = facts
        self.conditions: tuple[Condition, ...] = ()
        self._case = case
        self._compute = compute

    def take(self, hit: Hit, position: int) -> None:
        """It waits for nothing."""
        raise AssertionError(hit, position)

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """One for each principal that did something unusual."""
        _ = names
        return [
            self.facts.found(self._name(about), events, detail)
            for about, events, detail in self._compute(self._case)
        ]

    def _name(self, principal: int | str) -> str:
        if isinstance(principal, str):
            return principal
        row = self._case.connection.execute(
            "SELECT text FROM strings WHERE id = ?", [principal]
        ).fetchone()
        return str(row[0]) if row else ""


def behaviour_facts(
    rule: str, title: str, severity: str, settings: object, **more: str
) -> RuleFacts:
    """What a rule of behaviour says of itself; `settings` are the numbers that its answer rests on.

    Args:
        rule: its id.
        title: of its findings.
        severity: of its findings.
        settings: part of the rule's fingerprint.
        more: description, next_step, attack (ids with blanks between them) and origin, which is
            the program itself where nothing else is said.
    """
    digest = sha256(repr((rule, settings)).encode()).hexdigest()
    return RuleFacts(
        BEHAVIOUR, rule, title, severity, digest,
        description=more.get("description", ""),
        attack=tuple(more.get("attack", "").split()),
        next_step=more["next_step"],
        origin=more.get("origin", "trailtui"),
    )  # fmt: skip
