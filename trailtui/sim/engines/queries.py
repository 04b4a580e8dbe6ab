"""Queries that were started, in whichever engine: their states, ends and results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from trailtui.sim.dynamic import Dynamic

_about: dict[str, tuple[str, ...]] = {}
"""What a query belongs to, by its id. A process has one account at a time."""


def remember(query: str, about: Sequence[str]) -> None:
    """Keep which event data stores or which work group a query belongs to: policies name these."""
    _about[query] = tuple(about)


def what_about(query: str) -> tuple[str, ...]:
    """What a query belongs to; nothing where it is not known."""
    return _about.get(query, ())


@dataclass
class Query:
    """One query; it has run when it is made, and is said to run for some polls yet."""

    id: str
    account: str
    region: str
    text: str
    started_ms: int
    asked: dict[str, Dynamic] = field(default_factory=dict[str, Dynamic])
    """The parameters of the call that started it."""
    result: Dynamic = None
    failure: str | None = None
    scanned_bytes: int = 0
    scanned: int = 0
    matched: int = 0
    took_ms: int = 0
    """How long it really took here."""
    polls_left: int = 0
    cancelled: bool = False

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.cancelled or self.polls_left <= 0

    def poll(self) -> None:
        """Somebody asks how it stands."""
        self.polls_left -= 1

    def state(self, running: str, failed: str, cancelled: str, done: str) -> str:
        """Its state in the engine's words."""
        if self.cancelled:
            return cancelled
        if self.polls_left > 0:
            return running
        return done if self.failure is None else failed


@dataclass
class EventDataStore:
    """One of CloudTrail Lake."""

    id: str
    arn: str
    name: str
    account: str
    region: str
    multi_region: bool
    organisation: bool
    categories: tuple[str, ...]
    created_at: datetime
    status: str = "ENABLED"


@dataclass
class Engines:
    """What the engines of all accounts hold."""

    polls: int = 1
    """How often a query is said to run before it has ended."""
    queries: dict[str, Query] = field(default_factory=dict[str, Query])
    by_token: dict[tuple[str, str, str], str] = field(
        default_factory=dict[tuple[str, str, str], str]
    )
    """Athena's ClientRequestToken, by account and Region."""
    stores: dict[str, EventDataStore] = field(default_factory=dict[str, EventDataStore])
    """By id."""
    lake_rows: dict[int, dict[str, Dynamic]] = field(default_factory=dict[int, dict[str, Dynamic]])
    """Records in Lake's columns, by their number."""
    log_rows: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    """Records in the fields of Logs Insights, by their number."""
    attached: set[str] = field(default_factory=set[str])
    """ARNs of log groups that hold every record."""

    def add(self, query: Query, work: Callable[[Query], None]) -> Query:
        """Keep a query and carry it out."""
        query.polls_left = self.polls
        self.queries[query.id] = query
        work(query)
        return query

    def running(self, account: str, region: str) -> list[Query]:
        """The queries that have not ended."""
        return [
            one
            for one in self.queries.values()
            if (one.account, one.region) == (account, region) and not one.over
        ]
