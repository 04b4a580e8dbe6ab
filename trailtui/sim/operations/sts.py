"""STS: moto hands out constant credentials and assumes roles that do not exist.

Source: STS API Reference, the page of each operation.
"""

from __future__ import annotations

from trailtui.sim import authorization, denials
from trailtui.sim.authorization import Refusal, ask, compact, layers_of
from trailtui.sim.context import context_of
from trailtui.sim.credentials import Issue
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind, RoleView
from trailtui.sim.operations.sts_shapes import credentials, find_role, seconds_of
from trailtui.sim.policy import Question, Verdict
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World


def get_caller_identity(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Who the caller is; no policy can deny it."""
    return {"UserId": caller.principal_id, "Account": caller.account, "Arn": caller.arn}


def _refuse_assume(call: ApiCall, caller: Credential, arn: str, why: str = "") -> ServiceError:
    refusal = Refusal("sts:AssumeRole", arn, why)
    error = denials.by_policy(call.protocol, call.service, caller.arn, refusal)
    return ServiceError(error.code, error.message.strip(), error.status)


def check_assume(world: World, call: ApiCall, caller: Credential, role: RoleView) -> None:
    """The role must trust the caller, and unless it names the caller itself in the same account,
    the caller's own policies must allow it too."""
    view = world.iam.view(caller.account)
    now = world.clock.now()
    layers = layers_of(caller, view)
    if caller.kind is Kind.ROOT:
        raise ServiceError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    verdict, by_name = authorization.trust(role, call, caller, view, now)
    if verdict is not Verdict.ALLOW:
        raise _refuse_assume(call, caller, role.arn)
    same_account = f"::{caller.account}:" in role.arn
    by_trust = Verdict.ALLOW if by_name and same_account else Verdict.SILENT
    question = Question("sts:AssumeRole", role.arn, context_of(call, caller, view, now))
    why = ask(layers, question, by_trust)
    if why is not None:
        raise _refuse_assume(call, caller, role.arn, why)


def assume_role(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session of a role, for callers whom its trust policy and their own policies allow."""
    arn, name = str(call.params["RoleArn"]), str(call.params["RoleSessionName"])
    found = find_role(world, arn)
    if found is None:
        raise _refuse_assume(call, caller, arn)
    account, role = found
    check_assume(world, call, caller, role)
    chained = caller.kind is Kind.ASSUMED_ROLE
    seconds = seconds_of(call, 3600, 43200)
    if seconds > role.max_session_seconds:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if chained and seconds > 3600:
        raise ServiceError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining",
        )
    if call.params.get("PolicyArns"):
        raise CannotDecideError("the simulator knows session policies only as documents")
    policy = call.params.get("Policy")
    # A source identity, once set, stays through every role assumed from there.
    source_identity = caller.source_identity or call.params.get("SourceIdentity")
    session = world.credentials.issue(
        Issue(
            kind=Kind.ASSUMED_ROLE,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}",
            principal_id=f"{role.id}:{name}",
            issuer=role.name,
            issuer_id=role.id,
            seconds=seconds,
            issued_by=caller.id,
            issued_by_call="AssumeRole",
            session_policies=(compact(policy),) if policy else (),
            mfa=bool(call.params.get("SerialNumber")),
            source_identity=source_identity,
        )
    )
    result: dict[str, Dynamic] = {
        "Credentials": credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": session.principal_id, "Arn": session.arn},
    }
    if source_identity:
        result["SourceIdentity"] = source_identity
    return result


def get_session_token(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session of the user itself, with the user's permissions; only for long-term keys."""
    if caller.temporary:
        raise denials.access_denied(
            call.protocol, call.service, "Cannot call GetSessionToken with session credentials"
        )
    most = 3600 if caller.kind is Kind.ROOT else 129600
    session = world.credentials.issue(
        Issue(
            kind=Kind.ROOT if caller.kind is Kind.ROOT else Kind.SESSION_TOKEN,
            account=caller.account,
            arn=caller.arn,
            principal_id=caller.principal_id,
            issuer=caller.issuer,
            issuer_id=caller.issuer_id,
            seconds=seconds_of(call, min(43200, most), most),
            issued_by=caller.id,
            issued_by_call="GetSessionToken",
            mfa=bool(call.params.get("SerialNumber") and call.params.get("TokenCode")),
        )
    )
    return {"Credentials": credentials(session)}


def get_federation_token(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A session with the part of the user's permissions that a session policy names."""
    if caller.temporary:
        raise denials.access_denied(
            call.protocol, call.service, "Cannot call GetFederationToken with session credentials"
        )
    if caller.kind is Kind.ROOT:
        raise CannotDecideError("the simulator does not federate for root")
    if call.params.get("PolicyArns"):
        raise CannotDecideError("the simulator knows session policies only as documents")
    name, policy = str(call.params["Name"]), call.params.get("Policy")
    arn = f"arn:aws:sts::{caller.account}:federated-user/{name}"
    session = world.credentials.issue(
        Issue(
            kind=Kind.FEDERATION,
            account=caller.account,
            arn=arn,
            principal_id=f"{caller.account}:{name}",
            issuer=caller.issuer,
            issuer_id=caller.issuer_id,
            seconds=seconds_of(call, 43200, 129600),
            issued_by=caller.id,
            issued_by_call="GetFederationToken",
            session_policies=(compact(policy),) if policy else (),
        )
    )
    user = {"FederatedUserId": session.principal_id, "Arn": arn}
    return {"Credentials": credentials(session), "FederatedUser": user, "PackedPolicySize": 1}


def get_access_key_info(world: World, call: ApiCall, _: Credential) -> Dynamic:
    """Whose account an access key id belongs to."""
    found = world.credentials.known(str(call.params["AccessKeyId"]))
    if found is None:
        raise CannotDecideError("the simulator did not issue that access key id")
    return {"Account": found.account}


OPERATIONS = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
    "GetSessionToken": get_session_token,
    "GetFederationToken": get_federation_token,
    "GetAccessKeyInfo": get_access_key_info,
}
