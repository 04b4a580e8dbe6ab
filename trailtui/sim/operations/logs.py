"""Logs Insights over the log groups that trails send to; moto has the groups themselves.

Source: CloudWatch Logs API Reference, StartQuery, GetQueryResults, StopQuery, DescribeQueries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import cwli
from trailtui.sim.engines.queries import Query
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import Record, as_delivered, event_time, owner
from trailtui.sim.selection import delivers
from trailtui.sim.world import World

_MOST_GROUPS = 50
_AT_ONCE = 100


def start_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    params = call.params
    arns = _group_arns(call, caller)
    language = params.get("queryLanguage", "CWLI")
    if language != "CWLI":
        raise ServiceError("MalformedQueryException", f"{language} is not in this simulator")
    try:
        program = cwli.read(str(params.get("queryString", "")), params.get("limit"))
    except cwli.MalformedQueryError as error:
        raise ServiceError("MalformedQueryException", str(error)) from None
    if len(world.engines.running(caller.account, call.region)) >= _AT_ONCE:
        raise ServiceError("LimitExceededException", "Account maximum query concurrency reached.")
    query = Query(
        world.new_uuid(), caller.account, call.region, str(params["queryString"]),
        world.clock.now_ms(), {"groups": arns},
    )  # fmt: skip
    start_ms, end_ms = int(params["startTime"]) * 1000, int(params["endTime"]) * 1000
    if start_ms > end_ms:
        raise ServiceError("InvalidParameterException", "The start time is after the end time.")

    def work(one: Query) -> None:
        rows = list(_rows(world, arns, start_ms, end_ms))
        one.scanned = len(rows)
        one.scanned_bytes = sum(len(row["@message"]) for row in rows)
        one.result, one.matched = cwli.execute(program, rows)

    world.engines.add(query, work)
    return {"queryId": query.id}


def _group_arns(call: ApiCall, caller: Credential) -> list[str]:
    params = call.params
    named = [*params.get("logGroupIdentifiers", []), *params.get("logGroupNames", [])]
    named += [params["logGroupName"]] if "logGroupName" in params else []
    base = f"arn:aws:logs:{call.region}:{caller.account}:log-group:"
    arns = [one if str(one).startswith("arn:") else f"{base}{one}" for one in named]
    if not 1 <= len(arns) <= _MOST_GROUPS:
        raise ServiceError("InvalidParameterException", "Name 1 to 50 log groups.")
    for arn in arns:
        _, _, name = str(arn).partition(":log-group:")
        if not moto_trails.has_log_group(caller.account, call.region, name):
            raise ServiceError(
                "ResourceNotFoundException", f"Log group '{name}' does not exist for account."
            )
    return [str(one) for one in arns]


def _rows(world: World, arns: list[str], start_ms: int, end_ms: int) -> Iterator[cwli.Row]:
    """The log events of a stretch of time, both ends included, by when they were filed."""
    for number, record in enumerate(_sent(world, arns)):
        at = event_time(record)
        if at is None:
            continue
        filed_ms = int((at + timedelta(seconds=world.log_delay_seconds)).timestamp() * 1000)
        if start_ms <= filed_ms <= end_ms:
            shown = at + timedelta(seconds=world.log_delay_seconds)
            yield {
                **cwli.flat(record),
                "@message": json.dumps(record, separators=(",", ":")),
                "@timestamp": shown.strftime("%Y-%m-%d %H:%M:%S.000"),
                "@ptr": f"ptr{number:08d}",
                "@logStream": "trail",
            }


def _sent(world: World, arns: list[str]) -> Iterator[Record]:
    """The records that trails send to any of the groups."""
    for number, record in enumerate(world.records):
        for trail in world.trails.arns():
            state = world.trails.in_force(trail, number)
            if state is None or (state.log_group or "").removesuffix(":*") not in arns:
                continue
            organisation = moto_trails.organisation_of(state.account)
            members = organisation.accounts if organisation else (state.account,)
            if delivers(state, record, owner(record, world.account), members):
                yield as_delivered(record)
                break


def _query(world: World, call: ApiCall, caller: Credential) -> Query:
    wanted = str(call.params.get("queryId", ""))
    query = world.engines.queries.get(wanted)
    if query is None or (query.account, query.region) != (caller.account, call.region):
        raise ServiceError("ResourceNotFoundException", f"The query {wanted} does not exist.")
    return query


_STATES = ("Running", "Failed", "Cancelled", "Complete")


def get_query_results(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """State, rows and statistics in one answer."""
    query = _query(world, call, caller)
    query.poll()
    state = query.state(*_STATES)
    return {
        "queryLanguage": "CWLI",
        "status": state,
        "results": query.result if state == "Complete" else [],
        "statistics": {
            "recordsMatched": float(query.matched if query.over else 0),
            "recordsScanned": float(query.scanned if query.over else 0),
            "bytesScanned": float(query.scanned_bytes if query.over else 0),
        },
    }


def stop_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Stop a query that has not ended."""
    query = _query(world, call, caller)
    if query.over:
        raise ServiceError("InvalidParameterException", "Query is not in a running state.")
    query.cancelled = True
    return {"success": True}


def describe_queries(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The queries of the account and Region."""
    found = [
        {
            "queryId": one.id,
            "queryString": one.text,
            "status": one.state(*_STATES),
            "createTime": one.started_ms,
        }
        for one in world.engines.queries.values()
        if (one.account, one.region) == (caller.account, call.region) and "groups" in one.asked
    ]
    return {"queries": found}


OPERATIONS = {
    "StartQuery": start_query,
    "GetQueryResults": get_query_results,
    "StopQuery": stop_query,
    "DescribeQueries": describe_queries,
}
