"""`collect CASE lookup --follow` as it is typed: what it says, and what it ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.sources import typed
from tests.sources.stage import Stage, staged
from trailtui.case import journal

FOLLOW = ("collect", "one", "lookup", "--follow", "--every", "5")
PLACES = ("--region", "us-east-1,eu-west-1")


class _StopsAfter(list[bool]):
    """Empty for so many looks, then filled: somebody pressed Ctrl-C."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def __bool__(self) -> bool:
        self._looks -= 1
        return self._looks < 0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(60, hours=0.2) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm(
    impatient: None, no_faults_left: None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed.work_as(stage.account.root, stage.scene, monkeypatch)
    monkeypatch.setattr("trailtui.cli.collect_lookup.threading.Event.wait", lambda *_: True)
    typed.run("new", "one")


@pytest.fixture
def ctrl_c_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def after(looks: int) -> None:
        @contextmanager
        def interruptible(_: str) -> Iterator[list[bool]]:
            yield _StopsAfter(looks)

        monkeypatch.setattr("trailtui.cli.collect_lookup.interruptible", interruptible)

    return after


def _logged() -> list[object]:
    with typed.opened("one") as case:
        return [one.what["follow"] for one in journal.entries(case, kinds=("follow",))]


def test_what_is_denied_everywhere_ends_it_with_4(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account.faults.add("cloudtrail", "LookupEvents", "access_denied", None)
    assert typed.run(*FOLLOW, *PLACES) == 4
    said = capsys.readouterr().err
    assert said.count("eu-west-1: denied") == 1
    assert "every place denies it" in said
    assert _logged() == ["begin", "end"]


def test_credentials_that_are_over_end_it_with_4(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account.faults.add("cloudtrail", "LookupEvents", "expired", None)
    assert typed.run(*FOLLOW, *PLACES) == 4
    assert "Sign in again" in capsys.readouterr().err
    assert _logged() == ["begin", "end"]


def test_one_place_that_denies_is_told_once_and_the_others_go_on(
    stage: Stage, ctrl_c_after: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account.faults.add(
        "cloudtrail", "LookupEvents", "access_denied", None, region="eu-west-1"
    )
    ctrl_c_after(400)
    assert typed.run(*FOLLOW, *PLACES) == 0
    said = capsys.readouterr().err
    assert "Following everything (--entities: only what the case is about) in 2 places" in said
    assert said.count("eu-west-1: denied") == 1
    rounds = len(stage.account.calls.of("LookupEvents"))
    assert rounds > 4
    assert _logged()[0] == "begin" and _logged()[-1] == "end"


def test_nobody_knows_what_following_takes() -> None:
    assert typed.run(*FOLLOW, "--estimate") == 2
