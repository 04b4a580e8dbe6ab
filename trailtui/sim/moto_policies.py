"""moto's insides, third part: policies that hang on resources, and those of the organisation.

Nothing is made by looking: moto would make up an account's default VPC and the like.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from moto.backends import get_backend
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic

_SCP = "SERVICE_CONTROL_POLICY"


@lru_cache(maxsize=64)
def _backends(service: str) -> Dynamic:
    loaded: Dynamic = get_backend
    return loaded(service)


def _made(by_region: Dynamic) -> dict[str, Dynamic]:
    """The Regions that came into being; asking moto's own mapping for one makes it."""
    return {str(name): by_region[name] for name in list(dict.keys(by_region))}  # pyright: ignore


def existing(service: str, account: str, region: str) -> Dynamic | None:
    """moto's state of a service in one place; None where nothing was ever asked there.

    Args:
        service: moto's name, such as "lambda".
        account: its number.
        region: the Region; "aws" for the services without Regions.
    """
    backends = _backends(service)
    if account not in backends:
        return None
    # The Regions of an account come into being as they are asked for; a look makes none.
    return _made(backends[account]).get(region)


def regions_of(service: str, account: str) -> list[str]:
    """The Regions in which a service of an account was ever asked anything, in their order."""
    backends = _backends(service)
    return sorted(_made(backends[account])) if account in backends else []


@dataclass(frozen=True)
class Block:
    """What S3's public access block forbids."""

    acls: bool = False
    policies: bool = False
    restricted: bool = False


def _block(found: Dynamic | None) -> Block:
    if found is None:
        return Block()
    return Block(
        bool(found.block_public_acls),
        bool(found.block_public_policy),
        bool(found.restrict_public_buckets),
    )


def public_access_block(account: str, bucket: str | None) -> Block:
    """What the account's block and the bucket's forbid together."""
    of_account = existing("s3control", account, "aws")
    whole = _block(of_account.public_access_block if of_account else None)
    found: Dynamic = s3_backends[account]["aws"].buckets.get(bucket) if bucket else None
    own = _block(found.public_access_block if found else None)
    return Block(
        whole.acls or own.acls,
        whole.policies or own.policies,
        whole.restricted or own.restricted,
    )


def key(account: str, region: str, key_id: str) -> tuple[str, str] | None:
    """ARN and policy of a KMS key, by its id, ARN or alias; None where there is none."""
    found = _key(account, region, key_id)
    return (str(found.arn), str(found.policy)) if found is not None else None


def key_state(account: str, region: str, key_id: str) -> tuple[str, str] | None:
    """ARN and state of a KMS key, by its id, ARN or alias; None where there is none."""
    found = _key(account, region, key_id)
    return (str(found.arn), str(found.key_state)) if found is not None else None


def _key(account: str, region: str, key_id: str) -> Dynamic | None:
    if key_id.startswith("arn:"):
        region, account = key_id.split(":")[3:5]
    backend = existing("kms", account, region)
    last = key_id.rpartition(":")[2]
    for one in list(backend.keys.values()) if backend else []:
        if last.removeprefix("key/") == one.id or last in one.aliases:
            return one
    return None


def secret_policy(arn: str) -> str | None:
    """The resource policy of a secret, by its ARN."""
    region, account = arn.split(":")[3:5]
    backend = existing("secretsmanager", account, region)
    for secret in list(backend.secrets.values()) if backend else []:
        if secret.arn == arn:
            return str(secret.policy) if getattr(secret, "policy", None) else None
    return None


def function(arn: str) -> Dynamic | None:
    """moto's Lambda function (its $LATEST) by its ARN; None where there is none."""
    region, account, name = arn.split(":")[3], arn.split(":")[4], arn.split(":")[6]
    backend = existing("lambda", account, region)
    known: Dynamic = backend._lambdas._functions if backend else {}
    return known[name]["latest"] if name in known else None


def function_policy(arn: str) -> str | None:
    """The resource policy of a Lambda function, by its ARN."""
    found = function(arn)
    if found is None or not found.policy.statements:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": found.policy.statements})


def organisation_backend(account: str) -> Dynamic | None:
    """moto's organisation that an account is in, whichever of its accounts that is."""
    organisation = moto_trails.organisation_of(account)
    return organizations_backends[organisation.management]["aws"] if organisation else None


def policy_kind(account: str, policy_id: str) -> str:
    """The type of an organisation's policy; empty where there is none."""
    backend = organisation_backend(account)
    found: list[Dynamic] = [p for p in backend.policies if p.id == policy_id] if backend else []
    return str(found[0].type) if found else ""


def scps_enabled(account: str) -> bool:
    """Whether the organisation of an account has service control policies switched on."""
    backend = organisation_backend(account)
    return backend is not None and any(t["Type"] == _SCP for t in backend.ou[0].policy_types)


def control_policies(account: str) -> tuple[tuple[str, ...], ...]:
    """The service control policies over an account: root's, its units' from above, its own.

    Source: Organizations User Guide, "SCP evaluation": each level must allow; the management
    account is bound by none.
    """
    backend = organisation_backend(account)
    if backend is None or not scps_enabled(account) or backend.org.master_account_id == account:
        return ()
    levels: list[tuple[str, ...]] = []
    place: Dynamic = next(one for one in backend.accounts if one.id == account)
    while place is not None:
        levels.insert(0, tuple(p.content for p in place.attached_policies if p.type == _SCP))
        above = place.parent_id if hasattr(place, "parent_id") else None
        place = next((unit for unit in backend.ou if unit.id == above), None)
    return tuple(levels)
