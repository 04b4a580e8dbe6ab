"""Every incident of the simulator: its credentials are found from the log files alone."""

from pathlib import Path

import pytest

from tests.lineage.test_against_ledger import CREDENTIALS, play_one
from trailtui.lineage.tree import Certainty
from trailtui.sim.incidents import INCIDENTS


@pytest.mark.parametrize("name", sorted(INCIDENTS))
def test_every_incidents_credentials_are_found(name: str, tmp_path: Path) -> None:
    """Beyond the ledger's there may only be what services gave to machines that were reached."""
    playing = play_one(name, tmp_path)
    played = next(playing)
    ledger, tree = played.incident.account.ledger, played.tree
    expected = {entry.id for entry in ledger.descendants(played.incident.leaked_key)}
    found = {node.id: node for node in tree.descendants() if node.kind in CREDENTIALS}
    try:
        assert expected
        assert expected <= set(found)
        for other in set(found) - expected:
            assert ledger[other].issued_by is None
            assert found[other].certainty is Certainty.INFERRED
    finally:
        playing.close()  # type: ignore[attr-defined]
