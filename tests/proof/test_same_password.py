"""What the phished password taught: further sign-ins with it, and how the watch judges them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lineage.test_entrances import credentials, tree
from tests.proof.scene import scene_of
from tests.sim.laboratory import ALLOW_ALL, NOON, Laboratory
from tests.sim.test_sim_entrances import PASSWORD
from tests.simulated import empty_account
from trailtui.lineage.nodes import Certainty
from trailtui.playbook.judging import ALIKE, SPREADING
from trailtui.sim.identity import Credential
from trailtui.sim.signin import Place

THEIRS, OFFICE = Place(source_ip="192.0.2.18"), Place(source_ip="198.51.100.31")


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    with empty_account(seed=9, at=NOON) as account:
        yield Laboratory(account)


def sign_in(lab: Laboratory, place: Place, user: str = "nadia") -> Credential:
    """A sign-in, and a call a minute later."""
    session = lab.account.entrances.sign_in(user, PASSWORD, place=place)
    lab.account.clock.advance(60)
    lab.account.actor(session, place.source_ip).client("s3").list_buckets()
    lab.account.clock.advance(540)
    return session


def test_later_sign_ins_from_the_same_address_belong_to_the_tree(
    lab: Laboratory, tmp_path: Path
) -> None:
    for name in ("nadia", "other"):
        lab.user(name, ALLOW_ALL)
        lab.iam.create_login_profile(UserName=name, Password=PASSWORD)
    sign_in(lab, OFFICE)
    sign_in(lab, THEIRS)
    first = sign_in(lab, THEIRS)
    second = sign_in(lab, THEIRS)
    minted = lab.account.actor(second).client("iam").create_access_key(UserName="other")
    sign_in(lab, OFFICE)
    sign_in(lab, THEIRS, user="other")
    found = tree(lab, first.id, tmp_path)
    assert credentials(found) == {second.id, minted["AccessKey"]["AccessKeyId"]}
    assert found.nodes[second.id].certainty is Certainty.INFERRED


def test_what_a_denied_user_does_is_judged_by_the_denial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that no event of the case issued, used from the intruder's address."""
    with scene_of("stolen-key", tmp_path, monkeypatch, propagation=8) as scene:
        account, attacker = scene.incident.account, scene.incident.attacker
        with account.unrecorded():
            made = attacker.held["key"].client("sts").get_session_token()
        attacker.habits = replace(attacker.habits, ways=())
        stray = attacker.hold_id("stray", made["Credentials"]["AccessKeyId"]).credential.id
        scene.reacting = True
        scene.contain(account.number)
        assert stray not in scene.tree().nodes
        seen = scene.watch(account.number)
        judged = [one for one in seen.judged if one.node == stray]
        assert {one.verdict for one in judged} == {SPREADING}
        assert all("as the intruder was" in one.says for one in judged)
        assert seen.holds
        assert not attacker.attempt("stray")


def test_what_nobody_denied_is_bad_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of somebody else: nothing was done against them, and that is said."""
    with scene_of("stolen-key", tmp_path, monkeypatch) as scene:
        account, attacker = scene.incident.account, scene.incident.attacker
        iam = account.actor(account.root).client("iam")
        with account.unrecorded():
            made = iam.create_access_key(UserName="ci-pipeline")["AccessKey"]["AccessKeyId"]
        scene.contain(account.number)
        attacker.hold_id("stray", made, lambda actor: actor.client("lambda").list_functions())
        assert attacker.attempt("stray")
        seen = scene.watch(account.number)
        assert [one.verdict for one in seen.judged if one.node == made] == [ALIKE]
        assert not seen.holds
