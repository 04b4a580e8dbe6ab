"""docs/permissions.md: each policy in it is read, and each action runs with exactly its own."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.respond.arrangements import Arranged, Entry, entries_of, table
from tests.respond.scene import make_role, make_user, session_of
from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import AccessDenied, CallError
from trailtui.case.file import Case
from trailtui.respond.arming import arm, disarm
from trailtui.respond.registry import actions, find_action
from trailtui.respond.run import apply, make_plan, undo, verify
from trailtui.sim.account import SimulatedAccount

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text("utf-8")
_BLOCK = re.compile(
    r"^#{2,3} (?P<heading>[^\n]+)$(?:(?!^#).)*?^```json\n(?P<json>.*?)^```", re.M | re.S
)
POLICIES = {found["heading"]: json.loads(found["json"]) for found in _BLOCK.finditer(PAGE)}
NAMES = list(actions())
CONTAINMENT = [name for name in POLICIES if name.startswith("Containment")]
each = pytest.mark.parametrize("entry", table(), ids=lambda entry: entry.name)
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


@pytest.fixture
def arranged(entry: Entry, account: SimulatedAccount) -> Iterator[Arranged]:
    made = entry.arrange(account)
    yield made
    made.clean_up()


def containment() -> dict[str, object]:
    """The policies of the containment role, which it has together."""
    statements = [one for name in CONTAINMENT for one in POLICIES[name]["Statement"]]
    unnamed = [{key: value for key, value in one.items() if key != "Sid"} for one in statements]
    return {"Version": "2012-10-17", "Statement": unnamed}


def test_the_page_has_all_policies() -> None:
    collecting = {name for name in POLICIES if name.startswith(("access ", "collect ", "who "))}
    containing = {"Investigator", *CONTAINMENT, "Who may assume it", *NAMES}
    assert containing == set(POLICIES) - collecting


@pytest.mark.parametrize("name", NAMES)
def test_the_least_policy_is_what_the_action_declares(name: str) -> None:
    assert allowed(POLICIES[name]) == needed(name)


def test_containment_is_all_actions_together() -> None:
    assert allowed(containment()) == set[str]().union(*map(needed, NAMES))


@pytest.mark.parametrize("name", CONTAINMENT)
def test_a_containment_policy_fits_into_a_managed_policy(name: str) -> None:
    """IAM and STS quotas: 6,144 characters, blanks not counted."""
    assert len(re.sub(r"\s", "", json.dumps(POLICIES[name]))) <= 6144


@each
@pytest.mark.parametrize("which", ["least", "Containment"])
def test_an_action_runs_whole_with_exactly_its_policy(
    case: Case,
    account: SimulatedAccount,
    no_wait: NoWait,
    entry: Entry,
    arranged: Arranged,
    which: str,
) -> None:
    policy = json.dumps(POLICIES[entry.action] if which == "least" else containment())
    aws = session_of(account, make_user(account, policy).credential)
    arm(case, aws)
    plan = make_plan(case, aws, entry.action, arranged.target, arranged.parameters)
    assert not [warning for warning in plan.warnings if "Not looked at" in warning]
    assert apply(case, aws, plan.hash, arranged.confirm, sleep=no_wait).state == "verified"
    assert verify(case, aws, sleep=no_wait)[0].is_good
    if find_action(entry.action).irreversible:
        return
    back = undo(case, aws, 1)
    assert apply(case, aws, back.hash, arranged.confirm, sleep=no_wait).state == "verified"
    assert arranged.cut is None or account.ledger.usable(arranged.cut)


def lacks(
    case: Case, account: SimulatedAccount, no_wait: NoWait, entry: Entry, permission: str
) -> bool:
    """Whether an action says, without one permission, that it lacks this one."""
    policy = without(POLICIES[entry.action], permission)
    aws = session_of(account, make_user(account, policy).credential)
    arranged = entry.arrange(account)
    arm(case, aws)
    try:
        plan = make_plan(case, aws, entry.action, arranged.target, arranged.parameters)
        outcome = apply(case, aws, plan.hash, arranged.confirm, sleep=no_wait)
    except AccessDenied as denied:
        assert denied.permission == permission
        return True
    finally:
        arranged.clean_up()
        disarm(case)
    assert outcome.is_good or permission in outcome.says
    return not outcome.is_good


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
    variants = entries_of(name)
    assert any(lacks(case, account, no_wait, entry, permission) for entry in variants)


@each
def test_a_look_that_is_not_allowed_is_said_and_does_not_stop(
    case: Case, account: SimulatedAccount, entry: Entry, arranged: Arranged
) -> None:
    for permission in find_action(entry.action).permissions.look:
        policy = without(POLICIES[entry.action], permission)
        aws = session_of(account, make_user(account, policy).credential)
        plan = make_plan(case, aws, entry.action, arranged.target, arranged.parameters)
        assert any(f"Not looked at: AWS denied {permission}" in line for line in plan.warnings)


@each
def test_the_investigator_plans_and_cannot_apply(
    case: Case, account: SimulatedAccount, no_wait: NoWait, entry: Entry, arranged: Arranged
) -> None:
    aws = session_of(account, make_user(account, json.dumps(POLICIES["Investigator"])).credential)
    arm(case, aws)
    plan = make_plan(case, aws, entry.action, arranged.target, arranged.parameters)
    assert not [warning for warning in plan.warnings if "Not looked at" in warning]
    assert apply(case, aws, plan.hash, arranged.confirm, sleep=no_wait).state == "failed"
    assert arranged.cut is None or account.ledger.usable(arranged.cut)


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
            armed.mutate(call, action_id=1)
