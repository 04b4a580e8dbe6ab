"""KMS: keys that are disabled or about to be deleted do no work, which moto lets them do.

Source: KMS Developer Guide, "Key states of AWS KMS keys".
"""

from __future__ import annotations

from trailtui.sim import moto_policies
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.resource_arns import key_named

_WORK = frozenset(
    {
        "Encrypt",
        "Decrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "Sign",
        "Verify",
        "GenerateMac",
        "VerifyMac",
    }
)
_NOT_WHILE_PENDING = _WORK | {"EnableKey", "DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation"}


def refuse_before_moto(call: ApiCall, caller: Credential) -> None:
    """Refuse what a key's state forbids.

    Raises:
        ServiceError: DisabledException or KMSInvalidStateException.
    """
    named = key_named(call)
    state = moto_policies.key_state(caller.account, call.region, named) if named else None
    if state is None:
        return
    arn, name = state
    if name == "Disabled" and call.operation in _WORK:
        raise ServiceError("DisabledException", f"{arn} is disabled.")
    if name == "PendingDeletion" and call.operation in _NOT_WHILE_PENDING:
        raise ServiceError("KMSInvalidStateException", f"{arn} is pending deletion.")
    if name != "PendingDeletion" and call.operation == "CancelKeyDeletion":
        raise ServiceError("KMSInvalidStateException", f"{arn} is not pending deletion.")
