"""Reading one record: every shape becomes the fields an event row needs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import record
from trailtui.model.record import (
    TLS_MASK,
    TLS_SHIFT,
    Flags,
    NotARecord,
    pack_event_id,
    read_record,
    row_id,
    row_time_ms,
    unpack_event_id,
)
from trailtui.model.times import parse_event_time


def _read(made: object):
    return read_record(json.dumps(made).encode())


def test_a_well_formed_record() -> None:
    fields = _read(record(5))
    assert fields.name == "ListUsers"
    assert fields.time_ms == 1772352005000
    assert fields.account == "111122223333"
    assert fields.flags & ~(TLS_MASK << TLS_SHIFT) == (
        Flags.READ_ONLY_KNOWN | Flags.READ_ONLY | Flags.MANAGEMENT_KNOWN | Flags.MANAGEMENT
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (..., 1),
        (None, 1),
        ({}, 0),
        ({"tlsVersion": None}, 0),
        ({"TLSVERSION": "TLSv1.2"}, 0),
        ({"tlsVersion": "TLSv1"}, 2),
        ({"tlsVersion": "TLSv1.1"}, 3),
        ({"tlsVersion": "TLSv1.2", "cipherSuite": "x"}, 4),
        ({"tlsVersion": "TLSv1.3"}, 5),
        ({"tlsVersion": "TLSv1.4"}, 0),
        ({"tlsVersion": 1.2}, 0),
        ("TLSv1.2", 0),
    ],
)
def test_the_tls_version_stands_in_the_flags_or_the_record_has_to_be_asked(
    told: object, expected: int
) -> None:
    assert _read(record(5, tlsDetails=told)).flags >> TLS_SHIFT & TLS_MASK == expected


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"eventID": ...}, Flags.NO_EVENT_ID),
        ({"eventID": ""}, Flags.NO_EVENT_ID),
        ({"eventTime": "yesterday"}, Flags.NO_TIME),
        ({"eventTime": ...}, Flags.NO_TIME),
        ({"eventTime": 12}, Flags.NO_TIME),
        ({"readOnly": "true"}, Flags.ODD),
        ({"sourceIPAddress": ["1.2.3.4"]}, Flags.ODD),
        ({"sessionCredentialFromConsole": "true"}, Flags.FROM_CONSOLE),
    ],
)
def test_odd_fields_are_flagged_and_still_an_event(changes: dict[str, object], flag: Flags) -> None:
    fields = _read(record(**changes))
    assert fields.flags & flag
    assert fields.name == "ListUsers"


def test_keys_in_lower_case_are_read() -> None:
    lowered = {key.lower(): value for key, value in record().items()}
    fields = _read(lowered)
    assert (fields.name, fields.event_id) == ("ListUsers", record()["eventID"])
    assert fields.flags & Flags.ODD


def test_a_summary_of_data_events_stands_at_the_beginning_of_its_window() -> None:
    """CloudTrail User Guide, "CloudTrail record contents for aggregated events"."""
    summary = {
        "eventVersion": "1.0",
        "accountId": "111122223333",
        "eventId": "11111111-2222-4333-8444-555555555555",
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": "us-east-1",
        "eventSource": "s3.amazonaws.com",
        "timeWindow": {
            "windowStart": "2026-03-12T10:05:00Z",
            "windowEnd": "2026-03-12T10:10:00Z",
            "windowSize": "PT5M",
        },
        "summary": {"primaryDimension": {"dimension": "eventName"}},
    }
    fields = read_record(json.dumps(summary).encode())
    assert fields.time_ms == parse_event_time("2026-03-12T10:05:00Z")
    assert (fields.account, fields.category, fields.event_id) == (
        "111122223333", "Aggregated", "11111111-2222-4333-8444-555555555555",
    )  # fmt: skip
    assert not fields.flags & Flags.NO_TIME
    odd = read_record(json.dumps(summary | {"timeWindow": {"windowStart": 5}}).encode())
    assert odd.flags & Flags.NO_TIME


def test_insight_records_name_the_call_in_their_details() -> None:
    insight = {
        "eventVersion": "1.07",
        "eventTime": "2026-03-01T08:00:00Z",
        "awsRegion": "us-east-1",
        "eventID": "55ed45c5-0000-4000-8000-000000000001",
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": "111122223333",
        "sharedEventID": "55ed45c5-0000-4000-8000-000000000002",
        "insightDetails": {
            "state": "Start",
            "eventSource": "ssm.amazonaws.com",
            "eventName": "UpdateInstanceInformation",
            "insightType": "ApiCallRateInsight",
        },
        "eventCategory": "Insight",
    }
    fields = _read(insight)
    assert fields.name == "UpdateInstanceInformation"
    assert fields.source == "ssm.amazonaws.com"
    assert fields.category == "Insight"


def test_aggregated_events_have_their_account_elsewhere() -> None:
    aggregated = {
        "eventVersion": "1.0",
        "accountId": "111122223333",
        "eventId": "55ed45c5-0000-4000-8000-000000000003",
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": "eu-west-1",
    }
    fields = _read(aggregated)
    assert fields.account == "111122223333"
    assert fields.event_id == "55ed45c5-0000-4000-8000-000000000003"
    assert fields.flags & Flags.NO_TIME


@pytest.mark.parametrize("raw", [b"[]", b"12", b"{}", b'{"colour": 1}', b"{", b"\xff\xfe", b'"x"'])
def test_what_is_no_record_says_so(raw: bytes) -> None:
    with pytest.raises(NotARecord):
        read_record(raw)


def test_lone_surrogates_and_nul_do_not_break_it() -> None:
    raw = b'{"eventName": "a\\ud800b", "eventTime": "2026-03-01T08:00:00Z", "eventID": "x\\u0000y"}'
    fields = read_record(raw)
    assert fields.name is not None
    fields.name.encode()  # what SQLite will do


def test_deep_nesting_is_no_crash() -> None:
    raw = b'{"eventName": "x", "requestParameters": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    try:
        fields = read_record(raw)
    except NotARecord as error:
        assert "nested" in str(error)
    else:
        assert fields.name == "x"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(record())), json_values))
def test_any_types_in_any_field(changes: dict[str, object]) -> None:
    try:
        fields = _read(record(**changes))
    except NotARecord:
        return
    for value in (fields.name, fields.source, fields.ip, fields.agent, fields.error):
        assert value is None or isinstance(value.encode(), bytes)  # what SQLite will do


@given(st.uuids().map(str) | st.text(min_size=1))
def test_event_ids_come_back_as_they_were(event_id: str) -> None:
    assert unpack_event_id(pack_event_id(event_id, b"")) == event_id


@given(st.integers(0, (1 << 32) * 1000 - 1), st.uuids().map(str))
def test_row_ids_are_in_time_order_and_give_the_time_back(time_ms: int, event_id: str) -> None:
    row = row_id(time_ms, pack_event_id(event_id, b""))
    assert row < 1 << 63
    assert row_time_ms(row, time_ms % 1000, 0) == time_ms
    assert row < row_id(time_ms + 1000, pack_event_id(event_id, b""))
