"""Digest files and their signatures: the keys, what is signed, what a digest says.

Source: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom implementations of
log file integrity validation".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trailtui.sim.dynamic import Dynamic

ALGORITHM = "SHA256withRSA"


@dataclass(frozen=True)
class SigningKey:
    """The key that a Region signs with for a quarter of a year."""

    private: rsa.RSAPrivateKey
    begins: datetime
    ends: datetime

    @property
    def public_der(self) -> bytes:
        """The public key as ListPublicKeys gives it: DER, PKCS #1."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    @property
    def fingerprint(self) -> str:
        """MD5 of the public key; measured on the documented samples."""
        return hashlib.md5(self.public_der, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=256)
def _private_key(_region: str, _quarter: datetime) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signing_key(region: str, at: datetime) -> SigningKey:
    """A Region's key at a time.

    It is made by chance and kept for the life of the process: of all that the simulator makes
    up, keys and signatures are the only things that a seed does not repeat.
    """
    at = at.astimezone(UTC)
    begins = datetime(at.year, (at.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)
    later = begins + timedelta(days=95)
    ends = later.replace(day=1) - timedelta(seconds=1)
    return SigningKey(_private_key(region, begins), begins, ends)


def signing_keys(region: str, since: datetime, until: datetime) -> Iterator[SigningKey]:
    """The keys of a Region that were in use at some time between two."""
    at = since
    while at <= until:
        key = signing_key(region, at)
        yield key
        at = key.ends + timedelta(seconds=1)


@dataclass(frozen=True)
class LoggedFile:
    """A log file that a digest vouches for."""

    bucket: str
    key: str
    delivered: datetime
    sha256: str
    """Of the unpacked content, in hexadecimal digits."""
    oldest: str
    newest: str

    def entry(self) -> dict[str, str]:
        """What a digest says of it."""
        return {
            "s3Bucket": self.bucket,
            "s3Object": self.key,
            "hashValue": self.sha256,
            "hashAlgorithm": "SHA-256",
            "newestEventTime": self.newest,
            "oldestEventTime": self.oldest,
        }


@dataclass(frozen=True)
class Digest:
    """One digest file, signed."""

    bucket: str
    key: str
    content: bytes
    """Before it is packed."""
    signature: str
    """In hexadecimal digits."""
    ends: datetime

    @property
    def sha256(self) -> str:
        """Of its unpacked content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def metadata(self) -> dict[str, str]:
        """What its object carries."""
        return {"signature": self.signature, "signature-algorithm": ALGORITHM}


@dataclass(frozen=True)
class DigestPlace:
    """Which chain a digest belongs to."""

    account: str
    region: str
    trail: str
    home_region: str
    bucket: str
    prefix: str
    organisation: str

    def key(self, ends: datetime) -> str:
        """The digest's place in the bucket."""
        name = f"{self.account}_CloudTrail-Digest_{self.region}_{self.trail}_{self.home_region}"
        folders = [self.prefix, "AWSLogs", self.organisation, self.account, "CloudTrail-Digest"]
        day = f"{ends:%Y/%m/%d}"
        return "/".join(
            [*filter(None, folders), self.region, day, f"{name}_{ends:%Y%m%dT%H%M%SZ}.json.gz"]
        )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _about_previous(previous: Digest | None) -> dict[str, str | None]:
    """Nothing, in the first digest and in the first one after logging began again."""
    return {
        "previousDigestS3Bucket": previous.bucket if previous else None,
        "previousDigestS3Object": previous.key if previous else None,
        "previousDigestHashValue": previous.sha256 if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.signature if previous else None,
    }


def make_digest(
    place: DigestPlace,
    began: datetime,
    ends: datetime,
    files: list[LoggedFile],
    previous: Digest | None,
) -> Digest:
    """Write and sign a digest.

    Args:
        place: its chain.
        began: the time it covers, from; ends: and to, aware, whole seconds.
        files: the log files delivered meanwhile; none is an answer too.
        previous: the digest before; None: the chain begins.
    """
    key, path = signing_key(place.region, ends), place.key(ends)
    said: dict[str, Dynamic] = {
        "awsAccountId": place.account,
        "digestStartTime": _iso(began),
        "digestEndTime": _iso(ends),
        "digestS3Bucket": place.bucket,
        "digestS3Object": path,
        "digestPublicKeyFingerprint": key.fingerprint,
        "digestSignatureAlgorithm": ALGORITHM,
        "newestEventTime": max((one.newest for one in files), default=None),
        "oldestEventTime": min((one.oldest for one in files), default=None),
        **_about_previous(previous),
        "logFiles": [one.entry() for one in files],
    }
    content = json.dumps(said, separators=(",", ":")).encode()
    signed = "\n".join(
        [
            _iso(ends),
            f"{place.bucket}/{path}",
            hashlib.sha256(content).hexdigest(),
            previous.signature if previous else "null",
        ]
    )
    signature = key.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return Digest(place.bucket, path, content, signature.hex(), ends)
