"""Events in the case: one row each, every further place a sighting, nothing merged."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.records import Record, record
from trailtui.case.coding import code_records, code_trail
from trailtui.case.conflicts import flag_conflicts
from trailtui.case.events import EventFilter, count, find, page, places_of, record_of
from trailtui.case.evidence import RecordReader, all_evidence, original_bytes
from trailtui.case.file import Case
from trailtui.case.loading import Loaded, Loader
from trailtui.collect.reading import acquire
from trailtui.model.envelope import find_records


def load(case: Case, data: bytes, origin: str = "file") -> Loaded:
    document = acquire(origin, data, hashlib.sha256(data).hexdigest())
    with case.writing():
        loader = Loader(case)
        loader.begin()
        loaded = loader.load(document)
        flag_conflicts(case)
        return loaded


def trail(records: Sequence[Record]) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)


def test_records_come_back_byte_for_byte(case: Case) -> None:
    records = [record(n, userAgent=f"agent é {n}") for n in range(3)]
    documents = [
        trail(records),
        json.dumps([record(n) for n in range(10, 13)], indent=3).encode(),
        "\n".join(json.dumps(record(n)) for n in range(20, 23)).encode("utf-16"),
    ]
    for data in documents:
        load(case, data)
    assert count(case) == 9
    reader = RecordReader(case)
    for row in page(case).rows:
        read = json.loads(record_of(case, row, reader))
        assert read["eventID"] == row.event_id
    for kept, data in zip(all_evidence(case), documents, strict=True):
        assert b"".join(original_bytes(case, kept.id)) == data
        assert hashlib.sha256(data).hexdigest() == kept.sha256


def test_large_plain_evidence_is_read_by_frames(case: Case) -> None:
    records = [record(n, requestParameters={"filler": "x" * 5000}) for n in range(300)]
    load(case, "\n".join(json.dumps(made) for made in records).encode())
    reader = RecordReader(case)
    rows = page(case, limit=500).rows
    assert [json.loads(record_of(case, row, reader)) for row in rows] == records


def test_the_same_bytes_are_known(case: Case) -> None:
    data = trail([record(1)])
    load(case, data, "one")
    assert load(case, data, "two").known
    assert count(case) == 1
    origins = case.connection.execute("SELECT origin FROM evidence_origins").fetchall()
    assert sorted(origins) == [("one",), ("two",)]


def test_seen_in_another_file_is_a_sighting(case: Case) -> None:
    load(case, trail([record(1), record(2)]))
    reordered = [dict(reversed(record(n).items())) for n in (1, 2, 3)]
    loaded = load(case, json.dumps(reordered).encode())
    assert (loaded.records, loaded.events, loaded.sightings) == (3, 1, 2)
    assert count(case) == 3
    event = find(case, record(1)["eventID"])[0]
    assert event.sightings == 2
    assert len(places_of(case, event)) == 2


def test_a_lookup_answer_is_a_sighting_of_the_same_event(case: Case) -> None:
    load(case, trail([record(1)]))
    answer = {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(record(1))}]}
    loaded = load(case, json.dumps(answer).encode())
    assert (loaded.events, loaded.sightings) == (0, 1)


def test_the_same_record_twice_in_one_file(case: Case) -> None:
    loaded = load(case, trail([record(1), record(1), record(1)]))
    assert (loaded.records, loaded.events, loaded.sightings) == (3, 1, 2)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "change",
    [{"eventName": "DeleteUser"}, {"eventTime": "2026-03-05T00:00:00Z"}, {"requestID": ...}],
)
def test_other_content_under_the_same_id_is_kept_and_flagged(
    case: Case, change: dict[str, object], order: tuple[int, int]
) -> None:
    versions = [record(1), record(1, **change)]
    load(case, trail([versions[order[0]], record(2)]))
    loaded = load(case, trail([versions[order[1]], record(3)]))
    assert loaded.events == 2
    found = find(case, record(1)["eventID"])
    assert len(found) == 2
    assert all(event.conflict for event in found)
    kept = [json.loads(record_of(case, event)) for event in found]
    assert sorted(map(str, kept)) == sorted(map(str, versions))
    again = load(case, trail([versions[0], versions[1], record(4)]))
    assert (again.events, again.sightings, again.conflicts) == (1, 2, 0)
    assert [event.conflict for event in find(case, record(2)["eventID"])] == [False]


def test_one_id_in_two_accounts_is_two_events(case: Case) -> None:
    load(case, trail([record(1), record(1, recipientAccountId="999988887777")]))
    found = find(case, record(1)["eventID"])
    assert [event.conflict for event in found] == [False, False]


def test_records_without_id_are_known_by_their_bytes(case: Case) -> None:
    load(case, trail([record(1, eventID=...), record(2, eventID=...)]))
    loaded = load(case, json.dumps([record(1, eventID=...), record(3)]).encode())
    assert (loaded.events, loaded.sightings) == (1, 1)


def test_ids_that_meet_in_one_second_are_all_kept(case: Case) -> None:
    """The first 32 bits of these event ids are the same, so all want the same row."""
    ids = [f"00000001-0000-4000-8000-{n:012d}" for n in range(20)]
    at = "2026-03-01T08:00:00Z"
    records = [record(n, eventID=event_id, eventTime=at) for n, event_id in enumerate(ids)]
    load(case, trail(records[:10]))
    load(case, trail(records[5:]))
    assert count(case) == 20
    assert {row.event_id for row in page(case, EventFilter()).rows} == set(ids)
    assert not any(row.conflict for row in page(case).rows)
    assert case.connection.execute("SELECT count(*) FROM sightings").fetchone() == (5,)


def _compact(records: list[Record]) -> bytes:
    """As AWS writes it: no blanks, every record beginning with its version."""
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


def test_the_quick_way_gives_the_same_as_the_careful_one() -> None:
    records = [record(n, resources=[{"ARN": f"arn:{n % 3}"}, {"ARN": None}]) for n in range(9)]
    records[4]["sessionCredentialFromConsole"] = "true"
    content = _compact(records)
    quick = code_trail(content)
    careful = code_records(find_records(content).pieces)
    assert quick is not None
    assert quick.vocabulary.texts == careful.vocabulary.texts
    assert quick.vocabulary.actors == careful.vocabulary.actors
    assert replace(quick, vocabulary=careful.vocabulary) == careful
    assert len(careful.ids) == 9


@pytest.mark.parametrize(
    "odd",
    [
        {"requestParameters": {"list": [{"a": 1}, {"eventVersion": "1"}, {"eventVersion": "2"}]}},
        {"eventID": record(1)["eventID"]},
        {"eventID": ""},
        {"eventID": "a\nb"},
        {"readOnly": "true"},
    ],
)
def test_the_quick_way_leaves_what_is_odd_to_the_careful_one(odd: Record) -> None:
    assert code_trail(_compact([record(1), record(2, **odd), record(3)])) is None


@pytest.mark.parametrize("key", [b'"Records"', b'"R\\u0065cords"'])
def test_a_second_list_under_the_same_key_is_not_lost(case: Case, key: bytes) -> None:
    first, second = _compact([record(1)]), _compact([record(2), record(3)])
    content = first[:-1] + b"," + key + second[len(b'{"Records"') :]
    assert code_trail(content) is None
    load(case, content)
    assert count(case) == 3


def test_a_seam_inside_a_record_does_not_fool_it() -> None:
    """As many seams as records, one of them inside a record: places would be wrong."""
    inside = record(1, requestParameters={"list": [{"a": 1}, {"eventVersion": "1"}]})
    last = dict(reversed(record(3).items()))
    content = _compact([inside, record(2), last])
    assert content.count(b'},{"eventVersion"') == 2
    assert code_trail(content) is None


def test_resources_hang_on_their_events(case: Case) -> None:
    arn = "arn:aws:s3:::secrets/key"
    load(case, trail([record(1, resources=[{"ARN": arn, "type": "AWS::S3::Object"}]), record(2)]))
    rows = case.connection.execute(
        "SELECT s.arn, r.event FROM event_resources r JOIN resources s ON s.id = r.resource"
    ).fetchall()
    assert rows == [(arn, find(case, record(1)["eventID"])[0].id)]
