"""The incident `role-chain`: a scheduler's key, and from role to role into a second account.

In the second account the intruder reads a data store, makes a user, and opens a role's trust to an
account of its own, through which it comes in again.
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
from trailtui.sim.incidents.attacker import Attacker, Habits, list_buckets, list_users
from trailtui.sim.incidents.cast import RESPONSE_ROLE, Cast
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.people import People, policy, trusting
from trailtui.sim.incidents.response import RESPONSE_POLICY
from trailtui.sim.incidents.script import Scene, expect_refusal
from trailtui.sim.incidents.staging import Stage, perform, respond
from trailtui.sim.incidents.ways import OWN_KEY, OWN_SESSION, new_user, take_role

SECOND_ACCOUNT = "444455556666"
OWN_ACCOUNT = "999988887777"
"""The intruder's."""
USER = "etl-scheduler"
FIRST_ROLE, SECOND_ROLE, THIRD_ROLE = "etl-orchestrator", "data-platform-admin", "backup-operator"
BACKDOOR_USER = "svc-replication"
REVIEWER = "petra.platform"
LAKE = "meadow-data-lake"
ADDRESSES = ("192.0.2.77", "192.0.2.78")
USER_AGENT = "aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#arm64"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

ALERTED = Alerted(
    type="PrivilegeEscalation:IAMUser/AnomalousBehavior",
    api="AssumeRole",
    service="sts.amazonaws.com",
    title="User IAMUser : " + USER + " is anomalously invoking APIs commonly used in Privilege "
    "Escalation tactics, from {}.",
    description="APIs commonly used in Privilege Escalation tactics were invoked under unusual "
    "circumstances by " + USER + ".",
)


def _arn(account: str, role: str) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


class _Intrusion:
    """The intruder's way; each method is a scene."""

    def __init__(self, account: SimulatedAccount, key: Credential, own: Credential) -> None:
        self._account = account
        self._first = _arn(account.number, FIRST_ROLE)
        self._second = _arn(SECOND_ACCOUNT, SECOND_ROLE)
        self._third = _arn(SECOND_ACCOUNT, THIRD_ROLE)
        ways = (
            new_user(BACKDOOR_USER),
            take_role(self._third, "nightly", list_buckets),
            take_role(self._second, "etl", list_users),
            take_role(self._first, "etl", list_buckets),
            OWN_KEY,
            OWN_SESSION,
        )
        self.attacker = Attacker(account, Habits(ADDRESSES, USER_AGENT, ways))
        self._key = self.attacker.hold("key", key, first=True)
        self._own = account.actor(own, ADDRESSES[-1], USER_AGENT)

    def _take(self, word: str, by: Actor, role: str, session: str) -> Actor:
        made = by.client("sts").assume_role(RoleArn=role, RoleSessionName=session)
        probe = list_users if role == self._second else list_buckets
        return self.attacker.hold_id(word, made["Credentials"]["AccessKeyId"], probe)

    def who_am_i(self) -> None:
        self._key.client("sts").get_caller_identity()
        self._key.client("s3").list_buckets()
        expect_refusal(self._key.client("iam").list_roles)

    def first_hop(self) -> None:
        first = self._take("first-role", self._key, self._first, "etl")
        first.client("s3").list_buckets()
        expect_refusal(first.client("iam").list_users)

    def second_hop(self) -> None:
        first = self.attacker.held["first-role"]
        second = self._take("second-role", first, self._second, "etl")
        second.client("sts").get_caller_identity()
        second.client("iam").list_users()
        second.client("iam").list_roles()

    def third_hop(self) -> None:
        third = self._take("third-role", self.attacker.held["second-role"], self._third, "nightly")
        s3 = third.client("s3")
        for one in s3.list_objects_v2(Bucket=LAKE)["Contents"]:
            s3.get_object(Bucket=LAKE, Key=one["Key"])

    def build_backdoor(self) -> None:
        iam = self.attacker.held["second-role"].client("iam")
        iam.create_user(UserName=BACKDOOR_USER)
        iam.attach_user_policy(UserName=BACKDOOR_USER, PolicyArn=_ADMINISTRATOR)
        made = iam.create_access_key(UserName=BACKDOOR_USER)
        self.attacker.hold_id("backdoor-key", made["AccessKey"]["AccessKeyId"], list_users)

    def open_the_trust(self) -> None:
        trust = json.loads(trusting(AWS=self._second))
        trust["Statement"] += json.loads(trusting(AWS=f"arn:aws:iam::{OWN_ACCOUNT}:root"))[
            "Statement"
        ]
        iam = self.attacker.held["second-role"].client("iam")
        iam.update_assume_role_policy(RoleName=THIRD_ROLE, PolicyDocument=json.dumps(trust))

    def come_in_from_outside(self) -> None:
        self.attacker.hold("outside-session", self._from_outside()).client("s3").list_buckets()
        self.attacker.leave_door("opened-trust", self._from_outside)

    def _from_outside(self) -> Credential:
        made = self._own.client("sts").assume_role(RoleArn=self._third, RoleSessionName="support")
        return self._account.credential(made["Credentials"]["AccessKeyId"])

    def use_backdoor(self) -> None:
        key = self.attacker.held["backdoor-key"]
        key.client("iam").list_users()
        expect_refusal(partial(key.client("s3").list_objects_v2, Bucket="meadow-customer-exports"))


