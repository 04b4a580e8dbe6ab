"""requestParameters and responseElements as CloudTrail writes them.

Source: real records. Names begin with a small letter; times are not ISO but the words of a Java
formatter, with a comma after the year in some services; secrets are left out or replaced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.protocol import ApiCall

_LEFT_OUT = frozenset(
    {
        "SecretAccessKey",
        "Password",
        "NewPassword",
        "OldPassword",
        "TokenCode",
        "AuthenticationCode1",
        "AuthenticationCode2",
        "Base32StringSeed",
        "QRCodePNG",
        "SecretString",
        "SecretBinary",
        "PrivateKey",
        "KeyMaterial",
        "PasswordData",
        "ZipFile",
        "SAMLAssertion",
        "WebIdentityToken",
        "ServicePassword",
        "ServiceCredentialSecret",
    }
)
_REPLACED: dict[tuple[str, str], Dynamic] = {
    ("ec2", "UserData"): "<sensitiveDataRemoved>",
    ("ssm", "Value"): "HIDDEN_DUE_TO_SECURITY_REASONS",
    ("ssm", "Parameters"): "HIDDEN_DUE_TO_SECURITY_REASONS",
    ("ssm", "TokenValue"): "Value hidden due to security reasons.",
    ("rds", "MasterUserPassword"): "****",
    ("lambda", "Environment"): {},
}
_ISSUING_READS = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot")
_USES_OF_KEYS = frozenset(
    {"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"}
)
_READ_PREFIXES = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "BatchGet",
    "Search",
    "Select",
    "Simulate",
    "Scan",
    "Query",
    "Filter",
    "Validate",
    "Preview",
)
# CloudTrail names some operations by their API version or by their older name.
_EVENT_NAMES = {
    ("s3", "ListObjectsV2"): "ListObjects",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "DeleteBucketPublicAccessBlock",
    ("s3", "GetBucketLifecycleConfiguration"): "GetBucketLifecycle",
    ("s3", "PutBucketLifecycleConfiguration"): "PutBucketLifecycle",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "PutBucketNotificationConfiguration"): "PutBucketNotification",
    ("lambda", "ListFunctions"): "ListFunctions20150331",
    ("lambda", "CreateFunction"): "CreateFunction20150331",
    ("lambda", "DeleteFunction"): "DeleteFunction20150331",
    ("lambda", "GetFunction"): "GetFunction20150331v2",
    ("lambda", "GetFunctionConfiguration"): "GetFunctionConfiguration20150331v2",
    ("lambda", "UpdateFunctionCode"): "UpdateFunctionCode20150331v2",
    ("lambda", "UpdateFunctionConfiguration"): "UpdateFunctionConfiguration20150331v2",
    ("lambda", "AddPermission"): "AddPermission20150331v2",
    ("lambda", "GetPolicy"): "GetPolicy20150331v2",
    ("lambda", "RemovePermission"): "RemovePermission20150331v2",
    ("lambda", "PutFunctionConcurrency"): "PutFunctionConcurrency20171031",
    ("lambda", "DeleteFunctionConcurrency"): "DeleteFunctionConcurrency20171031",
    ("lambda", "GetFunctionConcurrency"): "GetFunctionConcurrency20190930",
    ("lambda", "ListVersionsByFunction"): "ListVersionsByFunction20150331",
    ("lambda", "PublishVersion"): "PublishVersion20150331",
    ("lambda", "CreateAlias"): "CreateAlias20150331",
    ("lambda", "CreateEventSourceMapping"): "CreateEventSourceMapping20150331",
    ("lambda", "UpdateEventSourceMapping"): "UpdateEventSourceMapping20150331",
    ("lambda", "DeleteEventSourceMapping"): "DeleteEventSourceMapping20150331",
    ("lambda", "GetEventSourceMapping"): "GetEventSourceMapping20150331",
    ("lambda", "ListEventSourceMappings"): "ListEventSourceMappings20150331",
    ("lambda", "PublishLayerVersion"): "PublishLayerVersion20181031",
    ("s3control", "GetPublicAccessBlock"): "GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "DeleteAccountPublicAccessBlock",
}
_S3_BUCKET_READS = frozenset({"ListObjects", "ListObjectsV2", "ListObjectVersions", "HeadBucket"})


def event_name(call: ApiCall) -> str:
    """What CloudTrail calls an operation."""
    return _EVENT_NAMES.get((call.service, call.operation), call.operation)


def is_read_only(call: ApiCall) -> bool:
    """Whether CloudTrail calls an operation a read: AssumeRole is one, GetSessionToken is not."""
    if call.operation in ("GetSessionToken", "GetFederationToken"):
        return False
    if call.service == "kms" and call.operation in _USES_OF_KEYS:
        return True
    return call.operation.startswith(_READ_PREFIXES) or call.operation in _ISSUING_READS


def is_data_event(call: ApiCall) -> bool:
    """Whether CloudTrail counts a call as a data event: S3 objects and Lambda invocations."""
    if call.service == "lambda":
        return call.operation == "Invoke"
    return call.service == "s3" and ("Key" in call.params or call.operation in _S3_BUCKET_READS)


def moment(at: datetime, service: str) -> str:
    """A time as responseElements has it, such as "Jul 30, 2024 9:53:13 PM"."""
    comma = "" if service in ("iam", "ec2") else ","
    at = at.astimezone(UTC) if at.tzinfo else at
    hour = at.hour % 12 or 12
    day = f"{at:%b} {at.day}, {at.year}{comma}"
    return f"{day} {hour}:{at:%M:%S} {'PM' if at.hour >= 12 else 'AM'}"


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _written(value: Dynamic, service: str) -> Dynamic:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Dynamic]", value)
        return {
            _small(k): _REPLACED[service, k] if (service, k) in _REPLACED else _written(v, service)
            for k, v in members.items()
            if k not in _LEFT_OUT and v is not None
        }
    if isinstance(value, list):
        items = cast("list[Dynamic]", value)
        return [_written(one, service) for one in items]
    if isinstance(value, datetime):
        return moment(value, service)
    if isinstance(value, str | int | float | bool):
        return value
    return None  # bytes and streams are not written


def _ec2_sets(fields: dict[str, Dynamic]) -> dict[str, Dynamic]:
    """EC2's records wrap lists: {"instancesSet": {"items": [{"instanceId": …}]}}."""
    wrapped: dict[str, Dynamic] = {}
    for name, value in fields.items():
        if not isinstance(value, list):
            wrapped[name] = value
            continue
        items = cast("list[Dynamic]", value)
        singular = name.removesuffix("s")
        base = "instances" if name == "instanceIds" else singular.removesuffix("Id")
        wrapped[f"{base}Set"] = {
            "items": [one if isinstance(one, dict) else {singular: one} for one in items]
        }
    return wrapped


