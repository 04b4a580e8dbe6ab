"""From the credential that an alert names to the one that everything came out of."""

from pathlib import Path

import pytest

from tests.proof.scene import scene_of
from trailtui.lineage.contained import contained
from trailtui.lineage.nodes import Certainty, Place
from trailtui.lineage.tree import lineage
from trailtui.sim.scenarios import SCENARIOS


@pytest.mark.parametrize("name", ["console-user", "instance-credentials"])
def test_what_the_alert_names_leads_to_the_first_credential(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert name in SCENARIOS
    with scene_of(name, tmp_path, monkeypatch) as scene:
        incident = scene.incident
        now_ms = incident.account.clock.now_ms()
        tree = lineage(scene.case, incident.alerted_credential.id, now_ms)
        assert incident.leaked_key in tree.nodes
        asked = {one.id for one in contained(scene.case, tree).unanswered}
        assert incident.leaked_key in asked
        held = set(incident.attacker_credentials.values())
        assert held <= set(tree.nodes)


def test_of_several_who_were_on_the_instance_none_is_accused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene_of("instance-credentials", tmp_path, monkeypatch) as scene:
        account, incident = scene.incident.account, scene.incident
        tree = lineage(scene.case, incident.alerted_credential.id, account.clock.now_ms())
        key = tree.nodes[incident.leaked_key]
        assert (key.place, key.certainty) == (Place.ORIGIN, Certainty.INFERRED)
        instance = next(node.id for node in tree.origins() if node.id.startswith("i-"))
        iam = account.actor(account.root).client("iam")
        other = iam.create_access_key(UserName="alice.admin")["AccessKey"]["AccessKeyId"]
        alice = account.actor(account.credential(other))
        alice.client("ssm").start_session(Target=instance)
        scene.take_new_files()
        tree = lineage(scene.case, incident.alerted_credential.id, account.clock.now_ms())
        assert incident.leaked_key not in tree.nodes
        assert {one.id for one in tree.also} == {incident.leaked_key, other}
