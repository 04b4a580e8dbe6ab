"""The table of what calls mean."""

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from trailtui.detect.enrich.meanings import FOLDER, Meaning, all_meanings, meaning

ROOT = Path(__file__).parents[3]
OF_IAAS = frozenset(
    """
    T1021.007 T1021.008 T1040 T1048 T1049 T1059.009 T1069.003 T1074.002 T1078.004 T1087.004
    T1098 T1098.001 T1098.003 T1098.004 T1119 T1136.003 T1201 T1213 T1213.006 T1485 T1485.001
    T1486 T1489 T1490 T1491.002 T1496 T1496.001 T1496.003 T1496.004 T1518.001 T1525 T1526
    T1528 T1530 T1531 T1535 T1537 T1546 T1548.005 T1550.001 T1552 T1552.005 T1555 T1555.006
    T1556 T1556.006 T1556.007 T1562.001 T1562.007 T1562.008 T1578 T1578.001 T1578.002
    T1578.003 T1578.005 T1580 T1606 T1619 T1648 T1651 T1654 T1666
    """.split()  # noqa: SIM905 - short to read
)
"""Ids of ATT&CK's matrix for IaaS, those that are used."""


def every() -> list[tuple[str, str, Meaning]]:
    return [
        (source, name, what)
        for source, calls in all_meanings().items()
        for name, what in calls.items()
    ]


def test_each_has_a_sentence_and_techniques_of_the_cloud() -> None:
    assert len(every()) >= 700
    for source, name, what in every():
        told = f"{source} {name}"
        assert re.fullmatch(r"[A-Z][^|\n]{10,110}\.", what.says), told
        assert what.says.isascii(), told
        assert what.attack, told
        assert set(what.attack) <= OF_IAAS, told
        assert len(set(what.attack)) == len(what.attack), told


def test_no_call_stands_twice_and_no_source_in_two_files() -> None:
    sources: list[str] = []
    for path in sorted(FOLDER.glob("meanings-*.yaml")):
        source = ""
        names: list[str] = []
        for line in path.read_text().splitlines():
            if match := re.fullmatch(r"([a-z0-9-]+\.amazonaws\.com):", line):
                source = match[1]
                sources.append(source)
            elif match := re.match(r"  (\w+): ", line):
                names.append(f"{source} {match[1]}")
        assert len(names) == len(set(names))
    assert len(sources) == len(set(sources))
    assert set(sources) == set(all_meanings())


def test_what_trail_discover_lists_is_there(shared_data: Path) -> None:
    listed = json.loads((shared_data / "traildiscover" / "events.json").read_text())
    missing = [
        (each["eventSource"], each["eventName"])
        for each in listed
        if meaning(each["eventSource"], each["eventName"]) is None
    ]
    assert not missing


def test_calls_that_our_filters_name_are_there() -> None:
    known = {name for _, name, _ in every()}
    filters = yaml.safe_load((FOLDER / "filters.yaml").read_text())
    named = {
        name
        for one in filters
        for name in re.findall(r'eventName *= *"?([A-Za-z*]+)"?', one["pattern"])
    }
    assert len(named) > 30
    assert not [name for name in named if not fnmatch.filter(known, name)]


def named_in(value: object) -> set[str]:
    """The names that a Sigma rule's detection tests, without those that have wildcards."""
    if isinstance(value, list):
        return {name for each in value for name in named_in(each)}
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, each in value.items():
        if str(key).partition("|")[0] == "eventName" and "|" not in str(key):
            listed = each if isinstance(each, list) else [each]
            found |= {str(name) for name in listed if "*" not in str(name)}
        else:
            found |= named_in(each)
    return found


def test_calls_that_our_sigma_rules_name_are_there() -> None:
    named: set[str] = set()
    for path in sorted(FOLDER.glob("sigma-*.yaml")):
        for rule in yaml.safe_load_all(path.read_text()):
            named |= named_in(rule)
    assert len(named) > 80
    assert not {name for name in named if not any(meaning(source, name) for source in SOURCES)}


def test_calls_that_our_queries_name_are_there() -> None:
    named = {
        name
        for path in sorted((ROOT / "queries").glob("*.yaml"))
        for text in re.findall(r"eventName(?: =| IN) *([^)]*?)(?:\)| AND|\n)", path.read_text())
        for name in re.findall(r"'([A-Z][A-Za-z0-9]+)'", text)
    }
    assert len(named) > 50
    assert not {name for name in named if not any(meaning(source, name) for source in SOURCES)}


SOURCES = tuple(all_meanings())


@pytest.mark.parametrize(
    ("source", "name", "risky"),
    [
        ("iam.amazonaws.com", "CreateAccessKey", True),
        ("sts.amazonaws.com", "GetCallerIdentity", False),
        ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", True),
        ("lambda.amazonaws.com", "Invoke", False),
        ("cloudfront.amazonaws.com", "CreateFunction2020_05_31", True),
        ("email.amazonaws.com", "GetSendQuota", False),
        ("bedrock-runtime.amazonaws.com", "InvokeModel", False),
        ("s3.amazonaws.com", "ListBuckets", False),
        ("cloudtrail.amazonaws.com", "StopLogging", True),
    ],
)
def test_a_call_is_found_by_source_and_name(source: str, name: str, risky: bool) -> None:
    found = meaning(source, name)
    assert found is not None
    assert found.risky is risky


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (None, None), ("", ""), ("iam.amazonaws.com", None), (None, "CreateUser"),
        ("ec2.amazonaws.com", "CreateUser"), ("iam.amazonaws.com", "createuser"),
        ("iam.amazonaws.com", "20150331"), ("\x1b]52;c;x\x07", "CreateUser"),
        ("iam.amazonaws.com", "0" * 100_000), ("iam.amazonaws.com", "CreateUser\n"),
    ],
)  # fmt: skip
def test_what_nobody_wrote_is_none(source: str | None, name: str | None) -> None:
    assert meaning(source, name) is None


def test_nothing_is_read_before_it_is_asked() -> None:
    code = (
        "import sys, trailtui.detect.enrich.meanings as m; "
        "assert 'yaml' not in sys.modules; assert m._table.cache_info().currsize == 0; "
        "assert m.meaning('iam.amazonaws.com', 'CreateUser').risky"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=60)
