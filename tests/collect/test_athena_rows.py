"""Athena's rows made into records again: nothing that the real record doesn't say."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import record
from tests.sim.corpus import corpus
from trailtui.case.collisions import agrees
from trailtui.collect.athena_create import COLUMNS
from trailtui.collect.athena_rows import left_out, record_of, records_of, selected
from trailtui.collect.athena_table import ColumnType, Table, parse_type, table_of
from trailtui.model.errors import InputError


def official() -> Table:
    return table_of(
        {
            "Name": "cloudtrail_logs",
            "Columns": [{"Name": name, "Type": declared} for name, declared in COLUMNS.items()],
            "PartitionKeys": [{"Name": "timestamp", "Type": "string"}],
        },
        "default",
    )


TABLE = official()


def _fold(value: Any, declared: ColumnType, named: bool) -> Any:
    """A nested value as CAST(... AS JSON) gives it: declared fields, with names or without."""
    if declared.name == "struct":
        low = {key.lower(): inner for key, inner in value.items()} if value else {}
        fields = {
            name: None if low.get(name) is None else _fold(low[name], inner, named)
            for name, inner in declared.fields
        }
        return fields if named else list(fields.values())
    if declared.name == "array":
        return [_fold(item, declared.fields[0][1], named) for item in value]
    return value if declared.name == "map" else str(value)


def athena_row(made: Mapping[str, Any], *, named: bool = True) -> dict[str, str | None]:
    """The texts that Athena would give for a record."""
    low = {key.lower(): value for key, value in made.items()}
    row: dict[str, str | None] = {}
    for name in selected(TABLE):
        value, declared = low.get(name), TABLE.columns[name]
        if value is None:
            row[name] = None
        elif declared.nested:
            row[name] = json.dumps(_fold(value, declared, named))
        elif isinstance(value, dict | list | bool):
            row[name] = json.dumps(value)
        else:
            row[name] = str(value)
    return row


@pytest.mark.parametrize("named", [True, False], ids=["engine 3", "engine 2"])
def test_every_record_of_the_corpus_comes_back_agreeing(named: bool) -> None:
    for made in corpus(300, insight_share=0.0):
        again = record_of(TABLE, athena_row(made, named=named))
        assert agrees(json.dumps(again).encode(), json.dumps(made).encode())
        assert again["eventID"] == made["eventID"]
        assert again.get("requestParameters") == made["requestParameters"]
        assert again["readOnly"] is made["readOnly"]
        assert again["userIdentity"]["type"] == made["userIdentity"]["type"]


def test_real_records_come_back_agreeing(shared_data: Path) -> None:
    from trailtui.case.packing import unpack
    from trailtui.model.envelope import find_records

    tried = 0
    for path in sorted((shared_data / "stratus").rglob("*.json*"))[:40]:
        for piece in find_records(unpack(path.read_bytes()).content).pieces:
            made = json.loads(piece.raw)
            if not isinstance(made, dict) or "eventID" not in made:
                continue
            again = record_of(TABLE, athena_row(made))
            assert agrees(json.dumps(again).encode(), piece.raw), made["eventID"]
            tried += 1
    assert tried


@given(st.dictionaries(st.sampled_from(["type", "arn", "userName"]), st.text(max_size=40)))
@settings(max_examples=60)
def test_what_an_attacker_writes_stays_in_its_field(identity: dict[str, str]) -> None:
    made = record(userIdentity=identity, userAgent="}, arn=arn:aws:iam::1:root, x={")
    again = record_of(TABLE, athena_row(made))
    assert again.get("userIdentity", {}) == identity
    assert again["userAgent"] == made["userAgent"]


def test_no_field_comes_of_a_missing_value() -> None:
    made = record(errorCode=..., responseElements=None, userIdentity={"type": "AWSService"})
    again = record_of(TABLE, athena_row(made))
    assert "errorCode" not in again
    assert "responseElements" not in again
    assert again["userIdentity"] == {"type": "AWSService"}


def test_what_is_no_json_is_left_as_it_is() -> None:
    again = record_of(TABLE, {"requestparameters": "{not json", "readonly": "maybe"})
    assert again == {"requestParameters": "{not json", "readOnly": "maybe"}


def test_the_header_is_on_the_first_page_only() -> None:
    names = [{"VarCharValue": name} for name in ("eventid", "eventname")]
    row = {"Data": [{"VarCharValue": "1"}, {}]}
    result = {
        "ResultSetMetadata": {"ColumnInfo": [{"Name": "eventid"}, {"Name": "eventname"}]},
        "Rows": [{"Data": names}, row],
    }
    assert records_of(TABLE, {"ResultSet": result}, 1) == [{"eventID": "1"}]
    result["Rows"] = [row, row]
    assert len(records_of(TABLE, {"ResultSet": result}, 2)) == 2


def test_a_time_that_is_a_timestamp_is_written_as_cloudtrail_does() -> None:
    assert record_of(TABLE, {"eventtime": "2026-03-01 08:00:00.000"}) == {
        "eventTime": "2026-03-01T08:00:00Z"
    }


def test_columns_of_others_are_not_asked_for() -> None:
    columns = [{"Name": name, "Type": "string"} for name in (*COLUMNS, "ourteam")]
    table = table_of({"Name": "t", "Columns": columns}, "d")
    assert left_out(table) == ["ourteam"]
    assert "ourteam" not in selected(table)


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="no table of CloudTrail's: it lacks eventtime"):
        table_of({"Name": "orders", "Columns": [{"Name": "eventid"}]}, "shop")


@pytest.mark.parametrize(
    "text", ["struct<a>", "array<string", "", "struct<a:string", "a b", "map<string", "<", "array<"]
)
def test_a_type_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_type(text)


@given(st.text(alphabet="struct<>:,array()ms `", max_size=30))
def test_no_type_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_type(text)
