"""People of a simulated account: users and roles to contain, and a responder's session."""

import itertools
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest

from trailtui.aws.session import AwsSession
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.identity import Credential

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")
_numbers = itertools.count(1)


def allowing(*actions: str) -> str:
    """A policy that allows these actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Person:
    """An IAM user with a key, or a role with a session."""

    name: str
    arn: str
    credential: Credential


def make_user(account: SimulatedAccount, policy: str = ALLOW_ALL, path: str = "/") -> Person:
    """A new user of its own name, with a key and a policy."""
    name = f"user-{next(_numbers)}"
    iam = account.actor(account.root).client("iam")
    arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    return Person(name, arn, account.credential(key))


def make_role(account: SimulatedAccount, policy: str = ALLOW_ALL, **more: str) -> Person:
    """A new role that the whole account may assume, with a session."""
    name = more.pop("name", f"role-{next(_numbers)}")
    trust = trust_policy(account)
    iam = account.actor(account.root).client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=policy)
    return Person(name, arn, assume(account, arn))


def trust_policy(account: SimulatedAccount) -> str:
    """Whoever in the account has the permission may assume the role."""
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        f'"Principal":{{"AWS":"arn:aws:iam::{account.number}:root"}}}}]}}'
    )


def assume(account: SimulatedAccount, arn: str, session: str = "somebody") -> Credential:
    """A new session of a role."""
    caller = make_user(account)
    made = account.actor(caller.credential).client("sts")
    issued = made.assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
    return account.credential(issued["AccessKeyId"])


def work_as(monkeypatch: pytest.MonkeyPatch, credential: Credential) -> None:
    """Let what a test runs find this credential in its environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credential.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credential.secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", credential.token or "")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@cache
def _loader() -> Any:
    """Reads the service models, and keeps them: EC2's takes a second in each session otherwise."""
    return botocore.session.Session().get_component("data_loader")


def session_of(account: SimulatedAccount, credential: Credential) -> AwsSession:
    """A read-only session of the product, signed with a credential."""
    core = botocore.session.Session()
    core.register_component("data_loader", _loader())
    boto = boto3.Session(
        botocore_session=core,
        aws_access_key_id=credential.id,
        aws_secret_access_key=credential.secret,
        aws_session_token=credential.token,
        region_name="us-east-1",
    )
    return AwsSession(boto, None, account.endpoint, "testcase")
