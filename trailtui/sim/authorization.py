"""May this caller make this call? All policies that count, in AWS's order.

Source: IAM User Guide, "Policy evaluation logic". An explicit denial anywhere ends it; then the
permissions boundary, the session policy and the identity's own policies must each allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from trailtui.sim import moto_backend, moto_trails
from trailtui.sim.actions import actions_of
from trailtui.sim.conditions import Context
from trailtui.sim.context import context_of
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, IamView, Kind, RoleView, UserView
from trailtui.sim.policy import Question, Statement, Verdict, evaluate, statements
from trailtui.sim.problems import CannotDecideError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.resources import resources_of


@dataclass(frozen=True)
class Layers:
    """The kinds of policies that bear on a caller; None where a kind does not apply."""

    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    session: tuple[Statement, ...] | None


@dataclass(frozen=True)
class Refusal:
    """A denial: which action on which resource, and why, in AWS's words."""

    action: str
    resource: str
    why: str


def _joined(documents: Iterable[str]) -> tuple[Statement, ...]:
    return tuple(one for document in documents for one in statements(document))


def principal_of(caller: Credential, view: IamView) -> UserView | RoleView | None:
    """The user or role a credential acts for; None where it is gone (or replaced), or root."""
    if caller.kind is Kind.ROOT:
        return None
    known = view.roles if caller.kind is Kind.ASSUMED_ROLE else view.users
    found = known.get(caller.issuer)
    return found if found and found.id == caller.issuer_id else None


def layers_of(caller: Credential, view: IamView) -> Layers | None:
    """The policies that bear on a caller; None for root, which no identity policy binds."""
    if caller.kind is Kind.ROOT:
        return None
    principal = principal_of(caller, view)
    identity = _joined(p.document for p in principal.policies) if principal else ()
    boundary = statements(principal.boundary) if principal and principal.boundary else None
    session = _joined(caller.session_policies) if caller.session_policies else None
    if caller.kind is Kind.FEDERATION and session is None:
        session = ()  # without a session policy, federation grants nothing
    return Layers(identity, boundary, session)


def ask(
    layers: Layers, question: Question, resource_policy: Verdict = Verdict.SILENT
) -> str | None:
    """Why a request is refused by these policies, in AWS's words; None where it is allowed."""
    identity = evaluate(layers.identity, question)
    boundary = Verdict.ALLOW
    if layers.boundary is not None:
        boundary = evaluate(layers.boundary, question)
    session = Verdict.ALLOW if layers.session is None else evaluate(layers.session, question)
    named = (
        ("an identity-based policy", identity),
        ("a permissions boundary", boundary),
        ("a session policy", session),
        ("a resource-based policy", resource_policy),
    )
    for kind, verdict in named:
        if verdict is Verdict.DENY:
            return f"with an explicit deny in {kind}"
    for kind, verdict in named[1:3]:
        if verdict is not Verdict.ALLOW:
            return f"because no {kind.split(' ', 1)[1]} allows the {question.action} action"
    if identity is Verdict.ALLOW or resource_policy is Verdict.ALLOW:
        return None
    return f"because no identity-based policy allows the {question.action} action"


def principal_matches(element: Dynamic, caller: Credential, caller_arn: str) -> tuple[bool, bool]:
    """Whether a Principal element names a caller, and whether by its own ARN (not its account)."""
    if element in ("*", {"AWS": "*"}):
        return True, False
    if element is None or not isinstance(element, dict):
        raise CannotDecideError("a resource policy without a Principal can't be decided")
    named_by = cast("dict[str, Dynamic]", element)
    words: str | list[str] = named_by.get("AWS", [])
    account_words = (caller.account, f"arn:aws:iam::{caller.account}:root", "*")
    named = account = False
    for word in [words] if isinstance(words, str) else words:
        named = named or word in (caller_arn, caller.arn)
        account = account or word in account_words
    return named or account, named


def _resource_policy(
    document: str | None, caller: Credential, caller_arn: str, question: Question, foreign: bool
) -> Verdict:
    """What a bucket's policy says; to another account it speaks by naming that account, too."""
    if document is None:
        return Verdict.SILENT
    concerned: list[Statement] = []
    for statement in statements(document):
        if statement.not_principal is not None:
            raise CannotDecideError("the simulator does not evaluate NotPrincipal")
        matched, named = principal_matches(statement.principal, caller, caller_arn)
        # Naming the own account only hands the decision to the account's own policies.
        everyone = statement.principal in ("*", {"AWS": "*"})
        if matched and (named or foreign or everyone or not statement.allow):
            concerned.append(statement)
    return evaluate(concerned, question)


def refused(call: ApiCall, caller: Credential, view: IamView, now: datetime) -> Refusal | None:
    """Decide a call by the caller's policies (and the bucket's, in S3).

    Trust policies are decided where roles are assumed.

    Returns:
        why it is refused, or None.
    Raises:
        CannotDecideError: a policy says something the simulator can't evaluate.
    """
    layers = layers_of(caller, view)
    context = context_of(call, caller, view, now)
    bucket = call.params.get("Bucket") if call.service == "s3" else None
    bucket_policy = moto_backend.bucket_policy(bucket) if bucket else None
    foreign = call.operation != "CreateBucket" and context["aws:resourceaccount"] != caller.account
    caller_arn = str(context["aws:principalarn"])
    for action in actions_of(call):
        for resource in resources_of(call, caller, view):
            question = Question(action, resource, context)
            by_resource = _resource_policy(bucket_policy, caller, caller_arn, question, foreign)
            why = _why(layers, question, by_resource, foreign)
            if why is not None:
                return Refusal(action, resource or "*", why)
    if (call.service, call.operation) != ("s3", "GetObject"):
        return None
    return _refused_key(layers, context, str(call.params["Bucket"]), str(call.params["Key"]))


