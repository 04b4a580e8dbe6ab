"""All rules of behaviour for one case."""

from trailtui.case.file import Case
from trailtui.detect.behaviour.first_use import first_use_rules
from trailtui.detect.behaviour.insights import InsightRule
from trailtui.detect.behaviour.spikes import spike_rules
from trailtui.detect.rules import RuleSet


def behaviour_rules(case: Case) -> RuleSet:
    """CloudTrail's Insights events; first uses; spikes of calls and errors."""
    return RuleSet([InsightRule(), *first_use_rules(case), *spike_rules(case)])
