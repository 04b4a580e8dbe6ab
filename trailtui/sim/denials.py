"""How each protocol says no: codes, statuses and sentences of refusals.

Source: the "Common errors" pages of the services; EC2 and S3 have codes of their own.
"""

from __future__ import annotations

from trailtui.sim.authorization import Refusal
from trailtui.sim.problems import ServiceError

_TOKEN_INVALID = "The security token included in the request is invalid."  # noqa: S105
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_EC2_AUTH = "AWS was not able to validate the provided access credentials"

_EXPIRED = "The security token included in the request is expired"
_MISSING = "Request is missing Authentication Token"

_QUERY = {
    "missing": ("MissingAuthenticationToken", _MISSING, 403),
    "unknown": ("InvalidClientTokenId", _TOKEN_INVALID, 403),
    "signature": ("SignatureDoesNotMatch", _MISMATCH, 403),
    "skewed": ("SignatureDoesNotMatch", "Signature expired", 403),
    "expired": ("ExpiredToken", _EXPIRED, 403),
}
_EC2 = {
    "missing": ("AuthFailure", _EC2_AUTH, 401),
    "unknown": ("AuthFailure", _EC2_AUTH, 401),
    "signature": ("AuthFailure", _EC2_AUTH, 401),
    "skewed": ("RequestExpired", "Request has expired.", 400),
    "expired": ("RequestExpired", "Request has expired.", 400),
}
_S3 = {
    "missing": ("AccessDenied", "Access Denied", 403),
    "unknown": (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    "signature": ("SignatureDoesNotMatch", _MISMATCH, 403),
    "skewed": (
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        403,
    ),
    "expired": ("ExpiredToken", "The provided token has expired.", 400),
}
_JSON = {
    "missing": ("MissingAuthenticationTokenException", _MISSING, 400),
    "unknown": ("UnrecognizedClientException", _TOKEN_INVALID, 400),
    "signature": ("InvalidSignatureException", _MISMATCH, 400),
    "skewed": ("InvalidSignatureException", "Signature expired", 400),
    "expired": ("ExpiredTokenException", _EXPIRED, 400),
}


def not_authentic(reason: str, protocol: str, service: str) -> ServiceError:
    """The answer to a request that failed authentication.

    Args:
        reason: as in NotAuthenticError.
        protocol: of the call, such as "rest-json".
        service: botocore's name.
    """
    if service == "s3":
        code, message, status = _S3[reason]
    elif protocol == "ec2":
        code, message, status = _EC2[reason]
    elif protocol in ("json", "rest-json"):
        code, message, status = _JSON[reason]
        status = 403 if protocol == "rest-json" else status
    else:
        code, message, status = _QUERY[reason]
    return ServiceError(code, message, status)


def access_denied(protocol: str, service: str, message: str) -> ServiceError:
    """A denial in a service's own form, with a sentence of its own."""
    if service == "s3":
        return ServiceError("AccessDenied", message, 403)
    if protocol == "ec2":
        text = f"You are not authorized to perform this operation. {message}"
        return ServiceError("UnauthorizedOperation", text, 403)
    if protocol == "json":
        return ServiceError("AccessDeniedException", message, 400)
    if protocol == "rest-json":
        return ServiceError("AccessDeniedException", message, 403)
    return ServiceError("AccessDenied", message, 403)


def by_policy(protocol: str, service: str, caller_arn: str, refusal: Refusal) -> ServiceError:
    """A denial that names action, resource and the kind of policy, as AWS does."""
    sentence = (
        f"User: {caller_arn} is not authorized to perform: {refusal.action} "
        f"on resource: {refusal.resource} {refusal.why}"
    )
    return access_denied(protocol, service, sentence)
