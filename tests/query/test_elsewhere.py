"""Queries in Athena's and Lake's words: partitions, names, values, and what is refused."""

import pytest

from trailtui.query.athena_shape import AthenaShape
from trailtui.query.context import Given
from trailtui.query.elsewhere import Engine, sql_for
from trailtui.query.errors import QueryError
from trailtui.query.execute import rewrite
from trailtui.query.parse import parse_query
from trailtui.query.partitions import time_window


def _athena(text: str, **given: Given) -> str:
    return " ".join(sql_for(Engine.ATHENA, text, given, "db.logs").split())


def test_a_time_window_becomes_days_of_the_partition() -> None:
    made = _athena(
        "SELECT eventName FROM events WHERE eventTime >= '2026-03-01 12:00:00' "
        "AND eventTime < '2026-03-02T06:00:00Z' AND readOnly"
    )
    assert "\"timestamp\" >= '2026/03/01'" in made
    assert "\"timestamp\" <= '2026/03/03'" in made  # what happened late was delivered a day later
    assert "TRY_CAST(readonly AS BOOLEAN)" in made
    apart = _athena("SELECT eventName FROM events WHERE eventTime > '2026-03-01' OR readOnly")
    assert '"timestamp"' not in apart
    joined = _athena(
        "SELECT a.eventID FROM events a JOIN events b ON a.eventID = b.eventID "
        "WHERE b.eventTime BETWEEN '2026-03-01' AND '2026-03-04'"
    )
    assert "b.\"timestamp\" >= '2026/03/01' AND b.\"timestamp\" <= '2026/03/05'" in joined


def test_what_is_not_given_is_folded_away() -> None:
    text = (
        "SELECT eventName FROM events WHERE (:since IS NULL OR eventTime >= :since) AND :x IS NULL"
    )
    assert (
        _athena(text, since=None, x=None) == "SELECT eventname AS eventName FROM db.logs AS events"
    )
    assert _athena(text, since=None, x="1").endswith("WHERE FALSE")


def test_a_hostile_value_stays_a_value() -> None:
    for value in ("x' OR '1'='1", "'; DROP TABLE logs; --", "\\'", "''"):
        for engine in Engine:
            made = sql_for(engine, "SELECT 1 FROM events WHERE userAgent = :x", {"x": value}, "t")
            quoted = "'" + value.replace("'", "''") + "'"
            assert made.endswith(f"= {quoted}")


def test_names_that_are_not_the_events_are_left_alone() -> None:
    made = _athena(
        "WITH d AS (SELECT requestID AS eventName, count(*) AS readOnly FROM events GROUP BY 1) "
        "SELECT d.eventName, readOnly FROM d WHERE readOnly > 3"
    )
    assert made.endswith("SELECT d.eventName, readOnly FROM d WHERE readOnly > 3")


