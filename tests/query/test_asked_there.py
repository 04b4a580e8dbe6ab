"""All shipped queries, asked of the simulated engines, give the case's own typed answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.query.asked_world import SINCE, World, asked, same, world
from trailtui.case.query_runs import Kept, kept_run
from trailtui.collect.asking_where import AskedQuery, insights_form
from trailtui.model.times import format_utc
from trailtui.query.cwli_by_hand import form_by_hand
from trailtui.query.cwli_words import before, since
from trailtui.query.errors import QueryError
from trailtui.query.library import find_query, load_queries
from trailtui.query.result import Result
from trailtui.query.sql import run_sql

TIES = {"regions-never-used-before", "new-user-agents", "new-addresses-of-principals"}
"""Where min_by and max_by have several rows of one second to choose from, only counts are alike."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("there")) as made:
        yield made


def _case(there: World, query: AskedQuery) -> Result:
    return run_sql(there.case, query.sql, query.given, 5000)


def _agree(query: AskedQuery, mine: Result, kept: Kept) -> None:
    names = [name for name, _ in kept.answer.columns]
    assert set(names) <= set(mine.columns), names
    at = [mine.columns.index(name) for name in names]
    if query.name in TIES:
        assert len(kept.answer.rows) == len(mine.rows)
        return
    here = Counter(tuple(same(row[one]) for one in at) for row in mine.rows)
    found = Counter(tuple(map(same, row)) for row in kept.answer.rows)
    assert here == found, (list(here - found)[:2], list(found - here)[:2])


@pytest.mark.parametrize("engine", ["athena", "lake"])
@pytest.mark.parametrize("name", sorted(load_queries()))
def test_a_shipped_query_answers_there_as_here(there: World, name: str, engine: str) -> None:
    query = asked(name, since=SINCE, at_least="2")
    kept = there.ask(query, engine)
    mine = _case(there, query)
    assert [one for one, _ in kept.answer.columns] == list(mine.columns) or not mine.rows
    _agree(query, mine, kept)


def _has_form(name: str) -> bool:
    try:
        insights_form(asked(name, since=SINCE))
    except QueryError:
        return False
    return True


WITH_FORM = sorted(name for name in load_queries() if _has_form(name))


def test_many_have_a_form_for_logs_insights() -> None:
    assert len(WITH_FORM) >= 45


def test_what_is_compared_is_not_nothing(there: World) -> None:
    found = {one: len(_case(there, asked(one, since=SINCE, at_least="2")).rows) > 0
             for one in WITH_FORM}  # fmt: skip
    assert sum(found.values()) >= 15, found


BY_HAND = sorted(name for name, query in load_queries().items() if query.insights)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_form_by_hand_names_every_parameter(name: str) -> None:
    query = find_query(name)
    for parameter in query.parameters:
        if parameter.name not in ("since", "until"):
            assert f":{parameter.name}" in query.insights


def test_a_form_by_hand_takes_values_as_values_only() -> None:
    sql = "SELECT eventID, principal FROM events WHERE userAgent = :agent AND eventName = :name"
    written = 'filter userAgent in [:agent]\n| filter eventName = :name or eventName = ":name"'
    written += "\n| display eventID, principal\n| limit 3"
    form = form_by_hand(written, sql, {"agent": "a | limit 1", "name": None})
    assert 'filter userAgent in ["a | limit 1"]' in form.text
    assert "eventName" not in form.text
    assert form.text.endswith("as principal\n| filter userAgent in [\"a | limit 1\"]\n"
                              "| display eventID, principal\n| limit 10000")  # fmt: skip
    assert (form.at_most, [one.name for one in form.columns]) == (3, ["eventID", "principal"])
    with pytest.raises(QueryError, match="safely"):
        form_by_hand(written, sql, {"agent": 'x" or 1', "name": None})
    with pytest.raises(QueryError, match="no parameter"):
        form_by_hand(f"{written}\n| filter x in [:y]", sql, {"agent": "x", "name": None})
    with pytest.raises(QueryError, match="display or stats"):
        form_by_hand("filter userAgent in [:agent]", sql, {"agent": "x", "name": None})


