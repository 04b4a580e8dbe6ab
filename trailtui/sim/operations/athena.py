"""Athena: queries over what lies in the buckets, with the rights of whoever asks.

Source: Athena API Reference, StartQueryExecution and its siblings; Athena User Guide, "Work with
query results" (where a result is written, and what its first row is).
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import cast

from sqlglot import exp

from trailtui.sim import moto_glue
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import duck
from trailtui.sim.engines.catalogue import Catalogue, Table
from trailtui.sim.engines.duck import Answer, Loaded, QueryFailedError
from trailtui.sim.engines.queries import Query, remember
from trailtui.sim.engines.scanning import read, rows_of
from trailtui.sim.engines.trino import TrinoError, named_apart, prepare
from trailtui.sim.identity import Credential
from trailtui.sim.operations.athena_results import column_info, written
from trailtui.sim.operations.athena_rights import Rights
from trailtui.sim.operations.paging import page
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_BAD = "InvalidRequestException"
_LARGEST_PAGE = 1000
_MOST_LISTED = 50
_SHOW = re.compile(
    r"\s*SHOW\s+(?:TABLES(?:\s+(?:IN|FROM)\s+[`\"]?(?P<database>\w+)[`\"]?)?|(?P<all>DATABASES|SCHEMAS))"
    r"\s*;?\s*",
    re.IGNORECASE,
)


def start_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    params = call.params
    token = str(params.get("ClientRequestToken", ""))
    known = world.engines.by_token.get((caller.account, call.region, token)) if token else None
    asked = {name: value for name, value in params.items() if name != "ClientRequestToken"}
    if known is not None:
        if world.engines.queries[known].asked["given"] != asked:
            raise ServiceError(_BAD, "Idempotent parameters do not match")
        return {"QueryExecutionId": known}
    output = _output(call, caller)
    query = Query(
        world.new_uuid(),
        caller.account,
        call.region,
        str(params["QueryString"]),
        world.clock.now_ms(),
        {"given": asked},
    )
    query.asked["result"] = f"{output}{query.id}.csv"
    if token:
        world.engines.by_token[caller.account, call.region, token] = query.id
    remember(query.id, [str(params.get("WorkGroup", "primary"))])
    world.engines.add(query, lambda one: _carry_out(world, call, caller, one))
    return {"QueryExecutionId": query.id}


def _output(call: ApiCall, caller: Credential) -> str:
    """Where the result goes: as the call says, or the work group; the group's word may be last."""
    name = str(call.params.get("WorkGroup", "primary"))
    group = moto_glue.work_group(caller.account, call.region, name)
    if group is None:
        raise ServiceError(_BAD, f"WorkGroup {name} is not found.")
    of_group = group.get("ResultConfiguration", {}).get("OutputLocation")
    of_call = call.params.get("ResultConfiguration", {}).get("OutputLocation")
    enforced = group.get("EnforceWorkGroupConfiguration") and of_group
    output = of_group if enforced else of_call or of_group
    if not output:
        raise ServiceError(
            _BAD,
            "No output location provided. An output location is required either through the "
            "Workgroup result configuration setting or as an API input.",
        )
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.\-]+(/.*)?", str(output)):
        raise ServiceError(_BAD, f"outputLocation is not a valid S3 path: {output}")
    return f"{str(output).rstrip('/')}/"


def _carry_out(world: World, call: ApiCall, caller: Credential, query: Query) -> None:
    began = time.perf_counter()
    rights = Rights(world, call, caller)
    given = query.asked["given"]
    database = str(given.get("QueryExecutionContext", {}).get("Database", "default")).lower()
    try:
        shown = _SHOW.fullmatch(query.text)
        tree = None if shown else duck.parse(query.text, given.get("ExecutionParameters", ()))
        is_select = isinstance(tree, exp.Query)
        query.asked["kind"] = "DML" if is_select else "UTILITY" if shown else "DDL"
        if not is_select:
            query.asked["result"] = query.asked["result"].removesuffix("csv") + "txt"
        place, _, name = str(query.asked["result"]).rpartition("/")
        rights.need_output(f"{place}/", name)
        catalogue = Catalogue(caller.account, call.region)
        if shown:
            query.result = _shown(shown, catalogue, database)
        elif isinstance(tree, exp.Query):
            query.result = _select(tree, catalogue, database, rights, query)
        elif isinstance(tree, exp.Create | exp.Drop):
            rights.need_change(tree, database)
            if not catalogue.carry_out(tree, database):
                raise QueryFailedError(f"NOT_SUPPORTED: {tree.key} {tree.kind} is not simulated")
            query.result = Answer((), [])
        else:
            raise QueryFailedError("NOT_SUPPORTED: the statement is not in this simulator")
    except QueryFailedError as failure:
        query.failure = str(failure)
    query.took_ms = max(1, round((time.perf_counter() - began) * 1000))


