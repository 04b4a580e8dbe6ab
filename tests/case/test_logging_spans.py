"""What was not logged: from the calls about trails, and from what AWS says of them."""

from typing import Any

import pytest

from tests.case.coverage_scenes import (
    ACCOUNT,
    DAY_MS,
    MIDNIGHT_MS,
    START_MS,
    asked,
    described,
    trail_answers,
    trail_call,
)
from tests.records import record
from trailtui.case.covered import read_coverage
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.case.logging_spans import not_logged
from trailtui.case.selectors import read_selectors
from trailtui.case.unlogged import NotLogged
from trailtui.model.times import HOUR_MS

ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"


def told(case: Case, *calls: dict[str, Any]) -> list[NotLogged]:
    asked(case, "lookup", State.FETCHED, records=calls)
    return not_logged(case)


def test_from_stop_to_start(case: Case) -> None:
    stop, start = trail_call("StopLogging", 600), trail_call("StartLogging", 1200)
    (span,) = told(case, record(1), stop, start)
    assert (span.since_ms, span.until_ms) == (START_MS + 600_000, START_MS + 1_200_000)
    assert (span.what, span.trail, span.regions) == ("everything", "main", ("us-east-1",))
    assert span.events == (stop["eventID"], start["eventID"])
    assert "nor whether the trail logs other Regions too" in span.sure
    assert span.whole


def test_stopped_then_deleted_is_one_span_without_an_end(case: Case) -> None:
    (span,) = told(case, trail_call("StopLogging", 10), trail_call("DeleteTrail", 20))
    assert (span.since_ms, span.until_ms) == (START_MS + 10_000, None)
    assert span.because == "StopLogging, then DeleteTrail"


def test_calls_that_failed_or_were_of_others_change_nothing(case: Case) -> None:
    assert not told(
        case,
        trail_call("StopLogging", 1, errorCode="AccessDenied"),
        trail_call("StopLogging", 2, eventSource="other.amazonaws.com"),
        trail_call("StartLogging", 3),
        trail_call("DeleteTrail", 4, requestParameters=None)
        | {"errorCode": "TrailNotFoundException"},
    )


def test_no_longer_in_every_region(case: Case) -> None:
    parameters = {"name": "main", "isMultiRegionTrail": False}
    again = {"name": "main", "isMultiRegionTrail": True}
    (span,) = told(
        case,
        trail_call("UpdateTrail", 5, requestParameters=parameters, responseElements=parameters),
        trail_call("UpdateTrail", 9, requestParameters=again, responseElements=again),
    )
    assert (span.regions, span.except_regions) == ((), ("us-east-1",))
    assert span.concerns(ACCOUNT, "eu-west-1")
    assert not span.concerns(ACCOUNT, "us-east-1")
    assert not span.concerns("999999999999", "eu-west-1")
    assert span.until_ms == START_MS + 9000


def test_another_bucket_is_told(case: Case) -> None:
    one = {"name": "main", "s3BucketName": "mine"}
    two = {"name": "main", "s3BucketName": "theirs"}
    (span,) = told(
        case,
        trail_call("CreateTrail", 1, requestParameters=one, responseElements=one),
        trail_call("UpdateTrail", 2, requestParameters=two, responseElements=two),
    )
    assert "theirs" in span.because
    assert not span.whole


def test_selectors_that_leave_things_out_until_others_are_put(case: Case) -> None:
    def put(**selector: Any) -> dict[str, Any]:
        return {"trailName": "main", "eventSelectors": [selector]}

    narrow = put(
        readWriteType="WriteOnly",
        includeManagementEvents=True,
        excludeManagementEventSources=["kms.amazonaws.com"],
        dataResources=[{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
    )
    spans = told(
        case,
        trail_call("PutEventSelectors", 1, requestParameters=narrow),
        trail_call("PutEventSelectors", 9, requestParameters=put(includeManagementEvents=False)),
    )
    assert [(span.what, span.until_ms is None) for span in spans] == [
        ("read events", False),
        ("events of kms.amazonaws.com", False),
        ("management events", True),
        ("data events", True),
    ]


@pytest.mark.parametrize(
    ("answer", "lacking"),
    [
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}, ["data"]),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, ["write", "data"]),
        (
            {"EventSelectors": [{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}]},
            ["data"],
        ),
        ({"EventSelectors": []}, ["data"]),
        (
            {
                "AdvancedEventSelectors": [
                    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}
                ]
            },
            ["management"],
        ),
        (
            {
                "advancedEventSelectors": [
                    {
                        "fieldSelectors": [
                            {"field": "eventCategory", "equals": ["Management"]},
                            {"field": "readOnly", "equals": ["false"]},
                            {"field": "eventSource", "notEquals": ["rdsdata.amazonaws.com"]},
                        ]
                    }
                ]
            },
            ["read", "events of rdsdata.amazonaws.com", "data"],
        ),
    ],
)
def test_selectors(answer: dict[str, Any], lacking: list[str]) -> None:
    selected = read_selectors(answer)
    assert selected is not None
    assert [what.removesuffix(" events") for what in selected.lacking()] == lacking


