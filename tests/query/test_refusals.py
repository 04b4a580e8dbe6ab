"""What can't be answered is refused, at its place, and never answered otherwise."""

import json

import pytest

from tests.query.engines import Engines
from trailtui.model.errors import InputError
from trailtui.query.errors import QueryError
from trailtui.query.execute import rewrite
from trailtui.query.sql import run_sql
from trailtui.query.where import compile_condition, compile_where

# the query, where the complaint points (its text begins there), what it says
REFUSED = [
    ("SELECT eventNam FROM events", "eventNam", "Did you mean eventName?"),
    ("SELECT userName FROM events", "userName", "Did you mean userIdentity.userName?"),
    ("SELECT userIdentity.usrName FROM events", "usrName", "Did you mean userName?"),
    ("SELECT eventName FROM event", "event", "Did you mean events?"),
    ("SELECT lowr(eventName) FROM events", "lowr", "Did you mean lower?"),
    ("SELECT requestParameters.x[1] FROM events", "1]", "needs a key"),
    ("SELECT eventName.x FROM events", "x ", "has no fields"),
    ("SELECT userIdentity.mfaAuthenticated FROM events", "mfaAuthenticated",
     "Did you mean userIdentity.sessionContext.attributes.mfaAuthenticated?"),
    ("SELECT eventName FROM events WHERE eventTime > 'soon'", "'soon'", "is no timestamp"),
    ("SELECT eventName FROM events WHERE readOnly = 'maybe'", "'maybe'", "is no boolean"),
    ("SELECT eventName FROM events WHERE eventVersion > 1.05", "eventVersion >", "can't be"),
    ("SELECT eventName FROM events WHERE now() LIKE '2026%'", "", "a varchar is expected"),
    ("SELECT eventName FROM events WHERE requestParameters = 'x'", "requestParameters",
     "can't be compared as a whole"),
    ("SELECT eventName FROM events WHERE eventName", "eventName\n", "a condition is expected"),
    ("SELECT eventName, count(*) FROM events", "eventName, count", "neither grouped by"),
    ("SELECT eventName FROM events GROUP BY eventSource", "eventName FROM", "neither grouped by"),
    ("SELECT eventName AS n FROM events GROUP BY n", "n\n", "no column n"),
    ("SELECT eventName FROM events WHERE count(*) > 1", "", "an aggregate can't stand in WHERE"),
    ("SELECT max(count(*)) FROM events", "", "inside another"),
    ("SELECT eventName FROM events ORDER BY 3", "3", "It has 1"),
    ("SELECT requestParameters FROM events GROUP BY requestParameters", "requestParameters\n",
     "can't be grouped by"),
    ("SELECT eventName FROM events TABLESAMPLE BERNOULLI (10)", "", "not supported"),
    ("SELECT eventName FROM events WHERE eventName ILIKE 'x'", "", "not supported"),
    ("SELECT cast(eventName AS varbinary) FROM events", "", "not supported"),
    ("SELECT eventTime AT TIME ZONE 'Europe/Berlim' FROM events", "'Europe", "no time zone"),
    ("SELECT (SELECT eventName FROM events) FROM events", "", "must give one row"),
    ("SELECT a.eventName FROM events a, events b WHERE readOnly", "readOnly", "ambiguous"),
    ("SELECT eventName FROM events WHERE regexp_like(eventName, '(')", "'('", "no regular"),
    ("SELECT eventName FROM events WHERE regexp_like(eventName, '\\p{Lu}')", "'\\p", "supported"),
    ("SELECT json_extract_scalar(requestParameters, '$.a[*]') FROM events", "", "JSON path"),
    ("SELECT resources[0].arn FROM events", "", "counted from 1"),
    ("SELECT eventName FROM events WHERE eventName IN (SELECT eventName, eventID FROM events)", "",
     "must have one column"),
    ("SELECT eventName FROM events UNION SELECT count(*) FROM events", "", "other columns"),
    ("SELECT :nothing FROM events", "", "no value for :nothing"),
    ("DELETE FROM events", "DELETE", "a query only reads"),
    ("DROP TABLE event_rows", "DROP", "a query only reads"),
    ("PRAGMA user_version = 7", "PRAGMA", "a query only reads"),
    ("ATTACH DATABASE 'x' AS y", "", "syntax error"),
    ("SELECT 1; SELECT 2", "2", "one statement"),
    ("SELECT * FROM event_rows", "event_rows", "no table event_rows"),
    ("SELECT * FROM sqlite_master", "sqlite_master", "no table sqlite_master"),
    ("SELECT load_extension('x') FROM events", "load_extension", "no function"),
    ("SELECT eventName FROM events WHERE", "WHERE", "syntax error"),
    ("SELECT eventName FROM events WHERE x = = 3", "=", "syntax error"),
    ("SELECT eventName, FROM events", ", FROM", "between the comma and FROM"),
    ("SELECT eventName FROM events WHERE eventName IN ('a', )", ", )", "between the comma and )"),
    ("SELECT eventName FROM events WHERE eventName =", "=", "is missing here"),
    ("SELECT 'abc FROM events", "'abc", "not closed"),
    ("", "", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "at", "says"), REFUSED)
