"""What Trino's documentation states, where DuckDB has no such function or answers otherwise."""

import pytest

from tests.query.engines import Engines
from trailtui.query.errors import QueryError

# a query of one row, and its row
STATED: list[tuple[str, tuple[object, ...]]] = [
    # DuckDB gives NULL for a member that is not there, slices by both ends
    ("array_position(ARRAY['a', 'b'], 'b'), array_position(ARRAY['a', 'b'], 'x')", (2, 0)),
    ("slice(ARRAY['a', 'b', 'c', 'd'], 2, 2), slice(ARRAY[1, 2, 3], -2, 1)", ('["b","c"]', "[2]")),
    ("slice(ARRAY[1, 2], 5, 2)", ("[]",)),
    ("array_union(ARRAY[1, 2], ARRAY[2, 3]), array_intersect(ARRAY[1, 2], ARRAY[2, 3])",
     ("[1,2,3]", "[2]")),
    ("array_except(ARRAY[1, 1, 2], ARRAY[2, 3]), array_remove(ARRAY['a', 'b', 'a'], 'a')",
     ("[1]", '["b"]')),
    ("arrays_overlap(ARRAY[1, 2], ARRAY[2, 3]), arrays_overlap(ARRAY[1, 2], ARRAY[3])",
     (True, False)),
    ("arrays_overlap(ARRAY[1, NULL], ARRAY[3])", (None,)),
    ("contains(ARRAY[1, NULL], 2), contains(ARRAY[1, NULL], 1), contains(ARRAY[1], NULL)",
     (None, True, None)),
    ("array_sort(ARRAY[3, NULL, 1]), array_max(ARRAY[1, NULL]), array_min(ARRAY[2, 1])",
     ("[1,3,null]", None, 1)),
    ("array_join(ARRAY['a', NULL, 'b'], '-', '?')", ("a-?-b",)),
    ("any_match(ARRAY[1, 2, NULL], x -> x > 1), any_match(ARRAY[1, NULL], x -> x > 1)",
     (True, None)),
    ("all_match(ARRAY[1, 2], x -> x > 0), all_match(ARRAY[1, NULL], x -> x > 0)", (True, None)),
    ("all_match(ARRAY[1, NULL], x -> x > 1), none_match(ARRAY[1, 2], x -> x > 2)", (False, True)),
    ("reverse(ARRAY[1, 2]), reverse('ab'), flatten(ARRAY[ARRAY[1], ARRAY[2, 3]])",
     ("[2,1]", "ba", "[1,2,3]")),
    ("sequence(1, 3), sequence(3, 1), sequence(0, 10, 5)", ("[1,2,3]", "[3,2,1]", "[0,5,10]")),
    ("ARRAY[1] || 2 || ARRAY[3]", ("[1,2,3]",)),
    ("map(ARRAY['a', 'b'], ARRAY[1, 2])['b'], element_at(map(ARRAY['a'], ARRAY[1]), 'x')",
     (2, None)),
    ("map_values(map(ARRAY['a'], ARRAY[true])), cardinality(map(ARRAY['a'], ARRAY[1]))",
     ("[true]", 1)),
    # JSON
    ("json_format(json_parse('{\"b\": 1, \"a\": [1.50, null]}'))", ('{"a":[1.5,null],"b":1}',)),
    ("cast(json_parse('[1, null, 3]') AS array(bigint)), cast(json_parse('\"5\"') AS bigint)",
     ("[1,null,3]", 5)),
    ("cast(json_parse('{\"a\": 1, \"b\": \"x\"}') AS map(varchar, varchar))['b']", ("x",)),
    ("cast(json_parse('[\"a\", 1, true]') AS array(varchar))", ('["a","1","true"]',)),
    ("cast(json_parse('{\"k\": \"v\", \"n\": 7}') AS row(k varchar, n bigint)).n", (7,)),
    ("try_cast(json_parse('{}') AS varchar), try_cast(json_parse('[\"x\"]') AS array(bigint))",
     (None, None)),
    ("json_array_contains('[1, \"a\", true]', 'a'), json_array_contains('[1, 2]', 3)",
     (True, False)),
    ("json_array_get('[\"a\", [3, 9], null]', 1), json_array_get('[1]', 5)", ("[3,9]", None)),
    ("json_size('{\"x\": {\"a\": 1, \"b\": 2}}', '$.x'), json_size('[1, 2]', '$'), "
     "json_size('{\"x\": 1}', '$.x')", (2, 2, 0)),
    ("json_extract_scalar('{\"x-amz-acl\": \"p\", \"a\": {\"0\": \"z\"}}', '$.x-amz-acl'), "
     "json_extract_scalar('{\"a\": {\"0\": \"z\"}}', '$.a[0]')", ("p", "z")),
    ("json_extract_scalar('{\"a.b\": [1, 2]}', '$[\"a.b\"][1]')", ("2",)),
    ("is_json_scalar('1'), is_json_scalar('[1]')", (True, False)),
    ("cast('abc' AS json), cast(true AS json)", ('"abc"', "true")),
    # times
    ("date_format(timestamp '2026-03-01 09:05:03.120', '%Y-%m-%d %H:%i:%s.%f %a %b %e %W %M %j')",
     ("2026-03-01 09:05:03.120000 Sun Mar 1 Sunday March 060",)),
    ("date_format(timestamp '2026-03-01 00:05:03', '%T %r %h %l %p %y %c %k')",
     ("00:05:03 12:05:03 AM 12 12 AM 26 3 0",)),
    ("date_parse('2026-03-01T09:05:03Z', '%Y-%m-%dT%H:%i:%sZ')", ("2026-03-01T09:05:03Z",)),
    ("date_parse('Jul 10, 2023 12:24:29 PM', '%b %e, %Y %h:%i:%s %p')",
     ("2023-07-10T12:24:29Z",)),
    ("parse_datetime('2026-03-01T09:05:03Z', 'yyyy-MM-dd''T''HH:mm:ss''Z')",
     ("2026-03-01T09:05:03Z",)),
    ("parse_datetime('2026-03-01 09:05 +0100', 'yyyy-MM-dd HH:mm Z')", ("2026-03-01T08:05:00Z",)),
    ("format_datetime(timestamp '2026-03-01 09:05:03', 'EEE, d MMM yyyy HH:mm:ss.SSS a')",
     ("Sun, 1 Mar 2026 09:05:03.000 AM",)),
    ("timestamp '2026-07-01 22:30:00' AT TIME ZONE 'Europe/Berlin'",
     ("2026-07-02T00:30:00+02:00",)),
    ("hour(timestamp '2026-01-01 23:30:00' AT TIME ZONE 'Europe/Berlin'), "
     "cast(timestamp '2026-01-01 23:30:00' AT TIME ZONE 'Europe/Berlin' AS date)",
     (0, "2026-01-02")),
    ("date_trunc('day', timestamp '2026-01-01 23:30:00' AT TIME ZONE 'America/New_York')",
     ("2026-01-01T00:00:00-05:00",)),
    # the day on which the clocks go forward has 23 hours
    ("date_add('day', 1, timestamp '2026-03-28 11:00:00' AT TIME ZONE 'Europe/Berlin')",
     ("2026-03-29T12:00:00+02:00",)),
    ("cast(timestamp '2012-10-31 01:00:00' AT TIME ZONE 'America/Los_Angeles' AS varchar)",
     ("2012-10-30 18:00:00.000 America/Los_Angeles",)),
    ("cast(at_timezone(timestamp '2026-01-01 00:00:00', '+05:30') AS timestamp)",
     ("2026-01-01T05:30:00Z",)),
    ("timestamp '2026-01-01 00:00:00' AT TIME ZONE 'Asia/Tokyo' = timestamp '2026-01-01 00:00:00'",
     (True,)),
    ("to_iso8601(timestamp '2026-01-01 00:00:00' AT TIME ZONE 'Asia/Tokyo')",
     ("2026-01-01T09:00:00.000+09:00",)),
    ("from_iso8601_date('2026-03-01'), date('2026-03-01'), last_day_of_month(date '2024-02-05')",
     ("2026-03-01", "2026-03-01", "2024-02-29")),
    ("year_of_week(date '2026-01-01'), week(date '2026-01-01'), dow(date '2026-03-01')",
     (2026, 1, 7)),
    ("from_unixtime(1772355903), millisecond(timestamp '2026-01-01 00:00:00.250')",
     ("2026-03-01T09:05:03Z", 250)),
    # text
    ("regexp_replace('fun stuff.', '[a-z]'), regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')",
     (" .", "3ca 3cb 14m")),
    ("regexp_replace('a-b', '(?<x>a)-', '${x}+'), regexp_replace('a', 'a', '\\$')", ("a+b", "$")),
    ("regexp_extract_all('1a 2b 14m', '\\d+'), regexp_extract_all('1a 2b', '(\\d)([a-z])', 2)",
     ('["1","2","14"]', '["a","b"]')),
    ("regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*'), regexp_count('1a 2b', '[a-z]')",
     ('["1","2","14",""]', 2)),
    ("split('a.b.c', '.', 2), split('', ',')", ('["a","b.c"]', '[""]')),
    ("codepoint('A'), url_decode('a%20b+c'), url_encode('a b/c')", (65, "a b c", "a+b%2Fc")),
    ("concat_ws(',', 'a', NULL, 'b'), concat('a', NULL)", ("a,b", None)),
    ("cast(1.0E0 AS varchar), cast(1e10 AS varchar), cast(0.001E0 AS varchar)",
     ("1.0", "1.0E10", "0.001")),
    # addresses
    ("contains('10.0.0.0/8', cast('10.1.2.3' AS ipaddress)), "
     "contains('10.0.0.0/8', try_cast('cloudtrail.amazonaws.com' AS ipaddress))", (True, None)),
    ("contains('2001:db8::/32', cast('2001:DB8::1' AS ipaddress)), "
     "cast(cast('2001:DB8:0:0::1' AS ipaddress) AS varchar)", (True, "2001:db8::1")),
    ("is_subnet_of('192.168.3.3/26', cast('192.168.3.63' AS ipaddress))", (True,)),
    ("every(x), bool_or(x) FROM (VALUES true, false) AS t(x)", (False, True)),
    ("histogram(x) FROM (VALUES 'a', 'b', 'a') AS t(x)", ('{"a":2,"b":1}',)),
    ("map_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)", ('{"a":1,"b":2}',)),
    ("listagg(x, ',') WITHIN GROUP (ORDER BY x DESC) FROM (VALUES 'a', 'c', 'b') AS t(x)",
     ("c,b,a",)),
    ("k, v FROM UNNEST(map(ARRAY['a'], ARRAY[7])) AS t(k, v)", ("a", 7)),
    ("x, n FROM UNNEST(ARRAY['only']) WITH ORDINALITY AS t(x, n)", ("only", 1)),
    ("array_agg(x) FROM (VALUES 1) AS t(x) WHERE x > 5", (None,)),
    ("0.1e0 + 0.2e0, 7 / 2, -7 / 2, 7 % -3, -7 % 3", (0.30000000000000004, 3, -3, 1, -1)),
    ("1 IN (2, NULL), NOT (1 IN (1, NULL)), NULL AND false, NULL OR true",
     (None, False, False, True)),
    ("nullif('', ''), '' = '', '' || NULL, length('')", (None, True, None, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("query", "row"), STATED)
def test_the_answer_is_the_documented_one(
    engines: Engines, query: str, row: tuple[object, ...]
) -> None:
    assert engines.ask(f"SELECT {query}").rows == (row,)


STOPS = [
    ("SELECT requestParameters['nothing'] FROM events WHERE requestParameters IS NOT NULL",
     "has no key 'nothing'"),
    ("SELECT resources[9] FROM events WHERE resources IS NOT NULL", "there is no member 9"),
    ("SELECT ARRAY['a'][2]", "there is no member 2"),
    ("SELECT cast(json_parse(eventName) AS bigint) FROM events", "is no JSON"),
    ("SELECT cast(json_extract(requestParameters, '$.instancesSet') AS varchar) FROM events",
     "can't be cast to varchar"),
    ("SELECT map(ARRAY['a', 'a'], ARRAY[1, 2])", "the same key twice"),
    ("SELECT date_parse(eventName, '%Y') FROM events", "is no time of the form"),
    ("SELECT cast(eventSource AS ipaddress) FROM events", "can't be cast to ipaddress"),
    ("SELECT sqrt(length(eventName) - 100) FROM events", "gives no number"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "says"), STOPS)
def test_a_value_that_does_not_fit_stops_the_query(engines: Engines, query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        engines.ask(query)
