"""moto's insides, second part: trails, the buckets they write to, and organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from moto.cloudtrail.models import CloudTrailBackend, Trail, cloudtrail_backends
from moto.logs.models import logs_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends

from trailtui.sim.dynamic import Dynamic

_PARTITION = "aws"


@dataclass(frozen=True)
class Organisation:
    """An organisation and the accounts in it, the management account among them."""

    id: str
    management: str
    accounts: tuple[str, ...]


def organisation_of(account: str) -> Organisation | None:
    """The organisation an account is in; None where it is in none."""
    management, _ = organizations_backends.master_accounts.get(account, (account, _PARTITION))
    if management not in organizations_backends:
        return None
    backend = organizations_backends[management][_PARTITION]
    if backend.org is None:
        return None
    members = tuple(str(one.id) for one in backend.accounts)
    return Organisation(str(backend.org.id), management, members)


def forget_organisations() -> None:
    """moto's own reset leaves who is a member of what."""
    organizations_backends.master_accounts.clear()


def trails(account: str) -> list[Dynamic]:
    """moto's trails of an account, of all Regions."""
    if account not in cloudtrail_backends:
        return []
    return [trail for backend in cloudtrail_backends[account].values() for trail in _own(backend)]


def _own(backend: CloudTrailBackend) -> list[Dynamic]:
    return list(backend.trails.values())


def visible_trails(account: str, region: str) -> list[Dynamic]:
    """The trails that a Region of an account shows, shadows and the organisation's included."""
    organisation = organisation_of(account)
    shown = list(trails(account))
    if organisation and organisation.management != account:
        shown += [one for one in trails(organisation.management) if one.is_org_trail]
    return [one for one in shown if one.is_multi_region or one.region_name == region]


def find_trail(account: str, region: str, name_or_arn: str) -> Dynamic | None:
    """The trail that is meant by a name or an ARN in a Region of an account."""
    for trail in visible_trails(account, region):
        if name_or_arn in (trail.arn, trail.trail_name):
            return trail
    return None


def bucket_owner(bucket: str) -> str | None:
    """The account a bucket belongs to; None where there is no such bucket."""
    found = s3_backends.bucket_accounts.get(bucket)
    return found[1] if found else None


def kms_key_of(bucket: str, key: str) -> str | None:
    """ARN of the KMS key that an object is encrypted with; None where it is none of one's own."""
    account = bucket_owner(bucket)
    found = s3_backends[account][_PARTITION].buckets[bucket].keys.get(key) if account else None
    named = getattr(found, "kms_key_id", None)
    if found is None or not named:
        return None
    text = str(named)
    return text if text.startswith("arn:") else f"arn:aws:kms:us-east-1:{account}:key/{text}"


@dataclass(frozen=True)
class StoredObject:
    """An object as a service puts it into a bucket.

    Its metadata are without the prefix "x-amz-meta-".
    """

    bucket: str
    key: str
    body: bytes
    at: datetime
    metadata: dict[str, str]
    kms_key: str | None = None


def put_object(stored: StoredObject) -> None:
    """Put an object where moto keeps them, without a call and without a record.

    Raises:
        KeyError: there is no such bucket.
    """
    account = bucket_owner(stored.bucket)
    if account is None:
        raise KeyError(stored.bucket)
    key = s3_backends[account][_PARTITION].put_object(
        stored.bucket,
        stored.key,
        stored.body,
        encryption="aws:kms" if stored.kms_key else None,
        kms_key_id=stored.kms_key,
        disable_notification=True,
    )
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    own = {f"x-amz-meta-{name}": value for name, value in stored.metadata.items()}
    key.set_metadata(headers | own)
    key.last_modified = stored.at.astimezone(UTC).replace(tzinfo=None)


def has_log_group(account: str, region: str, name: str) -> bool:
    """Whether an account has a log group in a Region."""
    if account not in logs_backends:
        return False
    groups: Dynamic = logs_backends[account][region].groups
    return name in groups


def objects(bucket: str, prefix: str) -> list[tuple[str, bytes]]:
    """Key and bytes of a bucket's objects under a prefix, in the order of their keys.

    Raises:
        KeyError: there is no such bucket.
    """
    account = bucket_owner(bucket)
    if account is None:
        raise KeyError(bucket)
    keys: Dynamic = s3_backends[account][_PARTITION].buckets[bucket].keys
    return [(name, bytes(keys[name].value)) for name in sorted(keys) if name.startswith(prefix)]


_moto_description = Trail.description


def _description(self: Trail, include_region: bool = False) -> dict[str, Dynamic]:
    """What moto says of a trail, with the two answers that it always gives as false."""
    selectors: Dynamic = [*self.event_selectors, *self.advanced_event_selectors]
    return _moto_description(self, include_region) | {
        "HasCustomEventSelectors": bool(selectors),
        "HasInsightSelectors": bool(self.insight_selectors),
    }


def _describe_trails(self: CloudTrailBackend, include_shadow_trails: bool) -> list[Dynamic]:
    """With shadows: also the organisation's trails, which moto shows its members nothing of."""
    if not include_shadow_trails:
        return _own(self)
    return visible_trails(self.account_id, self.region_name)


Trail.description = _description
CloudTrailBackend.describe_trails = _describe_trails
