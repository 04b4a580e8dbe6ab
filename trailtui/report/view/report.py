"""The report as a whole."""

from dataclasses import dataclass

from trailtui.report.view.answers import Answers
from trailtui.report.view.containment import ActionLine, Interval
from trailtui.report.view.coverage import (
    CoverageLines,
    EvidenceLine,
    Gap,
    HoursLine,
    LeadLine,
    ProblemLine,
)
from trailtui.report.view.events import Counts, JudgedLine, PinnedEvent, TallyGroup
from trailtui.report.view.findings import AlertLine, DetectedLine
from trailtui.report.view.lineage import LineageView
from trailtui.report.view.page import Page
from trailtui.report.view.plans import PlanLine, Protected, WatchLine
from trailtui.report.view.procedure import PlaybookLine, StepLine
from trailtui.report.view.rules import Enriched, RuleRuns


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of the action log."""

    seq: int
    at_ms: int
    kind: str
    who: str
    what: str
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says."""

    case: str
    made_ms: int
    made_by: str
    created_ms: int | None
    window: tuple[int | None, int | None]
    responders: tuple[str, ...]
    armed: str
    """For which account and identity the case is armed; empty while it is read-only."""
    playbooks: tuple[PlaybookLine, ...]
    counts: Counts
    groups: tuple[TallyGroup, ...]
    decisions: tuple[StepLine, ...]
    pinned: tuple[PinnedEvent, ...]
    entities: tuple[JudgedLine, ...]
    alerts: tuple[AlertLine, ...]
    alerts_more: int
    """Findings beyond those listed."""
    detected: tuple[DetectedLine, ...]
    detected_more: int
    """Findings of rules beyond those listed."""
    lineages: tuple[LineageView, ...]
    steps: tuple[StepLine, ...]
    actions: tuple[ActionLine, ...]
    intervals: tuple[Interval, ...]
    notes: tuple[tuple[int, str, str], ...]
    """Notes that belong to no event and no step: when, who, text."""
    log: tuple[LogLine, ...]
    log_entries: int
    log_head: str
    log_fault: str
    page: Page
    answers: Answers
    plans: tuple[PlanLine, ...]
    watches: tuple[WatchLine, ...]
    protected: Protected
    rule_runs: RuleRuns
    enriched: Enriched
    evidence: tuple[EvidenceLine, ...]
    hours: tuple[HoursLine, ...]
    coverage: CoverageLines | None
    leads: tuple[LeadLine, ...]
    more_leads: int
    problems: tuple[ProblemLine, ...]
    gaps: tuple[Gap, ...]
