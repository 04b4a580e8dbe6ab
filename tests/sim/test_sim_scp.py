"""Service control policies, boundaries, roles of AWS's, and the window in which changes spread."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sim.laboratory import ALLOW_ALL, DENY_ALL, NOON, Laboratory, outcome, policy, statement
from tests.simulated import Organised, empty_account, organisation
from trailtui.sim.clients import Actor


@pytest.fixture
def org() -> Iterator[Organised]:
    with empty_account(seed=11, at=NOON) as account:
        yield organisation(account, 2)


def orgs(org: Organised) -> Any:
    return org.admin.client("organizations")


def root_id(org: Organised) -> str:
    return str(orgs(org).list_roots()["Roots"][0]["Id"])


def attach(org: Organised, document: str, target: str, name: str = "stop") -> str:
    made = orgs(org).create_policy(
        Name=name, Description="", Type="SERVICE_CONTROL_POLICY", Content=document
    )
    number = made["Policy"]["PolicySummary"]["Id"]
    orgs(org).attach_policy(PolicyId=number, TargetId=target)
    return str(number)


def user_in(org: Organised, member: str, name: str, *documents: str) -> Actor:
    iam = org.enter(member).client("iam")
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    return org.account.actor(org.account.credential(key))


def buckets(actor: Actor) -> str:
    return outcome(actor.client("s3").list_buckets)


def test_without_another_policy_members_may_do_what_their_policies_say(org: Organised) -> None:
    assert buckets(user_in(org, org.members[0], "eve", ALLOW_ALL)) == "allowed"


@pytest.mark.parametrize("where", ["root", "unit", "account"])
def test_a_denial_keyed_on_a_principal_binds_it_alone(org: Organised, where: str) -> None:
    member, other = org.members
    eve, mia = (user_in(org, member, name, ALLOW_ALL) for name in ("eve", "mia"))
    target = {"root": root_id(org), "account": member}.get(where, "")
    if where == "unit":
        unit = orgs(org).create_organizational_unit(ParentId=root_id(org), Name="team")
        target = unit["OrganizationalUnit"]["Id"]
        orgs(org).move_account(
            AccountId=member, SourceParentId=root_id(org), DestinationParentId=target
        )
    one = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{member}:user/eve"}}
    number = attach(org, policy(statement("Deny", condition=one)), target)
    assert buckets(eve) == "AccessDenied"
    assert buckets(mia) == "allowed"
    assert buckets(user_in(org, other, "eve", ALLOW_ALL)) == "allowed"
    assert not org.account.ledger.usable(eve.credential.id)
    orgs(org).detach_policy(PolicyId=number, TargetId=target)
    assert buckets(eve) == "allowed"


def test_sessions_of_a_role_are_denied_by_the_roles_arn(org: Organised) -> None:
    member = org.members[0]
    iam = org.enter(member).client("iam")
    trust = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    )
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=ALLOW_ALL)
    arn = f"arn:aws:iam::{member}:role/worker"
    made = org.admin.client("sts").assume_role(RoleArn=arn, RoleSessionName="work")
    session = org.admin.with_credential(org.account.credential(made["Credentials"]["AccessKeyId"]))
    assert buckets(session) == "allowed"
    attach(org, policy(statement("Deny", condition={"ArnLike": {"aws:PrincipalArn": arn}})), member)
    with pytest.raises(ClientError, match="explicit deny in a service control policy"):
        session.client("iam").list_users()


def test_the_management_account_is_not_bound(org: Organised) -> None:
    attach(org, DENY_ALL, root_id(org))
    assert buckets(org.admin) == "allowed"
    assert buckets(org.enter(org.members[0])) == "AccessDenied"


def test_roles_of_aws_services_are_not_bound(org: Organised) -> None:
    member = org.members[0]
    org.enter(member).client("iam").create_service_linked_role(
        AWSServiceName="autoscaling.amazonaws.com"
    )
    attach(org, DENY_ALL, member)
    names = org.account.world.iam.view(member).roles
    linked = next(role for role in names.values() if role.service_linked)
    credential = org.account.service_session(
        linked.name, "work", "autoscaling.amazonaws.com", account=member
    )
    asked = outcome(org.account.actor(credential).client("ec2").describe_regions)
    # Its own policies still decide: moto gives it none, so that it is denied, but not by those.
    assert asked == "UnauthorizedOperation"
    assert "service control policy" not in str(org.account.records[-1]["errorMessage"])


def test_every_level_must_allow(org: Organised) -> None:
    member = org.members[0]
    eve = user_in(org, member, "eve", ALLOW_ALL)
    attach(org, policy(statement("Allow", ["s3:*", "organizations:*"])), member, "only-s3")
    orgs(org).detach_policy(PolicyId="p-FullAWSAccess", TargetId=member)
    assert buckets(eve) == "allowed"
    with pytest.raises(ClientError, match="no service control policy allows"):
        eve.client("iam").list_users()
    again = outcome(orgs(org).detach_policy, PolicyId="p-FullAWSAccess", TargetId=member)
    assert again == "PolicyNotAttachedException"


def test_the_last_policy_stays_and_members_may_not_touch_policies(org: Organised) -> None:
    member = org.members[0]
    detach = orgs(org).detach_policy
    assert outcome(detach, PolicyId="p-FullAWSAccess", TargetId=member) == (
        "ConstraintViolationException"
    )
    theirs = org.enter(member).client("organizations").detach_policy
    assert outcome(theirs, PolicyId="p-FullAWSAccess", TargetId=member) == "AccessDeniedException"


def test_attaching_needs_the_kind_to_be_enabled(org: Organised) -> None:
    orgs(org).disable_policy_type(RootId=root_id(org), PolicyType="SERVICE_CONTROL_POLICY")
    with pytest.raises(ClientError, match="PolicyTypeNotEnabledException"):
        attach(org, DENY_ALL, org.members[0])


def test_a_service_control_policy_takes_its_time_like_iam(org: Organised) -> None:
    member = org.members[0]
    eve = user_in(org, member, "eve", ALLOW_ALL)
    org.account.propagation_seconds = 4
    attach(org, DENY_ALL, member)
    assert buckets(eve) == "allowed"
    org.account.clock.advance(3.9)
    assert buckets(eve) == "allowed"
    org.account.clock.advance(0.2)
    assert buckets(eve) == "AccessDenied"


@pytest.mark.parametrize("change", ["key", "policy", "boundary", "deleted"])
def test_inside_the_window_a_call_still_gets_through(lab: Laboratory, change: str) -> None:
    eve = lab.user("eve", ALLOW_ALL)
    lab.account.propagation_seconds = 3
    deny = "arn:aws:iam::aws:policy/AWSDenyAll"
    match change:
        case "key":
            lab.set_key(eve, "Inactive")
        case "deleted":
            lab.iam.delete_access_key(UserName="eve", AccessKeyId=eve.credential.id)
        case "policy":
            lab.iam.put_user_policy(UserName="eve", PolicyName="no", PolicyDocument=DENY_ALL)
        case _:
            lab.iam.put_user_permissions_boundary(UserName="eve", PermissionsBoundary=deny)
    assert buckets(eve) == "allowed"
    # Inside the window the intruder mints something new, which outlives the cut.
    fresh = eve.client("iam").create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    lab.account.clock.advance(3.1)
    assert buckets(eve) != "allowed"
    newer = lab.account.actor(lab.account.credential(fresh))
    assert (buckets(newer) == "allowed") == (change in ("key", "deleted"))


def test_a_boundary_bounds_users_and_roles_and_their_sessions(lab: Laboratory) -> None:
    eve, arn = lab.user("eve", ALLOW_ALL), lab.role("worker", ALLOW_ALL)
    session, worker = lab.session_token(eve), lab.assume(eve, arn)
    only = lab.iam.create_policy(
        PolicyName="only-ec2", PolicyDocument=policy(statement("Allow", "ec2:*"))
    )["Policy"]["Arn"]
    lab.iam.put_user_permissions_boundary(UserName="eve", PermissionsBoundary=only)
    lab.iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=only)
    for actor in (eve, session, worker):
        assert buckets(actor) == "AccessDenied"
        assert outcome(actor.client("ec2").describe_instances) == "allowed"
    lab.iam.delete_role_permissions_boundary(RoleName="worker")
    assert buckets(worker) == "allowed"
