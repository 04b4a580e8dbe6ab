"""Logs Insights over the log groups that trails send to; moto has the groups themselves.

Source: CloudWatch Logs API Reference, StartQuery, GetQueryResults, StopQuery, DescribeQueries,
GetLogRecord.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta

from trailtui.sim import moto_trails
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import cwli
from trailtui.sim.engines.queries import Query
from trailtui.sim.identity import Credential
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.record_facts import Record, as_delivered, event_time, owner, region
from trailtui.sim.selection import delivers
from trailtui.sim.world import World

_MOST_GROUPS = 50
_LARGEST_PAGE = 10_000
_MOST_DESCRIBED = 1000
_AT_ONCE = 100


def start_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    params = call.params
    groups = _groups(call, caller)
    language = params.get("queryLanguage", "CWLI")
    if language != "CWLI":
        raise ServiceError("MalformedQueryException", f"{language} is not in this simulator")
    try:
        program = cwli.read(str(params.get("queryString", "")), params.get("limit"))
    except cwli.MalformedQueryError as error:
        raise ServiceError("MalformedQueryException", str(error)) from None
    if len(world.engines.running(caller.account, call.region)) >= _AT_ONCE:
        raise ServiceError("LimitExceededException", "Account maximum query concurrency reached.")
    start_ms, end_ms = int(params["startTime"]) * 1000, int(params["endTime"]) * 1000
    if start_ms > end_ms:
        raise ServiceError("InvalidParameterException", "The start time is after the end time.")
    query = Query(
        world.new_uuid(), caller.account, call.region, str(params["queryString"]),
        world.clock.now_ms(), {"groups": groups, "caller": caller.arn},
    )  # fmt: skip

    def work(one: Query) -> None:
        rows = list(_rows(world, groups, range(start_ms, end_ms + 1)))
        one.scanned = len(rows)
        one.scanned_bytes = sum(len(row["@message"]) for row in rows)
        one.result, one.matched = cwli.execute(program, rows)

    try:
        world.engines.add(query, work)
    except cwli.MalformedQueryError as error:  # what an event makes of the query is not documented
        del world.engines.queries[query.id]
        raise ServiceError("MalformedQueryException", str(error)) from None
    return {"queryId": query.id}


def _groups(call: ApiCall, caller: Credential) -> list[str]:
    """ARNs of the log groups that a query is about, without the star at their end."""
    params = call.params
    given = [
        one for one in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if one in params
    ]
    if len(given) != 1:
        raise ServiceError(
            "InvalidParameterException",
            "Give exactly one of logGroupName, logGroupNames and logGroupIdentifiers.",
        )
    value: Dynamic = params[given[0]]
    named = [value] if given[0] == "logGroupName" else list(value)
    if not 1 <= len(named) <= _MOST_GROUPS:
        raise ServiceError("InvalidParameterException", "Name 1 to 50 log groups.")
    return [_group(call, caller, str(one)) for one in named]


def _group(call: ApiCall, caller: Credential, named: str) -> str:
    base = f"arn:aws:logs:{call.region}:{caller.account}:log-group:"
    if named.startswith("arn:") and named.endswith("*"):
        message = "An ARN of a log group has no * at its end here."
        raise ServiceError("InvalidParameterException", message)
    name = named.removeprefix(base)
    if name.startswith("arn:") or not moto_trails.has_log_group(caller.account, call.region, name):
        raise ServiceError(
            "ResourceNotFoundException", f"Log group '{name}' does not exist for account."
        )
    return f"{base}{name}"


def attach(world: World, group: str) -> None:
    """Let a log group have every record of the account and of others, without a trail.

    Args:
        world: the account.
        group: its ARN; the log group itself has to be made as any other.
    """
    world.engines.attached.add(group.removesuffix(":*"))


def _rows(world: World, groups: list[str], times_ms: range | None = None) -> Iterator[cwli.Row]:
    """The log events of groups, all or those that were filed in a stretch of time."""
    delay = timedelta(seconds=world.log_delay_seconds)
    for number, group, record in _sent(world, groups):
        at = event_time(record)
        if at is None or (
            times_ms is not None and int((at + delay).timestamp() * 1000) not in times_ms
        ):
            continue
        filed = (at + delay).strftime("%Y-%m-%d %H:%M:%S.000")
        account, place = owner(record, world.account), region(record)
        yield {
            **_fields(world, number),
            "@timestamp": filed,
            "@ingestionTime": filed,
            "@ptr": _pointer(group, number),
            "@logStream": f"{account}_CloudTrail_{place}",
            "@log": group.split(":", 4)[4].replace(":log-group:", ":"),
        }


def _fields(world: World, number: int) -> dict[str, str]:
    """A record's fields and itself; made once, since records do not change."""
    known = world.engines.log_rows.get(number)
    if known is None:
        record = as_delivered(world.records[number])
        known = {**cwli.flat(record), "@message": json.dumps(record, separators=(",", ":"))}
        world.engines.log_rows[number] = known
    return known


