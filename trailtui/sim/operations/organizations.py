"""Organizations: what moto lets pass when policies are attached and detached.

Source: Organizations API Reference, AttachPolicy and DetachPolicy; "Quotas".
"""

from __future__ import annotations

import json

from trailtui.sim import moto_policies
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall

_SCP = "SERVICE_CONTROL_POLICY"
_MOST_ATTACHED = 5
_OF_POLICIES = frozenset(
    {"AttachPolicy", "DetachPolicy", "CreatePolicy", "UpdatePolicy", "DeletePolicy"}
    | {"EnablePolicyType", "DisablePolicyType"}
)


def refuse_before_moto(call: ApiCall, caller: Credential) -> None:
    """Refuse what AWS refuses and moto would carry out.

    Raises:
        ServiceError: AWS's answer.
    """
    backend = moto_policies.organisation_backend(caller.account)
    if backend is None or call.operation not in _OF_POLICIES:
        return
    if backend.org.master_account_id != caller.account:
        raise ServiceError(
            "AccessDeniedException", "You don't have permissions to access this resource.", 400
        )
    content = call.params.get("Content")
    if content is not None:
        _refuse_malformed(str(content))
    if call.operation in ("AttachPolicy", "DetachPolicy"):
        _check_attachment(backend, call)


def _refuse_malformed(content: str) -> None:
    try:
        json.loads(content)["Statement"]
    except (ValueError, KeyError, TypeError):
        raise ServiceError(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy "
            "type.",
            400,
        ) from None


def _check_attachment(backend: Dynamic, call: ApiCall) -> None:
    policy = next((p for p in backend.policies if p.id == call.params["PolicyId"]), None)
    places: list[Dynamic] = [*backend.ou, *backend.accounts]
    place = next((one for one in places if one.id == call.params["TargetId"]), None)
    if policy is None or place is None:
        return  # moto says so
    attached = policy in place.attached_policies
    of_kind = [one for one in place.attached_policies if one.type == policy.type]
    if call.operation == "DetachPolicy":
        if not attached:
            raise ServiceError(
                "PolicyNotAttachedException", "The policy isn't attached to the target.", 400
            )
        if policy.type == _SCP and len(of_kind) == 1:
            raise ServiceError(
                "ConstraintViolationException",
                "You cannot remove the last policy attached to the specified target. You must have "
                "at least one attached at all times.",
                400,
            )
        return
    if not any(kind["Type"] == policy.type for kind in backend.ou[0].policy_types):
        raise ServiceError(
            "PolicyTypeNotEnabledException",
            "This operation can be performed only for enabled policy types.",
            400,
        )
    if attached:
        raise ServiceError(
            "DuplicatePolicyAttachmentException",
            "A policy with the specified name and type is already attached to the target.",
            400,
        )
    if len(of_kind) >= _MOST_ATTACHED:
        raise ServiceError(
            "ConstraintViolationException",
            "You have attached the maximum number of policies to the target.",
            400,
        )
