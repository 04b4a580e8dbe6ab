"""The simulated account for tests of any room.

    from tests.simulated import simulated_account

    with simulated_account() as incident:
        incident.account.endpoint          # for boto3's endpoint_url
        incident.responder.session         # .id .secret .token to work with
        mark = len(incident.account.calls)
        ...
        assert incident.account.calls.mutating(since=mark) == []
        assert incident.attacker.try_key()

One account at a time in a process: a module-scoped fixture saves the second or two it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.clock import Clock
from trailtui.sim.incidents import play
from trailtui.sim.incidents.incident import Incident

ENTRANCE = "OrganizationAccountAccessRole"
"""The role that every new member of an organisation has."""


@contextmanager
def simulated_account(
    seed: int = 1,
    *,
    incident: str = "stolen-key",
    ends_at: datetime | None = None,
    hours: int = 12,
    propagation_seconds: float = 0,
    lookup_rate: float | None = None,
) -> Iterator[Incident]:
    """A simulated account in which an incident was just played.

    Args:
        seed: of every id, secret and file name.
        incident: one of trailtui.sim.incidents.INCIDENTS.
        ends_at: the account's time afterwards, standing still; without it, the real time, running.
        hours: of ordinary life before the end; fewer are faster.
        propagation_seconds: how long IAM changes take from then on.
        lookup_rate: LookupEvents requests a second (AWS: 2); None: no limit.
    """
    clock = Clock(ends_at, running=False) if ends_at else Clock()
    with SimulatedAccount.start(seed=seed, clock=clock, lookup_rate=lookup_rate) as account:
        played = play(incident, account, ends_at, hours)
        account.propagation_seconds = propagation_seconds
        yield played


@contextmanager
def empty_account(
    seed: int = 1,
    *,
    at: datetime | None = None,
    propagation_seconds: float = 0,
    lookup_rate: float | None = None,
) -> Iterator[SimulatedAccount]:
    """A simulated account with nothing in it; its root key is account.root."""
    clock = Clock(at, running=False) if at else Clock()
    with SimulatedAccount.start(
        seed=seed, clock=clock, propagation_seconds=propagation_seconds, lookup_rate=lookup_rate
    ) as account:
        yield account


@contextmanager
def at_time(account: SimulatedAccount, moment: datetime | None) -> Iterator[None]:
    """Let things happen earlier, and unrecorded; afterwards the account's time is what it was."""
    now, began = account.clock.now(), monotonic()
    if moment is not None:
        account.clock.set(moment)
    try:
        with account.unrecorded():
            yield
    finally:
        passed = monotonic() - began if account.clock.running else 0
        account.clock.set(now + timedelta(seconds=passed))


def trail(
    account: SimulatedAccount,
    name: str = "trail",
    *,
    bucket: str = "trail-logs",
    since: datetime | None = None,
    region: str = "us-east-1",
    **settings: Any,
) -> str:
    """Make a bucket and a trail that logs into it, and give the trail's ARN.

    Args:
        account: where; a bucket that is there already is used.
        name: the trail's.
        bucket: the bucket's.
        since: it has been logging since then; None: from now on. Adopted records are delivered
            only if they are younger.
        region: the trail's home.
        settings: of CreateTrail; it is multi-Region and validates its files if they don't say
            otherwise.
    """
    root = account.actor(account.root)
    with at_time(account, since):
        s3, cloudtrail = root.client("s3"), root.client("cloudtrail", region)
        if bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
            s3.create_bucket(Bucket=bucket)
        usual = {"IsMultiRegionTrail": True, "EnableLogFileValidation": True}
        made = cloudtrail.create_trail(Name=name, S3BucketName=bucket, **(usual | settings))
        cloudtrail.start_logging(Name=name)
    return str(made["TrailARN"])


@dataclass(frozen=True)
class Organised:
    """An organisation: the simulated account manages it, and members can be entered."""

    account: SimulatedAccount
    id: str
    management: str
    members: tuple[str, ...]
    admin: Actor
    """An administrator of the management account, who may assume the members' roles."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """All of them, the management account first."""
        return (self.management, *self.members)

    def role(self, member: str) -> str:
        """ARN of the role by which a member is entered."""
        return f"arn:aws:iam::{member}:role/{ENTRANCE}"

    def enter(self, member: str) -> Actor:
        """Someone who acts in a member account, as its administrator."""
        with self.account.unrecorded():
            made = self.admin.client("sts").assume_role(
                RoleArn=self.role(member), RoleSessionName="responder"
            )
        return self.admin.with_credential(
            self.account.credential(made["Credentials"]["AccessKeyId"])
        )


def organisation(account: SimulatedAccount, members: int = 2) -> Organised:
    """Make an organisation of an account and new member accounts; nothing of it is recorded."""
    root = account.actor(account.root)
    with account.unrecorded():
        organizations, iam = root.client("organizations"), root.client("iam")
        made = organizations.create_organization(FeatureSet="ALL")["Organization"]
        organizations.enable_policy_type(
            RootId=organizations.list_roots()["Roots"][0]["Id"],
            PolicyType="SERVICE_CONTROL_POLICY",
        )
        numbers = [
            organizations.create_account(AccountName=f"team-{n}", Email=f"team-{n}@example.com")
            for n in range(members)
        ]
        iam.create_user(UserName="org-admin")
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        iam.attach_user_policy(UserName="org-admin", PolicyArn=arn)
        key = iam.create_access_key(UserName="org-admin")["AccessKey"]["AccessKeyId"]
    return Organised(
        account=account,
        id=str(made["Id"]),
        management=account.number,
        members=tuple(str(one["CreateAccountStatus"]["AccountId"]) for one in numbers),
        admin=account.actor(account.credential(key)),
    )
