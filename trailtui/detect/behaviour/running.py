"""All rules of behaviour for one case."""

from functools import cache

from trailtui.case.file import Case
from trailtui.detect.behaviour.first_use import first_use_rules
from trailtui.detect.behaviour.insights import InsightRule
from trailtui.detect.behaviour.instances import instance_rules
from trailtui.detect.behaviour.on_lists import list_rules
from trailtui.detect.behaviour.spikes import spike_rules
from trailtui.detect.behaviour.travel import travel_rules
from trailtui.detect.behaviour.uses import uses
from trailtui.detect.enrich.enrichment import open_enrichment
from trailtui.detect.rules import RuleSet


def behaviour_rules(case: Case) -> RuleSet:
    """Insights events, first uses, spikes, instances' credentials, travel, lists that were given.

    Files that the case is enriched with and that can't be used are told as passed over.
    """
    known = open_enrichment(case)
    used = cache(lambda: uses(case))
    return RuleSet(
        [
            InsightRule(),
            *first_use_rules(case, known),
            *spike_rules(case),
            *instance_rules(case, known, used),
            *travel_rules(case, known, used),
            *list_rules(case, known),
        ],
        passed_over=[f"not used: {problem.rstrip('.')}" for problem in known.problems],
    )
