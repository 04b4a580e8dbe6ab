"""Sessions that nobody's key asked for: those that AWS services give to what runs on them."""

from __future__ import annotations

from trailtui.sim import records
from trailtui.sim.credentials import Issue
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.world import World


def of_service(
    world: World, account: str, role: str, held_by: tuple[str, str], recorded: bool
) -> Credential:
    """Let a service take a role for a function or a machine.

    Args:
        world: the account.
        account: whose role it is.
        role: its name.
        held_by: the session's name, and the service.
        recorded: whether CloudTrail is told.
    Raises:
        KeyError: there is no such role.
    """
    session, service = held_by
    view = world.iam.view(account).roles[role]
    issued = world.credentials.issue(
        Issue(
            kind=Kind.ASSUMED_ROLE,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
            principal_id=f"{view.id}:{session}",
            issuer=role,
            issuer_id=view.id,
            seconds=12 * 3600,
            issued_by_call="AssumeRole",
        )
    )
    if recorded:
        world.records.append(
            records.service_assumes_role(world, view.arn, session, service, issued)
        )
    return issued