_BLOCK = "PublicAccessBlockConfiguration"


def _parsed(document: Dynamic) -> Dynamic:
    """A bucket policy as the record has it: as a structure, where it is one."""
    text = document.decode() if isinstance(document, bytes) else str(document)
    try:
        return json.loads(text)
    except ValueError:
        return text


def request_parameters(call: ApiCall) -> dict[str, Dynamic] | None:
    """The record's requestParameters; None where there are none."""
    if call.service == "s3":
        fields: dict[str, Dynamic] = {}
        if "Bucket" in call.params:
            fields["bucketName"] = call.params["Bucket"]
        fields["Host"] = f"s3.{call.region}.amazonaws.com"
        if "Key" in call.params:
            fields["key"] = call.params["Key"]
        if call.operation == "PutBucketPolicy":
            fields["bucketPolicy"] = _parsed(call.params.get("Policy"))
        if call.operation == "PutPublicAccessBlock":
            fields[_BLOCK] = dict(call.params.get(_BLOCK, {}))
        return fields | dict(call.query)
    if call.service == "s3control" and _BLOCK in call.params:
        return {"accountId": call.params.get("AccountId"), _BLOCK: dict(call.params[_BLOCK])}
    fields = _written(call.params, call.service)
    if call.service == "ec2":
        fields = _ec2_sets(fields)
    return fields or None


def response_elements(call: ApiCall, result: Mapping[str, Dynamic]) -> dict[str, Dynamic] | None:
    """The record's responseElements: of what changes something, and of issued sessions."""
    if is_read_only(call) and call.operation not in _ISSUING_READS:
        return None
    fields: dict[str, Dynamic] = _written(result, call.service)
    if call.service == "ec2":
        fields = _ec2_sets(fields)
    return fields or None
