"""What a report says, as plain values: the templates lay it out and work nothing out.

Texts are as they stand in the case (secrets replaced); making them safe is the renderers' part.
Times are milliseconds since 1970.
"""

from trailtui.report.view.answers import (
    AnswerLine,
    Answers,
)
from trailtui.report.view.containment import (
    ActionLine,
    Interval,
    Moment,
)
from trailtui.report.view.coverage import (
    CoverageLines,
    EvidenceLine,
    Gap,
    HoursLine,
    LeadLine,
    ProblemLine,
    StripLine,
)
from trailtui.report.view.events import (
    Counts,
    JudgedLine,
    PinnedEvent,
    Reference,
    Tally,
    TallyGroup,
)
from trailtui.report.view.findings import (
    AlertLine,
    DetectedLine,
)
from trailtui.report.view.lineage import (
    LineageLine,
    LineageView,
)
from trailtui.report.view.page import (
    Page,
    PageLine,
    RiskyLine,
)
from trailtui.report.view.plans import (
    ListChange,
    PlanEntry,
    PlanLine,
    Protected,
    WatchLine,
    WatchRoundLine,
)
from trailtui.report.view.procedure import (
    PlaybookLine,
    StepLine,
)
from trailtui.report.view.report import (
    LogLine,
    Report,
)
from trailtui.report.view.rules import (
    Enriched,
    RuleLine,
    RuleRun,
    RuleRuns,
    SourceLine,
)

__all__ = [
    "ActionLine",
    "AlertLine",
    "AnswerLine",
    "Answers",
    "Counts",
    "CoverageLines",
    "DetectedLine",
    "Enriched",
    "EvidenceLine",
    "Gap",
    "HoursLine",
    "Interval",
    "JudgedLine",
    "LeadLine",
    "LineageLine",
    "LineageView",
    "ListChange",
    "LogLine",
    "Moment",
    "Page",
    "PageLine",
    "PinnedEvent",
    "PlanEntry",
    "PlanLine",
    "PlaybookLine",
    "ProblemLine",
    "Protected",
    "Reference",
    "Report",
    "RiskyLine",
    "RuleLine",
    "RuleRun",
    "RuleRuns",
    "SourceLine",
    "StepLine",
    "StripLine",
    "Tally",
    "TallyGroup",
    "WatchLine",
    "WatchRoundLine",
]
