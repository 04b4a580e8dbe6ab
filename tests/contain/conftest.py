"""The stolen key's incident, a case with its log files, a responder and a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contain.scene import Clock, Sleep, moved_on, responder_of
from tests.simulated import simulated_account
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.sim.incidents.stolen_key import StolenKey


@pytest.fixture
def incident() -> Iterator[StolenKey]:
    with simulated_account(hours=3) as played:
        yield played


@pytest.fixture
def case(tmp_path: Path, incident: StolenKey) -> Iterator[Case]:
    folder = tmp_path / "logs"
    incident.account.deliver(folder)
    with open_new_case(tmp_path / "whole.case", Opening()) as made:
        collect_files(made, [str(folder)], workers=0)
        yield made


@pytest.fixture
def aws(incident: StolenKey) -> AwsSession:
    return responder_of(incident)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return moved_on(monkeypatch)


@pytest.fixture
def sleep(clock: Clock) -> Sleep:
    return clock.sleep
