"""What moto lacks or gets wrong: operations answered here, and checks before moto answers."""

from __future__ import annotations

from collections.abc import Callable

from trailtui.sim import public_access
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.operations import (
    athena,
    cloudtrail,
    cloudwatch,
    ec2,
    guardduty,
    iam,
    identity_center,
    kms,
    lake,
    last_accessed,
    logs,
    organizations,
    regions,
    rolesanywhere,
    root_credentials,
    securityhub,
    simulation,
    ssm,
    sts,
    sts_federation,
)
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

Operation = Callable[[World, ApiCall, Credential], Dynamic]

ANSWERED_HERE: dict[tuple[str, str], Operation] = {
    **{("sts", name): operation for name, operation in sts.OPERATIONS.items()},
    **{("sts", name): operation for name, operation in sts_federation.OPERATIONS.items()},
    **{("rolesanywhere", name): operation for name, operation in rolesanywhere.OPERATIONS.items()},
    **{("iam", name): operation for name, operation in iam.OPERATIONS.items()},
    **{("sso-admin", name): one for name, one in identity_center.OPERATIONS.items()},
    **{("iam", name): op for name, op in root_credentials.ORGANISATION_OPERATIONS.items()},
    **{("iam", name): operation for name, operation in simulation.OPERATIONS.items()},
    **{("iam", name): operation for name, operation in last_accessed.OPERATIONS.items()},
    **{("cloudtrail", name): operation for name, operation in cloudtrail.OPERATIONS.items()},
    **{("ec2", name): operation for name, operation in regions.EC2_OPERATIONS.items()},
    **{("ec2", name): operation for name, operation in ec2.OPERATIONS.items()},
    **{("ssm", name): operation for name, operation in ssm.OPERATIONS.items()},
    **{("account", name): operation for name, operation in regions.ACCOUNT_OPERATIONS.items()},
    **{("guardduty", name): operation for name, operation in guardduty.OPERATIONS.items()},
    **{("securityhub", name): operation for name, operation in securityhub.OPERATIONS.items()},
    **{("athena", name): operation for name, operation in athena.OPERATIONS.items()},
    **{("cloudtrail", name): operation for name, operation in lake.OPERATIONS.items()},
    **{("logs", name): operation for name, operation in logs.OPERATIONS.items()},
    **{("cloudwatch", name): operation for name, operation in cloudwatch.OPERATIONS.items()},
}


def answering(world: World, call: ApiCall, caller: Credential) -> Operation | None:
    """What answers a call here; None where moto does."""
    own = root_credentials.own_operation(world, call, caller)
    return own or ANSWERED_HERE.get((call.service, call.operation))


def check_before_moto(_world: World, call: ApiCall, caller: Credential) -> None:
    """Refuse what AWS refuses and moto would carry out.

    Raises:
        ServiceError: AWS's answer.
    """
    if call.service == "s3":
        public_access.refuse_public_writes(call)
    if call.service == "iam":
        iam.refuse_unmodifiable_roles(call, caller)
    if call.service == "kms":
        kms.refuse_before_moto(call, caller)
    if call.service == "ec2":
        ec2.refuse_before_moto(call, caller)
    if call.service == "organizations":
        organizations.refuse_before_moto(call, caller)
    if call.service == "cloudtrail":
        cloudtrail.refuse_before_moto(call, caller)