@given(st.integers(10**11, 4 * 10**12), st.integers(-(10**7), 10**7))
def test_moments_compare_by_their_digits(bound: int, distance: int) -> None:
    for step in (1, 1000, 86_400_000):
        at = bound // step * step
        event = format_utc(at + distance)
        wanted = at + distance >= at
        assert (re.search(since(at)[1:-1], event) is not None) is wanted
        assert (re.search(before(at)[1:-1], event) is not None) is not wanted


@pytest.mark.parametrize("window", [{}, {"since": SINCE, "until": "2026-03-11T05:30:00Z"}])
@pytest.mark.parametrize("name", WITH_FORM)
def test_a_form_for_logs_insights_answers_as_here(
    there: World, name: str, window: dict[str, str]
) -> None:
    query = asked(name, at_least="2", **window)
    _agree(query, _case(there, query), there.ask(query, "insights"))


SHAPES = [
    "SELECT eventID, eventTime, readOnly FROM events WHERE errorCode IS NOT NULL ORDER BY 1",
    "SELECT eventID FROM events WHERE errorCode <> 'AccessDenied' ORDER BY eventID",
    "SELECT eventID FROM events WHERE NOT (errorCode = 'AccessDenied' OR eventName LIKE 'Get%')",
    "SELECT eventID FROM events WHERE NOT (errorCode IS NULL AND awsRegion = 'us-east-1')",
    "SELECT eventID FROM events WHERE userIdentity.userName NOT IN ('alice', 'bob')",
    "SELECT eventID FROM events WHERE userIdentity.userName NOT IN ('alice', NULL)",
    "SELECT eventID FROM events WHERE eventName LIKE '%Acc_ss%' AND userAgent NOT LIKE '%x%'",
    "SELECT eventID FROM events WHERE NOT regexp_like(eventName, '^(Get|List)') "
    "AND eventTime BETWEEN '2026-03-10 02:03:04' AND '2026-03-11'",
    "SELECT eventID FROM events WHERE coalesce(errorCode, 'none') = 'none'",
    "SELECT eventID FROM events WHERE NOT coalesce(errorCode, errorMessage, 'x') <> 'AccessDenied'",
    "SELECT eventID FROM events WHERE errorCode IS DISTINCT FROM 'AccessDenied'",
    "SELECT eventID FROM events WHERE strpos(eventSource, 's3') = 0 AND lower(eventName) <> 'x'",
    "SELECT eventID, principal FROM events WHERE principal LIKE '%role%'",
    "SELECT principal, count(*) FROM events GROUP BY principal HAVING count(*) > 3",
    "SELECT DISTINCT eventSource, errorCode FROM events ORDER BY errorCode NULLS FIRST, 1 DESC",
    "SELECT count(*) AS n, count(errorCode) AS errors, count(DISTINCT eventName) AS names, "
    "min(eventTime) AS first, max(eventTime) AS last FROM events",
    "SELECT count(*) AS n, min(eventTime) AS first FROM events WHERE eventName = 'Nothing'",
    "SELECT date_trunc('day', eventTime) AS day, awsRegion, count(*) AS n FROM events "
    "GROUP BY 1, 2 ORDER BY n DESC, day, awsRegion LIMIT 3",
    "SELECT date_trunc('month', eventTime), count(*) FROM events GROUP BY 1",
    "SELECT coalesce(userIdentity.userName, userIdentity.arn) AS who, count(*) AS n FROM events "
    "GROUP BY coalesce(userIdentity.userName, userIdentity.arn) ORDER BY n DESC, who LIMIT 7",
    "SELECT eventSource, sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS "
    "double)) AS bytes, avg(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS "
    "double)) FROM events WHERE eventName LIKE 'Get%' GROUP BY eventSource",
    "SELECT coalesce(errorCode, 'none') AS code, upper(eventName) AS loud FROM events",
    "SELECT userIdentity.accountId AS a FROM events WHERE userIdentity.accountId = '000000000012'",
]


