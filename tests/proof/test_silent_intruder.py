"""Each of the five intruders, who keeps still while it is contained.

The lineage from the log files is the ledger's; the plan ends all of it; what was done can be taken
back to the last byte; and keys alone are shown not to be enough. Every test leaves the account as
it found it, so that they share a play.
"""

from collections.abc import Iterator

import pytest

from tests.proof.scene import CREDENTIALS, Scene, case_of, scene_of
from trailtui.lineage.contained import contained
from trailtui.respond.action import Order
from trailtui.respond.containment import Entry
from trailtui.respond.registry import find_action
from trailtui.sim.scenarios import SCENARIOS

BESIDE = {
    "stolen-key": {"detach-user-policy"},
    "console-user": {"detach-user-policy"},
    "role-chain": {"detach-user-policy", "restore-role-trust"},
    "instance-credentials": {"isolate-instance", "stop-function", "detach-user-policy"},
    "log-tampering": {
        "start-logging",
        "restore-event-selectors",
        "recreate-trail",
        "restore-bucket-policy",
    },
}
"""What each plan has to hold beside denials, keys and revocations."""


@pytest.fixture(scope="module", params=sorted(SCENARIOS))
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patched, scene_of(request.param, folder, patched) as scene:
        yield scene


@pytest.fixture
def scene(played: Scene, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The play, with a case of its own for each test."""
    with case_of(played.folder, request.node.originalname) as case:
        yield Scene(played.name, played.incident, case, played.folder)


def test_the_lineage_is_the_ledgers(scene: Scene) -> None:
    tree = scene.tree()
    incident = scene.incident
    found = {node.id for node in tree.descendants() if node.kind in CREDENTIALS}
    assert found == incident.came_out()
    assert found >= set(incident.attacker_credentials.values()) - {incident.leaked_key}
    assert tree.cut == ""
    ledger = incident.account.ledger
    for node in tree.nodes.values():
        if node.kind in CREDENTIALS:
            assert (node.state == "live") == ledger.usable(node.id), node


def test_everything_is_ended_and_put_back_as_it_was(scene: Scene) -> None:
    incident = scene.incident
    before, usable = incident.account.state(), incident.usable()
    assert len(usable) > 1
    planned: set[str] = set()
    for account in scene.accounts:
        mark = len(incident.account.calls)
        found = scene.plan(account)
        assert incident.account.calls.mutating(since=mark) == []
        the_order_is_argued(found.plan.entries)
        planned |= {entry.action for entry in found.plan.entries}
        result = scene.carry_out(found.name, found.plan.account)
        assert result.is_good, result
    assert planned >= BESIDE[scene.name]
    assert incident.usable() == set()
    for account in scene.accounts:
        seen = scene.watch(account)
        assert seen.holds, seen
        assert seen.left_out == (), seen
    assert contained(scene.case, scene.tree()).holds
    assert incident.account.state() != before
    for account in reversed(scene.accounts):
        scene.undo(account)
    assert incident.account.state() == before
    assert incident.usable() == usable


def the_order_is_argued(entries: tuple[Entry, ...]) -> None:
    """Logging first, denials before keys, sessions after the ways to come in; each with why."""
    orders = [entry.order for entry in entries]
    assert orders == sorted(orders)
    assert {Order.DENY, Order.KEYS, Order.SESSIONS} <= set(orders)
    assert all(entry.why and entry.nodes for entry in entries)
    assert all(entry.again_after_s for entry in entries if entry.order == Order.SESSIONS)


def test_keys_alone_let_the_intruder_live_on(scene: Scene) -> None:
    """Why the plan is another one: what was made with a key outlives it, and makes new ones."""
    incident = scene.incident
    before = incident.account.state()
    cut: set[str] = set()
    for account in scene.accounts:
        keys = [w for w in scene.propose(account).wishes if w.action == "deactivate-access-key"]
        found = scene.plan(account, keys)
        assert any(
            "sessions that were made with them live on" in one for one in found.plan.warnings
        )
        assert scene.carry_out(found.name, account).is_good
        cut |= {wish.target for wish in keys}
    assert cut
    alive = incident.usable()
    assert alive
    assert not alive & cut
    assert all(incident.account.credential(one).temporary for one in alive)
    held = {one.id: word for word, one in incident.attacker.credentials().items()}
    assert all(incident.attacker.attempt(held[one]) for one in alive)
    assert not contained(scene.case, scene.tree()).holds
    assert not all(scene.watch(account).holds for account in scene.accounts)
    proposed: set[Order] = set()
    for account in scene.accounts:
        orders = [find_action(wish.action).order for wish in scene.propose(account).wishes]
        assert orders == sorted(orders)
        proposed |= set(orders)
    assert {Order.DENY, Order.SESSIONS} <= proposed
    for account in reversed(scene.accounts):
        scene.undo(account)
    assert incident.account.state() == before
