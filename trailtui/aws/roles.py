"""Temporary credentials: asked for at STS, held by botocore alone, renewed before they end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import CallError, ClockWrong, CredentialsExpired
from trailtui.aws.failures import bare, failures, from_exception

_ADVISORY_SECONDS = 15 * 60
_MANDATORY_SECONDS = 10 * 60
"""botocore's own: renewed in passing when less than the first is left, by all means when less than
the second. Sessions that are short get a share of their time instead."""

AUDIT_ROOT = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
DELETE_ROOT = "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
"""Task policies of AssumeRoot: what such a session may do, and nothing else (STS API Reference)."""
ROOT_SECONDS = 900
"""The longest session that AssumeRoot gives."""

Issue = Callable[[], dict[str, str]]
"""Asks for credentials; gives them as botocore's refreshable credentials want them."""


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """A role to assume."""

    arn: str
    session_name: str
    """Stands in every record that the session makes."""
    external_id: str | None = None
    source_identity: str | None = None
    """Stays through every role assumed from there; the trust policy has to allow it."""
    duration_seconds: int = 3600

    def parameters(self) -> dict[str, Any]:
        """Of AssumeRole."""
        wanted: dict[str, Any] = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name,
            "DurationSeconds": self.duration_seconds,
            "ExternalId": self.external_id,
            "SourceIdentity": self.source_identity,
        }
        return {name: value for name, value in wanted.items() if value is not None}


def ask_for_credentials(client: Any, call: ApiCall, asked: Mapping[str, Any]) -> dict[str, str]:  # noqa: ANN401
    """Make the call of STS. Raises a CallError; `call` is what may be shown of it."""
    given, error = _issued(client, call, asked)
    if error is not None:
        raise error
    _refuse_past(given["Expiration"], call)
    return {
        "access_key": given["AccessKeyId"],
        "secret_key": given["SecretAccessKey"],
        "token": given["SessionToken"],
        "expiry_time": given["Expiration"].isoformat(),
    }


def _issued(
    client: Any,  # noqa: ANN401
    call: ApiCall,
    asked: Mapping[str, Any],
) -> tuple[dict[str, Any], CallError | None]:
    """What STS gave, or the error, free of botocore's frames."""
    from botocore import xform_name

    try:
        return getattr(client, xform_name(call.operation))(**asked)["Credentials"], None
    except CallError as error:  # the session that asks could not be renewed itself
        return {}, bare(error)
    except failures() as failure:
        return {}, from_exception(failure, call)


def _refuse_past(expiration: datetime, call: ApiCall) -> None:
    """botocore would renew such credentials for ever."""
    over = datetime.now(UTC) - expiration
    if over.total_seconds() >= 0:
        raise ClockWrong(
            "AWS gave credentials that are over already by this host's clock",
            where=call.permission,
            cure="Set the clock (timedatectl, chronyc makestep), then go on.",
            code="AlreadyExpired",
        )


def renewed_session(boto: Any, profile: str | None, issue: Issue, seconds: int) -> Any:  # noqa: ANN401
    """A boto3 session of issued credentials, which asks for new ones in time."""
    return _session_like(
        boto,
        profile,
        issue(),
        issue,
        (min(_ADVISORY_SECONDS, seconds // 4), min(_MANDATORY_SECONDS, seconds // 6)),
    )


def single_session(boto: Any, profile: str | None, issue: Issue, call: ApiCall) -> Any:  # noqa: ANN401
    """A boto3 session of credentials that can't be had again without somebody's help."""

    def refuse() -> dict[str, str]:
        raise CredentialsExpired(
            "the session that the MFA code opened is over",
            where=call.permission,
            cure="Run the same command again with another code: nothing is lost.",
            code="SessionOver",
        )

    return _session_like(boto, profile, issue(), refuse, (0, 0))


def _session_like(
    boto: Any,  # noqa: ANN401
    profile: str | None,
    given: dict[str, str],
    renew: Issue,
    timeouts: tuple[int, int],
) -> Any:  # noqa: ANN401
    """A session with other credentials and the same Region, configuration and loaded models."""
    import boto3
    from botocore.credentials import RefreshableCredentials
    from botocore.session import Session

    core = Session(profile=profile)
    core.register_component("data_loader", boto._session.get_component("data_loader"))
    core._credentials = RefreshableCredentials.create_from_metadata(  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
        given, renew, "trailtui", *timeouts
    )
    return boto3.Session(botocore_session=core, region_name=boto.region_name)
