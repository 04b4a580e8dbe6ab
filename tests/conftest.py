"""What every test may use. No test reaches the network, the user's cases or the user's AWS."""

import gc
import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import reading_only
from trailtui.case.file import Case

reading_only.watch_all_calls()

# A busy machine is no failure. Elsewhere each run tries other examples; continuous integration
# judges a change, so there the examples are the same every time.
settings.register_profile("any machine", deadline=None)
settings.register_profile("continuous integration", deadline=None, derandomize=True)
settings.load_profile("continuous integration" if os.environ.get("CI") else "any machine")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"

for name in [name for name in os.environ if name.startswith(("AWS_", "TRAILTUI_"))]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

_connect = socket.socket.connect


def _connect_to_loopback(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else "127.0.0.1"
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {host}")
    _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    monkeypatch.setattr(socket.socket, "connect", _connect_to_loopback)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty case folder, so that a test never meets the user's own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TRAILTUI_HOME", str(folder))
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_changes_unbidden() -> Iterator[None]:
    """Fail where the program changed something of a simulated account outside an action."""
    reading_only.unbidden.clear()
    yield
    assert reading_only.unbidden == []


_ended = itertools.count(1)


def pytest_runtest_teardown() -> None:
    """Free what went in circles: a screen and its exceptions, with the connections they hold.

    Python looks at old objects only when there are a quarter more of them; by then a run would
    have a thousand open files and gigabytes.
    """
    if next(_ended) % 60 == 0:
        gc.collect()


@pytest.fixture
def shared_data() -> Path:
    """Real records, where they lie beside the checkout; the test is skipped where they do not."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real records (shared/data) is not beside this checkout")
    return SHARED_DATA


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """An empty case."""
    with Case.create(tmp_path / "test.case") as made:
        yield made
