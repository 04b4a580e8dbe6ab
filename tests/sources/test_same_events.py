"""The same 5,000 events lie everywhere: each source has them, together they are each event once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.sources.scene import REGIONS
from tests.sources.sources import SOURCES, Source
from tests.sources.stage import Stage, staged
from trailtui.case.coverage_words import summary_sentences
from trailtui.case.covered import read_coverage
from trailtui.case.events import EventRow, page, places_of, record_of
from trailtui.case.evidence import RecordReader
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case

EVENTS = 5_000
NewCase = Callable[[], Case]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(EVENTS) as made:
        yield made


@pytest.fixture(autouse=True)
def _quick(impatient: None) -> None: ...


def collect(case: Case, stage: Stage, source: Source) -> None:
    result = source.run(case, stage.session, stage.scene)
    assert result.whole, result.refusals
    assert (result.conflicts, result.problems) == (0, 0)


def rows_of(case: Case) -> list[EventRow]:
    return page(case, limit=2 * EVENTS).rows


def shown(case: Case) -> dict[str, dict[str, object]]:
    """By event id, the record that a screen shows."""
    reader = RecordReader(case)
    return {row.event_id: json.loads(record_of(case, row, reader)) for row in rows_of(case)}


def originals(stage: Stage) -> dict[str, dict[str, object]]:
    return {record["eventID"]: record for record in stage.records}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_source_alone_fills_a_case_with_exactly_these_events(
    stage: Stage, new_case: NewCase, source: Source
) -> None:
    case = new_case()
    collect(case, stage, source)
    assert sorted(row.event_id for row in rows_of(case)) == stage.ids(*source.holds)
    assert {(f.unit.account, f.unit.region) for f in all_fetches(case)} == {
        (stage.scene.account, region) for region in REGIONS
    }
    records, made = originals(stage), shown(case)
    if source.name == "athena":  # it has columns; what they say is what the record says
        assert all(_says_nothing_else(made[one], records[one]) for one in made)
    else:
        assert all(made[one] == records[one] for one in made)
    _coverage_says_what_it_is(case, source)


def _coverage_says_what_it_is(case: Case, source: Source) -> None:
    found = read_coverage(case)
    assert found is not None
    said = "\n".join(summary_sentences(found))
    assert ("no data events" in said) == ("Data" not in source.holds)
    if "Insight" not in source.holds:
        assert "no Insight events" in said or "Insight events have a store of their own" in said


def _says_nothing_else(part: object, whole: object) -> bool:
    """Whether a record made of columns says only what the other one says."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            value is None or (key in whole and _says_nothing_else(value, whole[key]))
            for key, value in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(part) == len(whole)
            and all(map(_says_nothing_else, part, whole))
        )
    return part == whole


@pytest.mark.parametrize(
    "order", [("athena", "lookup", "insights", "lake", "s3"), ("s3", "lake", "insights",
              "lookup", "athena")], ids=["derived first", "derived last"]
)  # fmt: skip
def test_all_sources_together_give_each_event_once(
    stage: Stage, new_case: NewCase, order: tuple[str, ...]
) -> None:
    case = new_case()
    for name in order:
        collect(case, stage, SOURCES[name])
    assert sorted(row.event_id for row in rows_of(case)) == stage.ids()
    assert shown(case) == originals(stage)  # CloudTrail's own words, whatever came first
    brought = dict(
        case.connection.execute(
            "SELECT e.id, f.source FROM evidence e JOIN fetches f ON f.id = e.fetch"
        )
    )
    category = {event: str(record["eventCategory"]) for event, record in originals(stage).items()}
    for row in rows_of(case):
        seen = Counter(brought[evidence] for evidence, _, _ in places_of(case, row))
        kind = category[row.event_id]
        assert seen == {name: 1 for name in order if kind in SOURCES[name].holds}
    assert not case.connection.execute("SELECT 1 FROM event_rows WHERE variant > 0").fetchone()
