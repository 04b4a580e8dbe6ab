"""The incident `instance-credentials`: a developer's key, and through Systems Manager an instance.

What the instance's role may do the intruder does from elsewhere; it leaves a function behind that
acts as a stronger role, and lets that one make a user.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential
from trailtui.sim.incidents.alert import Alerted
from trailtui.sim.incidents.attacker import Attacker, Habits, list_buckets, list_users
from trailtui.sim.incidents.cast import EXPORTS
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.people import People, policy, trusting
from trailtui.sim.incidents.script import Scene, expect_refusal
from trailtui.sim.incidents.staging import Stage, perform
from trailtui.sim.incidents.ways import OWN_SESSION, new_user

USER = "dev-marek"
MACHINE_ROLE, FUNCTION_ROLE = "batch-worker", "report-builder"
FUNCTION = "log-shipper"
BACKDOOR_USER = "svc-metrics"
ADDRESSES = ("192.0.2.131", "192.0.2.132")
USER_AGENT = "Boto3/1.38.2 md/Botocore#1.38.2 ua/2.1 os/linux#6.8.0-kali lang/python#3.13.2"
_OWN_ADDRESS = "203.0.113.91"
_OWN_AGENT = "Boto3/1.34.42 md/Botocore#1.34.42 os/linux#6.1 exec-env/EC2"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_IMAGE = "ami-0a1b2c3d4e5f60718"

HABITS = Habits(ADDRESSES, USER_AGENT, (new_user(BACKDOOR_USER), OWN_SESSION))


def _alerted(instance: str, account: str) -> Alerted:
    return Alerted(
        type="UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        api="ListBuckets",
        service="s3.amazonaws.com",
        title=f"Credentials for the EC2 instance role {MACHINE_ROLE} were used from the external "
        "IP address {}.",
        description="Credentials created exclusively for an EC2 instance were used from outside "
        "of AWS.",
        credential="instance-session",
        instance=(instance, f"arn:aws:iam::{account}:instance-profile/{MACHINE_ROLE}"),
        severity=8,
    )


class _Intrusion:
    """The intruder's evening; each method is a scene."""

    def __init__(self, account: SimulatedAccount, key: Credential, instance: str) -> None:
        self._account = account
        self.instance = instance
        self.attacker = Attacker(account, HABITS)
        self._key = self.attacker.hold("key", key, list_buckets, first=True)

    def who_am_i(self) -> None:
        self._key.client("sts").get_caller_identity()
        self._key.client("ec2").describe_instances()
        expect_refusal(self._key.client("iam").list_users)

    def open_a_shell(self) -> None:
        session = self.attacker.hold("instance-session", self._from_the_shell())
        session.client("sts").get_caller_identity()
        self.attacker.leave_door("shell", self._from_the_shell)

    def _from_the_shell(self) -> Credential:
        self._key.client("ssm").start_session(Target=self.instance)
        return self._account.entrances.instance_session(
            self.instance, taken_by=self._key.credential
        )

    def use_it_elsewhere(self) -> None:
        session = self.attacker.held["instance-session"]
        s3 = session.client("s3")
        s3.list_buckets()
        for one in s3.list_objects_v2(Bucket=EXPORTS, Prefix="2026/")["Contents"]:
            s3.get_object(Bucket=EXPORTS, Key=one["Key"])
        session.client("lambda").list_functions()
        expect_refusal(session.client("iam").list_users)
        expect_refusal(partial(session.client("iam").create_user, UserName=BACKDOOR_USER))

    def leave_a_function(self) -> None:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            # A fixed date: no two plays would be alike.
            archive.writestr(zipfile.ZipInfo("main.py"), "def main(event, context): ...\n")
        self.attacker.held["instance-session"].client("lambda").create_function(
            FunctionName=FUNCTION,
            Role=f"arn:aws:iam::{self._account.number}:role/{FUNCTION_ROLE}",
            Runtime="python3.12",
            Handler="main.main",
            Code={"ZipFile": code.getvalue()},
        )

    def let_it_run(self) -> None:
        session = self.attacker.hold("function-session", self._from_the_function(), list_users)
        session.client("iam").list_users()
        self.attacker.leave_door("function", self._from_the_function, list_users)

    def _from_the_function(self) -> Credential:
        return self._account.entrances.function_session(FUNCTION)

    def build_backdoor(self) -> None:
        iam = self.attacker.held["function-session"].client("iam")
        iam.create_user(UserName=BACKDOOR_USER)
        iam.attach_user_policy(UserName=BACKDOOR_USER, PolicyArn=_ADMINISTRATOR)
        made = iam.create_access_key(UserName=BACKDOOR_USER)
        self.attacker.hold_id("backdoor-key", made["AccessKey"]["AccessKeyId"], list_users)

    def use_backdoor(self) -> None:
        self.attacker.held["backdoor-key"].client("iam").list_users()


