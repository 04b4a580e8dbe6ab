"""moto's insides, fourth part: what runs, and as which role."""

from __future__ import annotations

from dataclasses import dataclass

from trailtui.sim import moto_backend
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.moto_policies import existing


@dataclass(frozen=True)
class Machine:
    """An EC2 instance: the role of its profile; None where it has none."""

    id: str
    role: str | None


@dataclass(frozen=True)
class Function:
    """A Lambda function: its role's name, and its reserved concurrency where it has one."""

    name: str
    role: str
    concurrency: int | None


def instance(account: str, region: str, instance_id: str) -> Machine:
    """A running instance.

    Raises:
        KeyError: there is none of that id, or it does not run.
    """
    backend = existing("ec2", account, region)
    if backend is None:
        raise KeyError(instance_id)
    found = backend.get_instance_by_id(instance_id)
    if found is None or found.state_code != 16:
        raise KeyError(instance_id)
    for association in backend.iam_instance_profile_associations.values():
        if association.instance.id == instance_id and association.state == "associated":
            return Machine(instance_id, _role_of(account, association.iam_instance_profile))
    return Machine(instance_id, None)


def _role_of(account: str, profile: Dynamic) -> str | None:
    known = moto_backend.iam(account).instance_profiles.values()
    found = next((one for one in known if one.arn == profile.arn), None)
    return str(found.roles[0].name) if found and found.roles else None


def function(account: str, region: str, name: str) -> Function:
    """A Lambda function.

    Raises:
        KeyError: there is none of that name.
    """
    backend = existing("lambda", account, region)
    known: Dynamic = backend._lambdas._functions if backend else {}
    latest = known[name]["latest"]
    role = str(latest.role).rpartition("/")[2]
    concurrency = latest.reserved_concurrency
    return Function(name, role, None if concurrency is None else int(concurrency))


def instance_of(account: str, region: str, association_id: str) -> str | None:
    """The instance that an association of a profile belongs to."""
    backend = existing("ec2", account, region)
    kept: dict[str, Dynamic] = backend.iam_instance_profile_associations if backend else {}
    for association in kept.values():
        if association.association_id == association_id:
            return str(association.instance.id)
    return None
