"""EC2: images that are gone; sharing of snapshots, which moto reads in an old form only.

Source: EC2 API Reference, ModifySnapshotAttribute and ResetSnapshotAttribute.
"""

from __future__ import annotations

from trailtui.sim import moto_compute
from trailtui.sim.dynamic import Dynamic, fields, listed
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_ON_IMAGES = ("DescribeImageAttribute", "ModifyImageAttribute", "ResetImageAttribute")


def refuse_before_moto(call: ApiCall, caller: Credential) -> None:
    """Refuse to look at or share an image that is not there, at which moto fails.

    Raises:
        ServiceError: InvalidAMIID.NotFound.
    """
    number = str(call.params.get("ImageId", ""))
    place = (caller.account, call.region)
    if call.operation in _ON_IMAGES and not moto_compute.has_image(*place, number):
        message = f"The image id '[{number}]' does not exist"
        raise ServiceError("InvalidAMIID.NotFound", message)


def _snapshot(call: ApiCall, caller: Credential) -> Dynamic:
    number = str(call.params.get("SnapshotId", ""))
    found = moto_compute.snapshot(caller.account, call.region, number)
    if found is None:
        message = f"The snapshot '{number}' does not exist."
        raise ServiceError("InvalidSnapshot.NotFound", message)
    return found


def _wanted(call: ApiCall, verb: str) -> tuple[list[str], list[str]]:
    """Users and groups that are to be added or removed, in either form of the parameters."""
    given = listed(fields(call.params.get("CreateVolumePermission")).get(verb))
    users = [str(one["UserId"]) for one in given if "UserId" in one]
    groups = [str(one["Group"]) for one in given if "Group" in one]
    if str(call.params.get("OperationType", "")).lower() == verb.lower():
        users += [str(one) for one in listed(call.params.get("UserIds"))]
        groups += [str(one) for one in listed(call.params.get("GroupNames"))]
    return users, groups


def _modify_snapshot(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    snapshot = _snapshot(call, caller)
    (added, groups_added), (removed, groups_removed) = _wanted(call, "Add"), _wanted(call, "Remove")
    if {*groups_added, *groups_removed} - {"all"}:
        raise ServiceError("InvalidAMIAttributeItemValue", "Invalid attribute item value for group")
    snapshot.create_volume_permission_userids.update(added)
    snapshot.create_volume_permission_userids.difference_update(removed)
    snapshot.create_volume_permission_groups.update(groups_added)
    snapshot.create_volume_permission_groups.difference_update(groups_removed)
    return {}


def _reset_snapshot(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    snapshot = _snapshot(call, caller)
    snapshot.create_volume_permission_userids.clear()
    snapshot.create_volume_permission_groups.clear()
    return {}


OPERATIONS = {
    "ModifySnapshotAttribute": _modify_snapshot,
    "ResetSnapshotAttribute": _reset_snapshot,
}
