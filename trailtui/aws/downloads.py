"""One S3 object: its bytes up to a limit, and what S3 said of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import TooLarge

DOWNLOAD_LIMIT = 256 << 20
"""Largest object taken, in bytes: as much as a case takes of one file; a trail's own stay below
50 MB."""
DOWNLOAD_ATTEMPTS = 3
"""How often the bytes are asked for at most when they break off; botocore repeats only what fails
before the first byte."""

_TOLD = (
    "ETag",
    "VersionId",
    "Metadata",
    "ContentType",
    "ContentEncoding",
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "ChecksumCRC32",
    "ChecksumCRC32C",
    "ChecksumCRC64NVME",
    "ChecksumSHA1",
    "ChecksumSHA256",
    "ChecksumType",
    "RequestCharged",
    "ReplicationStatus",
    "ObjectLockMode",
    "ExpiresString",
)


def read_stream(stream: Any, call: ApiCall, limit_bytes: int) -> bytes:  # noqa: ANN401  (botocore's)
    """All bytes of an answer's stream. Raises TooLarge past the limit, botocore's errors else."""
    try:
        data: bytes = stream.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise TooLarge(
                f"the object is larger than {limit_bytes:,} bytes and was left where it is",
                where=f"s3://{call.parameters['Bucket']}/{call.parameters['Key']}",
                cure="No trail writes files so large. Look at it with other tools.",
                code="TooLarge",
            )
        # Reads the end, too: only there are length and checksum compared.
        return data + stream.read()
    finally:
        stream.close()


def object_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """What GetObject or HeadObject said of an object, in values that JSON can hold."""
    facts = {name: values[name] for name in _TOLD if values.get(name)}
    if isinstance(modified := values.get("LastModified"), datetime):
        facts["LastModified"] = modified.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if "ContentLength" in values:
        facts["size"] = values["ContentLength"]
    return facts
