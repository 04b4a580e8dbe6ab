"""Correlation rules against a plain search of every window, and the ways they are written."""

import itertools
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import START, record, write_log_file
from trailtui.case.detections import Found
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.rules import run_rules

pytest.importorskip("sigma")

from trailtui.detect.sigma.reading import read_rules

SPAN = 60
NAMES = ("A", "B", "C")


def single(name: str) -> dict[str, Any]:
    """A rule that the event of that name meets."""
    return {
        "title": name, "name": f"rule_{name}",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {"a": {"eventName": name}, "condition": "a"},
    }  # fmt: skip


def correlated(**more: Any) -> dict[str, Any]:
    return {
        "title": "Together", "level": "high",
        "correlation": {"timespan": f"{SPAN}s", "group-by": ["userAgent"], **more},
    }  # fmt: skip


Event = tuple[int, str, str, str]
"""Second, name, user agent (the group), address (the value that is counted)."""


def found_in(folder: Path, events: list[Event], *rules: dict[str, Any]) -> dict[str, set[int]]:
    """For each group the events, by their position, of the one correlation's findings."""
    made = [
        record(
            number, eventName=name, userAgent=group, sourceIPAddress=value,
            eventTime=(START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        for number, (second, name, group, value) in enumerate(events)
    ]  # fmt: skip
    place = {one["eventID"]: number for number, one in enumerate(made)}
    path = folder / "rules.yml"
    path.write_text("\n---\n".join(json.dumps(one) for one in (*map(single, NAMES), *rules)))
    with Case.create(folder / "test.case") as case:
        collect_files(case, [str(write_log_file(folder / "log.json.gz", made))])
        chosen = read_rules([path])
        assert not chosen.refused, chosen.refused
        done = run_rules(case, chosen)
        told: list[Found] = [one for _, one, _ in done.kept.states if one.title == "Together"]
        return {
            one.about: {place[row.event_id] for row in by_ids(case, one.events)} for one in told
        }


_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 300), st.sampled_from(NAMES), st.sampled_from(["x", "y"]),
        st.sampled_from(["1.1.1.1", "2.2.2.2", "3.3.3.3"]),
    ),
    min_size=1,
    max_size=14,
)  # fmt: skip


def plain(events: list[Event], names: str, holds: Any) -> dict[str, set[int]]:
    """Every window that begins at an event of the rules, looked at by itself."""
    found: dict[str, set[int]] = {}
    chosen = [
        (second, number, name, group, value)
        for number, (second, name, group, value) in enumerate(events)
        if name in names
    ]
    for first in chosen:
        window = [
            one for one in chosen if first[0] <= one[0] <= first[0] + SPAN and one[3] == first[3]
        ]
        # those of the same second that stand before it in the order of their ids are left out by
        # the program; they begin a window of their own, which holds this one
        if holds(window):
            found.setdefault(first[3], set()).update(one[1] for one in window)
    return found


def ordered(window: list[tuple[int, int, str, str, str]], names: str) -> bool:
    begin = min(one[0] for one in window)
    picks = [[one[0] for one in window if one[2] == name] for name in names]
    return any(
        times[0] == begin and list(times) == sorted(times) for times in itertools.product(*picks)
    )


@settings(max_examples=25)
@given(events=_EVENTS, least=st.integers(1, 5))
def test_event_count(tmp_path_factory: Any, events: list[Event], least: int) -> None:
    rule = correlated(type="event_count", rules=["rule_A", "rule_B"], condition={"gte": least})
    expected = plain(events, "AB", lambda window: len(window) >= least)
    assert found_in(tmp_path_factory.mktemp("c"), events, rule) == expected


@settings(max_examples=25)
@given(events=_EVENTS, least=st.integers(1, 3))
def test_value_count(tmp_path_factory: Any, events: list[Event], least: int) -> None:
    rule = correlated(
        type="value_count", rules=["rule_A"], condition={"gt": least, "field": "sourceIPAddress"}
    )
    expected = plain(events, "A", lambda window: len({one[4] for one in window}) > least)
    assert found_in(tmp_path_factory.mktemp("c"), events, rule) == expected


