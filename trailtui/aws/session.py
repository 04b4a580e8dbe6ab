"""The one door to AWS: everything that is sent goes through an `AwsSession`.

A session reads only: `read`, `download`, and `query` for the few operations that start a query.
`armed()` gives a second one that may change things by `mutate`, and `trailtui.respond.arming` is
the only caller of it. Reading calls are repeated by botocore when AWS throttles or fails. A
mutating call goes out exactly once over a connection of its own: where its answer is lost,
AnswerLost is raised and the caller reads the state back.
"""

import os
from dataclasses import replace
from typing import Any

from trailtui.aws.calls import Answer, ApiCall
from trailtui.aws.clients import RAW_BODY, READ_ATTEMPTS, Clients, agent_words
from trailtui.aws.downloads import DOWNLOAD_ATTEMPTS, DOWNLOAD_LIMIT, object_facts, read_stream
from trailtui.aws.errors import CallError, NoCredentials, ReadOnlySession
from trailtui.aws.failures import bare, failures, from_exception
from trailtui.aws.identity import AwsIdentity
from trailtui.aws.paging import all_pages
from trailtui.aws.refusals import as_disabled_region, date_ms
from trailtui.aws.roles import (
    DELETE_ROOT,
    ROOT_SECONDS,
    RoleRequest,
    ask_for_credentials,
    renewed_session,
    single_session,
)
from trailtui.model.times import now_ms

