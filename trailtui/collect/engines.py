"""Running a query engine over a scope: one query for all places of a slice, a few side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from trailtui.case.fetches import Fetch, Unit
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.prices import Price
from trailtui.collect.remaining import ask_for, would_ask_for
from trailtui.collect.remote_query import Engine, QueryFetcher, Question, Scanned, pause
from trailtui.collect.running import CollectResult, Progress, Stop, run_fetches
from trailtui.collect.scope import Scope, slices
from trailtui.collect.together import Group, bind, grouped, settle
from trailtui.model.times import now_ms

LANES = 4
"""Queries side by side. The engines take 10 (Lake) to 100 (Logs Insights) for the whole account:
whoever else works in it gets their share."""


@dataclass(frozen=True, slots=True)
class Source:
    """How an engine is used."""

    name: str
    price: Price
    slice_ms: int
    """Aligned pieces of time that are asked for one by one."""
    after_ms: int = 0
    """How far beyond the newest end is asked, where events are filed when they arrive."""


def first_question(source: Source, scope: Scope, question: Mapping[str, object]) -> Question:
    """What the newest slice asks, for whoever wants to read a query before it runs."""
    units = units_of(source, scope, question)
    return Question(units[0], scope.places, (units[0].since_ms, units[0].until_ms))


@dataclass(slots=True)
class EngineResult:
    """What a run of an engine did."""

    collected: CollectResult
    scanned: list[Scanned] = field(default_factory=list[Scanned])
    dollars: float = 0.0

    @property
    def scanned_bytes(self) -> int:
        """What all queries of the run read."""
        return sum(one.bytes for one in self.scanned)


def units_of(source: Source, scope: Scope, question: Mapping[str, object]) -> list[Unit]:
    """What is asked, newest slice first, each for all places."""
    return [
        Unit(source.name, place.account, place.region, start, end, question)
        for start, end in slices(scope.since_ms, scope.until_ms, source.slice_ms)
        for place in scope.places
    ]


def wanted_of(case: Case, source: Source, units: Sequence[Unit], *, again: bool) -> list[Fetch]:
    """The fetches that have to be asked; what a killed run left is settled first."""
    settle(case, source.name)
    return ask_for(case, units, again=again)


def would_ask(case: Case, units: Sequence[Unit], *, again: bool) -> list[Fetch]:
    """As wanted_of, and nothing is noted in the case: for an estimate."""
    return would_ask_for(case, units, again=again)


def run_engine(
    case: Case,
    source: Source,
    engine: Engine,
    wanted: Sequence[Fetch],
    *,
    asked: Mapping[str, object],
    progress: Progress = lambda _: True,
    wait: Callable[[float, Stop], bool] = pause,
    present_ms: Callable[[], int] = now_ms,
) -> EngineResult:
    """Ask an engine for fetches and store what comes; the cost is written into the action log.

    Args:
        case: open for writing, in this thread.
        source: which engine, and how it is used.
        engine: its words.
        wanted: from wanted_of.
        asked: what the user asked for, for the action log.
        progress: hears how it goes; its parts are queries.
        wait: how the lanes wait.
        present_ms: AWS's time; nothing is asked beyond it.
    """
    groups = grouped(wanted)
    bind(case, groups)
    fetcher = QueryFetcher(
        engine,
        {group.carrier.id: group.places for group in groups},
        _beyond_the_newest(source, wanted, present_ms()),
        wait=wait,
    )
    try:
        collected = run_fetches(
            case,
            source.name,
            [group.carrier for group in groups],
            fetcher,
            asked=asked,
            lane_of=lambda unit: unit.since_ms // source.slice_ms % LANES,
            lanes=LANES,
            progress=progress,
        )
    finally:
        dollars = sum(source.price.of(one.bytes) for one in fetcher.scanned)
        if not case.connection.in_transaction:
            _log_cost(case, source, fetcher.scanned, dollars)
    settle(case, source.name, [group.carrier.id for group in groups])
    _count_places(collected, groups)
    return EngineResult(collected, fetcher.scanned, dollars)


def _beyond_the_newest(
    source: Source, wanted: Sequence[Fetch], present_ms: int
) -> Callable[[Unit], int | None]:
    """The part after the newest unit: those before it go on in the unit that follows them."""
    newest = max((fetch.unit.until_ms for fetch in wanted), default=0)
    after_ms = max(0, min(source.after_ms, present_ms - newest))
    return lambda unit: after_ms if unit.until_ms == newest else None


def _log_cost(case: Case, source: Source, scanned: Sequence[Scanned], dollars: float) -> None:
    append(
        case,
        "collect",
        {
            "source": source.name,
            "scanned_bytes": sum(one.bytes for one in scanned),
            "dollars": round(dollars, 6),
            "queries": [[one.query, one.bytes] for one in scanned],
        },
    )


def _count_places(collected: CollectResult, groups: Sequence[Group]) -> None:
    """Say what was refused for every place of a query, not only for the one that carried it."""
    members = {_stretch(group.carrier.unit): group.fetches for group in groups}
    whole = collected.units == collected.done
    collected.refusals = [
        (fetch.unit, state, detail)
        for unit, state, detail in collected.refusals
        for fetch in members[_stretch(unit)]
    ]
    if whole:
        collected.units = collected.done = sum(len(group.fetches) for group in groups)


def _stretch(unit: Unit) -> tuple[int, int, str]:
    return unit.since_ms, unit.until_ms, unit.question_text
