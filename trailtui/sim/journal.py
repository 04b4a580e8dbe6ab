"""What was sent to the account: the list that tests ask, and the records that CloudTrail keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from trailtui.sim.dynamic import Dynamic, Parameters


@dataclass(frozen=True)
class CallEntry:
    """One request as it arrived, whatever became of it."""

    at: datetime
    service: str
    operation: str
    region: str
    credential_id: str
    """Id of the credential it was signed with; "" for an unsigned request."""
    principal_arn: str
    """Who that was; "" where the account does not know."""
    source_ip: str
    user_agent: str
    params: Parameters = field(repr=False)
    mutating: bool
    carried_out: bool
    """Whether the account did it; False for every refusal, failure and lost request."""
    error_code: str | None
    """What the caller was told; None for success."""
    request_id: str
    fault: str | None = None
    """The fault that was played on it, if any."""

    @property
    def allowed(self) -> bool:
        """Whether neither authentication nor a policy refused it."""
        return self.error_code not in REFUSALS

    def as_json(self) -> dict[str, Dynamic]:
        """The entry for the control endpoint."""
        shown = {k: v for k, v in self.__dict__.items() if k not in ("at", "params")}
        return {"at": self.at.isoformat(), **shown, "allowed": self.allowed}


REFUSALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)


class Calls:
    """Every request since the start, oldest first."""

    def __init__(self) -> None:
        self._entries: list[CallEntry] = []

    def add(self, entry: CallEntry) -> None:
        """Note a request."""
        self._entries.append(entry)

    def __iter__(self) -> Iterator[CallEntry]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def since(self, mark: int) -> list[CallEntry]:
        """The requests after a mark, which is an earlier len()."""
        return self._entries[mark:]

    def of(
        self,
        operation: str | None = None,
        *,
        service: str | None = None,
        credential_id: str | None = None,
        since: int = 0,
    ) -> list[CallEntry]:
        """The requests that fit every filter that is given."""
        return [
            entry
            for entry in self._entries[since:]
            if operation in (None, entry.operation)
            and service in (None, entry.service)
            and credential_id in (None, entry.credential_id)
        ]

    def mutating(self, since: int = 0) -> list[CallEntry]:
        """The requests that were meant to change something, refused ones included."""
        return [entry for entry in self._entries[since:] if entry.mutating]
