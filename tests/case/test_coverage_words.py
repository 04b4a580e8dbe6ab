"""Coverage in sentences, rows and strips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.case.coverage_scenes import MIDNIGHT_MS, START_MS, asked
from tests.records import record
from trailtui.case.cells import Run
from trailtui.case.coverage import looked_at
from trailtui.case.coverage_rows import COLUMNS, gap_rows, hour_rows, source_rows
from trailtui.case.coverage_words import percent, summary_sentences
from trailtui.case.covered import Coverage, read_coverage
from trailtui.case.covering import Known
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.case.strip import LETTERS, PLAIN, legend, part_of, strip_of
from trailtui.model.times import HOUR_MS

DENIED = "AccessDenied: cloudtrail:LookupEvents. Ask for the permission."
ATTRIBUTE = {
    "category": "management",
    "attribute": ["AccessKeyId", "AKIA"],
    "filter": "AccessKeyId = AKIA",
}


@pytest.fixture
def several(case: Case) -> Case:
    """us-east-1 whole, eu-west-1 denied half the day, ap-south-1 asked for one key."""
    asked(case, "lookup", State.FETCHED, records=[record(n) for n in range(5)])
    asked(case, "lookup", State.DENIED, region="eu-west-1", hours=(0, 12), detail=DENIED)
    asked(case, "lookup", State.EMPTY, region="eu-west-1", hours=(12, 20))
    asked(case, "lookup", State.FETCHED, region="ap-south-1", question=ATTRIBUTE)
    return case


def covered(case: Case) -> Coverage:
    found = read_coverage(case)
    assert found is not None
    return found


def test_an_answer_says_what_was_asked_and_what_not(several: Case) -> None:
    said = looked_at(several)
    assert said.startswith("Looked at 5 events from 2026-03-01T08:00:00Z")
    assert "lookup in 2 pairs from 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z" in said
    assert "lookup (AccessKeyId = AKIA only) in 1 pair" in said
    assert "NOT looked at whole: lookup denied in 1 pair (12 hours)" in said
    assert "trailtui coverage test" in said


def test_a_case_that_was_asked_and_holds_nothing_says_so(case: Case) -> None:
    asked(case, "lookup", State.EMPTY)
    said = looked_at(case)
    assert "0 events" in said
    assert "asked: lookup in 1 pair" in said
    assert "NOT looked at" not in said


def test_what_is_left_of_a_fetch_is_what_lacks(case: Case) -> None:
    asked(case, "lookup", State.THROTTLED, hours=(0, 24), reached=6)
    assert "lookup throttled in 1 pair (6 hours)" in looked_at(case)


def test_the_summary_names_sources_shares_reasons_and_cures(several: Case) -> None:
    said = "\n".join(summary_sentences(covered(several)))
    assert "event history (LookupEvents): 5 events; asked in 2 account-Region pairs, 67 %" in said
    assert "denied in 1 pair (12 hours); not asked in 1 pair (4 hours)" in said
    assert f"lookup denied in 111122223333 eu-west-1: {DENIED}" in said
    assert "only AccessKeyId = AKIA" in said
    assert "Never asked: a trail's bucket, Athena" in said
    assert "24 hours of 1 pair filtered" in said


def test_rows_of_hours_and_gaps(several: Case) -> None:
    found = covered(several)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in hour_rows(found)]
    assert sum(int(str(row["events"])) for row in rows) == 5
    states = [row["state"] for row in rows if row["region"] == "eu-west-1"]
    assert states == ["denied", "empty", "unknown"]
    gaps = [dict(zip(COLUMNS, row, strict=True)) for row in gap_rows(found)]
    assert [(gap["region"], gap["source"], gap["state"]) for gap in gaps] == [
        ("ap-south-1", "all", "filtered"),
        ("eu-west-1", "all", "denied"),
        ("eu-west-1", "all", "unknown"),
        ("eu-west-1", "lookup", "denied"),
    ]
    assert [row[4] for row in source_rows(found)] == ["100 %", "33 %", "100 %"]


def test_what_lies_before_files_of_a_bucket_may_come_from_another_one(case: Case) -> None:
    asked(case, "s3", State.EMPTY, question={"bucket": "wrong", "root": "AWSLogs/"})
    asked(case, "s3", State.DENIED, question={"bucket": "right", "root": "AWSLogs/"}, detail="no")
    (place,) = covered(case).places
    assert {run.state for run in place.runs} == {"denied"}


def test_a_place_that_could_not_be_entered_and_then_could_is_whole(case: Case) -> None:
    asked(case, "lookup", State.DENIED, question={}, detail="no")
    asked(case, "lookup", State.EMPTY)
    (place,) = covered(case).places
    assert {run.state for run in place.runs} == {"empty"}


def test_a_case_without_anything_has_no_coverage(case: Case) -> None:
    assert read_coverage(case) is None
    assert read_coverage(case, (0, HOUR_MS)) is None


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "100 %"), (0.999, "99 %"), (0.001, "1 %"), (0.0, "0 %")]
)
def test_all_and_nothing_are_never_rounded_to(share: float, said: str) -> None:
    assert percent(share) == said


# Strips

STATES = [*Known]


@st.composite
def runs(draw: st.DrawFn) -> list[Run]:
    found: list[Run] = []
    at = START_MS
    for state, hours in draw(
        st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 40)), min_size=1, max_size=9)
    ):
        found.append(Run(at, at + hours * HOUR_MS, state))
        at += hours * HOUR_MS
    return found


@given(runs(), st.integers(1, 90), st.data())
def test_a_strip_hides_no_trouble_and_no_event(
    several: list[Run], width: int, data: st.DataObject
) -> None:
    since, until = several[0].since_ms, several[-1].until_ms
    hour = st.integers(0, (until - since) // HOUR_MS - 1).map(lambda n: since + n * HOUR_MS)
    hours = data.draw(st.dictionaries(hour, st.integers(1, 100), max_size=20))
    strip = strip_of(several, hours, width, PLAIN)
    assert len(strip) == width
    for at, letter in enumerate(strip):
        begin, end = part_of(since, until, width, at)
        states = {run.state for run in several if run.since_ms < end and run.until_ms > begin}
        troubled = {LETTERS[state] for state in states if state in LETTERS}
        if troubled:
            assert letter.upper() in troubled
            assert letter.isupper() == (states <= set(LETTERS))
        elif any(begin < one + HOUR_MS and one < end for one in hours):
            assert letter in "#o."
        else:
            assert letter in "?~-"


def test_a_strip_of_one_day() -> None:
    day = [
        Run(MIDNIGHT_MS, MIDNIGHT_MS + 8 * HOUR_MS, Known.DENIED),
        Run(MIDNIGHT_MS + 8 * HOUR_MS, MIDNIGHT_MS + 24 * HOUR_MS, Known.FETCHED),
    ]
    hours = {START_MS: 9, START_MS + 2 * HOUR_MS: 4}
    assert strip_of(day, hours, 24, PLAIN) == "DDDDDDDD#-o-------------"
    assert strip_of(day, hours, 5, PLAIN) == "Ddo--"
    assert strip_of([], {}, 3) == "   "
    assert all(len(line) < 90 for line in legend(PLAIN))