@pytest.mark.parametrize("sql", SHAPES)
def test_what_is_derived_for_logs_insights_answers_as_here(there: World, sql: str) -> None:
    query = AskedQuery(sql, {})
    kept = there.ask(query, "insights")
    mine = _case(there, query)
    _agree(query, mine, kept)
    if "ORDER BY" in sql:
        wanted = [tuple(map(same, row)) for row in mine.rows]
        assert [tuple(map(same, row)) for row in kept.answer.rows] == wanted


@pytest.mark.parametrize(
    ("sql", "says", "column"),
    [
        ("SELECT eventID FROM events WHERE readOnly", "readOnly", 34),
        ("SELECT eventID FROM events WHERE readOnly = true", "is not documented", 34),
        ("SELECT eventID FROM events WHERE eventName > 'B'", "orders texts", 34),
        ("SELECT max_by(eventID, eventTime) FROM events", "MAX_BY", 0),
        ("SELECT count_if(errorCode IS NULL) FROM events", "COUNT_IF", 0),
        ("SELECT min(eventName) FROM events", "not documented", 8),
        ("SELECT requestParameters FROM events", "nested values apart", 8),
        ("SELECT element_at(requestParameters, 'filter') FROM events", "nested values apart", 8),
        ("SELECT a.eventID FROM events a JOIN events b ON a.eventID = b.eventID", "a JOIN", 8),
        ("WITH d AS (SELECT 1 AS x) SELECT x FROM d", "WITH", 6),
        ("SELECT eventID FROM events UNION SELECT eventName FROM events", "no union", 8),
        ("SELECT eventID FROM events WHERE userAgent = 'a\"b'", "safely", 34),
        ("SELECT eventID FROM events WHERE userAgent = 'a\\b'", "safely", 34),
        (
            "SELECT eventID FROM events WHERE eventID IN (SELECT eventID FROM events)",
            "sub-query",
            0,
        ),
        ("SELECT rank() OVER (ORDER BY eventTime) FROM events", "window", 0),
        ("SELECT eventID FROM events ORDER BY eventTime", "selected only", 37),
        ("SELECT eventName FROM events WHERE eventName = eventSource", "beforehand", 36),
    ],
)
def test_what_logs_insights_can_not_be_asked_is_refused_at_its_place(
    sql: str, says: str, column: int
) -> None:
    with pytest.raises(QueryError, match=says) as refused:
        insights_form(AskedQuery(sql, {}))
    assert refused.value.column == column if column else refused.value.column > 0


@pytest.mark.parametrize(
    "value", ["x' or 1=1", "a | limit 1", "/", "a/b.*", "[x]", "#", "x)y(", "é"]
)
def test_a_hostile_value_stays_a_value_in_logs_insights(there: World, value: str) -> None:
    query = AskedQuery(
        "SELECT eventID FROM events WHERE userAgent = :x OR strpos(eventName, :x) > 0 "
        "OR starts_with(errorCode, :x)",
        {"x": value},
    )
    kept = there.ask(query, "insights")
    _agree(query, _case(there, query), kept)


def test_rows_are_cut_at_the_limit_and_it_is_said(there: World) -> None:
    query = AskedQuery("SELECT eventID FROM events ORDER BY eventID", {})
    for engine in ("athena", "lake", "insights"):
        kept = there.ask(query, engine, limit=7)
        assert (len(kept.answer.rows), kept.answer.more) == (7, True)
        assert kept_run(there.case, kept.id) == kept
        ids = [str(row[0]) for row in kept.answer.rows]
        assert all(one < other for one, other in pairwise(ids))


def test_pages_are_put_together(there: World) -> None:
    sql = "SELECT a.eventID FROM events a CROSS JOIN (VALUES 1, 2, 3, 4) AS t(n)"
    wanted = len(_case(there, AskedQuery("SELECT eventID FROM events", {})).rows) * 4
    kept = there.ask(AskedQuery(sql, {}), "athena")
    assert (len(kept.answer.rows), kept.answer.more) == (wanted, False)