def _shown(words: re.Match[str], catalogue: Catalogue, database: str) -> Answer:
    """SHOW TABLES and SHOW DATABASES: a name a row."""
    place = (catalogue.account, catalogue.region)
    if words["all"]:
        names = moto_glue.databases(*place)
    else:
        wanted = (words["database"] or database).lower()
        if wanted not in moto_glue.databases(*place):
            raise QueryFailedError(f"SemanticException Database does not exist: {wanted}")
        names = sorted(moto_glue.tables(*place, wanted))
    return Answer((("tab_name", "string"),), [(name,) for name in names])


def _select(
    tree: exp.Query, catalogue: Catalogue, database: str, rights: Rights, query: Query
) -> Answer:
    try:
        apart, mentions = named_apart(tree)
        tables = {
            name: _table(catalogue, database, mention, rights) for name, mention in mentions.items()
        }
        columns = {name: {**one.columns, **one.partitions} for name, one in tables.items()}
        checked = prepare(apart, columns)
    except TrinoError as error:
        raise QueryFailedError(str(error)) from None
    now, loaded = rights.now, dict[str, Loaded]()
    for name, table in tables.items():
        rights.need_source(table)
        bucket = table.prefix()[0]
        try:
            found = read(table, name, checked.tree, now)
        except KeyError:
            raise QueryFailedError(
                f"HIVE_METASTORE_ERROR: the bucket {bucket} does not exist"
            ) from None
        for one in found:
            rights.need_s3("GetObject", bucket, one.key)
        query.scanned_bytes += sum(len(one.body) for one in found)
        loaded[name] = Loaded(columns[name], rows_of(table, found))
    (answer,) = duck.run([checked], loaded, now)
    return answer


def _table(catalogue: Catalogue, database: str, mention: exp.Table, rights: Rights) -> Table:
    within, name = (mention.db or database).lower(), mention.name.lower()
    rights.need_table(within, name)
    table = catalogue.table(within, name)
    if mention.catalog.lower() not in ("", "awsdatacatalog") or table is None:
        raise QueryFailedError(
            f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{within}.{name}' does not exist"
        )
    return table


def _query(world: World, call: ApiCall, caller: Credential, wanted: str) -> Query:
    query = world.engines.queries.get(wanted)
    ours = query is not None and "given" in query.asked
    if query is None or not ours or (query.account, query.region) != (caller.account, call.region):
        raise ServiceError(_BAD, f"QueryExecution {wanted} was not found")
    return query


_STATES = ("RUNNING", "FAILED", "CANCELLED", "SUCCEEDED")


def get_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """How a query stands. What it gave is written when it is first seen to have succeeded."""
    query = _query(world, call, caller, str(call.params["QueryExecutionId"]))
    return {"QueryExecution": _standing(world, query)}


def batch_get_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """How several queries stand; those that are not known are named."""
    found: list[Dynamic] = []
    unknown: list[Dynamic] = []
    for wanted in cast("list[str]", call.params["QueryExecutionIds"]):
        try:
            found.append(_standing(world, _query(world, call, caller, wanted)))
        except ServiceError as error:
            told = {"ErrorCode": "INVALID_INPUT", "ErrorMessage": error.message}
            unknown.append({"QueryExecutionId": wanted, **told})
    return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": unknown}


