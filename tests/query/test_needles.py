"""Bytes that a condition over records implies: no record that meets it is passed over."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case.test_loading import load
from tests.records import record
from trailtui.case.file import Case
from trailtui.query.execute import rewrite
from trailtui.query.needles import needle
from trailtui.query.sql import run_sql

_TEXTS = st.lists(
    st.sampled_from(["bucket-1", "abc", "é", '"', "\\", " ", "/", "{", "}", ":", ",", "x9f", "7"]),
    max_size=5,
).map("".join)
_VALUES = st.one_of(
    _TEXTS,
    st.dictionaries(_TEXTS, _TEXTS, max_size=2),
    st.lists(_TEXTS, max_size=2),
    st.none(),
    st.integers(0, 99),
    st.fixed_dictionaries({"secretAccessKey": st.just("longsecretvalue")}),
)
_ASKED = (
    "strpos(requestParameters, :text) > 0",
    "requestParameters LIKE concat('%', :text, '%')",
    "element_at(requestParameters, 'name') = :text",
    "element_at(requestParameters, 'name') LIKE concat('%', :text)",
    "(strpos(requestParameters, :text) > 0 OR strpos(responseElements, :text) > 0)",
    "(strpos(requestParameters, :text) > 0 AND errorMessage IS NULL OR eventName = 'X')",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.lists(_VALUES, min_size=1, max_size=6),
    text=_TEXTS,
    ascii_only=st.booleans(),
    spaces=st.booleans(),
)
def test_the_same_events_as_without_looking_for_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[object],
    text: str,
    ascii_only: bool,
    spaces: bool,
) -> None:
    made = [record(n, requestParameters={"name": each}) for n, each in enumerate(values)]
    data = json.dumps(
        made, ensure_ascii=ascii_only, separators=None if spaces else (",", ":")
    ).encode()
    with Case.create(tmp_path_factory.mktemp("needles") / "one.case") as case:
        load(case, data)
        for condition in _ASKED:
            asked = f"SELECT eventID FROM events WHERE {condition} ORDER BY eventID"
            expected = f"SELECT eventID FROM events WHERE NOT coalesce(NOT ({condition}), true)"
            assert sorted(run_sql(case, asked, {"text": text}).rows) == sorted(
                run_sql(case, expected, {"text": text}).rows
            )


def test_a_piece_is_one_that_json_can_only_write_so() -> None:
    assert needle("arn:aws:s3:::platform-logs/key 1") == "platform-logs"
    for text in ("", '":{', "é", "characters", "ab12cd34", "111122223333", "ax9fb"):
        assert needle(text) == ""


def test_bytes_are_looked_for_before_a_record_is_decoded() -> None:
    asked = "SELECT eventID FROM events WHERE strpos(requestParameters, 'bucket-1') > 0 ORDER BY 1"
    made = rewrite(asked, {}).sql
    assert made.index("tt_holds(") < made.index("tt_strpos(")
    either = (
        "SELECT eventID FROM events WHERE requestID = 'bucket-1' OR apiVersion > 'x' ORDER BY 1"
    )
    assert "tt_holds(" not in rewrite(either, {}).sql
