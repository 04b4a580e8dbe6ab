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


OPERATIONS = {
    "PutUserPermissionsBoundary": _put_user_boundary,
    "DeleteUserPermissionsBoundary": _delete_user_boundary,
}