def _pointer(group: str, number: int) -> str:
    return base64.b64encode(f"{group}|{number}".encode()).decode()


def _sent(world: World, groups: list[str]) -> Iterator[tuple[int, str, Record]]:
    """What the groups hold: the record's number among all, the group, the record."""
    trails = list(world.trails.arns())
    for number, record in enumerate(world.records):
        reached = {group for group in groups if group in world.engines.attached}
        for trail in trails:
            state = world.trails.in_force(trail, number)
            group = (state.log_group or "").removesuffix(":*") if state else ""
            if state is None or group not in groups or group in reached:
                continue
            organisation = moto_trails.organisation_of(state.account)
            members = organisation.accounts if organisation else (state.account,)
            if delivers(state, record, owner(record, world.account), members):
                reached.add(group)
        for group in sorted(reached):
            yield number, group, record


def _query(world: World, call: ApiCall, caller: Credential) -> Query:
    wanted = str(call.params.get("queryId", ""))
    query = world.engines.queries.get(wanted)
    if query is None or (query.account, query.region) != (caller.account, call.region):
        raise ServiceError("ResourceNotFoundException", f"The query {wanted} does not exist.")
    return query


_STATES = ("Running", "Failed", "Cancelled", "Complete")


def get_query_results(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """State, statistics and a page of at most 10,000 rows in one answer."""
    query = _query(world, call, caller)
    query.poll()
    state = query.state(*_STATES)
    size = min(int(call.params.get("maxItems") or _LARGEST_PAGE), _LARGEST_PAGE)
    found: list[Dynamic] = query.result if state == "Complete" else []
    rows, more = page(call, found, size, "InvalidParameterException", token="nextToken")  # noqa: S106
    told: dict[str, Dynamic] = {
        "queryLanguage": "CWLI",
        "status": state,
        "results": rows,
        "statistics": {
            "recordsMatched": float(query.matched if query.over else 0),
            "recordsScanned": float(query.scanned if query.over else 0),
            "bytesScanned": float(query.scanned_bytes if query.over else 0),
            "logGroupsScanned": float(len(query.asked["groups"])),
        },
    }
    return {**told, "nextToken": more} if more else told


def get_log_record(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """All fields of one log event, by its @ptr."""
    wanted = str(call.params["logRecordPointer"])
    try:
        group, _, _ = base64.b64decode(wanted, validate=True).decode().partition("|")
    except ValueError:
        raise ServiceError("InvalidParameterException", "The pointer can't be read.") from None
    own = f"arn:aws:logs:{call.region}:{caller.account}:log-group:"
    for row in _rows(world, [group]) if group.startswith(own) else ():
        if row["@ptr"] == wanted:
            return {"logRecord": row}
    raise ServiceError("ResourceNotFoundException", "The log event does not exist.")


def stop_query(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Stop a query that has not ended."""
    query = _query(world, call, caller)
    if query.over:
        raise ServiceError("InvalidParameterException", "Query is not in a running state.")
    query.cancelled = True
    return {"success": True}


def describe_queries(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The queries of the account and Region, newest first."""
    name, wanted = call.params.get("logGroupName"), call.params.get("status")
    found: list[Dynamic] = [
        {
            "queryLanguage": "CWLI",
            "queryId": one.id,
            "queryString": one.text,
            "status": one.state(*_STATES),
            "createTime": one.started_ms,
            "logGroupName": one.asked["groups"][0].partition(":log-group:")[2],
            "userIdentity": one.asked["caller"],
        }
        for one in reversed(list(world.engines.queries.values()))
        if (one.account, one.region) == (caller.account, call.region) and "groups" in one.asked
    ]
    found = [one for one in found if wanted in (None, one["status"])]
    found = [one for one in found if name in (None, one["logGroupName"])]
    size = int(call.params.get("maxResults", _MOST_DESCRIBED))
    rows, more = page(call, found, size, "InvalidParameterException", token="nextToken")  # noqa: S106
    return {"queries": rows, **({"nextToken": more} if more else {})}


OPERATIONS = {
    "StartQuery": start_query,
    "GetQueryResults": get_query_results,
    "GetLogRecord": get_log_record,
    "StopQuery": stop_query,
    "DescribeQueries": describe_queries,
}
