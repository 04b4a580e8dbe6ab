"""A simulated account with somebody to contain, and a responder who may do it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.respond.scene import Person, make_role, make_user, session_of
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.respond.arming import arm
from trailtui.sim.account import SimulatedAccount


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture(autouse=True)
def no_faults_left(account: SimulatedAccount) -> Iterator[None]:
    yield
    account.faults.clear()


@pytest.fixture
def victim(account: SimulatedAccount) -> Person:
    """A user whose key leaked."""
    return make_user(account)


@pytest.fixture
def stolen_role(account: SimulatedAccount) -> Person:
    """A role of which somebody holds a session."""
    return make_role(account)


@pytest.fixture(scope="module")
def responder(account: SimulatedAccount) -> Person:
    """A responder's role session."""
    return make_role(account)


@pytest.fixture
def aws(account: SimulatedAccount, responder: Person) -> AwsSession:
    return session_of(account, responder.credential)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with open_new_case(tmp_path / "contain.case", Opening()) as made:
        yield made


@pytest.fixture
def armed_case(case: Case, aws: AwsSession) -> Case:
    arm(case, aws)
    return case


@pytest.fixture
def no_wait() -> Callable[[float], None]:
    """Passes for sleeping."""
    return lambda _seconds: None
