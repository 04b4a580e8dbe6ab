"""Texts that are looked for in whole files: no record that holds one is passed over."""

import gzip
import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case.test_loading import load
from tests.records import record
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.query import searching
from trailtui.query.fragment import Sql, bound, sql
from trailtui.query.functions import register
from trailtui.query.harvests import Harvest, Share, shares_of
from trailtui.query.many_values import Places
from trailtui.query.records import Records
from trailtui.query.searching import search, texts_sought, where_found

_HOLDS = "tt_holds(e1.evidence, e1.offset, e1.length, e1.flags, {})"
_NEEDLE = "bucket-1"
_TEXTS = st.lists(
    st.sampled_from(
        [_NEEDLE, "bucket-", "é", '"', "\\", '},{"eventVersion":"1"', '{"eventVersion"', "Records"]
    ),
    max_size=4,
).map("".join)


def _holds(text: str) -> Sql:
    return sql(_HOLDS, bound(text))


def _document(texts: Sequence[str], first: int, kind: str, *, ascii_only: bool) -> bytes:
    records = [record(first + n, requestParameters=each) for n, each in enumerate(texts)]
    if kind == "in strings":
        lines = [{"CloudTrailEvent": json.dumps(each), "EventId": "x"} for each in records]
        return json.dumps({"Events": lines}).encode()
    data = json.dumps({"Records": records}, ensure_ascii=ascii_only, separators=(",", ":"))
    return gzip.compress(data.encode(), 1) if kind == "packed" else data.encode()


def _ids(case: Case, implied: Sequence[Sql], share: Share) -> set[int]:
    """The rows that a process would choose, with the bytes that it kept of each held against it."""
    harvest = Harvest("e1", ("id",), (), tuple(implied), ())
    reader = RecordReader(case)
    with case.reopen(readonly=True) as own:
        register(own.connection, Records(reader))
        files = [row[0] for row in own.connection.execute("SELECT id FROM evidence")]
        mine = [each for each in files if share.files[0] <= each < share.files[1]]
        pieces = search(own.connection, reader, mine, harvest.sought)
        made = harvest.rows(share)
        rows = own.connection.execute(made.text, made.parameters).fetchall()
    for evidence, offset, length, flags, _ in rows:
        if kept := pieces.of(Places(evidence, [offset], [length], [flags])):
            assert kept == [reader.read(evidence, offset, length, in_string=False)]
    return {row[-1] for row in rows}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    files=st.lists(
        st.tuples(
            st.lists(_TEXTS, min_size=1, max_size=4),
            st.sampled_from(["packed", "plain", "in strings"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_record_that_holds_the_text_is_chosen(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[list[str], str, bool]]
) -> None:
    with Case.create(tmp_path_factory.mktemp("search") / "one.case") as case:
        for number, (texts, kind, ascii_only) in enumerate(files):
            load(case, _document(texts, number * 10, kind, ascii_only=ascii_only), str(number))
        asked = f"SELECT id FROM event_rows e1 WHERE {_HOLDS.format('?')}"
        register(case.connection, Records(RecordReader(case)))
        holding = {row[0] for row in case.connection.execute(asked, [_NEEDLE])}
        found = [_ids(case, [_holds(_NEEDLE)], share) for share in shares_of(case.connection, 2)]
        assert holding <= found[0] | found[1]
        assert not found[0] & found[1]
        assert _ids(case, [_holds(_NEEDLE)], Share()) == found[0] | found[1]


@pytest.mark.parametrize(
    ("implied", "expected"),
    [
        ([_holds(_NEEDLE)], {1}),
        ([sql("(e1.millis = -1 OR {})", _holds(_NEEDLE))], {1}),
        ([sql("({} OR e1.millis = -1)", _holds(_NEEDLE))], {1}),
        ([sql("({} OR e1.error IS NOT NULL)", _holds(_NEEDLE))], {1, 2}),
        ([sql("(e1.error IS NOT NULL OR {})", _holds(_NEEDLE))], {1, 2}),
        ([_holds(_NEEDLE), Sql("e1.error IS NOT NULL")], set()),
        ([sql("({} OR {})", _holds(_NEEDLE), _holds("other"))], {0, 1}),
        ([sql("(e1.millis = 0 AND {})", _holds("other"))], {0}),
        ([sql("({} AND e1.millis = ?)", _holds("other")), Sql("1")], None),
    ],
)
def test_conditions_beside_the_texts_hold_too(
    case: Case, implied: list[Sql], expected: set[int] | None
) -> None:
    made = [
        record(0, requestParameters={"name": "other"}),
        record(1, requestParameters={"name": _NEEDLE}),
        record(2, errorCode="AccessDenied"),
    ]
    load(case, gzip.compress(json.dumps({"Records": made}).encode(), 1))
    ordered = [row[0] for row in case.connection.execute("SELECT id FROM event_rows ORDER BY id")]
    if expected is None:
        implied = [Sql(implied[0].text, (*implied[0].parameters, 0)), implied[1]]
        expected = {0}
    found = _ids(case, implied, Share())
    assert found == {ordered[at] for at in expected}


def test_a_text_that_stands_everywhere_has_no_places(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_MOST_PLACES", 3)
    load(case, _document(["x", _NEEDLE], 0, "packed", ascii_only=True), "two")
    load(case, _document([_NEEDLE] * 4, 10, "packed", ascii_only=True), "four")
    found = _ids(case, [_holds(_NEEDLE)], Share())
    assert len(found) == 1 + 4
    assert _unsearched(case) == [2]


def _unsearched(case: Case) -> list[int]:
    with case.reopen(readonly=True) as own:
        search(own.connection, RecordReader(case), [1, 2], [_NEEDLE])
        return [row[0] for row in own.connection.execute("SELECT evidence FROM tt_unsearched")]


def test_the_texts_are_those_of_the_conditions_and_no_others() -> None:
    both = sql("(e1.name = ? OR {} OR {})", _holds("a"), _holds("b"))
    condition = Sql(both.text, (7, *both.parameters))
    assert texts_sought([condition, _holds("a")]) == ("a", "b")
    assert where_found("e1", [condition]).parameters.count("a") == 0
