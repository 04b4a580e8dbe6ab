"""Each of the five intruders, who answers while it is contained.

A change in IAM takes eight seconds to be in force. Meanwhile the intruder tries all it has, every
five seconds, and makes new credentials with what still works. The responder does what the product
says: plan, apply, watch, and plan again what the watch proposes, until it proposes nothing.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proof.scene import CREDENTIALS, PROPAGATION_S, Scene, scene_of
from trailtui.lineage.contained import contained
from trailtui.playbook.judging import THROUGH
from trailtui.sim.incidents.fighting import tear_down
from trailtui.sim.scenarios import SCENARIOS

MOST_ROUNDS = 3


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_at_the_end_nothing_works_and_the_product_says_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene_of(name, tmp_path, monkeypatch, propagation=PROPAGATION_S) as scene:
        scene.reacting = True
        for account in scene.accounts:
            scene.contain(account)
        assert scene.made, "the intruder slept"
        follow_the_watch(scene)
        scene.reacting = False
        scene.sleep(300)
        nothing_works(scene)
        the_product_is_right(scene)


def test_a_denial_that_was_deleted_while_it_spread_is_seen_and_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, six seconds after the first denial, the intruder takes back all it finds.

    One who does so again and again, quicker than IAM spreads, wins every time: what that takes is a
    policy of the organisation, out of its reach (docs/simulator.md).
    """
    with scene_of("stolen-key", tmp_path, monkeypatch, propagation=PROPAGATION_S) as scene:
        incident, account = scene.incident, scene.accounts[0]
        incident.attacker.habits = replace(incident.attacker.habits, fight=tear_down, patience=0)
        scene.reacting, scene.reacts_at_s, scene.reacts_every_s = True, 6.0, 1000.0
        mark = len(incident.account.calls)
        scene.contain(account)
        sent = [(one.operation, one.credential_id) for one in incident.account.calls.mutating(mark)]
        theirs = set(incident.attacker_credentials.values())
        assert {"DeleteUserPolicy", "UpdateAccessKey"} & {o for o, by in sent if by in theirs}
        assert incident.usable(), "nothing was taken back"
        seen = scene.watch(account)
        assert not seen.holds
        assert "not-holding" in {outcome.state for outcome in seen.outcomes}
        follow_the_watch(scene)
        scene.reacting = False
        scene.sleep(300)
        nothing_works(scene)
        the_product_is_right(scene)


def follow_the_watch(scene: Scene) -> None:
    """Watch in each account and do what is proposed, until nothing is."""
    for _ in range(MOST_ROUNDS):
        rounds = {account: scene.watch(account) for account in scene.accounts}
        if all(seen.holds and not seen.left_out for seen in rounds.values()):
            return
        for account, seen in rounds.items():
            if seen.wishes:
                scene.contain(account, seen.wishes)
    raise AssertionError(f"the watch never came to rest: {rounds}")


def nothing_works(scene: Scene) -> None:
    """Rested, and with everything it has, the intruder gets nothing any more."""
    incident = scene.incident
    assert incident.usable() == set()
    attacker = incident.attacker
    attacker.habits = replace(attacker.habits, patience=len(attacker.made) + 10)
    mark = len(incident.account.calls)
    attacker.react()
    assert not any(attacker.state().values()), attacker.state()
    made = incident.account.calls.mutating(since=mark)
    assert [one.operation for one in made if one.allowed] == []
    assert incident.usable() == set()


def the_product_is_right(scene: Scene) -> None:
    """The watch holds, the tree is answered for, and it knows all that the intruder ever got."""
    for account in scene.accounts:
        seen = scene.watch(account)
        assert seen.holds, seen
        assert seen.left_out == ()
        assert all(one.verdict != THROUGH for one in seen.judged)
    tree = scene.tree()
    assert contained(scene.case, tree).holds
    found = {node.id for node in tree.descendants() if node.kind in CREDENTIALS}
    assert found == scene.incident.came_out()
