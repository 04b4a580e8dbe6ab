"""Where each step stands: does it apply, is it passed over, which one is next.

Worked out from what is stored each time it is asked, so that two responders see the same, and a
process that was killed has lost nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trailtui.case.file import Case
from trailtui.playbook.condition import (
    KIND_ALIASES,
    Subject,
    Unknown,
    Verdict,
    evaluate,
    parse_condition,
)
from trailtui.playbook.document import Playbook, Step
from trailtui.playbook.sources import ValueSource, parse_source
from trailtui.playbook.store import StepRow, named_entities
from trailtui.playbook.template import Scalar

if TYPE_CHECKING:
    from trailtui.playbook.tracing import Traced

_ARN_PARTS = {"user": (":user/",), "role": (":role/", ":assumed-role/")}


@dataclass(frozen=True, slots=True)
class Standing:
    """A step, what is stored of it, and whether it applies."""

    step: Step
    phase: str
    row: StepRow
    verdict: Verdict

    @property
    def applies(self) -> bool:
        """Whether it is to be done; a step of which that can't be told is."""
        return self.verdict.holds is not False


class Standings:
    """All steps of a run as they stand at one moment."""

    def __init__(
        self,
        case: Case,
        playbook: Playbook,
        inputs: Mapping[str, Scalar],
        rows: Mapping[str, StepRow],
    ) -> None:
        self._case = case
        self._inputs = inputs
        self._traced: Traced | None = None
        self.by_id: dict[str, Standing] = {}
        jump_to, jumped_from = "", ""
        for phase, step in playbook.steps():
            row = rows.get(step.id, StepRow())
            if step.id == jump_to:
                jump_to = ""
            if jump_to:
                verdict = Verdict(False, f"the decision at {jumped_from} leads on to {jump_to}")
            else:
                verdict = self._verdict(step)
            self.by_id[step.id] = Standing(step, phase.phase, row, verdict)
            target = _leads_to(step, row)
            if target and not jump_to and verdict.holds is not False:
                jump_to, jumped_from = target, step.id

    def next_step(self) -> Step | None:
        """The first step that applies and is neither done nor skipped."""
        for standing in self.by_id.values():
            if standing.applies and standing.row.state in ("open", "ran"):
                return standing.step
        return None

    def values(
        self, subject: Subject, source: ValueSource | None = None
    ) -> tuple[str, ...] | Unknown:
        """What a subject of `when` or a source of `for_each` stands for now."""
        match subject.root:
            case "decision":
                return self._decision(subject.name)
            case "step":
                return self._rows(source or ValueSource(subject))
            case "input":
                value = self._inputs.get(subject.name)
                return () if value is None else (str(value),)
            case "given" | "entity":
                return self._entities(subject)
            case _:
                return self._lineage(subject.name)

    def each(self, step: Step) -> tuple[str, ...] | Unknown:
        """The distinct values that a step with `for_each` goes through, in order."""
        found: dict[str, None] = {}
        for written in step.for_each:
            source = parse_source(written)
            values = self.values(source.subject, source)
            if isinstance(values, Unknown):
                return values
            found |= dict.fromkeys(values)
        return tuple(found)

    def _verdict(self, step: Step) -> Verdict:
        if step.when:
            verdict = evaluate(parse_condition(step.when), self.values)
            if verdict.holds is not True:
                return verdict
        if step.for_each:
            values = self.each(step)
            if isinstance(values, Unknown):
                return Verdict(None, values.why)
            if not values:
                return Verdict(False, f"{', '.join(step.for_each)}: nothing to go through")
        return Verdict(True, "")

    def _earlier(self, name: str) -> Standing | Unknown:
        standing = self.by_id[name]
        if standing.row.state == "skipped":
            return Unknown(f"step {name} was skipped; judge by yourself whether this applies")
        return standing

    def _decision(self, name: str) -> tuple[str, ...] | Unknown:
        standing = self._earlier(name)
        if isinstance(standing, Unknown):
            return standing
        if standing.row.decision:
            return (standing.row.decision,)
        if not standing.applies:
            return ()
        return Unknown(f"step {name} is not decided yet")

    def _rows(self, source: ValueSource) -> tuple[str, ...] | Unknown:
        name, column = source.subject.name, source.subject.column
        standing = self._earlier(name)
        if isinstance(standing, Unknown):
            return standing
        result = standing.row.result
        if result is None:
            return () if not standing.applies else Unknown(f"step {name} has not run yet")
        if any(part.by_hand or (part.error and not part.skipped) for part in result.parts):
            return Unknown(f"step {name} has no complete result; judge by yourself")
        if column is None:
            count = sum(len(part.rows) for part in result.parts)
            return tuple(str(number) for number in range(count))
        if lacking := result.lacks(source.columns):
            return Unknown(f"the result of step {name} has no column {lacking}")
        return result.values(column, source.tests)

    def _lineage(self, name: str) -> tuple[str, ...]:
        """Worked out of the events once for each look at the steps."""
        if self._traced is None:
            from trailtui.playbook.tracing import Traced

            self._traced = Traced(self._case)
        return self._traced.values(name)

    def _entities(self, subject: Subject) -> tuple[str, ...]:
        kind = KIND_ALIASES.get(subject.name, subject.name)
        values = named_entities(self._case, kind, given_only=subject.root == "given")
        wanted = _ARN_PARTS.get(subject.name)
        if wanted:
            values = tuple(value for value in values if any(part in value for part in wanted))
        return values


def _leads_to(step: Step, row: StepRow) -> str:
    """The step that a completed decision leads to; empty: the one below."""
    if step.decide is None or not row.decision or row.state != "done":
        return ""
    option = step.decide.option(row.decision)
    return option.next if option else ""
