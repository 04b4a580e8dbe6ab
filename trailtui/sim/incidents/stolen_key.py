"""The incident `stolen-key`: a deploy user's access key leaks in a public repository.

The intruder looks around, makes itself at home (a second key, a session of 36 hours, an
administrator's role, a backdoor user) and reads secrets and customers' data. What it is refused
stands in the records too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.incidents.alert import Alerted
from trailtui.sim.incidents.attacker import Attacker, Habits, list_users
from trailtui.sim.incidents.cast import (
    ADMIN_ROLE,
    ARTIFACTS,
    DEPLOY_USER,
    EXPORTS,
    SECRETS,
    TRAIL,
    Cast,
)
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.script import Scene, expect_refusal
from trailtui.sim.incidents.staging import Stage, perform
from trailtui.sim.incidents.ways import OWN_KEY, OWN_SESSION, new_user

FIRST_ADDRESS = "192.0.2.66"
SECOND_ADDRESS = "192.0.2.143"
USER_AGENT = "aws-cli/2.13.5 Python/3.11.5 Linux/6.5.0-kali3-amd64 exe/x86_64.kali.2023"
BACKDOOR_USER = "svc-monitoring"
ROLE_SESSION_NAME = "deploy"
_IMAGE = "ami-0abcdef1234567890"


HABITS = Habits(
    (FIRST_ADDRESS, SECOND_ADDRESS), USER_AGENT, (new_user(BACKDOOR_USER), OWN_KEY, OWN_SESSION)
)

ALERTED = Alerted(
    type="UnauthorizedAccess:IAMUser/MaliciousIPCaller",
    api="ListUsers",
    service="iam.amazonaws.com",
    title="API ListUsers was invoked from a known malicious IP address {}.",
    description="An API was invoked with an access key from an IP address that is on a "
    "list of known malicious addresses.",
    threat_list="ProofPoint",
)


@dataclass(frozen=True)
class StolenKey(Incident):
    """The played incident: everything a test may want to compare an investigation with."""

    @property
    def expected_entities(self) -> dict[str, tuple[str, ...]]:
        """What a complete investigation names."""
        return super().expected_entities | {"buckets": (ARTIFACTS, EXPORTS), "secrets": SECRETS}


class _Intrusion:
    """The intruder's evening; each method is a scene."""

    def __init__(self, account: SimulatedAccount, cast: Cast) -> None:
        self._account = account
        self.attacker = Attacker(account, HABITS)
        self._key = self.attacker.hold("key", cast.deploy.credential, first=True)

    def who_am_i(self) -> None:
        self._key.client("sts").get_caller_identity()

    def look_around(self) -> None:
        key = self._key
        iam = key.client("iam")
        iam.list_users()
        iam.list_roles()
        key.client("s3").list_buckets()
        key.client("lambda").list_functions()
        iam.get_user(UserName=DEPLOY_USER)

    def be_refused(self) -> None:
        key = self._key
        iam = key.client("iam")
        for scene in (
            iam.get_account_authorization_details,
            iam.list_policies,
            partial(iam.list_attached_user_policies, UserName=DEPLOY_USER),
            partial(iam.create_access_key, UserName="alice.admin"),
            key.client("ec2").describe_instances,
            key.client("ec2", "eu-west-1").describe_instances,
            key.client("secretsmanager").list_secrets,
            key.client("cloudtrail").describe_trails,
            key.client("guardduty").list_detectors,
            partial(key.client("s3").list_objects_v2, Bucket=EXPORTS),
        ):
            expect_refusal(scene)

    def make_second_key(self) -> None:
        made = self._key.client("iam").create_access_key(UserName=DEPLOY_USER)
        self.attacker.hold_id("second-key", made["AccessKey"]["AccessKeyId"])

    def take_session(self) -> None:
        made = self._key.client("sts").get_session_token(DurationSeconds=129600)
        self.attacker.hold_id("user-session", made["Credentials"]["AccessKeyId"])

    def use_session(self) -> None:
        session = self.attacker.held["user-session"]
        s3 = session.client("s3")
        s3.list_buckets()
        s3.list_objects_v2(Bucket=ARTIFACTS)
        # Sessions without MFA may not call IAM.
        expect_refusal(session.client("iam").list_users)

    def become_admin(self) -> None:
        arn = f"arn:aws:iam::{self._account.number}:role/{ADMIN_ROLE}"
        made = self._key.client("sts").assume_role(
            RoleArn=arn, RoleSessionName=ROLE_SESSION_NAME, DurationSeconds=43200
        )
        self.attacker.hold_id("role-session", made["Credentials"]["AccessKeyId"], list_users)

    def _admin(self) -> Actor:
        return self.attacker.held["role-session"]

    def build_backdoor(self) -> None:
        iam = self._admin().client("iam")
        iam.create_user(UserName=BACKDOOR_USER)
        iam.create_login_profile(
            UserName=BACKDOOR_USER,
            Password="Not-a-real-passw0rd",  # noqa: S106
            PasswordResetRequired=False,
        )
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        iam.attach_user_policy(UserName=BACKDOOR_USER, PolicyArn=arn)
        made = iam.create_access_key(UserName=BACKDOOR_USER)
        self.attacker.hold_id("backdoor-key", made["AccessKey"]["AccessKeyId"], list_users)

    def read_secrets(self) -> None:
        secrets = self._admin().client("secretsmanager")
        secrets.list_secrets()
        for name in SECRETS:
            secrets.get_secret_value(SecretId=name)

    def read_exports(self) -> None:
        s3 = self._admin().client("s3")
        for one in s3.list_objects_v2(Bucket=EXPORTS, Prefix="2026/")["Contents"]:
            s3.get_object(Bucket=EXPORTS, Key=one["Key"])

    def try_to_mine(self) -> None:
        for region in ("us-east-1", "eu-west-1"):
            ec2 = self._admin().client("ec2", region)
            ask = partial(
                ec2.run_instances,
                ImageId=_IMAGE,
                InstanceType="p3.16xlarge",
                MinCount=1,
                MaxCount=10,
                # boto3 would make one up, and no two plays would be alike.
                ClientToken=f"mine-{region}",
            )
            expect_refusal(ask)

    def try_to_blind(self) -> None:
        trail = self._admin().client("cloudtrail")
        trail.get_trail_status(Name=TRAIL)
        expect_refusal(partial(trail.stop_logging, Name=TRAIL))
        expect_refusal(partial(trail.delete_trail, Name=TRAIL))

    def test_backdoor(self) -> None:
        backdoor = self.attacker.held["backdoor-key"]
        backdoor.client("sts").get_caller_identity()
        backdoor.client("iam").list_users()


