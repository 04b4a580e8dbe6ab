"""Letting an instance leave its auto-scaling group, which would terminate what looks ill.

Source: Auto Scaling API Reference, DetachInstances and AttachInstances: detaching may lower the
desired number, which can't fall below the minimum; attaching raises it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.ec2_instances import FINDS, around_instance, find_instance, surroundings_of
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _find(scene: Scene, target: str) -> Subject:
    """The instance, with the name of the group that it is in."""
    found = find_instance(scene, target)
    named = {"InstanceIds": [found.id]}
    told = scene.aws.in_region(found.region).read_all(
        "autoscaling", "DescribeAutoScalingInstances", "AutoScalingInstances", **named
    )
    if not told:
        raise AlreadyDone("the instance is in no auto-scaling group", where=found.id)
    group = str(told[0]["AutoScalingGroupName"])
    return replace(found, kind="auto-scaling-member", name=group)


def _read(aws: "AwsSession", subject: Subject) -> State:
    named = {"AutoScalingGroupNames": [subject.name]}
    told = aws.in_region(subject.region).read_all(
        "autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", **named
    )
    if not told:
        return {"member": None, "minimum": None, "exact": {"desired": None}}
    mine = [one for one in told[0]["Instances"] if one["InstanceId"] == subject.id]
    return {
        "member": mine[0]["LifecycleState"] if mine else None,
        "minimum": told[0]["MinSize"],
        "exact": {"desired": told[0]["DesiredCapacity"]},
    }


def _call(operation: str, subject: Subject, **more: object) -> ApiCall:
    named = {"AutoScalingGroupName": subject.name, **more}
    return ApiCall("autoscaling", operation, named, subject.region)


def _leave(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["member"] is None:
        raise AlreadyDone("the instance is in no auto-scaling group", where=subject.id)
    if present["member"] not in ("InService", "Standby"):
        raise Refusal(
            f"the instance is {present['member']} in its group",
            where=subject.id,
            cure="Wait until it is InService, and plan again.",
        )
    calls: list[ApiCall] = []
    minimum: int = present["minimum"]
    desired: int = present["exact"]["desired"]
    standby = present["member"] == "Standby"  # the desired number does not count it
    if not standby and desired - 1 < minimum:
        minimum = max(desired - 1, 0)
        calls.append(_call("UpdateAutoScalingGroup", subject, MinSize=minimum))
    lower = {"ShouldDecrementDesiredCapacity": True}
    calls.append(_call("DetachInstances", subject, InstanceIds=[subject.id], **lower))
    exact = {"desired": desired if standby else desired - 1}
    return Change(tuple(calls), {"member": None, "minimum": minimum, "exact": exact})


def _return(subject: Subject, prior: State, left: State) -> Change:
    calls: list[ApiCall] = []
    if left["member"] is None:
        calls.append(_call("AttachInstances", subject, InstanceIds=[subject.id]))
        if prior["member"] == "Standby":
            lower = {"ShouldDecrementDesiredCapacity": True}
            calls.append(_call("EnterStandby", subject, InstanceIds=[subject.id], **lower))
    if left["minimum"] != prior["minimum"]:
        calls.append(_call("UpdateAutoScalingGroup", subject, MinSize=prior["minimum"]))
    return Change(tuple(calls), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_instance(scene, replace(subject, name=subject.id))
    around.warnings = [one for one in around.warnings if "leave-auto-scaling" not in one]
    around.fact("auto-scaling group", subject.name)
    around.fact("its desired number", str(present["exact"]["desired"]))

    def tell(values: dict[str, Any]) -> None:
        policies = [one["PolicyName"] for one in values["ScalingPolicies"]]
        around.fact("scaling policies", ", ".join(policies) or "none")

    around.look("DescribePolicies", tell, service="autoscaling", AutoScalingGroupName=subject.name)
    return surroundings_of(around, subject)


_READS = ("autoscaling:DescribeAutoScalingGroups",)

LEAVE_AUTO_SCALING = Action(
    name="leave-auto-scaling",
    title="Let an instance leave its auto-scaling group",
    subject_kind="auto-scaling-member",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, "autoscaling:DescribeAutoScalingInstances", *_READS),
        look=("autoscaling:DescribePolicies",),
        apply=("autoscaling:DetachInstances", "autoscaling:UpdateAutoScalingGroup", *_READS),
        undo=(
            "autoscaling:AttachInstances",
            "autoscaling:EnterStandby",
            "autoscaling:UpdateAutoScalingGroup",
            *_READS,
        ),
    ),
    does="Detaches the instance and lowers the group's desired number by one (and its minimum, "
    "where that stands in the way): the group no longer terminates or replaces it. It also leaves "
    "the load balancers that the group feeds.",
    does_not_stop=(
        "The machine itself: it runs on. Isolate it next.",
        "New machines of the group, which start from the same template: look at that too.",
    ),
    can_hurt=("The group serves with one machine less, until its policies raise the number.",),
    undo_says="Attaches the instance again, which raises the desired number by one, and puts the "
    "minimum back.",
    undo_warns="The group may terminate the machine, and with it what it can tell.",
    find=_find,
    read=_read,
    change=_leave,
    restore=_return,
    holds=same_state,
    look_around=_look_around,
    order=Order.EVIDENCE,
    region_bound=True,
)

ACTIONS = (LEAVE_AUTO_SCALING,)
