"""Two ordinary days: what an intrusion has to be found among."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.incidents.cast import (
    ADMIN_ROLE,
    APP_ROLE,
    ARTIFACTS,
    EXPORTS,
    SECRETS,
    TRAIL,
    Cast,
)
from trailtui.sim.incidents.script import Scene, Script

_LAMBDA_AGENT = "Boto3/1.34.42 md/Botocore#1.34.42 exec-env/AWS_Lambda_python3.12"


def _pipeline(script: Script, cast: Cast, start: datetime, hours: int) -> None:
    """Builds, every four hours."""
    s3, who = cast.pipeline.client("s3"), cast.pipeline.client("sts")
    for number, hour in enumerate(range(1, hours, 4)):
        at = start + timedelta(hours=hour, minutes=7)
        key = f"builds/{4100 + number}/app.zip"
        script.at(at, who.get_caller_identity)
        script.at(
            at + timedelta(seconds=41),
            partial(s3.put_object, Bucket=ARTIFACTS, Key=key, Body=b"zip"),
        )
        script.at(
            at + timedelta(seconds=58),
            partial(s3.list_objects_v2, Bucket=ARTIFACTS, Prefix="builds/"),
        )


def _admin_habits(admin: Actor) -> list[Scene]:
    iam, trail = admin.client("iam"), admin.client("cloudtrail")
    return [
        iam.list_users,
        iam.list_roles,
        partial(iam.get_user, UserName="ci-pipeline"),
        partial(iam.list_access_keys, UserName="deploy-bot"),
        partial(iam.list_attached_role_policies, RoleName=APP_ROLE),
        trail.describe_trails,
        partial(trail.get_trail_status, Name=TRAIL),
        admin.client("s3").list_buckets,
        partial(iam.tag_user, UserName="ci-pipeline", Tags=[{"Key": "reviewed", "Value": "yes"}]),
    ]


def _admin(script: Script, cast: Cast, start: datetime, hours: int, choose: random.Random) -> None:
    """A look around in the office hours."""
    habits = _admin_habits(cast.admin)
    for hour in range(hours):
        at = start + timedelta(hours=hour)
        if 8 <= at.hour <= 17:
            for _ in range(3):
                later = timedelta(minutes=choose.randrange(55), seconds=choose.randrange(60))
                script.at(at + later, choose.choice(habits))


class _Function:
    """The function that runs under the application role; its session is renewed now and then."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self._actor: Actor | None = None

    def renew(self) -> None:
        session = self._account.service_session(APP_ROLE, "invoice-run", "lambda.amazonaws.com")
        self._actor = self._account.actor(session, "203.0.113.200", _LAMBDA_AGENT)

    def run(self, month: int) -> None:
        if self._actor is None:
            self.renew()
        assert self._actor is not None  # noqa: S101 - renew() made it
        s3, secrets = self._actor.client("s3"), self._actor.client("secretsmanager")
        secrets.get_secret_value(SecretId=SECRETS[0])
        s3.get_object(Bucket=EXPORTS, Key=f"2026/{month:02}/customers.csv")
        s3.put_object(Bucket=EXPORTS, Key=f"invoices/{month:02}.csv", Body=b"1,2\n")


def _application(script: Script, account: SimulatedAccount, start: datetime, hours: int) -> None:
    function = _Function(account)
    for hour in range(hours):
        at = start + timedelta(hours=hour, minutes=15)
        if hour % 8 == 0:
            script.at(at - timedelta(seconds=2), function.renew)
        script.at(at, partial(function.run, hour % 6 + 1))


def _deploy(cast: Cast, release: int) -> None:
    """What the deploy user does on a good day, the role included."""
    s3, sts = cast.deploy.client("s3"), cast.deploy.client("sts")
    sts.get_caller_identity()
    s3.get_object(Bucket=ARTIFACTS, Key="builds/4100/app.zip")
    s3.put_object(Bucket=ARTIFACTS, Key=f"releases/{release}.txt", Body=b"released")
    role = f"arn:aws:iam::{cast.deploy.credential.account}:role/{ADMIN_ROLE}"
    sts.assume_role(RoleArn=role, RoleSessionName=f"release-{release}", DurationSeconds=900)


def write(
    script: Script, account: SimulatedAccount, cast: Cast, start: datetime, hours: int
) -> None:
    """Write ordinary life into a script.

    Args:
        script: to write into.
        account: whose.
        cast: who acts.
        start: when it begins.
        hours: how long it goes on.
    """
    choose = random.Random(account.number)  # noqa: S311 - the same habits in every run
    _pipeline(script, cast, start, hours)
    _admin(script, cast, start, hours, choose)
    _application(script, account, start, hours)
    for release, hour in enumerate(range(5, hours, 11), start=141):
        script.at(start + timedelta(hours=hour, minutes=33), partial(_deploy, cast, release))
