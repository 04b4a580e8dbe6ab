"""Signature version 4, checked with the real secret.

Source: "Signature Version 4 signing process" in the AWS General Reference; the canonical form
is botocore's own, so a client and this check can't disagree about encoding.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from trailtui.sim.dynamic import Dynamic

if TYPE_CHECKING:
    from moto.core.request import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")


@dataclass(frozen=True)
class Signature:
    """What the Authorization header of a request says."""

    access_key: str
    date: str
    region: str
    signing_name: str
    signed_headers: tuple[str, ...]
    signature: str


def read(request: Request) -> Signature | None:
    """The signature of a request; None where it has none, or one of another form."""
    algorithm, _, rest = request.headers.get("Authorization", "").partition(" ")
    if algorithm != _ALGORITHM:
        return None
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    scope = fields.get("Credential", "").split("/")
    if len(scope) != 5 or "SignedHeaders" not in fields or "Signature" not in fields:
        return None
    access_key, date, region, signing_name, _ = scope
    signed = tuple(fields["SignedHeaders"].split(";"))
    return Signature(access_key, date, region, signing_name, signed, fields["Signature"])


def _payload_is_what_was_signed(request: Request) -> bool:
    stated = request.headers.get("X-Amz-Content-SHA256")
    if stated is None or stated in _UNSIGNED or stated.startswith("STREAMING-"):
        return True
    return stated == hashlib.sha256(request.get_data()).hexdigest()


def is_fresh(request: Request, real_now: datetime, minutes: int = 15) -> bool:
    """Whether the signature's own time is within AWS's tolerance of the real time."""
    try:
        at = datetime.strptime(request.headers.get("X-Amz-Date", ""), "%Y%m%dT%H%M%S%z")
    except ValueError:
        return False
    return abs(at - real_now) <= timedelta(minutes=minutes)


def is_right(request: Request, signature: Signature, secret: str) -> bool:
    """Whether a request was signed with this secret and not altered since."""
    if not _payload_is_what_was_signed(request):
        return False
    return any(_fits(request, signature, secret, host) for host in _hosts(request))


def _hosts(request: Request) -> list[str]:
    """The hosts that a request may have been signed for.

    boto3 puts S3 Control's account before the host, which no name on loopback has; a client that
    takes it away again has signed it already.
    """
    host, account = request.headers.get("Host", ""), request.headers.get("X-Amz-Account-Id")
    return [host, f"{account}.{host}"] if account else [host]


def _fits(request: Request, signature: Signature, secret: str, host: str) -> bool:
    headers = {name: request.headers.get(name, "") for name in signature.signed_headers}
    if "host" in headers:
        headers["host"] = host
    signed = AWSRequest(
        method=request.method,
        url=request.raw_url,
        headers=headers,
        data=request.get_data(),
    )
    signed.context["timestamp"] = request.headers.get("X-Amz-Date", "")
    # S3 signs the path as it is, every other service signs it normalised.
    kind = S3SigV4Auth if signature.signing_name == "s3" else SigV4Auth
    signer: Dynamic = kind(
        Credentials(signature.access_key, secret), signature.signing_name, signature.region
    )
    to_sign = signer.string_to_sign(signed, signer.canonical_request(signed))
    expected: str = signer.signature(to_sign, signed)
    return hmac.compare_digest(expected, signature.signature)
