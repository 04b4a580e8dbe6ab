"""Killed or stopped at any moment, a source goes on: nothing is lost, nothing asked for twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sources.driver import MOMENTS
from tests.sources.sources import SOURCES, Call, Source
from tests.sources.stage import Stage, staged
from trailtui.case import journal
from trailtui.case.events import page
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.collect.running import CollectResult
from trailtui.sim.journal import CallEntry

EVENTS = 300
EACH = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
NewCase = Callable[[], Case]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(EVENTS, hours=1) as made:
        yield made


@pytest.fixture(autouse=True)
def _places_are_free(stage: Stage) -> None:
    """Queries of those that were killed have ended by the time of the next test."""
    stage.account.world.engines.queries.clear()


@dataclass
class Driver:
    """The process that collects."""

    process: subprocess.Popen[str]
    stage: Stage
    runs: int = 0
    """The number of the last run; its calls carry it."""

    def does(self, job: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(job)}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def collect(self, case: Path, source: Source, moment: str = "", number: int = 0) -> int:
        root = self.stage.account.root
        self.runs += 1
        return self.does({
            "case": str(case), "source": source.name, "scene": self.stage.scene.as_json(),
            "key": root.id, "secret": root.secret, "moment": moment, "number": number,
            "run": f"run-{self.runs}",
        })  # fmt: skip


@pytest.fixture(scope="module")
def driver(stage: Stage) -> Iterator[Driver]:
    # what the machine has is not for the driver, whatever it is started with
    planted = {"AWS_PROFILE": "production", "AWS_SECRET_ACCESS_KEY": "of the machine"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sources.driver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **planted},
    ) as process:
        yield Driver(process, stage)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Count:
    """Calls of an operation from some moment on."""

    stage: Stage
    call: Call

    def __post_init__(self) -> None:
        self.mark = len(self.stage.account.calls)

    def taken(self) -> int:
        """How many were answered since the last time."""
        found = self._answered()
        self.mark = len(self.stage.account.calls)
        return len(found)

    def of_run(self, number: int) -> int:
        """How many were answered in one run; calls of a killed one may be answered after it."""
        return sum(f"case/run-{number} " in f"{one.user_agent} " for one in self._answered())

    def _answered(self) -> list[CallEntry]:
        found = self.stage.account.calls.of(self.call.operation, since=self.mark)
        return [
            one for one in found
            if one.service == self.call.service and one.error_code is None
        ]  # fmt: skip


def documents(case: Case) -> int:
    """How many answers with records are in the case; what was made of an answer is none."""
    rows = case.connection.execute(
        "SELECT count(*) FROM evidence_origins o JOIN evidence e ON e.id = o.evidence "
        "WHERE e.fetch IS NOT NULL AND e.kind <> 'derived'"
    )
    return int(rows.fetchone()[0])


def stored_in(path: Path) -> int:
    with Case.open(path) as case:
        return documents(case)


def seen_again(case: Case) -> int:
    return int(case.connection.execute("SELECT count(*) FROM sightings").fetchone()[0])


def is_complete(case: Case, stage: Stage, source: Source) -> None:
    ids = sorted(row.event_id for row in page(case, limit=10 * EVENTS).rows)
    assert ids == stage.ids(*source.holds)
    assert seen_again(case) == _WHOLE[source.name].seen_again
    assert all(fetch.state.whole for fetch in all_fetches(case))
    assert journal.verify(case).ok


@dataclass(frozen=True)
class Undisturbed:
    """A run that nothing happens to."""

    answers: int
    """Those with records."""
    queries: int
    seen_again: int
    """Events of the second in which two slices of Logs Insights meet."""


_WHOLE: dict[str, Undisturbed] = {}


def undisturbed(stage: Stage, source: Source, path: Path) -> Undisturbed:
    if source.name not in _WHOLE:
        answers, starts = Count(stage, source.brings), Count(stage, source.starts or source.brings)
        with Case.create(path) as case:
            assert source.run(case, stage.session, stage.scene).whole
            _WHOLE[source.name] = Undisturbed(answers.taken(), starts.taken(), seen_again(case))
        stage.account.world.engines.queries.clear()
    return _WHOLE[source.name]


@EACH
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_every_kind_of_moment(
    stage: Stage, driver: Driver, tmp_path: Path, source: Source, seed: int
) -> None:
    whole = undisturbed(stage, source, tmp_path / "whole.case")
    path = tmp_path / "killed.case"
    Case.create(path).close()
    answers = Count(stage, source.brings)
    chance = random.Random(f"{source.name} {seed}")
    moments = list(MOMENTS)
    chance.shuffle(moments)
    stored = kills = 0
    for moment in moments:
        number = chance.randint(1, 3) if moment in ("asking", "answered") else 1
        ended = driver.collect(path, source, moment, number)
        assert ended in (-signal.SIGKILL, 0)
        kills += ended != 0
        before, stored = stored, stored_in(path)
        assert stored - before <= answers.of_run(driver.runs)
    assert kills >= 2
    assert driver.collect(path, source) == 0
    # not one of those that were stored is asked for again, and each of the others once
    assert answers.of_run(driver.runs) == whole.answers - stored
    with Case.open(path) as case:
        is_complete(case, stage, source)
    if source.name == "athena":  # a start carries a token that was stored before it
        assert len(stage.account.world.engines.queries) == whole.queries


class _Stopper:
    """Stops a collect when it was asked so many times how it goes."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self, _: CollectResult) -> bool:
        self.left -= 1
        return self.left > 0


@EACH
@pytest.mark.parametrize("number", [1, 2, 4])
def test_stopped_it_goes_on_where_it_stood(
    stage: Stage, new_case: NewCase, impatient: None, tmp_path: Path, source: Source, number: int
) -> None:
    whole = undisturbed(stage, source, tmp_path / "whole.case")
    case = new_case()
    answers = Count(stage, source.brings)
    first = source.run(case, stage.session, stage.scene, progress=_Stopper(number))
    assert first.whole or first.cancelled
    stored = documents(case)
    assert answers.taken() == stored  # what was under way was waited for and kept
    assert source.run(case, stage.session, stage.scene).whole
    assert answers.taken() == whole.answers - stored
    is_complete(case, stage, source)


def test_the_process_that_collects_has_no_way_out(driver: Driver) -> None:
    walls = driver.does("walls")
    assert walls["found"] == ["AWS_EC2_METADATA_DISABLED"]
    assert walls["reached"] == "a test tried to reach 192.0.2.1"
