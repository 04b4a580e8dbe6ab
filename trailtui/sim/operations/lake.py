"""CloudTrail Lake: event data stores and their queries.

A store has what its categories select, of its account or organisation, of one Region or of all.

Source: CloudTrail API Reference, StartQuery and its siblings; CloudTrail User Guide, "CloudTrail
Lake" (SELECT only, 10,000 characters, ten queries at a time, results a thousand to a page) and
"CloudTrail Lake availability change" (no new customers since 2026-05-31).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from sqlglot import exp

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import duck, lake_names
from trailtui.sim.engines.duck import Answer, Loaded, QueryFailedError
from trailtui.sim.engines.lake_columns import LAKE_COLUMNS
from trailtui.sim.engines.queries import EventDataStore, Query, remember
from trailtui.sim.engines.shapes import shaper
from trailtui.sim.engines.trino import Prepared, TrinoError, named_apart, prepare
from trailtui.sim.identity import Credential
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import category, event_time, owner, region
from trailtui.sim.world import World

_LONGEST = 10_000
_AT_ONCE = 10
_LARGEST_PAGE = 1000
_RETENTION_DAYS = 2557
_READABLE = ("ENABLED", "STOPPED_INGESTION")


def add_store(
    world: World,
    *,
    account: str | None = None,
    region: str = "us-east-1",
    multi_region: bool = True,
    organisation: bool = False,
    categories: tuple[str, ...] = ("Management", "Data", "NetworkActivity"),
) -> EventDataStore:
    """Give an account an event data store, as one who had it before has.

    Args:
        world: the account.
        account: whose it is; without it, the account's own.
        region: where it is.
        multi_region: whether it has the events of every Region.
        organisation: whether it has those of every account of the organisation.
        categories: which events it has, by eventCategory.
    """
    number = world.new_uuid()
    holder = account or world.account
    arn = f"arn:aws:cloudtrail:{region}:{holder}:eventdatastore/{number}"
    store = EventDataStore(
        number,
        arn,
        "events",
        holder,
        region,
        multi_region,
        organisation,
        categories,
        world.clock.now(),
    )
    world.engines.stores[number] = store
    return store


def _own(world: World, call: ApiCall, caller: Credential) -> list[EventDataStore]:
    return [
        one
        for one in world.engines.stores.values()
        if (one.account, one.region) == (caller.account, call.region)
    ]


def _told(store: EventDataStore) -> dict[str, Dynamic]:
    selectors = [
        {"Name": one, "FieldSelectors": [{"Field": "eventCategory", "Equals": [one]}]}
        for one in store.categories
    ]
    return {
        "EventDataStoreArn": store.arn,
        "Name": store.name,
        "Status": store.status,
        "AdvancedEventSelectors": selectors,
        "MultiRegionEnabled": store.multi_region,
        "OrganizationEnabled": store.organisation,
        "RetentionPeriod": _RETENTION_DAYS,
        "TerminationProtectionEnabled": True,
        "CreatedTimestamp": store.created_at,
        "UpdatedTimestamp": store.created_at,
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
    for store in _own(world, call, caller):
        if store.id == wanted:
            return _told(store)
    raise _unknown_store(wanted)


def create_event_data_store(_world: World, _call: ApiCall, _caller: Credential) -> Dynamic:
    """AWS takes no new customers."""
    raise ServiceError(
        "AccessDeniedException", "CloudTrail Lake is no longer open to new customers."
    )


def _unknown_store(number: str) -> ServiceError:
    return ServiceError(
        "EventDataStoreNotFoundException", f"The event data store {number} does not exist."
    )


def _invalid(why: str) -> ServiceError:
    return ServiceError(
        "InvalidQueryStatementException", f"The query statement is not valid: {why}"
    )


def _store(world: World, call: ApiCall, caller: Credential, number: str) -> EventDataStore:
    """A store that can be queried."""
    found = world.engines.stores.get(number)
    if found is None or found not in _own(world, call, caller):
        raise _unknown_store(number)
    if found.status not in _READABLE:
        raise ServiceError("InactiveEventDataStoreException", "The event data store is inactive.")
    return found


def start_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    params = call.params
    if "DeliveryS3Uri" in params or "QueryStatement" not in params:
        raise CannotDecideError("results in S3 and queries of dashboards are not simulated")
    if "QueryAlias" in params or "QueryParameters" in params:
        # Source: CloudTrail API Reference, StartQuery: only for the queries of dashboards.
        message = "QueryParameters go with a QueryAlias, not with a QueryStatement."
        raise ServiceError("InvalidParameterException", message)
    text = str(params["QueryStatement"])
    if len(text) > _LONGEST:
        raise _invalid(f"it has more than {_LONGEST} characters")
    stores, checked = _checked(world, call, caller, text)
    running = [one for one in world.engines.running(caller.account, call.region) if _is_ours(one)]
    if len(running) >= _AT_ONCE:
        raise ServiceError(
            "MaxConcurrentQueriesException", "You are already running the maximum of 10 queries."
        )
    about = {"stores": [one.id for one in stores.values()]}
    query = Query(world.new_uuid(), caller.account, call.region, text, world.clock.now_ms(), about)
    remember(query.id, about["stores"])
    world.engines.add(query, lambda one: _carry_out(world, stores, checked, one))
    if query.failure is not None and query.failure.startswith("SYNTAX_ERROR"):
        del world.engines.queries[query.id]
        raise _invalid(query.failure)
    return {"QueryId": query.id}


def _checked(
    world: World, call: ApiCall, caller: Credential, text: str
) -> tuple[dict[str, EventDataStore], Prepared]:
    """The stores that a query reads by the names it now calls them, and the query."""
    try:
        tree = duck.parse(lake_names.in_quotes(text))
        if not isinstance(tree, exp.Query):
            raise _invalid("only SELECT is allowed")
        apart, mentions = named_apart(tree)
        stores: dict[str, EventDataStore] = {}
        for name, mention in mentions.items():
            if not lake_names.is_id(mention.name) or mention.db:
                raise _invalid(f"{mention.name} is no event data store")
            stores[name] = _store(world, call, caller, mention.name)
        checked = prepare(apart, dict.fromkeys(stores, LAKE_COLUMNS), lake=True)
        checked.duck(world.clock.now())
    except (QueryFailedError, TrinoError) as failure:
        raise _invalid(str(failure)) from None
    if not stores:
        raise _invalid("no event data store is named")
    return stores, checked


def _carry_out(
    world: World, stores: dict[str, EventDataStore], checked: Prepared, query: Query
) -> None:
    began = time.perf_counter()
    now = world.clock.now()
    loaded: dict[str, Loaded] = {}
    for name, store in stores.items():
        rows = [_row(world, number) for number in _held(world, store)]
        query.scanned += len(rows)
        query.scanned_bytes += sum(len(row["eventjson"]) for row in rows)
        loaded[name] = Loaded(LAKE_COLUMNS, rows)
    counting = _counting(checked) if len(stores) == 1 else None
    try:
        query.result, *counted = duck.run([checked, *([counting] if counting else [])], loaded, now)
        query.matched = int(str(counted[0].rows[0][0])) if counted else len(query.result.rows)
    except QueryFailedError as failure:
        query.failure = str(failure)
    query.took_ms = max(1, round((time.perf_counter() - began) * 1000))


def _counting(checked: Prepared) -> Prepared | None:
    """Counts the events that fit the conditions, whatever the query makes of them."""
    tree = checked.tree.copy()
    if not isinstance(tree, exp.Select) or tree.find(exp.CTE, exp.Join):
        return None
    counting = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n"))
    for part in ("from_", "where"):
        counting.set(part, tree.args.get(part))
    return Prepared(counting, ("n",))


_shaped = shaper(LAKE_COLUMNS)


def _row(world: World, number: int) -> dict[str, Dynamic]:
    """A record in the columns of a store; made once, since records do not change."""
    known = world.engines.lake_rows.get(number)
    if known is not None:
        return known
    record = world.records[number]
    at = event_time(record)
    row = _shaped(record)
    row["eventtime"] = at.strftime("%Y-%m-%d %H:%M:%S.%f") if at is not None else None
    row["eventjson"] = json.dumps(record, separators=(",", ":"))
    world.engines.lake_rows[number] = row
    return row


def _held(world: World, store: EventDataStore) -> Iterator[int]:
    """The numbers of the records that a store holds."""
    found = moto_trails.organisation_of(store.account)
    accounts = found.accounts if store.organisation and found else (store.account,)
    for number, record in enumerate(world.records):
        if owner(record, world.account) not in accounts or category(record) not in store.categories:
            continue
        if store.multi_region or region(record) == store.region:
            yield number


def _is_ours(query: Query) -> bool:
    return "stores" in query.asked


def _query(world: World, call: ApiCall, caller: Credential) -> Query:
    wanted = str(call.params.get("QueryId", ""))
    query = world.engines.queries.get(wanted)
    ours = query is not None and _is_ours(query)
    if query is None or not ours or (query.account, query.region) != (caller.account, call.region):
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
            "EventsMatched": query.matched if query.over else 0,
            "EventsScanned": query.scanned if query.over else 0,
            "ExecutionTimeInMillis": query.took_ms,
            "CreationTime": _created(query),
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
        told = {"QueryStatus": state, "QueryResultRows": list[Dynamic]()}
        return {**told, "ErrorMessage": query.failure} if state == "FAILED" else told
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


def _created(query: Query) -> datetime:
    return datetime.fromtimestamp(query.started_ms / 1000, UTC)


def list_queries(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The queries of a store, newest first."""
    wanted = str(call.params["EventDataStore"]).rpartition("/")[2]
    _store(world, call, caller, wanted)
    status = call.params.get("QueryStatus")
    since, until = call.params.get("StartTime"), call.params.get("EndTime")
    if since is not None or until is not None:
        raise CannotDecideError("ListQueries by time is not simulated")
    found: list[Dynamic] = [
        {
            "QueryId": one.id,
            "QueryStatus": one.state(*_STATES),
            "CreationTime": _created(one),
        }
        for one in reversed(list(world.engines.queries.values()))
        if _is_ours(one) and wanted in one.asked["stores"] and one.account == caller.account
    ]
    found = [one for one in found if status in (None, one["QueryStatus"])]
    size = int(call.params.get("MaxResults", _LARGEST_PAGE))
    rows, more = page(call, found, size, "InvalidNextTokenException")
    return {"Queries": rows, **({"NextToken": more} if more else {})}


OPERATIONS = {
    "ListEventDataStores": list_event_data_stores,
    "GetEventDataStore": get_event_data_store,
    "CreateEventDataStore": create_event_data_store,
    "StartQuery": start_query,
    "DescribeQuery": describe_query,
    "GetQueryResults": get_query_results,
    "CancelQuery": cancel_query,
    "ListQueries": list_queries,
}
