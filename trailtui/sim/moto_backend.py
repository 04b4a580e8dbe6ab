"""moto's insides, first part: set-up, corrections, and reading its IAM state.

Only the files named moto_* know them.

moto keeps one state per process, so a process has one simulated account at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from copy import copy
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace

import moto.core.utils as _core_utils
import moto.iam.models as _iam_models
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.iam.access_control import PermissionResult
from moto.iam.models import iam_backends
from moto.iam.utils import generate_access_key_id_from_account_id, random_alphanumeric
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]
    DomainDispatcherApplication,
    create_backend_app,
)
from moto.s3.models import FakeBucket, s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic

_moto_utcnow = _core_utils.utcnow
_time_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def _account_utcnow() -> datetime:
    return _time_source().astimezone(UTC).replace(tzinfo=None)


def _put_clock_everywhere() -> None:
    """Modules that did `from moto.core.utils import utcnow` hold their own reference."""
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is _moto_utcnow:
            module.utcnow = _account_utcnow  # pyright: ignore[reportAttributeAccessIssue]


def _with_aws_id(kind: Dynamic, prefix: str) -> None:
    """Give a class of moto's the unique ids that AWS gives (moto: 20 random small letters)."""
    original = kind.__init__

    def init(self: Dynamic, account_id: str, *args: Dynamic, **kwargs: Dynamic) -> None:
        original(self, account_id, *args, **kwargs)
        self.id = generate_access_key_id_from_account_id(account_id, prefix=prefix, total_length=21)

    init.corrected = True  # pyright: ignore[reportFunctionMemberAccess]
    if not getattr(original, "corrected", False):
        kind.__init__ = init


_with_aws_id(_iam_models.User, "AIDA")
_with_aws_id(_iam_models.Group, "AGPA")


def _leave_bucket_policies_alone() -> None:
    """moto applies a bucket's policy to everyone, whatever its Principal says.

    The account's own authorisation has decided already when moto is asked.
    """

    def decided(_self: Dynamic, *_args: Dynamic, **_kwargs: Dynamic) -> PermissionResult:
        return PermissionResult.PERMITTED

    FakeBucket.get_permission = decided  # pyright: ignore[reportAttributeAccessIssue]


_leave_bucket_policies_alone()

_moto_init_aws_policies: Callable[[Dynamic], list[Dynamic]] = (
    _iam_models.IAMBackend._init_aws_policies  # pyright: ignore[reportPrivateUsage]
)


@lru_cache(maxsize=1)
def _aws_policies() -> list[Dynamic]:
    """AWS's 1,582 managed policies, which moto would parse anew for every account and reset."""
    reader = SimpleNamespace(account_id="aws", region_name="aws")
    return _moto_init_aws_policies(reader)


def _copied_aws_policies(self: Dynamic) -> list[Dynamic]:
    copies = [copy(policy) for policy in _aws_policies()]
    for policy in copies:
        policy.account_id = self.account_id
    return copies


_iam_models.IAMBackend._init_aws_policies = (  # pyright: ignore[reportPrivateUsage]
    _copied_aws_policies
)


def reset(seed: int, now: Callable[[], datetime]) -> None:
    """Forget everything moto holds, and make its ids and times follow the account's.

    Args:
        seed: of every id, secret and password that moto makes up.
        now: the account's present time, aware.
    """
    global _time_source  # noqa: PLW0603
    _aws_policies()  # before the seed is set: making their ids takes random numbers
    BackendDict.reset()
    reset_model_data()
    moto_trails.forget_organisations()
    _time_source = now
    mock_random.seed(seed)
    _put_clock_everywhere()


def application() -> DomainDispatcherApplication:
    """moto's own WSGI application; its modules are imported as requests ask for them."""

    def create(service: Dynamic) -> Dynamic:
        made = create_backend_app(service)
        _put_clock_everywhere()
        return made

    return DomainDispatcherApplication(create)


def iam(account: str) -> Dynamic:
    """moto's IAM state of an account."""
    return iam_backends[account]["aws"]


def note_use(account: str, access_key: str, role: str | None, service: str, region: str) -> None:
    """Keep IAM's "last used" of a key or role, also for calls that moto never sees.

    Args:
        account: whose key or role it is.
        access_key: the credential's id.
        role: the role's name, for the session of one.
        service: as GetAccessKeyLastUsed names it.
        region: where the call went.
    """
    _iam_models.mark_account_as_visited(account, access_key, service, region)
    for known in iam(account).roles.values():
        if known.name == role:
            known.last_used = _account_utcnow()


def bucket_policy(bucket: str) -> str | None:
    """The policy document of a bucket; None where there is no bucket or no policy."""
    account = moto_trails.bucket_owner(bucket)
    if account is None:
        return None
    buckets: dict[str, Dynamic] = s3_backends[account]["aws"].buckets  # pyright: ignore
    found = buckets.get(bucket)
    if found is None or not found.policy:
        return None
    return found.policy.decode() if isinstance(found.policy, bytes) else str(found.policy)


def secret_arn(account: str, region: str, secret_id: str) -> str | None:
    """The ARN of a secret by its name or ARN; None where there is none."""
    for secret in _secrets(account, region):
        if secret_id in (secret.arn, secret.name):
            return str(secret.arn)
    return None


def _secrets(account: str, region: str) -> Iterable[Dynamic]:
    store: Dynamic = secretsmanager_backends[account][region].secrets
    return list(store.values())


def accounts() -> list[str]:
    """The accounts that hold any IAM state."""
    return list(iam_backends)


def access_key_id(account: str, prefix: str) -> str:
    """A new access key id of an account, from the seeded source."""
    return generate_access_key_id_from_account_id(account, prefix=prefix, total_length=20)


def random_secret(length: int = 40) -> str:
    """A new secret or token, from the seeded source."""
    return random_alphanumeric(length)
