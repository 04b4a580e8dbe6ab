"""The people and programs of the small company whose account it is, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.incidents.people import People, policy, trusting
from trailtui.sim.incidents.response import RESPONSE_POLICY

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


def _deploy_policy(account: str) -> str:
    own = f"arn:aws:iam::{account}:user/{DEPLOY_USER}"
    return policy(
        (["s3:ListAllMyBuckets", "lambda:ListFunctions", "iam:ListUsers", "iam:ListRoles"], ["*"]),
        (["s3:ListBucket"], [f"arn:aws:s3:::{ARTIFACTS}"]),
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{ARTIFACTS}/*"]),
        # Meant for rotating its own key: what an intruder needs to stay.
        (["iam:CreateAccessKey", "iam:ListAccessKeys", "iam:GetUser"], [own]),
        (["sts:AssumeRole"], [f"arn:aws:iam::{account}:role/{ADMIN_ROLE}"]),
    )


_OPS_POLICY = policy(
    (["iam:*", "s3:*", "secretsmanager:*", "lambda:*", "sts:AssumeRole"], ["*"]),
    (["ec2:Describe*", "cloudtrail:Describe*", "cloudtrail:Get*"], ["*"]),
    deny=["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail"],
)


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
    people = People(account, account.actor(account.root))
    admin = people.user("alice.admin", policy((["*"], ["*"])))
    ci_policy = policy(
        (["s3:ListBucket"], [f"arn:aws:s3:::{ARTIFACTS}"]),
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{ARTIFACTS}/*"]),
        (["lambda:ListFunctions"], ["*"]),
    )
    pipeline = people.user("ci-pipeline", ci_policy)
    deploy = people.user(DEPLOY_USER, _deploy_policy(number))
    response_arn = f"arn:aws:iam::{number}:role/{RESPONSE_ROLE}"
    responder = people.user("responder", policy((["sts:AssumeRole"], [response_arn])))
    people.role(ADMIN_ROLE, trusting(AWS=f"arn:aws:iam::{number}:root"), _OPS_POLICY)
    app_policy = policy(
        (["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{EXPORTS}/*"]),
        (["secretsmanager:GetSecretValue"], ["*"]),
    )
    people.role(APP_ROLE, trusting(Service="lambda.amazonaws.com"), app_policy)
    people.role(RESPONSE_ROLE, trusting(AWS=responder.arn), RESPONSE_POLICY)
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
