"""What identity providers outside of AWS vouch for, in the simulator's own opaque form.

No XML and no JWT is checked: an assertion or token is a word that the simulator handed out and
remembers, with what the provider says in it. One that it did not hand out is refused as forged.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Vouched:
    """What a provider says of someone."""

    provider: str
    """ARN of the SAML or OpenID Connect provider in IAM."""
    subject: str
    audience: str
    expires_at: datetime
    role: str | None = None
    """SAML: the role that the assertion names; others can't be taken with it."""
    session_name: str = ""
    source_identity: str | None = None
    claims: tuple[tuple[str, str], ...] = ()


@dataclass
class Federation:
    """What is known of people whom IAM does not keep."""

    words: dict[str, Vouched] = field(default_factory=dict[str, Vouched])
    """Assertions and tokens that were handed out."""
    password_makers: dict[str, str] = field(default_factory=dict[str, str])
    """By a user's unique id: the credential that made or changed the password."""
    root_passwords: set[str] = field(default_factory=set[str])
    """Member accounts whose root has a password."""
    features: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By management account: RootSessions and RootCredentialsManagement, where switched on."""
    disabled_people: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Identity Center: store and user id of those who were disabled (the console's button)."""
    instance_sessions: dict[str, str] = field(default_factory=dict[str, str])
    """By instance id: the credential that its metadata service gives out now."""

    makers: dict[str, str] = field(default_factory=dict[str, str])
    """By function ("lambda/account/region/name") or instance id: the credential that made it, or
    changed what it runs."""
    taken: dict[str, str] = field(default_factory=dict[str, str])
    """By the id of a machine's or function's session: the credential by which it was stolen."""

    def hand_out(self, vouched: Vouched, number: str) -> str:
        """A new word for what is vouched for."""
        word = base64.b64encode(f"simulated:{number}".encode()).decode()
        self.words[word] = vouched
        return word
