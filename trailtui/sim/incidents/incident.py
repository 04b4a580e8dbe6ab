"""A played incident: everything a test may want to compare an investigation with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.incidents.alert import Alerted, guardduty_finding
from trailtui.sim.incidents.attacker import Attacker


@dataclass(frozen=True)
class Responder:
    """The credentials the account gives to whoever responds."""

    user: Credential
    """The long-term key of the user `responder`, who may only assume the role."""
    session: Credential
    """The session of the role `incident-response` to work with."""


@dataclass(frozen=True)
class Incident:
    """What was played, and the attacker and the responder to go on with."""

    account: SimulatedAccount
    attacker: Attacker
    responder: Responder
    started_at: datetime
    """The first call of the intruder."""
    ended_at: datetime
    """The time the account's clock showed when the play was over."""
    finding_id: str
    alerted: Alerted
    """What the alert is about."""
    user: str
    """The user whose key or password was stolen."""
    role: str
    """The role that was taken."""
    backdoor_user: str = ""
    """The user that the intruder made; empty where it made none."""
    first: str = "key"
    """The word of the credential that everything else came out of."""
    elsewhere: Mapping[str, Responder] = field(default_factory=dict[str, Responder])
    """By its number: for each further account that was reached, the one to respond there."""

    @property
    def leaked_key(self) -> str:
        """Id of the credential that everything else came out of."""
        return self.attacker.held[self.first].credential.id

    @property
    def attacker_addresses(self) -> tuple[str, ...]:
        """From where the intruder called."""
        return self.attacker.habits.addresses

    @property
    def attacker_user_agent(self) -> str:
        """With what program."""
        return self.attacker.habits.user_agent

    @property
    def alerted_credential(self) -> Credential:
        """The credential that the alert names."""
        return self.attacker.held[self.alerted.credential].credential

    @property
    def attacker_credentials(self) -> dict[str, str]:
        """Ids of all credentials the intruder holds, by word."""
        return {name: one.id for name, one in self.attacker.credentials().items()}

    @property
    def expected_entities(self) -> dict[str, tuple[str, ...]]:
        """What a complete investigation names."""
        return {
            "credentials": tuple(self.attacker_credentials.values()),
            "users": tuple(name for name in (self.user, self.backdoor_user) if name),
            "roles": (self.role,),
            "addresses": self.attacker_addresses,
            "user_agents": (self.attacker_user_agent,),
        }

    def attack_records(self) -> list[dict[str, Dynamic]]:
        """The records of the intruder's calls, found by the addresses it used."""
        return [
            one
            for one in self.account.records
            if one.get("sourceIPAddress") in self.attacker_addresses
        ]

    def came_out(self) -> set[str]:
        """Ids of all that came out of the first credential, by the account's own ledger.

        What was taken through a trust that the intruder opened to an account of its own belongs to
        it too, although a key of that other account asked for it.
        """
        ledger = self.account.ledger
        found = {entry.id for entry in ledger.descendants(self.leaked_key)}
        for credential in self.attacker.credentials().values():
            if credential.id != self.leaked_key:
                found |= {credential.id, *(one.id for one in ledger.descendants(credential.id))}
        return found

    def usable(self) -> set[str]:
        """Ids of what the intruder can still use for anything, by the ledger."""
        ledger = self.account.ledger
        return {one for one in {self.leaked_key, *self.came_out()} if ledger.usable(one)}

    def alert(self) -> dict[str, Dynamic]:
        """The GuardDuty finding that woke somebody, in its EventBridge envelope."""
        return guardduty_finding(
            self.account.number,
            self.alerted,
            self.alerted_credential,
            self.attacker.habits,
            (self.started_at, self.finding_id),
        )
