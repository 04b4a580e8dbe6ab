"""The account's own truth about credentials, to compare a tool's answers with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from trailtui.sim.authorization import usable_at_all
from trailtui.sim.credentials import NotAuthenticError
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.protocol import ApiCall, call_of

if TYPE_CHECKING:
    from trailtui.sim.world import World


@dataclass(frozen=True)
class LedgerEntry:
    """A credential that was issued; its secret stays inside."""

    id: str
    kind: str
    principal: str
    issued_at: datetime
    expires_at: datetime | None
    issued_by: str | None
    """Id of the credential that asked for it."""
    issued_by_call: str | None
    console: bool = False
    """Whether it is what the console signs with."""
    taken_by: str | None = None
    """Id of the credential by which a machine's or function's session was stolen."""


class Ledger:
    """Everything the account ever issued."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __iter__(self) -> Iterator[LedgerEntry]:
        return (self._entry(one) for one in list(self._world.credentials.issued))

    def __getitem__(self, credential_id: str) -> LedgerEntry:
        found = self._world.credentials.known(credential_id)
        if found is None:
            raise KeyError(credential_id)
        return self._entry(found)

    def _entry(self, credential: Credential) -> LedgerEntry:
        return _entry(credential, self._world.federation.taken.get(credential.id))

    def children(self, credential_id: str) -> list[LedgerEntry]:
        """What was issued to calls made with a credential, and what was stolen with it."""
        return [entry for entry in self if credential_id in (entry.issued_by, entry.taken_by)]

    def descendants(self, credential_id: str) -> list[LedgerEntry]:
        """Everything that came out of a credential, children first."""
        found: list[LedgerEntry] = []
        waiting = self.children(credential_id)
        while waiting:
            entry = waiting.pop(0)
            if entry in found:
                continue
            found.append(entry)
            waiting += self.children(entry.id)
        return found

    def usable(self, credential_id: str) -> bool:
        """Whether a credential still gets its holder anything, by asking the enforcement.

        It must authenticate, and something that a policy allows it must not be denied.
        """
        try:
            caller = self._world.credentials.check(credential_id)
        except NotAuthenticError:
            return False
        view = self._world.iam.view(caller.account)
        return usable_at_all(caller, view, _nothing_special(), self._world.clock.now())

    def as_json(self) -> list[dict[str, Dynamic]]:
        """The ledger for the control endpoint."""
        return [
            {
                "id": e.id,
                "kind": e.kind,
                "principal": e.principal,
                "issued_at": e.issued_at.isoformat(),
                "expires_at": e.expires_at.isoformat() if e.expires_at else None,
                "issued_by": e.issued_by,
                "issued_by_call": e.issued_by_call,
                "console": e.console,
                "taken_by": e.taken_by,
                "usable": self.usable(e.id),
            }
            for e in self
        ]


def _entry(credential: Credential, taken_by: str | None) -> LedgerEntry:
    return LedgerEntry(
        id=credential.id,
        kind=credential.kind.value,
        principal=credential.arn,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        issued_by=credential.issued_by,
        issued_by_call=credential.issued_by_call,
        console=credential.from_console,
        taken_by=taken_by,
    )


def _nothing_special() -> ApiCall:
    """A call without parameters, whose context a question about a credential is asked in."""
    return call_of("sts", "GetCallerIdentity", {}, "192.0.2.1", "")