_LENGTH = 33


def _scenes(intrusion: _Intrusion) -> Sequence[tuple[float, Scene]]:
    return (
        (0, intrusion.who_am_i),
        (2, intrusion.first_hop),
        (4, intrusion.second_hop),
        (7, intrusion.third_hop),
        (13, intrusion.build_backdoor),
        (19, intrusion.open_the_trust),
        (24, intrusion.come_in_from_outside),
        (_LENGTH, intrusion.use_backdoor),
    )


def _first_account(stage: Stage) -> Credential:
    account = stage.account
    people = People(account, account.actor(account.root))
    first = _arn(account.number, FIRST_ROLE)
    there = [_arn(SECOND_ACCOUNT, SECOND_ROLE)]
    people.role(
        FIRST_ROLE,
        trusting(AWS=f"arn:aws:iam::{account.number}:root"),
        policy((["s3:ListAllMyBuckets"], ["*"]), (["sts:AssumeRole"], there)),
    )
    people.root.client("iam").put_user_policy(
        UserName="responder",
        PolicyName="the-other-account",
        PolicyDocument=policy((["sts:AssumeRole"], [_arn(SECOND_ACCOUNT, RESPONSE_ROLE)])),
    )
    return people.user(
        USER, policy((["s3:ListAllMyBuckets"], ["*"]), (["sts:AssumeRole"], [first]))
    )


def _second_account(stage: Stage) -> None:
    """The role's trust was reviewed in time for the case to know how it was."""
    account = stage.account
    people = People(account, account.actor(account.entrances.root_key(SECOND_ACCOUNT)))
    second, third = _arn(SECOND_ACCOUNT, SECOND_ROLE), _arn(SECOND_ACCOUNT, THIRD_ROLE)
    people.role(
        SECOND_ROLE,
        trusting(AWS=_arn(account.number, FIRST_ROLE)),
        policy((["iam:*", "s3:ListAllMyBuckets"], ["*"]), (["sts:AssumeRole"], [third])),
    )
    people.role(
        THIRD_ROLE,
        trusting(AWS=second),
        policy((["s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"], ["*"])),
    )
    people.role(RESPONSE_ROLE, trusting(AWS=stage.cast.responder.credential.arn), RESPONSE_POLICY)
    key = people.user(REVIEWER, policy((["iam:*"], ["*"])))
    review = account.actor(key, "198.51.100.61", "aws-cli/2.27.50 md/prompt#off").client("iam")
    reviewed = partial(
        review.update_assume_role_policy, RoleName=THIRD_ROLE, PolicyDocument=trusting(AWS=second)
    )
    stage.script.at(stage.starts_at + timedelta(minutes=20), reviewed)
    s3 = people.root.client("s3")
    s3.create_bucket(Bucket=LAKE)
    for day in range(1, 4):
        s3.put_object(Bucket=LAKE, Key=f"orders/day={day}/part-0.parquet", Body=b"PAR1")


def _own_account(account: SimulatedAccount) -> Credential:
    """A user in the intruder's own account, which nobody can do anything about."""
    people = People(account, account.actor(account.entrances.root_key(OWN_ACCOUNT)))
    return people.user("operator", policy((["*"], ["*"])))


def _write(stage: Stage, begins: datetime) -> tuple[Attacker, Cast]:
    key = _first_account(stage)
    _second_account(stage)
    intrusion = _Intrusion(stage.account, key, _own_account(stage.account))
    stage.at(begins, _scenes(intrusion))
    return intrusion.attacker, stage.cast


def play(account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48) -> Incident:
    """Play the incident in an empty account; see stolen_key.play."""
    (attacker, cast), played = perform(account, ends_at, hours, _LENGTH, _write)
    return Incident(
        account=account,
        attacker=attacker,
        responder=played.responder,
        started_at=played.began_at,
        ended_at=played.ended_at,
        finding_id=played.finding_id,
        alerted=ALERTED,
        user=USER,
        role=FIRST_ROLE,
        backdoor_user=BACKDOOR_USER,
        elsewhere={SECOND_ACCOUNT: respond(cast, account, SECOND_ACCOUNT)},
    )
