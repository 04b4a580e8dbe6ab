"""The one door to AWS: everything that is sent goes through `AwsSession.read` or `.mutate`.

A session reads only; `armed()` gives a second one that may change things, and
`trailtui.respond.arming` is the only caller of it. Reading calls are repeated by botocore when
AWS throttles or fails. A mutating call goes out exactly once over a connection of its own: where
its answer is lost, AnswerLost is raised and the caller reads the state back.
"""

import os
import re
import threading
from email.utils import parsedate_to_datetime
from typing import Any

from trailtui import __version__
from trailtui.aws.calls import Answer, ApiCall
from trailtui.aws.errors import NoCredentials, ReadOnlySession, from_exception
from trailtui.aws.identity import AwsIdentity
from trailtui.model.times import now_ms

DEFAULT_REGION = "us-east-1"
"""Where calls go when neither the user nor the profile names a Region; IAM has only one."""

CONNECT_SECONDS = 5
READ_SECONDS = 20
DATE_RESOLUTION_MS = 2000
"""The Date header counts whole seconds and the answer takes its time: less is no difference."""
READ_ATTEMPTS = 5
"""How often a reading call is sent at most, the first time included."""


class AwsSession:
    """Signed access to one account with one set of credentials. Made by `AwsSession.open`.

    Safe to share between threads. Holds no secret of its own: botocore keeps the credentials.
    """

    def __init__(
        self,
        boto: Any,  # noqa: ANN401  (boto3 is imported late)
        profile: str | None,
        endpoint_url: str | None,
        case_id: str | None,
    ) -> None:
        self._boto = boto
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._case_id = case_id
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._skew_ms = 0
        self._may_mutate = False

    @classmethod
    def open(
        cls,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        case_id: str | None = None,
    ) -> "AwsSession":
        """A read-only session. Nothing is sent yet.

        Without `profile` the usual chain is used (environment, profile, SSO, container, instance).
        `endpoint_url` (else TRAILTUI_AWS_ENDPOINT, else botocore's AWS_ENDPOINT_URL) sends every
        service to one place. Raises NoCredentials for a profile that does not exist.
        """
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            boto = boto3.Session(profile_name=profile, region_name=region)
        except BotoCoreError as failure:
            raise NoCredentials(str(failure), cure="See: aws configure list-profiles.") from None
        endpoint = endpoint_url or os.environ.get("TRAILTUI_AWS_ENDPOINT") or None
        return cls(boto, profile, endpoint, case_id)

    def armed(self) -> "AwsSession":
        """A session with the same credentials that may also change things."""
        session = AwsSession(self._boto, self._profile, self._endpoint_url, self._case_id)
        session._may_mutate = True
        return session

    @property
    def may_mutate(self) -> bool:
        """Whether `mutate` sends anything."""
        return self._may_mutate

    @property
    def region(self) -> str:
        """The Region that calls go to."""
        return str(self._boto.region_name or DEFAULT_REGION)

    @property
    def partition(self) -> str:
        """The partition of the Region: `aws`, `aws-cn`, `aws-us-gov`…"""
        return str(self._boto.get_partition_for_region(self.region))

    @property
    def command_options(self) -> tuple[str, ...]:
        """What the `aws` tool needs to act as this session does, for previews."""
        options = ("--profile", self._profile) if self._profile else ()
        return (*options, "--endpoint-url", self._endpoint_url) if self._endpoint_url else options

    def identity(self) -> AwsIdentity:
        """Who AWS says this is. One call (GetCallerIdentity, which nothing can deny)."""
        values = self.read("sts", "GetCallerIdentity").values
        return AwsIdentity(values["Account"], values["Arn"], values["UserId"])

    def now_ms(self) -> int:
        """The present by AWS's clock, as far as its last answer told; this host's may be wrong."""
        return now_ms() + self._skew_ms

    @property
    def skew_ms(self) -> int:
        """How far AWS's clock is ahead of this host's; differences up to two seconds count as 0."""
        return self._skew_ms

    def own_key_ids(self) -> frozenset[str]:
        """The access key ids this session lives from: its own and those of its source profiles."""
        try:
            credentials = self._boto.get_credentials()
        except _failures() as failure:
            raise from_exception(failure, ApiCall("sts", "GetCallerIdentity")) from None
        found = {credentials.access_key} if credentials else set[str]()
        profiles = self._boto._session.full_config.get("profiles", {})
        name, seen = self._boto.profile_name, set[str]()
        while name and name not in seen:
            seen.add(name)
            profile = profiles.get(name, {})
            found.add(profile.get("aws_access_key_id"))
            name = profile.get("source_profile")
        return frozenset(key for key in found if key)

    def read(self, service: str, operation: str, **parameters: object) -> Answer:
        """Make a call that changes nothing; refuse any operation whose name is not a reading one.

        Raises a CallError of `trailtui.aws.errors`.
        """
        call = ApiCall(service, operation, parameters)
        if not call.reads_only:
            raise ReadOnlySession(f"{call.permission} is no reading call", code="ReadOnlySession")
        return self._send(call, lambda: self._reading_client(service))

    def mutate(self, call: ApiCall, *, action_id: int | None = None) -> Answer:
        """Send a call that changes something, once. Raises ReadOnlySession unless armed.

        Any CallError says in `carried_out` whether AWS may have done it all the same.
        """
        if not self._may_mutate:
            raise ReadOnlySession(
                f"{call.permission} changes something and this session may only read",
                cure="Arm the case first.",
                code="ReadOnlySession",
            )
        return self._send(call, lambda: self._new_client(call.service, 1, action_id))

    def _send(self, call: ApiCall, make_client: Any) -> Answer:  # noqa: ANN401  (a function)
        from botocore import xform_name

        try:
            client = make_client()
            send = getattr(client, xform_name(call.operation))
            response: dict[str, Any] = send(**call.parameters)
        except _failures() as failure:
            # From None: botocore's traceback holds the signed request in its locals.
            raise from_exception(failure, call) from None
        metadata = response.pop("ResponseMetadata", {})
        at_ms = _date_ms(metadata.get("HTTPHeaders", {}))
        if at_ms is not None:
            skew_ms = at_ms - now_ms()
            self._skew_ms = skew_ms if abs(skew_ms) > DATE_RESOLUTION_MS else 0
        return Answer(
            response,
            str(metadata.get("RequestId", "")),
            int(metadata.get("HTTPStatusCode", 0)),
            at_ms,
            call.command(self.command_options),
        )

    def _reading_client(self, service: str) -> Any:  # noqa: ANN401  (boto3 clients are made at run time)
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service, READ_ATTEMPTS, None)
            return self._clients[service]

    def _new_client(self, service: str, attempts: int, action_id: int | None) -> Any:  # noqa: ANN401
        """A client with connections of its own: a kept-alive one may die as the call is sent."""
        with self._lock:
            return self._make(service, attempts, action_id)

    def _make(self, service: str, attempts: int, action_id: int | None) -> Any:  # noqa: ANN401
        from botocore.config import Config
        from botocore.handlers import json_decode_policies

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": attempts},
            user_agent_extra=self._user_agent(action_id),
            s3={"addressing_style": "path"} if self._endpoint_url else {},
        )
        client = self._boto.client(
            service, region_name=self.region, endpoint_url=self._endpoint_url, config=config
        )
        if service == "iam":
            # Policy documents are wanted as the exact text, so that undo puts back the same bytes.
            client.meta.events.unregister("after-call.iam", json_decode_policies)
        return client

    def _user_agent(self, action_id: int | None) -> str:
        words = [f"trailtui/{__version__}"]
        if self._case_id:
            words.append(f"case/{re.sub(r'[^A-Za-z0-9._-]', '-', self._case_id)[:64]}")
        if action_id is not None:
            words.append(f"action/{action_id}")
        return " ".join(words)


def _failures() -> tuple[type[Exception], ...]:
    """What botocore raises when a call fails, on the way or at AWS."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return (BotoCoreError, ClientError, ResponseParserError, OSError)


def _date_ms(headers: dict[str, str]) -> int | None:
    try:
        return int(parsedate_to_datetime(headers["date"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None
