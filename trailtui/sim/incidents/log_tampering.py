"""The incident `log-tampering`: first the logging goes, then a bucket is held to ransom.

A backup user's key: selectors, a stopped trail and a deleted one; then a bucket's objects, policy,
encryption and lifecycle. A second key and a federated session are kept aside.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.identity import Credential
from trailtui.sim.incidents.alert import Alerted
from trailtui.sim.incidents.attacker import Attacker, Habits, list_buckets
from trailtui.sim.incidents.cast import APP_ROLE, ARTIFACTS, EXPORTS, TRAIL, TRAIL_BUCKET, Cast
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.people import People, policy, trusting
from trailtui.sim.incidents.script import Scene, expect_refusal
from trailtui.sim.incidents.staging import Stage, perform
from trailtui.sim.incidents.ways import OWN_KEY, OWN_SESSION, take_role

USER = "backup-bot"
ROLE = "storage-admin"
SECOND_TRAIL = "meadow-audit"
ADDRESSES = ("192.0.2.9", "192.0.2.10")
USER_AGENT = "S3 Browser/12.2.1 (https://s3browser.com)"
_KEY_OF_THEIRS = "arn:aws:kms:us-east-1:999988887777:key/0e6f3bd2-9d4f-4c1e-9a53-7c3f6f3f2b11"
_NOTE = "HOW-TO-GET-YOUR-DATA-BACK.txt"

ALERTED = Alerted(
    type="Stealth:IAMUser/CloudTrailLoggingDisabled",
    api="StopLogging",
    service="cloudtrail.amazonaws.com",
    title=f"AWS CloudTrail trail {TRAIL} was disabled from {{}}.",
    description=f"AWS CloudTrail trail {TRAIL} was disabled by {USER} calling StopLogging.",
    severity=2,
)


class _Intrusion:
    """The intruder's night; each method is a scene."""

    def __init__(self, account: SimulatedAccount, key: Credential) -> None:
        role = f"arn:aws:iam::{account.number}:role/{ROLE}"
        ways = (take_role(role, "maintenance", list_buckets), OWN_KEY, OWN_SESSION)
        self._role = role
        self.attacker = Attacker(account, Habits(ADDRESSES, USER_AGENT, ways))
        self._key = self.attacker.hold("key", key, first=True)

    def look_around(self) -> None:
        self._key.client("sts").get_caller_identity()
        trail = self._key.client("cloudtrail")
        trail.describe_trails()
        trail.get_trail_status(Name=TRAIL)
        trail.get_event_selectors(TrailName=TRAIL)
        self._key.client("s3").list_buckets()
        expect_refusal(self._key.client("iam").list_users)
        expect_refusal(self._key.client("guardduty").list_detectors)

    def blind(self) -> None:
        trail = self._key.client("cloudtrail")
        trail.put_event_selectors(
            TrailName=TRAIL,
            EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": False}],
        )
        trail.stop_logging(Name=TRAIL)
        trail.delete_trail(Name=SECOND_TRAIL)

    def keep_something_aside(self) -> None:
        made = self._key.client("iam").create_access_key(UserName=USER)
        self.attacker.hold_id("second-key", made["AccessKey"]["AccessKeyId"])
        made = self._key.client("sts").get_federation_token(
            Name="sync", Policy=policy((["s3:*"], ["*"])), DurationSeconds=129600
        )
        self.attacker.hold_id("federated-session", made["Credentials"]["AccessKeyId"])

    def take_the_role(self) -> None:
        made = self._key.client("sts").assume_role(
            RoleArn=self._role, RoleSessionName="maintenance"
        )
        self.attacker.hold_id("role-session", made["Credentials"]["AccessKeyId"])

    def _admin(self) -> Actor:
        return self.attacker.held["role-session"]

    def steal(self) -> None:
        s3 = self._admin().client("s3")
        for one in s3.list_objects_v2(Bucket=EXPORTS, Prefix="2026/")["Contents"]:
            s3.get_object(Bucket=EXPORTS, Key=one["Key"])

    def destroy(self) -> None:
        s3 = self._admin().client("s3")
        for month in range(1, 4):
            s3.delete_object(Bucket=EXPORTS, Key=f"2026/{month:02}/customers.csv")
        rule = {
            "ServerSideEncryptionConfiguration": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": _KEY_OF_THEIRS,
                        }
                    }
                ]
            }
        }
        s3.put_bucket_encryption(Bucket=EXPORTS, **rule)
        expire = {
            "ID": "x",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 1},
        }
        s3.put_bucket_lifecycle_configuration(
            Bucket=ARTIFACTS, LifecycleConfiguration={"Rules": [expire]}
        )

    def lock_out(self) -> None:
        s3 = self._admin().client("s3")
        s3.put_object(Bucket=ARTIFACTS, Key=_NOTE, Body=b"Write to ...")
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{EXPORTS}/2026/*",
            "Condition": {"StringNotLike": {"aws:PrincipalArn": self._role}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        s3.put_bucket_policy(Bucket=EXPORTS, Policy=document)

    def check_what_is_aside(self) -> None:
        self.attacker.held["federated-session"].client("s3").list_buckets()
        expect_refusal(partial(self._admin().client("s3").delete_bucket, Bucket=TRAIL_BUCKET))


_LENGTH = 52


def _scenes(intrusion: _Intrusion) -> Sequence[tuple[float, Scene]]:
    return (
        (0, intrusion.look_around),
        (5, intrusion.blind),
        (8, intrusion.keep_something_aside),
        (13, intrusion.take_the_role),
        (15, intrusion.steal),
        (29, intrusion.destroy),
        (41, intrusion.lock_out),
        (_LENGTH, intrusion.check_what_is_aside),
    )


def _review(cast: Cast) -> None:
    """The administrator looks after trails and a bucket: the case knows from it how they were."""
    trail = cast.admin.client("cloudtrail")
    trail.put_event_selectors(
        TrailName=TRAIL, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    )
    trail.create_trail(
        Name=SECOND_TRAIL, S3BucketName=TRAIL_BUCKET, S3KeyPrefix="audit", IsMultiRegionTrail=False
    )
    trail.start_logging(Name=SECOND_TRAIL)
    account = cast.admin.credential.account
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:role/{APP_ROLE}"},
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{EXPORTS}/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cast.admin.client("s3").put_bucket_policy(Bucket=EXPORTS, Policy=document)


def _set_up(stage: Stage) -> Credential:
    account = stage.account
    people = People(account, account.actor(account.root))
    people.role(
        ROLE,
        trusting(AWS=f"arn:aws:iam::{account.number}:root"),
        policy((["s3:*"], ["*"]), deny=["s3:DeleteBucket"]),
    )
    stage.script.at(stage.starts_at + timedelta(minutes=20), partial(_review, stage.cast))
    own = f"arn:aws:iam::{account.number}:user/{USER}"
    return people.user(
        USER,
        policy(
            (["s3:*", "cloudtrail:*", "sts:GetFederationToken"], ["*"]),
            (["iam:CreateAccessKey"], [own]),
            (["sts:AssumeRole"], [f"arn:aws:iam::{account.number}:role/{ROLE}"]),
        ),
    )


def _write(stage: Stage, begins: datetime) -> Attacker:
    intrusion = _Intrusion(stage.account, _set_up(stage))
    stage.at(begins, _scenes(intrusion))
    return intrusion.attacker


def play(account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48) -> Incident:
    """Play the incident in an empty account; see stolen_key.play."""
    attacker, played = perform(account, ends_at, hours, _LENGTH, _write)
    return Incident(
        account=account,
        attacker=attacker,
        responder=played.responder,
        started_at=played.began_at,
        ended_at=played.ended_at,
        finding_id=played.finding_id,
        alerted=ALERTED,
        user=USER,
        role=ROLE,
    )
