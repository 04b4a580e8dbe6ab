"""IAM as a member account's root calls it for itself, and what the organisation switches on.

Source: IAM User Guide, "Perform a privileged task on an AWS Organizations member account"; IAM API
Reference, EnableOrganizationsRootSessions and its kin. moto knows root's password and keys not.
"""

from __future__ import annotations

from collections.abc import Callable

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

Operation = Callable[[World, ApiCall, Credential], Dynamic]


def _management(caller: Credential) -> tuple[str, str]:
    """The organisation's id and its management account, which must be the caller's.

    Raises:
        ServiceError: it is not.
    """
    organisation = moto_trails.organisation_of(caller.account)
    if organisation is None:
        raise ServiceError("OrganizationNotFoundException", "No organization was found.", 404)
    if organisation.management != caller.account:
        raise ServiceError(
            "CallerIsNotManagementAccountException", "The caller is not the management account."
        )
    return organisation.id, organisation.management


def _features(world: World, caller: Credential) -> dict[str, Dynamic]:
    number, management = _management(caller)
    enabled = sorted(world.federation.features.get(management, set()))
    return {"OrganizationId": number, "EnabledFeatures": enabled}


def _switcher(feature: str, *, on: bool) -> Operation:
    def switch(world: World, _call: ApiCall, caller: Credential) -> Dynamic:
        known = world.federation.features.setdefault(_management(caller)[1], set())
        (known.add if on else known.discard)(feature)
        return _features(world, caller)

    return switch


def _list_features(world: World, _call: ApiCall, caller: Credential) -> Dynamic:
    return _features(world, caller)


ORGANISATION_OPERATIONS: dict[str, Operation] = {
    "ListOrganizationsFeatures": _list_features,
    **{
        f"{verb}Organizations{name}": _switcher(feature, on=verb == "Enable")
        for verb in ("Enable", "Disable")
        for name, feature in (
            ("RootSessions", "RootSessions"),
            ("RootCredentialsManagement", "RootCredentialsManagement"),
        )
    },
}


def _keys(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    own = [k for k in world.credentials.members_roots.values() if k.account == caller.account]
    return {
        "AccessKeyMetadata": [
            {"AccessKeyId": k.id, "Status": "Active", "CreateDate": k.issued_at} for k in own
        ],
        "IsTruncated": False,
    }


def _delete_key(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    number = str(call.params.get("AccessKeyId", ""))
    found = world.credentials.members_roots.get(number)
    if found is None or found.account != caller.account:
        raise ServiceError("NoSuchEntity", f"The Access Key with id {number} cannot be found.", 404)
    del world.credentials.members_roots[number]
    return {}


def _password(world: World, _call: ApiCall, caller: Credential) -> Dynamic:
    if caller.account not in world.federation.root_passwords:
        raise ServiceError("NoSuchEntity", "Login Profile for Root cannot be found.", 404)
    return {"LoginProfile": {"UserName": "root", "CreateDate": world.clock.now()}}


def _delete_password(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    _password(world, call, caller)
    world.federation.root_passwords.discard(caller.account)
    return {}


def _none_of(member: str) -> Operation:
    def none(_world: World, _call: ApiCall, _caller: Credential) -> Dynamic:
        return {member: [], "IsTruncated": False}

    return none


_OWN: dict[str, Operation] = {
    "ListAccessKeys": _keys,
    "DeleteAccessKey": _delete_key,
    "GetLoginProfile": _password,
    "DeleteLoginProfile": _delete_password,
    "ListMFADevices": _none_of("MFADevices"),
    "ListSigningCertificates": _none_of("Certificates"),
}


def own_operation(world: World, call: ApiCall, caller: Credential) -> Operation | None:
    """How a member's root is answered about itself; None for every other call."""
    about_itself = call.service == "iam" and "UserName" not in call.params
    if caller.kind is not Kind.ROOT or caller.account == world.account or not about_itself:
        return None
    return _OWN.get(call.operation)
