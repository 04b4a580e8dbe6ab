"""What a command ends with: 0 where all came, 4 where AWS refused, whichever source it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources import typed
from tests.sources.sources import SOURCES, Call, Source
from tests.sources.stage import Stage, staged
from trailtui.case.events import count
from trailtui.case.fetches import all_fetches

EVENTS = 60
EACH = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
BEFORE_ANYTHING = {
    "s3": Call("cloudtrail", "DescribeTrails"),
    "athena": Call("athena", "GetTableMetadata"),
    "insights": Call("cloudtrail", "DescribeTrails"),
    "lake": Call("cloudtrail", "ListEventDataStores"),
}
"""What a source can't even begin without."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(EVENTS, hours=0.2) as made:
        made.account.world.engines.polls = 0
        yield made


@pytest.fixture(autouse=True)
def _calm(
    impatient: None, no_faults_left: None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed.work_as(stage.account.root, stage.scene, monkeypatch)
    typed.run("new", "one")


@EACH
def test_all_came(stage: Stage, source: Source) -> None:
    assert typed.collect("one", stage.scene, source) == 0
    with typed.opened("one") as case:
        assert count(case) == len(stage.ids(*source.holds))


@EACH
@pytest.mark.parametrize("kind", ["access_denied", "throttle", "expired"])
def test_refused(
    stage: Stage, source: Source, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = source.brings
    stage.account.faults.add(call.service, call.operation, kind, None)
    assert typed.collect("one", stage.scene, source) == 4
    said = capsys.readouterr().err.lower()
    wanted = {
        "access_denied": f"{call.service}:{call.operation}".lower(),
        "throttle": "throttl",
        "expired": "expired",
    }
    assert wanted[kind] in said
    with typed.opened("one") as case:
        assert count(case) == 0
        assert any(not fetch.state.whole for fetch in all_fetches(case))


@pytest.mark.parametrize("name", BEFORE_ANYTHING)
def test_refused_before_anything_was_asked(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = BEFORE_ANYTHING[name]
    stage.account.faults.add(call.service, call.operation, "access_denied", None)
    assert typed.collect("one", stage.scene, SOURCES[name]) == 4
    assert f"{call.service}:{call.operation}" in capsys.readouterr().err


def test_a_region_that_denies_leaves_the_others_and_the_code_says_it(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account.faults.add(
        "cloudtrail", "LookupEvents", "access_denied", None, region="eu-west-1"
    )
    assert typed.collect("one", stage.scene, SOURCES["lookup"]) == 4
    assert "eu-west-1" in capsys.readouterr().err
    with typed.opened("one") as case:
        regions = {
            row[0] for row in case.connection.execute("SELECT DISTINCT awsRegion FROM events")
        }
        assert regions == {"us-east-1"}


def test_what_is_there_already_is_said_and_asked_of_nobody(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    lookup = SOURCES["lookup"]
    assert typed.collect("one", stage.scene, lookup) == 0
    mark = len(stage.account.calls)
    capsys.readouterr()
    assert typed.collect("one", stage.scene, lookup) == 0
    assert "All of it is in the case already" in capsys.readouterr().err
    assert stage.account.calls.of("LookupEvents", since=mark) == []


def test_a_role_that_is_not_there_is_named_with_its_cure(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--role", "nobody", "--account", stage.scene.account, "--region", "us-east-1")
    assert typed.run("collect", "one", "lookup", *stage.scene.span, *words) == 4
    said = capsys.readouterr().err
    assert "role/nobody" in said and "The role must exist" in said
    assert "1 part did not come whole" in said
    assert "is not asked" not in said


def test_a_source_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed.run("collect", "one", "cloudwatch") == 2
    assert "lookup, s3, athena, insights, lake, findings" in capsys.readouterr().err
