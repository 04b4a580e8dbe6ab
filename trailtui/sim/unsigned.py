"""Requests without a signature: anyone's to public buckets, and those that bring another proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trailtui.sim.identity import Credential, Kind
from trailtui.sim.operations import sts_federation
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

if TYPE_CHECKING:
    from moto.core.request import Request


def place(request: Request) -> tuple[str, str]:
    """Signing name and Region that a request without a signature is meant for."""
    action = request.values.get("Action", "") if request.method == "POST" else ""
    return ("sts" if action in sts_federation.UNSIGNED else "s3", "us-east-1")


def permitted(request: Request, call: ApiCall) -> bool:
    """Whether a call may come without a signature at all; presigned ones are not understood."""
    if call.service == "sts":
        return call.operation in sts_federation.UNSIGNED
    signed_elsewhere = {"X-Amz-Signature", "Signature", "X-Amz-Credential"} & set(request.args)
    return call.service == "s3" and bool(call.params.get("Bucket")) and not signed_elsewhere


def caller(world: World, call: ApiCall) -> Credential:
    """Who makes a call that may come without a signature."""
    if call.service == "sts":
        return sts_federation.outsider(world, call)
    return Credential(
        id="",
        secret="",
        kind=Kind.ANONYMOUS,
        account="anonymous",
        arn="anonymous",
        principal_id="",
        issuer="",
        issuer_id="",
        issued_at=world.clock.now(),
    )
