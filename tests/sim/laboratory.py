"""A small laboratory: an empty account, and quick ways to people it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def statement(
    effect: str = "Allow",
    action: Any = "*",
    resource: Any = "*",
    condition: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    made = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return made | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ALLOW_ALL = policy(statement())
DENY_ALL = policy(statement("Deny"))


def deny_issued_before(moment: str) -> str:
    return policy(statement("Deny", ["*"], ["*"], {"DateLessThan": {"aws:TokenIssueTime": moment}}))


def outcome(call: Callable[..., Any], **parameters: Any) -> str:
    """ "allowed", or the error code."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


class Laboratory:
    def __init__(self, account: SimulatedAccount) -> None:
        self.account = account
        self.root = account.actor(account.root)
        self.iam = self.root.client("iam")

    def user(self, name: str, *policies: str) -> Actor:
        self.iam.create_user(UserName=name)
        for number, document in enumerate(policies):
            self.iam.put_user_policy(
                UserName=name, PolicyName=f"p{number}", PolicyDocument=document
            )
        key = self.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        return self.account.actor(self.account.credential(key), "198.51.100.7", "tests/1.0")

    def role(self, name: str, *policies: str, trust: Any = None, **more: Any) -> str:
        trusted = trust or {"AWS": f"arn:aws:iam::{self.account.number}:root"}
        document = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        made = self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [document]}),
            **more,
        )
        for number, text in enumerate(policies):
            self.iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=text)
        return str(made["Role"]["Arn"])

    def assume(self, by: Actor, role_arn: str, name: str = "session", **more: Any) -> Actor:
        made = by.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name, **more)
        return self._holder(by, made)

    def session_token(self, by: Actor, **more: Any) -> Actor:
        return self._holder(by, by.client("sts").get_session_token(**more))

    def federate(self, by: Actor, **more: Any) -> Actor:
        return self._holder(by, by.client("sts").get_federation_token(Name="guest", **more))

    def _holder(self, by: Actor, made: dict[str, Any]) -> Actor:
        return by.with_credential(self.account.credential(made["Credentials"]["AccessKeyId"]))

    def set_key(self, actor: Actor, status: str) -> None:
        self.iam.update_access_key(
            UserName=actor.credential.issuer, AccessKeyId=actor.credential.id, Status=status
        )
