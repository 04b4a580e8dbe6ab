"""Every source that fills a case with events, run in one way, for tests that are about all of them.

A source is run by the functions that its command calls, over the whole time of a scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tests.sources.scene import (
    BUCKET,
    DATABASE,
    HOME,
    LOG_GROUP,
    REGIONS,
    RESULTS,
    TABLE,
    Scene,
)
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect import athena, insights, lake, lookups, s3, s3_plan
from trailtui.collect.engines import Source as EngineUse
from trailtui.collect.engines import run_engine, units_of, wanted_of
from trailtui.collect.insights_groups import group_of
from trailtui.collect.lake_stores import look_at
from trailtui.collect.lookup import LookupWish
from trailtui.collect.remote_query import Engine
from trailtui.collect.running import CollectResult, Progress
from trailtui.collect.s3_layout import Address
from trailtui.collect.scope import Place, Scope

MANAGEMENT, DATA, INSIGHT = "Management", "Data", "Insight"
UNPACED = 100_000.0
"""LookupEvents requests a second: the simulated account has no limit unless a test sets one."""


def _go_on(_: CollectResult) -> bool:
    return True


class Run(Protocol):
    """Collects a scene into a case; gives what came of it."""

    def __call__(
        self, case: Case, session: AwsSession, scene: Scene, *, progress: Progress = _go_on
    ) -> CollectResult: ...


@dataclass(frozen=True)
class Call:
    """An operation that a source lives from."""

    service: str
    operation: str
    where: Mapping[str, str] | None = None
    """Of all calls to it, those that are meant: parameters and patterns."""


@dataclass(frozen=True)
class Source:
    """One way to have events."""

    name: str
    run: Run
    holds: tuple[str, ...]
    """Categories of events that it has by its nature."""
    brings: Call
    """What it has records from."""
    starts: Call | None = None
    """What starts a query."""
    asks: Call | None = None
    """What else it needs: how a query stands, what there is."""
    words: tuple[str, ...] = ()
    """What its command is told besides the time."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """All of them."""
        return tuple(one for one in (self.starts, self.asks, self.brings) if one)


def _scope(scene: Scene) -> Scope:
    places = tuple(Place(scene.account, region) for region in REGIONS)
    return Scope(places, scene.since_ms, scene.until_ms)


def _lookup(
    case: Case, session: AwsSession, scene: Scene, *, progress: Progress = _go_on
) -> CollectResult:
    planned = lookups.plan_lookups(case, _scope(scene), [LookupWish()])

    def session_in(_: str, region: str) -> AwsSession:
        return session.in_region(region)

    return lookups.run_lookups(case, planned, session_in, per_second=UNPACED, progress=progress)


def _s3(
    case: Case, session: AwsSession, scene: Scene, *, progress: Progress = _go_on
) -> CollectResult:
    wish = s3_plan.S3Wish(scene.since_ms, scene.until_ms)
    plan = s3_plan.plan_s3(session, [Address(BUCKET, "AWSLogs/")], wish)
    return s3.collect_s3(case, plan, progress=progress)


def _engine(
    use: EngineUse, make: Callable[[AwsSession, Scene], tuple[Engine, Mapping[str, object]]]
) -> Run:
    def run(
        case: Case, session: AwsSession, scene: Scene, *, progress: Progress = _go_on
    ) -> CollectResult:
        engine, question = make(session.in_region(HOME), scene)
        wanted = wanted_of(case, use, units_of(use, _scope(scene), question), again=False)
        return run_engine(case, use, engine, wanted, asked={}, progress=progress).collected

    return run


def _athena(session: AwsSession, _: Scene) -> tuple[Engine, Mapping[str, object]]:
    workplace = athena.Workplace(DATABASE, output=f"s3://{RESULTS}/")
    wish = athena.AthenaWish(*athena.look_at_table(session, workplace, TABLE))
    return athena.AthenaEngine(session, wish, workplace), wish.question


def _insights(session: AwsSession, scene: Scene) -> tuple[Engine, Mapping[str, object]]:
    wish = insights.InsightsWish(group_of(LOG_GROUP, scene.account, session))
    return insights.InsightsEngine(session, wish), wish.question


def _lake(session: AwsSession, scene: Scene) -> tuple[Engine, Mapping[str, object]]:
    wish = lake.LakeWish(look_at(session, scene.store))
    return lake.LakeEngine(session, wish), wish.question


SOURCES = {
    one.name: one
    for one in (
        Source(
            "lookup",
            _lookup,
            (MANAGEMENT, INSIGHT),
            brings=Call("cloudtrail", "LookupEvents"),
            words=("--region", ",".join(REGIONS)),
        ),
        Source(
            "s3",
            _s3,
            (MANAGEMENT, DATA, INSIGHT),
            brings=Call("s3", "GetObject"),
            # the days; what there is at all is listed before, and has folders only
            asks=Call("s3", "ListObjectsV2", {"Prefix": "*/20??/??/??/*"}),
        ),
        Source(
            "athena",
            _engine(athena.SOURCE, _athena),
            (MANAGEMENT, DATA),  # a table is over the log files; Insight files lie elsewhere
            brings=Call("athena", "GetQueryResults"),
            starts=Call("athena", "StartQueryExecution"),
            asks=Call("athena", "GetQueryExecution"),
            words=(
                *("--database", DATABASE, "--table", TABLE, "--output", f"s3://{RESULTS}/"),
                *("--region", ",".join(REGIONS)),
            ),
        ),
        Source(
            "insights",
            _engine(insights.SOURCE, _insights),
            (MANAGEMENT, DATA, INSIGHT),
            brings=Call("logs", "GetQueryResults"),
            starts=Call("logs", "StartQuery"),
            words=("--region", ",".join(REGIONS)),
        ),
        Source(
            "lake",
            _engine(lake.SOURCE, _lake),
            (MANAGEMENT, DATA),  # Insight events have stores of their own
            brings=Call("cloudtrail", "GetQueryResults"),
            starts=Call("cloudtrail", "StartQuery"),
            asks=Call("cloudtrail", "DescribeQuery"),
            words=("--region", ",".join(REGIONS)),
        ),
    )
}
