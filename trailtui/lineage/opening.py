"""Trusts and policies that were changed on the way: what may more now than before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from trailtui.lineage.calls import Call, text
from trailtui.lineage.drafts import account_of
from trailtui.lineage.nodes import Ending, Opened

_Target = Callable[[Call], str | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change."""

    target: _Target
    what: str
    """What it opens; `{0}` is the second name in the request."""
    detail: tuple[str, ...] = ()
    """Where in the request the second name stands: a policy, a group."""
    action: str = ""
    undone_by: tuple[str, ...] = ()


def _of(*keys: str) -> _Target:
    def target(call: Call) -> str | None:
        return next((found for key in keys if (found := text(call.request, key))), None)

    return target


def _arn_of(kind: str, key: str) -> _Target:
    def target(call: Call) -> str | None:
        name = text(call.request, key)
        return f"arn:aws:iam::{call.account}:{kind}/{name}" if name else None

    return target


_USER, _ROLE, _GROUP = (
    _arn_of("user", "userName"), _arn_of("role", "roleName"), _arn_of("group", "groupName"),
)  # fmt: skip
_BUCKET = _of("bucketName")
_FUNCTION = _of("functionName")
_POLICY, _ATTACHED = ("policyName",), ("policyArn",)

KINDS: dict[str, Kind] = {
    "UpdateAssumeRolePolicy": Kind(
        _ROLE, "changed who may take the role", action="restore-role-trust",
        undone_by=("UpdateAssumeRolePolicy", "DeleteRole"),
    ),
    "PutRolePolicy": Kind(
        _ROLE, "wrote the policy {0} into the role", _POLICY, "restore-role-policy",
        ("DeleteRolePolicy", "DeleteRole"),
    ),
    "AttachRolePolicy": Kind(
        _ROLE, "attached {0} to the role", _ATTACHED, "detach-role-policy",
        ("DetachRolePolicy", "DeleteRole"),
    ),
    "DeleteRolePermissionsBoundary": Kind(
        _ROLE, "took the boundary off the role", undone_by=("PutRolePermissionsBoundary",)
    ),
    "PutUserPolicy": Kind(
        _USER, "wrote the policy {0} into the user", _POLICY, "restore-user-policy",
        ("DeleteUserPolicy", "DeleteUser"),
    ),
    "AttachUserPolicy": Kind(
        _USER, "attached {0} to the user", _ATTACHED, "detach-user-policy",
        ("DetachUserPolicy", "DeleteUser"),
    ),
    "DeleteUserPermissionsBoundary": Kind(
        _USER, "took the boundary off the user", undone_by=("PutUserPermissionsBoundary",)
    ),
    "AddUserToGroup": Kind(
        _USER, "put the user into the group {0}", ("groupName",), "remove-from-group",
        ("RemoveUserFromGroup", "DeleteUser"),
    ),
    "DeactivateMFADevice": Kind(
        _USER, "took the MFA device {0} away", ("serialNumber",), undone_by=("EnableMFADevice",)
    ),
    "EnableMFADevice": Kind(
        _USER, "gave the user the MFA device {0}", ("serialNumber",), "deactivate-mfa-device",
        ("DeactivateMFADevice", "DeleteUser"),
    ),
    "CreateServiceSpecificCredential": Kind(
        _USER, "made a credential for {0}", ("serviceName",),
        undone_by=("DeleteServiceSpecificCredential", "DeleteUser"),
    ),
    "UploadSSHPublicKey": Kind(
        _USER, "gave the user an SSH key", undone_by=("DeleteSSHPublicKey", "DeleteUser")
    ),
    "UploadSigningCertificate": Kind(
        _USER, "gave the user a signing certificate",
        undone_by=("DeleteSigningCertificate", "DeleteUser"),
    ),
    "PutGroupPolicy": Kind(
        _GROUP, "wrote the policy {0} into the group", _POLICY,
        undone_by=("DeleteGroupPolicy", "DeleteGroup"),
    ),
    "AttachGroupPolicy": Kind(
        _GROUP, "attached {0} to the group", _ATTACHED,
        undone_by=("DetachGroupPolicy", "DeleteGroup"),
    ),
    "CreatePolicyVersion": Kind(
        _of("policyArn"), "wrote a new version of the policy",
        undone_by=("SetDefaultPolicyVersion", "DeletePolicy"),
    ),
    "SetDefaultPolicyVersion": Kind(
        _of("policyArn"), "made the version {0} of the policy count", ("versionId",),
        undone_by=("SetDefaultPolicyVersion", "DeletePolicy"),
    ),
    "UpdateSAMLProvider": Kind(
        _of("sAMLProviderArn"), "changed whose SAML assertions are believed",
        undone_by=("UpdateSAMLProvider", "DeleteSAMLProvider"),
    ),
    "UpdateOpenIDConnectProviderThumbprint": Kind(
        _of("openIDConnectProviderArn"), "changed whose OIDC tokens are believed",
        undone_by=("DeleteOpenIDConnectProvider",),
    ),
    "AddRoleToInstanceProfile": Kind(
        _ROLE, "put the role into the instance profile {0}", ("instanceProfileName",),
        undone_by=("RemoveRoleFromInstanceProfile",),
    ),
    "CreateAccountAssignment": Kind(
        _of("principalId"), "let {0} into an account through Identity Center",
        ("principalType",), "remove-sso-assignment", ("DeleteAccountAssignment",),
    ),
    "AddPermission20150331v2": Kind(
        _FUNCTION, "let {0} call the function", ("principal",), "remove-function-permission",
        ("RemovePermission20150331v2", "DeleteFunction20150331"),
    ),
    "CreateFunctionUrlConfig": Kind(
        _FUNCTION, "gave the function an address on the internet",
        undone_by=("DeleteFunctionUrlConfig", "DeleteFunction20150331"),
    ),
    "PutBucketPolicy": Kind(
        _BUCKET, "changed who may use the bucket", action="restore-bucket-policy",
        undone_by=("PutBucketPolicy", "DeleteBucketPolicy", "DeleteBucket"),
    ),
    "DeleteBucketPolicy": Kind(
        _BUCKET, "took the bucket's policy away", action="restore-bucket-policy",
        undone_by=("PutBucketPolicy", "DeleteBucket"),
    ),
    "PutBucketAcl": Kind(_BUCKET, "changed the bucket's ACL", undone_by=("DeleteBucket",)),
    "DeleteBucketPublicAccessBlock": Kind(
        _BUCKET, "let the bucket be public", action="block-public-access",
        undone_by=("PutBucketPublicAccessBlock", "DeleteBucket"),
    ),
    "PutKeyPolicy": Kind(_of("keyId"), "changed who may use the key", undone_by=("PutKeyPolicy",)),
    "CreateGrant": Kind(
        _of("keyId"), "let {0} use the key", ("granteePrincipal",),
        undone_by=("RevokeGrant", "RetireGrant"),
    ),
    "PutResourcePolicy": Kind(
        _of("secretId", "resourceArn"), "changed who may use it",
        undone_by=("PutResourcePolicy", "DeleteResourcePolicy"),
    ),
    "ModifySnapshotAttribute": Kind(
        _of("snapshotId"), "shared the snapshot", action="unshare-snapshot",
        undone_by=("ResetSnapshotAttribute", "DeleteSnapshot"),
    ),
    "ModifyImageAttribute": Kind(
        _of("imageId"), "shared the image", action="unshare-image",
        undone_by=("ResetImageAttribute", "DeregisterImage"),
    ),
    "ModifyDBSnapshotAttribute": Kind(
        _of("dBSnapshotIdentifier"), "shared the database snapshot", action="unshare-db-snapshot",
        undone_by=("DeleteDBSnapshot",),
    ),
    "AuthorizeSecurityGroupIngress": Kind(
        _of("groupId", "groupName"), "opened the security group", action="revoke-ingress",
        undone_by=("RevokeSecurityGroupIngress", "DeleteSecurityGroup"),
    ),
}  # fmt: skip
"""By the name of the call."""

