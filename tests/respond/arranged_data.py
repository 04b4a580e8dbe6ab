"""Buckets, snapshots, images, keys and secrets that an attacker opened, shared or threatens."""

import json
from typing import Any
from weakref import WeakKeyDictionary

from tests.respond.arranged_logging import REGION, client
from tests.respond.arrangements import Arranged, Entry
from tests.respond.scene import allowing
from trailtui.sim.account import SimulatedAccount

STRANGER = "999988887777"
OTHER = "888877776666"
BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
_SNAPSHOTS: WeakKeyDictionary[SimulatedAccount, dict[str, str]] = WeakKeyDictionary()


def a_bucket(account: SimulatedAccount) -> str:
    """A new bucket in REGION."""
    name = f"exports-{len(account.calls)}"
    s3 = client(account, "s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def policy_for(bucket: str, principal: str = STRANGER) -> str:
    """A bucket's policy that lets somebody read."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def eve(account: SimulatedAccount) -> str:
    return f"arn:aws:iam::{account.number}:user/eve"


def an_open_bucket(account: SimulatedAccount) -> Arranged:
    name, s3 = a_bucket(account), client(account, "s3")
    return Arranged(
        target=name,
        confirm=name,
        gone=lambda: s3.delete_bucket(Bucket=name),
        drift=lambda: s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        ),
    )


def a_half_open_bucket(account: SimulatedAccount) -> Arranged:
    arranged, s3 = an_open_bucket(account), client(account, "s3")
    name = arranged.target
    half = {**BLOCK, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=half)
    return Arranged(
        target=f"arn:aws:s3:::{name}",
        confirm=name,
        gone=arranged.gone,
        drift=lambda: s3.delete_public_access_block(Bucket=name),
    )


def control(account: SimulatedAccount) -> Any:
    """S3 Control's client, which puts the account before the host's name."""
    made = client(account, "s3control", "us-east-1")

    def without_account(request: Any, **_: Any) -> None:
        request.url = request.url.replace(f"//{account.number}.", "//", 1)

    made.meta.events.register("before-send", without_account, unique_id="without-account")
    return made


def an_open_account(account: SimulatedAccount) -> Arranged:
    s3, named = control(account), {"AccountId": account.number}
    s3.delete_public_access_block(**named)

    def put(block: dict[str, bool]) -> Any:
        return lambda: s3.put_public_access_block(**named, PublicAccessBlockConfiguration=block)

    return Arranged(
        target=account.number,
        confirm=account.number,
        gone=put(BLOCK),  # an account can't go: somebody was faster
        drift=put({"BlockPublicAcls": True}),
        clean_up=lambda: s3.delete_public_access_block(**named),
    )


def a_bucket_to_deny(*, with_policy: bool) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        name, s3 = a_bucket(account), client(account, "s3")
        if with_policy:
            s3.put_bucket_policy(Bucket=name, Policy=policy_for(name))
        return Arranged(
            target=f"{name}/{eve(account)}",
            confirm=f"{name}/{eve(account)}",
            gone=lambda: s3.delete_bucket(Bucket=name),
            drift=lambda: s3.put_bucket_policy(Bucket=name, Policy=policy_for(name, OTHER)),
        )

    return arrange


def a_bucket_with_another_policy(document: str) -> Any:
    """Whose policy was replaced; `document` is the one to be put back, or none."""

    def arrange(account: SimulatedAccount) -> Arranged:
        name, s3 = a_bucket(account), client(account, "s3")
        s3.put_bucket_policy(Bucket=name, Policy=policy_for(name))
        given = document or policy_for(name, eve(account))
        return Arranged(
            target=name,
            confirm=name,
            parameters={"document": given},
            gone=lambda: s3.delete_bucket(Bucket=name),
            drift=lambda: s3.put_bucket_policy(Bucket=name, Policy=policy_for(name, OTHER)),
        )

    return arrange


def volume_and_image(account: SimulatedAccount) -> tuple[str, str]:
    """A volume, and an image's machine, which the account has once."""
    known = _SNAPSHOTS.setdefault(account, {})
    ec2 = client(account, "ec2")
    if not known:
        zone = f"{REGION}a"
        known["volume"] = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
        made = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
        known["machine"] = made["Instances"][0]["InstanceId"]
    return known["volume"], known["machine"]


def a_shared_snapshot(account: SimulatedAccount) -> Arranged:
    ec2 = client(account, "ec2")
    number = ec2.create_snapshot(VolumeId=volume_and_image(account)[0])["SnapshotId"]
    named = {"SnapshotId": number, "Attribute": "createVolumePermission"}

    def share(*items: dict[str, str]) -> None:
        ec2.modify_snapshot_attribute(**named, CreateVolumePermission={"Add": list(items)})

    share({"UserId": STRANGER}, {"Group": "all"})
    return Arranged(
        target=number,
        confirm=number,
        parameters={"region": REGION},
        gone=lambda: ec2.delete_snapshot(SnapshotId=number),
        drift=lambda: share({"UserId": OTHER}),
    )


def a_shared_image(account: SimulatedAccount) -> Arranged:
    ec2 = client(account, "ec2")
    machine = volume_and_image(account)[1]
    number = ec2.create_image(InstanceId=machine, Name=f"image-{len(account.calls)}")["ImageId"]

    def share(*items: dict[str, str]) -> None:
        ec2.modify_image_attribute(ImageId=number, LaunchPermission={"Add": list(items)})

    share({"UserId": STRANGER}, {"UserId": OTHER})
    return Arranged(
        target=f"arn:aws:ec2:{REGION}::image/{number}",
        confirm=number,
        parameters={"from": STRANGER},
        gone=lambda: ec2.deregister_image(ImageId=number),
        drift=lambda: share({"Group": "all"}),
    )


def a_shared_database(*, cluster: bool) -> Any:
    word = "cluster" if cluster else "instance"

    def arrange(account: SimulatedAccount) -> Arranged:
        rds, number = client(account, "rds"), f"snapshot-{len(account.calls)}"
        database = _database(account, cluster=cluster)
        named = {f"DB{'Cluster' if cluster else ''}SnapshotIdentifier": number}
        prefix = "db_cluster_" if cluster else "db_"
        make, delete = (
            getattr(rds, f"create_{prefix}snapshot"),
            getattr(rds, f"delete_{prefix}snapshot"),
        )
        modify = getattr(rds, f"modify_{prefix}snapshot_attribute")
        make(**named, **{f"DB{word.capitalize()}Identifier": database})
        modify(**named, AttributeName="restore", ValuesToAdd=[STRANGER])
        return Arranged(
            target=number,
            confirm=number,
            parameters={"region": REGION},
            gone=lambda: delete(**named),
            drift=lambda: modify(**named, AttributeName="restore", ValuesToAdd=["all"]),
        )

    return arrange


def _database(account: SimulatedAccount, *, cluster: bool) -> str:
    rds, name = client(account, "rds"), "cluster" if cluster else "single"
    known = _SNAPSHOTS.setdefault(account, {})
    if name not in known and cluster:
        rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="admin1",
            MasterUserPassword="very-hush-hush",
        )
    elif name not in known:
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            MasterUsername="admin1",
            MasterUserPassword="very-hush-hush",
            AllocatedStorage=20,
        )
    return known.setdefault(name, name)


