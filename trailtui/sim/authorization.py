"""May this caller make this call? All policies that count, in AWS's order.

Source: IAM User Guide, "Policy evaluation logic". An explicit denial anywhere ends it; then the
permissions boundary, the session policy and the identity's own policies must each allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from trailtui.sim import moto_compute, moto_trails
from trailtui.sim.actions import actions_of
from trailtui.sim.conditions import Context, matches_glob
from trailtui.sim.context import context_of
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential, IamView, Kind, RoleView, UserView
from trailtui.sim.policy import Question, Statement, Verdict, evaluate, statements
from trailtui.sim.problems import CannotDecideError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.resource_policies import (
    OnResource,
    on_bucket,
    on_key,
    policy_on,
    principal_matches,
    said_of,
)
from trailtui.sim.resources import resources_of


@dataclass(frozen=True)
class Layers:
    """The kinds of policies that bear on a caller; None where a kind does not apply."""

    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    session: tuple[Statement, ...] | None
    control: tuple[tuple[Statement, ...], ...] = ()
    """The organisation's policies, a set a level: each level must allow."""


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


_EVERYTHING = statements('{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}')


def layers_of(caller: Credential, view: IamView) -> Layers:
    """The policies that bear on a caller; root is bound by its organisation's only.

    Source: Organizations User Guide, "Service control policies": they don't bind the management
    account (whose view has none) nor service-linked roles.
    """
    session = _joined(caller.session_policies) if caller.session_policies else None
    control = tuple(_joined(level) for level in view.control)
    if caller.kind is Kind.ROOT:
        return Layers(_EVERYTHING, None, session, control)
    if caller.kind is Kind.ANONYMOUS:
        return Layers((), None, None)
    principal = principal_of(caller, view)
    identity = _joined(p.document for p in principal.policies) if principal else ()
    boundary = statements(principal.boundary) if principal and principal.boundary else None
    if caller.kind is Kind.FEDERATION and session is None:
        session = ()  # without a session policy, federation grants nothing
    if isinstance(principal, RoleView) and principal.service_linked:
        control = ()
    return Layers(identity, boundary, session, control)


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
        ("a service control policy", _organisation_says(layers, question)),
        ("an identity-based policy", identity),
        ("a permissions boundary", boundary),
        ("a session policy", session),
        ("a resource-based policy", resource_policy),
    )
    for kind, verdict in named:
        if verdict is Verdict.DENY:
            return f"with an explicit deny in {kind}"
    for kind, verdict in (named[0], *named[2:4]):
        if verdict is not Verdict.ALLOW:
            return f"because no {kind.split(' ', 1)[1]} allows the {question.action} action"
    if identity is Verdict.ALLOW or resource_policy is Verdict.ALLOW:
        return None
    return f"because no identity-based policy allows the {question.action} action"


def _organisation_says(layers: Layers, question: Question) -> Verdict:
    levels = [evaluate(level, question) for level in layers.control]
    if Verdict.DENY in levels:
        return Verdict.DENY
    return Verdict.SILENT if Verdict.SILENT in levels else Verdict.ALLOW


_GIVING_A_ROLE = ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")


def refused(call: ApiCall, caller: Credential, view: IamView, now: datetime) -> Refusal | None:
    """Decide a call by the caller's policies and that of the resource.

    Trust policies are decided where roles are assumed.

    Returns:
        why it is refused, or None.
    Raises:
        CannotDecideError: a policy says something the simulator can't evaluate.
    """
    layers = layers_of(caller, view)
    context = context_of(call, caller, view, now)
    for resource in resources_of(call, caller, view):
        on_it = policy_on(call, caller, resource)
        seen = {**context, "aws:resourceaccount": on_it.owner}
        for action in actions_of(call):
            question = Question(action, resource, seen)
            why = _why(layers, question, on_it, caller)
            if why is not None:
                return Refusal(action, resource or "*", why)
    if call.service == "ec2" and call.operation in _GIVING_A_ROLE:
        return _refused_passing(layers, context, call, caller)
    if (call.service, call.operation) != ("s3", "GetObject"):
        return None
    bucket, name = str(call.params["Bucket"]), str(call.params["Key"])
    return _refused_key(layers, context, (bucket, name), caller)


