"""What the actions on logging take from the case, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.respond.arranged_logging import (
    ALL,
    LOGS,
    NARROW,
    OTHER,
    REGION,
    a_network,
    a_recorder,
    a_trail,
    arn_of,
    bucket,
    client,
    without_detector,
)
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.model.errors import InputError
from trailtui.respond.action import AlreadyDone, Order, Refusal
from trailtui.respond.flow_log_settings import made_in_case
from trailtui.respond.preview import preview
from trailtui.respond.registry import find_action
from trailtui.respond.run import apply, make_plan, undo
from trailtui.respond.trail_selectors import comparable
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
REGION_GIVEN = {"region": REGION}


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def test_a_trail_is_found_by_its_name_in_the_regions_of_the_case(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, read_logs: Callable[[], None]
) -> None:
    name, trails = a_trail(account), client(account, "cloudtrail")
    account.clock.advance(1)  # records have whole seconds
    trails.stop_logging(Name=name)
    with pytest.raises(Refusal, match="not there, or gone"):
        make_plan(armed_case, aws, "start-logging", name)
    read_logs()
    plan = make_plan(armed_case, aws, "start-logging", name)
    assert (plan.subject.region, plan.calls[0].region) == (REGION, REGION)
    assert [f.value for f in plan.facts if f.label == "changed"][-1].startswith("StopLogging by ")
    assert (
        f"--region {REGION} cloudtrail start-logging" in preview(armed_case, plan.hash).commands[0]
    )


@pytest.mark.parametrize(
    "target",
    [
        "arn:aws:cloudtrail:eu-west-1:999988887777:trail/x",
        "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/x",
        "arn:aws:s3:::x",
        "a b",
    ],
)
def test_what_is_no_trail_of_this_account(case: Case, aws: AwsSession, target: str) -> None:
    with pytest.raises(Refusal):
        make_plan(case, aws, "start-logging", target)


def test_a_region_that_can_t_be_one(case: Case, aws: AwsSession) -> None:
    with pytest.raises(Refusal, match="no Region"):
        make_plan(case, aws, "start-logging", "trail", {"region": "evil.example.com/"})


def test_selectors_are_restored_from_the_record_before_the_last(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    name, trails = a_trail(account), client(account, "cloudtrail")
    data = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::"]}]
    trails.put_event_selectors(TrailName=name, EventSelectors=[{**ALL[0], "DataResources": data}])
    before = account.state()
    account.clock.advance(1)
    trails.put_event_selectors(TrailName=name, EventSelectors=NARROW)
    with pytest.raises(Refusal, match="no event that tells"):
        make_plan(armed_case, aws, "restore-event-selectors", arn_of(account, name))
    read_logs()
    plan = make_plan(armed_case, aws, "restore-event-selectors", arn_of(account, name))
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).state == "verified"
    assert account.state() == before
    with pytest.raises(AlreadyDone):
        make_plan(
            armed_case,
            aws,
            "restore-event-selectors",
            name,
            {"selectors": plan.parameters["selectors"], "region": REGION},
        )


def test_what_aws_adds_to_selectors_is_no_difference() -> None:
    told = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    more = {**told, "ExcludeManagementEventSources": []}
    assert comparable({"EventSelectors": [more]}) == comparable({"EventSelectors": [{}]})
    assert comparable({"EventSelectors": NARROW}) != comparable({"EventSelectors": ALL})


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"EventSelectors": [1]}', '{"EventSelectors": "x"}']
)
def test_selectors_that_are_none(
    case: Case, aws: AwsSession, account: SimulatedAccount, text: str
) -> None:
    name = a_trail(account)
    given = {"selectors": text, "region": REGION}
    with pytest.raises(InputError, match="no selectors"):
        make_plan(case, aws, "restore-event-selectors", name, given)


def test_a_deleted_trail_is_made_again_from_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    trails = client(account, "cloudtrail")
    name = a_trail(account, IsMultiRegionTrail=True, S3KeyPrefix="all")
    trails.update_trail(Name=name, EnableLogFileValidation=True)
    trails.put_event_selectors(TrailName=name, EventSelectors=OTHER)
    trails.put_insight_selectors(
        TrailName=name, InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )
    before = account.state()
    trails.delete_trail(Name=name)
    with pytest.raises(Refusal, match="no event that tells how"):
        make_plan(armed_case, aws, "recreate-trail", name)
    read_logs()
    plan = make_plan(armed_case, aws, "recreate-trail", name)  # its Region is the case's, too
    assert plan.subject.arn == arn_of(account, name)
    assert [call.operation for call in plan.calls] == [
        "CreateTrail", "PutEventSelectors", "PutInsightSelectors", "StartLogging",
    ]  # fmt: skip
    assert apply(armed_case, aws, plan.hash, name, sleep=no_wait).state == "verified"
    assert account.state() == before
    trails.delete_trail(Name=name)


def test_a_half_made_trail_is_finished_and_its_undo_is_as_far(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    name, trails = f"trail-{len(account.calls)}", client(account, "cloudtrail")
    settings = {"settings": json.dumps({"S3BucketName": bucket(account)}), "region": REGION}
    before = account.state()
    plan = make_plan(armed_case, aws, "recreate-trail", name, settings)
    account.faults.add("cloudtrail", "StartLogging", "access_denied")
    outcome = apply(armed_case, aws, plan.hash, name, sleep=no_wait)
    assert not outcome.is_good
    rest = make_plan(armed_case, aws, "recreate-trail", name, settings)
    assert [call.operation for call in rest.calls] == ["StartLogging"]
    assert apply(armed_case, aws, rest.hash, name, sleep=no_wait).state == "verified"
    assert trails.get_trail_status(Name=name)["IsLogging"]
    for number in (2, 1):
        back = undo(armed_case, aws, number)
        assert apply(armed_case, aws, back.hash, name, sleep=no_wait).state == "verified"
    assert account.state() == before


def test_a_bucket_that_is_gone_is_not_delivered_to(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    given = {"settings": json.dumps({"S3BucketName": "taken-by-nobody-yet"}), "region": REGION}
    with pytest.raises(Refusal, match="bucket that it delivered to is gone"):
        make_plan(case, aws, "recreate-trail", "audit", given)


def test_another_trail_of_that_name_is_left_alone(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    name = a_trail(account)
    given = {"settings": json.dumps({"S3BucketName": LOGS, "IsMultiRegionTrail": True})}
    with pytest.raises(Refusal, match="set up in another way"):
        make_plan(case, aws, "recreate-trail", arn_of(account, name), given)


def test_guardduty_is_found_by_its_region_too(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    duty = without_detector(account)
    number = duty.create_detector(Enable=False)["DetectorId"]
    plan = make_plan(armed_case, aws, "enable-guardduty", REGION)
    assert plan.calls[0].parameters == {"DetectorId": number, "Enable": True}
    assert apply(armed_case, aws, plan.hash, REGION, sleep=no_wait).state == "verified"
    assert duty.get_detector(DetectorId=number)["Status"] == "ENABLED"


def test_a_detector_that_was_deleted_is_not_had_back(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    without_detector(account)
    with pytest.raises(Refusal) as refused:
        make_plan(case, aws, "enable-guardduty", "1" * 32, {"region": REGION})
    assert "make a new one" in str(refused.value.cure)


def test_a_recorder_without_a_channel_is_said(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    a_recorder(account)
    client(account, "config").delete_delivery_channel(DeliveryChannelName="default")
    plan = make_plan(case, aws, "start-config-recorder", "default", {"region": REGION})
    assert any("no delivery channel" in warning for warning in plan.warnings)


def test_flow_logs_are_made_again_from_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    network, ec2 = a_network(account).target, client(account, "ec2")
    made = ec2.create_flow_logs(
        ResourceIds=[network],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{LOGS}",
        MaxAggregationInterval=60,
    )["FlowLogIds"]
    ec2.delete_flow_logs(FlowLogIds=made)
    read_logs()
    found = made_in_case(armed_case, account.number, REGION)[-1]
    assert (found.ids, found.resources) == (frozenset(made), frozenset({network}))
    plan = make_plan(armed_case, aws, "recreate-flow-logs", made[0])
    assert (plan.subject.id, plan.subject.name, plan.subject.region) == (made[0], network, REGION)
    assert len(make_plan(armed_case, aws, "recreate-flow-logs", network, REGION_GIVEN).calls) == 1
    assert plan.calls[0].parameters["MaxAggregationInterval"] == 60
    assert apply(armed_case, aws, plan.hash, made[0], sleep=no_wait).state == "verified"
    again = ec2.describe_flow_logs(Filter=[{"Name": "resource-id", "Values": [network]}])
    assert [one["TrafficType"] for one in again["FlowLogs"]] == ["ALL"]


def test_logging_is_put_back_first() -> None:
    names = (
        "start-logging", "restore-event-selectors", "recreate-trail", "enable-guardduty",
        "start-config-recorder", "recreate-flow-logs",
    )  # fmt: skip
    assert {find_action(name).order for name in names} == {Order.LOGGING}
