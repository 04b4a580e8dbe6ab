"""Odd questions that Trino refuses, or that are not known here: refused, at their place."""

import pytest

from tests.query.engines import Engines
from trailtui.query.errors import QueryError

# what stands after SELECT, the place of the complaint in it (None: only known once it runs), what
# the complaint says
REFUSED: list[tuple[str, int | None, str]] = [
    ("date_trunc('hour', date '2026-03-01')", 0, "a date has no hour"),
    ("date_add('hour', 1, date '2026-03-01')", 0, "a date has no hour"),
    ("date '2026-03-01' + interval '1' hour", 29, "a date has no hour"),
    ("date_diff('hour', date '2026-03-01', date '2026-03-02')", 0, "a date has no hour"),
    ("date '2026-02-30'", 5, "'2026-02-30' can't be cast to date"),
    ("timestamp '2026-03-01 25:00:00'", 10, "'2026-03-01 25:00:00' can't be cast to timestamp"),
    ("interval '1' day + interval '1' hour", 9, "+ is not defined for an interval"),
    ("date '2026-03-01' - date '2026-02-01'", 5, "- is not defined for a date"),
    ("try_cast('NaN' AS double)", None, "'NaN' as a double is no number (Trino: NaN or Infinity)"),
    ("cast('300' AS tinyint)", 5, "300 can't be cast to tinyint"),
    ("cast('abc' AS varchar(2)), cast('abc' AS char(2))", 32, "CAST to CHAR(2) is not supported"),
    ("'5' = 5", 0, "varchar and bigint can't be compared"),
    ("'a' || 5", 7, "a varchar is expected here, not a bigint"),
    ("concat('a', 5)", 12, "a varchar is expected here, not a bigint"),
    ("element_at(ARRAY[1], 0)", 21, "members of an array are counted from 1"),
    (
        "split_part('a.b', '.', 5), split_part('', '.', 1), split('a', ''), 1",
        None,
        "split needs a delimiter",
    ),
    ("split_part('a.b', '.', 0)", None, "split_part counts from 1"),
    (
        "sum(9223372036854775807) FROM (VALUES 1, 2) AS t(x)",
        None,
        "a sum is too large for a bigint",
    ),
    ("1e400", 0, "the number is too large for a double"),
    ("x'41'", 0, "X'…' is not supported here"),
    ("ROW(1, 'a')", 0, "row is not supported here"),
    ("(SELECT 1, 2)", 8, "a sub-query that stands for a value must give one row"),
    ("(1, 2) IN (VALUES (1, 2))", 1, "a row of values in brackets is not supported here"),
    ("typeof(1)", 0, "typeof is not supported here"),
    (
        "array_agg(DISTINCT x ORDER BY y) FROM (VALUES (1, 2)) AS t(x, y)",
        30,
        "with DISTINCT, order by what is collected",
    ),
    ("count(DISTINCT x) OVER () FROM (VALUES 1) AS t(x)", 0, "COUNT … OVER is not supported here"),
    (
        "row_number() OVER () FROM (VALUES 1) AS t(x) WHERE row_number() OVER () = 1",
        51,
        "a window function can stand in SELECT and ORDER BY only",
    ),
    (
        "x FROM (VALUES 1) AS t(x) GROUP BY x HAVING row_number() OVER () = 1",
        44,
        "a window function can stand in SELECT and ORDER BY only",
    ),
    ("x, count(*) FROM (VALUES 1) AS t(x)", 0, "x is neither grouped by nor inside an aggregate"),
    ("x AS n FROM (VALUES 1) AS t(x) WHERE n = 1", 37, "there is no column n"),
    ("a.x FROM (VALUES 1) AS a(x) JOIN (VALUES 1) AS b(x) ON x = 1", 55, "x is ambiguous"),
    (
        "* FROM (VALUES 1) AS a(x) NATURAL JOIN (VALUES 1) AS b(x)",
        47,
        "NATURAL JOIN is not supported here",
    ),
    (
        "x FROM (VALUES 1) AS a(x) LEFT SEMI JOIN (VALUES 1) AS b(x) ON a.x = b.x",
        49,
        "LEFT SEMI JOIN is not supported here",
    ),
    ("x FROM (VALUES 1, 1, 2) AS t(x) EXCEPT ALL SELECT 1", 50, "EXCEPT ALL is not supported here"),
    (
        "x FROM (VALUES 1, 2) AS t(x) UNION SELECT 'a'",
        42,
        "the two sides of UNION have other columns: x is bigint and varchar",
    ),
    (
        "a AS first FROM (VALUES 1) AS t(a) UNION ALL SELECT b AS second FROM (VALUES 2) AS u(b) "
        "ORDER BY second",
        97,
        "a union is ordered by its columns",
    ),
    ("x FROM (VALUES 1, 2) AS t(x) WHERE x = ANY (VALUES 1)", 51, "ANY is not supported here"),
    ('eventName FROM events WHERE eventName = "CreateUser"', 40, "there is no column CreateUser"),
    ("DISTINCT ON (eventName) eventName FROM events", 13, "DISTINCT ON is not supported here"),
    ("TOP 5 eventName FROM events", 4, "syntax error: Invalid expression / Unexpected token"),
    (
        "eventName FROM events WHERE eventName SIMILAR TO 'a'",
        28,
        "SIMILAR TO is not supported here",
    ),
    ("eventName FROM events WHERE eventTime > now() - 1", 40, "- is not defined for a timestamp"),
    (
        "eventName FROM events FOR TIMESTAMP AS OF now()",
        42,
        "FOR TIMESTAMP AS OF is not supported here",
    ),
    (
        "eventName FROM events ORDER BY eventTime USING >",
        41,
        "syntax error: Invalid expression / Unexpected token",
    ),
    ("eventName INTO x FROM events", 15, "SELECT INTO is not supported here"),
    (
        "eventName FROM events QUALIFY row_number() OVER () = 1",
        30,
        "syntax error: Invalid expression / Unexpected token",
    ),
    (
        "eventName FROM events LIMIT 5 PERCENT",
        None,
        "LIMIT in per cent or with ties is not supported here",
    ),
    ("eventName FROM events FETCH FIRST 5 ROWS WITH TIES", 34, "WITH TIES is not supported here"),
    ("eventName FROM events LIMIT -1", 29, "a whole number is expected here"),
    (
        "count(*) FROM events WHERE eventTime > '2026-03-01T00:00:00Z' AND eventTime < '20260302'",
        78,
        "'20260302' is no timestamp",
    ),
    ("element_at(map(ARRAY['a'], ARRAY[1]), 'a', 'b')", 0, "element_at takes two arguments"),
    ("split_part('a.b', '.')", 0, "split_part takes three arguments"),
    ("regexp_extract('a')", 0, "regexp_extract takes two or three arguments"),
    ("coalesce('a')", 0, "coalesce takes at least two arguments"),
    ("lag(1, 2, 3, 4) OVER ()", 0, "lag takes one to three arguments"),
    ("now(1)", 0, "now takes no arguments"),
    ("string_agg(x, ',') FROM (VALUES 'a') AS t(x)", 0, "there is no function string_agg here"),
    ("nvl(NULL, 1)", 0, "there is no function nvl here"),
    ("safe_cast('1' AS bigint)", 0, "there is no function safe_cast here"),
    ("datediff('day', now(), now())", 0, "Did you mean date_diff?"),
    ("eventName FROM events WHERE eventName IN ()", 28, "a list of values must not be empty"),
    ("sum(1) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED PRECEDING)", 0, "the frame ends before"),
    ("sum(1) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)", 0, "the frame ends before"),
    ("sum(1) OVER (ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW)", 0, "the frame ends before"),
    ("sum(1) OVER (ROWS 1 FOLLOWING)", 0, "the frame ends before"),
    ("sum(1) OVER (ROWS UNBOUNDED FOLLOWING)", 0, "the frame ends before"),
    ("ntile(0) OVER (ORDER BY 1)", 6, "from 1 on"),
    ("nth_value(1, 0) OVER (ORDER BY 1)", 13, "from 1 on"),
    ("a FROM (WITH x AS (SELECT 1 a), x AS (SELECT 2 a) SELECT a FROM x) t", 32, "names x twice"),
    ("any_match(ARRAY[1], (a, b) -> true)", 21, "asked of one member"),
    ("* FROM (SELECT 1, 2) AS t(a)", 24, "as many names must be given"),
]


@pytest.mark.parametrize(("query", "at", "says"), REFUSED)
def test_what_trino_refuses_or_is_not_known_is_refused(
    engines: Engines, query: str, at: int | None, says: str
) -> None:
    with pytest.raises(QueryError) as caught:
        engines.ask(f"SELECT {query}")
    assert says in str(caught.value)
    assert caught.value.offset == (None if at is None else at + len("SELECT "))
