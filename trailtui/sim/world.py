"""What the parts of the simulated account share while it runs."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

from trailtui.sim.bucket import Buckets
from trailtui.sim.clock import Clock
from trailtui.sim.credentials import CredentialStore
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.queries import Engines
from trailtui.sim.federation import Federation
from trailtui.sim.identity import IamHistory
from trailtui.sim.pace import Pace
from trailtui.sim.record_index import RecordIndex
from trailtui.sim.regions import Regions
from trailtui.sim.trail_history import TrailHistory


@dataclass
class World:
    """One account's state beside moto's own."""

    account: str
    clock: Clock
    iam: IamHistory
    credentials: CredentialStore
    random: random.Random
    """Source of every id that the simulator makes up, so that a seed repeats a run."""
    records: list[dict[str, Dynamic]] = field(default_factory=list[dict[str, Dynamic]])
    """CloudTrail records, in the order of the calls; adopted ones in the order they came."""
    adopted: set[int] = field(default_factory=set[int])
    """Numbers, in that list, of the records that no call made."""
    index: RecordIndex = field(init=False)
    """Finds management and Insight events by account and Region."""
    pace: Pace = field(default_factory=Pace)
    """How fast LookupEvents may be asked; without a limit at first."""
    lookup_delay_seconds: float = 0
    """How long it takes until LookupEvents shows a record."""

    log_delay_seconds: float = 0
    """How much later than it happened a record is filed in a trail's log group."""
    engines: Engines = field(default_factory=Engines)
    """What Athena, CloudTrail Lake and Logs Insights hold."""

    federation: Federation = field(default_factory=Federation)
    """What identity providers vouched for, and who made whose password."""
    kept: dict[str, dict[str, dict[str, Dynamic]]] = field(
        default_factory=dict[str, dict[str, dict[str, Dynamic]]]
    )
    """What operations written here keep: by kind and id."""
    jobs: dict[str, dict[str, Dynamic]] = field(default_factory=dict[str, dict[str, Dynamic]])
    """Reports that were asked for, by their ids."""
    regions: Regions = field(default_factory=Regions)
    """Which Regions the accounts may use."""
    trails: TrailHistory = field(init=False)
    """What the trails were set to, and when."""
    buckets: Buckets = field(init=False)
    """What the trails have delivered."""

    def __post_init__(self) -> None:
        self.index = RecordIndex(self.records, self.account)
        self.trails = TrailHistory(self.clock, self.records, self.adopted)
        self.buckets = Buckets(self)

    def new_uuid(self) -> str:
        """A random UUID from the seeded source."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def new_request_id(self, service: str) -> str:
        """A request id in the form the service uses: S3 has 16 capitals and digits."""
        if service == "s3":
            return "".join(self.random.choices("ABCDEFGHJKMNPQRSTVWXYZ0123456789", k=16))
        return self.new_uuid()