def a_threatened_key(account: SimulatedAccount) -> Arranged:
    kms = client(account, "kms")
    made = kms.create_key()["KeyMetadata"]
    named = {"KeyId": made["KeyId"]}
    kms.schedule_key_deletion(**named, PendingWindowInDays=9)

    def rescued() -> None:
        kms.cancel_key_deletion(**named)
        kms.enable_key(**named)

    return Arranged(
        target=made["Arn"],
        confirm=made["KeyId"],
        gone=rescued,  # a key can't go in a moment: somebody was faster
        drift=lambda: kms.cancel_key_deletion(**named),
    )


def a_disabled_key(account: SimulatedAccount) -> Arranged:
    kms = client(account, "kms")
    number = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=number)
    return Arranged(
        target=number,
        confirm=number,
        parameters={"region": REGION},
        gone=lambda: kms.schedule_key_deletion(KeyId=number, PendingWindowInDays=7),
        drift=lambda: kms.enable_key(KeyId=number),
    )


def a_secret(*, with_policy: bool) -> Any:
    def arrange(account: SimulatedAccount) -> Arranged:
        secrets, name = client(account, "secretsmanager"), f"prod/db-{len(account.calls)}"
        arn = secrets.create_secret(Name=name, SecretString="hush")["ARN"]
        policy = json.loads(allowing("secretsmanager:GetSecretValue"))
        policy["Statement"][0]["Principal"] = {"AWS": eve(account)}
        if with_policy:
            secrets.put_resource_policy(SecretId=name, ResourcePolicy=json.dumps(policy))
        policy["Statement"][0]["Principal"] = {"AWS": STRANGER}
        return Arranged(
            target=f"{arn}/{eve(account)}",
            confirm=f"{name}/{eve(account)}",
            gone=lambda: secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True),
            drift=lambda: secrets.put_resource_policy(
                SecretId=name, ResourcePolicy=json.dumps(policy)
            ),
        )

    return arrange


ENTRIES = (
    Entry("block-public-access", an_open_bucket, "none"),
    Entry("block-public-access", a_half_open_bucket, "half"),
    Entry("block-account-public-access", an_open_account),
    Entry("deny-principal-on-bucket", a_bucket_to_deny(with_policy=False), "none"),
    Entry("deny-principal-on-bucket", a_bucket_to_deny(with_policy=True), "more"),
    Entry("restore-bucket-policy", a_bucket_with_another_policy(""), "former"),
    Entry("restore-bucket-policy", a_bucket_with_another_policy("none"), "none"),
    Entry("unshare-snapshot", a_shared_snapshot),
    Entry("unshare-image", a_shared_image),
    Entry("unshare-db-snapshot", a_shared_database(cluster=False), "single"),
    Entry("unshare-db-snapshot", a_shared_database(cluster=True), "cluster"),
    Entry("cancel-key-deletion", a_threatened_key),
    Entry("enable-key", a_disabled_key),
    Entry("deny-on-secret", a_secret(with_policy=False), "none"),
    Entry("deny-on-secret", a_secret(with_policy=True), "more"),
)