@pytest.mark.parametrize(
    ("engine", "query", "says"),
    [
        (Engine.LAKE, "SELECT 1 FROM events WHERE requestParameters LIKE '%a b%'", "as a whole"),
        (
            Engine.LAKE,
            "SELECT 1 FROM events WHERE strpos(requestParameters, ',') > 0",
            "as a whole",
        ),
        (Engine.ATHENA, "SELECT 1 FROM events WHERE managementEvent", "no column managementEvent"),
        (Engine.ATHENA, "SELECT userIdentity.inScopeOf.sourceArn FROM events", "no column userId"),
        (Engine.ATHENA, "SELECT year FROM events", "no partition year"),
        (
            Engine.LAKE,
            "SELECT json_extract_scalar(responseElements, '$.a.sessionToken') FROM events",
            "is a secret",
        ),
        (Engine.LAKE, "SELECT 1 FROM events WHERE timestamp = '2026/03/01'", "no partition"),
        (Engine.LAKE, "SELECT json_extract(requestParameters, '$.a') FROM events", "as text"),
        (Engine.ATHENA, "SELECT eventJson FROM events", "no column eventJson"),
        (Engine.ATHENA, "SELECT map_keys(requestParameters) FROM events", "JSON text"),
        (Engine.ATHENA, "SELECT eventNam FROM events", "Did you mean eventName"),
    ],
)
def test_what_an_engine_can_not_be_asked_is_refused(engine: Engine, query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        sql_for(engine, query, {}, "t")


def test_a_word_that_names_a_secret_may_be_looked_for() -> None:
    made = _athena("SELECT eventName FROM events WHERE eventName LIKE '%password%'")
    assert "LIKE '%password%'" in made
    with pytest.raises(QueryError, match="is a secret"):
        _athena("SELECT element_at(requestParameters, 'masterUserPassword') FROM events")


SHAPE = AthenaShape(
    lacks=frozenset(), among=(("account", ("111122223333",)), ("region", ("eu-west-1",)))
)


def test_accounts_and_regions_are_asked_for_in_every_select_over_the_events() -> None:
    made = sql_for(
        Engine.ATHENA,
        "WITH d AS (SELECT eventID FROM events WHERE managementEvent) "
        "SELECT count(*) FROM d JOIN events e ON e.eventID = d.eventID",
        {},
        "db.logs",
        shape=SHAPE,
    )
    assert made.count("\"account\" IN ('111122223333')") == 2
    assert made.count("region IN ('eu-west-1')") == 2
    assert "TRY_CAST(managementevent AS BOOLEAN)" in made


def test_an_outer_join_keeps_its_rows_without_a_partner() -> None:
    made = sql_for(
        Engine.ATHENA,
        "SELECT a.eventID FROM events a LEFT JOIN events b ON a.eventID = b.sharedEventID",
        {},
        "db.logs",
        shape=SHAPE,
    )
    assert "WHERE" not in made.rpartition(")")[2]
    assert made.count("\"account\" IN ('111122223333')") == 2


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("SELECT 1 FROM events", (None, None)),
        ("SELECT 1 FROM events WHERE eventTime >= '1970-01-01 00:00:01'", (1000, None)),
        (
            "SELECT 1 FROM events WHERE eventTime BETWEEN '1970-01-01 00:00:01' "
            "AND '1970-01-01 00:00:02'",
            (1000, 2000),
        ),
        (
            "SELECT 1 FROM events WHERE eventTime > '1970-01-01 00:00:05' UNION ALL "
            "SELECT 1 FROM events WHERE eventTime > '1970-01-01 00:00:03'",
            (3000, None),
        ),
        (
            "SELECT 1 FROM events WHERE eventTime > '1970-01-01 00:00:05' UNION ALL "
            "SELECT 1 FROM events",
            (None, None),
        ),
        (
            "WITH d AS (SELECT eventTime AS t FROM events WHERE eventTime < '1970-01-01 00:00:09') "
            "SELECT t FROM d WHERE t > timestamp '1970-01-01 00:00:01'",
            (None, 9000),
        ),
    ],
)
def test_the_time_that_a_query_reads(query: str, window: tuple[int | None, int | None]) -> None:
    assert time_window(parse_query(query).tree) == window


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT requestparameters.bucketname FROM events", "requestParameters is no row there"),
        ("WITH events AS (SELECT eventName FROM events) SELECT * FROM events", "two things"),
        ("WITH x AS (SELECT 1 a) SELECT * FROM (WITH x AS (SELECT 2 a) SELECT a FROM x) y", "two"),
    ],
)
@pytest.mark.parametrize("engine", list(Engine))
def test_what_only_the_case_understands_is_refused_for_an_engine(
    engine: Engine, query: str, says: str
) -> None:
    rewrite(query, {})
    with pytest.raises(QueryError, match=says) as caught:
        sql_for(engine, query, {}, "t")
    assert caught.value.offset is not None


def test_a_partition_narrows_all_of_an_or() -> None:
    shape = AthenaShape(among=(("account", ("111122223333",)),))
    query = "SELECT eventName FROM events WHERE errorCode = 'a' OR errorCode = 'b'"
    made = " ".join(sql_for(Engine.ATHENA, query, {}, "db.logs", shape=shape).split())
    assert "( errorcode = 'a' OR errorcode = 'b' ) AND events.\"account\" IN" in made.replace(
        "(errorcode", "( errorcode"
    )


@pytest.mark.parametrize("engine", list(Engine))
def test_stores_have_a_name_in_what_is_sent(engine: Engine) -> None:
    made = " ".join(sql_for(engine, "SELECT eventName FROM $EDS_ID", {}, "db.t").split())
    assert made.endswith("FROM db.t AS events")
    named = "SELECT a.eventName FROM $EDS_ID AS a JOIN <store> AS b ON a.eventID = b.eventID"
    assert "db.t AS a JOIN db.t AS b" in " ".join(sql_for(engine, named, {}, "db.t").split())


@pytest.mark.parametrize("engine", list(Engine))
def test_truths_and_times_that_are_written_as_texts_are_sent_as_such(engine: Engine) -> None:
    query = (
        "SELECT eventName FROM events WHERE readOnly = 'false' "
        "AND userIdentity.sessionContext.attributes.mfaAuthenticated IN ('true') "
        "AND eventTime > to_iso8601(now()) AND eventTime < date_format(now(), '%Y-%m-%d')"
    )
    made = " ".join(sql_for(engine, query, {}, "db.t").split())
    assert "= FALSE" in made
    assert "IN (TRUE)" in made
    assert "> CURRENT_TIMESTAMP" in made
    assert "< DATE_PARSE(DATE_FORMAT(CURRENT_TIMESTAMP, '%Y-%m-%d'), '%Y-%m-%d')" in made
