"""IAM Roles Anywhere, which moto lacks: trust anchors, profiles and their sessions.

Source: Roles Anywhere API Reference. No certificate is checked: whoever plays the machine says
that a trust anchor vouches for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trailtui.sim.credentials import Issue
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.policy import Question, Verdict, evaluate, statements
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

Things = dict[str, dict[str, Dynamic]]


@dataclass(frozen=True)
class Wanted:
    """What a certificate's holder asks CreateSession for; all but the subject are ARNs."""

    anchor: str
    profile: str
    role: str
    subject: str


def _kept(world: World, kind: str) -> Things:
    return world.kept.setdefault(f"rolesanywhere/{kind}", {})


def _found(world: World, kind: str, number: str) -> dict[str, Dynamic]:
    things = _kept(world, kind)
    if number not in things:
        raise ServiceError("ResourceNotFoundException", f"{kind} not found: {number}", 404)
    return things[number]


def _maker(kind: str, member: str, path: str) -> Callable[[World, ApiCall, Credential], Dynamic]:
    def make(world: World, call: ApiCall, caller: Credential) -> Dynamic:
        number, now = world.new_uuid(), world.clock.now()
        base = f"arn:aws:rolesanywhere:{call.region}:{caller.account}:{path}/{number}"
        given = {k: v for k, v in call.params.items() if k not in ("tags", "enabled")}
        _kept(world, kind)[number] = {
            f"{member}Id": number,
            f"{member}Arn": base,
            **given,
            "enabled": bool(call.params.get("enabled", False)),
            "createdAt": now,
            "updatedAt": now,
        }
        return {member: _kept(world, kind)[number]}

    return make


def _switcher(
    kind: str, member: str, *, enabled: bool
) -> Callable[[World, ApiCall, Credential], Dynamic]:
    def switch(world: World, call: ApiCall, _: Credential) -> Dynamic:
        one = _found(world, kind, str(call.params[f"{member}Id"]))
        one["enabled"] = enabled
        return {member: one}

    return switch


def _getter(kind: str, member: str) -> Callable[[World, ApiCall, Credential], Dynamic]:
    def get(world: World, call: ApiCall, _: Credential) -> Dynamic:
        return {member: _found(world, kind, str(call.params[f"{member}Id"]))}

    return get


def _deleter(kind: str, member: str) -> Callable[[World, ApiCall, Credential], Dynamic]:
    def delete(world: World, call: ApiCall, _: Credential) -> Dynamic:
        one = _found(world, kind, str(call.params[f"{member}Id"]))
        del _kept(world, kind)[str(call.params[f"{member}Id"])]
        return {member: one}

    return delete


def _lister(kind: str, answer: str) -> Callable[[World, ApiCall, Credential], Dynamic]:
    def list_all(world: World, call: ApiCall, caller: Credential) -> Dynamic:
        place = f":{call.region}:{caller.account}:"
        every = _kept(world, kind).values()
        return {answer: [one for one in every if any(place in str(v) for v in one.values())]}

    return list_all


def create_session(world: World, wanted: Wanted) -> Credential:
    """The session that a certificate gets.

    Raises:
        ServiceError: anchor or profile is gone or disabled, or the role does not trust them.
    """
    refusal = ServiceError("AccessDeniedException", "Unable to assume role", 403)
    anchor = _by_arn(world, "TrustAnchor", "trustAnchorArn", wanted.anchor)
    profile = _by_arn(world, "Profile", "profileArn", wanted.profile)
    account = wanted.role.split(":")[4]
    role = world.iam.view(account).roles.get(wanted.role.rpartition("/")[2])
    if not anchor or not profile or role is None or wanted.role not in listed(profile["roleArns"]):
        raise refusal
    context: dict[str, str | None] = {
        "aws:sourcearn": wanted.anchor,
        "aws:principaltag/x509subject/cn": wanted.subject,
        "aws:sourceaccount": account,
    }
    trusting = [
        one
        for one in statements(role.trust)
        if "rolesanywhere.amazonaws.com" in _services(one.principal)
    ]
    question = Question("sts:AssumeRole", role.arn, context)
    if evaluate(trusting, question) is not Verdict.ALLOW:
        raise refusal
    return world.credentials.issue(
        Issue(
            kind=Kind.ASSUMED_ROLE,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{role.name}/{wanted.subject}",
            principal_id=f"{role.id}:{wanted.subject}",
            issuer=role.name,
            issuer_id=role.id,
            seconds=3600,
            issued_by_call="CreateSession",
            source_identity=f"CN={wanted.subject}",
        )
    )


def _services(principal: Dynamic) -> list[Dynamic]:
    return listed(fields(principal).get("Service"))


def _by_arn(world: World, kind: str, member: str, arn: str) -> dict[str, Dynamic] | None:
    for one in _kept(world, kind).values():
        if one[member] == arn and one["enabled"]:
            return one
    return None


def _operations() -> dict[str, Callable[[World, ApiCall, Credential], Dynamic]]:
    made: dict[str, Callable[[World, ApiCall, Credential], Dynamic]] = {}
    kinds = (("TrustAnchor", "trustAnchor", "trust-anchor"), ("Profile", "profile", "profile"))
    for kind, member, path in kinds:
        made[f"Create{kind}"] = _maker(kind, member, path)
        made[f"Get{kind}"] = _getter(kind, member)
        made[f"Delete{kind}"] = _deleter(kind, member)
        made[f"Enable{kind}"] = _switcher(kind, member, enabled=True)
        made[f"Disable{kind}"] = _switcher(kind, member, enabled=False)
        made[f"List{kind}s"] = _lister(kind, f"{member}s")
    return made


OPERATIONS = _operations()
