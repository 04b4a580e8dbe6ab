"""What the account says of its trails, where moto says something else than AWS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sim.laboratory import NOON, Laboratory, outcome
from tests.simulated import trail


def test_a_second_trail_of_the_same_name_is_refused(lab: Laboratory) -> None:
    trail(lab.account)
    create = lab.root.client("cloudtrail").create_trail
    again = {"Name": "trail", "S3BucketName": "trail-logs"}
    assert outcome(create, **again) == "TrailAlreadyExistsException"
    assert lab.root.client("cloudtrail").get_trail(Name="trail")["Trail"]["IsMultiRegionTrail"]


@pytest.mark.parametrize("operation", ["start_logging", "stop_logging", "delete_trail"])
def test_trails_that_are_not_there_or_not_at_home(lab: Laboratory, operation: str) -> None:
    arn = trail(lab.account)
    here, there = (lab.root.client("cloudtrail", r) for r in ("us-east-1", "eu-west-1"))
    assert outcome(getattr(here, operation), Name="other") == "TrailNotFoundException"
    assert outcome(getattr(there, operation), Name=arn) == "InvalidHomeRegionException"


def test_the_status_tells_when_it_began_ended_and_delivered(lab: Laboratory) -> None:
    trail(lab.account, since=NOON - timedelta(hours=2))
    cloudtrail = lab.root.client("cloudtrail")
    before = cloudtrail.get_trail_status(Name="trail")
    assert before["IsLogging"]
    assert before["StartLoggingTime"] == NOON - timedelta(hours=2)
    assert "StopLoggingTime" not in before
    assert "LatestDeliveryTime" not in before
    lab.account.deliver_to_bucket()
    cloudtrail.stop_logging(Name="trail")
    after = cloudtrail.get_trail_status(Name="trail")
    assert not after["IsLogging"]
    assert after["StopLoggingTime"] == NOON
    assert after["LatestDeliveryTime"] == NOON
    assert after["LatestDigestDeliveryTime"] == NOON


def test_selectors_nobody_put_are_awss_own(lab: Laboratory) -> None:
    trail(lab.account)
    cloudtrail = lab.root.client("cloudtrail")
    (default,) = cloudtrail.get_event_selectors(TrailName="trail")["EventSelectors"]
    assert (default["ReadWriteType"], default["IncludeManagementEvents"]) == ("All", True)
    described = cloudtrail.describe_trails()["trailList"][0]
    assert not described["HasCustomEventSelectors"]
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    advanced = [{"Name": "all", "FieldSelectors": fields}]
    cloudtrail.put_event_selectors(TrailName="trail", AdvancedEventSelectors=advanced)
    told = cloudtrail.get_event_selectors(TrailName="trail")
    assert told["AdvancedEventSelectors"] == advanced
    assert "EventSelectors" not in told
    basic = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    cloudtrail.put_event_selectors(TrailName="trail", EventSelectors=basic)
    told = cloudtrail.get_event_selectors(TrailName="trail")
    assert "AdvancedEventSelectors" not in told
    assert cloudtrail.describe_trails()["trailList"][0]["HasCustomEventSelectors"]


def test_selectors_that_are_refused(lab: Laboratory) -> None:
    trail(lab.account)
    put = lab.root.client("cloudtrail").put_event_selectors
    assert outcome(put, TrailName="trail") == "InvalidEventSelectorsException"
    odd = [{"Name": "odd", "FieldSelectors": [{"Field": "weather", "Equals": ["rain"]}]}]
    assert outcome(put, TrailName="trail", AdvancedEventSelectors=odd) == "NotImplemented"


def test_insight_selectors_are_replaced_not_added(lab: Laboratory) -> None:
    trail(lab.account)
    cloudtrail = lab.root.client("cloudtrail")
    get = cloudtrail.get_insight_selectors
    assert outcome(get, TrailName="trail") == "InsightNotEnabledException"
    for kind in ("ApiErrorRateInsight", "ApiCallRateInsight"):
        wanted = [{"InsightType": kind}]
        cloudtrail.put_insight_selectors(TrailName="trail", InsightSelectors=wanted)
        assert get(TrailName="trail")["InsightSelectors"] == wanted
    assert cloudtrail.describe_trails()["trailList"][0]["HasInsightSelectors"]
    cloudtrail.put_insight_selectors(TrailName="trail", InsightSelectors=[])
    assert outcome(get, TrailName="trail") == "InsightNotEnabledException"


def test_a_trail_of_the_organisation_needs_one(lab: Laboratory) -> None:
    lab.root.client("s3").create_bucket(Bucket="logs")
    asked = {"Name": "all-of-us", "S3BucketName": "logs", "IsOrganizationTrail": True}
    create = lab.root.client("cloudtrail").create_trail
    assert outcome(create, **asked) == "OrganizationsNotInUseException"
