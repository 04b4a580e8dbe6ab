"""LookupEvents over an adopted corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sim.corpus import corpus
from tests.sim.laboratory import NOON, outcome
from tests.sim.looking_up import client, everything, ids
from tests.simulated import empty_account
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.record_facts import Record

OTHER = "222233334444"


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(3_000, accounts=("111122223333", OTHER), insight_share=0.02)


@pytest.fixture(scope="module")
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with empty_account(seed=3, at=NOON) as made:
        made.adopt(records)
        yield made


def own(records: list[Record], region: str, category: str = "Management") -> set[str]:
    return {
        r["eventID"]
        for r in records
        if r["recipientAccountId"] == "111122223333"
        and r["awsRegion"] == region
        and r["eventCategory"] == category
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_exactly_the_management_events_of_the_account_and_region(
    account: SimulatedAccount, records: list[Record], region: str
) -> None:
    found = everything(client(account, region))
    assert len(ids(found)) == len(own(records, region)) > 500
    assert set(ids(found)) == own(records, region)
    times = [event["EventTime"] for event in found]
    assert times == sorted(times, reverse=True)


def test_events_say_what_the_record_says(account: SimulatedAccount, records: list[Record]) -> None:
    by_id = {r["eventID"]: r for r in records}
    for event in everything(client(account), EndTime=NOON - timedelta(hours=12)):
        record = by_id[event["EventId"]]
        assert json.loads(event["CloudTrailEvent"]) == record
        assert event["EventName"] == record["eventName"]
        assert event["EventTime"] == datetime.fromisoformat(record["eventTime"])
        assert event.get("AccessKeyId") == record["userIdentity"].get("accessKeyId")
        assert event["ReadOnly"] == str(record["readOnly"]).lower()


def test_insight_events_only_when_asked(account: SimulatedAccount, records: list[Record]) -> None:
    wanted = own(records, "eu-west-1", "Insight")
    found = everything(client(account, "eu-west-1"), EventCategory="insight")
    assert {event["EventId"] for event in found} == wanted != set()
    name = found[0]["EventName"]
    attribute = [{"AttributeKey": "EventName", "AttributeValue": name}]
    some = everything(
        client(account, "eu-west-1"), EventCategory="insight", LookupAttributes=attribute
    )
    assert {e["EventId"] for e in some} == {e["EventId"] for e in found if e["EventName"] == name}
    bad = [{"AttributeKey": "AccessKeyId", "AttributeValue": "AKIA"}]
    code = outcome(client(account).lookup_events, EventCategory="insight", LookupAttributes=bad)
    assert code == "InvalidLookupAttributesException"


def _value(record: Record, key: str) -> str | None:
    identity = record["userIdentity"]
    return {
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "AccessKeyId": identity.get("accessKeyId"),
        "EventId": record["eventID"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "ResourceName": next((one["ARN"] for one in record.get("resources", [])), None),
    }[key]


@pytest.mark.parametrize(
    "key", ["EventName", "EventSource", "AccessKeyId", "EventId", "ReadOnly", "ResourceName"]
)
def test_one_attribute(account: SimulatedAccount, records: list[Record], key: str) -> None:
    mine = [r for r in records if r["eventID"] in own(records, "us-east-1")]
    value = next(v for r in mine if (v := _value(r, key)) is not None)
    attribute = [{"AttributeKey": key, "AttributeValue": value}]
    # For a resource this compares the first one named; the corpus names one only once here.
    wanted = {
        r["eventID"]
        for r in mine
        if _value(r, key) == value
        or (key == "ResourceName" and any(x["ARN"] == value for x in r.get("resources", [])))
    }
    assert set(ids(everything(client(account), LookupAttributes=attribute))) == wanted != set()


def test_times_are_whole_seconds_and_both_ends_count(
    account: SimulatedAccount, records: list[Record]
) -> None:
    mine = sorted(r["eventTime"] for r in records if r["eventID"] in own(records, "us-east-1"))
    first, last = (datetime.fromisoformat(mine[n]) for n in (100, 140))
    found = everything(client(account), StartTime=first + timedelta(milliseconds=900), EndTime=last)
    assert len(found) == sum(1 for at in mine if mine[100] <= at <= mine[140])
    assert {found[0]["EventTime"], found[-1]["EventTime"]} == {first, last}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (
            {"StartTime": NOON, "EndTime": NOON - timedelta(seconds=1)},
            "InvalidTimeRangeException",
        ),
        ({"NextToken": "bm90IGEgdG9rZW4="}, "InvalidNextTokenException"),
        ({"NextToken": "!"}, "InvalidNextTokenException"),
        ({"EventCategory": "network"}, "InvalidEventCategoryException"),
        (
            {
                "LookupAttributes": [
                    {"AttributeKey": "EventName", "AttributeValue": "A"},
                    {"AttributeKey": "EventId", "AttributeValue": "B"},
                ]
            },
            "InvalidLookupAttributesException",
        ),
    ],
)
def test_what_is_refused(account: SimulatedAccount, asked: dict[str, Any], code: str) -> None:
    assert outcome(client(account).lookup_events, **asked) == code


def test_a_token_is_for_the_same_question_in_the_same_region(account: SimulatedAccount) -> None:
    asked = {"EndTime": NOON, "MaxResults": 10}
    token = client(account).lookup_events(**asked)["NextToken"]
    assert outcome(client(account).lookup_events, **asked, NextToken=token) == "allowed"
    for changed in ({"EndTime": NOON - timedelta(hours=1)}, {"MaxResults": 11}):
        again = asked | changed | {"NextToken": token}
        assert outcome(client(account).lookup_events, **again) == "InvalidNextTokenException"
    elsewhere = client(account, "eu-west-1").lookup_events
    assert outcome(elsewhere, **asked, NextToken=token) == "InvalidNextTokenException"
