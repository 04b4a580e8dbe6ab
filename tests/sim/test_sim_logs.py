"""Logs Insights as it is called: groups, times, pages, states, single log events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sim.corpus import START, Record, corpus
from tests.sim.laboratory import outcome
from tests.simulated import empty_account
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.logs import attach

OTHER = "444455556666"
RECORDS = corpus(400, seed=3, hours=12, accounts=("111122223333", OTHER), insight_share=0.05)


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account(seed=3, at=START + timedelta(days=1)) as made:
        with made.unrecorded():
            for name in ("all", "empty"):
                made.actor(made.root).client("logs").create_log_group(logGroupName=name)
        made.adopt(RECORDS)
        attach(made.world, f"arn:aws:logs:us-east-1:{made.number}:log-group:all")
        with made.unrecorded():
            yield made


@pytest.fixture
def logs(account: SimulatedAccount) -> Any:
    return account.actor(account.root).client("logs")


def _asked(text: str = "fields @message", **more: Any) -> dict[str, Any]:
    times = {
        "startTime": int(START.timestamp()),
        "endTime": int(START.timestamp()) + 86400,
        "queryString": text,
    }
    return {**({} if "logGroupIdentifiers" in more else {"logGroupName": "all"}), **times, **more}


def _done(logs: Any, query: str) -> dict[str, Any]:
    while (told := logs.get_query_results(queryId=query))["status"] in ("Scheduled", "Running"):
        assert told["results"] == []
    return dict(told)


def _ids(told: dict[str, Any]) -> list[str]:
    cells = [cell for row in told["results"] for cell in row if cell["field"] == "@message"]
    return [json.loads(cell["value"])["eventID"] for cell in cells]


def test_an_attached_group_has_every_record_byte_for_byte(logs: Any) -> None:
    told = _done(logs, logs.start_query(**_asked())["queryId"])
    messages = {c["value"] for row in told["results"] for c in row if c["field"] == "@message"}
    assert messages == {json.dumps(record, separators=(",", ":")) for record in RECORDS}
    assert told["statistics"]["recordsScanned"] == len(RECORDS)
    assert told["statistics"]["bytesScanned"] == sum(map(len, messages))


def test_a_group_that_no_trail_writes_to_is_empty(logs: Any) -> None:
    query = logs.start_query(**_asked(logGroupIdentifiers=["empty"]))["queryId"]
    assert _done(logs, query)["results"] == []


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_both_ends_of_the_time_are_included(logs: Any, seconds: int) -> None:
    first = RECORDS[100]["eventTime"]
    since = int(_moment(RECORDS[100]))
    query = logs.start_query(**_asked(startTime=since, endTime=since + seconds))["queryId"]
    expected = [r["eventID"] for r in RECORDS if since <= _moment(r) <= since + seconds]
    assert first and sorted(_ids(_done(logs, query))) == sorted(expected)


def _moment(record: Record) -> float:
    from trailtui.sim.record_facts import event_time

    at = event_time(record)
    assert at is not None
    return at.timestamp()


def test_pages_give_every_row_once(logs: Any) -> None:
    query = logs.start_query(**_asked())["queryId"]
    _done(logs, query)
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        told = logs.get_query_results(queryId=query, maxItems=150, **token)
        assert len(told["results"]) <= 150
        found += _ids(told)
        if "nextToken" not in told:
            break
        token = {"nextToken": told["nextToken"]}
    assert sorted(found) == sorted(record["eventID"] for record in RECORDS)


def test_the_limit_cuts_and_the_statistics_say_so(logs: Any) -> None:
    for more in ({"limit": 7}, {"queryString": "fields @message | limit 7"}):
        told = _done(logs, logs.start_query(**_asked(**more))["queryId"])
        assert len(told["results"]) == 7
        assert told["statistics"]["recordsMatched"] == len(RECORDS)


def test_a_pointer_leads_to_the_whole_log_event(logs: Any) -> None:
    told = _done(logs, logs.start_query(**_asked("fields eventName | limit 1"))["queryId"])
    cells = {cell["field"]: cell["value"] for cell in told["results"][0]}
    whole = logs.get_log_record(logRecordPointer=cells["@ptr"])["logRecord"]
    assert json.loads(whole["@message"])["eventName"] == cells["eventName"]
    assert whole["@logStream"].endswith(json.loads(whole["@message"])["awsRegion"])
    assert outcome(logs.get_log_record, logRecordPointer="bm90aGluZw==") == (
        "ResourceNotFoundException"
    )


def test_queries_can_be_stopped_and_listed(account: SimulatedAccount, logs: Any) -> None:
    query = logs.start_query(**_asked("fields eventName"))["queryId"]
    assert logs.stop_query(queryId=query)["success"]
    assert logs.get_query_results(queryId=query)["status"] == "Cancelled"
    assert outcome(logs.stop_query, queryId=query) == "InvalidParameterException"
    listed = logs.describe_queries(logGroupName="all", status="Cancelled")["queries"]
    assert query in [one["queryId"] for one in listed]
    assert logs.describe_queries(logGroupName="empty", status="Cancelled")["queries"] == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"logGroupName": "nothing"}, "ResourceNotFoundException"),
        ({"logGroupNames": ["all"]}, "InvalidParameterException"),  # beside logGroupName
        ({"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:{OTHER}:log-group:all"]},
         "ResourceNotFoundException"),
        ({"logGroupIdentifiers": ["arn:aws:logs:us-east-1:111122223333:log-group:all:*"]},
         "InvalidParameterException"),
        ({"queryLanguage": "SQL", "queryString": "SELECT 1"}, "MalformedQueryException"),
        ({"queryString": "filter readOnly = 1"}, "MalformedQueryException"),
        ({"startTime": 2, "endTime": 1}, "InvalidParameterException"),
    ],
)  # fmt: skip
def test_refusals(logs: Any, more: dict[str, Any], code: str) -> None:
    assert outcome(logs.start_query, **_asked(**more)) == code


def test_a_refused_query_is_not_running(account: SimulatedAccount, logs: Any) -> None:
    before = len(account.world.engines.queries)
    assert outcome(logs.start_query, **_asked("filter readOnly = 1")) == "MalformedQueryException"
    assert len(account.world.engines.queries) == before
