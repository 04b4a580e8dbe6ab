"""What AWS refuses, and why: one error for each cause, each with its cure.

`carried_out` is what an action needs to know of a call that failed: False where AWS certainly did
not carry it out, None where nobody can tell, so that the state has to be read back.
"""

import re
from http import HTTPStatus
from typing import Any

from trailtui.aws.calls import ApiCall
from trailtui.model.errors import AwsError

DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "403"}
)
EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
UNKNOWN_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "InvalidToken",
        "AuthFailure",
    }
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "BandwidthLimitExceeded",
        "SlowDown",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
    }
)
NOT_FOUND = frozenset(
    {
        "NoSuchEntity",
        "NoSuchEntityException",
        "ResourceNotFoundException",
        "NoSuchBucket",
        "NoSuchKey",
    }
)

_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform:?\s+(?P<permission>[\w-]+:\w+)"
    r"(?:\s+on (?:the )?resource:?\s+(?P<resource>.+?)(?= because | with an? |$))?"
)


class CallError(AwsError):
    """A call to AWS that gave no usable answer."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        cure: str = "",
        code: str = "",
        status: int | None = None,
        request_id: str = "",
        carried_out: bool | None = False,
    ) -> None:
        super().__init__(what, where=where, cure=cure)
        self.code = code
        """AWS's error code, or the name of what went wrong on the way."""
        self.status = status
        self.request_id = request_id
        self.carried_out = carried_out


class AccessDenied(CallError):
    """The identity may not make the call."""

    permission = ""
    resource = ""


class CredentialsExpired(CallError):
    """The session's time is over."""


class NoCredentials(CallError):
    """There is nothing to sign a call with."""


class CredentialsRefused(CallError):
    """AWS does not know the credentials, or they are inactive, or the secret is wrong."""


class Throttled(CallError):
    """AWS asks to come back later."""


class NotReachable(CallError):
    """No connection came about."""


class NotFound(CallError):
    """What the call is about does not exist."""


class Refused(CallError):
    """AWS refused the call for another reason; `code` says which."""


class AnswerLost(CallError):
    """The call went out and no usable answer came back: it may have been carried out."""


class TooLarge(CallError):
    """What would come is more than one file of a case may be."""


class ReadOnlySession(CallError):
    """A call that changes something was asked of a session that may only read."""


def from_exception(failure: Exception, call: ApiCall) -> CallError:
    """The error for what botocore raised while `call` was made.

    Unknown exceptions count as a lost answer: that never claims that nothing happened.
    """
    from botocore import exceptions as raised

    if isinstance(failure, raised.ClientError):
        return from_response(failure.response, call)
    where = call.permission
    if isinstance(failure, raised.ParamValidationError):
        return Refused(f"the call's parameters are not valid: {failure}", where=where, code="Param")
    if error := _before_sending(failure, where):
        return error
    name = type(failure).__name__
    return _lost(f"no usable answer came back ({name})", call, {"where": where, "code": name})


def _before_sending(failure: Exception, where: str) -> CallError | None:
    """The error for what goes wrong before a call leaves, None for anything later."""
    from botocore import exceptions as raised

    name = type(failure).__name__
    sign_in = "Sign in again (aws sso login, aws login), or give --profile."
    if isinstance(failure, raised.NoCredentialsError | raised.PartialCredentialsError):
        return NoCredentials(
            "there are no AWS credentials",
            where=where,
            cure="Give --profile, set AWS_PROFILE, or sign in first.",
            code=name,
        )
    if isinstance(
        failure,
        raised.UnauthorizedSSOTokenError
        | raised.SSOTokenLoadError
        | raised.TokenRetrievalError
        | raised.CredentialRetrievalError
        | getattr(raised, "LoginError", raised.SSOError),
    ):
        return CredentialsExpired(
            f"the credentials could not be had or are no longer valid ({name})",
            where=where,
            cure=sign_in,
            code=name,
        )
    if isinstance(failure, raised.ProfileNotFound):
        return NoCredentials(
            str(failure), where=where, cure="List them: aws configure list-profiles."
        )
    if isinstance(
        failure,
        raised.EndpointConnectionError | raised.ConnectTimeoutError | raised.ProxyConnectionError,
    ):
        return NotReachable(
            f"AWS could not be reached ({name})",
            where=where,
            cure="Check the network, the proxy and --endpoint-url.",
            code=name,
        )
    return None


def from_response(response: Any, call: ApiCall) -> CallError:  # noqa: ANN401  (botocore's dict)
    """The error for an error answer of AWS, by its code and status."""
    error: dict[str, Any] = response.get("Error", {})
    metadata: dict[str, Any] = response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(metadata.get("HTTPStatusCode", 0) or 0)
    told: dict[str, Any] = {
        "where": call.permission,
        "code": code,
        "status": status,
        "request_id": str(metadata.get("RequestId", "")),
    }
    if code in DENIED:
        return _denied(message, told)
    if code in NOT_FOUND:
        return NotFound(message or "it does not exist", cure="Check the name and account.", **told)
    if known := _about_credentials_or_pace(told):
        return known
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR or not code
    if failed and status != HTTPStatus.NOT_IMPLEMENTED:
        return _lost(f"AWS failed while it worked on the call ({status} {code})", call, told)
    return Refused(f"AWS refused the call: {code}: {message}", **told)


def _lost(what: str, call: ApiCall, told: dict[str, Any]) -> AnswerLost:
    """A call without an answer: harmless where it only reads, else of unknown effect."""
    if call.queries_only:
        return AnswerLost(
            what,
            cure="A query may run all the same; it ends by itself. Asked again, it costs again.",
            carried_out=None,
            **told,
        )
    if call.reads_only:
        return AnswerLost(what, cure="Nothing was changed: try again.", **told)
    return AnswerLost(
        what,
        cure="It may have been carried out: the state has to be read back before anything else.",
        carried_out=None,
        **told,
    )


def _about_credentials_or_pace(told: dict[str, Any]) -> CallError | None:
    code = told["code"]
    if code in THROTTLED or told["status"] == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(f"AWS throttled the call ({code})", cure="Wait, then try again.", **told)
    if code in EXPIRED:
        return CredentialsExpired(
            "the session has expired", cure="Sign in again, then go on: nothing is lost.", **told
        )
    if code in UNKNOWN_CREDENTIALS:
        return CredentialsRefused(
            f"AWS does not accept the credentials ({code})",
            cure="Check that the key is active and that the secret belongs to it.",
            **told,
        )
    return None


def _denied(message: str, told: dict[str, Any]) -> AccessDenied:
    found = _NOT_AUTHORIZED.search(message)
    permission = found["permission"] if found else told["where"]
    resource = (found["resource"] or "") if found else ""
    why = " by an explicit deny" if "explicit deny" in message else ""
    error = AccessDenied(
        f"AWS denied {permission}{f' on {resource}' if resource else ''}{why}",
        cure=(
            f"The identity needs {permission}; docs/permissions.md has the least policy."
            if not why
            else "A policy, permissions boundary or SCP forbids it; use another identity."
        ),
        **told,
    )
    error.permission, error.resource = permission, resource
    return error
