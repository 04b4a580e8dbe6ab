"""The people and programs of the small company whose account it is, and what they may do."""

from __future__ import annotations

import json
from dataclasses import dataclass

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential

ARTIFACTS = "meadow-build-artifacts"
EXPORTS = "meadow-customer-exports"
TRAIL_BUCKET = "meadow-cloudtrail-logs"
TRAIL = "meadow-trail"
SECRETS = ("prod/database", "prod/payments")

DEPLOY_USER = "deploy-bot"
ADMIN_ROLE = "ops-admin"
APP_ROLE = "invoice-processor"
RESPONSE_ROLE = "incident-response"


@dataclass(frozen=True)
class Cast:
    """Who acts in the account, each with a long-term key."""

    admin: Actor
    pipeline: Actor
    deploy: Actor
    responder: Actor


def _policy(*allowances: tuple[list[str], list[str]], deny: list[str] | None = None) -> str:
    statements: list[Dynamic] = [
        {"Effect": "Allow", "Action": actions, "Resource": resources}
        for actions, resources in allowances
    ]
    if deny:
        statements.append({"Effect": "Deny", "Action": deny, "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _deploy_policy(account: str) -> str:
    own = f"arn:aws:iam::{account}:user/{DEPLOY_USER}"
    return _policy(
        (["s3:ListAllMyBuckets", "lambda:ListFunctions", "iam:ListUsers", "iam:ListRoles"], ["*"]),
        (["s3:ListBucket"], [f"arn:aws:s3:::{ARTIFACTS}"]),
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{ARTIFACTS}/*"]),
        # Meant for rotating its own key: what an intruder needs to stay.
        (["iam:CreateAccessKey", "iam:ListAccessKeys", "iam:GetUser"], [own]),
        (["sts:AssumeRole"], [f"arn:aws:iam::{account}:role/{ADMIN_ROLE}"]),
    )


_OPS_POLICY = _policy(
    (["iam:*", "s3:*", "secretsmanager:*", "lambda:*", "sts:AssumeRole"], ["*"]),
    (["ec2:Describe*", "cloudtrail:Describe*", "cloudtrail:Get*"], ["*"]),
    deny=["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail"],
)

_RESPONSE_POLICY = _policy(
    (
        [
            "iam:Get*",
            "iam:List*",
            "iam:GenerateCredentialReport",
            "cloudtrail:Describe*",
            "cloudtrail:Get*",
            "cloudtrail:List*",
            "cloudtrail:LookupEvents",
            "ec2:Describe*",
            "guardduty:Get*",
            "guardduty:List*",
            "lambda:List*",
            "s3:GetObject",
            "s3:ListAllMyBuckets",
            "s3:ListBucket",
            "s3:GetBucket*",
            "sts:GetAccessKeyInfo",
        ],
        ["*"],
    ),
    (
        [
            "iam:UpdateAccessKey",
            "iam:DeleteAccessKey",
            "iam:PutUserPolicy",
            "iam:DeleteUserPolicy",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:AttachUserPolicy",
            "iam:DetachUserPolicy",
            "iam:DeleteLoginProfile",
            "iam:UpdateAssumeRolePolicy",
        ],
        ["*"],
    ),
)


def _user(account: SimulatedAccount, name: str, policy: str) -> Credential:
    iam = account.actor(account.root).client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=f"{name}-access", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    return account.credential(made)


def _role(account: SimulatedAccount, name: str, trust: dict[str, str], policy: str) -> None:
    iam = account.actor(account.root).client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust(trust), MaxSessionDuration=43200)
    iam.put_role_policy(RoleName=name, PolicyName=f"{name}-access", PolicyDocument=policy)


def _stores(account: SimulatedAccount) -> None:
    root = account.actor(account.root)
    s3, secrets = root.client("s3"), root.client("secretsmanager")
    for bucket in (ARTIFACTS, EXPORTS, TRAIL_BUCKET):
        s3.create_bucket(Bucket=bucket)
    for month in range(1, 7):
        key = f"2026/{month:02}/customers.csv"
        s3.put_object(Bucket=EXPORTS, Key=key, Body=b"id,name\n1,Example\n")
    for name in SECRETS:
        secrets.create_secret(Name=name, SecretString="not a real secret")
    trail = root.client("cloudtrail")
    trail.create_trail(Name=TRAIL, S3BucketName=TRAIL_BUCKET, IsMultiRegionTrail=True)
    trail.start_logging(Name=TRAIL)


def set_up(account: SimulatedAccount) -> Cast:
    """Make users, roles, buckets, secrets and the trail, before anything is recorded."""
    number = account.number
    admin = _user(account, "alice.admin", _policy((["*"], ["*"])))
    ci_policy = _policy(
        (["s3:ListBucket"], [f"arn:aws:s3:::{ARTIFACTS}"]),
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{ARTIFACTS}/*"]),
        (["lambda:ListFunctions"], ["*"]),
    )
    pipeline = _user(account, "ci-pipeline", ci_policy)
    deploy = _user(account, DEPLOY_USER, _deploy_policy(number))
    response_arn = f"arn:aws:iam::{number}:role/{RESPONSE_ROLE}"
    responder = _user(account, "responder", _policy((["sts:AssumeRole"], [response_arn])))
    _role(account, ADMIN_ROLE, {"AWS": f"arn:aws:iam::{number}:root"}, _OPS_POLICY)
    app_policy = _policy(
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{EXPORTS}/*"]),
        (["secretsmanager:GetSecretValue"], ["*"]),
    )
    _role(account, APP_ROLE, {"Service": "lambda.amazonaws.com"}, app_policy)
    _role(account, RESPONSE_ROLE, {"AWS": responder.arn}, _RESPONSE_POLICY)
    _stores(account)
    return Cast(
        admin=account.actor(
            admin, "198.51.100.23", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
        ),
        pipeline=account.actor(
            pipeline, "203.0.113.20", "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOARCH#amd64"
        ),
        deploy=account.actor(
            deploy, "203.0.113.44", "Boto3/1.34.14 md/Botocore#1.34.14 md/awscrt#0.19.19 os/linux"
        ),
        responder=account.actor(responder, "198.51.100.40", "aws-cli/2.27.50 md/prompt#off"),
    )