OPENING = frozenset(KINDS)
UNDOING = frozenset(name for kind in KINDS.values() for name in kind.undone_by)


def opened_by(node: str, call: Call) -> Opened | None:
    """What a node's call opened; None where the record does not say of what."""
    kind = KINDS[call.name]
    target = kind.target(call)
    if target is None:
        return None
    detail = text(call.request, *kind.detail) if kind.detail else None
    endings = (Ending(kind.action, target, _given(kind, detail)),) if kind.action else ()
    return Opened(
        by=node,
        call=call.name,
        target=target,
        account=account_of(target) or call.account,
        what=kind.what.format(detail or "something"),
        at_ms=call.at_ms,
        event=call.row,
        ended_by=endings,
        undone_ms=None,
    )


def _given(kind: Kind, detail: str | None) -> tuple[tuple[str, str], ...]:
    if not detail or kind.detail not in (_POLICY, _ATTACHED, ("groupName",)):
        return ()
    return ((("group" if kind.detail == ("groupName",) else "policy"), detail),)


def with_undoing(opened: Opened, calls: Iterable[Call], own: frozenset[int]) -> Opened:
    """The same, with the first later call that took it back.

    `own` are the rows of calls that the tree itself made: one of those that changes the same thing
    again takes nothing back.
    """
    kind = KINDS[opened.call]
    for call in calls:
        later = call.row != opened.event and call.at_ms >= (opened.at_ms or 0)
        if not later or call.name not in kind.undone_by:
            continue
        if call.name in OPENING and call.row in own:
            continue
        if _target_of(call, kind) == opened.target and _same_detail(call, kind, opened):
            return replace(opened, undone_ms=call.at_ms, undone_event=call.row)
    return opened


def _target_of(call: Call, kind: Kind) -> str | None:
    return kind.target(call)


def _same_detail(call: Call, kind: Kind, opened: Opened) -> bool:
    """Whether the second name is the same, where the later call has one."""
    detail = text(call.request, *kind.detail) if kind.detail else None
    return detail is None or detail in opened.what or call.name in OPENING