def _standing(world: World, query: Query) -> dict[str, Dynamic]:
    first = query.polls_left == world.engines.polls
    query.poll()
    state = query.state(*_STATES)
    given = query.asked["given"]
    started = query.started_ms / 1000
    status: dict[str, Dynamic] = {
        "State": "QUEUED" if state == "RUNNING" and first and query.polls_left > 0 else state,
        "SubmissionDateTime": datetime.fromtimestamp(started, UTC),
    }
    if state == "FAILED":
        status["StateChangeReason"] = query.failure
    if query.over:
        ended = datetime.fromtimestamp(started + query.took_ms / 1000, UTC)
        status["CompletionDateTime"] = ended
    if state == "SUCCEEDED":
        written(world, query)
    return {
        "QueryExecutionId": query.id,
        "Query": query.text,
        "StatementType": query.asked.get("kind", "DML"),
        "ResultConfiguration": {"OutputLocation": query.asked["result"]},
        "QueryExecutionContext": given.get("QueryExecutionContext", {}),
        "ExecutionParameters": given.get("ExecutionParameters"),
        "WorkGroup": given.get("WorkGroup", "primary"),
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        "Status": status,
        "Statistics": {
            "DataScannedInBytes": query.scanned_bytes if query.over else 0,
            "EngineExecutionTimeInMillis": query.took_ms,
            "TotalExecutionTimeInMillis": query.took_ms,
        },
    }


def get_query_results(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A page; the first one of a SELECT begins with the names of the columns."""
    query = _query(world, call, caller, str(call.params["QueryExecutionId"]))
    state = query.state(*_STATES)
    if state == "FAILED":
        message = f"Query did not finish successfully. Final query state: {state}"
        raise ServiceError(_BAD, message)
    if state != "SUCCEEDED":
        raise ServiceError(_BAD, f"Query has not yet finished. Current state: {state}")
    Rights(world, call, caller).check_result(str(query.asked["result"]))
    size = int(call.params.get("MaxResults", _LARGEST_PAGE))
    if not 1 <= size <= _LARGEST_PAGE:
        raise ServiceError(_BAD, "MaxResults is more than maximum allowed length 1000.")
    answer = cast("Answer", query.result)
    header = [tuple(name for name, _ in answer.columns)] if query.asked["kind"] == "DML" else []
    rows, more = page(call, cast("list[Dynamic]", [*header, *answer.rows]), size, _BAD)
    shown = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows]
    result: dict[str, Dynamic] = {
        "ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": column_info(answer)}},
        "UpdateCount": 0,
    }
    return {**result, "NextToken": more} if more else result


def stop_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Stop a query that has not ended."""
    query = _query(world, call, caller, str(call.params["QueryExecutionId"]))
    query.cancelled = query.cancelled or not query.over
    return {}


def list_query_executions(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """The ids of a work group's queries, newest first."""
    group = call.params.get("WorkGroup", "primary")
    found: list[Dynamic] = [
        one.id
        for one in reversed(list(world.engines.queries.values()))
        if (one.account, one.region) == (caller.account, call.region)
        and "given" in one.asked
        and one.asked["given"].get("WorkGroup", "primary") == group
    ]
    size = int(call.params.get("MaxResults") or _MOST_LISTED)
    rows, more = page(call, found, min(size, _MOST_LISTED), _BAD)
    return {"QueryExecutionIds": rows, **({"NextToken": more} if more else {})}


def get_table_metadata(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A table as the catalogue has it; needs the right to read it from Glue."""
    database, name = (str(call.params[one]).lower() for one in ("DatabaseName", "TableName"))
    try:
        Rights(world, call, caller).need_table(database, name)
    except QueryFailedError as refusal:
        raise ServiceError("MetadataException", str(refusal)) from None
    told = Catalogue(caller.account, call.region).told(database, name)
    if told is None:
        message = f"EntityNotFoundException: Entity Not Found ({database}.{name})"
        raise ServiceError("MetadataException", message)
    stored: dict[str, Dynamic] = told["StorageDescriptor"]
    properties = {
        **told.get("Parameters", {}),
        "location": stored.get("Location"),
        "inputformat": stored.get("InputFormat"),
        "outputformat": stored.get("OutputFormat"),
        "serde.serialization.lib": stored.get("SerdeInfo", {}).get("SerializationLibrary"),
    }
    return {
        "TableMetadata": {
            "Name": name,
            "TableType": told.get("TableType", "EXTERNAL_TABLE"),
            "Columns": stored["Columns"],
            "PartitionKeys": told.get("PartitionKeys", []),
            "Parameters": {key: value for key, value in properties.items() if value is not None},
        }
    }


OPERATIONS = {
    "StartQueryExecution": start_query_execution,
    "GetQueryExecution": get_query_execution,
    "BatchGetQueryExecution": batch_get_query_execution,
    "GetQueryResults": get_query_results,
    "StopQueryExecution": stop_query_execution,
    "ListQueryExecutions": list_query_executions,
    "GetTableMetadata": get_table_metadata,
}
