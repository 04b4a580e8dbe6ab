"""CloudTrail Lake as it is called: stores, what they hold, queries, pages, refusals."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sim.corpus import START, Record, corpus
from tests.sim.laboratory import outcome
from tests.simulated import empty_account
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

OTHER = "444455556666"
RECORDS = corpus(1300, seed=5, hours=24, accounts=("111122223333", OTHER), insight_share=0.02)
OWN = [one for one in RECORDS if one["recipientAccountId"] != OTHER]


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account(seed=5, at=START + timedelta(days=2)) as made:
        made.adopt(RECORDS)
        with made.unrecorded():
            yield made


@pytest.fixture(scope="module")
def lake(account: SimulatedAccount) -> Any:
    return account.actor(account.root).client("cloudtrail")


@pytest.fixture(scope="module")
def store(account: SimulatedAccount) -> str:
    return add_store(account.world).id


def _finished(lake: Any, text: str) -> dict[str, Any]:
    query = lake.start_query(QueryStatement=text)["QueryId"]
    while (told := lake.describe_query(QueryId=query))["QueryStatus"] in ("QUEUED", "RUNNING"):
        assert lake.get_query_results(QueryId=query)["QueryResultRows"] == []
    return dict(told)


def _pages(lake: Any, query: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = lake.get_query_results(QueryId=query, **token)
        yield page
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _rows(lake: Any, text: str) -> list[dict[str, str]]:
    told = _finished(lake, text)
    assert told["QueryStatus"] == "FINISHED", told
    found: list[dict[str, str]] = []
    for page in _pages(lake, told["QueryId"]):
        assert len(page["QueryResultRows"]) <= 1000
        assert page["QueryStatistics"]["ResultsCount"] == len(page["QueryResultRows"])
        for row in page["QueryResultRows"]:
            assert all(len(cell) == 1 for cell in row)
            found.append({name: value for cell in row for name, value in cell.items()})
    return found


def _events(*categories: str) -> list[Record]:
    return [one for one in OWN if one["eventCategory"] in categories]


@pytest.mark.parametrize("categories", [("Management",), ("Management", "Data"), ("Insight",)])
def test_a_store_holds_the_categories_it_selects(
    account: SimulatedAccount, lake: Any, categories: tuple[str, ...]
) -> None:
    made = add_store(account.world, categories=categories)
    rows = _rows(lake, f"SELECT eventJson FROM {made.id}")
    held = sorted(json.loads(row["eventJson"])["eventID"] for row in rows)
    assert held == sorted(one["eventID"] for one in _events(*categories))
    told = lake.get_event_data_store(EventDataStore=made.arn)
    selected = [one["FieldSelectors"][0]["Equals"][0] for one in told["AdvancedEventSelectors"]]
    assert selected == list(categories)


def test_a_store_of_one_region(account: SimulatedAccount, lake: Any) -> None:
    made = add_store(account.world, multi_region=False, categories=("Management",))
    rows = _rows(lake, f"SELECT DISTINCT awsRegion FROM {made.id}")
    assert rows == [{"awsRegion": "us-east-1"}]


def test_the_shapes_of_the_user_guides_samples(lake: Any, store: str) -> None:
    events = _events("Management", "Data")
    counted = Counter((one["eventSource"], one["eventName"]) for one in events)
    rows = _rows(
        lake,
        "SELECT eventSource, eventName, COUNT(*) AS apiCount FROM "
        f"{store} WHERE eventTime > '2026-01-01 00:00:00' GROUP BY eventSource, eventName "
        "ORDER BY apiCount DESC",
    )
    assert {(one["eventSource"], one["eventName"]): int(one["apiCount"]) for one in rows} == counted
    assert [int(one["apiCount"]) for one in rows] == sorted(counted.values(), reverse=True)
    key = next(iter(next(one for one in events if one["requestParameters"])["requestParameters"]))
    having = [one for one in events if key in (one["requestParameters"] or {})]
    rows = _rows(
        lake,
        f"SELECT element_at(requestParameters, '{key}'), userIdentity.principalid, eventTime, "
        f"readOnly FROM {store} WHERE element_at(requestParameters, '{key}') IS NOT NULL "
        "AND responseElements IS NULL ORDER BY eventTime, eventID",
    )
    expected = sorted(
        (one for one in having if one["responseElements"] is None),
        key=lambda one: (one["eventTime"], one["eventID"]),
    )
    values = [one["requestParameters"][key] for one in expected]
    assert [one["_col0"] for one in rows] == [
        v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for v in values
    ]
    assert [one["eventTime"] for one in rows] == [
        one["eventTime"].replace("T", " ").replace("Z", ".000") for one in expected
    ]
    assert {one["readOnly"] for one in rows} <= {"true", "false"}
    assert list(rows[0]) == ["_col0", "principalid", "eventTime", "readOnly"]


def test_an_id_in_a_text_is_a_text(lake: Any, store: str) -> None:
    wanted = _events("Management")[3]
    text = f"SELECT eventName FROM {store} WHERE eventID = '{wanted['eventID']}'"
    assert _rows(lake, text) == [{"eventName": wanted["eventName"]}]
    both = f"SELECT '{store}' AS it FROM {store} WHERE eventID = '{wanted['eventID']}'"
    assert _rows(lake, both) == [{"it": store}]


def test_statistics_tell_what_was_scanned_and_matched(lake: Any, store: str) -> None:
    events = _events("Management", "Data")
    errors = [one for one in events if "errorCode" in one]
    for columns, more in (("eventID", "LIMIT 2"), ("count(*)", "")):
        told = _finished(
            lake, f"SELECT {columns} FROM {store} WHERE errorCode IS NOT NULL {more}"
        )["QueryStatistics"]  # fmt: skip
        assert told["EventsScanned"] == len(events)
        assert told["EventsMatched"] == len(errors)
        assert told["BytesScanned"] == sum(
            len(json.dumps(one, separators=(",", ":"))) for one in events
        )


def test_two_stores_can_be_joined(account: SimulatedAccount, lake: Any, store: str) -> None:
    data = add_store(account.world, categories=("Data",)).id
    text = f"SELECT count(*) AS n FROM {store} a JOIN {data} b ON a.eventID = b.eventID"
    assert _rows(lake, text) == [{"n": str(len(_events("Data")))}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DELETE FROM {store}", "InvalidQueryStatementException"),
        ("SELECT nope FROM {store}", "InvalidQueryStatementException"),
        ("SELECT userIdentity.nope FROM {store}", "InvalidQueryStatementException"),
        ("SELECT eventName FROM {store} WHERE readOnly = 'true'", "InvalidQueryStatementException"),
        ("SELECT eventName FROM events", "InvalidQueryStatementException"),
        ("SELECT 1", "InvalidQueryStatementException"),
        ("SELECT eventName FROM {store} WHERE", "InvalidQueryStatementException"),
        ("SELECT eventName FROM {store}; SELECT 1 FROM {store}", "InvalidQueryStatementException"),
        ("SELECT eventName FROM 00000000-0000-0000-0000-000000000000",
         "EventDataStoreNotFoundException"),
        ("SELECT 1 FROM {store} WHERE eventName = '" + "x" * 9990 + "'", "Invalid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_at_once(lake: Any, store: str, text: str, code: str) -> None:
    assert outcome(lake.start_query, QueryStatement=text.format(store=store)).startswith(code)


def test_refusals(account: SimulatedAccount, lake: Any, store: str) -> None:
    text = f"SELECT 1 AS x FROM {store}"
    start = lake.start_query
    assert outcome(start, QueryStatement=text, QueryParameters=["a"]) == "InvalidParameterException"
    assert outcome(start, QueryStatement=text, DeliveryS3Uri="s3://abc/x") == "NotImplemented"
    unknown = "00000000-0000-0000-0000-000000000000"
    assert outcome(lake.describe_query, QueryId=unknown) == "QueryIdNotFoundException"
    assert outcome(lake.get_event_data_store, EventDataStore=unknown) == (
        "EventDataStoreNotFoundException"
    )
    pending = add_store(account.world)
    pending.status = "PENDING_DELETION"
    assert outcome(start, QueryStatement=f"SELECT 1 AS x FROM {pending.id}") == (
        "InactiveEventDataStoreException"
    )
    foreign = add_store(account.world, account=OTHER)
    assert outcome(start, QueryStatement=f"SELECT 1 AS x FROM {foreign.id}") == (
        "EventDataStoreNotFoundException"
    )
    elsewhere = account.actor(account.root).client("cloudtrail", "eu-west-1")
    assert elsewhere.list_event_data_stores()["EventDataStores"] == []
    assert outcome(elsewhere.start_query, QueryStatement=text) == "EventDataStoreNotFoundException"


def test_ten_queries_at_a_time_and_one_is_cancelled(
    account: SimulatedAccount, lake: Any, store: str
) -> None:
    text = f"SELECT 1 AS x FROM {store} LIMIT 1"
    started = [lake.start_query(QueryStatement=text)["QueryId"] for _ in range(10)]
    assert outcome(lake.start_query, QueryStatement=text) == "MaxConcurrentQueriesException"
    assert lake.cancel_query(QueryId=started[0])["QueryStatus"] == "CANCELLED"
    assert lake.describe_query(QueryId=started[0])["QueryStatus"] == "CANCELLED"
    assert outcome(lake.cancel_query, QueryId=started[0]) == "InactiveQueryException"
    assert outcome(lake.start_query, QueryStatement=text) == "allowed"
    listed = lake.list_queries(EventDataStore=store, QueryStatus="CANCELLED")["Queries"]
    assert [one["QueryId"] for one in listed] == [started[0]]
    account.world.engines.queries.clear()


def test_a_value_that_can_not_be_cast_fails_the_query(lake: Any, store: str) -> None:
    told = _finished(lake, f"SELECT CAST(eventName AS bigint) FROM {store}")
    assert told["QueryStatus"] == "FAILED"
    assert "INVALID_CAST_ARGUMENT" in told["ErrorMessage"]
