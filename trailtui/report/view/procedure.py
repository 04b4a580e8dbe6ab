"""The playbooks that were run, and their steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlaybookLine:
    """A playbook that was run."""

    id: str
    title: str
    version: int
    sha256: str
    started_ms: int
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """Where a step of the playbook stands."""

    phase: str
    id: str
    title: str
    state: str
    decision: str
    reason: str
    at_ms: int | None
    found: tuple[str, ...]
    """What its parts gave, a sentence each."""
    pinned: int
    notes: tuple[str, ...]
