"""Bucket and bytes of calls: what they say is what the record says, or it has to be asked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import record
from trailtui.case.coding import code_records
from trailtui.case.object_calls import unpack_calls
from trailtui.model.envelope import Piece
from trailtui.model.record import Flags

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=1),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)
_NUMBERS = st.one_of(st.integers(-(1 << 70), 1 << 70), st.integers(0, 5000), _ODD)
_MAPS = st.one_of(st.just(...), st.none(), _ODD)
_REQUESTS = st.one_of(_MAPS, st.fixed_dictionaries({"bucketName": st.one_of(st.text(), _ODD)}))
_DETAILS = st.one_of(
    _MAPS,
    st.fixed_dictionaries({}, optional={"bytesTransferredIn": _NUMBERS}),
    st.fixed_dictionaries({"bytesTransferredIn": _NUMBERS, "bytesTransferredOut": _NUMBERS}),
)


def _coded(records: list[dict[str, object]]) -> list[tuple[object, ...] | None]:
    """Bucket, bytes in and bytes out of each; None where the record has to be asked."""
    texts_of = [json.dumps(each, ensure_ascii=False) for each in records]
    raws = [text.encode("utf-8", "surrogatepass") for text in texts_of]
    coded = code_records([Piece(at, len(raw), raw) for at, raw in enumerate(raws)])
    calls = unpack_calls(coded.object_calls) if coded.object_calls else None
    placed = zip(coded.offsets, coded.flags, strict=True)
    return [
        tuple(calls.value(offset, which) if calls else None for which in range(3))
        if flags & Flags.OBJECTS_TOLD
        else None
        for offset, flags in placed
    ]


def _asked(within: object, name: str) -> object:
    return within.get(name) if isinstance(within, dict) else None


@given(
    st.lists(
        st.fixed_dictionaries({"requestParameters": _REQUESTS, "additionalEventData": _DETAILS}),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_told_is_what_the_record_says(changes: list[dict[str, object]]) -> None:
    records = [record(n, **each) for n, each in enumerate(changes)]
    for made, told in zip(records, _coded(records), strict=True):
        if told is None:
            continue
        request, details = made.get("requestParameters"), made.get("additionalEventData")
        assert told == (
            _asked(request, "bucketName"),
            _asked(details, "bytesTransferredIn"),
            _asked(details, "bytesTransferredOut"),
        )
        assert all(type(each) in (int, type(None)) for each in told[1:])


@pytest.mark.parametrize(
    ("request_", "details", "expected"),
    [
        (None, ..., (None, None, None)),
        ({}, {}, (None, None, None)),
        ({"bucketName": "one"}, {"bytesTransferredOut": 17}, ("one", None, 17)),
        ({"bucketName": "one"}, {"bytesTransferredIn": 0, "x": 1}, ("one", 0, None)),
        (..., None, None),
        ({"bucketName": 7}, None, None),
        ("text", None, None),
        (None, "text", None),
        (None, {"bytesTransferredOut": 1.0}, None),
        (None, {"bytesTransferredOut": "17"}, None),
        (None, {"bytesTransferredOut": True}, None),
        (None, {"bytesTransferredOut": 1 << 53}, None),
        (None, {"bytesTransferredIn": -1}, None),
    ],
)
def test_what_is_plain_is_told_and_nothing_else(
    request_: object, details: object, expected: tuple[object, ...] | None
) -> None:
    made = record(1, requestParameters=request_, additionalEventData=details)
    assert _coded([made, record(2)]) == [expected, (None, None, None)]
