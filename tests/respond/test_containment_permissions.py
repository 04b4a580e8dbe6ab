"""docs/containment.md: what is hit and what is missing, with exactly the policy printed there."""

import json
import re
from pathlib import Path

import pytest

from tests.respond.scene import Person, allowing, make_role, make_user, session_of
from trailtui.case.file import Case
from trailtui.respond.hit import ADMINISTRATORS
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish
from trailtui.respond.registry import find_action
from trailtui.sim.account import SimulatedAccount

PAGE = (Path(__file__).parents[2] / "docs" / "containment.md").read_text("utf-8")
LOOKING = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.S)[0])
NAMED = LOOKING["Statement"][0]["Action"]
ROLE, KEY = "revoke-role-sessions", "deactivate-access-key"


def actions_of(*names: str) -> list[str]:
    listed = [find_action(name).permissions for name in names]
    return [one for takes in listed for one in (*takes.plan, *takes.look, *takes.apply)]


@pytest.fixture
def administrator(account: SimulatedAccount) -> Person:
    person = make_user(account)
    arn = ADMINISTRATORS.format(partition="aws")
    account.actor(account.root).client("iam").attach_user_policy(
        UserName=person.name, PolicyArn=arn
    )
    return person


def test_with_the_printed_policy_everything_is_looked_at(
    case: Case, account: SimulatedAccount, administrator: Person, stolen_role: Person
) -> None:
    able = make_role(account, allowing(*NAMED, *actions_of(KEY, ROLE, "deny-user")))
    wishes = [Wish(KEY, administrator.credential.id), Wish(ROLE, stolen_role.name)]
    plan = plan_containment(case, session_of(account, able.credential), wishes).plan
    told = " ".join((*plan.warnings, plan.simulated))
    assert "not looked at" not in told
    assert "Simulated by IAM" in plan.simulated
    assert plan.missing == ()
    assert ("administrators among them", administrator.name) in [
        (fact.label, fact.value) for fact in plan.facts
    ]
    assert any("last administrator" in warning for warning in plan.warnings)


def test_a_permission_that_is_missing_is_named_before_anything_is_sent(
    case: Case, account: SimulatedAccount, victim: Person
) -> None:
    lacking = [one for one in actions_of(KEY) if one != "iam:UpdateAccessKey"]
    unable = make_role(account, allowing(*NAMED, *lacking))
    plan = plan_containment(
        case, session_of(account, unable.credential), [Wish(KEY, victim.credential.id)]
    ).plan
    assert [one for one in plan.missing if one.startswith("iam:UpdateAccessKey on ")]


@pytest.mark.parametrize("permission", [one for one in NAMED if one != "sts:GetCallerIdentity"])
def test_without_one_of_them_the_plan_is_made_and_says_so(
    case: Case,
    account: SimulatedAccount,
    administrator: Person,
    permission: str,
) -> None:
    """A role with an instance profile, and a group of administrators: every look is made."""
    iam = account.actor(account.root).client("iam")
    role, group = make_role(account), f"admins-of-{administrator.name}"
    iam.create_instance_profile(InstanceProfileName=role.name)
    iam.add_role_to_instance_profile(InstanceProfileName=role.name, RoleName=role.name)
    iam.create_group(GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn=ADMINISTRATORS.format(partition="aws"))
    try:
        given = {*NAMED, *actions_of(KEY, ROLE)} - {permission}
        if permission == "iam:GetRole":  # planning against a role can't do without
            wishes = [Wish(KEY, administrator.credential.id)]
        else:
            wishes = [Wish(KEY, administrator.credential.id), Wish(ROLE, role.name)]
        less = make_role(account, allowing(*sorted(given)))
        plan = plan_containment(case, session_of(account, less.credential), wishes).plan
        told = " ".join((*plan.warnings, plan.simulated))
        assert "not looked at" in told or "not simulated" in told
    finally:
        iam.detach_group_policy(GroupName=group, PolicyArn=ADMINISTRATORS.format(partition="aws"))


def test_an_administrator_that_the_intruder_made_is_none_of_the_account_s(
    case: Case, account: SimulatedAccount, administrator: Person
) -> None:
    able = make_role(account, allowing(*NAMED, *actions_of(KEY)))
    wish = Wish(KEY, administrator.credential.id, nodes=(administrator.arn,))
    plan = plan_containment(case, session_of(account, able.credential), [wish]).plan
    assert not any("last administrator" in warning for warning in plan.warnings)
