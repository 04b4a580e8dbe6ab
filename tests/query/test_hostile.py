"""Whatever a value holds, it is a value: no text of a record or a parameter becomes SQL."""

import sqlite3

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.query.conftest import HOSTILE
from tests.query.engines import Engines, load
from tests.records import record
from trailtui.case.events import EventFilter, page
from trailtui.case.file import Case
from trailtui.query import execute
from trailtui.query.errors import QueryError, QueryStopped
from trailtui.query.sql import run_sql
from trailtui.query.where import compile_where

storable = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(max_examples=150, deadline=None)
@given(text=storable)
@example("'")
@example("x' OR '1'='1")
@example("\x00")
@example("%")
def test_a_literal_is_the_text_it_says(engines: Engines, text: str) -> None:
    if "\0" in text:
        return  # refused in a query's text, see below; a parameter may hold it
    quoted = text.replace("'", "''")
    assert engines.ask(f"SELECT '{quoted}' AS x").rows == ((text,),)


@settings(max_examples=150, deadline=None)
@given(text=storable)
@example("'; DROP TABLE event_rows; --")
@example("tail\x00hidden")
def test_a_parameter_is_the_text_it_is(engines: Engines, text: str) -> None:
    result = run_sql(
        engines.case,
        "SELECT :x AS x, :x = :x, :x LIKE '%', length(:x), (SELECT count(*) FROM events "
        "WHERE userAgent = :x AND userAgent <> :x) FROM events LIMIT 1",
        {"x": text},
    )
    assert result.rows == ((text, True, True, len(text), 0),)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_user_agents_are_found_as_they_are(engines: Engines, text: str) -> None:
    asked = "SELECT count(*) FROM events WHERE {}"
    counts = {
        run_sql(engines.case, asked.format(condition), {"x": text}).rows[0][0]
        for condition in (
            "userAgent = :x",
            "userAgent IN (:x)",
            "NOT userAgent <> :x",
            "userAgent >= :x AND userAgent <= :x",
            "lower(userAgent) = lower(:x) AND length(userAgent) = length(:x)",
            "CASE userAgent WHEN :x THEN true END",
        )
    }
    assert len(counts) == 1
    assert counts.pop() > 0


@settings(max_examples=60, deadline=None)
@given(
    agents=st.lists(storable, min_size=1, max_size=8), pattern=st.text("ab%_!é\x00[*?", max_size=6)
)
def test_like_is_what_the_standard_says(agents: list[str], pattern: str) -> None:
    from trailtui.query.functions import like_matcher

    def slow(text: str, rest: str) -> bool:
        if not rest:
            return not text
        if rest[0] == "%":
            return any(slow(text[n:], rest[1:]) for n in range(len(text) + 1))
        return bool(text) and rest[0] in ("_", text[0]) and slow(text[1:], rest[1:])

    matches = like_matcher(pattern, None)
    for text in [*agents, pattern, pattern.replace("%", "x").replace("_", "y")]:
        assert matches(text) == slow(text, pattern), (text, pattern)


def test_a_nul_in_a_query_is_refused(engines: Engines) -> None:
    with pytest.raises(QueryError, match="NUL"):
        engines.ask("SELECT '\0'")


def test_secrets_come_out_as_their_hash(case: Case) -> None:
    token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN" * 4
    response = {"credentials": {"accessKeyId": "ASIANEW", "sessionToken": token}}
    load(case, [record(1, responseElements=response)])
    result = run_sql(
        case,
        "SELECT json_extract_scalar(responseElements, '$.credentials.sessionToken'), "
        "element_at(responseElements, 'credentials'), responseElements, eventJson, "
        "json_extract_scalar(element_at(responseElements, 'credentials'), '$.sessionToken') "
        "FROM events",
    )
    for value in result.rows[0]:
        assert token not in str(value)
        assert "redacted" in str(value)


def test_the_connection_can_only_read(engines: Engines) -> None:
    with execute._connection(engines.case) as opened:
        connection = opened.connection
        for statement in (
            "DELETE FROM event_rows",
            "UPDATE strings SET text = 'x'",
            "CREATE TABLE x (y)",
            "CREATE TEMP TABLE x (y)",
            "PRAGMA user_version = 9",
            "PRAGMA query_only = OFF",
            "ATTACH DATABASE ':memory:' AS other",
            "SELECT load_extension('x')",
            "SELECT * FROM action_log",
            "SELECT * FROM settings",
            "SELECT * FROM sqlite_master",
            "SELECT randomblob(1000000000)",
            "VACUUM",
        ):
            with pytest.raises(sqlite3.DatabaseError):
                connection.execute(statement).fetchall()
        assert connection.execute("SELECT count(*) FROM event_rows").fetchone()[0] == 400


def test_a_query_stops_when_it_is_cancelled_or_out_of_time(engines: Engines) -> None:
    endless = "SELECT count(*) FROM events a, events b, events c WHERE a.eventName < b.eventID"
    with pytest.raises(QueryStopped, match="cancelled"):
        run_sql(engines.case, endless, cancelled=lambda: True)
    with pytest.raises(QueryStopped, match="time limit"):
        run_sql(engines.case, endless, seconds=0)


def test_the_row_limit_announces_itself(engines: Engines) -> None:
    exact = run_sql(engines.case, "SELECT eventID FROM events LIMIT 7", limit=7)
    assert (len(exact.rows), exact.truncated) == (7, False)
    cut = run_sql(engines.case, "SELECT eventID FROM events", limit=7)
    assert (len(cut.rows), cut.truncated) == (7, True)
    assert cut.looked_at.startswith("Looked at 400 events from 2026-03-01T08:")


def test_no_hits_is_never_said_alone(engines: Engines, case: Case) -> None:
    none = engines.ask("SELECT eventID FROM events WHERE eventName = 'nothing'")
    assert none.rows == ()
    assert "400 events" in none.looked_at
    assert "nothing was looked at" in run_sql(case, "SELECT eventID FROM events").looked_at


def test_each_row_leads_to_its_event(engines: Engines) -> None:
    result = engines.ask(
        "WITH d AS (SELECT eventID, eventTime, errorCode FROM events WHERE errorCode IS NOT NULL) "
        "SELECT eventID FROM d ORDER BY eventTime"
    )
    by_id = {
        row[0]: row[1]
        for row in engines.case.connection.execute("SELECT id, eventID FROM events").fetchall()
    }
    assert result.event_ids
    for (event_id,), row in zip(result.rows, result.event_ids, strict=True):
        assert by_id[row] == event_id
    grouped = engines.ask("SELECT eventName, count(*) FROM events GROUP BY eventName")
    assert set(grouped.event_ids) == {None}


def test_a_filter_selects_what_the_query_selects(engines: Engines) -> None:
    for condition in (
        "errorCode = 'AccessDenied'",
        "NOT errorCode LIKE '%Denied%' OR userIdentity.userName = 'alice'",
        "element_at(requestParameters, 'bucketName') = 'bucket-1' AND readOnly",
        "any_match(resources, r -> r.arn LIKE '%bucket-2')",
        "eventTime >= '2026-03-02' AND sourceIPAddress IS NULL",
        "userAgent = 'tail'",
    ):
        compiled = compile_where(engines.case, condition)
        found = page(engines.case, EventFilter(where=compiled), limit=1000).rows
        asked = engines.ask(f"SELECT eventID FROM events WHERE {condition}")
        assert sorted(row.id for row in found) == sorted(asked.event_ids), condition
