"""Letting an instance leave the load balancers that send requests to it.

Source: Elastic Load Balancing API Reference (2015-12-01), DeregisterTargets; (2012-06-01),
DeregisterInstancesFromLoadBalancer. What is deregistered drains: requests under way are finished.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.ec2_instances import (
    FINDS,
    READS,
    THERE,
    around_instance,
    find_instance,
    present_instance,
    refuse_gone,
    surroundings_of,
)
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = present_instance(aws, subject)
    if told is None:
        return {THERE: False, "targets": {}, "classic": []}
    here = aws.in_region(subject.region)
    ids = {subject.name, *_addresses(told)}
    targets: State = {}
    for group in here.read_all("elbv2", "DescribeTargetGroups", "TargetGroups"):
        arn = group["TargetGroupArn"]
        health = here.read("elbv2", "DescribeTargetHealth", TargetGroupArn=arn).values
        mine = [one for one in health["TargetHealthDescriptions"] if _serves(one, ids)]
        if mine:
            targets[arn] = sorted(
                (one["Target"] for one in mine), key=lambda one: (one["Id"], one.get("Port", 0))
            )
    balancers = here.read_all("elb", "DescribeLoadBalancers", "LoadBalancerDescriptions")
    classic = [
        one["LoadBalancerName"]
        for one in balancers
        if any(listed["InstanceId"] == subject.name for listed in one["Instances"])
    ]
    return {THERE: True, "targets": targets, "classic": sorted(classic)}


def _addresses(told: Mapping[str, Any]) -> list[str]:
    """The instance's own addresses, by which target groups of type ip know it."""
    return [
        address["PrivateIpAddress"]
        for interface in told.get("NetworkInterfaces", [])
        for address in interface.get("PrivateIpAddresses", [])
    ]


def _serves(described: Mapping[str, Any], ids: set[str]) -> bool:
    """Whether a target is the instance; one that drains has left."""
    draining = described.get("TargetHealth", {}).get("State") == "draining"
    return described["Target"]["Id"] in ids and not draining


def _of_group(operation: str, subject: Subject, arn: str, targets: list[Any]) -> ApiCall:
    return ApiCall("elbv2", operation, {"TargetGroupArn": arn, "Targets": targets}, subject.region)


def _of_classic(operation: str, subject: Subject, name: str) -> ApiCall:
    named = {"LoadBalancerName": name, "Instances": [{"InstanceId": subject.name}]}
    return ApiCall("elb", operation, named, subject.region)


def _leave(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    calls = [
        *(
            _of_group("DeregisterTargets", subject, arn, targets)
            for arn, targets in present["targets"].items()
        ),
        *(
            _of_classic("DeregisterInstancesFromLoadBalancer", subject, name)
            for name in present["classic"]
        ),
    ]
    if not calls:
        raise AlreadyDone("no load balancer sends anything to it", where=subject.id)
    return Change(tuple(calls), {THERE: True, "targets": {}, "classic": []})


def _return(subject: Subject, prior: State, left: State) -> Change:
    calls = [
        *(
            _of_group("RegisterTargets", subject, arn, targets)
            for arn, targets in prior["targets"].items()
            if left["targets"].get(arn) != targets
        ),
        *(
            _of_classic("RegisterInstancesWithLoadBalancer", subject, name)
            for name in prior["classic"]
            if name not in left["classic"]
        ),
    ]
    return Change(tuple(calls), prior)


def _holds(expected: State, present: State) -> bool:
    gone = not present[THERE] and not expected["targets"] and not expected["classic"]
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_instance(scene, subject)
    named = [arn.rpartition("targetgroup/")[2] for arn in present["targets"]]
    around.fact("target groups", ", ".join(named) or "none")
    around.fact("classic load balancers", ", ".join(present["classic"]) or "none")
    return surroundings_of(around, subject)


_READS = (
    *READS,
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeLoadBalancers",
)

LEAVE_LOAD_BALANCER = Action(
    name="leave-load-balancer",
    title="Let an instance leave its load balancers",
    subject_kind="instance",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, *_READS[1:]),
        look=(),
        apply=(
            "elasticloadbalancing:DeregisterTargets",
            "elasticloadbalancing:DeregisterInstancesFromLoadBalancer",
            *_READS,
        ),
        undo=(
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:RegisterInstancesWithLoadBalancer",
            *_READS,
        ),
    ),
    does="Takes the instance out of every target group and classic load balancer of its Region: it "
    "is sent nothing new.",
    does_not_stop=(
        "Requests under way: they are finished while it drains (five minutes, unless set).",
        "Connections past the load balancer, and those that the machine opens itself.",
        "Auto scaling: a group that feeds the load balancer may take it for ill. Leave it first.",
    ),
    can_hurt=("The others behind the load balancer carry the load; the last one's service ends.",),
    undo_says="Registers the instance again with the same ports. It serves once it is healthy.",
    undo_warns="Requests reach the machine again.",
    find=find_instance,
    read=_read,
    change=_leave,
    restore=_return,
    holds=_holds,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (LEAVE_LOAD_BALANCER,)
