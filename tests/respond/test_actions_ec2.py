"""What the actions on machines do beyond the rules that hold for every action."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.respond.arranged_ec2 import (
    IMAGE,
    an_open_group,
    interface_of,
    launch,
    permission,
    root,
    with_profile,
)
from tests.respond.scene import session_of
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.model.ingress_rules import by_word, recorded_words
from trailtui.respond.action import AlreadyDone, Drifted, Refusal
from trailtui.respond.case_facts import case_id
from trailtui.respond.preview import preview
from trailtui.respond.run import apply, make_plan, undo
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
FAR = "eu-west-1"


@pytest.fixture
def read_logs(account: SimulatedAccount, armed_case: Case, tmp_path: Path) -> Callable[[], None]:
    """Puts what was recorded so far into the case."""

    def read() -> None:
        account.deliver(tmp_path / "logs")
        collect_files(armed_case, [str(tmp_path / "logs")], workers=1)

    return read


def groups_of(account: SimulatedAccount, *interfaces: str) -> list[list[str]]:
    ec2 = root(account, "ec2")
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=list(interfaces))
    by_id = {one["NetworkInterfaceId"]: one["Groups"] for one in found["NetworkInterfaces"]}
    return [[group["GroupId"] for group in by_id[one]] for one in interfaces]


def second_interface(account: SimulatedAccount, machine: dict[str, Any]) -> str:
    ec2 = root(account, "ec2")
    made = ec2.create_network_interface(SubnetId=machine["SubnetId"])["NetworkInterface"]
    number = str(made["NetworkInterfaceId"])
    ec2.attach_network_interface(
        NetworkInterfaceId=number, InstanceId=machine["InstanceId"], DeviceIndex=1
    )
    return number


def test_every_interface_gets_the_one_group_without_rules(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    machine = launch(account)
    both = (interface_of(machine), second_interface(account, machine))
    before = account.state()
    plan = make_plan(armed_case, aws, "isolate-instance", machine["InstanceId"])
    assert [call.operation for call in plan.calls] == [
        "CreateSecurityGroup",
        "RevokeSecurityGroupEgress",
        "ModifyNetworkInterfaceAttribute",
        "ModifyNetworkInterfaceAttribute",
    ]
    assert apply(armed_case, aws, plan.hash, machine["InstanceId"], sleep=no_wait).is_good
    [first], [second] = groups_of(account, *both)
    assert first == second
    [group] = root(account, "ec2").describe_security_groups(GroupIds=[first])["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags == {
        "trailtui:isolates": machine["InstanceId"],
        "trailtui:case": case_id(armed_case),
    }
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, machine["InstanceId"], sleep=no_wait).is_good
    assert account.state() == before


def test_the_connections_that_live_on_are_said(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    plan = make_plan(case, aws, "isolate-instance", launch(account)["InstanceId"])
    assert any("Connections that stand are tracked" in line for line in plan.warnings)
    shown = preview(case, plan.hash)
    assert "ec2 create-security-group" in shown.commands[0]
    assert "--group-name trailtui-isolation-i-" in shown.commands[0]
    assert any("tracked" in line.casefold() for line in shown.does_not_stop)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_isolation_that_stopped_in_between_is_taken_back(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, at: int
) -> None:
    machine = launch(account)
    before = account.state()
    plan = make_plan(armed_case, aws, "isolate-instance", machine["InstanceId"])
    kind = "error500_after" if at == 0 else "error500_before"
    account.faults.add("ec2", plan.calls[at].operation, kind)
    outcome = apply(armed_case, aws, plan.hash, machine["InstanceId"], sleep=no_wait)
    assert outcome.state == "not-holding", outcome.says
    back = undo(armed_case, aws, 1)
    assert [call.operation for call in back.calls] == ["DeleteSecurityGroup"]
    assert apply(armed_case, aws, back.hash, machine["InstanceId"], sleep=no_wait).is_good
    assert account.state() == before


def test_an_interface_that_was_moved_since_is_left_alone(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    machine = launch(account)
    [old] = groups_of(account, interface_of(machine))
    plan = make_plan(armed_case, aws, "isolate-instance", machine["InstanceId"])
    apply(armed_case, aws, plan.hash, machine["InstanceId"], sleep=no_wait)
    root(account, "ec2").modify_network_interface_attribute(
        NetworkInterfaceId=interface_of(machine), Groups=old
    )
    with pytest.raises(Drifted, match="interfaces is"):
        undo(armed_case, aws, 1)


def test_a_machine_is_found_in_the_regions_of_the_case(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    machine = launch(account, FAR)
    number = machine["InstanceId"]
    with pytest.raises(Refusal, match=r"not there, or gone \(looked in us-east-1\)"):
        make_plan(armed_case, aws, "stop-instance", number)
    arn = f"arn:aws:ec2:{FAR}:{account.number}:instance/{number}"
    for target, given in ((number, {"region": FAR}), (arn, {})):
        assert make_plan(armed_case, aws, "stop-instance", target, given).subject.region == FAR
    read_logs()
    plan = make_plan(armed_case, aws, "stop-instance", number)
    assert (plan.subject.region, plan.calls[0].region) == (FAR, FAR)
    assert apply(armed_case, aws, plan.hash, number, sleep=no_wait).is_good


@pytest.mark.parametrize(
    "target",
    [
        "mi-0123456789abcdef0",
        "i-xyz",
        "arn:aws:ec2:us-east-1:999988887777:instance/i-0123456789abcdef0",
        "arn:aws:ec2:evil.example.com/:111122223333:instance/i-0123456789abcdef0",
        "i-0123456789abcdef0",
    ],
)
def test_what_is_no_machine_of_this_account(case: Case, aws: AwsSession, target: str) -> None:
    with pytest.raises(Refusal):
        make_plan(case, aws, "isolate-instance", target)


def test_a_region_that_can_t_be_one(case: Case, aws: AwsSession) -> None:
    given = {"region": "evil.example.com/"}
    with pytest.raises(Refusal, match="no Region"):
        make_plan(case, aws, "stop-instance", "i-0123456789abcdef0", given)


@pytest.mark.parametrize("action", ["isolate-instance", "stop-instance", "leave-load-balancer"])
def test_nobody_cuts_the_machine_they_work_from(
    case: Case, account: SimulatedAccount, action: str
) -> None:
    machine, _, _ = with_profile(account)
    own = session_of(account, account.instance_session(machine["InstanceId"]))
    with pytest.raises(Refusal, match="machine that you are working from"):
        make_plan(case, own, action, machine["InstanceId"])


def test_the_session_of_a_machine_is_dead_and_the_machine_keeps_it(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    machine, role, _ = with_profile(account)
    stolen = account.instance_session(machine["InstanceId"])
    plan = make_plan(armed_case, aws, "deny-instance-profile-sessions", machine["InstanceId"])
    assert (plan.subject.kind, plan.subject.name) == ("role", role)
    assert any("six hours" in line for line in plan.warnings)
    assert apply(armed_case, aws, plan.hash, role, sleep=no_wait).is_good
    assert account.instance_session(machine["InstanceId"]).id == stolen.id
    assert not account.ledger.usable(stolen.id)


def test_a_machine_without_a_role_has_no_sessions(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    number = launch(account)["InstanceId"]
    with pytest.raises(Refusal, match="no profile"):
        make_plan(case, aws, "deny-instance-profile-sessions", number)
    with pytest.raises(AlreadyDone):
        make_plan(case, aws, "disassociate-instance-profile", number)


def test_a_profile_that_is_gone_leaves_the_credentials_alive(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    machine, role, _ = with_profile(account)
    stolen = account.instance_session(machine["InstanceId"])
    plan = make_plan(armed_case, aws, "disassociate-instance-profile", machine["InstanceId"])
    assert ("role", role) in [(fact.label, fact.value) for fact in plan.facts]
    assert apply(armed_case, aws, plan.hash, machine["InstanceId"], sleep=no_wait).is_good
    assert account.ledger.usable(stolen.id)
    assert any("Revoke" in line or "revoke" in line for line in plan.warnings)


def test_evidence_is_tagged_and_can_be_taken_again(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    number = launch(account)["InstanceId"]
    for given in ({}, {"again": "yes"}):
        plan = make_plan(armed_case, aws, "snapshot-instance", number, given)
        assert apply(armed_case, aws, plan.hash, number, sleep=no_wait).is_good
    asked = [{"Name": "tag:trailtui:evidence-of", "Values": [number]}]
    kept = root(account, "ec2").describe_snapshots(OwnerIds=["self"], Filters=asked)["Snapshots"]
    tags = [{tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in kept]
    assert [one["trailtui:case"] for one in tags] == [case_id(armed_case)] * 2


def test_stopping_says_that_memory_is_lost(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    plan = make_plan(case, aws, "stop-instance", launch(account)["InstanceId"])
    assert any("memory is lost" in line for line in plan.warnings)


def test_a_group_at_its_minimum_is_lowered_and_put_back(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    scaling = root(account, "autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="lc", ImageId=IMAGE, InstanceType="t3.micro"
    )
    named = {"AutoScalingGroupName": "two"}
    scaling.create_auto_scaling_group(
        LaunchConfigurationName="lc",
        MinSize=2,
        MaxSize=3,
        DesiredCapacity=2,
        AvailabilityZones=["us-east-1a"],
        **named,
    )

    def sizes() -> tuple[int, int, int]:
        [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["two"])[
            "AutoScalingGroups"
        ]
        return group["MinSize"], group["DesiredCapacity"], len(group["Instances"])

    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["two"])[
        "AutoScalingGroups"
    ]
    number = group["Instances"][0]["InstanceId"]
    plan = make_plan(armed_case, aws, "leave-auto-scaling", number)
    assert apply(armed_case, aws, plan.hash, number, sleep=no_wait).is_good
    assert sizes() == (1, 1, 1)
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, number, sleep=no_wait).is_good
    assert sizes() == (2, 2, 2)
    scaling.delete_auto_scaling_group(ForceDelete=True, **named)


def test_isolating_a_member_of_a_group_warns_of_its_replacement(
    case: Case, aws: AwsSession, account: SimulatedAccount
) -> None:
    machine = launch(account)
    tags = [{"Key": "aws:autoscaling:groupName", "Value": "fleet"}]
    root(account, "ec2").create_tags(Resources=[machine["InstanceId"]], Tags=tags)
    plan = make_plan(case, aws, "isolate-instance", machine["InstanceId"])
    assert any("leave-auto-scaling" in line for line in plan.warnings)


def test_a_machine_that_is_known_by_its_address_leaves_too(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait
) -> None:
    machine, balancing = launch(account), root(account, "elbv2")
    made = balancing.create_target_group(
        Name="by-address", Protocol="TCP", Port=443, VpcId=machine["VpcId"], TargetType="ip"
    )
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": machine["PrivateIpAddress"], "Port": 443}]
    balancing.register_targets(TargetGroupArn=arn, Targets=targets)
    plan = make_plan(armed_case, aws, "leave-load-balancer", machine["InstanceId"])
    assert plan.calls[0].parameters["Targets"][0]["Id"] == machine["PrivateIpAddress"]
    assert apply(armed_case, aws, plan.hash, machine["InstanceId"], sleep=no_wait).is_good


def opened_group(account: SimulatedAccount) -> str:
    ec2 = root(account, "ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    name = f"opened-{len(account.calls)}"
    made = ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc)
    return str(made["GroupId"])


def test_only_what_the_case_saw_opened_is_closed(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    read_logs: Callable[[], None],
) -> None:
    ec2, group = root(account, "ec2"), opened_group(account)
    with pytest.raises(Refusal, match="no event of the case opened it"):
        make_plan(armed_case, aws, "revoke-ingress", group)
    wide = {**permission(3389), "Ipv6Ranges": [{"CidrIpv6": "::/0", "Description": "mine"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[wide])
    read_logs()
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission(443)])
    before = account.state()
    plan = make_plan(armed_case, aws, "revoke-ingress", group)
    assert plan.subject.id == f"{group}/tcp/3389/0.0.0.0/0,tcp/3389/::/0"
    assert apply(armed_case, aws, plan.hash, plan.subject.id, sleep=no_wait).is_good
    [left] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert list(by_word(left["IpPermissions"])) == ["tcp/443/0.0.0.0/0"]
    with pytest.raises(AlreadyDone):
        make_plan(armed_case, aws, "revoke-ingress", group)
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, plan.subject.id, sleep=no_wait).is_good
    assert account.state() == before
    [again] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ranges = by_word(again["IpPermissions"])["tcp/3389/::/0"]["Ipv6Ranges"]
    assert ranges == [{"CidrIpv6": "::/0", "Description": "mine"}]


@pytest.mark.parametrize("rule", ["22", "tcp/22", "tcp 22 0.0.0.0/0", "tcp/22/x y"])
def test_what_is_no_rule(case: Case, aws: AwsSession, account: SimulatedAccount, rule: str) -> None:
    arranged = an_open_group(account)
    with pytest.raises(Refusal, match="no rule"):
        make_plan(case, aws, "revoke-ingress", arranged.target, {"rule": rule})


RECORDED = [
    (
        {"groupId": "sg-1", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIp": "::/0"},
        ["tcp/22/::/0"],
    ),
    (
        {
            "groupId": "sg-1",
            "ipPermissions": {
                "items": [
                    {
                        "ipProtocol": "-1",
                        "groups": {"items": [{"groupId": "sg-2"}]},
                        "ipRanges": {},
                        "prefixListIds": {"items": [{"prefixListId": "pl-1"}]},
                    },
                    {
                        "ipProtocol": "udp",
                        "fromPort": 1,
                        "toPort": 9,
                        "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]},
                    },
                ]
            },
        },
        ["all/pl-1", "all/sg-2", "udp/1-9/10.0.0.0/8"],
    ),
    ({"groupId": "sg-1", "ipPermissions": "nonsense"}, []),
]


@pytest.mark.parametrize(("request_", "words"), RECORDED)
def test_what_a_record_opened(request_: dict[str, Any], words: list[str]) -> None:
    assert recorded_words(request_) == words


def test_without_a_region_of_the_case_only_the_session_s_is_asked(
    aws: AwsSession, account: SimulatedAccount, tmp_path: Path
) -> None:
    with open_new_case(tmp_path / "empty.case", Opening()) as empty:
        mark = len(account.calls)
        with pytest.raises(Refusal):
            make_plan(empty, aws, "stop-instance", "i-0123456789abcdef0")
        called = [call.operation for call in account.calls.since(mark)]
        assert called == ["GetCallerIdentity", "DescribeInstances"]