class _Worker:
    """What runs on the instance, with the same credentials, from its own address."""

    def __init__(self, account: SimulatedAccount, instance: str) -> None:
        self._account, self._instance = account, instance

    def run(self) -> None:
        session = self._account.instance_session(self._instance)
        s3 = self._account.actor(session, _OWN_ADDRESS, _OWN_AGENT).client("s3")
        s3.put_object(Bucket=EXPORTS, Key="batch/state.json", Body=b"{}")


_LENGTH = 71


def _scenes(intrusion: _Intrusion) -> Sequence[tuple[float, Scene]]:
    return (
        (0, intrusion.who_am_i),
        (6, intrusion.open_a_shell),
        (11, intrusion.use_it_elsewhere),
        (24, intrusion.leave_a_function),
        (31, intrusion.let_it_run),
        (33, intrusion.build_backdoor),
        (_LENGTH, intrusion.use_backdoor),
    )


def _set_up(stage: Stage) -> tuple[Credential, str]:
    """The developer's key, and the instance's id."""
    account = stage.account
    people = People(account, account.actor(account.root))
    people.role(
        MACHINE_ROLE,
        trusting(Service="ec2.amazonaws.com"),
        policy(
            (["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject", "s3:PutObject"], ["*"]),
            # It deploys functions, and may give them any role.
            (["lambda:*", "iam:PassRole"], ["*"]),
        ),
    )
    people.role(FUNCTION_ROLE, trusting(Service="lambda.amazonaws.com"), policy((["iam:*"], ["*"])))
    iam = people.root.client("iam")
    iam.create_instance_profile(InstanceProfileName=MACHINE_ROLE)
    iam.add_role_to_instance_profile(InstanceProfileName=MACHINE_ROLE, RoleName=MACHINE_ROLE)
    made = people.root.client("ec2").run_instances(
        ImageId=_IMAGE,
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": MACHINE_ROLE},
        ClientToken="batch-worker-1",
    )
    rights = policy((["s3:ListAllMyBuckets", "ssm:StartSession", "ec2:Describe*"], ["*"]))
    return people.user(USER, rights), str(made["Instances"][0]["InstanceId"])


def _write(stage: Stage, begins: datetime) -> _Intrusion:
    key, instance = _set_up(stage)
    intrusion = _Intrusion(stage.account, key, instance)
    stage.at(begins, _scenes(intrusion))
    worker = _Worker(stage.account, instance)
    at = stage.starts_at + timedelta(minutes=25)
    while at < begins + timedelta(minutes=_LENGTH):
        stage.script.at(at, worker.run)
        at += timedelta(minutes=40)
    return intrusion


def play(account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48) -> Incident:
    """Play the incident in an empty account; see stolen_key.play."""
    intrusion, played = perform(account, ends_at, hours, _LENGTH, _write)
    return Incident(
        account=account,
        attacker=intrusion.attacker,
        responder=played.responder,
        started_at=played.began_at,
        ended_at=played.ended_at,
        finding_id=played.finding_id,
        alerted=_alerted(intrusion.instance, account.number),
        user=USER,
        role=MACHINE_ROLE,
        backdoor_user=BACKDOOR_USER,
    )