def test_a_refusal_names_the_place_and_what_is_allowed(query: str, at: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        rewrite(query, {})
    assert says in str(caught.value)
    if at:
        assert caught.value.offset is not None
        assert (query + "\n")[caught.value.offset :].startswith(at)


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        rewrite("SELECT eventName\nFROM events\nWHERE  nothing = 1", {})
    assert (caught.value.line, caught.value.column) == (3, 8)
    shown = str(caught.value).splitlines()
    assert shown[-2:] == ["  WHERE  nothing = 1", "         ^"]
    assert shown[0].startswith("query, line 3, column 8: there is no column nothing.")


def test_a_condition_complains_at_its_own_place() -> None:
    with pytest.raises(QueryError) as caught:
        compile_condition("readOnly AND eventNam = 'x'")
    assert caught.value.offset == len("readOnly AND ")
    for broken in ("errorCode =", "a = 'x", "1 = 1) OR (1 = 1", "x ORDER BY 1", ""):
        with pytest.raises(InputError):
            compile_condition(broken)


def test_a_cast_that_fails_stops_the_query_as_in_trino(engines: Engines) -> None:
    with pytest.raises(QueryError, match="can't be cast to bigint"):
        engines.ask("SELECT cast(eventName AS bigint) FROM events")
    with pytest.raises(QueryError, match="TRY_CAST"):
        compile_where(engines.case, "cast(eventName AS bigint) = 1")
    assert engines.ask("SELECT try_cast(eventName AS bigint) FROM events LIMIT 1").rows == (
        (None,),
    )
    # a cast that fits this column is not tried on other texts of the case
    fits = engines.ask(
        "SELECT count(*) FROM events WHERE cast(recipientAccountId AS bigint) = 999988887777"
    )
    assert fits.rows[0][0] > 0


def test_division_by_zero_and_overflow_stop_the_query(engines: Engines) -> None:
    for wrong in ("1 / 0", "length(eventName) / 0", "9223372036854775807 + 1"):
        with pytest.raises(QueryError):
            engines.ask(f"SELECT {wrong} FROM events")


def test_a_parameter_that_the_query_lacks_is_refused(engines: Engines) -> None:
    with pytest.raises(QueryError, match="no parameter :y"):
        run_sql(engines.case, "SELECT :x FROM events", {"x": 1, "y": 2})


def test_deep_nesting_is_refused_and_nothing_else_happens() -> None:
    for query in (
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT " + "NOT " * 3000 + "true FROM events",
        "SELECT 1 FROM events WHERE " + " + ".join(["1"] * 3000) + " = 1",
    ):
        with pytest.raises(QueryError):
            rewrite(query, {})


def test_a_refusal_is_safe_to_print() -> None:
    with pytest.raises(QueryError) as caught:
        rewrite('SELECT "a\x1b[2Jb" FROM events', {})
    assert json.dumps(str(caught.value))
    assert "there is no column" in str(caught.value)
