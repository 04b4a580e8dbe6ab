"""Finding records in documents: whole, wrapped, broken."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import record
from trailtui.case.coding import code_records
from trailtui.model.envelope import Found, find_records

RECORDS = [record(n) for n in range(5)]


def _ids(found: Found) -> list[str]:
    return [json.loads(piece.raw)["eventID"] for piece in found.pieces]


IDS = [made["eventID"] for made in RECORDS]
LOOKUP = {
    "Events": [
        {"EventId": made["eventID"], "CloudTrailEvent": json.dumps(made)} for made in RECORDS
    ]
}
INSIGHTS = {
    "results": [
        [
            {"field": "@timestamp", "value": "2026-03-01 08:00:00.000"},
            {"field": "@message", "value": json.dumps(made)},
            {"field": "@ptr", "value": "Cm0K"},
        ]
        for made in RECORDS
    ],
    "statistics": {"recordsMatched": 5.0},
    "status": "Complete",
}
LAKE = {
    "QueryStatus": "FINISHED",
    "QueryResultRows": [
        [{"sourceIPAddress": "198.51.100.7"}, {"eventJson": json.dumps(made)}] for made in RECORDS
    ],
}
ATHENA = {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": "eventid"}, {}]}]}, "UpdateCount": 0}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Records": RECORDS}),
        json.dumps({"Records": RECORDS}, indent=2),
        json.dumps(RECORDS),
        "\n\n" + json.dumps(RECORDS) + "\n",
        "\n".join(json.dumps(made) for made in RECORDS),
        "\r\n".join(json.dumps(made) for made in RECORDS) + "\r\n",
        "".join(json.dumps(made) for made in RECORDS),
        "\n".join(json.dumps(made, indent=1) for made in RECORDS),
        json.dumps({"Records": RECORDS[:2]}) + "\n" + json.dumps({"Records": RECORDS[2:]}),
        json.dumps(LOOKUP),
        json.dumps(LOOKUP, indent=4),
        json.dumps(LOOKUP["Events"]),
        "\n".join(json.dumps(event) for event in LOOKUP["Events"]),
        json.dumps([json.dumps(made) for made in RECORDS]),
        "\n".join(json.dumps({"detail-type": "x", "detail": made}) for made in RECORDS),
        json.dumps({"logEvents": [{"timestamp": 1, "message": json.dumps(m)} for m in RECORDS]}),
        json.dumps(INSIGHTS),
        json.dumps(INSIGHTS, indent=2),
        json.dumps(LAKE),
        json.dumps(LAKE, indent=1),
    ],
    ids=range(20),
)
def test_every_shape_gives_the_same_records(text: str) -> None:
    content = text.encode()
    found = find_records(content)
    assert _ids(found) == IDS
    assert found.defects == []
    for piece in found.pieces:
        stands = content[piece.offset : piece.offset + piece.length]
        assert stands == piece.raw or json.loads(stands) == piece.raw.decode()


def test_a_single_record() -> None:
    assert _ids(find_records(json.dumps(RECORDS[0]).encode())) == IDS[:1]


def test_a_digest_holds_no_events() -> None:
    digest = {"digestStartTime": "2026-03-01T08:00:00Z", "digestS3Bucket": "b", "logFiles": []}
    found = find_records(json.dumps(digest).encode())
    assert (found.kind, found.pieces, found.defects) == ("digest", [], [])


def test_no_records_is_no_defect() -> None:
    found = find_records(b'{"Records": []}')
    assert (found.kind, found.pieces, found.defects) == ("records", [], [])


def test_one_broken_record_costs_only_itself() -> None:
    parts = [json.dumps(made) for made in RECORDS]
    parts[2] = parts[2][:-30]
    found = find_records(('{"Records": [' + ", ".join(parts) + "]}").encode())
    assert _ids(found) == [IDS[0], IDS[1], IDS[3], IDS[4]]
    assert len(found.defects) >= 1
    broken = found.defects[0]
    assert parts[2][:50] in ('{"Records": [' + ", ".join(parts))[broken.offset :][:60]


def test_a_broken_line_costs_only_itself() -> None:
    lines = [json.dumps(made) for made in RECORDS]
    lines[3] = lines[3][:100]
    found = find_records("\n".join(lines).encode())
    assert _ids(found) == [IDS[0], IDS[1], IDS[2], IDS[4]]
    assert len(found.defects) == 1


@given(st.integers(1, len(json.dumps({"Records": RECORDS})) - 1))
def test_a_cut_document_gives_the_records_before_the_cut(cut: int) -> None:
    content = json.dumps({"Records": RECORDS}).encode()[:cut]
    found = find_records(content)
    ends = [content.find(json.dumps(made).encode()) for made in RECORDS]
    assert _ids(found) == [i for i, at in zip(IDS, ends, strict=True) if at >= 0]
    assert found.defects


@pytest.mark.parametrize("content", [b"", b"   \n", b"\x00\x01", b"hello", b"{", b"[", b"[1,2"])
def test_what_holds_nothing_says_so(content: bytes) -> None:
    found = find_records(content)
    assert found.pieces == []
    assert found.defects


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    find_records(content)


@given(st.integers(0, 3000), st.integers(0, 255))
def test_one_altered_byte_loses_nothing_silently(at: int, value: int) -> None:
    content = bytearray(json.dumps({"Records": RECORDS}).encode())
    at %= len(content)
    content[at] = value
    found = find_records(bytes(content))
    coded = code_records(found.pieces)
    assert len(coded.ids) == len(RECORDS) or found.defects or coded.refused


def test_a_key_that_stands_twice_hides_nothing() -> None:
    first, second = json.dumps(RECORDS[:2]), json.dumps(RECORDS[2:])
    for key in ('"Records"', '"R\\u0065cords"'):
        found = find_records(f'{{"Records": {first}, {key}: {second}}}'.encode())
        assert _ids(found) == IDS
        assert found.defects


def test_a_second_list_of_lookup_events_hides_nothing() -> None:
    first, second = json.dumps(LOOKUP["Events"][:2]), json.dumps(LOOKUP["Events"][2:])
    found = find_records(f'{{"Events": {first}, "Events": {second}}}'.encode())
    assert _ids(found) == IDS
    assert found.defects


@pytest.mark.parametrize("wrapper", ["Recordz", "data", "events"])
def test_an_unknown_wrapper_is_looked_into(wrapper: str) -> None:
    found = find_records(json.dumps({"x": 1, wrapper: {"list": RECORDS}}).encode())
    assert _ids(found) == IDS
    assert "unknown shape" in found.defects[-1].reason


def _rows(kind: str) -> list[list[dict[str, str]]]:
    made = json.loads(json.dumps(INSIGHTS if kind == "results" else LAKE))
    return made[kind]


@pytest.mark.parametrize("kind", ["results", "QueryResultRows"])
def test_a_row_without_its_record_is_a_defect(kind: str) -> None:
    rows = _rows(kind)
    rows[2] = [
        cell for cell in rows[2] if "eventJson" not in cell and cell.get("field") != "@message"
    ]
    content = json.dumps({kind: rows}).encode()
    found = find_records(content)
    assert _ids(found) == [IDS[0], IDS[1], IDS[3], IDS[4]]
    assert [content[d.offset :][: d.length] for d in found.defects] == [
        json.dumps(rows[2]).encode()
    ]


@pytest.mark.parametrize("odd", ['["text"]', "[null]", "[[]]", "7", '{"eventJson": "{}"}'])
def test_a_row_of_another_shape_is_a_defect(odd: str) -> None:
    good = json.dumps(LAKE["QueryResultRows"][0])
    found = find_records(f'{{"QueryResultRows": [{good}, {odd}, {good}]}}'.encode())
    assert _ids(found) == [IDS[0], IDS[0]]
    assert len(found.defects) == 1


def test_a_cell_that_names_its_record_twice_is_no_silent_choice() -> None:
    one, two = (json.dumps(json.dumps(made)) for made in RECORDS[:2])
    text = f'{{"QueryResultRows": [[{{"eventJson": {one}, "eventJson": {two}}}]]}}'
    found = find_records(text.encode())
    assert found.defects


@pytest.mark.parametrize("answer", [{"results": []}, {"QueryResultRows": []}, ATHENA])
def test_an_answer_without_records_is_no_complaint(answer: dict[str, object]) -> None:
    found = find_records(json.dumps({"status": "Complete", **answer}).encode())
    assert (found.kind, found.pieces, found.defects) == ("answer", [], [])


def test_records_under_an_answers_key_are_still_found() -> None:
    for key in ("results", "QueryResultRows", "ResultSet"):
        found = find_records(json.dumps({"x": 1, key: RECORDS}).encode())
        assert _ids(found) == IDS
        assert "unknown shape" in found.defects[-1].reason


@given(st.sampled_from([INSIGHTS, LAKE]), st.data())
def test_a_cut_answer_gives_the_records_before_the_cut(
    answer: dict[str, object], data: st.DataObject
) -> None:
    whole = json.dumps(answer).encode()
    content = whole[: data.draw(st.integers(1, len(whole) - 1))]
    found = find_records(content)
    ends = [content.find(json.dumps(json.dumps(made)).encode()) for made in RECORDS]
    assert _ids(found) == [i for i, at in zip(IDS, ends, strict=True) if at >= 0]
    assert found.defects


@given(st.sampled_from([INSIGHTS, LAKE]), st.integers(0, 9000), st.integers(0, 255))
def test_one_altered_byte_of_an_answer_loses_nothing_silently(
    answer: dict[str, object], at: int, value: int
) -> None:
    content = bytearray(json.dumps(answer).encode())
    content[at % len(content)] = value
    found = find_records(bytes(content))
    coded = code_records(found.pieces)
    assert len(coded.ids) == len(RECORDS) or found.defects or coded.refused
