"""The incident `stolen-key`: a deploy user's access key leaks in a public repository.

The intruder looks around, makes itself at home (a second key, a session of 36 hours, an
administrator's role, a backdoor user) and reads secrets and customers' data. What it is refused
stands in the records too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.incidents import ordinary
from trailtui.sim.incidents.alert import guardduty_finding
from trailtui.sim.incidents.cast import (
    ADMIN_ROLE,
    ARTIFACTS,
    DEPLOY_USER,
    EXPORTS,
    RESPONSE_ROLE,
    SECRETS,
    TRAIL,
    Cast,
    set_up,
)
from trailtui.sim.incidents.script import Script, expect_refusal, is_refused

FIRST_ADDRESS = "192.0.2.66"
SECOND_ADDRESS = "192.0.2.143"
USER_AGENT = "aws-cli/2.13.5 Python/3.11.5 Linux/6.5.0-kali3-amd64 exe/x86_64.kali.2023"
BACKDOOR_USER = "svc-monitoring"
ROLE_SESSION_NAME = "deploy"
_IMAGE = "ami-0abcdef1234567890"


@dataclass
class Attacker:
    """The intruder: what it holds, and one call with each of its credentials."""

    key: Actor
    """With the leaked key."""
    second_key: Actor | None = None
    """With the key that it made for the same user."""
    user_session: Actor | None = None
    """With the session token it asked for."""
    role_session: Actor | None = None
    """With the session of the administrator's role."""
    backdoor: Actor | None = None
    """With the key of the user it made."""
    _last: dict[str, bool | None] = field(default_factory=dict[str, bool | None])

    def try_key(self) -> bool:
        """One call with the leaked key; whether it was allowed."""
        return self.attempt("key")

    def try_session(self, which: str = "role-session") -> bool:
        """One call with the "role-session" or the "user-session"; whether it was allowed."""
        return self.attempt(which)

    def attempt(self, credential: str) -> bool:
        """One call with a credential, by its word in state(); whether it was allowed.

        Raises:
            KeyError: the intruder has no such credential.
        """
        actor = self._held()[credential]
        # Each calls what its policies allow, so that a refusal says something.
        uses_iam = credential in ("role-session", "backdoor-key")
        call = actor.client("iam").list_users if uses_iam else actor.client("s3").list_buckets
        allowed = not is_refused(call)
        self._last[credential] = allowed
        return allowed

    def state(self) -> dict[str, bool | None]:
        """The last outcome with each credential; None where it was not tried since."""
        return {name: self._last.get(name) for name in self._held()}

    def credentials(self) -> dict[str, Credential]:
        """What it holds, by word."""
        return {name: actor.credential for name, actor in self._held().items()}

    def _held(self) -> dict[str, Actor]:
        held = {
            "key": self.key,
            "role-session": self.role_session,
            "user-session": self.user_session,
            "second-key": self.second_key,
            "backdoor-key": self.backdoor,
        }
        return {name: actor for name, actor in held.items() if actor is not None}


@dataclass(frozen=True)
class Responder:
    """The credentials the account gives to whoever responds."""

    user: Credential
    """The long-term key of the user `responder`, who may only assume the role."""
    session: Credential
    """The session of the role `incident-response` to work with."""


@dataclass(frozen=True)
class StolenKey:
    """The played incident: everything a test may want to compare an investigation with."""

    account: SimulatedAccount
    attacker: Attacker
    responder: Responder
    started_at: datetime
    """The first call with the leaked key from outside."""
    ended_at: datetime
    """The time the account's clock showed when the play was over."""
    finding_id: str
    user: str = DEPLOY_USER
    role: str = ADMIN_ROLE
    backdoor_user: str = BACKDOOR_USER
    attacker_addresses: tuple[str, ...] = (FIRST_ADDRESS, SECOND_ADDRESS)
    attacker_user_agent: str = USER_AGENT

    @property
    def leaked_key(self) -> str:
        """Id of the access key that leaked."""
        return self.attacker.key.credential.id

    @property
    def attacker_credentials(self) -> dict[str, str]:
        """Ids of all credentials the intruder holds, by word."""
        return {name: one.id for name, one in self.attacker.credentials().items()}

    @property
    def expected_entities(self) -> dict[str, tuple[str, ...]]:
        """What a complete investigation names."""
        return {
            "credentials": tuple(self.attacker_credentials.values()),
            "users": (self.user, self.backdoor_user),
            "roles": (self.role,),
            "addresses": self.attacker_addresses,
            "user_agents": (self.attacker_user_agent,),
            "buckets": (ARTIFACTS, EXPORTS),
            "secrets": SECRETS,
        }

    def attack_records(self) -> list[dict[str, Dynamic]]:
        """The records of the intruder's calls, found by the addresses it used."""
        return [
            one
            for one in self.account.records
            if one.get("sourceIPAddress") in self.attacker_addresses
        ]

    def alert(self) -> dict[str, Dynamic]:
        """The GuardDuty finding that woke somebody, in its EventBridge envelope."""
        return guardduty_finding(self)


