"""What a screen or a command shows of a playbook that is being walked. Frozen, without UI."""

from collections.abc import Mapping
from dataclasses import dataclass

from trailtui.playbook.result import StepResult
from trailtui.playbook.template import Scalar

OPEN, RAN, DONE, SKIPPED, NOT_APPLICABLE = "open", "ran", "done", "skipped", "not-applicable"
"""The states of a step; not-applicable is worked out anew each time and never stored."""


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer of the step's question."""

    id: str
    means: str
    next: str
    """The step it leads to; empty: the one below."""
    chosen: bool


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action that the step planned, and how far it is."""

    target: str
    action: str
    plan_hash: str
    """Empty where no plan could be made."""
    state: str
    """As in the table of actions (planned, verified, failed, ...); else not-planned, skipped, or
    already-so where the state was what the action would bring about."""
    reason: str
    """Why it was skipped, or why there is no plan."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state in ("executed", "verified", "undone", "skipped", "already-so")


@dataclass(frozen=True, slots=True)
class CollectWish:
    """What to fetch first."""

    source: str
    parameters: Mapping[str, Scalar]
    """`with`, filled in."""
    why: str


@dataclass(frozen=True, slots=True)
class StepView:
    """A step, how it stands, and what it still needs."""

    id: str
    number: int
    """From 1 on, through all phases."""
    phase: str
    title: str
    guide: str
    """Markdown, the inputs filled in."""
    state: str
    reason: str
    """Why it was skipped, does not apply, or can't be told to apply; else empty."""
    runs: str
    """What it runs, in one line: `query key-activity`."""
    run_kind: str
    question: str
    options: tuple[OptionView, ...]
    decision: str
    evidence_required: bool
    pins: int
    notes: int
    result: StepResult | None
    actions: tuple[ActionView, ...]
    needs: tuple[str, ...]
    """What has to happen before it can be completed, as sentences."""
    collect_first: str
    """What to fetch before it is run, where the case lacks it, with the command; else empty."""
    collect_wish: CollectWish | None
    """The same, for who can collect it at once."""
    current: bool
    """Whether it is the next one."""

    @property
    def finished(self) -> bool:
        """Whether the procedure goes on without it."""
        return self.state in (DONE, SKIPPED, NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A phase with its steps."""

    phase: str
    guide: str
    steps: tuple[StepView, ...]

    @property
    def finished(self) -> bool:
        """Whether all its steps are."""
        return all(step.finished for step in self.steps)
