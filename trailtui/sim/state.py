"""Everything that containment can change, as one JSON value with one form.

Two moments of the account are the same exactly where their state is. What changes by itself (the
last use of a key, dates) and what nobody may read (secrets: a digest is there) is left out. What is
empty is not there, so that merely looking into a Region changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from trailtui.sim import (
    moto_backend,
    moto_identity_center,
    moto_state_data,
    moto_state_ec2,
    moto_state_iam,
    moto_state_services,
)
from trailtui.sim.canonical import plain
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.moto_policies import regions_of
from trailtui.sim.world import World

_REGIONAL: dict[str, tuple[tuple[str, ...], Callable[[str, str], dict[str, Dynamic]]]] = {
    "ec2": (("ec2",), moto_state_ec2.ec2),
    "balanced": (("autoscaling", "elbv2", "elb"), moto_state_ec2.balanced),
    "kms": (("kms",), moto_state_data.kms),
    "secrets": (("secretsmanager",), moto_state_data.secrets),
    "rds": (("rds",), moto_state_data.rds),
    "lambda": (("lambda",), moto_state_services.functions),
    "cloudtrail": (("cloudtrail",), moto_state_services.trails),
    "guardduty": (("guardduty",), moto_state_services.guardduty),
    "config": (("config",), moto_state_services.config),
}


def state(world: World) -> dict[str, Dynamic]:
    """The state of all accounts that anything was done in."""
    numbers = sorted({world.account, *moto_backend.accounts()})
    accounts = {number: _filled(_account(number)) for number in numbers}
    return plain(
        {
            "accounts": {number: found for number, found in accounts.items() if found},
            "beside": _filled(_beside(world)),
        }
    )


def _account(number: str) -> dict[str, Dynamic]:
    found: dict[str, Dynamic] = {
        "iam": moto_state_iam.state(number),
        "s3": moto_state_data.s3(number),
        "organisation": moto_state_services.organisation(number),
        "identity_center": moto_identity_center.state(number),
    }
    for name, (services, read) in _REGIONAL.items():
        regions = sorted({one for service in services for one in regions_of(service, number)})
        found[name] = {region: read(number, region) for region in regions}
    return found


def _beside(world: World) -> dict[str, Dynamic]:
    """What is not moto's: roots of members, Identity Center's people, Roles Anywhere."""
    beside = world.federation
    return {
        "root_keys": sorted(world.credentials.members_roots),
        "root_passwords": sorted(beside.root_passwords),
        "features": {number: sorted(given) for number, given in beside.features.items()},
        "disabled_people": sorted(list(one) for one in beside.disabled_people),
        "kept": {
            kind: {
                number: {k: v for k, v in one.items() if not k.endswith("At")}
                for number, one in things.items()
            }
            for kind, things in world.kept.items()
            if kind.startswith("rolesanywhere/")
        },
    }


def _filled(value: Dynamic) -> Dynamic:
    """The same without empty mappings and lists, but inside of policies as it is."""
    if not isinstance(value, dict):
        return value
    each: dict[str, Dynamic] = {name: _filled(one) for name, one in plain(value).items()}
    return {name: one for name, one in each.items() if one not in ({}, [], None)}
