"""Identity Center: where the newest form of a permission set is provisioned, which moto ignores.

Source: Identity Center API Reference, ListAccountsForProvisionedPermissionSet.
"""

from __future__ import annotations

from trailtui.sim import moto_identity_center
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_WANTED = {
    "LATEST_PERMISSION_SET_PROVISIONED": (True,),
    "LATEST_PERMISSION_SET_NOT_PROVISIONED": (False,),
}


def _accounts(_: World, call: ApiCall, caller: Credential) -> Dynamic:
    arn = str(call.params["PermissionSetArn"])
    wanted = _WANTED.get(str(call.params.get("ProvisioningStatus")), (True, False))
    found = moto_identity_center.provisioned(caller.account, arn)
    return {"AccountIds": sorted(number for number, newest in found.items() if newest in wanted)}


OPERATIONS = {"ListAccountsForProvisionedPermissionSet": _accounts}
