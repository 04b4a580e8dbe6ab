"""Who calls: credentials, and the view of users and roles that the enforcement looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from trailtui.sim import moto_backend, moto_policies
from trailtui.sim.clock import Clock
from trailtui.sim.dynamic import Dynamic, listed
from trailtui.sim.problems import CannotDecideError


class Kind(StrEnum):
    """How a credential came to be, which decides what it may do at all."""

    ROOT = "root"
    ACCESS_KEY = "access-key"
    ASSUMED_ROLE = "assumed-role"
    SESSION_TOKEN = "session-token"  # noqa: S105 - a word, not a secret
    FEDERATION = "federation"
    ANONYMOUS = "anonymous"
    """Nobody: a request without a signature, which only a bucket's policy can allow."""


@dataclass(frozen=True)
class Credential:
    """A credential as it was issued; whether it still works is the enforcement's to say."""

    id: str
    secret: str = field(repr=False)
    kind: Kind
    account: str
    arn: str
    """The caller's ARN, as GetCallerIdentity gives it."""
    principal_id: str
    """The unique id, such as AIDA… or AROA…:session."""
    issuer: str
    """Name of the user or role that it acts for; empty for root."""
    issuer_id: str
    """Unique id of that user or role: a namesake made later is someone else."""
    issued_at: datetime
    expires_at: datetime | None = None
    token: str | None = field(default=None, repr=False)
    issued_by: str | None = None
    """Id of the credential that asked for it."""
    issued_by_call: str | None = None
    """The operation that issued it, such as "AssumeRole"."""
    session_policies: tuple[str, ...] = ()
    mfa: bool = False
    source_identity: str | None = None
    invoked_by: str | None = None
    """The AWS service that holds it, such as lambda.amazonaws.com."""
    from_console: bool = False
    """Whether it is the session of a console sign-in."""
    carried: tuple[tuple[str, str], ...] = ()
    """Condition keys, in small letters, that every call made with it has, and their values."""
    federated: tuple[tuple[str, str], ...] = ()
    """What a record says of its web identity: federatedProvider and attributes."""
    on_behalf_of: tuple[str, str] | None = None
    """Identity Center: the user's id and the identity store's ARN."""

    @property
    def temporary(self) -> bool:
        """Whether it is a session (ASIA…)."""
        return self.token is not None


@dataclass(frozen=True)
class Policy:
    """A policy that counts for someone, and what it is called in a denial."""

    name: str
    document: str


@dataclass(frozen=True)
class UserView:
    """What the enforcement knows of a user."""

    name: str
    arn: str
    id: str
    policies: tuple[Policy, ...]
    boundary: str | None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class RoleView:
    """What the enforcement knows of a role."""

    name: str
    arn: str
    id: str
    trust: str
    policies: tuple[Policy, ...]
    boundary: str | None
    max_session_seconds: int
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def service_linked(self) -> bool:
        """Whether it belongs to an AWS service, and no policy of the organisation binds it."""
        return ":role/aws-service-role/" in self.arn


@dataclass(frozen=True)
class KeyView:
    """What the enforcement knows of a user's access key."""

    id: str
    secret: str = field(repr=False)
    user: str
    active: bool
    created_at: datetime


@dataclass(frozen=True)
class IamView:
    """An account's users, roles and keys at one moment."""

    account: str
    users: dict[str, UserView]
    roles: dict[str, RoleView]
    keys: dict[str, KeyView]
    control: tuple[tuple[str, ...], ...] = ()
    """The organisation's service control policies over it, a set a level."""


def _document(backend: Dynamic, arn: str | None) -> str | None:
    if not arn:
        return None
    policy = backend.managed_policies.get(arn)
    # A boundary that names no policy allows nothing, as an empty policy does.
    return _in_force(policy) if policy else '{"Version": "2012-10-17", "Statement": []}'


def _in_force(managed: Dynamic) -> str:
    """The text of a managed policy's default version."""
    for version in managed.versions:
        if version.version_id == managed.default_version_id:
            return str(version.document)
    raise CannotDecideError(f"the policy {managed.arn} has no default version")


def managed_text(account: str, arn: str) -> str | None:
    """The text of a managed policy, AWS's own or the account's; None where there is none."""
    policy = moto_backend.iam(account).managed_policies.get(arn)
    return _in_force(policy) if policy else None


def _policies(owner: Dynamic) -> list[Policy]:
    inline = [Policy(name, str(text)) for name, text in owner.policies.items()]
    attached = [Policy(arn, _in_force(p)) for arn, p in owner.managed_policies.items()]
    return inline + attached


def _tags(given: Dynamic) -> tuple[tuple[str, str], ...]:
    return tuple((str(one["Key"]), str(one["Value"])) for one in listed(given))


def look(account: str) -> IamView:
    """Read the present state of an account's IAM."""
    backend = moto_backend.iam(account)
    groups: dict[str, list[Policy]] = {}
    for group in backend.groups.values():
        for member in group.users:
            groups.setdefault(member.name, []).extend(_policies(group))
    users = {
        user.name: UserView(
            name=user.name,
            arn=user.arn,
            id=user.id,
            policies=(*_policies(user), *groups.get(user.name, [])),
            boundary=_document(backend, getattr(user, "permissions_boundary_arn", None)),
            tags=_tags(backend.tagger.list_tags_for_resource(user.arn)["Tags"]),
        )
        for user in backend.users.values()
    }
    roles = {
        role.name: RoleView(
            name=role.name,
            arn=role.arn,
            id=role.id,
            trust=str(role.assume_role_policy_document),
            policies=tuple(_policies(role)),
            boundary=_document(backend, role.permissions_boundary_arn),
            max_session_seconds=int(role.max_session_duration or 3600),
            tags=_tags(role.tags),
        )
        for role in backend.roles.values()
    }
    keys = {
        key.access_key_id: KeyView(
            id=key.access_key_id,
            secret=key.secret_access_key,
            user=user.name,
            active=key.status == "Active",
            created_at=key.create_date.replace(tzinfo=UTC),
        )
        for user in backend.users.values()
        for key in user.access_keys
    }
    return IamView(account, users, roles, keys, moto_policies.control_policies(account))


class IamHistory:
    """What the enforcement sees of IAM: the present, or the past while a change propagates.

    Args:
        clock: the account's.
        propagation_seconds: how long a change takes to be seen.
    """

    def __init__(self, clock: Clock, propagation_seconds: float = 0) -> None:
        self._clock = clock
        self.propagation_seconds = propagation_seconds
        self._views: dict[str, list[tuple[datetime, IamView]]] = {}

    def note_change(self, account: str) -> None:
        """Remember the state after a change; to be called after every call that changes IAM."""
        views = self._views.setdefault(account, [])
        views.append((self._clock.now(), look(account)))
        seen_since = self._clock.now() - timedelta(seconds=self.propagation_seconds)
        while len(views) > 1 and views[1][0] <= seen_since:
            views.pop(0)

    def view(self, account: str) -> IamView:
        """The state that is in force now."""
        if not account.isdecimal():
            return IamView(account, {}, {}, {})  # of nobody's account
        views = self._views.get(account)
        if not views:
            self.note_change(account)
            views = self._views[account]
        seen_since = self._clock.now() - timedelta(seconds=self.propagation_seconds)
        in_force = views[0][1]
        for at, view in views[1:]:
            if at <= seen_since:
                in_force = view
        return in_force

    def settle(self) -> None:
        """Let every change count at once, as if time enough had passed."""
        for account in list(self._views):
            self._views[account] = [(datetime.min.replace(tzinfo=UTC), look(account))]
