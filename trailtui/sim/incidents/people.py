"""Making users and roles while nothing is recorded yet, and the documents they have."""

from __future__ import annotations

import json
from dataclasses import dataclass

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential


def policy(*allowances: tuple[list[str], list[str]], deny: list[str] | None = None) -> str:
    """A policy of allowances, each of actions and resources, and of actions denied everywhere."""
    statements: list[Dynamic] = [
        {"Effect": "Allow", "Action": actions, "Resource": resources}
        for actions, resources in allowances
    ]
    if deny:
        statements.append({"Effect": "Deny", "Action": deny, "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trusting(**principal: str) -> str:
    """A trust policy: trusting(AWS=arn) or trusting(Service=name)."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class People:
    """An account's users and roles, made by its root."""

    account: SimulatedAccount
    root: Actor

    def person(self, name: str, rights: str) -> None:
        """A user without any credential."""
        iam = self.root.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName=f"{name}-access", PolicyDocument=rights)

    def user(self, name: str, rights: str) -> Credential:
        """A user with a key."""
        self.person(name, rights)
        made = self.root.client("iam").create_access_key(UserName=name)
        return self.account.credential(made["AccessKey"]["AccessKeyId"])

    def role(self, name: str, trust: str, rights: str) -> None:
        """A role whose sessions may last twelve hours."""
        iam = self.root.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, MaxSessionDuration=43200)
        iam.put_role_policy(RoleName=name, PolicyName=f"{name}-access", PolicyDocument=rights)
