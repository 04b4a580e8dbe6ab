"""Sigma rules against a second evaluator, and what is refused of them."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.plain_sigma import detected
from tests.records import record, write_log_file
from trailtui.case.detections import events_of, list_detections
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.rules import run_rules
from trailtui.detect.scan.conditions import Subject, predicate
from trailtui.detect.scan.scanning import scan

pytest.importorskip("sigma")

from trailtui.detect.sigma.reading import read_rules

SOURCE = {"product": "aws", "service": "cloudtrail"}

_TEXTS = st.sampled_from(
    ["CreateUser", "createuser", "Create*", "*User", "C?eateUser", "a-b", "/x", "10.0.0.7", "5",
     "a\\*b", "a*b", "", "ß", "true", "x/y -z", "İ", "aGVsbG8="]
)  # fmt: skip
_PLAIN = st.sampled_from(["CreateUser", "user", "a-b", "-x", "hello", "5", "10.0", "eAte", "x"])
_FIELDS = st.sampled_from(
    ["eventName", "errorCode", "userIdentity.type", "userIdentity.userName", "readOnly",
     "requestParameters.a", "requestParameters.list.k", "requestParameters", "sourceIPAddress",
     "requestParameters.n", "no.such", "tags.x.y"]
)  # fmt: skip
_TEXT_MODIFIERS = st.sampled_from(
    ["contains", "startswith", "endswith", "contains|all", "contains|cased", "cased",
     "endswith|cased", "base64", "base64|contains", "base64offset|contains",
     "wide|base64offset|contains", "windash|contains"]
)  # fmt: skip
_REGEXES = st.sampled_from(["^Create", "user$", "[a-c]+", "^$", "C.*r", "\\d+\\.\\d+", "a|b"])


def _pair(field: str, modifiers: str, value: Any) -> tuple[str, Any]:
    return f"{field}|{modifiers}" if modifiers else field, value


_ONE = st.one_of(
    st.builds(_pair, _FIELDS, st.just(""), _TEXTS | st.lists(_TEXTS, min_size=1, max_size=3)),
    st.builds(_pair, _FIELDS, st.just(""), st.sampled_from([None, 5, 5.5, True, False, [None, 5]])),
    st.builds(_pair, _FIELDS, _TEXT_MODIFIERS, _PLAIN | st.lists(_PLAIN, min_size=1, max_size=2)),
    st.builds(_pair, _FIELDS, st.sampled_from(["re", "re|i", "re|i|s", "re|m"]), _REGEXES),
    st.builds(_pair, _FIELDS, st.just("cidr"), st.sampled_from(["10.0.0.0/8", "2001:db8::/32"])),
    st.builds(_pair, _FIELDS, st.sampled_from(["lt", "lte", "gt", "gte"]), st.integers(-1, 7)),
    st.builds(_pair, _FIELDS, st.just("exists"), st.booleans()),
    st.builds(
        _pair, _FIELDS, st.sampled_from(["fieldref", "fieldref|contains", "fieldref|startswith"]),
        _FIELDS,
    ),
)  # fmt: skip
_MAP = st.lists(_ONE, min_size=1, max_size=3).map(dict)
_PART = _MAP | st.lists(_MAP, min_size=1, max_size=2) | st.lists(_PLAIN, min_size=1, max_size=2)
_CONDITIONS = st.sampled_from(
    ["sel_a", "sel_a and sel_b", "sel_a and not sel_b", "not sel_a", "1 of sel_*", "all of sel_*",
     "1 of them", "all of them", "sel_a or sel_b and not other", "not (sel_a or other)",
     "sel_a and not 1 of sel_b*"]
)  # fmt: skip
_DETECTIONS = st.fixed_dictionaries(
    {"sel_a": _PART, "sel_b": _PART, "other": _MAP, "condition": _CONDITIONS}
)

_VALUES = st.sampled_from(
    ["CreateUser", "createuser", "a-b", "a/b", "a*b", "10.0.0.7", "2001:db8::1", "5", "ß", "ẞ",
     "hello", "aGVsbG8=", "x -x", "", None, 5, 5.0, 5.5, True, False, 0, -1, "line\nuser"]
)  # fmt: skip
_RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "eventName": st.sampled_from(["CreateUser", "createuser", "GetUser", "a*b", ""]),
        "errorCode": st.sampled_from(["AccessDenied", None, "5", "user"]),
        "sourceIPAddress": st.sampled_from(["10.0.0.7", "2001:db8::1", "user.amazonaws.com"]),
        "readOnly": st.booleans(),
        "userIdentity": st.fixed_dictionaries(
            {}, optional={"type": _VALUES, "userName": _VALUES, "": _VALUES}
        ),
        "requestParameters": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "a": _VALUES | st.lists(_VALUES, max_size=2),
                "n": st.integers(-2, 8) | st.just("6"),
                "list": st.lists(st.fixed_dictionaries({}, optional={"k": _VALUES}), max_size=2),
            },
        ),
        "tags.x": st.fixed_dictionaries({"y": _VALUES}),
    },
)


def rule_of(detection: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "Rule", "logsource": SOURCE, "detection": detection, **more}


def written(path: Path, *rules: Any) -> Path:
    path.write_text("\n---\n".join(json.dumps(rule, indent=1) for rule in rules))  # JSON is YAML
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sigma")


@settings(max_examples=300)
@given(detection=_DETECTIONS, records=st.lists(_RECORDS, min_size=1, max_size=6))
def test_a_rule_says_what_the_plain_evaluator_says(
    folder: Path, detection: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    chosen = read_rules([written(folder / "rule.yml", rule_of(detection))])
    assert not chosen.refused, chosen.refused
    (rule,) = chosen.rules
    holds = predicate(rule.conditions[0])
    for one in records:
        subject = Subject(json.dumps(one, ensure_ascii=False).encode())
        assert holds(subject) == detected(detection, one), one


@settings(max_examples=25)
@given(
    detections=st.lists(_DETECTIONS, min_size=1, max_size=4),
    records=st.lists(_RECORDS, min_size=1, max_size=12),
)
def test_no_event_escapes_the_columns(
    tmp_path_factory: pytest.TempPathFactory,
    detections: list[dict[str, Any]],
    records: list[dict[str, Any]],
) -> None:
    """What is found in a case is what reading every record of it finds."""
    folder = tmp_path_factory.mktemp("case")
    made = [record(number, **one) for number, one in enumerate(records)]
    with Case.create(folder / "test.case") as case:
        collect_files(case, [str(write_log_file(folder / "log.json.gz", made))])
        chosen = read_rules([written(folder / "r.yml", *map(rule_of, detections))])
        conditions = [rule.conditions[0] for rule in chosen.rules]
        found: set[tuple[str, int]] = set()
        for hit in scan(case, conditions):
            (row,) = by_ids(case, [hit.event])
            found |= {(row.event_id, number) for number in hit.conditions}
    assert found == {
        (one["eventID"], number)
        for one in made
        for number, detection in enumerate(detections)
        if detected(detection, one)
    }


def refusals(path: Path) -> list[str]:
    return read_rules([path]).refused


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("title: [\n", ":2", "no YAML"),
        ("- 1\n", ":1", "no rule"),
        ("title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f|nope: 1\n  condition: a\n",
         ":5", "modifier"),
        ("title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f: 1\n  condition: b\n",
         ":6", "'b' not defined"),
        ("title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f: 1\n  condition: a and\n",
         ":6", ""),
        ("title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f|re: '(x)\\1'\n"
         "  condition: a\n", "", "invalid"),
        ("title: x\nlogsource: {product: aws}\ndetection:\n  a:\n    f|expand: '%who%'\n"
         "  condition: a\n", ":3", "placeholder"),
        ("title: x\ndetection:\n  a:\n    f: 1\n  condition: a\n", ":1", "log source"),
        ("title: x\nlogsource: {product: aws}\n", "", "detection"),
        ("title: x\ncorrelation: {type: event_count, rules: [gone], timespan: 5m, "
         "condition: {gte: 1}}\n", "", "gone"),
        ("title: x\nname: me\ncorrelation: {type: event_count, rules: [me], timespan: 5m, "
         "condition: {gte: 1}}\n", "", "itself"),
        ("title: &a [*a]\n", ":1", "what it stands in"),
        ("a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
         "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
         "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n",
         "", "too large"),
        ("action: repeat\ntitle: x\n", ":1", "no rule before this one"),
        ("action: explode\ntitle: x\n", ":1", "global, reset, repeat"),
    ],
)  # fmt: skip
def test_an_unreadable_rule_is_told_with_its_place_and_the_others_run(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(text)
    written(tmp_path / "good.yml", rule_of({"a": {"eventName": "x"}, "condition": "a"}))
    chosen = read_rules([tmp_path])
    assert [rule.facts.title for rule in chosen.rules] == ["Rule"]
    (said,) = chosen.refused
    assert f"{bad}{place}" in said
    assert reason in said


def test_rules_for_other_logs_are_passed_over_and_told(tmp_path: Path) -> None:
    other = {"product": "windows", "category": "process_creation"}
    path = written(
        tmp_path / "r.yml",
        {"title": "x", "logsource": other, "detection": {"a": {"f": 1}, "condition": "a"}},
    )
    chosen = read_rules([path])
    assert not chosen.rules
    assert chosen.passed_over == [f"{path}:3: for product windows, category process_creation"]


def test_placeholders_have_the_values_that_are_given(tmp_path: Path) -> None:
    path = written(
        tmp_path / "r.yml", rule_of({"a": {"eventName|expand": "%bad%"}, "condition": "a"})
    )
    (rule,) = read_rules([path], {"bad": ["One", "Two"]}).rules
    holds = predicate(rule.conditions[0])
    assert [holds(Subject(json.dumps({"eventName": name}).encode())) for name in ("two", "x")] == [
        True, False,
    ]  # fmt: skip


def test_a_refused_expression_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    refusals(
        written(tmp_path / "r.yml", rule_of({"a": {"f|re": "(x)\\1\x1b[2J"}, "condition": "a"}))
    )
    assert capfd.readouterr() == ("", "")


def test_the_shipped_rules_are_sound_and_enough() -> None:
    from trailtui.detect.shipped_rules import shipped_sigma

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen = shipped_sigma()
    assert not chosen.refused
    assert not chosen.passed_over
    assert len(chosen.rules) >= 30
    assert len({rule.facts.id for rule in chosen.rules}) == len(chosen.rules)
    for rule in chosen.rules:
        assert rule.facts.attack, rule.facts.title
        assert rule.facts.description
        assert "Look at its events" not in rule.facts.next_step


def test_the_same_rule_over_the_same_events_is_the_same_finding(case: Case, tmp_path: Path) -> None:
    rules = written(
        tmp_path / "r.yml", rule_of({"a": {"eventName": "listusers"}, "condition": "a"})
    )
    collect_files(case, [str(write_log_file(tmp_path / "1.json.gz", [record(1), record(2)]))])
    states: list[list[str]] = []
    for number in range(3):
        if number == 2:
            more = [record(3), record(4, eventName="Other")]
            collect_files(case, [str(write_log_file(tmp_path / "2.json.gz", more))])
        done = run_rules(case, read_rules([rules]))
        states.append([state for _, _, state in done.kept.states])
    assert states == [["new"], ["known"], ["grown"]]
    (found,) = list_detections(case)
    assert found.events == 3
    assert [row.event_id for row in by_ids(case, events_of(case, found.number))] == [
        record(number)["eventID"] for number in (1, 2, 3)
    ]
