"""What S3 counts as public, and what its public access block refuses.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".
"""

from __future__ import annotations

from collections.abc import Mapping

from trailtui.sim import moto_policies, moto_trails
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.policy import Statement, statements
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall

_NARROWING = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    }
)
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_PUBLIC_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
_SETS_ACL = ("PutBucketAcl", "PutObjectAcl", "PutObject", "CreateBucket", "CopyObject")


def _narrowed(condition: Mapping[str, Mapping[str, Dynamic]]) -> bool:
    """Whether a condition lets only fixed ones in; a value with wildcards is not fixed."""
    for operator, keys in condition.items():
        if "not" in operator.lower() or operator.lower() == "null":
            continue
        for name, wanted in keys.items():
            words = [str(one) for one in listed(wanted)]
            wide = any("*" in one or "?" in one or one.endswith("/0") for one in words)
            if name.lower() in _NARROWING and not wide:
                return True
    return False


def _everyone(statement: Statement) -> bool:
    element = statement.principal
    return element == "*" or "*" in listed(fields(element).get("AWS"))


def is_public(document: str) -> bool:
    """Whether a bucket policy lets everyone in."""
    return any(
        one.allow and _everyone(one) and not _narrowed(one.condition)
        for one in statements(document)
    )


def _public_acl(call: ApiCall) -> bool:
    if call.operation not in _SETS_ACL:
        return False
    if call.params.get("ACL") in _PUBLIC_ACLS:
        return True
    given = listed(fields(call.params.get("AccessControlPolicy")).get("Grants"))
    targets = [str(one.get("Grantee", {}).get("URI", "")) for one in given]
    targets += [str(v) for k, v in call.params.items() if k.startswith("Grant")]
    return any(group in target for group in _PUBLIC_GROUPS for target in targets)


def refuse_public_writes(call: ApiCall) -> None:
    """Refuse what would make a bucket public where a block forbids it.

    Raises:
        ServiceError: AccessDenied, as S3 says it.
    """
    bucket = str(call.params.get("Bucket", ""))
    owner = moto_trails.bucket_owner(bucket)
    if owner is None:
        return
    block = moto_policies.public_access_block(owner, bucket)
    policy: Dynamic = call.params.get("Policy")
    text = policy.decode() if isinstance(policy, bytes) else policy
    by_policy = call.operation == "PutBucketPolicy" and block.policies and text and is_public(text)
    if by_policy or (block.acls and _public_acl(call)):
        kind = "policies" if by_policy else "access control lists"
        setting = "BlockPublicPolicy" if by_policy else "BlockPublicAcls"
        raise ServiceError(
            "AccessDenied",
            f"public {kind} are prevented by the {setting} setting in S3 Block Public Access.",
            403,
        )
