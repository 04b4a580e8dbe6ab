"""What event history has and the log files lack: a lead only where nothing else explains it."""

from pathlib import Path

from tests.case.coverage_scenes import (
    ACCOUNT,
    MIDNIGHT_MS,
    asked,
    log_file,
    trail_call,
)
from tests.records import record, write_log_file
from trailtui.case.conflicts import flag_conflicts
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.case.leads import find_leads, missing_from_files
from trailtui.collect.files import collect_files
from trailtui.collect.storing import Brought, Document, Store, read_document
from trailtui.model.times import HOUR_MS


def missing(case: Case) -> list[tuple[str, str]]:
    return [
        (lead.event.event_id, lead.sure.partition(":")[0])
        for lead in missing_from_files(case)
        if lead.event is not None
    ]


def test_an_event_that_the_files_of_its_hour_lack(case: Case) -> None:
    three = [record(number) for number in range(3)]
    asked(case, "lookup", State.FETCHED, records=three)
    asked(case, "s3", State.FETCHED, records=[three[0], three[2]], name=log_file())
    assert missing(case) == [(three[1]["eventID"], "strong")]
    (lead,) = find_leads(case)
    assert "2 other events of that hour" in lead.why


def test_the_order_of_collecting_does_not_matter(case: Case) -> None:
    three = [record(number) for number in range(3)]
    asked(case, "s3", State.FETCHED, records=[three[0]], name=log_file())
    asked(case, "lookup", State.FETCHED, records=three)
    assert [event for event, _ in missing(case)] == [each["eventID"] for each in three[1:]]


def test_files_that_are_not_here_whole_prove_nothing(case: Case) -> None:
    asked(case, "lookup", State.FETCHED, records=[record(0), record(1)])
    asked(case, "s3", State.PARTIAL, records=[record(0)], detail="1 object could not be had")
    assert missing(case) == []
    asked(case, "s3", State.FETCHED, region="eu-west-1", records=[])
    assert missing(case) == []


def test_the_delivery_delay_has_to_be_over(case: Case) -> None:
    late = record(0, eventTime="2026-03-01T23:50:00Z")
    asked(case, "lookup", State.FETCHED, records=[late])
    asked(case, "s3", State.FETCHED, records=[record(1)], name=log_file())
    assert missing(case) == []  # its file may bear the next day's date
    asked(case, "s3", State.EMPTY, hours=(24, 48))
    assert missing(case) == [(late["eventID"], "fair")]


def test_what_no_trail_logged_is_no_lead(case: Case) -> None:
    stop = trail_call("StopLogging", 100)
    asked(case, "lookup", State.FETCHED, records=[record(0), stop, record(200)])
    asked(case, "s3", State.FETCHED, records=[record(0), stop], name=log_file())
    assert missing(case) == []


def test_what_selectors_leave_out_is_no_lead(case: Case) -> None:
    narrow = {"trailName": "main", "eventSelectors": [{"readWriteType": "WriteOnly"}]}
    put = trail_call("PutEventSelectors", 10, requestParameters=narrow)
    write = record(30, eventName="CreateUser", readOnly=False)
    asked(case, "lookup", State.FETCHED, records=[put, record(20), write])
    asked(case, "s3", State.FETCHED, records=[put], name=log_file())
    assert missing(case) == [(write["eventID"], "strong")]


def test_files_from_disk_are_a_weak_reason(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs" / ACCOUNT / "CloudTrail" / "us-east-1" / "2026" / "03" / "01"
    write_log_file(folder / "a.json.gz", [record(0)])
    collect_files(case, [str(tmp_path)])
    asked(case, "lookup", State.FETCHED, records=[record(0), record(1)])
    assert missing(case) == [(record(1)["eventID"], "weak")]


def test_a_file_that_could_not_be_read_may_hold_it(case: Case) -> None:
    asked(case, "lookup", State.FETCHED, records=[record(0), record(1)])
    fetch = asked(case, "s3", State.FETCHED, records=[record(0)], name=log_file())
    broken = Document(log_file(number=2), b'{"Records": [{"eventVersion"')
    Store(case).store([Brought(fetch, (read_document(broken),), {})])
    asked(case, "s3", State.FETCHED)
    assert missing(case) == [(record(1)["eventID"], "weak")]


def test_another_content_in_the_file_is_a_lead_of_its_own(case: Case) -> None:
    asked(case, "lookup", State.FETCHED, records=[record(0)])
    asked(case, "s3", State.FETCHED, records=[record(0, userAgent="altered")], name=log_file())
    with case.writing():
        assert flag_conflicts(case) == 2
    (lead,) = find_leads(case)
    assert lead.kind == "differs-from-files"
    assert "another record under this event id" in lead.why


def test_insight_events_and_those_of_other_sources_are_none(case: Case) -> None:
    insight = record(0, eventCategory="Insight", eventType="AwsCloudTrailInsight")
    asked(case, "lookup", State.FETCHED, records=[insight], question={"category": "insight"})
    asked(case, "athena", State.FETCHED, records=[record(1)])
    asked(case, "s3", State.FETCHED, records=[record(2)], name=log_file())
    assert find_leads(case) == []


def digest(hour: int) -> Document:
    stamp = f"20260301T{hour:02d}1500Z"
    name = f"{ACCOUNT}_CloudTrail-Digest_us-east-1_main_us-east-1_{stamp}.json.gz"
    body = f'{{"digestStartTime": "{hour}", "digestS3Bucket": "trail"}}'.encode()
    return Document(f"s3://trail/AWSLogs/{ACCOUNT}/CloudTrail-Digest/{name}", body)


def test_hours_without_a_digest(case: Case) -> None:
    fetch = asked(case, "s3", State.FETCHED, records=[record(0)], name=log_file())
    documents = tuple(read_document(digest(hour)) for hour in (1, 2, 3, 7, 8))
    Store(case).store([Brought(fetch, documents, {})])
    asked(case, "s3", State.FETCHED)
    (lead,) = find_leads(case)
    assert (lead.kind, lead.at_ms) == ("digest-missing", MIDNIGHT_MS + int(3.25 * HOUR_MS))
    assert "between 2026-03-01T03:15:00Z and 2026-03-01T07:15:00Z" in lead.why
