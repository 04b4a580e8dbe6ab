"""The intruder after its evening: what it holds, and how it answers when it is cut.

It tries every credential, goes through every door that it left open, and with each credential that
still works it makes another one and remembers it. It gets tired: it makes no more than so many.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clients import Actor
from trailtui.sim.identity import Credential
from trailtui.sim.incidents.script import is_refused
from trailtui.sim.problems import ServiceError

Probe = Callable[[Actor], object]
"""One call that the policies of a credential allow, so that a refusal says something."""
Door = Callable[[], Credential]
"""A way to fresh credentials that is none itself: a password, a function, an opened trust.

Raises ServiceError or ClientError where it is shut.
"""


def list_buckets(actor: Actor) -> object:
    """The probe of credentials that may see buckets."""
    return actor.client("s3").list_buckets()


def list_users(actor: Actor) -> object:
    """The probe of credentials that may see users."""
    return actor.client("iam").list_users()


@dataclass(frozen=True)
class Way:
    """A way to make a new credential with one that works."""

    name: str
    """What the new credential is called, with a number."""
    make: Callable[[Attacker, Actor], str | None]
    """Gives the new one's id; None where it makes no sense for the given one. Refused calls raise
    ClientError."""
    probe: Probe | None = None
    """Of the new one; None: that of the one it was made with."""


@dataclass(frozen=True)
class Habits:
    """From where and how an intruder works."""

    addresses: tuple[str, ...]
    """The last one is that of everything it makes later."""
    user_agent: str
    ways: tuple[Way, ...] = ()
    """How it makes new credentials, what it likes best first."""
    patience: int = 6
    """How many it makes at most."""
    fight: Callable[[Attacker, Actor], object] | None = None
    """What it does with each credential that works, before anything else; refusals end it."""


@dataclass
class Attacker:
    """The intruder: what it holds by words, and what it does with it."""

    account: SimulatedAccount
    habits: Habits
    held: dict[str, Actor] = field(default_factory=dict[str, Actor])
    doors: dict[str, tuple[Door, Probe]] = field(default_factory=dict[str, tuple[Door, Probe]])
    made: list[str] = field(default_factory=list[str])
    """Words of what it made or got since it was cut."""
    _through: dict[str, str] = field(default_factory=dict[str, str])
    """By door: the word of what it got there last."""
    _probes: dict[str, Probe] = field(default_factory=dict[str, Probe])
    _last: dict[str, bool | None] = field(default_factory=dict[str, bool | None])

    def hold(
        self, word: str, credential: Credential, probe: Probe = list_buckets, *, first: bool = False
    ) -> Actor:
        """Take a credential in.

        Args:
            word: by which it is asked for.
            credential: with its secret.
            probe: one call that it may make.
            first: it is used from the first address.
        """
        address = self.habits.addresses[0 if first else -1]
        self.held[word] = self.account.actor(credential, address, self.habits.user_agent)
        self._probes[word] = probe
        return self.held[word]

    def hold_id(self, word: str, credential_id: str, probe: Probe = list_buckets) -> Actor:
        """Take in a credential that the account just issued, by its id."""
        return self.hold(word, self.account.credential(credential_id), probe)

    def leave_door(self, word: str, door: Door, probe: Probe = list_buckets) -> None:
        """Remember a way to fresh credentials; `probe` is one call that these may make."""
        self.doors[word] = (door, probe)

    def attempt(self, credential: str) -> bool:
        """One call with a credential, by its word in state(); whether it was allowed.

        Raises:
            KeyError: the intruder has no such credential.
        """
        actor, probe = self.held[credential], self._probes[credential]
        allowed = not is_refused(lambda: probe(actor))
        self._last[credential] = allowed
        return allowed

    def try_key(self) -> bool:
        """One call with the first key; whether it was allowed."""
        return self.attempt("key")

    def try_session(self, which: str = "role-session") -> bool:
        """One call with a session, by its word; whether it was allowed."""
        return self.attempt(which)

    def state(self) -> dict[str, bool | None]:
        """The last outcome with each credential; None where it was not tried since."""
        return {word: self._last.get(word) for word in self.held}

    def credentials(self) -> dict[str, Credential]:
        """What it holds, by word."""
        return {word: actor.credential for word, actor in self.held.items()}

    def react(self) -> list[str]:
        """Try everything, and make new credentials with what still works.

        Returns:
            the words of what is new; they can be tried, and react on their own next time.
        """
        new: list[str] = []
        for word in list(self.doors):
            new += self._go_through(word)
        for word in [word for word in list(self.held) if word not in new]:
            if self.attempt(word):
                self._fight_with(word)
                new += self._make_with(word)
        return new

    def _fight_with(self, word: str) -> None:
        if self.habits.fight is not None:
            with suppress(ClientError):
                self.habits.fight(self, self.held[word])

    def _go_through(self, word: str) -> list[str]:
        last = self._through.get(word)
        if len(self.made) >= self.habits.patience or (last is not None and self.attempt(last)):
            return []
        door, probe = self.doors[word]
        try:
            credential = door()
        except (ServiceError, ClientError, KeyError):
            return []  # shut: a password that was changed, a function that no longer runs
        if any(actor.credential.id == credential.id for actor in self.held.values()):
            return []
        self._through[word] = self._keep(word, credential, probe)
        return [self._through[word]]

    def _make_with(self, word: str) -> list[str]:
        if len(self.made) >= self.habits.patience:
            return []
        actor = self.held[word]
        for way in self.habits.ways:
            try:
                made = way.make(self, actor)
            except ClientError:
                continue  # refused, or its quota is full: the next way
            if made is not None:
                probe = way.probe or self._probes[word]
                return [self._keep(way.name, self.account.credential(made), probe)]
        return []

    def _keep(self, kind: str, credential: Credential, probe: Probe) -> str:
        word = f"{kind}-{len(self.made) + 1}"
        self.made.append(word)
        self.hold(word, credential, probe)
        self.attempt(word)
        return word
