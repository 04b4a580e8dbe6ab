"""Instances, what stands around them, and security groups that somebody opened."""

import itertools
import json
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from tests.respond.arranged_iam import remove_role
from tests.respond.arrangements import Arranged, Entry
from tests.respond.scene import ALLOW_ALL
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor

IMAGE = "ami-0a1b2c3d4e5f60718"
BY_EC2 = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    ],
}
_numbers = itertools.count(1)


_ACTORS: WeakKeyDictionary[SimulatedAccount, Actor] = WeakKeyDictionary()


def root(account: SimulatedAccount, service: str, region: str = "us-east-1") -> Any:
    """A client of the account's root user; making one for EC2 takes its time."""
    if account not in _ACTORS:
        _ACTORS[account] = account.actor(account.root)
    return _ACTORS[account].client(service, region)


def launch(account: SimulatedAccount, region: str = "us-east-1", **more: Any) -> dict[str, Any]:
    """A running instance, as EC2 describes it."""
    ec2 = root(account, "ec2", region)
    made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **more)["Instances"][0]
    found = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"]
    told: dict[str, Any] = found[0]["Instances"][0]
    return told


def interface_of(machine: dict[str, Any]) -> str:
    return str(machine["NetworkInterfaces"][0]["NetworkInterfaceId"])


def _of(account: SimulatedAccount, machine: dict[str, Any], **more: Any) -> Arranged:
    """An arrangement around an instance, which goes when the test is over."""
    ec2, number = root(account, "ec2"), machine["InstanceId"]

    def end() -> None:
        off = {"Value": False}
        ec2.modify_instance_attribute(InstanceId=number, DisableApiTermination=off)
        ec2.terminate_instances(InstanceIds=[number])

    return Arranged(**{"target": number, "confirm": number, "gone": end, "clean_up": end, **more})


