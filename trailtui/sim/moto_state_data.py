"""What moto holds of buckets, keys, secrets and databases, to compare two moments."""

from __future__ import annotations

from moto.s3.models import s3_backends

from trailtui.sim.canonical import digest, document, plain, same_order
from trailtui.sim.dynamic import Dynamic, listed
from trailtui.sim.moto_policies import existing

_FLAGS = (
    "block_public_acls",
    "ignore_public_acls",
    "block_public_policy",
    "restrict_public_buckets",
)


def _block(found: Dynamic | None) -> dict[str, bool] | None:
    return None if found is None else {name: bool(getattr(found, name)) for name in _FLAGS}


def _grants(acl: Dynamic | None) -> list[Dynamic]:
    grants: list[Dynamic] = acl.grants if acl else []
    return same_order(
        [sorted(str(who.uri or who.id) for who in one.grantees), sorted(one.permissions)]
        for one in grants
    )


def s3(account: str) -> dict[str, Dynamic]:
    """Buckets with their policies, blocks, lists and settings; the objects as one digest."""
    of_account = existing("s3control", account, "aws")
    buckets: dict[str, Dynamic] = (
        dict(s3_backends[account]["aws"].buckets) if account in s3_backends else {}
    )
    return plain(
        {
            "account_block": _block(of_account.public_access_block if of_account else None),
            "buckets": {
                name: {
                    "policy": document(bucket.policy),
                    "block": _block(bucket.public_access_block),
                    "acl": _grants(bucket.acl),
                    "versioning": bucket.versioning_status,
                    "objects": digest("\n".join(sorted(bucket.keys))),
                }
                for name, bucket in buckets.items()
            },
        }
    )


def kms(account: str, region: str) -> dict[str, Dynamic]:
    """The customer's keys."""
    backend = existing("kms", account, region)
    keys: list[Dynamic] = list(backend.keys.values()) if backend else []
    return plain(
        {
            key.arn: {
                "state": key.key_state,
                "enabled": bool(key.enabled),
                "deletion": key.deletion_date is not None,
                "policy": document(key.policy),
                "grants": same_order(
                    [g.id, g.grantee_principal, sorted(listed(g.operations))]
                    for g in key.grants.values()
                ),
            }
            for key in keys
            if key.key_manager != "AWS"
        }
    )


def secrets(account: str, region: str) -> dict[str, Dynamic]:
    """Secrets: policy, versions, whether they are about to go; of the values their digest."""
    backend = existing("secretsmanager", account, region)
    kept: list[Dynamic] = list(backend.secrets.values()) if backend else []
    return plain(
        {
            one.arn: {
                "policy": document(getattr(one, "policy", None)),
                "value": digest(getattr(one, "secret_string", None)),
                "deleted": getattr(one, "deleted_date", None) is not None,
            }
            for one in kept
        }
    )


def rds(account: str, region: str) -> dict[str, Dynamic]:
    """With whom snapshots of databases are shared."""
    backend = existing("rds", account, region)
    if backend is None:
        return {}
    single: list[Dynamic] = list(backend.database_snapshots.values())
    clustered: list[Dynamic] = list(backend.cluster_snapshots.values())
    return plain(
        {
            one.arn: {name: sorted(values) for name, values in one.attributes.items()}
            for one in (*single, *clustered)
        }
    )
