"""CloudTrail Lake: event data stores and their queries.

Source: CloudTrail API Reference, StartQuery and its siblings; CloudTrail User Guide, "CloudTrail
Lake" (SELECT only, 10,000 characters, ten queries at a time, results a thousand to a page) and
"CloudTrail Lake availability change" (no new customers since 2026-05-31).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import duck
from trailtui.sim.engines.duck import Answer, QueryFailedError
from trailtui.sim.engines.lake_columns import LAKE_COLUMNS
from trailtui.sim.engines.queries import EventDataStore, Query
from trailtui.sim.engines.shapes import shaped
from trailtui.sim.identity import Credential
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import Record, as_delivered, owner, region
from trailtui.sim.world import World

_LONGEST = 10_000
_AT_ONCE = 10
_LARGEST_PAGE = 1000
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TABLE = "event_data_store"


def add_store(
    world: World,
    *,
    account: str | None = None,
    region: str = "us-east-1",
    multi_region: bool = True,
    organisation: bool = False,
) -> EventDataStore:
    """Give an account an event data store, as one who had it before has."""
    number = world.new_uuid()
    holder = account or world.account
    arn = f"arn:aws:cloudtrail:{region}:{holder}:eventdatastore/{number}"
    store = EventDataStore(number, arn, "events", holder, region, multi_region, organisation)
    world.engines.stores[number] = store
    return store


def _own(world: World, call: ApiCall, caller: Credential) -> list[EventDataStore]:
    return [
        one
        for one in world.engines.stores.values()
        if (one.account, one.region) == (caller.account, call.region)
    ]


def _told(store: EventDataStore) -> dict[str, Dynamic]:
    return {
        "EventDataStoreArn": store.arn,
        "Name": store.name,
        "Status": store.status,
        "MultiRegionEnabled": store.multi_region,
        "OrganizationEnabled": store.organisation,
    }


def list_event_data_stores(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The caller's stores in the Region."""
    found = cast("list[Dynamic]", [_told(one) for one in _own(world, call, caller)])
    size = int(call.params.get("MaxResults", _LARGEST_PAGE))
    rows, more = page(call, found, size, "InvalidNextTokenException")
    return {"EventDataStores": rows, **({"NextToken": more} if more else {})}


