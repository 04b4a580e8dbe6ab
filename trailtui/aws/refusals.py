"""What AWS refuses, and why: an error answer read into one error for each cause, with its cure.

Sources of the codes: "Common errors" of each service's API Reference, S3's "Error responses",
and answers as users have reported them where no page has them.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from trailtui.aws import denials
from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import (
    AnswerLost,
    CallError,
    ClockWrong,
    CredentialsExpired,
    CredentialsRefused,
    KeyUnusable,
    NotFound,
    Refused,
    RegionDisabled,
    Throttled,
)
from trailtui.model.times import now_ms

EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
UNKNOWN_CREDENTIALS = frozenset(
    {
        "CloudTrailInvalidClientTokenIdException",
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
NOT_ENABLED = frozenset(
    {"OptInRequired", "SubscriptionRequiredException", "RegionDisabledException"}
)
"""The account has not subscribed to the service, or not enabled the Region."""
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
NOT_FOUND = frozenset({"NoSuchEntity", "NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404"})
"""And every code that ends in NotFound or NotFoundException."""

SKEW_LIMIT_MS = 5 * 60 * 1000
"""AWS refuses signatures that are off by more than this (S3: 15 minutes)."""
_SKEW_WORDS = re.compile(
    r"signature (?:not yet current|expired)|request time and the current time|is now earlier than",
    re.IGNORECASE,
)
_REGION_HINTS = frozenset(
    {
        "AuthFailure",
        "CloudTrailInvalidClientTokenIdException",
        "InvalidClientTokenId",
        "InvalidToken",
        "UnrecognizedClientException",
    }
)
"""What a Region that is not enabled answers: the credentials are not known there."""


def from_response(response: Mapping[str, Any], call: ApiCall) -> CallError:
    """The error for an error answer of AWS, by its code, status, words and date."""
    error: Mapping[str, Any] = response.get("Error", {})
    metadata: Mapping[str, Any] = response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(metadata.get("HTTPStatusCode", 0) or 0)
    told: dict[str, Any] = {
        "where": call.permission,
        "code": code,
        "status": status,
        "request_id": str(metadata.get("RequestId", "")),
    }
    if known := _about_keys(message, told):
        return known
    if code in denials.DENIED:
        return denials.denied(message, call, told)
    if code in NOT_FOUND or code.endswith(("NotFound", "NotFoundException")):
        return NotFound(
            message if " " in message else f"it does not exist: {_subject(call)}",
            cure="Check the name, the account and the Region.",
            **told,
        )
    if known := _about_credentials_or_pace(message, _skew_ms(metadata), told):
        return known
    failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR or not code
    if failed and status != HTTPStatus.NOT_IMPLEMENTED:
        return lost(f"AWS failed while it worked on the call ({status} {code})", call, told)
    cure = _SHORTER_SESSION if "DurationSeconds" in message else _CURES.get(code, "")
    return Refused(f"AWS refused the call: {code}: {message}", cure=cure, **told)


_SHORTER_SESSION = "Give a shorter --session-seconds: an hour holds for every role."
_CURES = {
    "AWSOrganizationsNotInUseException": "Name the accounts: --account ID,ID.",
    "InvalidObjectState": "The object is archived: restore it first (aws s3api restore-object).",
    "PermanentRedirect": "The bucket is in another Region: check its name.",
}
"""What to do about other refusals that collecting meets."""


def lost(what: str, call: ApiCall, told: Mapping[str, Any]) -> AnswerLost:
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


def as_disabled_region(error: CallError, region: str) -> RegionDisabled | None:
    """What it means that a Region does not know credentials which are good elsewhere.

    None where the error says something else. AWS answers a call in a Region that the account has
    not enabled as if the credentials were unknown; a session token of the global STS endpoint is
    refused in the same way by Regions that have to be enabled.
    """
    if not isinstance(error, CredentialsRefused) or error.code not in _REGION_HINTS:
        return None
    found = RegionDisabled(
        f"{region} does not accept the credentials that are good elsewhere ({error.code})",
        where=error.where,
        cure=(
            "The account may not have enabled this Region (aws account list-regions); then nothing "
            "happens there and it can be left out. Or the session comes from the global STS "
            "endpoint: AWS_STS_REGIONAL_ENDPOINTS=regional, then sign in again."
        ),
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )
    found.permission = error.where
    return found


def _about_keys(message: str, told: Mapping[str, Any]) -> KeyUnusable | None:
    """S3 hands on what KMS says of the key that an object is encrypted under."""
    code = str(told["code"])
    if not code.startswith("KMS.") and "ciphertext refers to" not in message:
        return None
    cures = {
        "KMS.DisabledException": "Have the key enabled again (kms:EnableKey), by who owns it.",
        "KMS.NotFoundException": "The key was deleted, or is of another account or Region.",
        "KMS.KMSInvalidStateException": "The key waits to be deleted, or its store is away.",
    }
    return KeyUnusable(
        f"the KMS key that it is encrypted under can't be used: {code}: {message}".rstrip(": "),
        cure=cures.get(code, "Look at the key's state and its policy (aws kms describe-key)."),
        **told,
    )


def _about_credentials_or_pace(
    message: str, skew_ms: int | None, told: Mapping[str, Any]
) -> CallError | None:
    code = str(told["code"])
    if code in THROTTLED or told["status"] == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(f"AWS throttled the call ({code})", cure="Wait, then try again.", **told)
    if _is_skew(code, message, skew_ms):
        return _clock_wrong(skew_ms, told)
    if code in EXPIRED:
        return CredentialsExpired(
            "the session has expired", cure="Sign in again, then go on: nothing is lost.", **told
        )
    if code in NOT_ENABLED:
        return RegionDisabled(
            f"the account has not enabled this service or Region ({code})",
            cure="Where it is not enabled nothing happens; leave it out, or enable it.",
            **told,
        )
    if code in UNKNOWN_CREDENTIALS:
        return CredentialsRefused(
            f"AWS does not accept the credentials ({code})",
            cure="Check that the key is active, that the secret belongs to it, and the Region.",
            **told,
        )
    return None


def _is_skew(code: str, message: str, skew_ms: int | None) -> bool:
    if code == "RequestTimeTooSkewed" or _SKEW_WORDS.search(message):
        return True
    if code not in EXPIRED | UNKNOWN_CREDENTIALS:
        return False
    return skew_ms is not None and abs(skew_ms) > SKEW_LIMIT_MS


def _clock_wrong(skew_ms: int | None, told: Mapping[str, Any]) -> ClockWrong:
    off = ""
    if skew_ms is not None and abs(skew_ms) > 1000:
        behind = "behind" if skew_ms > 0 else "ahead of"
        off = f": it is {abs(skew_ms) // 1000:,} s {behind} AWS's"
    return ClockWrong(
        f"AWS refuses signatures by this host's clock{off} ({told['code']})",
        cure="Set the clock (timedatectl, chronyc makestep), then go on.",
        **told,
    )


def _skew_ms(metadata: Mapping[str, Any]) -> int | None:
    """How far AWS's clock is ahead of this host's, by the answer's Date header."""
    at_ms = date_ms(metadata.get("HTTPHeaders", {}))
    return None if at_ms is None else at_ms - now_ms()


def date_ms(headers: Mapping[str, str]) -> int | None:
    """The moment that an answer's Date header names; None where there is none."""
    try:
        return int(parsedate_to_datetime(headers["date"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None


def _subject(call: ApiCall) -> str:
    return denials.subject_of(call) or call.permission
