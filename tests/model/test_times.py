"""Times as records write them and as users type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_event_time, parse_moment

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-01T08:00:05Z", 1772352005000),
        ("2026-03-01 08:00:05", 1772352005000),
        ("2026-03-01 08:00:05.123456789", 1772352005123),
        ("2026-03-01T10:00:05+02:00", 1772352005000),
        ("2026-03-01T08:00:60Z", 1772352060000),
        ("2026-02-30T08:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("9999-01-01T00:00:00Z", None),
        ("Jul 10, 2023 12:24:29 PM", None),
        ("", None),
    ],
)
def test_event_times(text: str, at_ms: int | None) -> None:
    assert parse_event_time(text) == at_ms


@given(st.integers(0, (1 << 32) * 1000 - 1))
def test_times_come_back(at_ms: int) -> None:
    assert parse_event_time(format_utc(at_ms)) == at_ms


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("now", 10 * DAY_MS),
        ("-24h", 9 * DAY_MS),
        ("-1w", 3 * DAY_MS),
        ("1970-01-02", DAY_MS),
        ("1970-01-02 00:01", DAY_MS + 60_000),
        ("1970-01-02T00:01Z", DAY_MS + 60_000),
    ],
)
def test_typed_times(text: str, at_ms: int) -> None:
    assert parse_moment(text, 10 * DAY_MS) == at_ms


@pytest.mark.parametrize("text", ["", "soon", "-24", "24h", "2026-13-01", "1e9"])
def test_what_is_no_time_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(InputError, match="Write 2026"):
        parse_moment(text, 0)
