"""The lineage from log files alone, held against the simulator's own ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.simulated import simulated_account
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import NodeKind, Tree, lineage
from trailtui.sim.incidents.stolen_key import BACKDOOR_USER, StolenKey

CREDENTIALS = (NodeKind.ACCESS_KEY, NodeKind.SESSION)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True)
class Played:
    incident: StolenKey
    tree: Tree


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    yield from play_one("stolen-key", tmp_path_factory.mktemp("stolen-key"))


def play_one(name: str, folder: Path) -> Iterator[Played]:
    with simulated_account(incident=name) as incident:
        incident.account.deliver(folder / "logs")
        with Case.create(folder / "lineage.case") as case:
            collect_files(case, [str(folder / "logs")])
            tree = lineage(case, incident.leaked_key, ms(incident.account.clock.now()))
        yield Played(incident, tree)


def test_all_credentials_and_no_false_ones(played: Played) -> None:
    ledger = played.incident.account.ledger
    expected = {entry.id for entry in ledger.descendants(played.incident.leaked_key)}
    found = {node.id for node in played.tree.descendants() if node.kind in CREDENTIALS}
    assert found == expected
    assert expected >= set(played.incident.attacker_credentials.values()) - {
        played.incident.leaked_key
    }


def test_parents_and_times_are_the_ledgers(played: Played) -> None:
    ledger, tree = played.incident.account.ledger, played.tree
    for entry in ledger.descendants(played.incident.leaked_key):
        node = tree.nodes[entry.id]
        edges = [edge for edge in tree.edges if edge.child == entry.id]
        assert [(edge.parent, edge.how) for edge in edges] == [
            (entry.issued_by, entry.issued_by_call)
        ]
        assert all(edge.events for edge in edges)
        assert node.issued_ms is not None
        assert abs(node.issued_ms - ms(entry.issued_at)) < 2000
        if entry.expires_at is not None:
            assert node.expires_ms is not None
            assert abs(node.expires_ms - ms(entry.expires_at)) < 2000


def test_what_is_live_is_what_the_enforcement_lets_through(played: Played) -> None:
    ledger = played.incident.account.ledger
    for node in played.tree.nodes.values():
        if node.kind in CREDENTIALS:
            assert (node.state == "live") == ledger.usable(node.id), node.id


def test_use_is_counted(played: Played) -> None:
    tree = played.tree
    second = played.incident.attacker_credentials["second-key"]
    assert tree.nodes[second].never_used
    role = tree.nodes[played.incident.attacker_credentials["role-session"]]
    records = played.incident.account.records
    signed = [r for r in records if r["userIdentity"].get("accessKeyId") == role.id]
    assert role.events == len(signed)


def test_the_user_its_password_and_its_policy(played: Played) -> None:
    tree = played.tree
    others = {node.name for node in tree.descendants() if node.kind not in CREDENTIALS}
    assert others == {BACKDOOR_USER}
    kinds = {node.kind for node in tree.descendants() if node.kind not in CREDENTIALS}
    assert kinds == {NodeKind.USER, NodeKind.LOGIN}
    assert [(one.call, one.target.rpartition("/")[2]) for one in tree.opened] == [
        ("AttachUserPolicy", BACKDOOR_USER)
    ]
    assert tree.opened[0].undone_ms is None
    assert tree.cut == ""
