"""What was changed on the way: trusts and policies that let in more, logging that sees less."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from trailtui.lineage.calls import Call, part, text
from trailtui.lineage.drafts import account_of
from trailtui.lineage.nodes import Ending, Opened
from trailtui.model.ingress_rules import recorded_words

_Target = Callable[[Call], str | None]
_FLOW_LOG = re.compile(r"fl-[0-9a-f]{8,17}")
_FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


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
    given: Callable[[Call], tuple[tuple[str, str], ...]] | None = None
    """What else the action is to be told, from the call."""
    only: Callable[[Call], bool] | None = None
    """Whether a call of the name opens at all; where it does not, it may take back."""


def _of(*keys: str) -> _Target:
    def target(call: Call) -> str | None:
        return next((found for key in keys if (found := text(call.request, key))), None)

    return target


def _arn_of(kind: str, key: str) -> _Target:
    def target(call: Call) -> str | None:
        name = text(call.request, key)
        return f"arn:aws:iam::{call.account}:{kind}/{name}" if name else None

    return target


def _region(call: Call) -> tuple[tuple[str, str], ...]:
    """Where it is: a namesake in another Region is something else."""
    return (("region", call.region),) if call.region else ()


def _statement(call: Call) -> tuple[tuple[str, str], ...]:
    sid = text(call.request, "statementId")
    return (*((("statement", sid),) if sid else ()), *_region(call))


def _rules(call: Call) -> tuple[tuple[str, str], ...]:
    words = ",".join(sorted(recorded_words(call.request)))
    return (*((("rule", words),) if words else ()), *_region(call))


def _fed(call: Call) -> str | None:
    """The event source mapping that a call made or changed."""
    told = (text(one, key) for one in (call.request, call.response) for key in ("uUID", "uuid"))
    return next((found for found in told if found), None)


def _account(call: Call) -> str | None:
    return call.account


def _region_of(call: Call) -> str | None:
    return call.region


def _switched_off(call: Call) -> bool:
    return text(call.request, "enable") == "false"


def _unblocked(call: Call) -> bool:
    """Whether a public access block was set that leaves something open."""
    block = part(call.request, "PublicAccessBlockConfiguration")
    return any(text(block, name) != "true" for name in _FLAGS)


def _flow_log(call: Call) -> str | None:
    """The flow log that was deleted, the first of several: EC2's records wrap them in lists."""
    found = _FLOW_LOG.search(repr(call.request))
    return found[0] if found else None


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
        ("RemovePermission20150331v2", "DeleteFunction20150331"), _statement,
    ),
    "CreateEventSourceMapping20150331": Kind(
        _fed, "let {0} start a function", ("eventSourceArn",), "disable-event-source",
        ("DeleteEventSourceMapping20150331",), _region,
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
    "PutBucketPublicAccessBlock": Kind(
        _BUCKET, "let the bucket be public", action="block-public-access",
        undone_by=("PutBucketPublicAccessBlock", "DeleteBucket"), only=_unblocked,
    ),
    "PutAccountPublicAccessBlock": Kind(
        _account, "let every bucket of the account be public",
        action="block-account-public-access", undone_by=("PutAccountPublicAccessBlock",),
        only=_unblocked,
    ),
    "DeleteAccountPublicAccessBlock": Kind(
        _account, "let every bucket of the account be public",
        action="block-account-public-access", undone_by=("PutAccountPublicAccessBlock",),
    ),
    "DisableKey": Kind(
        _of("keyId"), "disabled the key", action="enable-key", undone_by=("EnableKey",),
        given=_region,
    ),
    "ScheduleKeyDeletion": Kind(
        _of("keyId"), "lets the key be deleted", action="cancel-key-deletion",
        undone_by=("CancelKeyDeletion",), given=_region,
    ),
    "StopLogging": Kind(
        _of("name"), "stopped the trail", action="start-logging",
        undone_by=("StartLogging", "DeleteTrail"), given=_region,
    ),
    "PutEventSelectors": Kind(
        _of("trailName"), "changed what the trail records", action="restore-event-selectors",
        undone_by=("PutEventSelectors", "DeleteTrail"), given=_region,
    ),
    "DeleteTrail": Kind(
        _of("name"), "deleted the trail", action="recreate-trail", undone_by=("CreateTrail",),
        given=_region,
    ),
    "DeleteDetector": Kind(
        _region_of, "deleted the detector of GuardDuty", action="enable-guardduty",
        undone_by=("CreateDetector",),
    ),
    "UpdateDetector": Kind(
        _region_of, "switched GuardDuty off", action="enable-guardduty",
        undone_by=("UpdateDetector", "CreateDetector"), only=_switched_off,
    ),
    "StopConfigurationRecorder": Kind(
        _of("configurationRecorderName"), "stopped AWS Config", action="start-config-recorder",
        undone_by=("StartConfigurationRecorder",), given=_region,
    ),
    "DeleteFlowLogs": Kind(
        _flow_log, "deleted the flow log", action="recreate-flow-logs", given=_region,
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
        undone_by=("ResetSnapshotAttribute", "DeleteSnapshot"), given=_region,
    ),
    "ModifyImageAttribute": Kind(
        _of("imageId"), "shared the image", action="unshare-image",
        undone_by=("ResetImageAttribute", "DeregisterImage"), given=_region,
    ),
    "ModifyDBSnapshotAttribute": Kind(
        _of("dBSnapshotIdentifier"), "shared the database snapshot", action="unshare-db-snapshot",
        undone_by=("DeleteDBSnapshot",), given=_region,
    ),
    "ModifyDBClusterSnapshotAttribute": Kind(
        _of("dBClusterSnapshotIdentifier"), "shared the cluster's snapshot",
        action="unshare-db-snapshot", undone_by=("DeleteDBClusterSnapshot",), given=_region,
    ),
    "AuthorizeSecurityGroupIngress": Kind(
        _of("groupId", "groupName"), "opened the security group", action="revoke-ingress",
        undone_by=("RevokeSecurityGroupIngress", "DeleteSecurityGroup"), given=_rules,
    ),
}  # fmt: skip
"""By the name of the call."""

OPENING = frozenset(KINDS)
UNDOING = frozenset(name for kind in KINDS.values() for name in kind.undone_by)


def opened_by(node: str, call: Call) -> Opened | None:
    """What a node's call opened; None where the record does not say of what."""
    kind = KINDS[call.name]
    target = kind.target(call)
    if target is None or (kind.only is not None and not kind.only(call)):
        return None
    detail = text(call.request, *kind.detail) if kind.detail else None
    given = (*_given(kind, detail), *(kind.given(call) if kind.given else ()))
    endings = (Ending(kind.action, target, given),) if kind.action else ()
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
        if kind.only is not None and call.name == opened.call and kind.only(call):
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
