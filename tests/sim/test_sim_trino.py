"""Queries in Trino's words mean what Trino's documentation says, or fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from trailtui.sim.engines.duck import Answer, Loaded, QueryFailedError, parse, run, shown
from trailtui.sim.engines.projection import Projection
from trailtui.sim.engines.shapes import shaper
from trailtui.sim.engines.trino import TrinoError, named_apart, prepare

NOW = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)


def _type(text: str) -> exp.DataType:
    return sqlglot.parse_one(text, read="hive", into=exp.DataType)


COLUMNS = {
    "name": _type("string"),
    "readonly": _type("string"),
    "n": _type("bigint"),
    "at": _type("timestamp"),
    "who": _type("struct<type:string,context:struct<attributes:struct<mfa:string>>>"),
    "parameters": _type("map<string,string>"),
    "resources": _type("array<struct<arn:string>>"),
    "tags": _type("array<string>"),
}
ROWS: list[dict[str, Any]] = [
    {
        "name": "2026-03-10T12:00:00Z", "readonly": "true", "n": 7, "at": "2026-03-10 12:00:00",
        "who": {"type": "IAMUser", "context": {"attributes": {"mfa": "no"}}},
        "parameters": {"k": "v", "j": '{"a":{"b":1}}'},
        "resources": [{"arn": "arn:a"}, {"arn": "b"}], "tags": ["a", None],
    },
    dict.fromkeys(COLUMNS),
]  # fmt: skip


def _ask(text: str, *, lake: bool = False) -> Answer:
    tree = parse(text)
    assert isinstance(tree, exp.Query)
    apart, mentions = named_apart(tree)
    try:
        checked = prepare(apart, dict.fromkeys(mentions, COLUMNS), lake=lake)
    except TrinoError as error:
        raise QueryFailedError(str(error)) from None
    (answer,) = run([checked], dict.fromkeys(mentions, Loaded(COLUMNS, ROWS)), NOW)
    return answer


def _one(expression: str) -> str | None:
    """Its value in the first row."""
    return _ask(f"SELECT {expression} FROM t WHERE n = 7").rows[0][0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("n / 2", "3"), ("-n / 2", "-3"), ("n % 2", "1"), ("n / 2.0", "3.5"),
        ("element_at(parameters, 'zz')", None), ("parameters['k']", "v"),
        ("element_at(resources, 2).arn", "b"), ("element_at(resources, 3).arn", None),
        ("resources[1].arn", "arn:a"), ("cardinality(resources)", "2"),
        ("cardinality(parameters)", "2"), ("contains(tags, 'a')", "true"),
        ("contains(tags, 'b')", None), ("array_join(tags, ',')", "a"),
        ("any_match(resources, r -> r.arn = 'b')", "true"),
        ("any_match(resources, r -> r.arn = 'c')", "false"),
        ("filter(resources, r -> r.arn = 'b')", "[{arn=b}]"),
        ("transform(resources, r -> r.arn)", "[arn:a, b]"),
        ("json_extract_scalar(element_at(parameters, 'j'), '$.a.b')", "1"),
        ("json_extract_scalar(element_at(parameters, 'j'), '$.a')", None),
        ("json_extract_scalar(element_at(parameters, 'k'), '$.a')", None),
        ("json_extract(element_at(parameters, 'j'), '$[\"a\"]')", '{"b":1}'),
        ("json_format(CAST(who AS JSON))",
         '{"type":"IAMUser","context":{"attributes":{"mfa":"no"}}}'),
        ("CAST(json_extract(element_at(parameters, 'j'), '$.a.b') AS varchar)", "1"),
        ("json_array_length('[1, 2]')", "2"), ("json_array_length('x')", None),
        ("regexp_extract(name, 'z(.)', 1)", None), (r"regexp_extract(name, '^(\d+)-', 1)", "2026"),
        ("regexp_like(name, 'T12')", "true"),
        ("split_part('a,b', ',', 2)", "b"), ("split_part('a,b', ',', 3)", None),
        ("substr('abc', 0)", ""), ("substr('abc', -2)", "bc"), ("substr('abc', -5)", ""),
        ("substr('abc', 2, 1)", "b"), ("trim(' a ')", "a"), ("strpos('abc', 'c')", "3"),
        ("date_diff('day', from_iso8601_timestamp('2026-03-10T23:00:00Z'), "
         "from_iso8601_timestamp('2026-03-11T01:00:00Z'))", "0"),
        ("date_trunc('hour', at)", "2026-03-10 12:00:00.000"),
        ("from_iso8601_timestamp(name)", "2026-03-10 12:00:00.000 UTC"),
        ("to_iso8601(from_iso8601_timestamp(name))", "2026-03-10T12:00:00.000Z"),
        ("to_iso8601(at)", "2026-03-10T12:00:00.000"),
        ("date_parse(name, '%Y-%m-%dT%H:%i:%sZ')", "2026-03-10 12:00:00.000"),
        ("date(at)", "2026-03-10"), ("year(at)", "2026"),
        ("at > now() - INTERVAL '7' DAY", "true"), ("current_date", "2026-03-12"),
        ("now()", "2026-03-12 10:30:00.000 UTC"),
        ("date_add('day', -2, at)", "2026-03-08 12:00:00.000"),
        ("try(CAST(name AS bigint))", None), ("try_cast('7' AS bigint)", "7"),
        ("coalesce(NULL, name)", "2026-03-10T12:00:00Z"), ("if(n > 5, 'a', 'b')", "a"),
        ("CASE WHEN n = 7 THEN 'x' END", "x"), ("nullif(n, 7)", None),
        ("'a' || 'b'", "ab"), ("lower('A')", "a"), ("n IN (1, 7)", "true"),
        ("name LIKE '2026-__-%'", "true"), ("'a_b' LIKE 'a!_b' ESCAPE '!'", "true"),
        ("n BETWEEN 1 AND 7", "true"), ("who", "{type=IAMUser, context={attributes={mfa=no}}}"),
        ("parameters", '{k=v, j={"a":{"b":1}}}'), ("tags", "[a, null]"),
    ],
)  # fmt: skip
def test_functions_answer_as_documented(expression: str, value: str | None) -> None:
    assert _one(expression) == value


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SELECT count(*), count(n), sum(n), avg(n), min(n), max(n) FROM t",
         [("2", "1", "7", "7.0", "7", "7")]),
        ("SELECT count_if(n > 1), approx_distinct(n), bool_or(n > 1) FROM t", [("1", "1", "true")]),
        ("SELECT max_by(name, n), array_agg(readonly) FROM t",
         [("2026-03-10T12:00:00Z", "[true, null]")]),
        ("SELECT n FROM t ORDER BY n", [("7",), (None,)]),
        ("SELECT n FROM t ORDER BY n DESC", [("7",), (None,)]),
        ("SELECT n, row_number() OVER (ORDER BY n) FROM t", [("7", "1"), (None, "2")]),
        ("SELECT readonly, count(*) FROM t GROUP BY 1 ORDER BY 1", [("true", "1"), (None, "1")]),
        ("WITH a AS (SELECT n AS x FROM t) SELECT x FROM a WHERE x > 1 UNION ALL SELECT 1",
         [("7",), ("1",)]),
        ("SELECT a.n FROM t a LEFT JOIN t b ON a.n = b.n WHERE a.n IS NOT NULL", [("7",)]),
        ("SELECT n FROM t WHERE n = (SELECT max(n) FROM t)", [("7",)]),
        ("SELECT n FROM t WHERE EXISTS (SELECT 1 FROM t x WHERE x.n = t.n)", [("7",)]),
        ("SELECT n FROM T WHERE WHO.Type = 'IAMUser' AND \"READONLY\" = 'true'", [("7",)]),
    ],
)  # fmt: skip
def test_queries_answer_as_documented(text: str, rows: list[tuple[str | None, ...]]) -> None:
    assert _ask(text).rows == rows


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT n FROM t WHERE readonly = true", "TYPE_MISMATCH"),
        ("SELECT n FROM t WHERE readonly", "TYPE_MISMATCH"),
        ("SELECT n FROM t WHERE n = '7'", "TYPE_MISMATCH"),
        ("SELECT n FROM t WHERE at > '2026-01-01'", "TYPE_MISMATCH"),
        ("SELECT n FROM t WHERE element_at(parameters, 'k') = 1", "TYPE_MISMATCH"),
        ("SELECT n FROM t WHERE who.type IN ('a', 1)", "TYPE_MISMATCH"),
        ("SELECT lower(n) FROM t", "TYPE_MISMATCH"),
        ("SELECT coalesce(n, 'x') FROM t", "TYPE_MISMATCH"),
        ("SELECT nope FROM t", "SYNTAX_ERROR"),
        ("SELECT who.nope FROM t", "SYNTAX_ERROR"),
        ("SELECT n AS x FROM t WHERE x = 1", "SYNTAX_ERROR"),
        ("SELECT n AS x FROM t GROUP BY x", "SYNTAX_ERROR"),
        ("SELECT name FROM t WHERE name ILIKE 'a'", "SYNTAX_ERROR"),
        ("SELECT parameters['zz'] FROM t", "INVALID_FUNCTION_ARGUMENT"),
        ("SELECT resources[3] FROM t", "INVALID_FUNCTION_ARGUMENT"),
        ("SELECT CAST(name AS bigint) FROM t", "INVALID_CAST_ARGUMENT"),
        ("SELECT CAST(json_extract('{}', '$') AS varchar) FROM t", "INVALID_CAST_ARGUMENT"),
        ("SELECT greatest(n, 1) FROM t", "NOT_SUPPORTED"),
        ("SELECT getenv('HOME') FROM t", "NOT_SUPPORTED"),
        ("SELECT * FROM t CROSS JOIN UNNEST(resources) AS u(r)", "NOT_SUPPORTED"),
        ("SELECT json_extract_scalar(name, '$..a') FROM t", "NOT_SUPPORTED"),
    ],
)
def test_what_trino_refuses_or_is_not_known_fails(text: str, code: str) -> None:
    with pytest.raises(QueryFailedError, match=code):
        _ask(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT n FROM t, read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
    ],
)
def test_no_query_reaches_a_file_of_the_machine(text: str) -> None:
    with pytest.raises((QueryFailedError, TrinoError)) as refused:
        _ask(text)
    assert "root:" not in str(refused.value)


def test_lake_compares_times_with_texts_and_keeps_names_as_written() -> None:
    answer = _ask("SELECT Who.Type, at, count(*) FROM t WHERE at > '2026-01-01' GROUP BY 1, 2",
                  lake=True)  # fmt: skip
    assert [name for name, _ in answer.columns] == ["Type", "at", "_col2"]
    assert answer.rows == [("IAMUser", "2026-03-10 12:00:00.000", "1")]
    with pytest.raises(QueryFailedError, match="TYPE_MISMATCH"):
        _ask("SELECT n FROM t WHERE at > name", lake=True)


def test_names_and_types_of_columns() -> None:
    answer = _ask("SELECT *, n + 1, who.type, count(*) OVER () AS Total FROM t LIMIT 1")
    assert answer.columns == (
        ("name", "varchar"), ("readonly", "varchar"), ("n", "bigint"), ("at", "timestamp"),
        ("who", "row"), ("parameters", "map"), ("resources", "array"), ("tags", "array"),
        ("_col8", "bigint"), ("type", "varchar"), ("total", "bigint"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.0"), (0.5, "0.5"), (1e7, "1.0E7"), (1.25e10, "1.25E10"), (1e-5, "1.0E-5"),
     (123456.0, "123456.0"), (0.001, "0.001")],
)  # fmt: skip
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert shown(value) == text


def test_records_are_shaped_by_declared_types() -> None:
    shape = shaper(COLUMNS)
    shaped = shape(
        {"Name": {"b": [1]}, "readOnly": False, "WHO": {"TYPE": 3, "context": "odd"},
         "parameters": {"K": {"x": None}, "z": None}, "resources": "odd", "tags": [True]}
    )  # fmt: skip
    assert shaped["name"] == '{"b":[1]}'
    assert shaped["readonly"] == "false"
    assert shaped["who"] == {"type": "3", "context": None}
    assert shaped["parameters"] == {"K": '{"x":null}', "z": None}
    assert shaped["resources"] is None
    assert shaped["tags"] == ["true"]


@pytest.mark.parametrize(
    ("properties", "held", "not_held"),
    [
        ({"type": "enum", "values": "a, b"}, ["a", "b"], ["c", "A", ""]),
        ({"type": "integer", "range": "1,12", "digits": "2"}, ["01", "12"], ["1", "13", "x"]),
        ({"type": "integer", "range": "0,10", "interval": "5"}, ["0", "5", "10"], ["1", "15"]),
        ({"type": "date", "format": "yyyy/MM/dd", "range": "2026/03/01,NOW"},
         ["2026/03/01", "2026/03/12"], ["2026/02/28", "2026/03/13", "2026/3/1"]),
        ({"type": "date", "format": "yyyy/MM/dd", "range": "NOW-2DAYS,NOW-1DAYS"},
         ["2026/03/10", "2026/03/11"], ["2026/03/09", "2026/03/12"]),
        ({"type": "date", "format": "yyyy-MM-dd-HH", "range": "2026-03-12-00,NOW",
          "interval": "1", "interval.unit": "HOURS"},
         ["2026-03-12-10"], ["2026-03-12-11"]),
        ({"type": "date", "format": "yyyy/MM/dd", "range": "2026/03/01,2026/03/31",
          "interval": "2"}, ["2026/03/03"], ["2026/03/02"]),
        ({"type": "injected"}, ["anything"], []),
    ],
)  # fmt: skip
def test_projections(properties: dict[str, str], held: list[str], not_held: list[str]) -> None:
    named = {f"projection.p.{key}": value for key, value in properties.items()}
    projection = Projection("p", named, NOW)
    assert [one for one in (*held, *not_held) if projection.holds(one)] == held


@pytest.mark.parametrize(
    "properties",
    [
        {"type": "fancy"}, {}, {"type": "enum"}, {"type": "integer", "range": "1"},
        {"type": "date", "format": "yyyy/MM/dd", "range": "then,NOW"},
        {"type": "date", "format": "EEE", "range": "NOW,NOW"},
        {"type": "date", "format": "yyyy", "range": "2020,NOW", "interval.unit": "YEARS"},
    ],
)  # fmt: skip
def test_a_projection_that_is_wrong_or_not_known_fails(properties: dict[str, str]) -> None:
    named = {f"projection.p.{key}": value for key, value in properties.items()}
    with pytest.raises(QueryFailedError, match="INVALID_TABLE_PROPERTY"):
        Projection("p", named, NOW).holds("2026")