def _new_group(account: SimulatedAccount, name: str = "") -> str:
    ec2 = root(account, "ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    name = name or f"group-{next(_numbers)}"
    made = ec2.create_security_group(GroupName=name, Description="for a test", VpcId=vpc)
    return str(made["GroupId"])


def a_machine_to_isolate(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    ec2, group = root(account, "ec2"), _new_group(account)
    named = {"NetworkInterfaceId": interface_of(machine), "Groups": [group]}
    return _of(account, machine, drift=lambda: ec2.modify_network_interface_attribute(**named))


def a_machine_whose_group_was_opened(account: SimulatedAccount) -> Arranged:
    """Somebody let themselves into the group that isolated it once."""
    machine = launch(account)
    ec2 = root(account, "ec2")
    group = _new_group(account, f"trailtui-isolation-{machine['InstanceId']}")
    opening = {"GroupId": group, "IpPermissions": [permission(22)]}
    ec2.authorize_security_group_ingress(**opening)
    return _of(account, machine, drift=lambda: ec2.revoke_security_group_ingress(**opening))


def with_profile(account: SimulatedAccount) -> tuple[dict[str, Any], str, str]:
    """A running instance, its role and its profile."""
    iam, name = root(account, "iam"), f"machine-{next(_numbers)}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(BY_EC2))
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=ALLOW_ALL)
    profile = f"{name}-profile"
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
    return launch(account, IamInstanceProfile={"Name": profile}), name, profile


def a_machine_s_role(account: SimulatedAccount) -> Arranged:
    machine, role, profile = with_profile(account)
    iam = root(account, "iam")

    def gone() -> None:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
        remove_role(account, role)

    return _of(
        account,
        machine,
        confirm=role,
        gone=gone,
        drift=lambda: iam.put_role_policy(
            RoleName=role, PolicyName="AWSRevokeOlderSessions", PolicyDocument=ALLOW_ALL
        ),
        cut=account.instance_session(machine["InstanceId"]).id,
    )


def a_machine_with_a_profile(account: SimulatedAccount) -> Arranged:
    machine, _, _ = with_profile(account)
    ec2 = root(account, "ec2")
    asked = [{"Name": "instance-id", "Values": [machine["InstanceId"]]}]

    def drift() -> None:
        found = ec2.describe_iam_instance_profile_associations(Filters=asked)
        [one] = found["IamInstanceProfileAssociations"]
        ec2.disassociate_iam_instance_profile(AssociationId=one["AssociationId"])

    return _of(account, machine, drift=drift)


def _profile_to_give(*, has_one: bool) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        machine, _, first = with_profile(account)
        ec2, number = root(account, "ec2"), machine["InstanceId"]
        asked = [{"Name": "instance-id", "Values": [number]}]

        def none() -> None:
            found = ec2.describe_iam_instance_profile_associations(Filters=asked)
            [one] = found["IamInstanceProfileAssociations"]
            ec2.disassociate_iam_instance_profile(AssociationId=one["AssociationId"])

        def some() -> None:
            ec2.associate_iam_instance_profile(
                InstanceId=number, IamInstanceProfile={"Name": first}
            )

        wanted = first
        if has_one:
            wanted = f"{first}-good"
            root(account, "iam").create_instance_profile(InstanceProfileName=wanted)
            iam_role = first.removesuffix("-profile")
            root(account, "iam").add_role_to_instance_profile(
                InstanceProfileName=wanted, RoleName=iam_role
            )
        else:
            none()
        given = {"profile": wanted}
        return _of(account, machine, drift=none if has_one else some, parameters=given)

    return arrange


def a_machine_as_evidence(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    ec2, number = root(account, "ec2"), machine["InstanceId"]
    volume = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    tags = [{"Key": "trailtui:evidence-of", "Value": number}]
    named = {"TagSpecifications": [{"ResourceType": "snapshot", "Tags": tags}]}
    return _of(account, machine, drift=lambda: ec2.create_snapshot(VolumeId=volume, **named))


def a_machine_to_protect(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    ec2, number = root(account, "ec2"), machine["InstanceId"]
    named = {"InstanceId": number, "DisableApiTermination": {"Value": True}}
    return _of(account, machine, drift=lambda: ec2.modify_instance_attribute(**named))


def a_machine_to_stop(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    ec2 = root(account, "ec2")
    named = {"InstanceIds": [machine["InstanceId"]]}
    return _of(account, machine, drift=lambda: ec2.stop_instances(**named))


def _group_of(minimum: int) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        scaling, name = root(account, "autoscaling"), f"fleet-{next(_numbers)}"
        scaling.create_launch_configuration(
            LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.micro"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=minimum,
            MaxSize=2,
            DesiredCapacity=1,
            AvailabilityZones=["us-east-1a"],
        )
        [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        number = group["Instances"][0]["InstanceId"]
        standby = {"InstanceIds": [number], "ShouldDecrementDesiredCapacity": True}

        def drift() -> None:
            scaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0)
            scaling.enter_standby(AutoScalingGroupName=name, **standby)

        def gone() -> None:
            scaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)

        return Arranged(target=number, confirm=number, gone=gone, drift=drift)

    return arrange


def a_served_machine(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    balancing, number = root(account, "elbv2"), machine["InstanceId"]
    name = f"web-{next(_numbers)}"
    group = balancing.create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=machine["VpcId"]
    )["TargetGroups"][0]["TargetGroupArn"]
    targets = {"TargetGroupArn": group, "Targets": [{"Id": number, "Port": 8080}]}
    balancing.register_targets(**targets)
    made = _of(account, machine, drift=lambda: balancing.deregister_targets(**targets))

    def clean_up() -> None:
        balancing.delete_target_group(TargetGroupArn=group)
        made.clean_up()

    return replace(made, clean_up=clean_up)


def a_machine_behind_a_classic_one(account: SimulatedAccount) -> Arranged:
    machine = launch(account)
    classic, name = root(account, "elb"), f"old-{next(_numbers)}"
    classic.create_load_balancer(
        LoadBalancerName=name,
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
        Subnets=[machine["SubnetId"]],
    )
    named = {
        "LoadBalancerName": name,
        "Instances": [{"InstanceId": machine["InstanceId"]}],
    }
    classic.register_instances_with_load_balancer(**named)

    def drift() -> None:
        classic.deregister_instances_from_load_balancer(**named)

    made = _of(account, machine, drift=drift)

    def clean_up() -> None:
        classic.delete_load_balancer(LoadBalancerName=name)
        made.clean_up()

    return replace(made, clean_up=clean_up)


def permission(port: int, source: str = "0.0.0.0/0") -> dict[str, Any]:
    """A port that is open to somewhere."""
    ranges = [{"CidrIp": source, "Description": "temporary"}]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}


def an_open_group(account: SimulatedAccount) -> Arranged:
    ec2, group = root(account, "ec2"), _new_group(account)
    opened = {"GroupId": group, "IpPermissions": [permission(22), permission(3389)]}
    ec2.authorize_security_group_ingress(**opened)
    some = {"GroupId": group, "IpPermissions": [permission(22)]}
    return Arranged(
        target=group,
        confirm=f"{group}/tcp/22/0.0.0.0/0,tcp/3389/0.0.0.0/0",
        parameters={"rule": "tcp/22/0.0.0.0/0,tcp/3389/0.0.0.0/0"},
        gone=lambda: ec2.delete_security_group(GroupId=group),
        drift=lambda: ec2.revoke_security_group_ingress(**some),
    )


ENTRIES = (
    Entry("leave-auto-scaling", _group_of(0)),
    Entry("leave-auto-scaling", _group_of(1), "at-its-minimum"),
    Entry("leave-load-balancer", a_served_machine),
    Entry("leave-load-balancer", a_machine_behind_a_classic_one, "classic"),
    Entry("isolate-instance", a_machine_to_isolate),
    Entry("isolate-instance", a_machine_whose_group_was_opened, "opened-again"),
    Entry("deny-instance-profile-sessions", a_machine_s_role),
    Entry("disassociate-instance-profile", a_machine_with_a_profile),
    Entry("associate-instance-profile", _profile_to_give(has_one=False)),
    Entry("associate-instance-profile", _profile_to_give(has_one=True), "another"),
    Entry("snapshot-instance", a_machine_as_evidence),
    Entry("protect-instance-termination", a_machine_to_protect),
    Entry("stop-instance", a_machine_to_stop),
    Entry("revoke-ingress", an_open_group),
)
