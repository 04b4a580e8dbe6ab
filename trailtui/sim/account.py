"""The simulated AWS account, in this process."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType

from trailtui.sim import moto_backend, sessions
from trailtui.sim.bucket import Delivery, Late
from trailtui.sim.clients import Actor
from trailtui.sim.clock import Clock
from trailtui.sim.control import AccountControl
from trailtui.sim.credentials import CredentialStore
from trailtui.sim.delivery import write_log_files
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.entrances import Entrances
from trailtui.sim.faults import Faults
from trailtui.sim.identity import Credential, IamHistory
from trailtui.sim.journal import Calls
from trailtui.sim.ledger import Ledger
from trailtui.sim.pace import Pace
from trailtui.sim.pipeline import Pipeline
from trailtui.sim.record_facts import Record, event_time
from trailtui.sim.server import Server
from trailtui.sim.state import state
from trailtui.sim.world import World

DEFAULT_ACCOUNT = "111122223333"


class SimulatedAccount:
    """One AWS account on loopback. moto keeps its state per process, so there is one at a time.

    Use it as a context manager, made by start().
    """

    _running: SimulatedAccount | None = None

    def __init__(self, world: World) -> None:
        self.world = world
        self._pipeline = Pipeline(world)
        self.control = AccountControl(self)
        self._server = Server(self._pipeline, self.control.answer)
        self.ledger = Ledger(world)
        self.entrances = Entrances(world)
        """Console, identity providers, machines: what no call of boto3 leads through."""
        self._delivered = 0

    @classmethod
    def start(
        cls,
        seed: int = 1,
        clock: Clock | None = None,
        account: str = DEFAULT_ACCOUNT,
        propagation_seconds: float = 0,
        lookup_rate: float | None = None,
    ) -> SimulatedAccount:
        """Make an empty account and serve it.

        Args:
            seed: of every id and name it makes up.
            clock: its time; without one, the computer's.
            account: its number.
            propagation_seconds: how long a change in IAM takes to be in force.
            lookup_rate: LookupEvents requests a second (AWS: 2); None: as many as come.
        Raises:
            RuntimeError: another one is running in this process.
        """
        if cls._running is not None:
            raise RuntimeError("a process has one simulated account at a time: stop the other one")
        clock = clock or Clock()
        moto_backend.reset(seed, clock.now)
        iam = IamHistory(clock, propagation_seconds)
        store = CredentialStore(account, clock, iam)
        world = World(account, clock, iam, store, random.Random(seed))  # noqa: S311
        world.pace = Pace(lookup_rate)
        simulated = cls(world)
        simulated._server.start()
        cls._running = simulated
        return simulated

    def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        if SimulatedAccount._running is self:
            self._server.stop()
            SimulatedAccount._running = None

    def __enter__(self) -> SimulatedAccount:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def number(self) -> str:
        """The account's number."""
        return self.world.account

    @property
    def endpoint(self) -> str:
        """The URL for boto3's endpoint_url."""
        return self._server.endpoint

    @property
    def clock(self) -> Clock:
        """The account's time."""
        return self.world.clock

    @property
    def calls(self) -> Calls:
        """Every request that arrived."""
        return self._pipeline.calls

    @property
    def faults(self) -> Faults:
        """The faults that are to be played."""
        return self._pipeline.faults

    @property
    def records(self) -> list[dict[str, Dynamic]]:
        """The CloudTrail records so far, in order."""
        return self.world.records

    def state(self) -> dict[str, Dynamic]:
        """Everything that containment can change, in all accounts, to compare two moments.

        Returns:
            JSON with one form: what is the same is written the same. No secrets, and nothing
            that changes by itself.
        """
        with self._server.exclusively():
            return state(self.world)

    @property
    def propagation_seconds(self) -> float:
        """How long a change in IAM takes to be in force."""
        return self.world.iam.propagation_seconds

    @propagation_seconds.setter
    def propagation_seconds(self, seconds: float) -> None:
        self.world.iam.propagation_seconds = seconds

    @property
    def pace(self) -> Pace:
        """How fast LookupEvents may be asked; its rate and clock can be changed."""
        return self.world.pace

    @property
    def lookup_delay_seconds(self) -> float:
        """How long it takes until LookupEvents shows a record."""
        return self.world.lookup_delay_seconds

    @lookup_delay_seconds.setter
    def lookup_delay_seconds(self, seconds: float) -> None:
        self.world.lookup_delay_seconds = seconds

    @property
    def root(self) -> Credential:
        """The account's root key, which set-ups use."""
        return self.world.credentials.root

    def adopt(self, records: Iterable[Record]) -> int:
        """Put records into the account as if they had been recorded.

        Args:
            records: of any account, Region, time and category; they are kept as they are given.
        Returns:
            how many there were.
        Raises:
            ValueError: one has no readable eventTime; then none is put in.
        """
        given = list(records)
        for number, record in enumerate(given):
            if event_time(record) is None:
                raise ValueError(f"record {number} has no readable eventTime")
        with self._server.exclusively():
            first = len(self.records)
            self.records.extend(given)
            self.world.adopted.update(range(first, len(self.records)))
        return len(given)

    def opt_in(self, region: str, account: str | None = None) -> None:
        """Let an account use a Region that needs opting in to.

        Args:
            region: such as "me-south-1".
            account: its number; None: this one.
        Raises:
            ValueError: the Region needs no opting in, or there is no such one.
        """
        self.world.regions.opt_in(account or self.number, region)

    @contextmanager
    def unrecorded(self) -> Generator[None]:
        """What is called meanwhile happened before there was a trail."""
        before = self._pipeline.recording
        self._pipeline.recording = self.entrances.recording = False
        try:
            yield
        finally:
            self._pipeline.recording = self.entrances.recording = before

    def actor(
        self,
        credential: Credential,
        source_ip: str | None = None,
        user_agent: str | None = None,
        region: str = "us-east-1",
    ) -> Actor:
        """Someone who makes calls with a credential."""
        return Actor(self.endpoint, credential, source_ip, user_agent, region)

    def credential(self, credential_id: str) -> Credential:
        """A credential that the account issued, with its secret, by its id.

        Raises:
            KeyError: it never issued it.
        """
        found = self.world.credentials.known(credential_id)
        if found is None:
            raise KeyError(credential_id)
        return found

    def service_session(
        self, role: str, session: str, service: str, account: str | None = None
    ) -> Credential:
        """The session of a role that an AWS service gives to a function or a machine.

        Args:
            role: the role's name.
            session: the session's name, such as the function's.
            service: such as "lambda.amazonaws.com".
            account: whose role; None: this account's.
        Raises:
            KeyError: there is no such role.
        """
        holder = sessions.Holder(session, service, self._pipeline.recording)
        return sessions.of_service(self.world, account or self.number, role, holder)

    def instance_session(self, instance_id: str, region: str = "us-east-1") -> Credential:
        """What an instance's metadata service gives out now.

        Raises:
            KeyError: no such instance runs.
            ServiceError: it has no profile.
        """
        return self.entrances.instance_session(instance_id, region=region)

    def deliver(self, folder: Path) -> list[Path]:
        """Write the records that were not yet delivered as log files.

        Args:
            folder: the bucket's root.
        Returns:
            the new files.
        """
        fresh = [one for one in self.records[self._delivered :] if event_time(one) is not None]
        self._delivered = len(self.records)
        return write_log_files(self.world, fresh, folder)

    def deliver_to_bucket(
        self,
        trail_name: str | None = None,
        *,
        late: Late = (),
        late_by: timedelta = timedelta(hours=3),
    ) -> Delivery:
        """Let the trails write what they have not delivered yet into their buckets.

        Nothing is called, so nothing of it is recorded. Digests are written for every hour that
        is over since the logging began, where the trail validates its files.

        Args:
            trail_name: only this trail's; its name or its ARN.
            late: event ids of records that are delivered later than others, in files of their
                own, or the share of such records (0 to 1).
            late_by: how much later; they wait until the account's clock shows that time.
        Returns:
            what was written.
        Raises:
            KeyError: there never was such a trail.
        """
        with self._server.exclusively():
            arns = self.world.trails.arns(trail_name)
            if trail_name is not None and not arns:
                raise KeyError(trail_name)
            done = [self.world.buckets.deliver(arn, late, late_by) for arn in arns]
        files = [uri for one in done for uri in one.files]
        return Delivery(files, [uri for one in done for uri in one.digests])
