"""What a containment plan says of the machines that work with the roles it cuts."""

from tests.respond.arranged_ec2 import launch, root, with_profile
from tests.respond.scene import Person, session_of
from trailtui.case.file import Case
from trailtui.respond.containment import Containment
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import Wish
from trailtui.sim.account import SimulatedAccount


def planned(case: Case, account: SimulatedAccount, responder: Person, role: str) -> Containment:
    aws = session_of(account, responder.credential)
    return plan_containment(case, aws, [Wish("deny-role", role)]).plan


def test_running_instances_with_the_role_are_named_and_no_others(
    case: Case, account: SimulatedAccount, responder: Person
) -> None:
    machine, role, _ = with_profile(account)
    with_profile(account)
    launch(account)
    plan = planned(case, account, responder, role)
    number = machine["InstanceId"]
    assert ("instances in us-east-1", number) in [(one.label, one.value) for one in plan.facts]
    assert "1 instances in us-east-1 work with these roles: they fail." in plan.warnings
    assert not any("not looked at" in warning for warning in plan.warnings)


def test_an_instance_that_is_gone_is_not_hit(
    case: Case, account: SimulatedAccount, responder: Person
) -> None:
    machine, role, _ = with_profile(account)
    root(account, "ec2").terminate_instances(InstanceIds=[machine["InstanceId"]])
    plan = planned(case, account, responder, role)
    assert not [one for one in plan.facts if one.label.startswith("instances")]
    assert not any("not looked at" in warning for warning in plan.warnings)
