"""Files that are delivered late lie under a later day: how many of those are taken."""

from __future__ import annotations

from datetime import timedelta

from tests.collect.buckets import DAY, NOW, Shelf, collect, ms, plan, wish
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case


def test_one_day_more_is_taken_where_an_end_is_given(
    aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    for number in range(5):
        shelf.day(NOW - number * DAY, 1)
    midnight, end = NOW.replace(hour=0), NOW - 3 * DAY + timedelta(minutes=1)
    for late_days in (1, 0, 2, 30):
        made = plan(aws, "s3://logs", wish(NOW - 3 * DAY, end, late_days=late_days))
        days = sorted({unit.since_ms for unit in made.units})
        wanted = min(late_days, 3)  # what is yet to come is no day
        assert days == [ms(midnight - back * DAY) for back in range(3, 2 - wanted, -1)]
    collect(case, aws, "s3://logs", wish(NOW - 3 * DAY, end))
    assert len(all_fetches(case)) == 2
