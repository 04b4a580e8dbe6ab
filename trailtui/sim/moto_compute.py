"""moto's insides, fourth part: what runs, and as which role."""

from __future__ import annotations

import re
from dataclasses import dataclass

import moto.ec2.utils as _ec2_utils
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from trailtui.sim import moto_backend
from trailtui.sim.dynamic import Dynamic, fields
from trailtui.sim.moto_policies import existing


def _own_groups(self: Dynamic) -> list[Dynamic]:
    """An interface's groups: its own; moto adds those that its instance once had."""
    return list(self._group_set)


NetworkInterface.group_set = property(_own_groups)  # pyright: ignore

_PROFILE_ARN = "iam-instance-profile.arn"
_moto_passes = _ec2_utils.passes_filter_dict


def _passes(instance: Dynamic, filters: dict[str, Dynamic]) -> bool:
    """Whether DescribeInstances' filters let an instance through; moto lacks that of the profile.

    Source: EC2 API Reference, DescribeInstances; EC2 User Guide, "List and filter your resources":
    `*` stands for any characters, and case counts.
    """
    others = {name: values for name, values in filters.items() if name != _PROFILE_ARN}
    if not _moto_passes(instance, others):
        return False
    if _PROFILE_ARN not in filters:
        return True
    arn = str(fields(instance.iam_instance_profile).get("Arn", ""))
    return any(_is_like(arn, str(value)) for value in filters[_PROFILE_ARN])


def _is_like(text: str, wanted: str) -> bool:
    if "?" in wanted or "\\" in wanted:
        raise NotImplementedError("filters with ? and backslashes")  # sources differ on ?
    parts = map(re.escape, wanted.split("*"))
    return bool(text) and re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


_ec2_utils.passes_filter_dict = _passes


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


def role_of_profile(account: str, named: Dynamic) -> str | None:
    """The ARN of the role in an instance profile that a call names by `Name` or `Arn`."""
    for one in moto_backend.iam(account).instance_profiles.values():
        if named.get("Arn") == one.arn or named.get("Name") == one.name:
            return str(one.roles[0].arn) if one.roles else None
    return None


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


def give_default_group(account: str, region: str, instance_id: str) -> None:
    """An instance that was launched without a security group is in its VPC's default one."""
    backend = existing("ec2", account, region)
    if backend is None:
        return
    machine = backend.get_instance_by_id(instance_id)
    default = backend.get_default_security_group(machine.vpc_id)
    for interface in machine.nics.values():
        if not interface._group_set and default is not None:
            interface._group_set = [default]
    follow_machine(machine)


def follow_machine(machine: Dynamic) -> None:
    """What an instance says of its groups is what its first interface says."""
    first = next((nic for nic in machine.nics.values() if int(nic.device_index or 0) == 0), None)
    if first is not None:
        machine.security_groups = list(first.group_set)


def set_instance_groups(account: str, region: str, instance_id: str, groups: list[str]) -> None:
    """ModifyInstanceAttribute replaces the groups of the first interface."""
    backend = existing("ec2", account, region)
    machine = backend.get_instance_by_id(instance_id) if backend else None
    if backend is None or machine is None:
        return
    for interface in machine.nics.values():
        if int(interface.device_index or 0) == 0:
            interface._group_set = [backend.get_security_group_from_id(one) for one in groups]
    follow_machine(machine)


def follow_interface(account: str, region: str, interface_id: str) -> None:
    """After an interface's groups were changed."""
    backend = existing("ec2", account, region)
    interface = backend.get_network_interface(interface_id) if backend else None
    if interface is not None and interface.instance is not None:
        follow_machine(interface.instance)


def replace_profile(account: str, region: str, association_id: str, new_id: str) -> None:
    """A replaced association is a new one, and its instance shows it."""
    backend = existing("ec2", account, region)
    kept: dict[str, Dynamic] = backend.iam_instance_profile_associations if backend else {}
    for association in kept.values():
        if association.association_id == association_id:
            association.association_id = new_id
            profile = {"Arn": association.iam_instance_profile.arn, "Id": new_id}
            association.instance.iam_instance_profile = profile


def has_image(account: str, region: str, image_id: str) -> bool:
    """Whether an account has an image of that id."""
    backend = existing("ec2", account, region)
    return backend is not None and image_id in backend.amis


def snapshot(account: str, region: str, snapshot_id: str) -> Dynamic | None:
    """moto's snapshot of an account's own."""
    backend = existing("ec2", account, region)
    return backend.snapshots.get(snapshot_id) if backend else None
