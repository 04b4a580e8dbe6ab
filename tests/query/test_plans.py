"""What a condition costs: which index it takes, and how many records it reads."""

import pytest

from tests.query.engines import Engines
from trailtui.query.execute import rewrite
from trailtui.query.sql import explain_sql, run_sql

INDEXED = [
    ("userIdentity.accessKeyId = 'AKIAEXAMPLEALICE0000'", "USING INDEX event_by_actor"),
    ("eventName = 'CreateUser'", "USING INDEX event_by_name"),
    ("eventName LIKE 'Create%'", "USING INDEX event_by_name"),
    ("sourceIPAddress IN ('198.51.100.7', '203.0.113.9')", "USING INDEX event_by_ip"),
    ("principal = 'x'", "USING INDEX event_by_actor"),
    ("errorCode = 'AccessDenied'", "USING INDEX event_by_error"),
    ("eventID = '00000000-0000-0000-0000-000000000000'", "SEARCH e1 USING INTEGER PRIMARY KEY"),
    ("eventTime > '2026-03-01 00:00:00'", "USING INTEGER PRIMARY KEY (rowid>?)"),
    ("eventTime BETWEEN '2026-03-01' AND '2026-03-02'", "PRIMARY KEY (rowid>? AND rowid<?)"),
    ("eventTime > now() - interval '7' day", "USING INTEGER PRIMARY KEY (rowid>?)"),
    ("eventTime >= date_trunc('day', from_iso8601_timestamp('2026-03-01T05:00:00Z'))",
     "USING INTEGER PRIMARY KEY (rowid>?)"),
    ("(:x IS NULL OR eventTime >= :x)", "USING INTEGER PRIMARY KEY (rowid>?)"),
    ("any_match(resources, r -> r.arn = 'arn:aws:s3:::bucket-1')", "event_resources"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "plan"), INDEXED)
def test_a_condition_takes_its_index(engines: Engines, condition: str, plan: str) -> None:
    parameters = {"x": "2026-03-01"} if ":x" in condition else {}
    explained = explain_sql(
        engines.case, f"SELECT eventID FROM events WHERE {condition}", parameters
    )
    assert plan in explained
    assert "SCAN e1" not in explained


def test_a_condition_that_holds_for_a_missing_value_folds_away() -> None:
    made = rewrite("SELECT eventID FROM events WHERE :x IS NULL OR eventTime > :x", {"x": None})
    assert "WHERE" not in made.sql.rpartition("FROM event_rows")[2]


@pytest.mark.parametrize(
    "condition",
    [
        "eventName = 'CreateUser' AND errorCode IS NULL AND eventTime > '2026-03-01'",
        "userIdentity.type = 'Root' OR userIdentity.sessionContext.sessionIssuer.type = 'Role'",
        "userIdentity.accessKeyId LIKE 'ASIA%' AND NOT coalesce(readOnly, false)",
    ],
)
def test_no_record_is_read_for_what_the_case_holds_in_columns(condition: str) -> None:
    made = rewrite(f"SELECT count(*) FROM events WHERE {condition}", {})
    assert "tt_record" not in made.sql
    assert "tt_identity" not in made.sql


def test_values_are_bound_and_never_written_into_the_sql() -> None:
    made = rewrite(
        "SELECT eventID, 'secret-1' FROM events WHERE userAgent LIKE 'secret-2%' "
        "AND element_at(requestParameters, 'secret-3') = :x AND eventName IN ('secret-4')",
        {"x": "secret-5"},
    )
    assert "secret" not in made.sql
    bound = " ".join(str(value) for value in made.parameters)
    for number in range(1, 6):
        assert f"secret-{number}" in bound


@pytest.mark.parametrize(
    "table",
    [
        "events", "EVENTS", "cloudtrail_logs", "cloudtrail_logs_my_bucket", '"cloudtrail_logs"',
        "default.cloudtrail_logs", "$EDS_ID", "<event_data_store_id>",
        "3c1f0a5e-0b6e-4f07-8f5c-0a1b2c3d4e5f",
        "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/3c1f0a5e-0b6e-4f07-8f5c-0a1b2c3d4e5f",
    ],
)  # fmt: skip
def test_any_spelling_of_the_table_is_taken(engines: Engines, table: str) -> None:
    result = engines.ask(f"SELECT count(*) FROM {table} WHERE userAgent <> '$EDS_ID <x>'")
    assert result.rows[0][0] > 0


def test_columns_are_named_as_the_query_names_them(engines: Engines) -> None:
    result = engines.ask(
        "SELECT EVENTNAME, userIdentity.type, userIdentity.sessionContext.sessionIssuer.type, "
        "count(*), count(*) AS n, element_at(requestParameters, 'key') FROM events "
        "GROUP BY 1, 2, 3, 6"
    )
    assert result.columns == (
        "eventName", "userIdentity.type", "userIdentity.sessionContext.sessionIssuer.type",
        "_col3", "n", "key",
    )  # fmt: skip
    star = engines.ask("SELECT * FROM events LIMIT 1")
    assert "userIdentity" in star.columns
    assert "requestParameters" in star.columns
    assert "principal" not in star.columns


def test_records_are_read_for_the_rows_that_are_shown_only(engines: Engines) -> None:
    asked = (
        "SELECT eventID, errorMessage, element_at(requestParameters, 'bucketName') FROM events "
        "ORDER BY eventTime DESC, eventID"
    )
    first = run_sql(engines.case, asked, limit=20)
    assert first.rows == engines.ask(asked).rows[:20]
    assert first.truncated
    assert "LIMIT 21)" in rewrite(asked, {}, rows=21).sql


def test_what_is_named_twice_and_reads_records_is_made_once(engines: Engines) -> None:
    asked = (
        "WITH a AS (SELECT eventID AS id, requestID AS r FROM events WHERE awsRegion LIKE 'us%'), "
        "b AS (SELECT x.id, y.r FROM a x JOIN a y ON x.id = y.id) "
        "SELECT b.id, c.r FROM b JOIN b c ON b.id = c.id JOIN a ON a.id = b.id ORDER BY 1, 2"
    )
    made = rewrite(asked, {}).sql
    assert made.count("tt_record(") == 1
    assert made.startswith("WITH w")
    assert engines.agree(asked, ordered=True) > 0
