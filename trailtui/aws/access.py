"""One identity, and from there the accounts and Regions that a collect is about.

What fails for one account or Region is told for that place; only what ends everything (credentials
that are over, no network) is raised.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from trailtui.aws.errors import (
    AccessDenied,
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
    WrongAccount,
)
from trailtui.aws.identity import AwsIdentity
from trailtui.aws.reach import CURRENT, Reach, Reached, Unreachable
from trailtui.aws.regions import Regions, enabled_regions, refuse_misspelt
from trailtui.aws.roles import RoleRequest
from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError, UsageError

_ENDS_ALL = (CredentialsExpired, CredentialsRefused, NoCredentials, NotReachable)
_AT_ONCE = 8
"""Accounts that are entered side by side."""


@dataclass(slots=True)
class _Found:
    """What became of one account."""

    regions: tuple[str, ...] = ()
    unreachable: list[Unreachable] = field(default_factory=list[Unreachable])
    notes: list[str] = field(default_factory=list[str])


class Access:
    """Sessions into accounts and Regions from one identity. Safe to share between threads.

    Nothing is sent before something is asked for.
    """

    def __init__(self, base: AwsSession, reach: Reach | None = None) -> None:
        self._given = base
        self.reach = reach or Reach()
        self._lock = threading.RLock()
        self._base: AwsSession | None = None
        self._identity: AwsIdentity | None = None
        self._accounts: tuple[str, ...] | None = None
        self._sessions: dict[str, AwsSession] = {}
        self._regions: dict[str, Regions] = {}

    @property
    def base(self) -> AwsSession:
        """The identity's own session; after the MFA code, where one is asked for."""
        with self._lock:
            if self._base is None:
                self._base = self._signed_in()
            return self._base

    def _signed_in(self) -> AwsSession:
        reach = self.reach
        if reach.mfa_serial is None:
            return self._given
        if reach.mfa_code is None:
            raise UsageError("the MFA code is missing", cure="Give --mfa-code CODE.")
        return self._given.with_mfa(reach.mfa_serial, reach.mfa_code(), reach.duration_seconds)

    @property
    def identity(self) -> AwsIdentity:
        """Who AWS says the base identity is; asked once.

        Raises WrongAccount where another account was expected.
        """
        with self._lock:
            if self._identity is None:
                found = self.base.identity()
                _refuse_other(found, self.reach.expect_account)
                self._identity = found
            return self._identity

    def accounts(self) -> tuple[str, ...]:
        """The accounts that are wanted: those named, the organisation's active ones, or its own.

        Raises a CallError where the organisation can't be listed, UsageError where an account
        needs a role and none is named.
        """
        with self._lock:
            if self._accounts is None:
                wanted = self._wanted_accounts()
                self._refuse_without_role(wanted)
                self._accounts = wanted
            return self._accounts

    def named_accounts(self) -> tuple[str, ...]:
        """As `accounts`, for a source that has all their events in one place: none is entered."""
        return self._wanted_accounts()

    def _wanted_accounts(self) -> tuple[str, ...]:
        reach, own = self.reach, self.identity.account
        by_role = reach.role_account
        if by_role and (reach.organization or set(reach.accounts) - {by_role, own}):
            raise UsageError(
                f"the role {reach.role} is of one account only",
                cure="Give the role's name: it is looked for in each account.",
            )
        if reach.organization:
            return _active_accounts(self.base)
        return tuple(dict.fromkeys(reach.accounts)) or ((by_role or own),)

    def _refuse_without_role(self, wanted: Sequence[str]) -> None:
        others = [account for account in wanted if account != self.identity.account]
        if others and not self.reach.role:
            raise UsageError(
                f"to reach {_some(others)} a role is needed; this identity is of "
                f"{self.identity.account}",
                cure="Give --role NAME: a role of that name in each of the accounts.",
            )

    def session(self, account: str, region: str | None = None) -> AwsSession:
        """The session into an account and Region (none: the base's own). Raises a CallError.

        The identity's own account is entered without a role, unless it is the only one.
        """
        with self._lock:
            found = self._sessions.get(account)
        if found is None:
            found = self._enter(account)
            with self._lock:
                found = self._sessions.setdefault(account, found)
        return found.in_region(region) if region else found

    def _enter(self, account: str) -> AwsSession:
        role = self.reach.role
        if account == self.identity.account and (role is None or len(self.accounts()) > 1):
            return self.base
        self._refuse_without_role([account])
        return self.base.assume(
            RoleRequest(
                self.role_arn(account),
                self.reach.session_name,
                self.reach.external_id,
                self.reach.source_identity,
                self.reach.duration_seconds,
            )
        )

    def role_arn(self, account: str) -> str:
        """The role by which an account is entered."""
        role = self.reach.role or ""
        if role.startswith("arn:"):
            return role
        return f"arn:{self.identity.partition}:iam::{account}:role/{role}"

    def regions(self, account: str) -> Regions:
        """The Regions that an account has enabled; asked once. Raises what `session` raises."""
        with self._lock:
            found = self._regions.get(account)
        if found is None:
            found = enabled_regions(self.session(account), account)
            with self._lock:
                self._regions[account] = found
        return found

    def places(self) -> Reached:
        """Every wanted account in each wanted Region, as far as they can be reached.

        Raises what ends everything, and InputError for a Region that was named by hand and is
        none, or is enabled in no wanted account.
        """
        accounts = self.accounts()
        with ThreadPoolExecutor(min(_AT_ONCE, len(accounts))) as pool:
            found = dict(zip(accounts, pool.map(self._look, accounts), strict=True))
        self._refuse_regions_nowhere(found)
        return Reached(
            tuple((account, region) for account in accounts for region in found[account].regions),
            tuple(each for account in accounts for each in found[account].unreachable),
            tuple(note for account in accounts for note in found[account].notes),
        )

    def _look(self, account: str) -> _Found:
        """What of one account can be reached."""
        try:
            known = self.regions(account)
        except _ENDS_ALL:
            raise
        except CallError as error:
            return _Found(unreachable=self._all_unreachable(account, error))
        if not self.reach.regions:
            return _Found(known.names, notes=[known.note] if known.note else [])
        found = _Found()
        wanted = self._named_regions()
        found.regions = tuple(name for name in wanted if known.has(name))
        for name in wanted:
            if not known.has(name):
                reason = (
                    f"the Region {name} is not enabled in {account}: nothing happens there, "
                    "leave it out for this account"
                )
                found.unreachable.append(Unreachable(account, name, "denied", reason))
        return found

    def _all_unreachable(self, account: str, error: CallError) -> list[Unreachable]:
        """Which Regions it has can't be known: those that were named, else the identity's own."""
        state = "denied" if isinstance(error, AccessDenied) else "failed"
        try:
            names = self._named_regions() or self.regions(self.identity.account).names
        except _ENDS_ALL:
            raise
        except CallError:
            names = (self.base.region,)
        return [Unreachable(account, name, state, str(error)) for name in names]

    def _named_regions(self) -> tuple[str, ...]:
        named = (self.base.region if name == CURRENT else name for name in self.reach.regions)
        return tuple(dict.fromkeys(named))

    def _refuse_regions_nowhere(self, found: Mapping[str, _Found]) -> None:
        told = {
            (each.account, each.region): each.reason
            for one in found.values()
            for each in one.unreachable
        }
        for name in self._named_regions():
            reasons = [told.get((account, name), "") for account in found]
            if all(self._regions[account].note for account in found if account in self._regions):
                refuse_misspelt(name, self.base)
            if all("is not enabled" in reason for reason in reasons):
                refuse_misspelt(name, self.base)
                raise InputError(
                    f"the Region {name} is not enabled in {_some(list(found))}",
                    cure="Nothing happens in a Region that is not enabled: leave it out.",
                )

    def own_key_ids(self) -> frozenset[str]:
        """The access key ids of the sessions so far: whose calls are our own."""
        with self._lock:
            sessions = [self._given, self.base, *self._sessions.values()]
        return frozenset(key for session in sessions for key in session.own_key_ids())

    def as_json(self) -> dict[str, object]:
        """Who asks and by which way, for the action log. Asks AWS where it is not known yet."""
        reach = self.reach
        said: dict[str, object] = {
            "as": self.identity.arn,
            "account": self.identity.account,
            "accounts": "organization" if reach.organization else list(self.accounts()),
            "regions": list(reach.regions) or "all enabled",
        }
        if reach.role:
            said |= {"role": reach.role, "session": reach.session_name}
        if reach.source_identity:
            said["source_identity"] = reach.source_identity
        return said


def _refuse_other(found: AwsIdentity, expected: str | None) -> None:
    if expected and found.account != expected:
        raise WrongAccount(
            f"these credentials are of account {found.account} ({found.arn}), and {expected} was "
            "expected",
            cure="Choose another --profile, or correct --expect-account.",
            code="WrongAccount",
        )


def _active_accounts(session: AwsSession) -> tuple[str, ...]:
    """The organisation's accounts that can be entered (Organizations API, ListAccounts)."""
    found: list[str] = []
    more: dict[str, object] = {}
    while True:
        page = session.read("organizations", "ListAccounts", **more).values
        # `State` takes the place of `Status`, which AWS retires in September 2026.
        found += [
            account["Id"]
            for account in page.get("Accounts", [])
            if (account.get("State") or account.get("Status")) == "ACTIVE"
        ]
        if not page.get("NextToken"):
            return tuple(found)
        more = {"NextToken": page["NextToken"]}


def _some(accounts: Sequence[str]) -> str:
    shown = ", ".join(accounts[:3])
    return f"{shown} and {len(accounts) - 3} more" if len(accounts) > 3 else shown
