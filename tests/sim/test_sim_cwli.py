"""The language of Logs Insights: what is executed means what it says, anything else is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.sim.engines.cwli import MOST_FIELDS, MalformedQueryError, execute, flat, natural, read

EVENTS = [
    {"eventName": "GetObject", "errorCode": "AccessDenied", "n": 9, "who": {"ip": ["10.0.0.1"]}},
    {"eventName": "PutObject", "n": 10, "readOnly": True},
    {"eventName": "ListBuckets", "n": 100, "errorCode": "Throttling", "note": 'a | "b" /c'},
    {"eventName": "GetObject", "n": 2},
]


def _rows() -> list[dict[str, str]]:
    return [
        {
            **flat(event),
            "@message": str(event),
            "@timestamp": f"2026-03-10 12:{number * 4:02d}:00.000",
            "@ptr": f"p{number}",
        }
        for number, event in enumerate(EVENTS)
    ]


def _run(text: str, rows: list[dict[str, str]] | None = None) -> list[dict[str, str]]:
    found, _ = execute(read(text), _rows() if rows is None else rows)
    return [{cell["field"]: cell["value"] for cell in row} for row in found]


def _numbers(text: str) -> list[int]:
    return [int(row["n"]) for row in _run(f"fields n | {text}")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('filter eventName = "GetObject"', [2, 9]),
        ("filter eventName = 'GetObject' and n > 5", [9]),
        ("filter n >= 10 or n = 2", [2, 100, 10]),
        ("filter not (n > 5)", [2]),
        ("filter n in [9, 10]", [10, 9]),
        ("filter eventName not in ['GetObject']", [100, 10]),
        ("filter eventName like 'Object'", [2, 10, 9]),
        ("filter eventName like /^(Get|List)/", [2, 100, 9]),
        ("filter eventName =~ /(?i)getOBJECT/", [2, 9]),
        ("filter eventName not like /Object$/", [100]),
        ("filter note like /\\|/", [100]),
        ("filter note like '| \"b\" /c'", [100]),
        ("filter ispresent(errorCode)", [100, 9]),
        ("filter not ispresent(errorCode)", [2, 10]),
        ("filter ispresent(errorCode) and errorCode != 'Throttling'", [9]),
        ("filter errorCode != 'Throttling' and ispresent(errorCode)", [9]),
        ("filter not ispresent(errorCode) or errorCode != 'Throttling'", [2, 10, 9]),
        ("filter strcontains(eventName, 'Put')", [10]),
        ("filter strcontains(eventName, 'Put') = 0", [2, 100, 9]),
        ("filter tolower(eventName) = 'putobject'", [10]),
        ("filter `who.ip.0` = '10.0.0.1'", [9]),
        ("filter who.ip.0 like /^10\\./", [9]),
        ("filter errorCode = 'Throttling' # a comment | limit 1", [100]),
        ("sort n asc", [2, 9, 10, 100]),
        ("sort eventName, n desc", [9, 2, 100, 10]),
        ("sort n desc | limit 2", [100, 10]),
        ("dedup eventName", [2, 100, 10]),
        ("sort n desc | dedup eventName", [100, 10, 9]),
    ],
)  # fmt: skip
def test_commands_mean_what_they_say(text: str, expected: list[int]) -> None:
    assert _numbers(text) == expected


def test_commands_are_carried_out_in_their_order() -> None:
    counted = _run("stats count(*) as c by eventName | filter c > 1")
    assert counted == [{"eventName": "GetObject", "c": "2"}]
    assert _run("filter n > 5 | stats count(*) as c by eventName | sort c desc, eventName") == [
        {"eventName": name, "c": "1"} for name in ("GetObject", "ListBuckets", "PutObject")
    ]


def test_statistics() -> None:
    (told,) = _run(
        "stats count(*), count(errorCode), count_distinct(eventName) as names, min(n), max(n), "
        "sum(n), avg(n), earliest(eventName), latest(eventName)"
    )
    assert told == {
        "count(*)": "4", "count(errorCode)": "2", "names": "3", "min(n)": "2", "max(n)": "100",
        "sum(n)": "121", "avg(n)": "30.25", "earliest(eventName)": "GetObject",
        "latest(eventName)": "GetObject",
    }  # fmt: skip
    assert _run("stats count(*) as c by bin(5m) as at | sort at") == [
        {"at": "2026-03-10 12:00:00.000", "c": "2"},
        {"at": "2026-03-10 12:05:00.000", "c": "1"},
        {"at": "2026-03-10 12:10:00.000", "c": "1"},
    ]
    assert _run("stats count(*) as c", []) == [{"c": "0"}]
    assert _run("stats count(*) as c by eventName", []) == []


def test_what_is_shown() -> None:
    first = _run("sort n | limit 1")[0]
    assert first.keys() == {"@timestamp", "@message", "@ptr"}
    shown = _run("fields n | fields eventName as name, n | sort n | limit 1")[0]
    assert shown == {"n": "2", "name": "GetObject", "@ptr": "p3"}
    assert _run("fields n | display eventName | limit 1")[0].keys() == {"eventName", "@ptr"}
    assert _run("parse @message \"'eventName': '*'\" as x | display x | sort n | limit 1") == [
        {"x": "GetObject", "@ptr": "p3"}
    ]
    named = _run(r"parse @message /'n': (?<number>\d+)/ | stats max(number) as most")
    assert named == [{"most": "100"}]


@pytest.mark.parametrize(
    "text",
    [
        "fields n | pattern @message", "stats pct(n, 90)", "stats count(*) by bin(1w)",
        "filter n ~ 1", "filter", "fields n |", "limit 0", "limit 100001", "limit 5 | filter n = 1",
        "fields strlen(n)", "fields fromMillis(n) as x", "filter eventName like GetObject",
        r"filter eventName like /\p{L}/", r'filter eventName = "\d"', "filter n > 1 n", "sort",
        "parse @message 'x'", "parse @message '* *' as one", "SELECT * FROM logs", "dedup",
    ],
)  # fmt: skip
def test_what_is_not_executed_is_refused(text: str) -> None:
    with pytest.raises(MalformedQueryError):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "filter errorCode != 'Throttling'",
        "filter not (errorCode = 'Throttling')",
        "filter errorCode not like 'T'",
        "filter readOnly = 1",
    ],
)
def test_what_is_not_documented_is_no_answer(text: str) -> None:
    with pytest.raises(MalformedQueryError, match="not documented"):
        _run(text)


def test_only_the_first_200_fields_of_a_log_event_are_found() -> None:
    event: dict[str, Any] = {"items": [{"n": n} for n in range(MOST_FIELDS)], "eventID": "last"}
    found = flat(event)
    assert len(found) == MOST_FIELDS
    assert "eventID" not in found


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_numbers_are_sorted_by_their_size(values: list[int]) -> None:
    assert sorted(map(str, values), key=natural) == [str(one) for one in sorted(values)]


def test_the_documented_order_of_sort() -> None:
    documented = ["#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj",
                  "a12345hfh", "0", "01", "1", "2", "3"]  # fmt: skip
    assert sorted(reversed(documented), key=natural) == documented


@given(
    st.sampled_from(["eventName", "errorCode", "n"]),
    st.sampled_from(["=", "<", ">", "<=", ">="]),
    st.one_of(st.sampled_from(["GetObject", "AccessDenied", "zzz"]), st.integers(0, 120)),
)
def test_comparisons_agree_with_python(field: str, sign: str, value: str | int) -> None:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    found = sorted(_numbers(f"filter {field} {sign} {text}"))
    signs = {"=": "__eq__", "<": "__lt__", ">": "__gt__", "<=": "__le__", ">=": "__ge__"}

    def fits(event: dict[str, Any]) -> bool:
        mine: Any = event.get(field)
        if mine is None:
            return False
        other: Any = value
        if type(mine) is not type(other):
            mine, other = str(mine), str(other)
        return bool(getattr(mine, signs[sign])(other))

    assert found == sorted(event["n"] for event in EVENTS if fits(event))


def test_concat_and_coalesce_over_what_may_lack() -> None:
    text = (
        'fields concat(eventName, ":", errorCode) as both, coalesce(errorCode, note, eventName) as '
        "first | sort n | display both, first"
    )
    assert _run(text) == [
        {"first": "GetObject", "@ptr": "p3"},
        {"both": "GetObject:AccessDenied", "first": "AccessDenied", "@ptr": "p0"},
        {"first": "PutObject", "@ptr": "p1"},
        {"both": "ListBuckets:Throttling", "first": "Throttling", "@ptr": "p2"},
    ]
    with pytest.raises(MalformedQueryError):
        read("fields concat(eventName as x")
