"""Pages by keyset, filters, entity summaries: the same as sorting and filtering in Python."""

import hashlib
import json
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import START, Record, record
from trailtui.case.coverage import hours, looked_at, problems, summarize_coverage
from trailtui.case.entities import summarize_entities
from trailtui.case.events import EventFilter, count, find, first_and_last_ms, page
from trailtui.case.file import Case
from trailtui.case.loading import Loader
from trailtui.case.marks import (
    add_note,
    judge_entity,
    notes,
    pin_event,
    pins,
    tag_event,
    the_event,
    unpin_event,
)
from trailtui.collect.reading import acquire
from trailtui.model.entity import Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.times import TimeWindow


def _some_records(number: int) -> list[Record]:
    chance = random.Random(4)
    made: list[Record] = []
    for n in range(number):
        at = START + timedelta(seconds=chance.randrange(7200))
        changes: Record = {
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sourceIPAddress": chance.choice(["198.51.100.7", "203.0.113.9", "192.0.2.1"]),
            "eventName": chance.choice(["ListUsers", "CreateUser", "GetObject"]),
            "readOnly": chance.choice([True, False, None]),
            "awsRegion": chance.choice(["us-east-1", "eu-west-1"]),
        }
        if chance.random() < 0.2:
            changes["errorCode"] = "AccessDenied"
        made.append(record(n, **changes))
    return made


RECORDS = _some_records(500)


@pytest.fixture
def filled(case: Case) -> Case:
    data = json.dumps(RECORDS).encode()
    with case.writing():
        loader = Loader(case)
        loader.begin()
        loader.load(acquire("f", data, hashlib.sha256(data).hexdigest()))
    return case


def _ids(records: list[Record]) -> set[str]:
    return {made["eventID"] for made in records}


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("limit", [1, 7, 499, 500, 501])
def test_pages_give_every_event_once_in_order(filled: Case, newest: bool, limit: int) -> None:
    seen = []
    after = None
    while True:
        found = page(filled, after=after, limit=limit, newest_first=newest)
        seen += found.rows
        if not found.has_more:
            break
        after = found.rows[-1].id
    assert len(seen) == 500
    assert {row.event_id for row in seen} == _ids(RECORDS)
    times = [row.time_ms for row in seen]
    assert times == sorted(times, reverse=newest)


def test_scrolling_back_gives_the_rows_before(filled: Case) -> None:
    rows = page(filled, limit=500).rows
    assert page(filled, before=rows[100].id, limit=30).rows == rows[70:100]
    backwards = page(filled, limit=500, newest_first=True).rows
    assert page(filled, before=backwards[9].id, limit=30, newest_first=True).rows == backwards[:9]


conditions = st.fixed_dictionaries(
    {
        "ips": st.sets(st.sampled_from(["198.51.100.7", "203.0.113.9", "8.8.8.8"]), max_size=2),
        "region": st.sampled_from([None, "eu-west-1"]),
        "errors": st.booleans(),
        "writes": st.booleans(),
        "since": st.none() | st.integers(0, 7200),
        "until": st.none() | st.integers(0, 7200),
    }
)


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Case:
    case = Case.create(tmp_path_factory.mktemp("c") / "c.case")
    data = json.dumps(RECORDS).encode()
    with case.writing():
        loader = Loader(case)
        loader.begin()
        loader.load(acquire("f", data, hashlib.sha256(data).hexdigest()))
    return case


@settings(max_examples=60, deadline=None)
@given(conditions)
def test_filters_are_what_python_says(filled_once: Case, wanted: dict[str, object]) -> None:
    base = int(START.timestamp() * 1000)
    since, until = wanted["since"], wanted["until"]
    entities = [Entity("ip", ip) for ip in sorted(wanted["ips"])]  # type: ignore[call-overload]
    if wanted["region"]:
        entities.append(Entity("region", str(wanted["region"])))
    chosen = EventFilter(
        tuple(entities),
        TimeWindow(
            None if since is None else base + since * 1000,  # type: ignore[operator]
            None if until is None else base + until * 1000,  # type: ignore[operator]
        ),
        errors=bool(wanted["errors"]),
        writes=bool(wanted["writes"]),
    )

    def meets(made: Record) -> bool:
        second = (START.fromisoformat(made["eventTime"]) - START).total_seconds()
        return (
            (not wanted["ips"] or made["sourceIPAddress"] in wanted["ips"])  # type: ignore[operator]
            and (not wanted["region"] or made["awsRegion"] == wanted["region"])
            and (not wanted["errors"] or "errorCode" in made)
            and (not wanted["writes"] or made["readOnly"] is False)
            and (since is None or second >= since)
            and (until is None or second < until)
        )

    expected = _ids([made for made in RECORDS if meets(made)])
    assert {row.event_id for row in page(filled_once, chosen, limit=1000).rows} == expected
    assert count(filled_once, chosen) == len(expected)


def test_entities_are_counted(filled: Case) -> None:
    found = {s.entity.value: s for s in summarize_entities(filled, "ip")}
    for ip, summary in found.items():
        theirs = [made for made in RECORDS if made["sourceIPAddress"] == ip]
        assert summary.events == len(theirs)
        assert summary.errors == sum("errorCode" in made for made in theirs)
    judge_entity(filled, Entity("ip", "192.0.2.1"), "indicator", "seen in the alert")
    judged = {s.entity.value: s.verdict for s in summarize_entities(filled, "ip")}
    assert judged["192.0.2.1"] == "indicator"
    assert judged["198.51.100.7"] is None


def test_notes_tags_and_pins(filled: Case) -> None:
    event = the_event(filled, RECORDS[3]["eventID"])
    add_note(filled, "see here", event=event.id)
    tag_event(filled, event, "initial-access")
    pin_event(filled, event, reason="the first call", step="who")
    again = the_event(filled, f"#{event.id}")
    assert (again.pinned, again.tags) == (True, ("initial-access",))
    assert [pin.reason for pin in pins(filled, step="who")] == ["the first call"]
    assert notes(filled)[0].event == event.id
    assert count(filled, EventFilter(pinned=True)) == 1
    unpin_event(filled, event)
    assert pins(filled) == []
    with pytest.raises(InputError, match="note is empty"):
        add_note(filled, "  ")
    with pytest.raises(InputError, match="no event nope"):
        the_event(filled, "nope")


def test_an_empty_case_says_that_nothing_was_looked_at(case: Case) -> None:
    assert "nothing was looked at" in looked_at(case)
    assert page(case).rows == ()
    assert first_and_last_ms(case) is None
    assert summarize_coverage(case).events == 0
    assert find(case, "sha256:zz") == []


def test_coverage_adds_up(filled: Case) -> None:
    found = summarize_coverage(filled)
    assert (found.records, found.events, found.sightings) == (500, 500, 0)
    assert sum(hour.events for hour in hours(filled)) == 500
    assert problems(filled) == []
    assert "500 events" in looked_at(filled)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AKIAEXAMPLEALICE0000", "credential"),
        ("arn:aws:iam::111122223333:role/x", "principal"),
        ("arn:aws:s3:::b", "resource"),
        ("111122223333", "account"),
        ("eu-west-1", "region"),
        ("2001:db8::1", "ip"),
        ("ec2.amazonaws.com", "ip"),
        ("agent:curl/8", "agent"),
    ],
)
def test_what_a_typed_value_means(text: str, kind: str) -> None:
    assert guess_entity(text).kind == kind


def test_a_value_that_could_be_anything_is_refused() -> None:
    with pytest.raises(InputError, match="which"):
        guess_entity("alice")