def _refused_passing(
    layers: Layers, context: Context, call: ApiCall, caller: Credential
) -> Refusal | None:
    """Giving an instance a profile takes the right to pass the role that is in it.

    Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
    """
    role = moto_compute.role_of_profile(
        caller.account, fields(call.params.get("IamInstanceProfile"))
    )
    if role is None:
        return None
    to = {**context, "iam:passedtoservice": "ec2.amazonaws.com"}
    on_it = OnResource(None, caller.account)
    why = _why(layers, Question("iam:PassRole", role, to), on_it, caller)
    return Refusal("iam:PassRole", role, why) if why is not None else None


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
    layers = layers_of(caller, view)
    on_it = on_bucket(bucket, owner) if bucket else OnResource(None, owner)
    why = _why(layers, Question(action, resource, context), on_it, caller)
    if why is not None:
        return Refusal(action, resource, why)
    if bucket is None or action != "s3:GetObject":
        return None
    return _refused_key(layers, context, (bucket, resource.partition("/")[2]), caller)


def _why(layers: Layers, question: Question, on_it: OnResource, caller: Credential) -> str | None:
    """Why one action is refused; across accounts both sides must allow it."""
    caller_arn = str(question.context["aws:principalarn"])
    said = said_of(on_it, caller, caller_arn, question)
    if said is None:
        denied = ask(layers, question)
        explicit = denied is not None and denied.startswith("with an explicit deny")
        silent = f"because no resource-based policy allows the {question.action} action"
        return denied if explicit else silent
    if caller.kind is Kind.ANONYMOUS:
        return None if said is Verdict.ALLOW else "with an explicit deny in a resource-based policy"
    settled = on_it.owner != caller.account and said is Verdict.ALLOW
    return ask(layers, question, Verdict.SILENT if settled else said)


def _refused_key(
    layers: Layers, context: Context, stored: tuple[str, str], caller: Credential
) -> Refusal | None:
    """Reading what a KMS key encrypts needs the right to decrypt with it.

    Source: S3 User Guide, "Using server-side encryption with AWS KMS keys".
    """
    key = moto_trails.kms_key_of(*stored)
    if key is None:
        return None
    owner = key.split(":")[4]
    through = {
        **context,
        "kms:viaservice": f"s3.{context['aws:requestedregion']}.amazonaws.com",
        "aws:resourceaccount": owner,
    }
    why = _why(layers, Question("kms:Decrypt", key, through), on_key(key, owner), caller)
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


def trust_federated(role: RoleView, call: ApiCall, provider: str, context: Context) -> Verdict:
    """What a role's trust policy says of someone whom an identity provider vouches for."""
    concerned: list[Statement] = []
    for statement in statements(role.trust):
        if statement.not_principal is not None:
            raise CannotDecideError("the simulator does not evaluate NotPrincipal")
        named = listed(fields(statement.principal).get("Federated"))
        if provider in named or statement.principal == "*":
            concerned.append(statement)
    return evaluate(concerned, Question(f"sts:{call.operation}", role.arn, context))


def callable_by_kind(caller: Credential, action: str) -> bool:
    """Whether a credential of this kind may ever call an action, or some of a pattern.

    Source: STS API Reference, GetSessionToken and GetFederationToken.
    """
    if caller.from_console or caller.kind not in (Kind.SESSION_TOKEN, Kind.FEDERATION):
        return True
    service, _, name = action.lower().partition(":")
    if service == "iam":
        return caller.kind is Kind.SESSION_TOKEN and caller.mfa
    if service == "sts":
        return caller.kind is Kind.SESSION_TOKEN and matches_glob(name, "assumerole")
    return True


def usable_at_all(caller: Credential, view: IamView, call: ApiCall, now: datetime) -> bool:
    """Whether anything that some policy allows this caller is still allowed.

    Every action and resource pattern of an allowance is asked for as it stands: a denial of
    everything covers it, a denial of a part does not.
    """
    layers = layers_of(caller, view)
    context = context_of(call, caller, view, now)
    allowances = [
        one
        for layer in (layers.identity, layers.boundary or (), layers.session or (), *layers.control)
        for one in layer
        if one.allow
    ]
    return any(
        ask(layers, Question(action, resource, context)) is None
        for one in allowances
        for action in one.actions or ("*",)
        if callable_by_kind(caller, action)
        for resource in one.resources or ("*",)
    )


def compact(document: Dynamic) -> str:
    """A policy document as text, whether it was given as text or as a structure."""
    return document if isinstance(document, str) else json.dumps(document)