class _Intrusion:
    """The intruder's evening; each method is a scene."""

    def __init__(self, account: SimulatedAccount, cast: Cast) -> None:
        self._account = account
        self.attacker = Attacker(account.actor(cast.deploy.credential, FIRST_ADDRESS, USER_AGENT))

    def _hold(self, credential_id: str) -> Actor:
        credential = self._account.credential(credential_id)
        return self._account.actor(credential, SECOND_ADDRESS, USER_AGENT)

    def who_am_i(self) -> None:
        self.attacker.key.client("sts").get_caller_identity()

    def look_around(self) -> None:
        key = self.attacker.key
        iam = key.client("iam")
        iam.list_users()
        iam.list_roles()
        key.client("s3").list_buckets()
        key.client("lambda").list_functions()
        iam.get_user(UserName=DEPLOY_USER)

    def be_refused(self) -> None:
        key = self.attacker.key
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
        made = self.attacker.key.client("iam").create_access_key(UserName=DEPLOY_USER)
        self.attacker.second_key = self._hold(made["AccessKey"]["AccessKeyId"])

    def take_session(self) -> None:
        made = self.attacker.key.client("sts").get_session_token(DurationSeconds=129600)
        self.attacker.user_session = self._hold(made["Credentials"]["AccessKeyId"])

    def use_session(self) -> None:
        assert self.attacker.user_session is not None  # noqa: S101 - taken before
        s3 = self.attacker.user_session.client("s3")
        s3.list_buckets()
        s3.list_objects_v2(Bucket=ARTIFACTS)
        # Sessions without MFA may not call IAM.
        expect_refusal(self.attacker.user_session.client("iam").list_users)

    def become_admin(self) -> None:
        arn = f"arn:aws:iam::{self._account.number}:role/{ADMIN_ROLE}"
        made = self.attacker.key.client("sts").assume_role(
            RoleArn=arn, RoleSessionName=ROLE_SESSION_NAME, DurationSeconds=43200
        )
        self.attacker.role_session = self._hold(made["Credentials"]["AccessKeyId"])

    def _admin(self) -> Actor:
        assert self.attacker.role_session is not None  # noqa: S101 - assumed before
        return self.attacker.role_session

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
        self.attacker.backdoor = self._hold(made["AccessKey"]["AccessKeyId"])

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
        assert self.attacker.backdoor is not None  # noqa: S101 - built before
        self.attacker.backdoor.client("sts").get_caller_identity()
        self.attacker.backdoor.client("iam").list_users()


_LENGTH = timedelta(minutes=96)
_QUIET_AFTER = timedelta(minutes=14)


def _write_intrusion(script: Script, intrusion: _Intrusion, start: datetime) -> None:
    for minutes, scene in (
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
        (96, intrusion.test_backdoor),
    ):
        script.at(start + timedelta(minutes=minutes), scene)


def _respond(cast: Cast, account: SimulatedAccount) -> Responder:
    role = f"arn:aws:iam::{account.number}:role/{RESPONSE_ROLE}"
    made = cast.responder.client("sts").assume_role(
        RoleArn=role,
        RoleSessionName="responder",
        DurationSeconds=4 * 3600,
        SourceIdentity="responder",
    )
    session = account.credential(made["Credentials"]["AccessKeyId"])
    return Responder(cast.responder.credential, session)


def play(account: SimulatedAccount, ends_at: datetime | None = None, hours: int = 48) -> StolenKey:
    """Play the incident in an empty account.

    Args:
        account: just started.
        ends_at: the clock's time afterwards; its present time if not given.
        hours: of ordinary life, the intrusion at their end.
    Returns:
        what happened, and the attacker and the responder to go on with.
    """
    began, stopwatch = account.clock.now(), monotonic()
    end = (ends_at or began).replace(microsecond=0)
    start = end - timedelta(hours=hours)
    intruded = end - _QUIET_AFTER - _LENGTH
    account.clock.set(end - timedelta(days=90))
    with account.unrecorded():
        cast = set_up(account)
    intrusion = _Intrusion(account, cast)
    script = Script()
    ordinary.write(script, account, cast, start, hours)
    _write_intrusion(script, intrusion, intruded)
    script.play(account.clock)
    account.clock.set(end - timedelta(minutes=1))
    responder = _respond(cast, account)
    # A running clock goes on as if the play had taken its real time, so that what a responder's
    # own clock says (the cut of a revocation) can be compared with it.
    played = timedelta(seconds=monotonic() - stopwatch)
    account.clock.set(began + played if ends_at is None and account.clock.running else end)
    incident = StolenKey(
        account=account,
        attacker=intrusion.attacker,
        responder=responder,
        started_at=intruded,
        ended_at=end,
        finding_id=account.world.new_uuid().replace("-", ""),
    )
    account.control.attacker = incident.attacker
    return incident
