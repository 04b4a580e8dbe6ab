"""The IAM action that an operation needs, where its name is not the operation's.

Source: Service Authorization Reference, "Actions, resources, and condition keys".
"""

from __future__ import annotations

from trailtui.sim import services
from trailtui.sim.protocol import ApiCall

_S3 = {
    "ListBuckets": "ListAllMyBuckets",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "PutBucketCors": "PutBucketCORS",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
}
_VERSIONED = {"GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging"}

_OTHER = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3control", "GetPublicAccessBlock"): "GetAccountPublicAccessBlock",
    ("s3control", "PutPublicAccessBlock"): "PutAccountPublicAccessBlock",
    ("s3control", "DeletePublicAccessBlock"): "PutAccountPublicAccessBlock",
}


def actions_of(call: ApiCall) -> tuple[str, ...]:
    """The IAM actions a call needs, such as ("s3:ListBucket",); all of them must be allowed."""
    prefix = services.action_prefix(call.service, call.signing_name)
    name = _OTHER.get((call.service, call.operation), call.operation)
    if call.service == "ec2" and call.params.get("TagSpecifications"):
        return (f"{prefix}:{name}", f"{prefix}:CreateTags")
    if call.operation == "UpdateFunctionConfiguration" and call.params.get("Layers"):
        return (f"{prefix}:{name}", f"{prefix}:GetLayerVersion")
    if call.service != "s3":
        return (f"{prefix}:{name}",)
    name = _S3.get(call.operation, call.operation)
    if name in _VERSIONED and call.params.get("VersionId"):
        name += "Version"
    if call.operation == "CopyObject":
        return (f"{prefix}:GetObject", f"{prefix}:{name}")
    return (f"{prefix}:{name}",)