_LENGTH = 96
"""Minutes."""


def _scenes(intrusion: _Intrusion) -> Sequence[tuple[float, Scene]]:
    return (
        (0, intrusion.who_am_i),
        (1, intrusion.look_around),
        (3, intrusion.be_refused),
        (11, intrusion.make_second_key),
        (14, intrusion.take_session),
        (27, intrusion.use_session),
        (35, intrusion.become_admin),
        (38, intrusion.build_backdoor),
        (49, intrusion.read_secrets),
        (53, intrusion.read_exports),
        (71, intrusion.try_to_mine),
        (80, intrusion.try_to_blind),
        (_LENGTH, intrusion.test_backdoor),
    )


def _write(stage: Stage, begins: datetime) -> Attacker:
    intrusion = _Intrusion(stage.account, stage.cast)
    stage.at(begins, _scenes(intrusion))
    return intrusion.attacker


def play(account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48) -> StolenKey:
    """Play the incident in an empty account.

    Args:
        account: just started.
        ends_at: the clock's time afterwards; its present time if not given.
        hours: of ordinary life, the intrusion at their end.
    Returns:
        what happened, and the attacker and the responder to go on with.
    """
    attacker, played = perform(account, ends_at, hours, _LENGTH, _write)
    return StolenKey(
        account=account,
        attacker=attacker,
        responder=played.responder,
        started_at=played.began_at,
        ended_at=played.ended_at,
        finding_id=played.finding_id,
        alerted=ALERTED,
        user=DEPLOY_USER,
        role=ADMIN_ROLE,
        backdoor_user=BACKDOOR_USER,
    )
