"""Every credential that was issued, and whether a request that carries one is authentic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trailtui.sim import moto_backend, signature
from trailtui.sim.authorization import principal_of
from trailtui.sim.clock import Clock
from trailtui.sim.identity import Credential, IamHistory, Kind
from trailtui.sim.signature import Signature

if TYPE_CHECKING:
    from moto.core.request import Request


class NotAuthenticError(Exception):
    """A request that is refused before any policy is looked at.

    Args:
        reason: "missing", "unknown", "signature", "expired" or "skewed".
        credential: whose it is, where that is known.
    """

    def __init__(self, reason: str, credential: Credential | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.credential = credential


@dataclass(frozen=True)
class Issue:
    """What a new session is made of; the store adds id, secret, token and time."""

    kind: Kind
    account: str
    arn: str
    principal_id: str
    issuer: str
    issuer_id: str
    seconds: int
    issued_by: str | None = None
    issued_by_call: str | None = None
    session_policies: tuple[str, ...] = ()
    mfa: bool = False
    source_identity: str | None = None
    invoked_by: str | None = None
    from_console: bool = False
    carried: tuple[tuple[str, str], ...] = ()
    federated: tuple[tuple[str, str], ...] = ()
    on_behalf_of: tuple[str, str] | None = None


class CredentialStore:
    """The account's credentials: root's, the users' keys (kept by IAM), and all sessions.

    Args:
        account: the account's number.
        clock: the account's.
        iam: what the enforcement sees of IAM.
    """

    def __init__(self, account: str, clock: Clock, iam: IamHistory) -> None:
        self._account = account
        self._clock = clock
        self._iam = iam
        self._sessions: dict[str, Credential] = {}
        self.issued: list[Credential] = []
        """All credentials ever issued, oldest first, deleted ones included."""
        self.root = Credential(
            id=moto_backend.access_key_id(account, "AKIA"),
            secret=moto_backend.random_secret(),
            kind=Kind.ROOT,
            account=account,
            arn=f"arn:aws:iam::{account}:root",
            principal_id=account,
            issuer="",
            issuer_id="",
            issued_at=clock.now(),
        )
        self.issued.append(self.root)
        self.members_roots: dict[str, Credential] = {}
        """Root keys of member accounts that are not deleted, by their ids."""

    def issue_root_key(self, account: str) -> Credential:
        """A root access key of a member account, as its owner could make one."""
        made = replace(
            self.root,
            id=moto_backend.access_key_id(account, "AKIA"),
            secret=moto_backend.random_secret(),
            account=account,
            arn=f"arn:aws:iam::{account}:root",
            principal_id=account,
            issued_at=self._clock.now(),
        )
        self.members_roots[made.id] = made
        self.issued.append(made)
        return made

    def issue(self, wanted: Issue) -> Credential:
        """Make a session that lives from now for so many seconds."""
        now = self._clock.now().replace(microsecond=0)
        session = Credential(
            id=moto_backend.access_key_id(wanted.account, "ASIA"),
            secret=moto_backend.random_secret(),
            kind=wanted.kind,
            account=wanted.account,
            arn=wanted.arn,
            principal_id=wanted.principal_id,
            issuer=wanted.issuer,
            issuer_id=wanted.issuer_id,
            issued_at=now,
            expires_at=now + timedelta(seconds=wanted.seconds),
            token="IQoJb3JpZ2luX2VjE" + moto_backend.random_secret(320),
            issued_by=wanted.issued_by,
            issued_by_call=wanted.issued_by_call,
            session_policies=wanted.session_policies,
            mfa=wanted.mfa,
            source_identity=wanted.source_identity,
            invoked_by=wanted.invoked_by,
            from_console=wanted.from_console,
            carried=wanted.carried,
            federated=wanted.federated,
            on_behalf_of=wanted.on_behalf_of,
        )
        self._sessions[session.id] = session
        self.issued.append(session)
        return session

    def register_key(self, access_key: str, issued_by: str | None) -> None:
        """Put a user's new access key into the ledger; called right after it was created."""
        key = self._present_key(access_key)
        if key is not None:
            known = {c.id for c in self.issued}
            if key.id not in known:
                made = replace(key, issued_by=issued_by, issued_by_call="CreateAccessKey")
                self.issued.append(made)

    def _present_key(self, access_key: str) -> Credential | None:
        """A user's key in the present state of IAM, propagated or not."""
        for account in moto_backend.accounts():
            for user in moto_backend.iam(account).users.values():
                for key in user.access_keys:
                    if key.access_key_id == access_key:
                        return _long_term(
                            account,
                            user.name,
                            user.arn,
                            user.id,
                            (access_key, key.secret_access_key),
                            key.create_date.replace(tzinfo=UTC),
                        )
        return None

    def known(self, credential_id: str) -> Credential | None:
        """A credential by its id, whether it works or not."""
        for credential in self.issued:
            if credential.id == credential_id:
                return credential
        return None

    def _account_of(self, access_key: str) -> str:
        issued = self.known(access_key)
        return issued.account if issued else self._account

    def check(self, credential_id: str) -> Credential:
        """The credential, if it is in force now (its signature left aside).

        Raises:
            NotAuthenticError: unknown, Inactive, deleted, expired, or of a principal that is gone.
        """
        if credential_id == self.root.id:
            return self.root
        if credential_id in self.members_roots:
            return self.members_roots[credential_id]
        session = self._sessions.get(credential_id)
        if session is not None:
            if session.expires_at is not None and session.expires_at <= self._clock.now():
                raise NotAuthenticError("expired", session)
            # Of a session whose user or role was deleted nothing is left to act for.
            gone = principal_of(session, self._iam.view(session.account)) is None
            if gone and session.issuer:
                raise NotAuthenticError("unknown", session)
            return session
        view = self._iam.view(self._account_of(credential_id))
        key = view.keys.get(credential_id)
        if key is None or not key.active:
            raise NotAuthenticError("unknown", self.known(credential_id))
        user = view.users[key.user]
        return _long_term(
            view.account, user.name, user.arn, user.id, (key.id, key.secret), key.created_at
        )

    def authenticate(self, request: Request, signed: Signature | None) -> Credential:
        """Who sent a request.

        Raises:
            NotAuthenticError: nobody whom the account believes.
        """
        if signed is None:
            raise NotAuthenticError("missing")
        credential = self.check(signed.access_key)
        if credential.token != request.headers.get("X-Amz-Security-Token"):
            raise NotAuthenticError("unknown", credential)
        # The signature carries the sender's real time, whatever the account's clock shows.
        if not signature.is_fresh(request, datetime.now(UTC)):
            raise NotAuthenticError("skewed", credential)
        if not signature.is_right(request, signed, credential.secret):
            raise NotAuthenticError("signature", credential)
        return credential


def _long_term(
    account: str, user: str, arn: str, user_id: str, key: tuple[str, str], created: datetime
) -> Credential:
    return Credential(
        id=key[0],
        secret=key[1],
        kind=Kind.ACCESS_KEY,
        account=account,
        arn=arn,
        principal_id=user_id,
        issuer=user,
        issuer_id=user_id,
        issued_at=created,
    )
