"""Each modifier and kind of correlation that pySigma knows is run, or refused at its line.

pySigma's own lists are gone through: one that a later release brings has no row here, and the test
says so before anybody's rule is quietly misread.
"""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.records import START, record, write_log_file
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.rules import run_rules
from trailtui.detect.scan.conditions import Subject, predicate

pytest.importorskip("sigma")

from sigma.correlations import SigmaCorrelationConditionOperator, SigmaCorrelationType
from sigma.modifiers import modifier_mapping

from trailtui.detect.sigma.reading import read_rules


def b64(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


Row = tuple[str, Any, list[Any], list[Any]]
"""Field and modifiers, the rule's value, values that meet it, values that don't."""
MODIFIERS: dict[str, Row] = {
    "all": ("x|contains|all", ["ab", "cd"], ["cdab", "ABxCD"], ["ab", "cd", None]),
    "neq": ("x|neq", "a", ["b", "", ..., None], ["a", "A"]),
    "base64": ("x|base64|contains", "foobar", [b64("foobar"), f"-{b64('foobar')}-"], ["foobar"]),
    "base64offset": (
        "x|base64offset|contains", "foobar",
        [b64("foobar"), b64("zfoobar"), b64("zzfoobar zz")], ["foobar", b64("fooba")],
    ),
    "cased": ("x|cased", "Ab*", ["Ab", "Abc"], ["ab", "ABC"]),
    "cidr": ("x|cidr", ["10.0.0.0/8", "2001:db8::/32"],
             ["10.1.2.3", "2001:DB8::1"], ["11.0.0.1", "10.0.0.0/8", "config.amazonaws.com", 10]),
    "contains": ("x|contains", "b", ["abc", "B"], ["a", "", None, ...]),
    "day": ("x|day", 7, ["2026-03-07T23:59:59Z"], ["2026-03-08T00:00:00Z", "7", 7]),
    "dotall": ("x|re|dotall", "a.b", ["a\nb", "axb"], ["ab"]),
    "endswith": ("x|endswith", "bc", ["abc", "BC"], ["bcd"]),
    "exists": ("x|exists", True, ["", None, 0, []], [...]),
    "expand": ("x|expand", "%admins%", ["alice", "BOB"], ["carol", "%admins%"]),
    "fieldref": ("x|fieldref", "requestParameters.y", ["same", "SAME"], ["other", ..., None]),
    "gt": ("x|gt", 5, [6, "6", 5.5], [5, "five", None, True]),
    "gte": ("x|gte", 5, [5, "5"], [4.9]),
    "hour": ("x|hour", 3, ["2026-03-07T03:00:00Z"], ["2026-03-07T13:00:00Z"]),
    "i": ("x|re|i", "^ab", ["ABc"], ["cab"]),
    "ignorecase": ("x|re|ignorecase", "^ab", ["ABc"], ["cab"]),
    "lt": ("x|lt", 5, [4, "4.9", -1], [5, "", None]),
    "lte": ("x|lte", 5, [5], [6]),
    "m": ("x|re|m", "^b", ["a\nb"], ["ab"]),
    "minute": ("x|minute", 59, ["2026-03-07T23:59:59Z"], ["2026-03-07T23:58:59Z"]),
    "month": ("x|month", 3, ["2026-03-07T23:59:59Z"], ["2026-07-03T03:03:03Z"]),
    "multiline": ("x|re|multiline", "^b", ["a\nb"], ["ab"]),
    "re": ("x|re", "^a+b$", ["aab"], ["AAB", "xab", "ab\n"]),
    "s": ("x|re|s", "a.b", ["a\nb"], ["ab"]),
    "startswith": ("x|startswith", "ab", ["ABc"], ["cab"]),
    "utf16": ("x|utf16", "ab", ["\ufeffa\0b\0"], ["ab"]),
    "utf16be": ("x|utf16be|base64offset|contains", "foobar",
                [b64("foobar", "utf-16-be")], [b64("foobar"), b64("foobar", "utf-16-le")]),
    "week": ("x|week", 10, ["2026-03-07T23:59:59Z"], ["2026-03-10T00:00:00Z"]),
    "wide": ("x|wide|base64offset|contains", "foobar",
             [b64("foobar", "utf-16-le")], [b64("foobar"), b64("foobar", "utf-16-be")]),
    "windash": ("x|windash|contains", " -enc", ["cmd -enc", "cmd /enc", "cmd \u2013enc"], ["enc"]),
    "year": ("x|year", 2026, ["2026-03-07T23:59:59Z"], ["2025-03-07T23:59:59Z", "2026"]),
}  # fmt: skip


def written(path: Path, *rules: dict[str, Any]) -> Path:
    path.write_text("\n---\n".join(json.dumps(rule, indent=1) for rule in rules))
    return path


def rule_of(field: str, value: Any) -> dict[str, Any]:
    return {
        "title": "Rule", "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {"a": {field: value}, "condition": "a"},
    }  # fmt: skip


def subject(value: Any) -> Subject:
    parameters = {"y": "Same"} if value is ... else {"x": value, "y": "Same"}
    return Subject(json.dumps({"requestParameters": parameters}).encode())


def test_no_modifier_of_pysigma_is_without_a_row() -> None:
    assert MODIFIERS.keys() == modifier_mapping.keys()


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_each_modifier_is_run(modifier: str, tmp_path: Path) -> None:
    field, value, met, not_met = MODIFIERS[modifier]
    assert modifier in field.split("|")
    path = written(tmp_path / "rule.yml", rule_of(f"requestParameters.{field}", value))
    chosen = read_rules([path], {"admins": ["alice", "bob"]})
    assert not chosen.refused
    (condition,) = chosen.rules[0].conditions
    holds = predicate(condition)
    for one in met:
        assert holds(subject(one)), one
    for one in not_met:
        assert not holds(subject(one)), one


REFUSED = [
    ("x|nosuch", "a", "nosuch"),
    ("x|contains|nosuch|all", ["a"], "nosuch"),
    ("x|utf16|base64", "a", "|wide"),
    ("x|utf16|base64offset|contains", "a", "|wide"),
    ("x|expand", "%nobody%", "--placeholder nobody=VALUE"),
    ("x|re", "(a)\\1", "invalid: invalid escape sequence: \\1"),
    ("x|re", "(", "invalid: missing ): ("),
    ("x|cidr", "10.0.0.0/99", "10.0.0.0/99"),
    ("x|gt", "five", "incompatible"),
    ("x|exists", "maybe", "incompatible"),
    ("x|i", "a", "incompatible"),
    ("x|hour|re", "a", "incompatible"),
]


@pytest.mark.parametrize(("field", "value", "says"), REFUSED)
def test_what_can_not_be_run_is_refused_with_file_and_line(
    field: str, value: Any, says: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "rule.yml", rule_of(field, value))
    chosen = read_rules([path])
    assert not chosen.rules
    (said,) = chosen.refused
    line = said.partition(f"{path}:")[2].partition(":")[0]
    assert line.isdigit() and int(line) > 1, said
    assert says in said, said


@pytest.mark.parametrize(
    ("key", "value"),
    [("level", "loud"), ("status", "odd"), ("id", "7"), ("date", "soon"), ("tags", 7)],
)
def test_a_wrong_entry_is_told_at_its_line(key: str, value: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "rule.yml", {**rule_of("eventName", "x"), key: value})
    (said,) = read_rules([path]).refused
    line = next(n for n, each in enumerate(path.read_text().splitlines(), 1) if f'"{key}"' in each)
    assert f"{path}:{line}:" in said


def test_a_character_that_yaml_does_not_allow_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text("title: x\ndescription: \x1b]52;c;aGk=\n")
    assert read_rules([path]).refused == [f"{path}:2: no YAML: the character U+001B."]


@pytest.mark.parametrize(
    ("key", "value"),
    [("timespan", "5x"), ("rules", ["nobody"]), ("type", "odd"), ("condition", {"about": 2})],
)
def test_a_wrong_part_of_a_correlation_is_told_at_its_line(
    key: str, value: Any, tmp_path: Path
) -> None:
    correlation = {
        "type": "event_count", "rules": ["A"], "timespan": "5m", "group-by": ["userAgent"],
        "condition": {"gte": 2}, key: value,
    }  # fmt: skip
    single = {**rule_of("eventName", "A"), "name": "A"}
    path = written(tmp_path / "rule.yml", single, {"title": "c", "correlation": correlation})
    (said,) = read_rules([path]).refused
    lines = path.read_text().splitlines()
    line = next(n for n, each in enumerate(lines, 1) if f'"{key}"' in each)
    if key == "condition":  # the single rule has one of its own
        line = next(n for n, each in enumerate(lines, 1) if '"condition": {' in each)
    assert f"{path}:{line}:" in said, said


Event = tuple[int, str, Any]
"""Second, name of the call, number."""
CORRELATIONS: dict[SigmaCorrelationType, tuple[dict[str, Any], list[Event], set[int]]] = {
    SigmaCorrelationType.EVENT_COUNT: (
        {"rules": ["A"], "condition": {"gte": 2}},
        [(0, "A", 1), (30, "A", 1), (200, "A", 1), (210, "B", 1)], {0, 1},
    ),
    SigmaCorrelationType.VALUE_COUNT: (
        {"rules": ["A"], "condition": {"gte": 2, "field": "requestParameters.n"}},
        [(0, "A", 1), (1, "A", 1), (200, "A", 1), (210, "A", 2)], {2, 3},
    ),
    SigmaCorrelationType.TEMPORAL: (
        {"rules": ["A", "B"]},
        [(0, "B", 1), (10, "A", 1), (200, "A", 1), (300, "B", 1)], {0, 1},
    ),
    SigmaCorrelationType.TEMPORAL_ORDERED: (
        {"rules": ["A", "B"]},
        [(0, "B", 1), (10, "A", 1), (200, "A", 1), (210, "B", 1)], {2, 3},
    ),
    SigmaCorrelationType.VALUE_SUM: (
        {"rules": ["A"], "condition": {"gte": 10, "field": "requestParameters.n"}},
        [(0, "A", 4), (1, "A", 6), (200, "A", 9)], {0, 1},
    ),
    SigmaCorrelationType.VALUE_AVG: (
        {"rules": ["A"], "condition": {"gt": 5, "field": "requestParameters.n"}},
        [(0, "A", 1), (1, "A", 2), (200, "A", 4), (201, "A", 9)], {2, 3},
    ),
    SigmaCorrelationType.VALUE_PERCENTILE: (
        {"rules": ["A"],
         "condition": {"lt": 3, "field": "requestParameters.n", "percentile": 50}},
        [(0, "A", 9), (1, "A", 9), (200, "A", 2), (201, "A", 9)], {2, 3},
    ),
    SigmaCorrelationType.VALUE_MEDIAN: (
        {"rules": ["A"], "condition": {"lt": 3, "field": "requestParameters.n"}},
        [(0, "A", 9), (1, "A", 9), (200, "A", 1), (201, "A", 2)], {2, 3},
    ),
}  # fmt: skip


def test_no_kind_of_correlation_of_pysigma_is_without_a_row() -> None:
    assert CORRELATIONS.keys() == set(SigmaCorrelationType)


def found_in(folder: Path, events: list[Event], correlation: dict[str, Any]) -> set[int]:
    """The positions of the events in the findings of the one correlation."""
    made = [
        record(
            number, eventName=name, requestParameters={"n": value},
            eventTime=(START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        for number, (second, name, value) in enumerate(events)
    ]  # fmt: skip
    place = {one["eventID"]: number for number, one in enumerate(made)}
    singles = [{**rule_of("eventName", name), "title": name, "name": name} for name in ("A", "B")]
    rule = {"title": "Together", "correlation": {"timespan": "60s", **correlation}}
    chosen = read_rules([written(folder / "rules.yml", *singles, rule)])
    assert not chosen.refused, chosen.refused
    with Case.create(folder / "test.case") as case:
        collect_files(case, [str(write_log_file(folder / "log.json.gz", made))], workers=0)
        done = run_rules(case, chosen)
        told = [one for _, one, _ in done.kept.states if one.title == "Together"]
        return {place[row.event_id] for one in told for row in by_ids(case, one.events)}


@pytest.mark.parametrize("kind", CORRELATIONS, ids=lambda kind: kind.name)
def test_each_kind_of_correlation_is_run(kind: SigmaCorrelationType, tmp_path: Path) -> None:
    correlation, events, expected = CORRELATIONS[kind]
    assert found_in(tmp_path, events, {"type": kind.name.lower(), **correlation}) == expected


COUNTS = {"lt": {1}, "lte": {1, 2}, "gt": {3}, "gte": {2, 3}, "eq": {2}, "neq": {1, 3}}
"""Which of the numbers 1 to 3 each operator lets through against 2."""


def test_no_operator_of_pysigma_is_without_a_row() -> None:
    assert COUNTS.keys() == SigmaCorrelationConditionOperator.operators()


@pytest.mark.parametrize("operator", COUNTS)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_operator_is_run(operator: str, number: int, tmp_path: Path) -> None:
    correlation = {
        "type": "value_sum", "rules": ["A"],
        "condition": {operator: 2, "field": "requestParameters.n"},
    }  # fmt: skip
    found = found_in(tmp_path, [(0, "A", number)], correlation)
    assert bool(found) is (number in COUNTS[operator])
