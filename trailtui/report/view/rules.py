"""Which rules ran, when, over what, and which files told something of addresses."""

from dataclasses import dataclass

from trailtui.report.view.plans import ListChange


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it was run: a changed rule is another one."""

    kind: str
    id: str
    sha256: str
    runs: int
    last_ms: int
    findings: int


@dataclass(frozen=True, slots=True)
class RuleRun:
    """A run of rules over the case."""

    at_ms: int
    who: str
    log_entry: int
    events: int
    """In the case at that time."""
    records_read: int
    kinds: tuple[tuple[str, int], ...]
    """Rules by kind, of those that the log names."""
    rules: int
    refused: tuple[str, ...]
    """Rules that could not be read, a sentence each."""
    refused_more: int
    passed_over: int
    new: int
    grown: int
    known: int
    lists: tuple[str, ...]
    """The files about addresses that were in use, by path and SHA-256."""


@dataclass(frozen=True, slots=True)
class RuleRuns:
    """All runs, the oldest first, and all rules that ran."""

    runs: tuple[RuleRun, ...]
    more_runs: int
    rules: tuple[RuleLine, ...]
    more_rules: int


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A file about addresses that the case is enriched with."""

    kind: str
    path: str
    sha256: str
    column: str


@dataclass(frozen=True, slots=True)
class Enriched:
    """The files in use, and how they came and went."""

    sources: tuple[SourceLine, ...]
    changes: tuple[ListChange, ...]
