"""Regions that an account has not opted in to."""

from __future__ import annotations

import pytest

from tests.sim.laboratory import Laboratory, outcome
from tests.simulated import organisation


def test_regions_are_told_with_their_status(lab: Laboratory) -> None:
    ec2 = lab.root.client("ec2")
    usable = {one["RegionName"]: one for one in ec2.describe_regions()["Regions"]}
    assert len(usable) == 17
    assert usable["eu-west-1"]["OptInStatus"] == "opt-in-not-required"
    every = {one["RegionName"]: one for one in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert every["me-south-1"]["OptInStatus"] == "not-opted-in"
    lab.account.opt_in("me-south-1")
    chosen = [{"Name": "opt-in-status", "Values": ["opted-in"]}]
    (opted,) = ec2.describe_regions(Filters=chosen)["Regions"]
    assert (opted["RegionName"], opted["Endpoint"]) == (
        "me-south-1",
        "ec2.me-south-1.amazonaws.com",
    )
    odd = [{"Name": "weather", "Values": ["rain"]}]
    assert outcome(ec2.describe_regions, Filters=odd) == "InvalidParameterValue"
    assert outcome(ec2.describe_regions, RegionNames=["moon-1"]) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("cloudtrail", "lookup_events", "UnrecognizedClientException"),
        ("ec2", "describe_instances", "AuthFailure"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
def test_calls_to_such_a_region_are_refused_and_not_recorded(
    lab: Laboratory, service: str, operation: str, code: str
) -> None:
    call = getattr(lab.root.client(service, "me-south-1"), operation)
    assert outcome(call) == code
    assert lab.account.records == []
    lab.account.opt_in("me-south-1")
    assert outcome(call) == "allowed"


def test_opting_in_is_for_one_account_and_some_regions(lab: Laboratory) -> None:
    org = organisation(lab.account, 1)
    lab.account.opt_in("af-south-1", org.members[0])
    assert outcome(org.enter(org.members[0]).client("ec2", "af-south-1").describe_vpcs) == "allowed"
    assert outcome(lab.root.client("ec2", "af-south-1").describe_vpcs) == "AuthFailure"
    with pytest.raises(ValueError, match="us-east-1"):
        lab.account.opt_in("us-east-1")


def test_the_account_service_tells_the_same(lab: Laboratory) -> None:
    org = organisation(lab.account, 1)
    lab.account.opt_in("me-south-1", org.members[0])
    account = lab.root.client("account")
    pages = account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 10})
    told = {r["RegionName"]: r["RegionOptStatus"] for page in pages for r in page["Regions"]}
    assert (told["us-east-1"], told["me-south-1"]) == ("ENABLED_BY_DEFAULT", "DISABLED")
    theirs = account.list_regions(AccountId=org.members[0], RegionOptStatusContains=["ENABLED"])
    assert [one["RegionName"] for one in theirs["Regions"]] == ["me-south-1"]
    one = account.get_region_opt_status(RegionName="me-south-1")
    assert one["RegionOptStatus"] == "DISABLED"
    assert outcome(account.list_regions, AccountId="999999999999") == "AccessDeniedException"
