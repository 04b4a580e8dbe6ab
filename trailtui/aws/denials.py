"""What a denial says: which permission is missing, on what, and which kind of policy is in the way.

Source: "Access denied error messages" of the IAM User Guide; S3 and Organizations say less.
"""

import re
from collections.abc import Mapping
from typing import Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import AccessDenied

DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Forbidden",
        "ForbiddenException",
        "UnauthorizedAccess",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)

_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform:?\s+(?P<permission>[\w-]+:\w+)"
    r"(?:\s+on (?:the )?resource:?\s+(?P<resource>.+?)(?= because | with an? |$))?"
)
_EXPLICIT = re.compile(r"explicit deny(?: in an? (?P<kind>[a-z -]+ polic(?:y|ies)))?")


def denied(message: str, call: ApiCall, told: Mapping[str, Any]) -> AccessDenied:
    """The error for a denial, by what AWS says of it."""
    found = _NOT_AUTHORIZED.search(message)
    permission = found["permission"] if found else call.permission
    resource = ((found["resource"] if found else None) or subject_of(call)).strip()
    explicit = _EXPLICIT.search(message)
    why = ""
    if explicit:
        why = (
            f" by an explicit deny in a {explicit['kind']}"
            if explicit["kind"]
            else (" by an explicit deny")
        )
    error = AccessDenied(
        f"AWS denied {permission}{f' on {resource}' if resource else ''}{why}",
        cure=_cure(message, permission, call),
        **told,
    )
    error.permission, error.resource = permission, resource
    return error


def subject_of(call: ApiCall) -> str:
    """What a call is about, as far as its parameters name it; empty where they do not."""
    named = call.parameters
    if "Bucket" in named:
        return f"s3://{named['Bucket']}/{named.get('Key') or named.get('Prefix') or ''}"
    return str(named.get("RoleArn", ""))


_BY_WORDS = (
    (
        "MultiFactorAuthentication failed",
        "The MFA code is wrong or was used already: wait for the next one.",
    ),
    (
        "with session credentials",
        "An MFA code goes with an IAM user's own key, not with a session: drop --mfa-serial.",
    ),
    ("explicit deny", "A policy, permissions boundary or SCP forbids it; use another identity."),
)


def _cure(message: str, permission: str, call: ApiCall) -> str:
    for words, cure in _BY_WORDS:
        if words in message:
            return cure
    if permission == "sts:AssumeRole":
        return (
            "The role must exist and trust this identity, with the --external-id, MFA and source "
            "identity that it asks for, and this identity needs sts:AssumeRole on it."
        )
    if permission.startswith("kms:"):
        return (
            f"What is there is encrypted: the identity needs {permission} on that key, by its own "
            "policy and by the key's."
        )
    told_little = _NOT_AUTHORIZED.search(message) is None
    if call.service == "s3" and told_little and "RequestPayer" not in call.parameters:
        return (
            f"The identity needs {permission}, and the bucket's policy must not refuse it; where "
            "the requester pays for the bucket, give --requester-pays."
        )
    return f"The identity needs {permission}; docs/permissions.md has the least policy."
