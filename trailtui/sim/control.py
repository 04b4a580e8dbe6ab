"""The control endpoint, by which another process asks and steers the simulated account.

GET  /_sim/status       account, time, number of calls and records, the last try of the attacker
GET  /_sim/ledger       every credential issued, and whether it is usable
GET  /_sim/calls        the journal (?since=N)
GET  /_sim/records      the CloudTrail records (?since=N)
GET  /_sim/state        everything that containment can change, to compare two moments
POST /_sim/deliver      writes the fresh records as log files; gives their paths
POST /_sim/deliver-to-bucket
                        lets the trails (or {"trail": name}) write into their buckets
POST /_sim/attacker/try the attacker calls (?credential=key|role-session|...: see status)
POST /_sim/attacker/react
                        it tries all that it holds, and makes new credentials with what works
POST /_sim/faults       {"service", "operation", "kind"} and, if wanted, "times" (null: without
                        end), "region", "seconds", "every", "after", "where": {parameter: value}
POST /_sim/clock        {"advance": seconds}
POST /_sim/pace         {"lookup_rate": requests a second, or null for no limit}
POST /_sim/adopt        {"Records": [...]}: puts records into the account
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from trailtui.sim.dynamic import Dynamic

if TYPE_CHECKING:
    from trailtui.sim.account import SimulatedAccount

_FAULT_CHOICES = ("times", "region", "seconds", "every", "after", "where")


class TryingAttacker(Protocol):
    """An attacker whom the control endpoint can ask for one more call."""

    def attempt(self, credential: str) -> bool:
        """Make one call with a credential, by its word in state(); whether it was allowed.

        Raises:
            KeyError: there is no such credential.
        """
        ...

    def react(self) -> list[str]:
        """Try all credentials, make new ones with those that work; the words of the new ones."""
        ...

    def state(self) -> dict[str, bool | None]:
        """The last outcome of each credential; None where it was not tried since the incident."""
        ...


class AccountControl:
    """Answers the control endpoint.

    Args:
        account: what it is about.
    """

    def __init__(self, account: SimulatedAccount) -> None:
        self._account = account
        self.attacker: TryingAttacker | None = None
        """Set once an incident was played."""
        self.folder: Path | None = None
        """Where log files are delivered; None: nowhere."""

    def answer(
        self, method: str, path: str, query: dict[str, str], body: bytes
    ) -> tuple[int, Dynamic]:
        """One request's status and JSON."""
        try:
            if method == "GET":
                return self._tell(path, int(query.get("since", "0")))
            return self._do(path, query, json.loads(body) if body else {})
        except (KeyError, ValueError, TypeError) as error:
            return 400, {"error": f"{path}: {error!r}"}

    def _tell(self, path: str, since: int) -> tuple[int, Dynamic]:
        account = self._account
        if path == "ledger":
            return 200, account.ledger.as_json()
        if path == "calls":
            return 200, [entry.as_json() for entry in account.calls.since(since)]
        if path == "state":
            return 200, account.state()
        if path == "records":
            return 200, account.records[since:]
        if path == "status":
            return 200, {
                "account": account.number,
                "now": account.clock.now().isoformat(),
                "calls": len(account.calls),
                "records": len(account.records),
                "lookup_rate": account.pace.rate,
                "attacker": self.attacker.state() if self.attacker else None,
            }
        return 404, {"error": f"nothing is told under {path}"}

    def _do(self, path: str, query: dict[str, str], wish: Dynamic) -> tuple[int, Dynamic]:
        deeds: dict[str, Callable[[], tuple[int, Dynamic]]] = {
            "deliver": self._deliver,
            "deliver-to-bucket": lambda: self._deliver_to_bucket(wish.get("trail")),
            "attacker/try": lambda: self._try(query["credential"]),
            "attacker/react": self._react,
            "faults": lambda: self._plan_fault(wish),
            "clock": lambda: self._advance(float(wish["advance"])),
            "pace": lambda: self._set_pace(wish["lookup_rate"]),
            "adopt": lambda: (200, {"adopted": self._account.adopt(wish["Records"])}),
        }
        if path not in deeds:
            return 404, {"error": f"nothing is done under {path}"}
        return deeds[path]()

    def _plan_fault(self, wish: Dynamic) -> tuple[int, Dynamic]:
        chosen = {name: wish[name] for name in _FAULT_CHOICES if name in wish}
        self._account.faults.add(wish["service"], wish["operation"], wish["kind"], **chosen)
        return 200, {"planned": wish}

    def _advance(self, seconds: float) -> tuple[int, Dynamic]:
        self._account.clock.advance(seconds)
        return 200, {"now": self._account.clock.now().isoformat()}

    def _set_pace(self, rate: float | None) -> tuple[int, Dynamic]:
        self._account.pace.rate = None if rate is None else float(rate)
        return 200, {"lookup_rate": self._account.pace.rate}

    def _deliver(self) -> tuple[int, Dynamic]:
        if self.folder is None:
            return 409, {"error": "the account was given no folder to deliver to"}
        return 200, [str(written) for written in self._account.deliver(self.folder)]

    def _deliver_to_bucket(self, trail: str | None) -> tuple[int, Dynamic]:
        written = self._account.deliver_to_bucket(trail)
        return 200, {"files": written.files, "digests": written.digests}

    def _react(self) -> tuple[int, Dynamic]:
        if self.attacker is None:
            return 409, {"error": "no incident was played"}
        return 200, {"new": self.attacker.react(), "attacker": self.attacker.state()}

    def _try(self, credential: str) -> tuple[int, Dynamic]:
        if self.attacker is None:
            return 409, {"error": "no incident was played"}
        return 200, {"credential": credential, "allowed": self.attacker.attempt(credential)}
