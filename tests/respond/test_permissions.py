"""docs/permissions.md: each policy in it is read, and each action runs with exactly its own."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.respond.scene import Person, make_role, make_user, session_of
from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import AccessDenied, CallError
from trailtui.case.file import Case
from trailtui.respond.arming import arm
from trailtui.respond.registry import actions
from trailtui.respond.run import apply, make_plan, undo, verify
from trailtui.sim.account import SimulatedAccount

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text("utf-8")
_BLOCK = re.compile(
    r"^#{2,3} (?P<heading>[^\n]+)$(?:(?!^#).)*?^```json\n(?P<json>.*?)^```", re.M | re.S
)
POLICIES = {found["heading"]: json.loads(found["json"]) for found in _BLOCK.finditer(PAGE)}
NAMES = list(actions())
NoWait = Callable[[float], None]


def allowed(policy: dict[str, object]) -> set[str]:
    found: set[str] = set()
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            listed = statement["Action"]
            found |= set(listed if isinstance(listed, list) else [listed])
    return found


def needed(name: str) -> set[str]:
    takes = actions()[name].permissions
    return {*takes.plan, *takes.look, *takes.apply, *takes.undo}


def target_of(action: str, account: SimulatedAccount) -> tuple[str, Person]:
    if action == "revoke-role-sessions":
        role = make_role(account)
        return role.name, role
    user = make_user(account)
    return (user.credential.id if action == "deactivate-access-key" else user.name), user


def without(policy: dict[str, object], permission: str) -> str:
    left = json.loads(json.dumps(policy))
    for statement in left["Statement"]:
        listed = statement["Action"]
        statement["Action"] = [
            word
            for word in (listed if isinstance(listed, list) else [listed])
            if word != permission
        ]
    left["Statement"] = [one for one in left["Statement"] if one["Action"]]
    return json.dumps(left)


def test_the_page_has_all_policies() -> None:
    collecting = {name for name in POLICIES if name.startswith(("access ", "collect ", "who "))}
    containing = {"Investigator", "Containment", "Who may assume it", *NAMES}
    assert containing == set(POLICIES) - collecting


@pytest.mark.parametrize("name", NAMES)
def test_the_least_policy_is_what_the_action_declares(name: str) -> None:
    assert allowed(POLICIES[name]) == needed(name)


def test_containment_is_all_actions_together() -> None:
    assert allowed(POLICIES["Containment"]) == set[str]().union(*map(needed, NAMES))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("which", ["least", "Containment"])
def test_an_action_runs_whole_with_exactly_its_policy(
    case: Case, account: SimulatedAccount, no_wait: NoWait, name: str, which: str
) -> None:
    policy = json.dumps(POLICIES[name if which == "least" else which])
    aws = session_of(account, make_user(account, policy).credential)
    target, person = target_of(name, account)
    arm(case, aws)
    plan = make_plan(case, aws, name, target)
    assert not [warning for warning in plan.warnings if "Not looked at" in warning]
    assert apply(case, aws, plan.hash, target, sleep=no_wait).state == "verified"
    assert verify(case, aws, sleep=no_wait)[0].is_good
    back = undo(case, aws, 1)
    assert apply(case, aws, back.hash, target, sleep=no_wait).state == "verified"
    assert account.ledger.usable(person.credential.id)


@pytest.mark.parametrize(
    ("name", "permission"),
    [
        (name, permission)
        for name, action in actions().items()
        for permission in sorted({*action.permissions.plan, *action.permissions.apply})
        if permission != "sts:GetCallerIdentity"
    ],
)
def test_no_permission_is_named_that_is_not_needed(
    case: Case, account: SimulatedAccount, no_wait: NoWait, name: str, permission: str
) -> None:
    policy = without(POLICIES[name], permission)
    aws = session_of(account, make_user(account, policy).credential)
    target, _ = target_of(name, account)
    arm(case, aws)
    try:
        plan = make_plan(case, aws, name, target)
        outcome = apply(case, aws, plan.hash, target, sleep=no_wait)
    except AccessDenied as denied:
        assert denied.permission == permission
        return
    assert outcome.state == "failed"
    assert permission in outcome.says


@pytest.mark.parametrize("name", NAMES)
def test_a_look_that_is_not_allowed_is_said_and_does_not_stop(
    case: Case, account: SimulatedAccount, name: str
) -> None:
    for permission in actions()[name].permissions.look:
        policy = without(POLICIES[name], permission)
        aws = session_of(account, make_user(account, policy).credential)
        target, person = target_of(name, account)
        # Without IAM's word on whose key it is, and without a record, the user has to be told.
        told = {"user": person.name} if name == "deactivate-access-key" else {}
        plan = make_plan(case, aws, name, target, told)
        assert any(f"Not looked at: AWS denied {permission}" in line for line in plan.warnings)


@pytest.mark.parametrize("name", NAMES)
def test_the_investigator_plans_and_cannot_apply(
    case: Case, account: SimulatedAccount, no_wait: NoWait, name: str
) -> None:
    aws = session_of(account, make_user(account, json.dumps(POLICIES["Investigator"])).credential)
    target, person = target_of(name, account)
    arm(case, aws)
    plan = make_plan(case, aws, name, target)
    assert not [warning for warning in plan.warnings if "Not looked at" in warning]
    assert apply(case, aws, plan.hash, target, sleep=no_wait).state == "failed"
    assert account.ledger.usable(person.credential.id)


def test_the_containment_role_can_touch_neither_itself_nor_break_glass(
    account: SimulatedAccount,
) -> None:
    policy = json.dumps(POLICIES["Containment"])
    armed = session_of(account, make_user(account, policy).credential).armed()
    for role in ("incident-containment", "break-glass"):
        make_role(account, name=role)
        call = ApiCall(
            "iam",
            "PutRolePolicy",
            {"RoleName": role, "PolicyName": "x", "PolicyDocument": policy},
        )
        with pytest.raises(CallError, match="explicit deny"):
            armed.mutate(call)
