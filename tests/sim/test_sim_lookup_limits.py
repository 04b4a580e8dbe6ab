"""The limits of LookupEvents: pages, tokens, time, pace, and what odd records do to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.corpus import corpus
from tests.sim.laboratory import NOON, Laboratory, outcome
from tests.sim.looking_up import client, everything, ids
from tests.simulated import empty_account
from trailtui.sim.pace import Pace
from trailtui.sim.record_facts import Record
from trailtui.sim.record_index import RecordIndex


def test_events_that_arrive_meanwhile_neither_move_nor_double_a_page(lab: Laboratory) -> None:
    records = corpus(200, data_share=0, regions=("us-east-1",))
    late = corpus(50, seed=2, data_share=0, regions=("us-east-1",))
    lab.account.adopt(records)
    trail = lab.root.client("cloudtrail")
    page = trail.lookup_events()
    found = ids(page["Events"])
    while "NextToken" in page:
        lab.account.adopt(late[:10])
        del late[:10]
        lab.iam.list_users()
        page = trail.lookup_events(NextToken=page["NextToken"])
        found += ids(page["Events"])
    assert len(found) == len(set(found))
    assert {r["eventID"] for r in records} <= set(found)


def test_ninety_days_and_no_more(lab: Laboratory) -> None:
    old, kept = corpus(2, data_share=0, regions=("us-east-1",))
    old["eventTime"] = f"{NOON - timedelta(days=90, seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    kept["eventTime"] = f"{NOON - timedelta(days=90):%Y-%m-%dT%H:%M:%SZ}"
    lab.account.adopt([old, kept])
    found = everything(lab.root.client("cloudtrail"), StartTime=NOON - timedelta(days=400))
    assert ids(found) == [kept["eventID"]]


def test_the_delay_of_delivery(lab: Laboratory) -> None:
    lab.account.lookup_delay_seconds = 300
    lab.iam.list_users()
    trail = lab.root.client("cloudtrail")
    assert trail.lookup_events()["Events"] == []
    lab.account.clock.advance(300)
    assert [e["EventName"] for e in trail.lookup_events()["Events"]] == [
        "LookupEvents",
        "ListUsers",
    ]


def test_odd_records_crash_nothing(lab: Laboratory) -> None:
    base: Record = {"eventTime": "2026-03-10T11:00:00Z", "awsRegion": "us-east-1"}
    odd: list[Record] = [
        base,
        base | {"userIdentity": None, "eventID": "e1", "resources": None},
        base | {"userIdentity": {"invokedBy": "AWS Internal"}, "eventID": "e2", "resources": [1]},
        base | {"userIdentity": {"type": "AssumedRole"}, "eventID": "e3", "eventName": 7},
        base | {"eventID": "e4", "managementEvent": False},
        base | {"eventID": "e5", "eventCategory": "NetworkActivity"},
        base | {"eventID": "e6", "eventTime": "2026-03-10T11:00:00.250Z", "eventContext": {"a": 1}},
    ]
    lab.account.adopt(odd)
    found = everything(lab.root.client("cloudtrail"))
    assert set(ids(found)) == {"", "e1", "e2", "e3", "e6"}
    assert "eventContext" not in next(e for e in found if e["EventId"] == "e6")["CloudTrailEvent"]
    for key in ("Username", "ReadOnly", "ResourceType", "AccessKeyId", "EventName"):
        attribute = [{"AttributeKey": key, "AttributeValue": "x"}]
        assert everything(lab.root.client("cloudtrail"), LookupAttributes=attribute) == []
    with pytest.raises(ValueError, match="record 1 has no readable eventTime"):
        lab.account.adopt([base, {"eventTime": "yesterday"}])


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_two_requests_a_second_for_an_account_and_region() -> None:
    with empty_account(at=NOON, lookup_rate=2) as account:
        account.pace.now = watch = Stopwatch()
        here, there = client(account), client(account, "eu-west-1")
        assert [outcome(here.lookup_events) for _ in range(3)] == [
            "allowed",
            "allowed",
            "ThrottlingException",
        ]
        assert outcome(there.lookup_events) == "allowed"
        watch.seconds += 0.5
        assert outcome(here.lookup_events) == "allowed"
        assert outcome(here.lookup_events) == "ThrottlingException"
        for _ in range(20):
            watch.seconds += 0.5
            assert outcome(here.lookup_events) == "allowed"
        account.pace.rate = None
        assert {outcome(here.lookup_events) for _ in range(10)} == {"allowed"}


def test_a_pause_saves_up_no_more_than_a_burst() -> None:
    watch = Stopwatch()
    pace = Pace(2, watch)
    watch.seconds = 1_000
    assert [pace.take("1", "r") for _ in range(4)] == [True, True, False, False]


def test_ten_thousand_events_are_paged_through_quickly(lab: Laboratory) -> None:
    records = corpus(10_000, data_share=0, regions=("us-east-1",))
    lab.account.adopt(records)
    mark = len(lab.account.calls)
    found = everything(lab.root.client("cloudtrail"), EndTime=NOON - timedelta(seconds=1))
    assert {e["EventId"] for e in found} == {r["eventID"] for r in records}
    assert len(lab.account.calls.of("LookupEvents", since=mark)) == 200


@settings(max_examples=50)
@given(
    seconds=st.lists(st.integers(0, 30), max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
def test_the_index_gives_every_record_once_whenever_it_came(
    seconds: list[int], cuts: list[int]
) -> None:
    records: list[Record] = []
    index = RecordIndex(records, "1")
    for number, second in enumerate(seconds):
        at = datetime(2026, 3, 1, 0, 0, second, tzinfo=UTC)
        records.append({"eventTime": at.isoformat(), "eventID": number})
        if number in cuts:
            assert len(list(index.newest_first("1", "us-east-1"))) == number + 1
    found = list(index.newest_first("1", "us-east-1"))
    assert [place for place, _ in found] == sorted((place for place, _ in found), reverse=True)
    assert sorted(record["eventID"] for _, record in found) == list(range(len(seconds)))
    for place, _ in found[:5]:
        after = list(index.newest_first("1", "us-east-1", before=place))
        assert after == [one for one in found if one[0] < place]
