"""What a collect from a bucket is said to cost beforehand."""

from __future__ import annotations

import pytest

from tests.collect.buckets import DAY, NOW, Shelf, calls_of, collect, plan, wish
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect import prices
from trailtui.collect.s3_estimate import (
    LISTS_PER_SECOND,
    OBJECTS_PER_SECOND,
    estimate_s3,
    units_to_do,
)
from trailtui.sim.account import SimulatedAccount


def test_what_is_counted(account: SimulatedAccount, aws: AwsSession, case: Case) -> None:
    shelf = Shelf(account)
    for day in (NOW, NOW - DAY):
        shelf.day(day, 7)
        shelf.day(day, 2, kind="CloudTrail-Digest")
    size = sum(map(len, shelf.bodies.values()))
    made = plan(aws, "s3://logs", wish())
    told = estimate_s3(case, made)
    assert (told.requests, told.bytes) == (18 + 6, size)
    assert told.seconds == pytest.approx(18 / OBJECTS_PER_SECOND + 6 / LISTS_PER_SECOND)
    dollars = prices.S3_LIST.of(6) + prices.S3_GET.of(18) + prices.S3_OUT.of(size)
    assert told.dollars == pytest.approx(dollars)
    with calls_of(account) as calls:
        result = collect(case, aws, "s3://logs")
    assert result.requests == told.requests
    assert calls.count("GetObject") == 18


def test_what_is_known_costs_nothing(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    shelf = Shelf(account)
    shelf.day(NOW, 4)
    collect(case, aws, "s3://logs")
    made = plan(aws, "s3://logs", wish())
    assert units_to_do(case, made) == []
    assert estimate_s3(case, made).requests == 0
    listed = estimate_s3(case, made, again=True)
    assert (listed.requests, listed.bytes) == (3, 0)
    new = shelf.day(NOW, 2, region="eu-west-1")
    more = estimate_s3(case, plan(aws, "s3://logs", wish()))
    assert (more.requests, more.bytes) == (3 + 2, sum(len(shelf.bodies[key]) for key in new))


def test_of_many_days_some_are_listed_and_that_is_said(
    account: SimulatedAccount, aws: AwsSession, case: Case
) -> None:
    shelf = Shelf(account)
    for number in range(10):
        shelf.day(NOW - number * DAY, 3)
    made = plan(aws, "s3://logs", wish(NOW - 9 * DAY))
    assert len(made.units) == 10
    with calls_of(account) as calls:
        told = estimate_s3(case, made, most_days=5)
    assert len(calls) == 5
    assert told.requests == 30 + 10
    assert any("reckoned from 5 days" in line for line in told.says)
    assert not any("reckoned" in line for line in estimate_s3(case, made).says)
