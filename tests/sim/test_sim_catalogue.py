"""What containment calls, in unmodified boto3: it changes the state, and its counterpart restores
the state; each call is a record without secrets."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sim.laboratory import ALLOW_ALL, NOON, Laboratory, outcome, policy, statement
from tests.simulated import empty_account

BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
STRANGER = "999999999999"


@pytest.fixture(scope="module")
def world() -> Iterator[Laboratory]:
    with empty_account(seed=21, at=NOON) as account:
        yield Laboratory(account)


@pytest.fixture
def machine(world: Laboratory) -> dict[str, Any]:
    ec2 = world.root.client("ec2")
    found = ec2.describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )["Reservations"]
    if not found:
        world.role("machine", ALLOW_ALL, trust={"Service": "ec2.amazonaws.com"})
        for name in ("machine", "empty"):
            world.iam.create_instance_profile(InstanceProfileName=name)
        world.iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
        ec2.run_instances(
            ImageId="ami-0a1b2c3d4e5f60718",
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile={"Name": "machine"},
        )
        found = ec2.describe_instances()["Reservations"]
    made: dict[str, Any] = found[0]["Instances"][0]
    return made


def text(world: Laboratory) -> str:
    return json.dumps(world.account.state(), sort_keys=True)


def there_and_back(
    world: Laboratory, do: Callable[[], Any], undo: Callable[[], Any], *events: str
) -> None:
    """A change is seen in the state, its counterpart takes it back, both are recorded."""
    before, first = text(world), len(world.account.records)
    do()
    assert text(world) != before
    undo()
    assert text(world) == before
    names = [one["eventName"] for one in world.account.records[first:]]
    assert set(events) <= set(names), names


def test_an_interface_is_isolated_and_put_back(world: Laboratory, machine: Any) -> None:
    ec2 = world.root.client("ec2")
    made = ec2.create_security_group(
        GroupName="isolated", Description="none", VpcId=machine["VpcId"]
    )["GroupId"]
    [interface] = machine["NetworkInterfaces"]
    number = interface["NetworkInterfaceId"]
    groups = [one["GroupId"] for one in interface["Groups"]]
    assert len(groups) == 1  # the VPC's default group

    def isolate() -> None:
        ec2.modify_network_interface_attribute(NetworkInterfaceId=number, Groups=[made])
        [now] = ec2.describe_network_interfaces(NetworkInterfaceIds=[number])["NetworkInterfaces"]
        assert [one["GroupId"] for one in now["Groups"]] == [made]
        again = ec2.describe_instances(InstanceIds=[machine["InstanceId"]])
        [seen] = again["Reservations"][0]["Instances"]
        assert [one["GroupId"] for one in seen["SecurityGroups"]] == [made]

    there_and_back(
        world,
        isolate,
        lambda: ec2.modify_network_interface_attribute(NetworkInterfaceId=number, Groups=groups),
        "ModifyNetworkInterfaceAttribute",
    )
    ec2.delete_security_group(GroupId=made)


def test_ingress_that_was_opened(world: Laboratory, machine: Any) -> None:
    ec2 = world.root.client("ec2")
    group = machine["SecurityGroups"][0]["GroupId"]
    rule = {
        "GroupId": group,
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "temporary"}],
            }
        ],
    }
    there_and_back(
        world,
        lambda: ec2.authorize_security_group_ingress(**rule),
        lambda: ec2.revoke_security_group_ingress(**rule),
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
    )


def test_profiles_change_hands(world: Laboratory, machine: Any) -> None:
    ec2, number = world.root.client("ec2"), machine["InstanceId"]

    def association() -> str:
        asked = {"Name": "instance-id", "Values": [number]}
        found = ec2.describe_iam_instance_profile_associations(Filters=[asked])
        return str(found["IamInstanceProfileAssociations"][0]["AssociationId"])

    def named(name: str) -> dict[str, Any]:
        return {"IamInstanceProfile": {"Name": name}}

    old = association()
    there_and_back(
        world,
        lambda: ec2.replace_iam_instance_profile_association(
            AssociationId=association(), **named("empty")
        ),
        lambda: ec2.replace_iam_instance_profile_association(
            AssociationId=association(), **named("machine")
        ),
    )
    assert association() != old
    there_and_back(
        world,
        lambda: ec2.disassociate_iam_instance_profile(AssociationId=association()),
        lambda: ec2.associate_iam_instance_profile(InstanceId=number, **named("machine")),
        "DisassociateIamInstanceProfile",
        "AssociateIamInstanceProfile",
    )


def test_protection_tags_and_stopping(world: Laboratory, machine: Any) -> None:
    ec2, number = world.root.client("ec2"), machine["InstanceId"]

    def protect(*, on: bool) -> None:
        ec2.modify_instance_attribute(InstanceId=number, DisableApiTermination={"Value": on})

    there_and_back(world, lambda: protect(on=True), lambda: protect(on=False))
    tags = [{"Key": "case", "Value": "42"}]
    there_and_back(
        world,
        lambda: ec2.create_tags(Resources=[number], Tags=tags),
        lambda: ec2.delete_tags(Resources=[number], Tags=tags),
    )
    there_and_back(
        world,
        lambda: ec2.stop_instances(InstanceIds=[number]),
        lambda: ec2.start_instances(InstanceIds=[number]),
        "StopInstances",
    )


def test_snapshots_and_images_are_shared_and_not(world: Laboratory, machine: Any) -> None:
    ec2 = world.root.client("ec2")
    volume = machine["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    tagged = [{"ResourceType": "snapshot", "Tags": [{"Key": "case", "Value": "42"}]}]
    number = ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged)["SnapshotId"]
    named = {"SnapshotId": number, "Attribute": "createVolumePermission"}
    given = [{"UserId": STRANGER}, {"Group": "all"}]

    def share() -> None:
        ec2.modify_snapshot_attribute(CreateVolumePermission={"Add": given}, **named)
        seen = ec2.describe_snapshot_attribute(**named)["CreateVolumePermissions"]
        assert sorted(seen, key=str) == sorted(given, key=str)

    there_and_back(
        world,
        share,
        lambda: ec2.modify_snapshot_attribute(CreateVolumePermission={"Remove": given}, **named),
        "ModifySnapshotAttribute",
    )
    there_and_back(world, share, lambda: ec2.reset_snapshot_attribute(**named))
    image = ec2.create_image(InstanceId=machine["InstanceId"], Name="image")["ImageId"]
    there_and_back(
        world,
        lambda: ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": given}),
        lambda: ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": given}),
        "ModifyImageAttribute",
    )
    several = ec2.create_snapshots(
        InstanceSpecification={"InstanceId": machine["InstanceId"]}, TagSpecifications=tagged
    )["Snapshots"]
    assert several[0]["Tags"] == [{"Key": "case", "Value": "42"}]


def test_groups_and_load_balancers_are_left(world: Laboratory, machine: Any) -> None:
    scaling, balancing = world.root.client("autoscaling"), world.root.client("elbv2")
    scaling.create_launch_configuration(
        LaunchConfigurationName="lc", ImageId="ami-0a1b2c3d4e5f60718", InstanceType="t3.micro"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="fleet",
        LaunchConfigurationName="lc",
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        VPCZoneIdentifier=machine["SubnetId"],
    )
    [group] = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    member = group["Instances"][0]["InstanceId"]
    named = {"AutoScalingGroupName": "fleet", "InstanceIds": [member]}
    there_and_back(
        world,
        lambda: scaling.enter_standby(ShouldDecrementDesiredCapacity=True, **named),
        lambda: scaling.exit_standby(**named),
        "EnterStandby",
    )
    there_and_back(
        world,
        lambda: scaling.detach_instances(ShouldDecrementDesiredCapacity=True, **named),
        lambda: scaling.attach_instances(**named),
        "DetachInstances",
    )
    target = balancing.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=machine["VpcId"]
    )["TargetGroups"][0]["TargetGroupArn"]
    one = {"TargetGroupArn": target, "Targets": [{"Id": machine["InstanceId"]}]}
    balancing.register_targets(**one)
    there_and_back(
        world,
        lambda: balancing.deregister_targets(**one),
        lambda: balancing.register_targets(**one),
        "DeregisterTargets",
    )
    classic = world.root.client("elb")
    classic.create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
        Subnets=[machine["SubnetId"]],
    )
    there = {"LoadBalancerName": "old", "Instances": [{"InstanceId": machine["InstanceId"]}]}
    there_and_back(
        world,
        lambda: classic.register_instances_with_load_balancer(**there),
        lambda: classic.deregister_instances_from_load_balancer(**there),
        "DeregisterInstancesFromLoadBalancer",
    )


def test_blocks_and_policies_of_buckets(world: Laboratory) -> None:
    s3, control = world.root.client("s3"), world.root.client("s3control")
    account = world.account.number

    def without_account(request: Any, **_: Any) -> None:
        request.url = request.url.replace(f"//{account}.", "//", 1)

    control.meta.events.register("before-send", without_account)
    s3.create_bucket(Bucket="exports")
    there_and_back(
        world,
        lambda: s3.put_public_access_block(Bucket="exports", PublicAccessBlockConfiguration=BLOCK),
        lambda: s3.delete_public_access_block(Bucket="exports"),
        "PutBucketPublicAccessBlock",
    )
    there_and_back(
        world,
        lambda: control.put_public_access_block(
            AccountId=account, PublicAccessBlockConfiguration=BLOCK
        ),
        lambda: control.delete_public_access_block(AccountId=account),
        "PutAccountPublicAccessBlock",
    )
    stop = policy(statement("Deny", "s3:*", "arn:aws:s3:::exports/*", Principal={"AWS": STRANGER}))
    there_and_back(
        world,
        lambda: s3.put_bucket_policy(Bucket="exports", Policy=stop),
        lambda: s3.delete_bucket_policy(Bucket="exports"),
    )
    put = next(r for r in world.account.records if r["eventName"] == "PutBucketPolicy")
    assert put["requestParameters"]["bucketPolicy"]["Statement"][0]["Effect"] == "Deny"


def test_keys_secrets_and_databases(world: Laboratory) -> None:
    kms, secrets = world.root.client("kms"), world.root.client("secretsmanager")
    rds = world.root.client("rds")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    there_and_back(world, lambda: kms.disable_key(KeyId=key), lambda: kms.enable_key(KeyId=key))

    def rescue() -> None:
        kms.cancel_key_deletion(KeyId=key)
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
        assert outcome(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"
        kms.enable_key(KeyId=key)

    there_and_back(
        world,
        lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7),
        rescue,
        "CancelKeyDeletion",
        "EnableKey",
    )
    secrets.create_secret(Name="prod", SecretString="hush")
    stop = policy(statement("Deny", "*", "*", Principal={"AWS": STRANGER}))
    there_and_back(
        world,
        lambda: secrets.put_resource_policy(SecretId="prod", ResourcePolicy=stop),
        lambda: secrets.delete_resource_policy(SecretId="prod"),
        "PutResourcePolicy",
    )
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="admin",
        MasterUserPassword="very-hush-hush",
        AllocatedStorage=20,
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="snap", DBInstanceIdentifier="db")
    named = {"DBSnapshotIdentifier": "snap", "AttributeName": "restore"}
    there_and_back(
        world,
        lambda: rds.modify_db_snapshot_attribute(ValuesToAdd=["all", STRANGER], **named),
        lambda: rds.modify_db_snapshot_attribute(ValuesToRemove=["all", STRANGER], **named),
        "ModifyDBSnapshotAttribute",
    )
    assert "hush" not in json.dumps(world.account.records)
    assert "hush" not in text(world)


def code(said: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # The same bytes at any time, as a restorer has them.
        archive.writestr(zipfile.ZipInfo("main.py"), f"print({said!r})")
    return packed.getvalue()


def test_functions(world: Laboratory) -> None:
    made = world.root.client("lambda")
    role = world.role("runner", ALLOW_ALL, trust={"Service": "lambda.amazonaws.com"})
    named = {"FunctionName": "job"}
    made.create_function(
        Role=role, Runtime="python3.12", Handler="main.main", Code={"ZipFile": code("a")}, **named
    )
    there_and_back(
        world,
        lambda: made.put_function_concurrency(ReservedConcurrentExecutions=0, **named),
        lambda: made.delete_function_concurrency(**named),
        "PutFunctionConcurrency20171031",
        "DeleteFunctionConcurrency20171031",
    )
    there_and_back(
        world,
        lambda: made.update_function_code(ZipFile=code("b"), **named),
        lambda: made.update_function_code(ZipFile=code("a"), **named),
        "UpdateFunctionCode20150331v2",
    )
    layer = made.publish_layer_version(LayerName="extra", Content={"ZipFile": code("c")})
    hidden = {"Variables": {"TOKEN": "very-hush-hush"}}
    there_and_back(
        world,
        lambda: made.update_function_configuration(
            Layers=[layer["LayerVersionArn"]], Environment=hidden, **named
        ),
        lambda: made.update_function_configuration(
            Layers=[], Environment={"Variables": {}}, **named
        ),
        "UpdateFunctionConfiguration20150331v2",
    )
    assert "hush" not in json.dumps(world.account.records)
    there_and_back(
        world,
        lambda: made.add_permission(
            StatementId="odd", Action="lambda:InvokeFunction", Principal=STRANGER, **named
        ),
        lambda: made.remove_permission(StatementId="odd", **named),
        "AddPermission20150331v2",
        "RemovePermission20150331v2",
    )
    world.root.client("sqs").create_queue(QueueName="feed")
    source = f"arn:aws:sqs:us-east-1:{world.account.number}:feed"
    feed = made.create_event_source_mapping(EventSourceArn=source, **named)["UUID"]
    there_and_back(
        world,
        lambda: made.update_event_source_mapping(UUID=feed, Enabled=False),
        lambda: made.update_event_source_mapping(UUID=feed, Enabled=True),
        "UpdateEventSourceMapping20150331",
    )
    assert [v["Version"] for v in made.list_versions_by_function(**named)["Versions"]] == [
        "$LATEST"
    ]


def test_logging(world: Laboratory) -> None:
    trails, duty = world.root.client("cloudtrail"), world.root.client("guardduty")
    recorder, ec2 = world.root.client("config"), world.root.client("ec2")
    world.root.client("s3").create_bucket(Bucket="trail-logs")
    settings = {"Name": "audit", "S3BucketName": "trail-logs", "IsMultiRegionTrail": True}
    trails.create_trail(**settings)
    trails.start_logging(Name="audit")
    there_and_back(
        world, lambda: trails.stop_logging(Name="audit"), lambda: trails.start_logging(Name="audit")
    )
    every, none = ([{"ReadWriteType": one}] for one in ("All", "WriteOnly"))
    trails.put_event_selectors(TrailName="audit", EventSelectors=every)
    there_and_back(
        world,
        lambda: trails.put_event_selectors(TrailName="audit", EventSelectors=none),
        lambda: trails.put_event_selectors(TrailName="audit", EventSelectors=every),
    )

    def restore() -> None:
        trails.create_trail(**settings)
        trails.put_event_selectors(TrailName="audit", EventSelectors=every)
        trails.start_logging(Name="audit")

    there_and_back(world, lambda: trails.delete_trail(Name="audit"), restore, "CreateTrail")
    number = duty.create_detector(Enable=True)["DetectorId"]
    there_and_back(
        world,
        lambda: duty.update_detector(DetectorId=number, Enable=False),
        lambda: duty.update_detector(DetectorId=number, Enable=True),
    )
    assert duty.get_detector(DetectorId=number)["Status"] == "ENABLED"
    recorder.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{world.account.number}:role/config",
            "recordingGroup": {"allSupported": True},
        }
    )
    recorder.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "trail-logs"})
    one = {"ConfigurationRecorderName": "default"}
    there_and_back(
        world,
        lambda: recorder.start_configuration_recorder(**one),
        lambda: recorder.stop_configuration_recorder(**one),
    )
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made: list[str] = []

    def flow() -> None:
        made[:] = ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination="arn:aws:s3:::trail-logs",
        )["FlowLogIds"]

    there_and_back(world, flow, lambda: ec2.delete_flow_logs(FlowLogIds=made), "CreateFlowLogs")


def test_devices_and_passwords(world: Laboratory) -> None:
    iam = world.iam
    world.user("eve", ALLOW_ALL)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="eve")["VirtualMFADevice"]
    named = {"UserName": "eve", "SerialNumber": device["SerialNumber"]}

    def enable() -> None:
        iam.enable_mfa_device(AuthenticationCode1="123456", AuthenticationCode2="654321", **named)

    there_and_back(world, enable, lambda: iam.deactivate_mfa_device(**named))
    iam.create_login_profile(UserName="eve", Password="Very-hush-hush-1")

    def must_change(*, on: bool) -> None:
        iam.update_login_profile(UserName="eve", PasswordResetRequired=on)

    there_and_back(world, lambda: must_change(on=True), lambda: must_change(on=False))
    assert world.account.entrances.sign_in("eve", "Very-hush-hush-1")
    assert iam.list_service_specific_credentials(UserName="eve")["ServiceSpecificCredentials"] == []


def test_the_simulator_of_policies_says_what_the_enforcement_does(world: Laboratory) -> None:
    mia = world.user(
        "mia",
        policy(statement("Allow", ["s3:*", "ec2:*"])),
        policy(statement("Deny", "s3:Delete*", "arn:aws:s3:::exports*")),
    )
    asked = world.iam.simulate_principal_policy(
        PolicySourceArn=mia.credential.arn,
        ActionNames=["s3:DeleteBucket", "s3:ListBucket", "iam:ListUsers"],
        ResourceArns=["arn:aws:s3:::exports"],
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in asked] == ["explicitDeny", "allowed", "implicitDeny"]
    only = world.iam.create_policy(
        PolicyName="only-ec2", PolicyDocument=policy(statement("Allow", "ec2:*"))
    )["Policy"]["Arn"]
    world.iam.put_user_permissions_boundary(UserName="mia", PermissionsBoundary=only)
    [bound] = world.iam.simulate_principal_policy(
        PolicySourceArn=mia.credential.arn, ActionNames=["s3:ListBucket"]
    )["EvaluationResults"]
    assert bound["EvalDecision"] == "implicitDeny"
    assert not bound["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
    [custom] = world.iam.simulate_custom_policy(
        PolicyInputList=[policy(statement("Deny", "iam:*"))], ActionNames=["iam:ListUsers"]
    )["EvaluationResults"]
    assert custom["EvalDecision"] == "explicitDeny"


def test_when_a_service_was_last_used(world: Laboratory) -> None:
    zoe = world.user("zoe", ALLOW_ALL)
    zoe.client("ec2", "eu-west-1").describe_instances()
    job = world.iam.generate_service_last_accessed_details(Arn=zoe.credential.arn)["JobId"]
    found = world.iam.get_service_last_accessed_details(JobId=job)
    assert found["JobStatus"] == "COMPLETED"
    [service] = found["ServicesLastAccessed"]
    assert (service["ServiceNamespace"], service["LastAuthenticatedRegion"]) == (
        "ec2",
        "eu-west-1",
    )


def test_merely_looking_changes_nothing(world: Laboratory) -> None:
    before = text(world)
    for region in ("eu-central-1", "ap-south-1"):
        world.root.client("ec2", region).describe_instances()
        world.root.client("kms", region).list_keys()
        world.root.client("lambda", region).list_functions()
        world.root.client("guardduty", region).list_detectors()
    assert text(world) == before
