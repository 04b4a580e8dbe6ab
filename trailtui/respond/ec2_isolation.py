"""Isolating an instance: each of its network interfaces gets one security group without rules.

Groups are set on the interfaces, as those of the instance are its first interface's only. The group
is the instance's own, so that taking one isolation back never touches another.
Source: EC2 User Guide, "Security group connection tracking": replacing groups does not interrupt
tracked connections. API Reference, CreateSecurityGroup: a new group lets everything out.
"""

import json
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
from trailtui.respond.case_facts import case_id
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
from trailtui.respond.placeholders import answer_of
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ALL_OUT = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
"""What a new group lets out."""


def group_name(subject: Subject) -> str:
    """The name of the instance's own empty group, unique in its VPC."""
    return f"trailtui-isolation-{subject.name}"


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = present_instance(aws, subject)
    if told is None:
        return {THERE: False, "interfaces": {}, "groups": {}, "exact": {}}
    interfaces: list[dict[str, Any]] = told.get("NetworkInterfaces", [])
    attached = {
        one["NetworkInterfaceId"]: sorted(group["GroupId"] for group in one["Groups"])
        for one in interfaces
    }
    vpc_of = {one["NetworkInterfaceId"]: one["VpcId"] for one in interfaces}
    known = _groups(aws, subject)
    groups = {vpc: _group_state(known.get(vpc)) for vpc in sorted(set(vpc_of.values()))}
    ids = {vpc: one["GroupId"] for vpc, one in known.items()}
    exact = {"vpc_of": vpc_of, "ids": ids}
    return {THERE: True, "interfaces": attached, "groups": groups, "exact": exact}


def _groups(aws: "AwsSession", subject: Subject) -> dict[str, dict[str, Any]]:
    """The groups that are named as ours, by VPC."""
    named: list[dict[str, Any]] = [{"Name": "group-name", "Values": [group_name(subject)]}]
    found = aws.in_region(subject.region).read_all(
        "ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=named
    )
    return {one["VpcId"]: one for one in found}


def _group_state(group: Mapping[str, Any] | None) -> State:
    """Whether the group stands, and its rules; one that does not as it would be made."""
    if group is None:
        return {"stands": False, "in": [], "out": _ALL_OUT}
    return {
        "stands": True,
        "in": rules(group["IpPermissions"]),
        "out": rules(group["IpPermissionsEgress"]),
    }


def rules(permissions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A group's rules in one order, without members that are empty."""
    filled = [{name: value for name, value in one.items() if value != []} for one in permissions]
    return sorted(filled, key=lambda one: json.dumps(one, sort_keys=True))


def _case_of(scene: Scene, _subject: Subject, _present: State) -> Mapping[str, str]:
    return {**scene.parameters, "case": case_id(scene.case)}


def _call(operation: str, subject: Subject, **parameters: object) -> ApiCall:
    return ApiCall("ec2", operation, parameters, subject.region)


def _create(subject: Subject, vpc: str, case: str) -> ApiCall:
    tags = [
        {"Key": "trailtui:isolates", "Value": subject.name},
        {"Key": "trailtui:case", "Value": case},
    ]
    return _call(
        "CreateSecurityGroup",
        subject,
        GroupName=group_name(subject),
        Description=f"No traffic: isolates {subject.name}",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )


def _isolate(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    calls: list[ApiCall] = []
    ids: dict[str, str] = dict(present["exact"]["ids"])
    for vpc, group in present["groups"].items():
        if not group["stands"]:
            ids[vpc] = answer_of(len(calls), "GroupId")
            calls.append(_create(subject, vpc, parameters.get("case", "")))
        for word, rules_there in (("Egress", group["out"]), ("Ingress", group["in"])):
            if rules_there:
                named = {"GroupId": ids[vpc], "IpPermissions": rules_there}
                calls.append(_call(f"RevokeSecurityGroup{word}", subject, **named))
    wanted = {number: [ids[vpc]] for number, vpc in present["exact"]["vpc_of"].items()}
    for number, groups in present["interfaces"].items():
        if groups != wanted[number]:
            calls.append(_set_groups(subject, number, wanted[number]))
    if not calls:
        raise AlreadyDone("the instance is isolated already", where=subject.id)
    empty: State = {"stands": True, "in": [], "out": []}
    after = {**present, "interfaces": wanted, "groups": dict.fromkeys(present["groups"], empty)}
    return Change(tuple(calls), after)


def _set_groups(subject: Subject, number: str, groups: list[str]) -> ApiCall:
    named = {"NetworkInterfaceId": number, "Groups": groups}
    return _call("ModifyNetworkInterfaceAttribute", subject, **named)


def _restore(subject: Subject, prior: State, left: State) -> Change:
    calls = [
        _set_groups(subject, number, groups)
        for number, groups in prior["interfaces"].items()
        if left["interfaces"].get(number) != groups
    ]
    for vpc, before in prior["groups"].items():
        now = left["groups"][vpc]
        if not now["stands"]:
            continue
        group = {"GroupId": left["exact"]["ids"][vpc]}
        if not before["stands"]:
            calls.append(_call("DeleteSecurityGroup", subject, **group))
            continue
        for word, direction in (("Egress", "out"), ("Ingress", "in")):
            missing = [one for one in before[direction] if one not in now[direction]]
            if missing:
                given = {**group, "IpPermissions": missing}
                calls.append(_call(f"AuthorizeSecurityGroup{word}", subject, **given))
    return Change(tuple(calls), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_instance(scene, subject)
    around.fact("network interfaces", ", ".join(present["interfaces"]) or "none")
    return surroundings_of(
        around,
        subject,
        "Connections that stand are tracked and live on until they have been idle for as long as "
        "the machine's type allows (TCP: 350 s to 5 days). A network ACL of the subnet cuts them "
        "at once, and hits the whole subnet.",
    )


_READS = (*READS, "ec2:DescribeSecurityGroups")

ISOLATE_INSTANCE = Action(
    name="isolate-instance",
    title="Isolate an instance",
    subject_kind="instance",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, "ec2:DescribeSecurityGroups"),
        look=(),
        apply=(
            "ec2:CreateSecurityGroup",
            "ec2:CreateTags",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:ModifyNetworkInterfaceAttribute",
            *_READS,
        ),
        undo=(
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:DeleteSecurityGroup",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            *_READS,
        ),
    ),
    does="Makes a security group without any rule for this instance and puts each of its network "
    "interfaces into that group alone: no new connection comes in or goes out.",
    does_not_stop=(
        "Tracked connections that stand already, until they are idle for long.",
        "The instance metadata service, DNS of the VPC and time service: security groups don't "
        "bind them. Its credentials are renewed as before.",
        "Credentials that were taken from it and are used elsewhere: revoke the role's sessions.",
        "An interface that is attached later.",
    ),
    can_hurt=(
        "What the machine serves fails, and so does its own work; Systems Manager can't reach it "
        "any more either.",
        "Load balancers and auto scaling take it for ill and may terminate it: let it leave first.",
    ),
    undo_says="Puts each interface back into the groups it was in, and deletes the group that was "
    "made for it.",
    undo_warns="The machine can be reached, and can call out, as before.",
    find=find_instance,
    read=_read,
    change=_isolate,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.SOURCES,
    region_bound=True,
    complete=_case_of,
)

ACTIONS = (ISOLATE_INSTANCE,)