def get_event_data_store(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """One store, by ARN or id."""
    wanted = str(call.params["EventDataStore"]).rpartition("/")[2]
    return _told(_store(world, call, caller, wanted))


def create_event_data_store(_world: World, _call: ApiCall, _caller: Credential) -> Dynamic:
    """AWS takes no new customers."""
    raise ServiceError(
        "AccessDeniedException", "CloudTrail Lake is no longer open to new customers."
    )


def _store(world: World, call: ApiCall, caller: Credential, number: str) -> EventDataStore:
    found = world.engines.stores.get(number)
    if found is None or found not in _own(world, call, caller):
        raise ServiceError(
            "EventDataStoreNotFoundException", f"The event data store {number} does not exist."
        )
    if found.status != "ENABLED":
        raise ServiceError("InactiveEventDataStoreException", "The event data store is inactive.")
    return found


def start_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    text = str(call.params.get("QueryStatement", ""))
    named = re.search(rf'\bFROM\s+["`]?({_ID.pattern})', text, re.IGNORECASE)
    if len(text) > _LONGEST or not re.match(r"\s*(SELECT|WITH)\b", text, re.IGNORECASE):
        raise ServiceError("InvalidQueryStatementException", "The query statement is not valid.")
    if named is None:
        raise ServiceError("InvalidQueryStatementException", "No event data store is named.")
    store = _store(world, call, caller, named[1])
    if len(world.engines.running(caller.account, call.region)) >= _AT_ONCE:
        raise ServiceError(
            "MaxConcurrentQueriesException", "You are already running the maximum of 10 queries."
        )
    query = Query(world.new_uuid(), caller.account, call.region, text, world.clock.now_ms())
    world.engines.add(query, lambda one: _carry_out(world, store, one))
    return {"QueryId": query.id}


def _carry_out(world: World, store: EventDataStore, query: Query) -> None:
    records = list(_records(world, store))
    query.scanned = len(records)
    query.scanned_bytes = sum(len(json.dumps(one)) for one in records)
    try:
        tree = duck.parse(query.text.replace(store.id, _TABLE))
        query.result = duck.run(tree, _TABLE, LAKE_COLUMNS, map(_row, records))
        query.matched = len(query.result.rows)
    except QueryFailedError as failure:
        query.failure = str(failure)


def _row(record: Record) -> dict[str, Dynamic]:
    row = shaped(record, LAKE_COLUMNS)
    at = row["eventtime"]
    row["eventtime"] = at.replace("T", " ").rstrip("Z") if isinstance(at, str) else None
    return {**row, "eventjson": json.dumps(record, separators=(",", ":"))}


def _records(world: World, store: EventDataStore) -> Iterator[Record]:
    """What a store of management and data events holds."""
    found = moto_trails.organisation_of(store.account)
    accounts = found.accounts if store.organisation and found else (store.account,)
    for record in world.records:
        if owner(record, world.account) not in accounts or "insightDetails" in record:
            continue
        if store.multi_region or region(record) == store.region:
            yield as_delivered(record)


def _query(world: World, call: ApiCall, caller: Credential) -> Query:
    wanted = str(call.params.get("QueryId", ""))
    query = world.engines.queries.get(wanted)
    if query is None or (query.account, query.region) != (caller.account, call.region):
        raise ServiceError("QueryIdNotFoundException", f"The query {wanted} does not exist.")
    return query


_STATES = ("RUNNING", "FAILED", "CANCELLED", "FINISHED")


def describe_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """How a query stands."""
    query = _query(world, call, caller)
    query.poll()
    state = query.state(*_STATES)
    told: dict[str, Dynamic] = {
        "QueryId": query.id,
        "QueryString": query.text,
        "QueryStatus": state,
        "QueryStatistics": {
            "BytesScanned": query.scanned_bytes if query.over else 0,
            "EventsMatched": query.matched,
            "EventsScanned": query.scanned,
            "ExecutionTimeInMillis": 1000,
        },
    }
    return {**told, "ErrorMessage": query.failure} if state == "FAILED" else told


def get_query_results(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A page of rows, each a list of single columns."""
    query = _query(world, call, caller)
    state = query.state(*_STATES)
    size = int(call.params.get("MaxQueryResults", _LARGEST_PAGE))
    if not 1 <= size <= _LARGEST_PAGE:
        raise ServiceError("InvalidMaxResultsException", "A page has 1 to 1000 rows.")
    if state != "FINISHED":
        return {"QueryStatus": state, "QueryResultRows": []}
    answer = cast("Answer", query.result)
    found = cast("list[Dynamic]", answer.rows)
    rows, more = page(call, found, size, "InvalidNextTokenException")
    names = [name for name, _ in answer.columns]
    shown = [[{n: "" if v is None else v} for n, v in zip(names, r, strict=True)] for r in rows]
    told: dict[str, Dynamic] = {
        "QueryStatus": state,
        "QueryStatistics": {
            "ResultsCount": len(rows),
            "TotalResultsCount": len(answer.rows),
            "BytesScanned": query.scanned_bytes,
        },
        "QueryResultRows": shown,
    }
    return {**told, "NextToken": more} if more else told


def cancel_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Stop a query that has not ended."""
    query = _query(world, call, caller)
    if query.over:
        raise ServiceError("InactiveQueryException", "The query is not running.")
    query.cancelled = True
    return {"QueryId": query.id, "QueryStatus": "CANCELLED"}


OPERATIONS = {
    "ListEventDataStores": list_event_data_stores,
    "GetEventDataStore": get_event_data_store,
    "CreateEventDataStore": create_event_data_store,
    "StartQuery": start_query,
    "DescribeQuery": describe_query,
    "GetQueryResults": get_query_results,
    "CancelQuery": cancel_query,
}
