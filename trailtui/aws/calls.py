"""One API call as data: what is sent, what permission it needs, how the `aws` tool says it."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

READING_PREFIXES = ("Get", "List", "Describe", "Lookup", "Head", "BatchGet", "Simulate", "Filter")
"""How the names of operations begin that change nothing."""

NOT_READING = frozenset(
    {
        "GetSessionToken",
        "GetFederationToken",
        "GetRoleCredentials",
        "GetCredentialsForIdentity",
        "GetSecretValue",
        "GetAuthorizationToken",
        "GetPasswordData",
    }
)
"""Operations that begin like a reading one but hand out credentials or secrets."""

QUERIES = frozenset(
    {
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "cloudtrail:CancelQuery",
        "cloudtrail:StartQuery",
        "logs:StartQuery",
        "logs:StopQuery",
    }
)
"""Operations that start or stop a query: not called reading, and nothing of the account's changes.
A statement that Athena is given may make a table; no other one than collecting writes is."""

PACED = frozenset({"cloudtrail:LookupEvents"})
"""Operations whose pace the caller keeps (two requests a second for each account and Region)."""

_IAM_ACTIONS = {
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "s3:PutAccountPublicAccessBlock",
}
"""Where the IAM action is not called as the operation (Service Authorization Reference, S3)."""

_IAM_PREFIXES = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "s3control": "s3",
    "sso-admin": "sso",
}
"""Where IAM knows a service by another name than boto3 (Service Authorization Reference)."""

_COMMANDS = {"config": "configservice", "s3": "s3api"}
"""Where the `aws` tool calls a service's operations otherwise: its `s3` and `config` are commands
of another kind."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """An operation of a service with its parameters, by the names of the API itself."""

    service: str
    """As boto3 names it: `iam`, `sts`."""
    operation: str
    """As the API and IAM name it: `UpdateAccessKey`."""
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    region: str | None = None
    """The Region that the call goes to; None: the session's."""
    as_root_of: str | None = None
    """The member account whose root user makes the call, in a session of AssumeRoot."""

    @property
    def reads_only(self) -> bool:
        """Whether the operation changes nothing and hands out no secret."""
        return self.operation.startswith(READING_PREFIXES) and self.operation not in NOT_READING

    @property
    def queries_only(self) -> bool:
        """Whether the operation starts or stops a query and does nothing else."""
        return self.permission in QUERIES

    @property
    def paced_by_caller(self) -> bool:
        """Whether whoever calls keeps to the operation's rate, and wants to hear of throttles."""
        return self.permission in PACED

    @property
    def permission(self) -> str:
        """The IAM action that allows it (`iam:UpdateAccessKey`)."""
        usual = f"{_IAM_PREFIXES.get(self.service, self.service)}:{self.operation}"
        return _IAM_ACTIONS.get((self.service, self.operation), usual)

    def command(self, options: Sequence[str] = ()) -> str:
        """The same call as a line for the `aws` tool, quoted for a POSIX shell.

        `options` are words put first, such as `--profile NAME`; a Region of the call's own takes
        the place of theirs.
        """
        placed = self._placed(options)
        if self.as_root_of is not None:
            # The same call with other credentials would act on whoever makes it.
            placed = ["--profile", f"root-of-{self.as_root_of}", *_without(placed, "--profile")]
        service = _COMMANDS.get(self.service, self.service)
        words = ["aws", *placed, service, _kebab(self.operation)]
        for name, value in self.parameters.items():
            words += _option(name, value)
        return shlex.join(words)

    def _placed(self, options: Sequence[str]) -> list[str]:
        if self.region is None:
            return list(options)
        return [*_without(options, "--region"), "--region", self.region]

    def as_json(self) -> dict[str, Any]:
        """The call as a plan and the action log keep it."""
        value: dict[str, Any] = {
            "service": self.service,
            "operation": self.operation,
            "parameters": dict(self.parameters),
        }
        told = {"region": self.region, "as_root_of": self.as_root_of}
        return value | {name: one for name, one in told.items() if one is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ApiCall":
        """The call that `as_json` wrote."""
        named = (value["service"], value["operation"], value["parameters"])
        return cls(*named, value.get("region"), value.get("as_root_of"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS answered to one call."""

    values: dict[str, Any]
    """The members of the answer, without the transport's own."""
    request_id: str
    status: int
    at_ms: int | None
    """The moment by AWS's clock (the Date header, whole seconds); None where there was none."""
    command: str
    """The equivalent line for the `aws` tool."""
    body: bytes = field(default=b"", repr=False)
    """The answer's bytes exactly as received: of calls that read or query; empty for streams."""


def _without(options: Sequence[str], name: str) -> list[str]:
    """The options without one and its value."""
    words = list(options)
    if name in words:
        at = words.index(name)
        del words[at : at + 2]
    return words


def _option(name: str, value: Any) -> list[str]:  # noqa: ANN401  (any JSON value)
    option = f"--{_kebab(name)}"
    if isinstance(value, bool):
        return [option if value else f"--no-{_kebab(name)}"]
    if isinstance(value, dict | list):
        return [option, json.dumps(value, separators=(",", ":"), ensure_ascii=False)]
    return [option, str(value)]


def _kebab(name: str) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", words).lower()
