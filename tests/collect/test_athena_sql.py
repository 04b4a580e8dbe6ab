"""The query that Athena gets: only the partitions asked for, only values where values belong."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from tests.collect.test_athena_rows import TABLE
from trailtui.case.fetches import Unit
from trailtui.collect.athena_create import COLUMNS, checked_location, create_table
from trailtui.collect.athena_estimate import prefix_of
from trailtui.collect.athena_partitions import first_day, keys_of
from trailtui.collect.athena_sql import statement
from trailtui.collect.athena_table import Table, table_of
from trailtui.collect.athena_where import condition_sql
from trailtui.collect.narrowing import EVERYTHING, Narrowing, Term, narrowing_of, parse_condition
from trailtui.collect.remote_query import Question
from trailtui.collect.scope import Place
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS
from trailtui.query.errors import QueryError

SINCE = 1_772_323_200_000  # 2026-03-01
DAY_MS = 24 * HOUR_MS
PLACES = (Place("111122223333", "eu-west-1"), Place("444455556666", "us-east-1"))
PROJECTED = {
    "projection.enabled": "true",
    "projection.account.type": "injected",
    "projection.region.type": "enum",
    "projection.region.values": "us-east-1,eu-west-1",
    "projection.timestamp.type": "date",
    "projection.timestamp.format": "yyyy/MM/dd",
    "projection.timestamp.range": "2025/01/01,NOW",
    "storage.location.template": (
        "s3://logs/p/AWSLogs/o-abc1234567/${account}/CloudTrail/${region}/${timestamp}"
    ),
    "location": "s3://logs/p/AWSLogs/o-abc1234567/",
}


def table(
    *partitions: str,
    properties: dict[str, str] | None = None,
    declared: str = "string",
    **more: str,
) -> Table:
    columns = [{"Name": name, "Type": kind} for name, kind in {**COLUMNS, **more}.items()]
    return table_of(
        {
            "Name": "trail",
            "Columns": columns,
            "PartitionKeys": [{"Name": name, "Type": declared} for name in partitions],
            "Parameters": properties or {},
        },
        "security",
    )


FULL = table("account", "region", "timestamp", properties=PROJECTED)


def question(hours: int = 24, since: int = SINCE) -> Question:
    unit = Unit("athena", "111122223333", "eu-west-1", since, since + hours * HOUR_MS)
    return Question(unit, PLACES, (unit.since_ms, unit.until_ms))


def ask(of: Table, narrowing: Narrowing = EVERYTHING, **options: Any) -> str:
    return statement(of, keys_of(of), narrowing, question(**options))


def test_exactly_the_places_days_and_moments_asked_for() -> None:
    text = ask(FULL)
    assert "\"account\" IN ('111122223333', '444455556666')" in text
    assert "\"region\" IN ('eu-west-1', 'us-east-1')" in text
    assert "\"timestamp\" BETWEEN '2026/03/01' AND '2026/03/02'" in text  # delivered the day after
    assert "\"eventtime\" >= '2026-03-01T00:00:00Z'" in text
    assert "\"eventtime\" < '2026-03-02T00:00:00Z'" in text
    assert 'recipientaccountid" IN' not in text


def test_nested_columns_are_asked_for_as_json() -> None:
    text = ask(FULL)
    assert 'json_format(CAST("useridentity" AS JSON)) AS "useridentity"' in text
    assert 'json_format(CAST("resources" AS JSON)) AS "resources"' in text
    assert re.search(r'^  "requestparameters",?$', text, re.MULTILINE)


def test_without_partitions_the_records_own_fields_decide() -> None:
    text = ask(TABLE)
    assert "\"recipientaccountid\" IN ('111122223333', '444455556666') OR" in text
    assert "\"awsregion\" IN ('eu-west-1', 'us-east-1')" in text


def test_a_day_whose_spelling_is_not_known_is_not_narrowed() -> None:
    assert '"dt"' not in ask(table("dt"))
    assert "\"dt\" BETWEEN DATE '2026-03-01' AND DATE '2026-03-02'" in ask(
        table("dt", declared="date")
    )


def test_year_month_and_day_as_keys() -> None:
    of = table("region", "year", "month", "day")
    text = ask(of, since=SINCE - 2 * DAY_MS)
    assert "(\"year\" IN ('2026') AND \"month\" IN ('02', '2') AND \"day\" IN ('27', '28'))" in text
    text = ask(table("year", "month", "day", declared="int"))
    assert '("year" IN (2026) AND "month" IN (3) AND "day" IN (1, 2))' in text


def test_hourly_partitions_reach_to_the_end_of_the_last_day() -> None:
    properties = {**PROJECTED, "projection.timestamp.format": "yyyy/MM/dd/HH"}
    text = ask(table("timestamp", properties=properties))
    assert "\"timestamp\" BETWEEN '2026/03/01/00' AND '2026/03/02/23'" in text


def test_a_region_that_the_partitions_do_not_know_is_no_silent_nothing() -> None:
    properties = {**PROJECTED, "projection.region.values": "us-east-1"}
    with pytest.raises(InputError, match="know no region eu-west-1"):
        ask(table("account", "region", "timestamp", properties=properties))


def test_a_partition_that_needs_a_value_nobody_knows() -> None:
    properties = {"projection.enabled": "true", "projection.tenant.type": "injected"}
    with pytest.raises(InputError, match="needs a value for its partition tenant"):
        keys_of(table("tenant", properties=properties))


def test_from_when_on_the_projection_knows_anything() -> None:
    assert first_day(FULL, keys_of(FULL)) == date(2025, 1, 1)
    assert first_day(TABLE, keys_of(TABLE)) is None


def test_the_prefix_of_a_partition() -> None:
    uri = prefix_of(FULL, keys_of(FULL), PLACES[0], date(2026, 3, 1))
    expected = "s3://logs/p/AWSLogs/o-abc1234567/111122223333/CloudTrail/eu-west-1/2026/03/01"
    assert uri == expected
    of = table("tenant", properties={"location": "s3://logs/x/"})
    assert prefix_of(of, keys_of(of), PLACES[0], date(2026, 3, 1)) == "s3://logs/x/"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("AKIAIOSFODNN7EXAMPLE", '"useridentity"."accesskeyid" IN (\'AKIAIOSFODNN7EXAMPLE\')'),
        ("198.51.100.7", "\"sourceipaddress\" IN ('198.51.100.7')"),
        ("ConsoleLogin", "\"eventname\" IN ('ConsoleLogin')"),
        ("error:AccessDenied", "\"errorcode\" IN ('AccessDenied')"),
        (
            "arn:aws:s3:::bucket",
            "strpos(json_format(CAST(\"resources\" AS JSON)), 'arn:aws:s3:::bucket') > 0",
        ),
        (
            "arn:aws:iam::111122223333:role/x",
            '"useridentity"."sessioncontext"."sessionissuer"."arn" IN '
            "('arn:aws:iam::111122223333:role/x')",
        ),
    ],
)
def test_entities_become_conditions(value: str, expected: str) -> None:
    assert expected in ask(FULL, narrowing_of([value]))


def test_kinds_narrow_each_other_and_values_of_one_are_alternatives() -> None:
    text = ask(FULL, narrowing_of(["name:A", "name:B", "ip:198.51.100.7"]))
    assert "(\"eventname\" IN ('A', 'B'))\n  AND (\"sourceipaddress\"" in text


def test_an_identity_that_is_text_is_looked_into_as_json() -> None:
    of = table("timestamp", useridentity="string")
    text = ask(of, narrowing_of(["AKIAIOSFODNN7EXAMPLE"]))
    assert "json_extract_scalar(\"useridentity\", '$.accessKeyId') IN" in text


def _shape(text: str) -> list[type]:
    """The kinds of the tree's nodes: what a value may not change."""
    return [type(node) for node in sqlglot.parse_one(text, read="trino").walk()]


