"""Metric filters with alarms: the program's own, a file's, an account's."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.records import record, write_log_file
from tests.sim.laboratory import Laboratory
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.case.detections import Found
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.detect.patterns.account import read_account, rules_of_account
from trailtui.detect.patterns.compiling import DEFAULTS
from trailtui.detect.patterns.reading import read_filters
from trailtui.detect.rules import RuleSet, run_rules
from trailtui.detect.shipped_rules import shipped_filters
from trailtui.model.errors import InputError

METRIC = {"metricName": "Denied", "metricNamespace": "Trail", "metricValue": "1"}
DENIED = {"filterName": "denied", "filterPattern": "{ $.errorCode = AccessDenied }",
          "logGroupName": "trail", "metricTransformations": [METRIC]}  # fmt: skip
ALARM = {"AlarmName": "many-denied", "MetricName": "Denied", "Namespace": "Trail", "Period": 60,
         "Threshold": 3.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
         "Statistic": "Sum", "EvaluationPeriods": 1}  # fmt: skip


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    with empty_account() as account:
        yield Laboratory(account)


def denied(case: Case, folder: Path, seconds: list[int]) -> None:
    """Put calls that were denied into a case, at these seconds after a full hour."""
    made = [record(second, errorCode="AccessDenied") for second in seconds]
    collect_files(case, [str(write_log_file(folder / "log.json.gz", made))])


def found(case: Case, chosen: RuleSet) -> list[Found]:
    return [one for _, one, _ in run_rules(case, chosen).kept.states]


def rung(case: Case, alarm: dict[str, object], pattern: str = DENIED["filterPattern"]) -> list[int]:  # type: ignore[assignment]
    """The seconds of the events that an alarm of these settings rings for."""
    chosen = rules_of_account([DENIED | {"filterPattern": pattern}], [ALARM | alarm], "x", DEFAULTS)
    told = found(case, chosen)
    rows = by_ids(case, [event for one in told for event in one.events])
    return [(row.time_ms or 0) // 1000 % 3600 for row in rows]


SECONDS = [0, 10, 59, 60, 61, 130, 131, 132, 133, 300]


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        ({}, [0, 10, 59, 130, 131, 132, 133]),
        ({"Threshold": 4.0}, [130, 131, 132, 133]),
        ({"Threshold": 3.0, "ComparisonOperator": "GreaterThanThreshold"}, [130, 131, 132, 133]),
        ({"Threshold": 5.0}, []),
        ({"Threshold": 2.0, "EvaluationPeriods": 3}, [0, 10, 59, 60, 61, 130, 131, 132, 133]),
        ({"Threshold": 3.0, "EvaluationPeriods": 2}, []),
        ({"Threshold": 3.0, "EvaluationPeriods": 3, "DatapointsToAlarm": 2},
         [0, 10, 59, 130, 131, 132, 133]),
        ({"Threshold": 1.0, "EvaluationPeriods": 4}, []),
        ({"Period": 300, "Threshold": 9.0}, SECONDS[:-1]),
        ({"Statistic": "SampleCount"}, [0, 10, 59, 130, 131, 132, 133]),
        ({"Statistic": "Maximum", "Threshold": 1.0}, SECONDS),
        ({"Statistic": "Average", "Threshold": 1.5}, []),
    ],
)  # fmt: skip
def test_an_alarm_rings_where_cloudwatch_would(
    case: Case, tmp_path: Path, alarm: dict[str, object], expected: list[int]
) -> None:
    denied(case, tmp_path, SECONDS)
    assert rung(case, alarm) == expected


def test_an_alarm_adds_up_the_number_in_a_field(case: Case, tmp_path: Path) -> None:
    denied(case, tmp_path, [1, 2, 70])
    transformation = METRIC | {"metricValue": "$.requestParameters.maxItems"}
    one = DENIED | {"metricTransformations": [transformation]}
    chosen = rules_of_account([one], [ALARM | {"Threshold": 70.0}], "x", DEFAULTS)
    (told,) = found(case, chosen)
    assert len(told.events) == 1
    assert "the most is 70" in told.detail


@pytest.mark.parametrize(
    ("alarm", "reason"),
    [
        ({"ComparisonOperator": "LessThanThreshold"}, "rings by LessThanThreshold"),
        ({"Statistic": "p99"}, "statistic p99"),
        ({"Dimensions": [{"Name": "a", "Value": "b"}]}, "dimensions"),
        ({"Period": "x"}, "settings can't be read"),
        ({"Period": 0}, "no sense"),
    ],
)
def test_an_alarm_that_cannot_be_replayed_is_told(alarm: dict[str, object], reason: str) -> None:
    chosen = rules_of_account([DENIED], [ALARM | alarm], "x", DEFAULTS)
    assert not chosen.rules
    (said,) = chosen.passed_over
    assert reason in said


def test_a_pattern_of_an_account_that_cannot_be_read_is_told_and_the_others_run() -> None:
    bad = DENIED | {"filterName": "bad", "filterPattern": "{ $.a IS NOT NULL }"}
    chosen = rules_of_account([bad, DENIED], [], "1111 us-east-1", DEFAULTS)
    assert [rule.facts.id for rule in chosen.rules] == ["denied"]
    (said,) = chosen.refused
    assert "1111 us-east-1, trail: filter bad" in said
    assert "character 10" in said


def test_the_filters_and_alarms_of_an_account(
    lab: Laboratory, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, watch = lab.root.client("logs"), lab.root.client("cloudwatch")
    logs.create_log_group(logGroupName="trail")
    logs.put_metric_filter(
        logGroupName="trail", filterName="denied", filterPattern=DENIED["filterPattern"],
        metricTransformations=DENIED["metricTransformations"],
    )  # fmt: skip
    watch.put_metric_alarm(**ALARM)
    root = lab.root.credential
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", root.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", root.secret)
    session = AwsSession.open(region="us-east-1", endpoint_url=lab.account.endpoint)
    denied(case, tmp_path, SECONDS)
    chosen = read_account(session, DEFAULTS)
    assert [rule.facts.id for rule in chosen.rules] == ["denied/many-denied"]
    (told,) = found(case, chosen)
    assert len(told.events) == 7


def test_a_file_of_filters_that_the_aws_tool_printed(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "filters.json"
    path.write_text(json.dumps({"metricFilters": [DENIED], "MetricAlarms": [ALARM]}))
    denied(case, tmp_path, SECONDS)
    (told,) = found(case, read_filters(path))
    assert (told.about, len(told.events), told.rule) == ("", 7, "denied/many-denied")


GOOD = "- {id: good, title: Good, severity: low, pattern: '{ $.a = 1 }'}\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("- {id: x, title: X, severity: low, pattern: '{ $.a }'}", "character 7"),
        ("- {id: x, title: X, severity: bad, pattern: '{ $.a = 1 }'}", "no severity"),
        ("- {id: x, title: X, severity: low}", "no pattern"),
        ("- {id: x, title: X, severity: low, pattern: a, nope: 1}", "no key 'nope'"),
        ("- {id: x, title: X, severity: low, pattern: a, attack: [X1]}", "technique ids"),
        ("- {id: x, title: X, severity: low, pattern: a, threshold: 0}", "above 0"),
        ("- 7", "no filter"),
    ],
)
def test_a_filter_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "filters.yaml"
    path.write_text(f"{GOOD}{line}\n")
    chosen = read_filters(path)
    assert [rule.facts.id for rule in chosen.rules] == ["good"]
    (said,) = chosen.refused
    assert f"{path}:2: " in said
    assert reason in said


@pytest.mark.parametrize("text", ["{", "x: [", "7", "a: 1", "- &a 1\n- *a", "\xff"])
def test_a_file_that_is_no_list_of_filters_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "filters.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=str(path)):
        read_filters(path)


def test_the_shipped_filters_are_sound() -> None:
    chosen = shipped_filters()
    assert not chosen.refused
    assert 15 <= len(chosen.rules) <= 20
    assert all(rule.facts.attack and rule.facts.description for rule in chosen.rules)
