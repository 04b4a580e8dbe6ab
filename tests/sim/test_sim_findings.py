"""Findings of the simulated account: GuardDuty, Security Hub in both versions, alarm history."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.detect import samples
from tests.sim.laboratory import NOON, Laboratory
from trailtui.sim import findings

REGION = "us-east-1"


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def guardduty_finding(number: int, **changes: Any) -> dict[str, Any]:
    at = (NOON - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return samples.guardduty(id=f"{number:032x}", updatedAt=at, **changes)


@pytest.fixture
def guardduty(lab: Laboratory) -> Any:
    for number in range(60):
        findings.add(lab.account.world, "guardduty", guardduty_finding(number, severity=number % 9))
    return lab.root.client("guardduty")


def detector(client: Any) -> str:
    (found,) = client.list_detectors()["DetectorIds"]
    return str(found)


def listed(client: Any, criterion: dict[str, Any] | None = None, **more: Any) -> list[str]:
    pages = client.get_paginator("list_findings").paginate(
        DetectorId=detector(client), FindingCriteria={"Criterion": criterion or {}}, **more
    )
    return [one for page in pages for one in page["FindingIds"]]


def test_guardduty_lists_in_pages_newest_update_first(guardduty: Any) -> None:
    first = guardduty.list_findings(DetectorId=detector(guardduty))
    assert len(first["FindingIds"]) == 50
    assert listed(guardduty) == [f"{number:032x}" for number in range(60)]
    ascending = {"AttributeName": "severity", "OrderBy": "ASC"}
    assert len(set(listed(guardduty, SortCriteria=ascending))) == 60


def test_guardduty_evaluates_its_criteria(guardduty: Any) -> None:
    noon_ms = int(NOON.timestamp() * 1000)
    hour = 3_600_000
    recent = listed(guardduty, {"updatedAt": {"GreaterThanOrEqual": noon_ms - 5 * hour}})
    assert recent == [f"{number:032x}" for number in range(6)]
    older = {"updatedAt": {"LessThan": noon_ms - 5 * hour}, "severity": {"Gte": 8}}
    assert listed(guardduty, older) == [f"{n:032x}" for n in range(60) if n > 5 and n % 9 == 8]
    key = "resource.accessKeyDetails.accessKeyId"
    assert len(listed(guardduty, {key: {"Eq": [samples.KEY]}})) == 60
    assert listed(guardduty, {key: {"Neq": [samples.KEY]}}) == []
    assert len(listed(guardduty, {"severity": {"Eq": ["5.0"]}})) == 7
    assert len(listed(guardduty, {"service.archived": {"Eq": ["false"]}})) == 60


def test_guardduty_says_what_it_does_not_evaluate(guardduty: Any) -> None:
    ask = {"DetectorId": detector(guardduty)}
    tags = {"Criterion": {"resource.instanceDetails.tags.key": {"Eq": ["a"]}}}
    assert code(guardduty.list_findings, **ask, FindingCriteria=tags) == "NotImplemented"
    matches = {"Criterion": {"type": {"Matches": ["a"]}}}
    assert code(guardduty.list_findings, **ask, FindingCriteria=matches) == "NotImplemented"


def test_guardduty_gives_fifty_findings_of_its_own_detector(guardduty: Any) -> None:
    ids = listed(guardduty)
    found = guardduty.get_findings(DetectorId=detector(guardduty), FindingIds=ids[:50])["Findings"]
    assert {one["Id"] for one in found} == set(ids[:50])
    call = found[0]["Service"]["Action"]["AwsApiCallAction"]
    assert call["RemoteIpDetails"]["IpAddressV4"] == samples.ATTACKER
    assert call["UserAgent"] == samples.AGENT
    assert found[0]["Severity"] == found[0]["Severity"] + 0.0
    assert code(guardduty.get_findings, DetectorId=detector(guardduty), FindingIds=ids) == (
        "BadRequestException"
    )
    assert code(guardduty.list_findings, DetectorId="0" * 32) == "BadRequestException"


def test_a_token_is_bound_to_its_request(guardduty: Any) -> None:
    ask = {"DetectorId": detector(guardduty), "MaxResults": 10}
    token = guardduty.list_findings(**ask)["NextToken"]
    again = guardduty.list_findings(**ask, NextToken=token)["FindingIds"]
    assert again == [f"{number:032x}" for number in range(10, 20)]
    ask["MaxResults"] = 20
    assert code(guardduty.list_findings, **ask, NextToken=token) == "BadRequestException"


def test_samples_and_archiving(lab: Laboratory) -> None:
    client = lab.root.client("guardduty")
    assert client.list_detectors()["DetectorIds"] == []
    made = client.create_detector(Enable=True)["DetectorId"]
    client.create_sample_findings(
        DetectorId=made, FindingTypes=["Policy:IAMUser/RootCredentialUsage"]
    )
    (found,) = listed(client)
    (sample,) = client.get_findings(DetectorId=made, FindingIds=[found])["Findings"]
    assert sample["Title"].startswith("[SAMPLE]")
    assert json.loads(sample["Service"]["AdditionalInfo"]["Value"]) == {"sample": True}
    client.archive_findings(DetectorId=made, FindingIds=[found])
    assert listed(client, {"service.archived": {"Eq": ["false"]}}) == []
    assert listed(client, {"service.archived": {"Eq": ["true"]}}) == [found]


def test_another_region_has_its_own(guardduty: Any, lab: Laboratory) -> None:
    assert lab.root.client("guardduty", "eu-west-1").list_detectors()["DetectorIds"] == []


def asff_finding(number: int, **changes: Any) -> dict[str, Any]:
    at = (NOON - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return samples.asff(Id=f"finding-{number}", UpdatedAt=at, **changes)


def test_security_hub_wants_to_be_switched_on(lab: Laboratory) -> None:
    client = lab.root.client("securityhub")
    assert code(client.get_findings) == "InvalidAccessException"
    assert code(client.describe_security_hub_v2) == "ResourceNotFoundException"
    assert code(client.get_findings_v2) == "NotImplemented"
    client.enable_security_hub()
    client.enable_security_hub_v2()
    assert client.get_findings()["Findings"] == client.get_findings_v2()["Findings"] == []


def test_security_hub_evaluates_its_filters(lab: Laboratory) -> None:
    for number in range(10):
        label = {"Label": "HIGH" if number % 2 else "LOW", "Normalized": 70 if number % 2 else 30}
        findings.add(lab.account.world, "securityhub", asff_finding(number, Severity=label))
    client = lab.root.client("securityhub")

    def ids(**filters: Any) -> list[str]:
        pages = client.get_paginator("get_findings").paginate(
            Filters=filters, PaginationConfig={"PageSize": 3}
        )
        return [one["Id"] for page in pages for one in page["Findings"]]

    high = {"Value": "HIGH", "Comparison": "EQUALS"}
    assert ids(SeverityLabel=[high]) == [f"finding-{n}" for n in (1, 3, 5, 7, 9)]
    since = {"Start": (NOON - timedelta(hours=3)).isoformat(), "End": NOON.isoformat()}
    assert ids(UpdatedAt=[since]) == [f"finding-{n}" for n in range(4)]
    assert ids(UpdatedAt=[since], SeverityLabel=[high]) == ["finding-1", "finding-3"]
    last_day = {"DateRange": {"Value": 1, "Unit": "DAYS"}}
    assert len(ids(UpdatedAt=[last_day])) == 10
    assert ids(SeverityNormalized=[{"Gte": 50, "Lte": 80}]) == ids(SeverityLabel=[high])
    access_key = {"Value": "AWS::IAM::AccessKey:", "Comparison": "PREFIX"}
    assert len(ids(ResourceId=[access_key])) == 10
    assert ids(Id=[{"Value": "1", "Comparison": "NOT_CONTAINS"}]) == [
        f"finding-{n}" for n in range(10) if n != 1
    ]
    assert code(client.get_findings, Filters={"MalwareName": [high]}) == "NotImplemented"
    word = {"Value": "HIGH", "Comparison": "CONTAINS_WORD"}
    assert code(client.get_findings, Filters={"SeverityLabel": [word]}) == "NotImplemented"
    newest = client.get_findings(SortCriteria=[{"Field": "UpdatedAt", "SortOrder": "asc"}])
    assert newest["Findings"][0]["Id"] == "finding-9"


def test_security_hub_updates_what_a_responder_may(lab: Laboratory) -> None:
    findings.add(lab.account.world, "securityhub", asff_finding(1))
    client = lab.root.client("securityhub")
    there = {"Id": "finding-1", "ProductArn": samples.asff()["ProductArn"]}
    changed = client.batch_update_findings(
        FindingIdentifiers=[there, {**there, "Id": "nowhere"}], Workflow={"Status": "RESOLVED"}
    )
    assert changed["ProcessedFindings"] == [there]
    assert changed["UnprocessedFindings"][0]["ErrorCode"] == "FindingNotFound"
    (found,) = client.get_findings()["Findings"]
    assert found["Workflow"] == {"Status": "RESOLVED"}
    assert found["UpdatedAt"] == NOON.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def ocsf_finding(number: int) -> dict[str, Any]:
    made = samples.ocsf()
    at = NOON - timedelta(hours=number)
    made["finding_info"] |= {"uid": f"v2-{number}", "modified_time_dt": at.isoformat()}
    made["severity_id"] = number % 5
    return made


def test_the_second_version_evaluates_composite_filters(lab: Laboratory) -> None:
    for number in range(10):
        findings.add(lab.account.world, "securityhub-v2", ocsf_finding(number))
    client = lab.root.client("securityhub")

    def uids(*composites: dict[str, Any], operator: str = "AND") -> list[str]:
        filters = {"CompositeFilters": list(composites), "CompositeOperator": operator}
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = client.get_findings_v2(Filters=filters, MaxResults=4, **token)
            found += [one["finding_info"]["uid"] for one in page["Findings"]]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    span = {"Start": (NOON - timedelta(hours=6)).isoformat(), "End": NOON.isoformat()}
    recent = {"DateFilters": [{"FieldName": "finding_info.modified_time_dt", "Filter": span}]}
    assert uids(recent) == [f"v2-{n}" for n in range(7)]
    severe = {"NumberFilters": [{"FieldName": "severity_id", "Filter": {"Gte": 4}}]}
    assert uids(recent, severe) == ["v2-4"]
    assert uids(recent, severe, operator="OR") == [f"v2-{n}" for n in (*range(7), 9)]
    network = {"FieldName": "evidences.src_endpoint.ip", "Filter": {"Cidr": "198.51.100.0/24"}}
    assert len(uids({"IpFilters": [network]})) == 10
    tags = {"Filter": {"Key": "a", "Value": "b", "Comparison": "EQUALS"}}
    by_tag = {"MapFilters": [{"FieldName": "resources.tags", **tags}]}
    asked = {"CompositeFilters": [by_tag]}
    assert code(client.get_findings_v2, Filters=asked) == "NotImplemented"


def test_alarm_history_tells_each_change_of_state(lab: Laboratory) -> None:
    client = lab.root.client("cloudwatch")
    for name in ("a", "b"):
        client.put_metric_alarm(
            AlarmName=name, Namespace="CloudTrailMetrics", MetricName="RootUse", Statistic="Sum",
            Period=300, EvaluationPeriods=1, Threshold=0.0,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    for state in ("ALARM", "OK", "ALARM"):
        lab.account.clock.advance(60)
        client.set_alarm_state(
            AlarmName="a", StateValue=state, StateReason="because",
            StateReasonData=samples.REASON_DATA,
        )  # fmt: skip

    def items(**more: Any) -> list[dict[str, Any]]:
        pages = client.get_paginator("describe_alarm_history").paginate(
            **more, PaginationConfig={"PageSize": 2}
        )
        return [one for page in pages for one in page["AlarmHistoryItems"]]

    changes = items(AlarmName="a", HistoryItemType="StateUpdate")
    states = [json.loads(one["HistoryData"])["newState"]["stateValue"] for one in changes]
    assert states == ["ALARM", "OK", "ALARM"]
    assert json.loads(changes[0]["HistoryData"])["newState"]["stateReasonData"]["period"] == 300
    assert changes[0]["Timestamp"] - changes[1]["Timestamp"] == timedelta(seconds=60)
    assert len(items()) == 5
    assert len(items(AlarmTypes=["CompositeAlarm"])) == 0
    late = items(StartDate=NOON + timedelta(seconds=150), ScanBy="TimestampAscending")
    assert [one["Timestamp"] for one in late] == [NOON + timedelta(seconds=180)]
    assert code(client.describe_alarm_history, AlarmContributorId="x") == "NotImplemented"
