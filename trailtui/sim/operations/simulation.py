"""IAM's policy simulator, answered by the enforcement itself.

Source: IAM API Reference, SimulatePrincipalPolicy and SimulateCustomPolicy. The answer leaves
resource policies and what only a real call brings along out, as AWS's does; context keys are those
that the caller names.
"""

from __future__ import annotations

from dataclasses import replace

from trailtui.sim import authorization
from trailtui.sim.authorization import Layers
from trailtui.sim.context import context_of
from trailtui.sim.dynamic import Dynamic, listed
from trailtui.sim.identity import Credential, IamView, Kind, RoleView, UserView
from trailtui.sim.policy import Question, Verdict, evaluate, statements
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World


def _principal(view: IamView, arn: str) -> UserView | RoleView:
    known: list[UserView | RoleView] = [*view.users.values(), *view.roles.values()]
    found = next((one for one in known if one.arn == arn), None)
    if found is None:
        raise ServiceError("NoSuchEntity", f"Invalid Entity Arn: {arn} does not exist", 404)
    return found


def _as(principal: UserView | RoleView, caller: Credential) -> Credential:
    """A long-term credential of a principal, or a session of a role, as far as policies go."""
    role = isinstance(principal, RoleView)
    return replace(
        caller,
        kind=Kind.ASSUMED_ROLE if role else Kind.ACCESS_KEY,
        arn=principal.arn,
        principal_id=principal.id,
        issuer=principal.name,
        issuer_id=principal.id,
        token=None,
        session_policies=(),
        carried=(),
    )


def _decide(
    world: World, call: ApiCall, who: Credential, view: IamView, layers: Layers
) -> dict[str, Dynamic]:
    context = dict(context_of(call, who, view, world.clock.now()))
    for entry in listed(call.params.get("ContextEntries")):
        context[str(entry["ContextKeyName"]).lower()] = [
            str(value) for value in entry["ContextKeyValues"]
        ]
    resources = listed(call.params.get("ResourceArns")) or ["*"]
    results: list[dict[str, Dynamic]] = []
    for action in call.params["ActionNames"]:
        for resource in resources:
            results.append(_result(layers, Question(str(action), str(resource), context)))
    return {"EvaluationResults": results, "IsTruncated": False}


def _result(layers: Layers, question: Question) -> dict[str, Dynamic]:
    why = authorization.ask(layers, question)
    denied = why is not None and why.startswith("with an explicit deny")
    decision = "allowed" if why is None else "explicitDeny" if denied else "implicitDeny"
    result: dict[str, Dynamic] = {
        "EvalActionName": question.action,
        "EvalResourceName": question.resource,
        "EvalDecision": decision,
        "MatchedStatements": [],
        "MissingContextValues": [],
    }
    if layers.control:
        said = [evaluate(level, question) is Verdict.ALLOW for level in layers.control]
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": all(said)}
    if layers.boundary is not None:
        allowed = evaluate(layers.boundary, question) is Verdict.ALLOW
        detail = {"AllowedByPermissionsBoundary": allowed}
        result["PermissionsBoundaryDecisionDetail"] = detail
    return result


def _given(call: ApiCall, member: str) -> tuple[authorization.Statement, ...]:
    documents = listed(call.params.get(member))
    return tuple(one for document in documents for one in statements(str(document)))


def simulate_principal_policy(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """What the policies of a user or role say of some actions."""
    view = world.iam.view(caller.account)
    who = _as(_principal(view, str(call.params["PolicySourceArn"])), caller)
    layers = authorization.layers_of(who, view)
    layers = replace(layers, identity=layers.identity + _given(call, "PolicyInputList"))
    if "PermissionsBoundaryPolicyInputList" in call.params:
        bounds = _given(call, "PermissionsBoundaryPolicyInputList")
        layers = replace(layers, boundary=bounds)
    return _decide(world, call, who, view, layers)


def simulate_custom_policy(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """What some policies would say of some actions."""
    boundary = None
    if "PermissionsBoundaryPolicyInputList" in call.params:
        boundary = _given(call, "PermissionsBoundaryPolicyInputList")
    layers = Layers(_given(call, "PolicyInputList"), boundary, None)
    view = IamView(caller.account, {}, {}, {})
    return _decide(world, call, caller, view, layers)


OPERATIONS = {
    "SimulatePrincipalPolicy": simulate_principal_policy,
    "SimulateCustomPolicy": simulate_custom_policy,
}
