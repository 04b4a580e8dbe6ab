"""`--estimate` of every source prints a row, takes nothing, and is in the action log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.records import record, write_log_file
from tests.sources import typed
from tests.sources.sources import SOURCES
from tests.sources.stage import Stage, staged
from trailtui.case import journal
from trailtui.case.fetches import all_fetches

COLUMNS = {"source", "requests", "minutes", "bytes", "dollars"}
FINDINGS = ("--region", "us-east-1,eu-west-1")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(60, hours=0.2) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm(impatient: None, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.work_as(stage.account.root, stage.scene, monkeypatch)
    typed.run("new", "one")


def _words(source: str, folder: Path) -> tuple[str, ...]:
    if source == "files":
        write_log_file(folder / "a.json.gz", [record(1)])
        return (str(folder),)
    return FINDINGS if source == "findings" else SOURCES[source].words


@pytest.mark.parametrize("source", [*SOURCES, "files", "findings"])
def test_an_estimate(
    stage: Stage, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = _words(source, tmp_path)
    window = () if source == "files" else stage.scene.span
    capsys.readouterr()
    asked = ("collect", "one", source, *words, *window, "--estimate", "--format", "json")
    assert typed.run(*asked) == 0
    printed = capsys.readouterr()
    (row,) = json.loads(printed.out)
    assert row.keys() == COLUMNS
    assert row["source"] == source
    assert row["requests"] > 0 or row["bytes"] > 0
    assert "(" in printed.err
    with typed.opened("one") as case:
        logged = [one.what for one in journal.entries(case, kinds=("collect",))]
        assert [(one["source"], one["estimated"]) for one in logged] == [(source, True)]
        assert logged[0]["requests"] == row["requests"]
        assert all_fetches(case) == []


def test_findings_that_were_asked_just_now_cost_nothing(
    capsys: pytest.CaptureFixture[str], stage: Stage
) -> None:
    asked = ("collect", "one", "findings", *FINDINGS, *stage.scene.span)
    assert typed.run(*asked) == 0
    capsys.readouterr()
    requests: list[int] = []
    for more in ((), ("--again",)):
        assert typed.run(*asked, *more, "--estimate", "--format", "json") == 0
        requests.append(json.loads(capsys.readouterr().out)[0]["requests"])
    assert requests == [0, 14]


def test_a_finding_in_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert typed.run("collect", "one", "findings", str(tmp_path / "a.json"), "--estimate") == 2