DEFAULT_REGION = "us-east-1"
"""Where calls go when neither the user nor the profile names a Region; IAM has only one."""
DATE_RESOLUTION_MS = 2000
"""The Date header counts whole seconds and the answer takes its time: less is no difference."""


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
        self._region: str | None = None
        self._source: str | None = None
        self._clients = Clients(boto, endpoint_url)
        self._siblings: dict[tuple[str | None, str | None, bool], AwsSession] = {}
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
        boto, error = _boto_session(profile, region)
        if error is not None:
            raise error
        endpoint = endpoint_url or os.environ.get("TRAILTUI_AWS_ENDPOINT") or None
        return cls(boto, profile, endpoint, case_id)

    def armed(self) -> "AwsSession":
        """A session with the same credentials that may also change things."""
        return self._sibling(self._region, self._source, may_mutate=True)

    def in_region(self, region: str) -> "AwsSession":
        """A session with the same credentials whose calls go to another Region.

        Cheap, and the same one each time, so that its connections are used again.
        """
        return self._sibling(region, self._source, may_mutate=self._may_mutate)

    def collecting(self, source: str) -> "AwsSession":
        """A session with the same credentials whose user agent says `collect/SOURCE`."""
        return self._sibling(self._region, source, may_mutate=self._may_mutate)

    def _sibling(self, region: str | None, source: str | None, *, may_mutate: bool) -> "AwsSession":
        session = AwsSession(self._boto, self._profile, self._endpoint_url, self._case_id)
        session._region, session._source, session._may_mutate = region, source, may_mutate
        session._clients, session._siblings = self._clients, self._siblings
        return self._siblings.setdefault((region, source, may_mutate), session)

    def assume(self, role: RoleRequest) -> "AwsSession":
        """A read-only session of a role, renewed before it ends for as long as this one lives.

        One call now (AssumeRole), so that what is refused is known at once. Raises a CallError.
        """
        call = ApiCall("sts", "AssumeRole", {"RoleArn": role.arn})

        def issue() -> dict[str, str]:
            return ask_for_credentials(self._issuing_client(), call, role.parameters())

        seconds = role.duration_seconds
        return self._with_credentials(renewed_session(self._boto, self._profile, issue, seconds))

    def with_mfa(self, serial: str, code: str, duration_seconds: int) -> "AwsSession":
        """A session of the same IAM user that an MFA device vouched for; it is not renewed.

        One call (GetSessionToken). An MFA code is good for one call only, and roles in many
        accounts can be assumed from this session.
        """
        call = ApiCall("sts", "GetSessionToken", {"SerialNumber": serial})
        asked = {"SerialNumber": serial, "TokenCode": code, "DurationSeconds": duration_seconds}

        def issue() -> dict[str, str]:
            return ask_for_credentials(self._issuing_client(), call, asked)

        return self._with_credentials(single_session(self._boto, self._profile, issue, call))

    def as_root_of(self, account: str, task: str) -> "AwsSession":
        """A session of a member account's root user for one task; as armed as this one is.

        One call (AssumeRoot, at the Region's own endpoint, which it asks for). `task` is the ARN of
        a task policy, of the session's partition. It lasts 15 minutes and is not renewed.
        """
        arn = task.replace("arn:aws:", f"arn:{self.partition}:", 1)
        call = ApiCall("sts", "AssumeRoot", {"TargetPrincipal": account})
        asked = {**call.parameters, "TaskPolicyArn": {"arn": arn}, "DurationSeconds": ROOT_SECONDS}

        def issue() -> dict[str, str]:
            return ask_for_credentials(self._issuing_client(), call, asked)

        root = self._with_credentials(single_session(self._boto, self._profile, issue, call))
        root._may_mutate = self._may_mutate
        return root

    def _issuing_client(self) -> Any:  # noqa: ANN401
        return self._clients.issuing(self.region, self._agent())

    def _with_credentials(self, boto: Any) -> "AwsSession":  # noqa: ANN401
        session = AwsSession(boto, self._profile, self._endpoint_url, self._case_id)
        session._region, session._source = self._region, self._source
        return session

    @property
    def may_mutate(self) -> bool:
        """Whether `mutate` sends anything."""
        return self._may_mutate

    @property
    def region(self) -> str:
        """The Region that calls go to."""
        return str(self._region or self._boto.region_name or DEFAULT_REGION)

    @property
    def partition(self) -> str:
        """The partition of the Region: `aws`, `aws-cn`, `aws-us-gov`…"""
        return str(self._boto.get_partition_for_region(self.region))

    @property
    def known_regions(self) -> frozenset[str]:
        """The Regions of the partition that this version of the AWS library knows."""
        return frozenset(self._boto.get_available_regions("cloudtrail", self.partition))

    @property
    def command_options(self) -> tuple[str, ...]:
        """What the `aws` tool needs to act as this session does, for previews."""
        given = {
            "--profile": self._profile,
            "--region": self._region,
            "--endpoint-url": self._endpoint_url,
        }
        return tuple(word for name, value in given.items() if value for word in (name, value))

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
        credentials, error = _credentials_of(self._boto)
        if error is not None:
            raise error
        found = {credentials} if credentials else set[str]()
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

        Raises a CallError of `trailtui.aws.errors`. Repeated where AWS throttles or fails, a few
        times; of operations whose pace the caller keeps (`PACED` in calls.py) fewer.
        """
        call = ApiCall(service, operation, parameters)
        if not call.reads_only:
            raise ReadOnlySession(f"{call.permission} is no reading call", code="ReadOnlySession")
        return self._send(call, lambda: self._reading_client(call))

    def read_all(
        self, service: str, operation: str, member: str, **parameters: object
    ) -> list[Any]:
        """The list `member` of a reading call, of all its pages; see `read`."""
        return all_pages(self.read, service, operation, member, parameters)

    def query(self, service: str, operation: str, **parameters: object) -> Answer:
        """Start or stop a query: the operations in `QUERIES` of calls.py and no others.

        They change nothing of the account's; what they cost is the caller's to say beforehand.
        Raises a CallError of `trailtui.aws.errors`.
        """
        call = ApiCall(service, operation, parameters)
        if not call.queries_only:
            raise ReadOnlySession(f"{call.permission} starts no query", code="ReadOnlySession")
        return self._send(call, lambda: self._reading_client(call))

    def download(
        self, bucket: str, key: str, *, limit_bytes: int = DOWNLOAD_LIMIT, **parameters: object
    ) -> tuple[bytes, dict[str, Any]]:
        """The bytes of one S3 object, and what S3 said of it in values that JSON can hold.

        Those are `ETag`, `LastModified` (RFC 3339), `Metadata`, `VersionId`, `size` and their like
        (see `object_facts`). `parameters` go to GetObject (`VersionId`, `RequestPayer`). Bytes that
        break off, or whose checksum is wrong, are asked for again. Raises a CallError; TooLarge
        for an object of more than `limit_bytes`.
        """
        call = ApiCall("s3", "GetObject", {"Bucket": bucket, "Key": key, **parameters})
        error: CallError | None = None
        for _ in range(DOWNLOAD_ATTEMPTS):
            values = self._send(call, lambda: self._reading_client(call)).values
            try:
                return read_stream(values["Body"], call, limit_bytes), object_facts(values)
            except failures() as failure:
                error = from_exception(failure, call)
        raise error or AssertionError

    def mutate(self, call: ApiCall, *, action_id: int) -> Answer:
        """Send a call that changes something, once. Raises ReadOnlySession unless armed.

        It goes to the call's own Region where it has one. Any CallError says in `carried_out`
        whether AWS may have done it all the same.
        """
        if call.as_root_of is not None:
            root = self.as_root_of(call.as_root_of, DELETE_ROOT)
            return root.mutate(replace(call, as_root_of=None), action_id=action_id)
        if call.region is not None and call.region != self.region:
            return self.in_region(call.region).mutate(call, action_id=action_id)
        if not self._may_mutate:
            raise ReadOnlySession(
                f"{call.permission} changes something and this session may only read",
                cure="Arm the case first.",
                code="ReadOnlySession",
            )
        agent = self._agent(f"action/{action_id}")
        return self._send(call, lambda: self._clients.single(call.service, self.region, agent))

    def _reading_client(self, call: ApiCall) -> Any:  # noqa: ANN401  (boto3 clients are made at run time)
        return self._clients.reading(
            call.service, self.region, self._agent(), paced=call.paced_by_caller
        )

    def _agent(self, *more: str) -> str:
        return agent_words(
            self._case_id, *more, *([f"collect/{self._source}"] if self._source else [])
        )

    def _send(self, call: ApiCall, make_client: Any) -> Answer:  # noqa: ANN401  (a function)
        response, error = _sent(call, make_client)
        if error is not None:
            raise self._judged(error)
        metadata = response.pop("ResponseMetadata", {})
        self._clients.accepted_in.add(self.region)
        return self._answer(call, response, metadata)

    def _judged(self, error: CallError) -> CallError:
        """Credentials that other Regions accepted are good: then it is the Region's refusal."""
        accepted = self._clients.accepted_in
        elsewhere = bool(accepted) and self.region not in accepted
        return (as_disabled_region(error, self.region) if elsewhere else None) or error

    def _answer(self, call: ApiCall, values: dict[str, Any], metadata: dict[str, Any]) -> Answer:
        at_ms = date_ms(metadata.get("HTTPHeaders", {}))
        if at_ms is not None:
            skew_ms = at_ms - now_ms()
            self._skew_ms = skew_ms if abs(skew_ms) > DATE_RESOLUTION_MS else 0
        return Answer(
            values,
            str(metadata.get("RequestId", "")),
            int(metadata.get("HTTPStatusCode", 0)),
            at_ms,
            call.command(self.command_options),
            metadata.pop(RAW_BODY, b""),
        )


