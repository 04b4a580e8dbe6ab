"""Names in a bucket: what lies where, whatever prefix or organisation stands before it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.collect.s3_layout import (
    DAY_MS,
    KINDS,
    Spot,
    Tree,
    days,
    find_spot,
    parse_address,
)
from trailtui.model.errors import InputError

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


FOLDER = st.text("abAWSLogs0-_. /\u00e9", max_size=12).map(lambda text: text.strip("/"))
PREFIX = FOLDER.filter(lambda text: "AWSLogs" not in text).map(lambda t: f"{t}/" if t else "")


@given(
    prefix=PREFIX,
    organisation=st.sampled_from(["", "o-abcdefghij/", "o-0123456789abcdef/"]),
    account=st.from_regex(r"[0-9]{12}", fullmatch=True),
    kind=st.sampled_from(KINDS),
    region=st.sampled_from(
        ["us-east-1", "ap-southeast-4", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"]
    ),
    day=st.dates(date(1970, 1, 1), date(2105, 12, 31)),
)
def test_a_days_folder_is_read_as_it_is_written(
    prefix: str, organisation: str, account: str, kind: str, region: str, day: date
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    tree = Tree("bucket", f"{prefix}AWSLogs/{organisation}")
    folder = tree.folder(account, kind, region, ms(midnight))
    spot = find_spot(folder)
    assert spot == Spot(tree.root, account, kind, region, ms(midnight), ms(midnight) + DAY_MS, "")
    assert find_spot(folder.rstrip("/")) == spot
    file = find_spot(f"{folder}name_20260301T0000Z_x.json.gz")
    assert (file.since_ms, file.rest) == (spot.since_ms, "name_20260301T0000Z_x.json.gz")


@pytest.mark.parametrize(
    ("key", "spot"),
    [
        ("", Spot()),
        ("some/prefix", Spot(rest="some/prefix")),
        ("AWSLogs", Spot("AWSLogs/")),
        ("p/AWSLogs/o-abcdefghij", Spot("p/AWSLogs/o-abcdefghij/")),
        ("AWSLogs/111122223333", Spot("AWSLogs/", "111122223333")),
        ("AWSLogs/1111", Spot("AWSLogs/", rest="1111")),
        (
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03",
            Spot("AWSLogs/", "111122223333", "CloudTrail", "eu-west-1",
                 ms(MARCH), ms(MARCH + timedelta(days=31))),
        ),
        (
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2024",
            Spot("AWSLogs/", "111122223333", "CloudTrail", "eu-west-1",
                 ms(datetime(2024, 1, 1, tzinfo=UTC)), ms(datetime(2025, 1, 1, tzinfo=UTC))),
        ),
    ],
)  # fmt: skip
def test_how_deep_a_key_leads(key: str, spot: Spot) -> None:
    assert find_spot(key) == spot


@given(st.text(max_size=60))
def test_no_name_is_too_strange(name: str) -> None:
    for key in (name, f"AWSLogs/{name}", f"AWSLogs/111122223333/CloudTrail/us-east-1/{name}"):
        find_spot(key)


def test_days_that_there_are_not() -> None:
    spot = find_spot("AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/31/")
    assert spot.since_ms is None and spot.rest


def test_days_newest_first() -> None:
    noon = ms(MARCH) + DAY_MS // 2
    assert days(noon, noon + 1) == [ms(MARCH)]
    assert days(noon, noon + DAY_MS) == [ms(MARCH) + DAY_MS, ms(MARCH)]
    assert days(ms(MARCH), ms(MARCH) + DAY_MS) == [ms(MARCH)]


def test_addresses() -> None:
    assert str(parse_address("s3://my.bucket/a/b")) == "s3://my.bucket/a/b"
    assert parse_address("s3://bucket").key == ""
    for wrong in ("bucket", "https://bucket", "s3://", "s3://UP CASE/x", "s3://../x"):
        with pytest.raises(InputError):
            parse_address(wrong)