def refused_on_behalf(
    call: ApiCall,
    caller: Credential,
    view: IamView,
    now: datetime,
    step: tuple[str, str, str, str | None],
) -> Refusal | None:
    """Decide an action that a service takes with its caller's rights, as Athena reads S3.

    Args:
        call: the call that the service got.
        caller: who made it.
        view: of the caller's account.
        now: the account's time.
        step: the service, such as "athena.amazonaws.com"; the action; the resource; the bucket
            that it is about, whose policy counts too.
    """
    service, action, resource, bucket = step
    owner = (moto_trails.bucket_owner(bucket) if bucket else None) or caller.account
    context: Context = {
        **context_of(call, caller, view, now),
        "aws:calledvia": [service],
        "aws:calledviafirst": service,
        "aws:calledvialast": service,
        "aws:viaawsservice": "true",
        "aws:resourceaccount": owner,
    }
    layers, foreign = layers_of(caller, view), owner != caller.account
    question = Question(action, resource, context)
    policy = moto_backend.bucket_policy(bucket) if bucket else None
    caller_arn = str(context["aws:principalarn"])
    by_resource = _resource_policy(policy, caller, caller_arn, question, foreign)
    why = _why(layers, question, by_resource, foreign)
    if why is not None:
        return Refusal(action, resource, why)
    if bucket is None or action != "s3:GetObject":
        return None
    return _refused_key(layers, context, bucket, resource.partition("/")[2])


def _why(
    layers: Layers | None, question: Question, by_resource: Verdict, foreign: bool
) -> str | None:
    """Why one action is refused; across accounts both sides must allow it."""
    if foreign and by_resource is Verdict.SILENT:
        return f"because no resource-based policy allows the {question.action} action"
    if layers is None:
        denied = by_resource is Verdict.DENY
        return "with an explicit deny in a resource-based policy" if denied else None
    settled = foreign and by_resource is Verdict.ALLOW
    return ask(layers, question, Verdict.SILENT if settled else by_resource)


def _refused_key(layers: Layers | None, context: Context, bucket: str, name: str) -> Refusal | None:
    """Reading what a KMS key encrypts needs the right to decrypt with it.

    Source: S3 User Guide, "Using server-side encryption with AWS KMS keys". The key's own policy
    is taken to leave the decision to IAM, as the default one does.
    """
    key = moto_trails.kms_key_of(bucket, name)
    if layers is None or key is None:
        return None
    through = {**context, "kms:viaservice": f"s3.{context['aws:requestedregion']}.amazonaws.com"}
    why = ask(layers, Question("kms:Decrypt", key, through))
    return Refusal("kms:Decrypt", key, why) if why is not None else None


def denied_explicitly(call: ApiCall, caller: Credential, view: IamView, now: datetime) -> bool:
    """Whether some policy denies a call that needs no allowance (GetSessionToken)."""
    found = refused(call, caller, view, now)
    return found is not None and found.why.startswith("with an explicit deny")


def trust(
    role: RoleView, call: ApiCall, caller: Credential, caller_view: IamView, now: datetime
) -> tuple[Verdict, bool]:
    """What a role's trust policy says of a caller, and whether it names the caller itself."""
    context = context_of(call, caller, caller_view, now)
    caller_arn = str(context["aws:principalarn"])
    question = Question("sts:AssumeRole", role.arn, context)
    concerned: list[Statement] = []
    by_name = False
    for statement in statements(role.trust):
        if statement.not_principal is not None:
            raise CannotDecideError("the simulator does not evaluate NotPrincipal")
        matched, named = principal_matches(statement.principal, caller, caller_arn)
        if matched:
            concerned.append(statement)
            by_name = by_name or (
                named and statement.allow and evaluate([statement], question) is Verdict.ALLOW
            )
    return evaluate(concerned, question), by_name


def usable_at_all(caller: Credential, view: IamView, call: ApiCall, now: datetime) -> bool:
    """Whether anything that some policy allows this caller is still allowed.

    Every action and resource pattern of an allowance is asked for as it stands: a denial of
    everything covers it, a denial of a part does not.
    """
    layers = layers_of(caller, view)
    if layers is None:
        return True
    context = context_of(call, caller, view, now)
    allowances = [
        one
        for layer in (layers.identity, layers.boundary or (), layers.session or ())
        for one in layer
        if one.allow
    ]
    return any(
        ask(layers, Question(action, resource, context)) is None
        for one in allowances
        for action in one.actions or ("*",)
        for resource in one.resources or ("*",)
    )


def compact(document: Dynamic) -> str:
    """A policy document as text, whether it was given as text or as a structure."""
    return document if isinstance(document, str) else json.dumps(document)
