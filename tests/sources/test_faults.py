"""All that can go wrong with a call, in every source: what can be had comes, the rest is said.

"Once" is waited out where waiting helps. "For ever" lets the first answers through; the case then
shows what is missing and why, and the same run again, when all is well, fetches the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.sources import SOURCES, Call, Source
from tests.sources.stage import Stage, staged
from trailtui.aws.errors import CredentialsExpired
from trailtui.case.coverage_words import summary_sentences
from trailtui.case.covered import read_coverage
from trailtui.case.events import page
from trailtui.case.fetches import Fetch, State, all_fetches
from trailtui.case.file import Case
from trailtui.collect.running import CollectResult

EVENTS = 240
PASSING = (
    "throttle", "error500_before", "error500_after", "drop_before", "drop_after", "truncate",
    "latency",
)  # fmt: skip
"""What asking again helps against, or patience."""
SAID = {
    "throttle": ("throttl",),
    "error500_before": ("fail",),
    "error500_after": ("fail",),
    "drop_before": ("connect", "reach"),
    "drop_after": ("connect", "reach"),
    "truncate": ("no usable answer", "broke off", "fail"),
    "expired": ("expired",),
}
"""Of each fault, words of which one has to stand in the reason."""

EVERY = [
    pytest.param(source, call, id=f"{source.name}-{call.operation}")
    for source in SOURCES.values()
    for call in source.calls
]
_OF_ALL_CALLS = ("throttle", "drop_after")
"""Played on whatever a source calls; the others on what brings records."""
WENT_WRONG = [
    pytest.param(source, call, kind, id=f"{source.name}-{call.operation}-{kind}")
    for source in SOURCES.values()
    for call in source.calls
    for kind in (PASSING if call == source.brings else _OF_ALL_CALLS)
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(EVENTS, hours=1) as made:
        made.account.world.engines.polls = 0  # a query ends even where nobody asks for it
        yield made


@pytest.fixture(autouse=True)
def _calm(impatient: None, no_faults_left: None) -> None: ...


def play(stage: Stage, call: Call, kind: str, times: int | None, after: int = 0) -> None:
    seconds = 0.02 if kind == "latency" else 0
    stage.account.faults.add(
        call.service, call.operation, kind, times, seconds=seconds, after=after, where=call.where
    )


def collect(case: Case, stage: Stage, source: Source) -> CollectResult:
    return source.run(case, stage.session, stage.scene)


def ids(case: Case) -> list[str]:
    return sorted(row.event_id for row in page(case, limit=10 * EVENTS).rows)


def answers(stage: Stage, source: Source, since: int) -> int:
    """How many answers with records came through."""
    made = stage.account.calls.of(source.brings.operation, since=since)
    return sum(one.service == source.brings.service and one.error_code is None
               and one.fault is None for one in made)  # fmt: skip


def documents(case: Case) -> int:
    """How many answers with records are in the case; what was made of an answer is none."""
    rows = case.connection.execute(
        "SELECT count(*) FROM evidence_origins o JOIN evidence e ON e.id = o.evidence "
        "WHERE e.fetch IS NOT NULL AND e.kind <> 'derived'"
    )
    return int(rows.fetchone()[0])


def lacking(case: Case) -> list[Fetch]:
    return [fetch for fetch in all_fetches(case) if not fetch.state.whole]


def the_rest_comes(case: Case, stage: Stage, source: Source) -> None:
    """Without the fault, the same run completes the case; nothing is there twice."""
    stage.account.faults.clear()
    result = collect(case, stage, source)
    assert result.whole, result.refusals
    assert not lacking(case)
    assert ids(case) == stage.ids(*source.holds)
    assert case.connection.execute("SELECT count(*) FROM sightings").fetchone() == (0,)


def the_case_says_it(case: Case, source: Source, words: tuple[str, ...]) -> None:
    """What is missing is missing in the coverage, with its state and reason."""
    missing = [one for one in lacking(case) if one.state is not State.PLANNED]
    assert missing
    reasons = [one.detail.lower() for one in missing if one.state is not State.RUNNING]
    assert reasons
    assert all(any(word in reason for word in words) for reason in reasons), reasons
    found = read_coverage(case)
    assert found is not None
    said = "\n".join(summary_sentences(found))
    assert f"{source.name} {missing[0].state} in " in said or missing[0].state is State.RUNNING
    layers = [cover for place in found.places for cover in place.layers]
    window = found.until_ms - found.since_ms
    assert any(cover.looked_ms < window for cover in layers if cover.layer.source == source.name)


@pytest.mark.parametrize(("source", "call", "kind"), WENT_WRONG)
def test_once_it_is_waited_out(
    stage: Stage, case: Case, source: Source, call: Call, kind: str
) -> None:
    play(stage, call, kind, 1)
    result = collect(case, stage, source)
    assert result.whole, result.refusals
    assert ids(case) == stage.ids(*source.holds)


@pytest.mark.parametrize(("source", "call", "kind"), WENT_WRONG)
def test_for_ever_it_ends_with_what_could_be_had(
    stage: Stage, case: Case, source: Source, call: Call, kind: str
) -> None:
    play(stage, call, kind, None, after=1)
    mark = len(stage.account.calls)
    result = collect(case, stage, source)
    had = ids(case)
    if kind == "latency":
        assert result.whole
        assert had == stage.ids(*source.holds)
        return
    assert not result.whole
    assert result.stopped_by is None
    assert set(had) < set(stage.ids(*source.holds))
    assert documents(case) == answers(stage, source, mark)
    the_case_says_it(case, source, SAID[kind])
    if kind == "throttle":
        assert {State.THROTTLED, State.PARTIAL} & {one.state for one in lacking(case)}
    the_rest_comes(case, stage, source)


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize(("source", "call"), EVERY)
def test_what_is_denied_is_said_with_the_permission(
    stage: Stage, case: Case, source: Source, call: Call, times: int | None
) -> None:
    play(stage, call, "access_denied", times, after=1)
    result = collect(case, stage, source)
    assert not result.whole
    assert result.stopped_by is None
    permission = {"ListObjectsV2": "s3:ListBucket"}.get(
        call.operation, f"{call.service}:{call.operation}"
    )
    the_case_says_it(case, source, (permission.lower(),))
    assert {one.state for one in lacking(case)} <= {State.DENIED, State.PARTIAL}
    the_rest_comes(case, stage, source)


@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
@pytest.mark.parametrize(("source", "call"), EVERY)
def test_expired_credentials_end_it_all(
    stage: Stage, case: Case, source: Source, call: Call, times: int | None
) -> None:
    play(stage, call, "expired", times, after=1)
    result = collect(case, stage, source)
    assert isinstance(result.stopped_by, CredentialsExpired)
    assert set(ids(case)) < set(stage.ids(*source.holds))
    the_case_says_it(case, source, SAID["expired"])
    the_rest_comes(case, stage, source)
