"""Which accounts and Regions are wanted, how they are entered, and which of them can be."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from trailtui.model.errors import InputError, UsageError

CURRENT = "current"
"""The word for the session's own Region."""
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Reach:
    """Which accounts and Regions are wanted, and how they are entered."""

    accounts: tuple[str, ...] = ()
    """None: the identity's own."""
    organization: bool = False
    """All active accounts of the organisation."""
    regions: tuple[str, ...] = ()
    """None: all that an account has enabled. `current`: the session's own."""
    role: str | None = None
    """A role's name, for each account, or the ARN of one."""
    external_id: str | None = None
    source_identity: str | None = None
    session_name: str = "trailtui"
    duration_seconds: int = 3600
    mfa_serial: str | None = None
    mfa_code: Callable[[], str] | None = None
    """Asked once, when the first call is made."""
    expect_account: str | None = None

    def __post_init__(self) -> None:
        for account in (*self.accounts, *([self.expect_account] if self.expect_account else [])):
            if not _ACCOUNT.fullmatch(account):
                raise InputError(f"{account!r} is no account number", cure="It has 12 digits.")
        if self.accounts and self.organization:
            raise UsageError("give --account or --organization, not both")
        _ = self.role_account
        if not 900 <= self.duration_seconds <= 43200:
            raise InputError("a session lasts between 900 and 43,200 seconds")

    @property
    def role_account(self) -> str | None:
        """The account of a role that is given as an ARN. Raises InputError for what is none."""
        role = self.role
        if not role or not role.startswith("arn:"):
            return None
        parts = role.split(":")
        if len(parts) != 6 or not _ACCOUNT.fullmatch(parts[4]) or not parts[5].startswith("role/"):
            raise InputError(
                f"{role!r} is no role's ARN", cure="Such as arn:aws:iam::111122223333:role/NAME."
            )
        return parts[4]


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A place that can't be asked, and why."""

    account: str
    region: str
    state: str
    """`denied` or `failed`, as a case's fetches say it."""
    reason: str


@dataclass(frozen=True, slots=True)
class Reached:
    """The places that can be asked, those that can't, and what else is to be said."""

    places: tuple[tuple[str, str], ...]
    """Account and Region."""
    unreachable: tuple[Unreachable, ...] = ()
    notes: tuple[str, ...] = ()
