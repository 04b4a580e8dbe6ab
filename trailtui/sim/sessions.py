"""Sessions that nobody's key asked for: those that AWS services give to what runs on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from trailtui.sim import moto_compute, records
from trailtui.sim.credentials import Issue, NotAuthenticError
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.problems import ServiceError
from trailtui.sim.world import World

_INSTANCE_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Holder:
    """What a session is given to: its name, the service, and whether CloudTrail is told."""

    session: str
    service: str
    recorded: bool
    seconds: int = 12 * 3600
    maker: str | None = None
    """Id of the credential that made the function or machine."""


def of_service(world: World, account: str, role: str, holder: Holder) -> Credential:
    """Let a service take a role for a function or a machine.

    Args:
        world: the account.
        account: whose role it is.
        role: its name.
        holder: what it is for.
    Raises:
        KeyError: there is no such role.
    """
    view = world.iam.view(account).roles[role]
    issued = world.credentials.issue(
        Issue(
            kind=Kind.ASSUMED_ROLE,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{role}/{holder.session}",
            principal_id=f"{view.id}:{holder.session}",
            issuer=role,
            issuer_id=view.id,
            seconds=holder.seconds,
            issued_by=holder.maker,
            issued_by_call="AssumeRole",
        )
    )
    if holder.recorded:
        world.records.append(
            records.service_assumes_role(world, view.arn, holder.session, holder.service, issued)
        )
    return issued


def of_instance(
    world: World, account: str, region: str, instance_id: str, *, recorded: bool
) -> Credential:
    """What an instance's metadata service gives out: the same session until it is nearly over.

    Taking the profile away does not take it back: the old session is given out until its end,
    while the instance runs.

    Raises:
        KeyError: there is no such running instance.
        ServiceError: it never had a profile, or its last session is over and it has none now.
    """
    machine = moto_compute.instance(account, region, instance_id)
    held = _still_good(world, world.federation.instance_sessions.get(instance_id))
    role = machine.role
    if role is not None and (held is None or held.issuer != role):
        maker = world.federation.makers.get(instance_id)
        service = "ec2.amazonaws.com"
        holder = Holder(instance_id, service, recorded, _INSTANCE_SECONDS, maker)
        held = of_service(world, account, role, holder)
        world.federation.instance_sessions[instance_id] = held.id
    if held is None:
        raise ServiceError("NotFound", "no credentials in the instance's metadata", 404)
    return held


def _still_good(world: World, credential_id: str | None) -> Credential | None:
    """A session that is not over for five minutes yet."""
    held = world.credentials.known(credential_id) if credential_id else None
    if held is None or held.expires_at is None:
        return None
    try:
        world.credentials.check(held.id)
    except NotAuthenticError:
        return None
    return held if held.expires_at - world.clock.now() > timedelta(minutes=5) else None


def of_function(
    world: World, account: str, region: str, name: str, *, recorded: bool
) -> Credential:
    """What a Lambda function finds in its environment when it runs.

    Raises:
        KeyError: there is no such function.
        ServiceError: it may not run: its concurrency is 0.
    """
    function = moto_compute.function(account, region, name)
    if function.concurrency == 0:
        raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)
    maker = world.federation.makers.get(f"lambda/{account}/{region}/{name}")
    holder = Holder(name, "lambda.amazonaws.com", recorded, maker=maker)
    return of_service(world, account, function.role, holder)
