"""Policies that hang on resources: whom they name, and what they say of one request.

Source: IAM User Guide, "Cross-account policy evaluation logic"; KMS Developer Guide, "Default key
policy": a key that does not name the account leaves its administrators out, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from trailtui.sim import moto_backend, moto_policies, moto_trails, public_access
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.policy import Question, Statement, Verdict, evaluate, statements
from trailtui.sim.problems import CannotDecideError
from trailtui.sim.protocol import ApiCall

_WITH_POLICIES = ("kms", "lambda", "secretsmanager")
EVERYONE: Sequence[Dynamic] = ("*", {"AWS": "*"}, {"AWS": ["*"]})


@dataclass(frozen=True)
class OnResource:
    """The policy of what a request is about, and whose that is."""

    document: str | None
    owner: str
    """The account's number."""
    must_consent: bool = False
    """Whether the owner's own people need the policy's word, too (a KMS key)."""
    restricted: bool = False
    """Whether a public policy counts for nobody outside (S3's public access block)."""


def principal_matches(element: Dynamic, caller: Credential, caller_arn: str) -> tuple[bool, bool]:
    """Whether a Principal element names a caller, and whether by its own ARN (not its account)."""
    if element in EVERYONE:
        return True, False
    if isinstance(element, str):  # Lambda's AddPermission keeps a bare account, ARN or service
        element = {"AWS": element}
    if element is None or not isinstance(element, dict):
        raise CannotDecideError("a resource policy without a Principal can't be decided")
    named_by = cast("dict[str, Dynamic]", element)
    if caller.kind is Kind.ANONYMOUS:
        return False, False
    words: str | list[str] = named_by.get("AWS", [])
    account_words = (caller.account, f"arn:aws:iam::{caller.account}:root", "*")
    named = account = False
    for word in [words] if isinstance(words, str) else words:
        named = named or word in (caller_arn, caller.arn)
        account = account or word in account_words
    return named or account, named


def owner_of(call: ApiCall, caller: Credential, resource: str | None) -> str:
    """The account that a call's resource belongs to; the caller's own where it doesn't say."""
    if call.service == "s3" and call.params.get("Bucket"):
        return moto_trails.bucket_owner(str(call.params["Bucket"])) or caller.account
    parts = (resource or "").split(":")
    named = parts[4] if len(parts) > 5 and call.service in _WITH_POLICIES else ""
    return named if named.isdecimal() else caller.account


def policy_on(call: ApiCall, caller: Credential, resource: str | None) -> OnResource:
    """The policy that hangs on what a call is about."""
    owner = owner_of(call, caller, resource)
    if call.service == "s3":
        return on_bucket(call.params.get("Bucket"), owner)
    arn = resource or ""
    if arn.startswith("arn:aws:kms:") and ":key/" in arn:
        return on_key(arn, owner)
    if arn.startswith("arn:aws:secretsmanager:"):
        return OnResource(moto_policies.secret_policy(arn), owner)
    if arn.startswith("arn:aws:lambda:") and ":function:" in arn:
        return OnResource(moto_policies.function_policy(arn), owner)
    return OnResource(None, owner)


def on_bucket(bucket: str | None, owner: str) -> OnResource:
    """A bucket's policy."""
    document = moto_backend.bucket_policy(bucket) if bucket else None
    blocked = bool(bucket) and moto_policies.public_access_block(owner, bucket).restricted
    public = blocked and document is not None and public_access.is_public(document)
    return OnResource(document, owner, restricted=public)


def on_key(arn: str, owner: str) -> OnResource:
    """A KMS key's policy."""
    found = moto_policies.key(owner, arn.split(":")[3], arn)
    return OnResource(found[1] if found else None, owner, must_consent=found is not None)


def said_of(
    policy: OnResource, caller: Credential, caller_arn: str, question: Question
) -> Verdict | None:
    """What a resource's policy says of a request.

    Returns:
        DENY; ALLOW where it allows by itself; SILENT where the caller's own policies decide;
        None where the resource needed its policy's word and did not get it.
    Raises:
        CannotDecideError: the policy says something the simulator can't evaluate.
    """
    foreign = policy.owner != caller.account
    own: list[Statement] = []
    handed_over: list[Statement] = []
    for statement in statements(policy.document) if policy.document else ():
        if statement.not_principal is not None:
            raise CannotDecideError("the simulator does not evaluate NotPrincipal")
        matched, named = principal_matches(statement.principal, caller, caller_arn)
        if not matched:
            continue
        everyone = statement.principal in EVERYONE
        if statement.allow and foreign and policy.restricted:
            continue
        # Naming the own account only hands the decision to the account's own policies.
        direct = named or foreign or everyone or not statement.allow
        (own if direct else handed_over).append(statement)
    verdict = evaluate(own, question)
    if verdict is Verdict.SILENT and (foreign or policy.must_consent):
        left_to_iam = evaluate(handed_over, question) is Verdict.ALLOW
        return Verdict.SILENT if left_to_iam and not foreign else None
    return verdict
