"""How a trail was set up: by what the case's events tell, or as the trail itself says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.errors import NotFound
from trailtui.model.errors import InputError
from trailtui.respond.action import State, Subject
from trailtui.respond.case_changes import Recorded
from trailtui.respond.placing import at_home, read_unless
from trailtui.respond.trail_selectors import (
    DEFAULT_SELECTORS,
    as_parameters,
    comparable,
    read_selectors,
    recorded_selectors,
)
from trailtui.respond.trails import trail_changes

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

_MAKING = ("CreateTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors", "DeleteTrail")
_GONE: State = {
    "trail": None,
    "selectors": comparable({"EventSelectors": DEFAULT_SELECTORS}),
    "insights": [],
    "logging": False,
}
"""Also how a new trail begins, but for `trail`."""


@dataclass
class Setup:
    """What makes a trail again: parameters of CreateTrail, and what is put afterwards."""

    trail: dict[str, Any] = field(default_factory=dict[str, Any])
    selectors: dict[str, Any] = field(default_factory=dict[str, Any])
    insights: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    told_by: list[Recorded] = field(default_factory=list[Recorded])


def setup_in_case(case: "Case", subject: Subject) -> Setup | None:
    """How the trail was set up when it was deleted last; None where the case did not see it made.

    What was changed between its making and its deletion counts, whoever did it.
    """
    calls = trail_changes(case, subject, *_MAKING)
    # Records have whole seconds, and no order within one.
    calls.sort(key=lambda call: (call.at_ms, _MAKING.index(call.name)))
    made = [at for at, call in enumerate(calls) if call.name == "CreateTrail"]
    if not made:
        return None
    found = Setup()
    for call in calls[made[-1] :]:
        told: dict[str, Any] = as_parameters(call.request)
        if call.name in ("CreateTrail", "UpdateTrail"):
            found.trail |= {name: one for name, one in told.items() if one is not None}
        elif call.name == "PutEventSelectors":
            found.selectors = recorded_selectors(call)
        elif call.name == "PutInsightSelectors":
            found.insights = told.get("InsightSelectors") or []
        found.told_by.append(call)
    return found


def read_setup(aws: "AwsSession", subject: Subject) -> State:
    """How the trail is set up now, and whether it logs; of a deleted one, how a new one begins."""
    here = at_home(aws, subject)
    try:
        trail = here.read("cloudtrail", "GetTrail", Name=subject.name).values["Trail"]
        selectors = read_selectors(aws, subject)
        status = here.read("cloudtrail", "GetTrailStatus", Name=subject.name).values
        told = read_unless(
            here,
            ("InsightNotEnabledException",),
            "cloudtrail",
            "GetInsightSelectors",
            TrailName=subject.name,
        )
    except NotFound:
        return {**_GONE, "exact": {}}
    insights = (told or {}).get("InsightSelectors", [])
    return {
        "trail": core(trail),
        "selectors": comparable(selectors),
        "insights": kinds_of(insights),
        "logging": bool(status["IsLogging"]),
        "exact": {"selectors": selectors, "insights": insights},
    }


def core(told: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a trail, from parameters of CreateTrail or from what GetTrail answers.

    AWS answers with the ARN of a key or topic where a name or alias was given.
    """
    validated = told.get("EnableLogFileValidation", told.get("LogFileValidationEnabled"))
    topic = str(told.get("SnsTopicName") or told.get("SnsTopicARN") or "")
    return {
        "bucket": told.get("S3BucketName"),
        "prefix": told.get("S3KeyPrefix") or None,
        "all regions": bool(told.get("IsMultiRegionTrail")),
        "global services": bool(told.get("IncludeGlobalServiceEvents", True)),
        "signed digests": bool(validated),
        "organisation": bool(told.get("IsOrganizationTrail")),
        "log group": told.get("CloudWatchLogsLogGroupArn") or None,
        "encrypted with a key": bool(told.get("KmsKeyId")),
        "topic": topic.rpartition(":")[2] or None,
    }


def kinds_of(insights: list[dict[str, str]]) -> list[str]:
    """The kinds of Insights that are looked for."""
    return sorted(one["InsightType"] for one in insights)


def settings_from(text: str, subject: Subject) -> dict[str, Any]:
    """Parameters of CreateTrail that a text says; raises InputError where it says none."""
    told = _parsed(text)
    if not isinstance(told, dict) or "S3BucketName" not in told:
        raise InputError(
            "these are no settings of a trail",
            cure='They are JSON, such as {"S3BucketName": "...", "IsMultiRegionTrail": true}.',
        )
    # UpdateTrail's records may name the trail by its ARN, which CreateTrail does not take.
    return {**cast("dict[str, Any]", told), "Name": subject.name}


def insights_from(text: str) -> list[dict[str, str]]:
    """Insight selectors that a text says; raises InputError where it says none."""
    told = _parsed(text)
    listed: list[Any] = cast("list[Any]", told) if isinstance(told, list) else [None]
    if not all(isinstance(one, dict) and "InsightType" in one for one in listed):
        raise InputError(
            "these are no Insight selectors",
            cure='They are JSON, such as [{"InsightType": "ApiCallRateInsight"}].',
        )
    return listed


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
