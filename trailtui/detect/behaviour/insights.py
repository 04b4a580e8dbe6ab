"""CloudTrail's own Insights events as findings.

Each has `insightDetails` with the call, the kind (call rate or error rate), and what is usual.
Source: CloudTrail User Guide, "CloudTrail Insights events".
"""

from collections.abc import Mapping

from trailtui.case.detections import Found
from trailtui.detect.behaviour.computed import behaviour_facts
from trailtui.detect.scan.conditions import Condition, Leaf, Subject, members_of
from trailtui.detect.scan.scanning import Hit


def _details(subject: Subject) -> Mapping[str, object]:
    return members_of(subject.record.get("insightDetails"))


class InsightRule:
    """Takes Insights events; one finding for each call and kind."""

    def __init__(self) -> None:
        self.facts = behaviour_facts(
            "cloudtrail-insight", "CloudTrail Insights noticed unusual activity", "medium", (),
            description="AWS compared the account's rate of calls, or of errors, with its past.",
            next_step="Look at the calls of that name between its start and its end.",
            attack="T1078.004",
        )  # fmt: skip
        # an Insights record has none of the usual fields: its row was read leniently
        leaf = Leaf(
            lambda subject: bool(_details(subject)), "category", lambda value: value == "Insight"
        )
        self.conditions: tuple[Condition, ...] = (leaf,)
        self._events: dict[str, list[int]] = {}
        self._told: dict[str, str] = {}

    def take(self, hit: Hit, position: int) -> None:
        """Note an Insights event by its call."""
        assert position == 0  # noqa: S101 - it has one condition
        details = _details(hit.subject)
        about = " · ".join(
            str(details.get(name) or "?")[:200]
            for name in ("eventSource", "eventName", "insightType")
        )
        self._events.setdefault(about, []).append(hit.event)
        self._told.setdefault(about, _statistics(details))

    def findings(self, names: Mapping[int, str]) -> list[Found]:
        """One for each call and kind."""
        _ = names
        return [
            self.facts.found(about, events, self._told[about])
            for about, events in self._events.items()
        ]


def _statistics(details: Mapping[str, object]) -> str:
    """What was usual and what was seen, in calls a minute."""

    def average(*names: str) -> object:
        value: object = details
        for name in names:
            value = members_of(value).get(name)
        return value

    usual = average("insightContext", "statistics", "baseline", "average")
    seen = average("insightContext", "statistics", "insight", "average")
    if not isinstance(usual, int | float) or not isinstance(seen, int | float):
        return ""
    return f"{seen:g} calls a minute, {usual:g} are usual"
