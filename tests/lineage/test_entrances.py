"""Long intrusions in a simulated account, through every way in; the tree from its log files alone.

The ledger knows who asked for what. What services gave to machines and functions nobody asked for,
so these stand beside it.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lineage.test_against_ledger import CREDENTIALS, ms
from tests.sim.laboratory import ALLOW_ALL, NOON, Laboratory
from tests.sim.test_sim_entrances import PASSWORD, unsigned
from tests.simulated import empty_account, organisation
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import Certainty, NodeKind, Tree, lineage
from trailtui.sim.clients import Actor
from trailtui.sim.identity import Credential


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    with empty_account(seed=9, at=NOON) as account:
        yield Laboratory(account)


def used(lab: Laboratory, credential: Credential) -> Actor:
    """Someone who makes a call with a credential, a minute later."""
    lab.account.clock.advance(60)
    actor = lab.account.actor(credential)
    actor.client("s3").list_buckets()
    return actor


def tree(lab: Laboratory, root: str, folder: Path) -> Tree:
    lab.account.deliver(folder / "logs")
    with Case.create(folder / "lab.case") as case:
        collect_files(case, [str(folder / "logs")])
        return lineage(case, root, ms(lab.account.clock.now()))


def credentials(found: Tree) -> set[str]:
    return {node.id for node in found.descendants() if node.kind in CREDENTIALS}


def from_ledger(lab: Laboratory, root: str) -> set[str]:
    return {entry.id for entry in lab.account.ledger.descendants(root)}


def test_the_console_and_what_is_switched_to(lab: Laboratory, tmp_path: Path) -> None:
    eve, bob = lab.user("eve", ALLOW_ALL), lab.user("bob", ALLOW_ALL)
    admin = lab.role("admin", ALLOW_ALL)
    sign_in = lab.account.entrances.sign_in
    bob.client("iam").create_login_profile(UserName="bob", Password=PASSWORD)
    used(lab, sign_in("bob", PASSWORD))
    iam = eve.client("iam")
    iam.create_user(UserName="mallory")
    iam.put_user_policy(UserName="mallory", PolicyName="p", PolicyDocument=ALLOW_ALL)
    iam.create_login_profile(UserName="mallory", Password=PASSWORD)
    lab.account.clock.advance(600)
    session = sign_in("mallory", PASSWORD)
    used(lab, session)
    switched = lab.account.entrances.switch_role(session, admin)
    used(lab, switched)
    chained = lab.assume(used(lab, switched), lab.role("second", ALLOW_ALL))
    used(lab, chained.credential)
    lab.account.clock.advance(600)
    used(lab, sign_in("mallory", PASSWORD))
    guest = lab.federate(eve, Policy=ALLOW_ALL)
    used(lab, lab.account.entrances.console_of(guest.credential))
    found = tree(lab, eve.credential.id, tmp_path)
    assert credentials(found) == from_ledger(lab, eve.credential.id)
    assert found.nodes[chained.credential.id].state == "live"
    with Case.open(tmp_path / "lab.case", readonly=True) as case:
        back = lineage(case, chained.credential.id, ms(lab.account.clock.now()))
    assert credentials(back) == set()
    origins = [node.id for node in back.origins()]
    assert origins[0] == switched.id
    assert f"arn:aws:iam::{lab.account.number}:user/mallory" in origins
    assert eve.credential.id in origins  # and who made that one, in turn


def test_two_accounts(tmp_path: Path) -> None:
    with empty_account(seed=9, at=NOON) as account:
        lab = Laboratory(account)
        org = organisation(account, members=2)
        eve, bob = lab.user("eve", ALLOW_ALL), lab.user("bob", ALLOW_ALL)
        used(lab, lab.assume(bob, org.role(org.members[0]), "bob").credential)
        there = lab.assume(eve, org.role(org.members[0]), "eve")
        used(lab, there.credential)
        there.client("iam").create_user(UserName="left-behind")
        there.client("iam").create_access_key(UserName="left-behind")
        found = tree(lab, eve.credential.id, tmp_path)
        assert credentials(found) == from_ledger(lab, eve.credential.id)
        edge = next(one for one in found.edges if one.child == there.credential.id)
        assert len(edge.events) == 2
        assert found.nodes[there.credential.id].account == org.members[0]


def test_an_identity_provider_and_a_trust_anchor(lab: Laboratory, tmp_path: Path) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    provider = eve.client("iam").create_saml_provider(Name="evil", SAMLMetadataDocument="x" * 1001)[
        "SAMLProviderArn"
    ]
    statement = {
        "Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithSAML",
    }  # fmt: skip
    lab.iam.create_role(
        RoleName="by-saml",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    lab.iam.put_role_policy(RoleName="by-saml", PolicyName="p", PolicyDocument=ALLOW_ALL)
    role = f"arn:aws:iam::{lab.account.number}:role/by-saml"
    lab.account.clock.advance(60)
    said = lab.account.entrances.saml_assertion(provider, role, "anyone")
    made = unsigned(lab.account, "sts").assume_role_with_saml(
        RoleArn=role, PrincipalArn=provider, SAMLAssertion=said
    )
    by_saml = made["Credentials"]["AccessKeyId"]
    anywhere = eve.client("rolesanywhere")
    data = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": "pem"}}
    anchor = anywhere.create_trust_anchor(name="ca", enabled=True, source=data)["trustAnchor"]
    outside = lab.role("outside", ALLOW_ALL, trust={"Service": "rolesanywhere.amazonaws.com"})
    profile = anywhere.create_profile(name="p", roleArns=[outside], enabled=True)["profile"]
    lab.account.clock.advance(60)
    by_certificate = lab.account.entrances.roles_anywhere_session(
        anchor["trustAnchorArn"], profile["profileArn"], outside, "host-1"
    )
    found = tree(lab, eve.credential.id, tmp_path)
    assert credentials(found) == {by_saml, by_certificate.id}
    assert {n.id for n in found.descendants() if n.kind is NodeKind.PROVIDER} == {
        provider, anchor["trustAnchorArn"],
    }  # fmt: skip


def profile_of(lab: Laboratory) -> str:
    lab.role("machine", ALLOW_ALL, trust={"Service": "ec2.amazonaws.com"})
    lab.iam.create_instance_profile(InstanceProfileName="machine")
    lab.iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    return "machine"


def start(actor: Actor, profile: str) -> str:
    made: Any = actor.client("ec2").run_instances(
        ImageId="ami-0a1b2c3d4e5f60718", MinCount=1, MaxCount=1,
        IamInstanceProfile={"Name": profile},
    )  # fmt: skip
    return str(made["Instances"][0]["InstanceId"])


def test_an_instance_and_a_function(lab: Laboratory, tmp_path: Path) -> None:
    eve, bob = lab.user("eve", ALLOW_ALL), lab.user("bob", ALLOW_ALL)
    profile = profile_of(lab)
    others, mine = start(bob, profile), start(eve, profile)
    used(lab, lab.account.instance_session(others))
    on_it = lab.account.instance_session(mine)
    minted = lab.assume(used(lab, on_it), lab.role("second", ALLOW_ALL))
    worker = lab.role("worker", ALLOW_ALL, trust={"Service": "lambda.amazonaws.com"})
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def main(event, context): pass")
    for actor, name in ((bob, "theirs"), (eve, "mine")):
        actor.client("lambda").create_function(
            FunctionName=name, Role=worker, Runtime="python3.12", Handler="main.main",
            Code={"ZipFile": code.getvalue()},
        )  # fmt: skip
    lab.account.clock.advance(60)
    running = {name: lab.account.entrances.function_session(name).id for name in ("theirs", "mine")}
    found = tree(lab, eve.credential.id, tmp_path)
    assert credentials(found) == {on_it.id, minted.credential.id, running["mine"]}
    assert found.nodes[on_it.id].certainty is Certainty.INFERRED
    assert mine in found.nodes
    assert others not in found.nodes