@given(
    st.sampled_from(["user", "agent", "name", "error", "source"]),
    st.text(min_size=1, max_size=60).filter(lambda text: "\0" not in text),
)
def test_no_value_gets_out_of_its_quotes(kind: str, value: str) -> None:
    plain = ask(FULL, Narrowing((Term(kind, "x"),)))
    hostile = ask(FULL, Narrowing((Term(kind, value),)))
    assert _shape(hostile) == _shape(plain)
    literals = sqlglot.parse_one(hostile, read="trino").find_all(exp.Literal)
    assert value in [literal.this for literal in literals]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("eventName LIKE 'Delete%'", "eventName LIKE 'Delete%'"),
        ("readOnly = false", "readOnly = 'false'"),
        ("readOnly", "readOnly = 'true'"),
        ("NOT readOnly AND errorCode IS NULL", "NOT (readOnly = 'true') AND errorCode IS NULL"),
        ("readOnly IS NULL", "readOnly IS NULL"),
        ("eventTime > '2026-03-01 10:00:00'", "eventTime > '2026-03-01T10:00:00Z'"),
        (
            "eventTime BETWEEN '2026-03-01' AND '2026-03-02'",
            "eventTime BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-02T00:00:00Z'",
        ),
        (
            "element_at(requestParameters, 'bucketName') = 'b'",
            "COALESCE(JSON_EXTRACT_SCALAR(requestParameters, '$[\"bucketName\"]'), "
            "JSON_FORMAT(JSON_EXTRACT(requestParameters, '$[\"bucketName\"]'))) = 'b'",
        ),
        (
            "userIdentity.sessionContext.attributes.mfaAuthenticated = true",
            "userIdentity.sessionContext.attributes.mfaAuthenticated = 'true'",
        ),
        (
            "userIdentity.sessionContext.sessionIssuer.userName = 'x'",
            "userIdentity.sessionContext.sessionIssuer.userName = 'x'",
        ),
    ],
)
def test_a_condition_in_the_words_of_the_table(where: str, expected: str) -> None:
    assert condition_sql(FULL, parse_condition(where)).lower() == expected.lower()


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("annotation = 'x'", "no column annotation"),
        ("userIdentity.credentialId = 'x'", "no column userIdentity.credentialId"),
        ("readOnly > 1", "true or false"),
        ("eventTime > eventName", "written one"),
        ("eventTime > 'yesterday'", "is no time"),
        ("lower(eventTime) = 'x'", "only be compared"),
        ("element_at(requestParameters, eventName) = 'x'", "plain key"),
    ],
)
def test_what_the_table_cannot_say_is_refused(where: str, what: str) -> None:
    with pytest.raises(QueryError, match=what):
        condition_sql(FULL, parse_condition(where))


