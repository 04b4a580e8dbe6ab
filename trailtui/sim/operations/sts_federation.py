"""Roles taken by people of outside identity providers, and root of member accounts.

Source: STS API Reference, AssumeRoleWithSAML, AssumeRoleWithWebIdentity and AssumeRoot.
"""

from __future__ import annotations

from trailtui.sim import authorization, moto_backend, moto_trails
from trailtui.sim.context import context_of
from trailtui.sim.credentials import Issue
from trailtui.sim.dynamic import Dynamic, fields
from trailtui.sim.federation import Vouched
from trailtui.sim.identity import Credential, IamView, Kind, managed_text
from trailtui.sim.operations.sts_shapes import credentials, find_role, seconds_of
from trailtui.sim.policy import Verdict
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

UNSIGNED = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
_DENIED = "Not authorized to perform sts:"
_NOBODY = IamView("", {}, {}, {})


def outsider(world: World, call: ApiCall) -> Credential:
    """Who makes an unsigned call of STS: whoever the assertion or token speaks of."""
    word = str(call.params.get("SAMLAssertion") or call.params.get("WebIdentityToken") or "")
    vouched = world.federation.words.get(word)
    account = str(call.params.get("RoleArn", ":::::")).split(":")[4] or world.account
    subject = vouched.subject if vouched else "unknown"
    provider = vouched.provider if vouched else ""
    saml = call.operation == "AssumeRoleWithSAML"
    said = {
        "type": "SAMLUser" if saml else "WebIdentityUser",
        "principalId": f"{provider}:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    return Credential(
        id="",
        secret="",
        kind=Kind.ANONYMOUS,
        account=account,
        arn=subject,
        principal_id=said["principalId"],
        issuer="",
        issuer_id="",
        issued_at=world.clock.now(),
        federated=tuple(said.items()),
        carried=_carried(vouched, saml=saml) if vouched else (),
    )


def _carried(vouched: Vouched, *, saml: bool) -> tuple[tuple[str, str], ...]:
    """The condition keys of the provider's words; they stay with the session."""
    if saml:
        named = {"saml:aud": vouched.audience, "saml:sub": vouched.subject}
        return (*named.items(), ("aws:federatedprovider", vouched.provider), *vouched.claims)
    host = vouched.provider.partition(":oidc-provider/")[2].lower()
    named = {f"{host}:sub": vouched.subject, f"{host}:aud": vouched.audience}
    claims = tuple((f"{host}:{name}".lower(), value) for name, value in vouched.claims)
    return (*named.items(), ("aws:federatedprovider", vouched.provider), *claims)


def _vouched(world: World, call: ApiCall, member: str) -> Vouched:
    word = str(call.params.get(member, ""))
    found = world.federation.words.get(word)
    kind = "SAML assertion" if member == "SAMLAssertion" else "web identity token"
    if found is None:
        raise ServiceError("InvalidIdentityToken", f"The {kind} is not one that can be trusted")
    if found.expires_at <= world.clock.now():
        raise ServiceError("ExpiredTokenException", f"The {kind} has expired")
    backend = moto_backend.iam(found.provider.split(":")[4])
    known: list[Dynamic] = [*backend.saml_providers.values(), *backend.open_id_providers.values()]
    if found.provider not in {one.arn for one in known}:
        raise ServiceError("InvalidIdentityToken", "No OpenIDConnect or SAML provider found")
    return found


def _take(world: World, call: ApiCall, caller: Credential, member: str) -> Credential:
    """The session, where provider, role and trust policy agree."""
    vouched = _vouched(world, call, member)
    arn = str(call.params["RoleArn"])
    refusal = ServiceError("AccessDenied", _DENIED + call.operation, 403)
    found = find_role(world, arn)
    wrong_provider = call.params.get("PrincipalArn", vouched.provider) != vouched.provider
    if found is None or wrong_provider or vouched.role not in (None, arn):
        raise refusal
    account, role = found
    context = context_of(call, caller, _NOBODY, world.clock.now())
    if authorization.trust_federated(role, call, vouched.provider, context) is not Verdict.ALLOW:
        raise refusal
    seconds = seconds_of(call, 3600, role.max_session_seconds)
    name = str(call.params.get("RoleSessionName") or vouched.session_name or vouched.subject)
    issue = Issue(
        kind=Kind.ASSUMED_ROLE,
        account=account,
        arn=f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}",
        principal_id=f"{role.id}:{name}",
        issuer=role.name,
        issuer_id=role.id,
        seconds=seconds,
        issued_by_call=call.operation,
        session_policies=(str(call.params["Policy"]),) if call.params.get("Policy") else (),
        source_identity=vouched.source_identity,
        carried=caller.carried,
        federated=(("federatedProvider", vouched.provider),),
    )
    return world.credentials.issue(issue)


def assume_role_with_saml(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session of a role for someone whom a SAML provider vouches for."""
    session = _take(world, call, caller, "SAMLAssertion")
    said = dict(caller.carried)
    return _answer(session) | {
        "Subject": said["saml:sub"],
        "SubjectType": "persistent",
        "Issuer": said["aws:federatedprovider"],
        "Audience": said["saml:aud"],
        "NameQualifier": "simulated",
    }


def assume_role_with_web_identity(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session of a role for someone whom an OpenID Connect provider vouches for."""
    vouched = _vouched(world, call, "WebIdentityToken")
    session = _take(world, call, caller, "WebIdentityToken")
    return _answer(session) | {
        "SubjectFromWebIdentityToken": vouched.subject,
        "Provider": vouched.provider,
        "Audience": vouched.audience,
    }


def _answer(session: Credential) -> dict[str, Dynamic]:
    answer: dict[str, Dynamic] = {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": session.principal_id, "Arn": session.arn},
    }
    return answer | ({"SourceIdentity": session.source_identity} if session.source_identity else {})


def assume_root(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Root of a member account, for one task; the management account's own may ask for it."""
    target = str(call.params["TargetPrincipal"])
    member = target.split(":")[4] if target.startswith("arn:") else target
    organisation = moto_trails.organisation_of(caller.account)
    features = world.federation.features.get(caller.account, set())
    if (
        organisation is None
        or organisation.management != caller.account
        or member not in organisation.accounts
        or member == organisation.management
        or "RootSessions" not in features
    ):
        raise ServiceError("AccessDenied", "Access denied: root sessions are not enabled", 403)
    task = str(fields(call.params["TaskPolicyArn"]).get("arn", ""))
    policy = managed_text(caller.account, task)
    if policy is None or ":policy/root-task/" not in task:
        raise ServiceError("ValidationError", f"{task} is no task policy", 400)
    everything = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    session = world.credentials.issue(
        Issue(
            kind=Kind.ROOT,
            account=member,
            arn=f"arn:aws:iam::{member}:root",
            principal_id=member,
            issuer="",
            issuer_id="",
            seconds=seconds_of(call, 900, 900, least=1),
            issued_by=caller.id,
            issued_by_call="AssumeRoot",
            session_policies=(policy, everything),
            source_identity=caller.source_identity,
            carried=(("sts:taskpolicyarn", task),),
        )
    )
    return {"Credentials": credentials(session)}


OPERATIONS = {
    "AssumeRoleWithSAML": assume_role_with_saml,
    "AssumeRoleWithWebIdentity": assume_role_with_web_identity,
    "AssumeRoot": assume_root,
}