def test_no_selectors_at_all_is_no_answer() -> None:
    assert read_selectors({"TrailARN": "x"}) is None
    assert read_selectors({"EventSelectors": None, "AdvancedEventSelectors": "x"}) is None


STATUS = f"GetTrailStatus {ARN}"
LOGS = {"IsLogging": True, "StartLoggingTime": MIDNIGHT_MS / 1000 - 1e6}
STOPPED = {"IsLogging": False, "StopLoggingTime": START_MS / 1000, "StartLoggingTime": 1.0}


def test_aws_says_that_the_trail_is_stopped(case: Case) -> None:
    trail_answers(case, "us-east-1", ("DescribeTrails", {"trailList": [described()]}))
    trail_answers(case, "eu-west-1", ("DescribeTrails", {"trailList": [described()]}))
    trail_answers(case, "us-east-1", (STATUS, STOPPED))
    (span,) = not_logged(case)
    assert set(span.regions) == {"us-east-1", "eu-west-1"}
    assert (span.since_ms, span.until_ms) == (START_MS, MIDNIGHT_MS + 2 * DAY_MS)
    assert span.whole
    assert "as AWS said at 2026-03-03" in span.sure


def test_a_region_without_a_trail(case: Case) -> None:
    for region in ("us-east-1", "eu-west-1"):  # the very same bytes: one piece of evidence
        trail_answers(case, region, ("DescribeTrails", {"trailList": []}))
    (span,) = not_logged(case)
    assert set(span.regions) == {"eu-west-1", "us-east-1"}
    assert (span.since_ms, span.until_ms, span.trail) == (None, None, "")


def test_another_trail_that_logs_makes_up_for_it(case: Case) -> None:
    both = {"trailList": [described(), described("second")]}
    second = f"GetTrailStatus {ARN.replace('main', 'second')}"
    trail_answers(case, "us-east-1", ("DescribeTrails", both), (STATUS, STOPPED), (second, LOGS))
    (span,) = not_logged(case)
    assert (span.trail, span.others_log, span.whole) == ("main", True, False)
    spans = told(case, trail_call("StopLogging", 0))
    assert [(each.trail, each.whole) for each in spans] == [("main", False), ("main", False)]


def test_hours_of_files_that_were_not_logged(case: Case) -> None:
    asked(case, "s3", State.FETCHED, records=[record(1)])
    asked(case, "lookup", State.FETCHED, records=[record(1), trail_call("StopLogging", 3600)])
    coverage = read_coverage(case)
    assert coverage is not None
    (place,) = coverage.places
    by_source = {cover.layer.source: cover for cover in place.layers}
    states = {run.state: run.hours for run in by_source["s3"].runs}
    assert states == {"empty": 8, "fetched": 1, "not-logged": 15}
    assert {run.state for run in by_source["lookup"].runs} == {"fetched", "empty"}
    assert coverage.blind_spots == ()  # event history needs no trail
    assert by_source["s3"].events == 1
    assert by_source["lookup"].events == place.events == 2


def test_broken_answers_are_passed_over(case: Case) -> None:
    trail_answers(case, "us-east-1", ("DescribeTrails", {"trailList": [{"Name": 5}, "x"]}))
    trail_answers(case, "us-east-1", (STATUS, {"IsLogging": "?", "StopLoggingTime": "soon"}))
    assert not_logged(case) == []


def test_a_window_of_the_case_is_kept_to(case: Case) -> None:
    case.set_setting("window", {"since_ms": START_MS, "until_ms": START_MS + 2 * HOUR_MS})
    asked(case, "lookup", State.FETCHED, records=[record(1), record(3 * 3600)])
    coverage = read_coverage(case)
    assert coverage is not None
    assert (coverage.since_ms, coverage.until_ms) == (START_MS, START_MS + 2 * HOUR_MS)
    assert (coverage.places[0].events, coverage.events_outside) == (1, 1)