@pytest.mark.parametrize(
    "where",
    [
        "1=1) OR (1=1",
        "1=1; DROP TABLE x",
        "eventID IN (SELECT eventID FROM other)",
        "EXISTS (SELECT 1)",
        "eventName = ?",
        "eventName = 'x' ORDER BY 1",
        "eventName = 'x' UNION SELECT 1",
        "now() > eventTime",
        "current_user = 'x'",
        "rand() < 0.5",
        "eventNaem = 'x'",
        "",
    ],
)
def test_only_a_condition_gets_through(where: str) -> None:
    with pytest.raises((QueryError, InputError)):
        narrowing_of([], where or " ")


def test_a_comment_is_not_passed_on() -> None:
    text = ask(FULL, narrowing_of([], "eventName = 'x' /* y */ -- z"))
    assert "/*" not in text
    assert "--" not in text


def test_the_table_that_is_made_is_the_one_that_is_read() -> None:
    text = create_table("security", "trail", "s3://logs/p/AWSLogs/o-abc1234567", ["us-east-1"])
    assert "LOCATION 's3://logs/p/AWSLogs/o-abc1234567/'" in text
    told = dict(re.findall(r"^  '([\w.]+)'='([^']*)'", text, re.MULTILINE))
    made = table("account", "region", "timestamp", properties=told)
    uri = prefix_of(made, keys_of(made), PLACES[0], date(2026, 3, 1))
    assert uri.endswith("AWSLogs/o-abc1234567/111122223333/CloudTrail/eu-west-1/2026/03/01")


@pytest.mark.parametrize(
    "location",
    [
        "s3://b/AWSLogs/x'/",
        "s3://logs/other/",
        "/tmp/AWSLogs/",
        "s3://UPPER/AWSLogs/",
        "s3://b/",
        "",
    ],
)
def test_a_location_that_is_no_trails_root_is_refused(location: str) -> None:
    with pytest.raises(InputError):
        checked_location(location)


@pytest.mark.parametrize("name", ["a`b", "a b", "", "a;b", "ü"])
def test_a_name_that_needs_quoting_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        create_table(name, "t", "s3://logs/AWSLogs/", [])
