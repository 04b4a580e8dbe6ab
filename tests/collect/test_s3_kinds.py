"""Every kind of file that CloudTrail writes beside its log files comes along from a bucket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.collect.buckets import (
    DAY,
    NOW,
    Shelf,
    collect,
    kept,
    log_file,
    plan,
    wish,
)
from tests.records import Record, record
from tests.sim.buckets import stored
from tests.simulated import at_time, trail
from trailtui.aws.session import AwsSession
from trailtui.case.covered import read_coverage
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.collect.s3_layout import KINDS
from trailtui.sim.account import SimulatedAccount


def _network_event(number: int) -> Record:
    """A call through a VPC endpoint, as its owner sees it."""
    at = NOW - timedelta(hours=2)
    return record(
        number,
        eventTime=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        eventType="AwsVpceEvent",
        eventCategory="NetworkActivity",
        eventSource="kms.amazonaws.com",
        errorCode="VpceAccessDenied",
        vpcEndpointId="vpce-0123456789abcdef0",
    )


def test_network_events_that_a_trail_delivers_lie_in_their_own_folder_and_come(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    wanted = _network_event(1)
    began = NOW - timedelta(hours=3)
    arn = trail(account, since=began, EnableLogFileValidation=False)
    selectors = [
        {"Name": name, "FieldSelectors": [{"Field": "eventCategory", "Equals": [name]}]}
        for name in ("Management", "NetworkActivity")
    ]
    selectors[1]["FieldSelectors"] += [{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}]
    with at_time(account, began + timedelta(minutes=1)):
        client = account.actor(account.root).client("cloudtrail")
        client.put_event_selectors(TrailName=arn, AdvancedEventSelectors=selectors)
    account.adopt([wanted])
    account.deliver_to_bucket()
    assert {one.key.split("/")[2] for one in stored(account)} == {"CloudTrail-NetworkActivity"}
    assert collect(case, aws, "s3://trail-logs").whole
    assert [row.event_id for row in page(case).rows] == [wanted["eventID"]]


def test_all_kinds_come_from_one_address(aws: AwsSession, case: Case, shelf: Shelf) -> None:
    keys = [key for kind in KINDS for key in shelf.day(NOW, 1, kind=kind)]
    assert collect(case, aws, "s3://logs").whole
    assert set(kept(case)) == {f"s3://logs/{key}" for key in keys}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_folder_of_one_kind_covers_no_time_of_the_others(
    aws: AwsSession, case: Case, shelf: Shelf, kind: str
) -> None:
    folder = f"AWSLogs/111122223333/{kind}/us-east-1/{NOW - DAY:%Y/%m/%d}/"
    shelf.put(f"{folder}a.json.gz", log_file(_network_event(1)))
    made = plan(aws, f"s3://logs/{folder}", wish())
    assert [made.prefixes(unit) for unit in made.units] == [[folder]]
    collect(case, aws, f"s3://logs/{folder}")
    found = read_coverage(case)
    assert found is not None
    layers = [cover.layer for place in found.places for cover in place.layers]
    assert [layer.filter for layer in layers if layer.source == "s3"] == [f"only {kind}"]
    assert not any(layer.covers for layer in layers if layer.source == "s3")


@pytest.fixture
def shelf(account: SimulatedAccount) -> Shelf:
    return Shelf(account)
