"""What tests over all sources share: an account with events in it, and nobody who waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources.stage import Stage
from trailtui.case.file import Case
from trailtui.collect.engines import run_engine
from trailtui.collect.running import Stop


def _at_once(_seconds: float, stop: Stop) -> bool:
    return not stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits take no time, in botocore and between polls."""
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    monkeypatch.setattr("trailtui.collect.pacing.Pacer.back_off", lambda *_: None)
    monkeypatch.setitem(run_engine.__kwdefaults__, "wait", _at_once)


@pytest.fixture
def new_case(tmp_path: Path) -> Iterator[Callable[[], Case]]:
    """Makes empty cases, open for writing."""
    made: list[Case] = []

    def make() -> Case:
        made.append(Case.create(tmp_path / f"case-{len(made)}.case"))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def no_faults_left(stage: Stage) -> Iterator[None]:
    """What a test lets go wrong does not go wrong in the next one."""
    yield
    stage.account.faults.clear()
