"""The incident `console-user`: a console password was phished, and there was no MFA.

The intruder works in the console: it gives a forgotten user a password and a key, signs in as that
one, switches to the administrators' role and makes a user to stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.identity import Credential
from trailtui.sim.incidents.alert import Alerted
from trailtui.sim.incidents.attacker import Attacker, Habits, list_users
from trailtui.sim.incidents.cast import ADMIN_ROLE, EXPORTS, SECRETS
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.incidents.people import People, policy
from trailtui.sim.incidents.script import Scene, expect_refusal
from trailtui.sim.incidents.staging import Stage, perform
from trailtui.sim.incidents.ways import OWN_KEY, OWN_SESSION, new_user
from trailtui.sim.signin import Place

USER = "nadia.finance"
FORGOTTEN = "contractor-2024"
BACKDOOR_USER = "svc-billing-export"
ADDRESSES = ("192.0.2.18", "192.0.2.201")
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36"
)
_OFFICE = Place(source_ip="198.51.100.31")
_OFFICE_AGENT = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Firefox/140.0"
_PHISHED, _SET = "Autumn-2025-rain", "Contractor-again-1"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

HABITS = Habits(ADDRESSES, USER_AGENT, (new_user(BACKDOOR_USER), OWN_KEY, OWN_SESSION))
ALERTED = Alerted(
    type="Persistence:IAMUser/AnomalousBehavior",
    api="CreateAccessKey",
    service="iam.amazonaws.com",
    title="User IAMUser : " + USER + " is anomalously invoking APIs commonly used in Persistence "
    "tactics, from {}.",
    description="APIs commonly used in Persistence tactics were invoked under unusual "
    "circumstances by " + USER + ".",
    credential="console",
)


class _Intrusion:
    """The intruder's morning; each method is a scene."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.attacker = Attacker(account, HABITS)
        self.attacker.leave_door("phished-password", self._as_nadia, list_users)

    def _as_nadia(self) -> Credential:
        return self._account.entrances.sign_in(USER, _PHISHED, place=_place(ADDRESSES[0]))

    def _as_contractor(self) -> Credential:
        return self._account.entrances.sign_in(FORGOTTEN, _SET, place=_place(ADDRESSES[1]))

    def _held(self, word: str) -> Actor:
        return self.attacker.held[word]

    def sign_in(self) -> None:
        self.attacker.hold("console", self._as_nadia(), list_users, first=True)

    def look_around(self) -> None:
        console = self._held("console")
        iam = console.client("iam")
        iam.list_users()
        iam.list_roles()
        console.client("s3").list_buckets()
        iam.get_user(UserName=FORGOTTEN)
        for scene in (
            partial(iam.list_access_keys, UserName="alice.admin"),
            partial(iam.create_user, UserName=BACKDOOR_USER),
            console.client("cloudtrail").describe_trails,
        ):
            expect_refusal(scene)

    def wake_the_contractor(self) -> None:
        iam = self._held("console").client("iam")
        iam.create_login_profile(UserName=FORGOTTEN, Password=_SET, PasswordResetRequired=False)
        made = iam.create_access_key(UserName=FORGOTTEN)
        self.attacker.hold_id("contractor-key", made["AccessKey"]["AccessKeyId"])
        self.attacker.leave_door("contractor-password", self._as_contractor)

    def be_the_contractor(self) -> None:
        session = self.attacker.hold("contractor-console", self._as_contractor())
        session.client("s3").list_buckets()

    def switch_to_admin(self) -> None:
        taken = self._account.entrances.switch_role(
            self._held("contractor-console").credential,
            f"arn:aws:iam::{self._account.number}:role/{ADMIN_ROLE}",
            place=_place(ADDRESSES[1]),
        )
        self.attacker.hold("admin-console", taken, list_users).client("iam").list_users()

    def build_backdoor(self) -> None:
        iam = self._held("admin-console").client("iam")
        iam.create_user(UserName=BACKDOOR_USER)
        iam.attach_user_policy(UserName=BACKDOOR_USER, PolicyArn=_ADMINISTRATOR)
        made = iam.create_access_key(UserName=BACKDOOR_USER)
        self.attacker.hold_id("backdoor-key", made["AccessKey"]["AccessKeyId"], list_users)

    def read(self) -> None:
        admin = self._held("admin-console")
        for name in SECRETS:
            admin.client("secretsmanager").get_secret_value(SecretId=name)
        admin.client("s3").list_objects_v2(Bucket=EXPORTS, Prefix="2026/")

    def use_backdoor(self) -> None:
        key = self._held("backdoor-key")
        key.client("sts").get_caller_identity()
        made = key.client("sts").get_session_token(DurationSeconds=129600)
        self.attacker.hold_id("backdoor-session", made["Credentials"]["AccessKeyId"])
        self._held("backdoor-session").client("s3").list_buckets()


def _place(address: str) -> Place:
    return Place(source_ip=address, user_agent=USER_AGENT)


_LENGTH = 58


def _scenes(intrusion: _Intrusion) -> Sequence[tuple[float, Scene]]:
    return (
        (0, intrusion.sign_in),
        (1, intrusion.look_around),
        (9, intrusion.wake_the_contractor),
        (16, intrusion.be_the_contractor),
        (21, intrusion.switch_to_admin),
        (24, intrusion.build_backdoor),
        (35, intrusion.read),
        (_LENGTH, intrusion.use_backdoor),
    )


class _Nadia:
    """Her own morning: a sign-in from the office, hours before."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account

    def work(self) -> None:
        session = self._account.entrances.sign_in(USER, _PHISHED, place=_OFFICE)
        nadia = self._account.actor(session, _OFFICE.source_ip, _OFFICE_AGENT)
        nadia.client("s3").list_buckets()
        nadia.client("s3").list_objects_v2(Bucket=EXPORTS, Prefix="2026/")


def _people(stage: Stage) -> None:
    account = stage.account
    people = People(account, account.actor(account.root))
    everyone = f"arn:aws:iam::{account.number}:user/*"
    people.person(
        USER,
        policy(
            (["s3:ListAllMyBuckets", "iam:ListUsers", "iam:ListRoles", "iam:GetUser"], ["*"]),
            (["s3:ListBucket"], [f"arn:aws:s3:::{EXPORTS}"]),
            # She looks after the contractors' access.
            (["iam:CreateAccessKey", "iam:CreateLoginProfile"], [everyone]),
        ),
    )
    people.person(
        FORGOTTEN,
        policy(
            (["s3:ListAllMyBuckets", "iam:CreateAccessKey"], ["*"]),
            (["sts:AssumeRole"], [f"arn:aws:iam::{account.number}:role/{ADMIN_ROLE}"]),
        ),
    )
    people.root.client("iam").create_login_profile(UserName=USER, Password=_PHISHED)


def _write(stage: Stage, begins: datetime) -> Attacker:
    _people(stage)
    intrusion = _Intrusion(stage.account)
    stage.at(begins, _scenes(intrusion))
    stage.script.at(begins - timedelta(minutes=70), _Nadia(stage.account).work)
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
        role=ADMIN_ROLE,
        backdoor_user=BACKDOOR_USER,
        first="console",
    )
