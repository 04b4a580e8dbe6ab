"""Logging that an attacker stopped, narrowed or deleted."""

import json
from typing import Any
from weakref import WeakKeyDictionary

from tests.respond.arrangements import Arranged, Entry
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor

_ROOTS: WeakKeyDictionary[SimulatedAccount, Actor] = WeakKeyDictionary()
"""Making a client takes longer than any call."""

ALL: list[dict[str, Any]] = [{"ReadWriteType": "All"}]
NARROW: list[dict[str, Any]] = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False}]
OTHER: list[dict[str, Any]] = [{"ReadWriteType": "ReadOnly"}]
REGION = "eu-west-1"
LOGS = "logs-of-trails"


def client(account: SimulatedAccount, service: str, region: str = REGION) -> Any:
    if account not in _ROOTS:
        _ROOTS[account] = account.actor(account.root)
    return _ROOTS[account].client(service, region)


def bucket(account: SimulatedAccount, name: str = LOGS) -> str:
    """A bucket, made where it is not there yet."""
    s3 = client(account, "s3", "us-east-1")
    if name not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=name)
    return name


def a_trail(account: SimulatedAccount, **settings: Any) -> str:
    """A trail that logs, at home in REGION; its name."""
    trails, name = client(account, "cloudtrail"), f"trail-{len(account.calls)}"
    trails.create_trail(Name=name, S3BucketName=bucket(account), **settings)
    trails.start_logging(Name=name)
    return name


def arn_of(account: SimulatedAccount, trail: str) -> str:
    return f"arn:aws:cloudtrail:{REGION}:{account.number}:trail/{trail}"


def a_stopped_trail(account: SimulatedAccount) -> Arranged:
    name, trails = a_trail(account), client(account, "cloudtrail")
    trails.stop_logging(Name=name)
    return Arranged(
        target=arn_of(account, name),
        confirm=name,
        gone=lambda: trails.delete_trail(Name=name),
        drift=lambda: trails.start_logging(Name=name),
    )


def a_narrowed_trail(account: SimulatedAccount) -> Arranged:
    name, trails = a_trail(account), client(account, "cloudtrail")
    trails.put_event_selectors(TrailName=name, EventSelectors=NARROW)
    return Arranged(
        target=name,
        confirm=name,
        parameters={"region": REGION, "selectors": json.dumps({"EventSelectors": ALL})},
        gone=lambda: trails.delete_trail(Name=name),
        drift=lambda: trails.put_event_selectors(TrailName=name, EventSelectors=OTHER),
    )


def a_deleted_trail(account: SimulatedAccount) -> Arranged:
    settings = {"S3BucketName": bucket(account), "IsMultiRegionTrail": True}
    name, trails = f"trail-{len(account.calls)}", client(account, "cloudtrail")
    insights = [{"InsightType": "ApiCallRateInsight"}]

    def made_by_somebody() -> None:
        trails.create_trail(Name=name, **settings)
        trails.put_event_selectors(TrailName=name, EventSelectors=OTHER)
        trails.put_insight_selectors(TrailName=name, InsightSelectors=insights)
        trails.start_logging(Name=name)

    return Arranged(
        target=arn_of(account, name),
        confirm=name,
        parameters={
            "settings": json.dumps(settings),
            "selectors": json.dumps({"EventSelectors": OTHER}),
            "insights": json.dumps(insights),
        },
        gone=made_by_somebody,
        drift=lambda: trails.create_trail(Name=name, S3BucketName=bucket(account)),
        clean_up=lambda: _delete(account, name),
    )


def _delete(account: SimulatedAccount, name: str) -> None:
    trails = client(account, "cloudtrail")
    if arn_of(account, name) in {one["TrailARN"] for one in trails.list_trails()["Trails"]}:
        trails.delete_trail(Name=name)


def without_detector(account: SimulatedAccount) -> Any:
    """GuardDuty's client, in a Region that has no detector."""
    duty = client(account, "guardduty")
    for number in duty.list_detectors()["DetectorIds"]:
        duty.delete_detector(DetectorId=number)
    return duty


def a_detector_that_is_off(account: SimulatedAccount) -> Arranged:
    duty = without_detector(account)
    number = duty.create_detector(Enable=False)["DetectorId"]
    return Arranged(
        target=number,
        confirm=number,
        parameters={"region": REGION},
        gone=lambda: duty.delete_detector(DetectorId=number),
        drift=lambda: duty.update_detector(DetectorId=number, Enable=True),
    )


def no_detector(account: SimulatedAccount) -> Arranged:
    duty = without_detector(account)
    return Arranged(
        target=REGION,
        confirm=REGION,
        gone=lambda: duty.create_detector(Enable=True),
        drift=lambda: duty.create_detector(Enable=False),
    )


def a_recorder(account: SimulatedAccount) -> Arranged:
    config = client(account, "config")
    named = {"ConfigurationRecorderName": "default"}
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{account.number}:role/config",
            "recordingGroup": {"allSupported": True},
        }
    )
    channel = {"name": "default", "s3BucketName": bucket(account)}
    config.put_delivery_channel(DeliveryChannel=channel)
    config.stop_configuration_recorder(**named)
    return Arranged(
        target="default",
        confirm="default",
        parameters={"region": REGION},
        gone=lambda: config.delete_configuration_recorder(**named),
        drift=lambda: config.start_configuration_recorder(**named),
    )


def a_network(account: SimulatedAccount) -> Arranged:
    ec2 = client(account, "ec2")
    network = ec2.create_vpc(CidrBlock="10.9.0.0/24")["Vpc"]["VpcId"]
    settings = {
        "TrafficType": "REJECT",
        "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{bucket(account)}",
    }

    def made(**other: str) -> Any:
        return lambda: ec2.create_flow_logs(
            ResourceIds=[network], ResourceType="VPC", **{**settings, **other}
        )

    return Arranged(
        target=network,
        confirm=network,
        parameters={"region": REGION, "settings": json.dumps(settings)},
        gone=made(),
        drift=made(TrafficType="ACCEPT"),
    )


ENTRIES = (
    Entry("start-logging", a_stopped_trail),
    Entry("restore-event-selectors", a_narrowed_trail),
    Entry("recreate-trail", a_deleted_trail),
    Entry("enable-guardduty", a_detector_that_is_off, "off"),
    Entry("enable-guardduty", no_detector, "none"),
    Entry("start-config-recorder", a_recorder),
    Entry("recreate-flow-logs", a_network),
)
