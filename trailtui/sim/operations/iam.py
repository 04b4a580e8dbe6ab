"""IAM: permissions boundaries of users, and roles that nobody may edit."""

from __future__ import annotations

from trailtui.sim import moto_backend
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_EDITS = frozenset(
    {
        "AttachRolePolicy",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "TagRole",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
    }
)


def refuse_unmodifiable_roles(call: ApiCall, caller: Credential) -> None:
    """Service-linked roles and those of Identity Center belong to AWS.

    Raises:
        ServiceError: UnmodifiableEntity.
    """
    if call.operation not in _EDITS:
        return
    name = call.params.get("RoleName", "")
    role = moto_backend.iam(caller.account).roles
    path = next((r.path for r in role.values() if r.name == name), "/")
    owned = ("/aws-service-role/", "/aws-reserved/")
    if name.startswith(("AWSServiceRole", "AWSReservedSSO_")) or path.startswith(owned):
        raise ServiceError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{name}' - this role is only "
            "modifiable by AWS",
            400,
        )


def _user(call: ApiCall, caller: Credential) -> Dynamic:
    name = call.params.get("UserName", "")
    user = moto_backend.iam(caller.account).users.get(name)
    if user is None:
        raise ServiceError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return user


def _put_user_boundary(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    user = _user(call, caller)
    arn = str(call.params.get("PermissionsBoundary", ""))
    if arn not in moto_backend.iam(caller.account).managed_policies:
        raise ServiceError("NoSuchEntity", f"Policy {arn} does not exist.", 404)
    user.permissions_boundary_arn = arn
    # moto's serialiser finds it by this name when the user is read.
    user.permissions_boundary = {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": arn,
    }
    return {}


def _delete_user_boundary(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    user = _user(call, caller)
    if getattr(user, "permissions_boundary_arn", None) is None:
        raise ServiceError("NoSuchEntity", f"User {user.name} has no permissions boundary.", 404)
    user.permissions_boundary_arn = None
    user.permissions_boundary = None
    return {}


def _service_credentials(world: World) -> dict[str, Dynamic]:
    return world.kept.setdefault("iam/service-credentials", {})


def _create_service_credential(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    user = _user(call, caller)
    number = f"ACCA{world.new_uuid().replace('-', '')[:16].upper()}"
    made: dict[str, Dynamic] = {
        "ServiceSpecificCredentialId": number,
        "ServiceName": str(call.params["ServiceName"]),
        "ServiceUserName": f"{user.name}-at-{caller.account}",
        "UserName": user.name,
        "Status": "Active",
        "CreateDate": world.clock.now(),
    }
    _service_credentials(world)[number] = {**made, "account": caller.account}
    secret = world.new_uuid()  # shown once, kept nowhere
    return {"ServiceSpecificCredential": {**made, "ServicePassword": secret}}


def _list_service_credentials(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    user = _user(call, caller)
    kept = _service_credentials(world).values()
    mine = [k for k in kept if (k["account"], k["UserName"]) == (caller.account, user.name)]
    return {"ServiceSpecificCredentials": [_without(one, "account") for one in mine]}


def _without(value: dict[str, Dynamic], name: str) -> dict[str, Dynamic]:
    return {key: held for key, held in value.items() if key != name}


def _delete_service_credential(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    user = _user(call, caller)
    number = str(call.params["ServiceSpecificCredentialId"])
    found = _service_credentials(world).get(number, {})
    if (found.get("account"), found.get("UserName")) != (caller.account, user.name):
        raise ServiceError("NoSuchEntity", f"Credential {number} cannot be found.", 404)
    del _service_credentials(world)[number]
    return {}


def _update_login_profile(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    """moto forgets the password where a call names only the other setting."""
    user = _user(call, caller)
    if user.password is None:
        raise ServiceError(
            "NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404
        )
    if "Password" in call.params:
        user.password = str(call.params["Password"])
    if "PasswordResetRequired" in call.params:
        user.password_reset_required = bool(call.params["PasswordResetRequired"])
    return {}


OPERATIONS = {
    "UpdateLoginProfile": _update_login_profile,
    "CreateServiceSpecificCredential": _create_service_credential,
    "ListServiceSpecificCredentials": _list_service_credentials,
    "DeleteServiceSpecificCredential": _delete_service_credential,
    "PutUserPermissionsBoundary": _put_user_boundary,
    "DeleteUserPermissionsBoundary": _delete_user_boundary,
}
