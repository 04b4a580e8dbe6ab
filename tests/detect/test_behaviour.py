"""What is unusual for a principal, computed from a case."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.records import ACCOUNT, START, record, write_log_file
from trailtui.case.detections import Found
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.behaviour.first_use import client_of, network_of
from trailtui.detect.behaviour.running import behaviour_rules
from trailtui.detect.rules import run_rules
from trailtui.playbook.detecting import run_detection

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def usual(hours: int, calls: int = 3) -> list[dict[str, Any]]:
    """The same few calls each hour."""
    return [
        record(hour * 100 + call, eventTime=at(hour + call / 100))
        for hour in range(hours)
        for call in range(calls)
    ]


def found(case: Case, folder: Path, records: list[dict[str, Any]]) -> dict[str, Found]:
    collect_files(case, [str(write_log_file(folder / "log.json.gz", records))])
    done = run_rules(case, behaviour_rules(case))
    return {one.rule: one for _, one, _ in done.kept.states}


def ids(case: Case, one: Found) -> list[str]:
    return [row.event_id for row in by_ids(case, one.events)]


@pytest.mark.parametrize(
    ("change", "rule", "detail"),
    [
        ({"awsRegion": "ap-east-1"}, "first-use-of-a-Region", "new Region: ap-east-1"),
        ({"eventSource": "bedrock.amazonaws.com"}, "first-use-of-a-service",
         "new service: bedrock.amazonaws.com"),
        ({"userAgent": "Scout/5.1 x"}, "first-use-of-a-kind-of-client",
         "new kind of client: scout"),
        ({"sourceIPAddress": "203.0.113.9"}, "first-use-of-a-network",
         "new network: 203.0.113.0/24"),
    ],
)  # fmt: skip
def test_what_is_new_after_a_while_is_found_with_its_first_event(
    case: Case, tmp_path: Path, change: dict[str, str], rule: str, detail: str
) -> None:
    new = [record(9000 + n, eventTime=at(40 + n), **change) for n in range(3)]
    told = found(case, tmp_path, [*usual(42), *new])
    assert told.keys() == {rule}
    assert (told[rule].about, told[rule].detail) == (ALICE, detail)
    assert ids(case, told[rule]) == [new[0]["eventID"]]


@pytest.mark.parametrize(
    "change",
    [
        {"userAgent": "aws-cli/9.9.9"},
        {"sourceIPAddress": "198.51.100.99"},
        {"sourceIPAddress": "s3.amazonaws.com"},
    ],
)
def test_another_version_or_a_neighbouring_address_is_nothing_new(
    case: Case, tmp_path: Path, change: dict[str, str]
) -> None:
    assert not found(case, tmp_path, [*usual(42), record(9000, eventTime=at(40), **change)])


@pytest.mark.parametrize(("hours", "calls"), [(20, 10), (40, 1)])
def test_without_enough_of_a_past_nothing_is_new(
    case: Case, tmp_path: Path, hours: int, calls: int
) -> None:
    new = record(9000, eventTime=at(hours - 1), awsRegion="ap-east-1")
    assert not found(case, tmp_path, [*usual(hours, calls), new])


def test_a_spike_of_calls_is_found_with_its_events(case: Case, tmp_path: Path) -> None:
    burst = [record(9000 + n, eventTime=at(50 + n / 200)) for n in range(90)]
    told = found(case, tmp_path, [*usual(60), *burst])
    assert told.keys() == {"call-rate-spike"}
    assert "1 unusual hours with 93 calls in all; the most ListUsers: 93" in (
        told["call-rate-spike"].detail
    )
    assert {one["eventID"] for one in burst} <= set(ids(case, told["call-rate-spike"]))


def test_a_spike_of_errors_is_found_though_calls_are_as_ever(case: Case, tmp_path: Path) -> None:
    every = usual(60, calls=50)
    for one in every[50 * 50 : 51 * 50]:
        one["errorCode"] = "AccessDenied"
    told = found(case, tmp_path, every)
    assert told.keys() == {"error-rate-spike"}
    assert set(ids(case, told["error-rate-spike"])) == {
        one["eventID"] for one in every[50 * 50 : 51 * 50]
    }


def test_insights_events_are_findings(case: Case, tmp_path: Path) -> None:
    def insight(state: str, number: int) -> dict[str, Any]:
        return {
            "eventVersion": "1.08", "eventTime": at(number), "awsRegion": "us-east-1",
            "eventID": record(number)["eventID"], "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": ACCOUNT, "sharedEventID": "s", "eventCategory": "Insight",
            "insightDetails": {
                "state": state, "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
                "insightType": "ApiCallRateInsight",
                "insightContext": {"statistics": {"baseline": {"average": 0.5},
                                                  "insight": {"average": 40.0}}},
            },
        }  # fmt: skip

    told = found(case, tmp_path, [insight("Start", 1), insight("End", 2), record(3)])
    one = told["cloudtrail-insight"]
    assert one.about == "ec2.amazonaws.com · RunInstances · ApiCallRateInsight"
    assert one.detail == "40 calls a minute, 0.5 are usual"
    assert len(one.events) == 2


def test_hostile_agents_and_addresses_do_no_harm() -> None:
    assert client_of("") is None
    assert client_of("[]") is None
    assert network_of("not an address") is None
    assert network_of("fe80::1%eth0") == "fe80::/48"
    assert network_of("2001:db8::1") == "2001:db8::/48"


def test_a_step_of_a_playbook_runs_rules(case: Case, tmp_path: Path) -> None:
    collect_files(
        case, [str(write_log_file(tmp_path / "l.json.gz", [record(1, eventName="DeleteTrail",
               eventSource="cloudtrail.amazonaws.com")]))]
    )  # fmt: skip
    part = run_detection(case, "trail-changes", {}, None)
    (row,) = part.rows
    assert row[2] == "A trail was changed"
    (event,) = part.event_ids
    assert event is not None
    assert [one.event_id for one in by_ids(case, [event])] == [record(1)["eventID"]]
    assert "Looked at 1 events" in part.looked_at
    assert json.dumps(part.rows)
