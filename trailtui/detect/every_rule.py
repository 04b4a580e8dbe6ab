"""All rules that the program brings, of every kind."""

from trailtui.case.file import Case
from trailtui.detect.behaviour.running import behaviour_rules
from trailtui.detect.rules import RuleSet
from trailtui.detect.shipped_rules import shipped_filters, shipped_sigma


def every_rule(case: Case) -> RuleSet:
    """Metric filters, Sigma rules (where pySigma is installed) and rules of behaviour."""
    chosen = RuleSet()
    chosen.add(shipped_filters())
    chosen.add(shipped_sigma())
    chosen.add(behaviour_rules(case))
    return chosen