@settings(max_examples=25)
@given(events=_EVENTS)
def test_temporal(tmp_path_factory: Any, events: list[Event]) -> None:
    rule = correlated(type="temporal", rules=["rule_A", "rule_B"])
    expected = plain(events, "AB", lambda window: {one[2] for one in window} == {"A", "B"})
    assert found_in(tmp_path_factory.mktemp("c"), events, rule) == expected


@settings(max_examples=25)
@given(events=_EVENTS)
def test_a_condition_in_words(tmp_path_factory: Any, events: list[Event]) -> None:
    words = "rule_A and (rule_B or rule_C)"
    rule = correlated(type="temporal", condition=words)
    expected = plain(
        events, "ABC",
        lambda window: "A" in (names := {one[2] for one in window}) and bool(names & {"B", "C"}),
    )  # fmt: skip
    assert found_in(tmp_path_factory.mktemp("c"), events, rule) == expected


@settings(max_examples=40)
@given(events=_EVENTS)
def test_temporal_ordered(tmp_path_factory: Any, events: list[Event]) -> None:
    rule = correlated(type="temporal_ordered", rules=["rule_A", "rule_B", "rule_C"])
    found = found_in(tmp_path_factory.mktemp("c"), events, rule)
    groups = {
        group
        for group, window in (
            (first[2], [one for one in events if first[0] <= one[0] <= first[0] + SPAN])
            for first in events
            if first[1] == "A"
        )
        if ordered(
            [(one[0], 0, one[1], one[2], one[3]) for one in window if one[2] == group], "ABC"
        )
    }
    assert found.keys() == groups


def test_an_alias_names_the_field_of_each_rule(tmp_path: Path) -> None:
    rule = correlated(type="temporal", rules=["rule_A", "rule_B"])
    rule["correlation"] |= {
        "group-by": ["who"],
        "aliases": {"who": {"rule_A": "userAgent", "rule_B": "sourceIPAddress"}},
    }
    events = [(0, "A", "1.1.1.1", "9.9.9.9"), (5, "B", "z", "1.1.1.1"), (6, "B", "z", "2.2.2.2")]
    assert found_in(tmp_path, events, rule) == {"1.1.1.1": {0, 1}}


def test_a_correlation_of_a_correlation(tmp_path: Path) -> None:
    many = correlated(type="event_count", rules=["rule_A"], condition={"gte": 3})
    many |= {"title": "Many", "name": "many"}
    outer = correlated(type="temporal_ordered", rules=["many", "rule_B"])
    events = [(n, "A", group, "v") for group in "xy" for n in (0, 1, 2)]
    events += [(10, "B", "x", "v"), (1, "B", "z", "v"), (500, "B", "y", "v")]
    assert found_in(tmp_path, events, many, outer) == {"x": {0, 1, 2, 6}}


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        ("value_sum", {"gte": 12, "field": "requestParameters.maxItems"}, True),
        ("value_sum", {"gt": 15, "field": "requestParameters.maxItems"}, False),
        ("value_avg", {"eq": 3, "field": "requestParameters.maxItems"}, True),
        ("value_median", {"eq": 3, "field": "requestParameters.maxItems"}, True),
        ("value_percentile", {"gte": 5, "field": "requestParameters.maxItems", "percentile": 90},
         True),
        ("value_percentile", {"gte": 6, "field": "requestParameters.maxItems", "percentile": 90},
         False),
    ],
)  # fmt: skip
def test_numbers_put_together(
    tmp_path: Path, kind: str, condition: dict[str, Any], expected: bool
) -> None:
    """Over the numbers 0 to 5: `tests.records` counts maxItems up."""
    rule = correlated(type=kind, rules=["rule_A"], condition=condition)
    events = [(number, "A", "x", "v") for number in range(6)]
    assert bool(found_in(tmp_path, events, rule)) == expected
