"""Every incident of the simulator: its credentials are found from the log files alone."""

from pathlib import Path

import pytest

from tests.lineage.test_against_ledger import CREDENTIALS, play_one
from trailtui.sim.incidents import INCIDENTS


@pytest.mark.parametrize("name", sorted(INCIDENTS))
def test_every_incidents_credentials_are_found_and_no_others(name: str, tmp_path: Path) -> None:
    playing = play_one(name, tmp_path)
    played = next(playing)
    found = {node.id for node in played.tree.descendants() if node.kind in CREDENTIALS}
    try:
        assert played.incident.came_out()
        assert found == played.incident.came_out()
    finally:
        playing.close()  # type: ignore[attr-defined]
