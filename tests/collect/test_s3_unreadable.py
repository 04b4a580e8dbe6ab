"""A file that came and can't be read: its day was not seen whole, whatever else came of it."""

from __future__ import annotations

import pytest

from tests.collect.buckets import NOW, Shelf, collect, log_file, wish
from tests.records import record
from trailtui.aws.session import AwsSession
from trailtui.case.covered import read_coverage
from trailtui.case.covering import Known
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case

FOLDER = f"AWSLogs/111122223333/CloudTrail/us-east-1/{NOW:%Y/%m/%d}/"
WHOLE = log_file(*(record(n, eventTime=f"{NOW:%Y-%m-%dT03:00:00Z}") for n in range(50)))


def _known(case: Case) -> dict[Known, set[str]]:
    """The states of the bucket's day, with what is said of each."""
    found = read_coverage(case)
    assert found is not None
    states: dict[Known, set[str]] = {}
    for place in found.places:
        for cover in place.layers:
            for stretch in cover.layer.stretches:
                states.setdefault(stretch.state, set()).add(stretch.detail)
    return states


@pytest.mark.parametrize(
    "body", [b"put over it by somebody", WHOLE[: len(WHOLE) // 2]], ids=["garbage", "breaks off"]
)
def test_a_day_with_a_file_that_cannot_be_read_is_partial_until_it_can(
    aws: AwsSession, case: Case, shelf: Shelf, body: bytes
) -> None:
    key = shelf.put(f"{FOLDER}a.json.gz", body)
    assert collect(case, aws, "s3://logs", wish(NOW)).problems
    assert [fetch.state.whole for fetch in all_fetches(case)] == [True]  # AWS refused nothing
    assert _known(case) == {Known.PARTIAL: {"1 file of it could not be read: see the problems"}}
    shelf.put(key, WHOLE)
    collect(case, aws, "s3://logs", wish(NOW), again=True)
    assert _known(case) == {Known.FETCHED: {""}}


def test_an_object_that_was_overwritten_was_read_twice(
    aws: AwsSession, case: Case, shelf: Shelf
) -> None:
    for number in (1, 2):
        shelf.put(f"{FOLDER}a.json.gz", log_file(record(number)))
        assert collect(case, aws, "s3://logs", wish(NOW), again=True).whole
    assert Known.PARTIAL not in _known(case)


def test_a_file_without_records_is_read(aws: AwsSession, case: Case, shelf: Shelf) -> None:
    shelf.put(f"{FOLDER}a.json.gz", log_file())
    collect(case, aws, "s3://logs", wish(NOW))
    assert Known.PARTIAL not in _known(case)
