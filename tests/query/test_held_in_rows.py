"""What rows hold of their records: the answers are the same as those of the records."""

import gzip
import json
from typing import Any

import pytest

from tests.case.test_loading import load
from tests.records import record
from trailtui.case.file import Case
from trailtui.model.record import TLS_MASK, TLS_SHIFT, Flags
from trailtui.query.sql import run_sql

_REQUESTS: list[Any] = [
    ..., None, {}, "text", ["x"], {"bucketName": None}, {"bucketName": "one"}, {"bucketName": ""},
    {"bucketName": "né\n"}, {"bucketName": 7}, {"bucketName": 1.50}, {"bucketName": True},
    {"bucketName": ["x"]}, {"bucketName": {"of": "x"}}, {"BucketName": "two"},
    {"bucketName": '{"secretAccessKey": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0"}'},
]  # fmt: skip
_DETAILS: list[Any] = [
    ..., None, {}, "text", {"bytesTransferredOut": 17}, {"bytesTransferredOut": 0},
    {"bytesTransferredOut": 17.0}, {"bytesTransferredOut": "17"}, {"bytesTransferredOut": None},
    {"bytesTransferredIn": 1 << 60, "bytesTransferredOut": -1}, {"bytesTransferredIn": True},
    {"bytesTransferredIn": [1], "bytesTransferredOut": {"a": 1}}, {"bytesTransferredIn": 5},
]  # fmt: skip
_TLS: list[Any] = [
    ..., None, {}, {"tlsVersion": "TLSv1.2"}, {"tlsVersion": "TLSv1"}, {"tlsVersion": "SSLv3"},
    {"tlsversion": "TLSv1.1"}, {"tlsVersion": None}, {"tlsVersion": 3}, "text",
]  # fmt: skip

ASKED = [
    "SELECT eventID, element_at(requestParameters, 'bucketName') FROM events ORDER BY 1",
    "SELECT eventID, requestParameters['bucketName'] FROM events "
    "WHERE element_at(requestParameters, 'bucketName') IS NOT NULL ORDER BY 1",
    "SELECT eventID, json_extract_scalar(requestParameters, '$.bucketName') FROM events ORDER BY 1",
    "SELECT eventID, json_extract(requestParameters, '$.bucketName') FROM events ORDER BY 1",
    "SELECT eventID FROM events WHERE element_at(requestParameters, 'bucketName') LIKE 'o%'",
    "SELECT element_at(requestParameters, 'bucketName'), count(*), count(DISTINCT eventID), "
    "sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double)), "
    "sum(try_cast(element_at(additionalEventData, 'bytesTransferredIn') AS double)) "
    "FROM events GROUP BY 1 ORDER BY 1",
    "SELECT eventID, element_at(additionalEventData, 'bytesTransferredOut'), "
    "json_extract_scalar(additionalEventData, '$.bytesTransferredIn') FROM events ORDER BY 1",
    "SELECT eventID, tlsDetails.tlsVersion FROM events WHERE tlsDetails.tlsVersion IS NULL "
    "OR tlsDetails.tlsVersion < 'TLSv1.2' ORDER BY 1",
    "WITH a AS (SELECT eventID AS id, element_at(requestParameters, 'bucketName') AS bucket "
    "FROM events) SELECT x.id, y.bucket FROM a x LEFT JOIN a y ON x.id = y.id ORDER BY 1, 2",
]


def _records() -> list[dict[str, Any]]:
    count = len(_REQUESTS) * 2
    return [
        record(
            n,
            requestParameters=_REQUESTS[n % len(_REQUESTS)],
            additionalEventData=_DETAILS[n % len(_DETAILS)],
            tlsDetails=_TLS[n % len(_TLS)],
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("text", ASKED)
@pytest.mark.parametrize("alone", [True, False])
def test_the_answer_is_that_of_the_records(case: Case, text: str, alone: bool) -> None:
    documents = [[each] for each in _records()] if alone else [_records()]
    for number, records in enumerate(documents):
        data = json.dumps({"Records": records}, separators=(",", ":")).encode()
        load(case, gzip.compress(data, 1), str(number))
    told = case.connection.execute(
        "SELECT count(*) FROM event_rows WHERE flags & ?", [int(Flags.OBJECTS_TOLD)]
    ).fetchone()[0]
    assert 5 < told < len(_records())
    held = run_sql(case, text).rows
    forgotten = ~(int(Flags.OBJECTS_TOLD) | TLS_MASK << TLS_SHIFT)
    with case.writing():
        case.connection.execute("UPDATE event_rows SET flags = flags & ?", [forgotten])
    assert run_sql(case, text).rows == held
    assert held