def _sent(call: ApiCall, make_client: Any) -> tuple[dict[str, Any], CallError | None]:  # noqa: ANN401
    """The answer to a call, or the error.

    The error is handed back and raised elsewhere: botocore's exceptions and frames hold the signed
    request, and with it a session's token; they are not to hang on to what is shown or kept.
    """
    from botocore import xform_name
    from botocore.parsers import ResponseParserError

    try:
        send = getattr(make_client(), xform_name(call.operation))
        for _ in range(READ_ATTEMPTS - 1 if call.reads_only else 0):
            try:
                return send(**call.parameters), None
            except ResponseParserError:  # XML that broke off: botocore does not ask again
                continue
        return send(**call.parameters), None
    except CallError as error:  # a role's session could not be renewed
        return {}, bare(error)
    except failures() as failure:
        return {}, from_exception(failure, call)


def _credentials_of(boto: Any) -> tuple[str | None, CallError | None]:  # noqa: ANN401
    """The id of the present access key, or why there is none."""
    try:
        credentials = boto.get_credentials()
        return (credentials.access_key if credentials else None), None
    except CallError as error:
        return None, bare(error)
    except failures() as failure:
        return None, from_exception(failure, ApiCall("sts", "GetCallerIdentity"))


def _boto_session(profile: str | None, region: str | None) -> tuple[Any, NoCredentials | None]:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(profile_name=profile, region_name=region), None
    except BotoCoreError as failure:
        return None, NoCredentials(str(failure), cure="See: aws configure list-profiles.")
