"""Athena: queries over what lies in the buckets, with the rights of whoever asks.

Source: Athena API Reference, StartQueryExecution and its siblings; Athena User Guide, "Identity
and access management": the caller needs the rights on S3 and Glue that the query uses.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import cast

from sqlglot import exp

from trailtui.sim import authorization, moto_trails
from trailtui.sim.context import context_of
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines import duck
from trailtui.sim.engines.catalogue import Catalogue, Table, hive_type
from trailtui.sim.engines.duck import Answer, QueryFailedError
from trailtui.sim.engines.queries import Query
from trailtui.sim.engines.scanning import pruned, rows_of
from trailtui.sim.identity import Credential
from trailtui.sim.moto_trails import StoredObject
from trailtui.sim.operations.paging import page
from trailtui.sim.policy import Question
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World

_BAD = "InvalidRequestException"
_LARGEST_PAGE = 1000
_LEAST_BYTES = 0


def start_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Run a query at once; it is said to run for a poll or so."""
    params = call.params
    token = str(params.get("ClientRequestToken", ""))
    known = world.engines.by_token.get((caller.account, call.region, token)) if token else None
    if known is not None:
        if world.engines.queries[known].text != params["QueryString"]:
            raise ServiceError(_BAD, "Idempotent parameters do not match")
        return {"QueryExecutionId": known}
    output = params.get("ResultConfiguration", {}).get("OutputLocation")
    if not output:
        message = (
            "No output location provided. An output location is required either through the "
            "Workgroup result configuration setting or as an API input."
        )
        raise ServiceError(_BAD, message)
    query = Query(
        world.new_uuid(),
        caller.account,
        call.region,
        str(params["QueryString"]),
        world.clock.now_ms(),
        {**params, "output": str(output)},
    )
    if token:
        world.engines.by_token[caller.account, call.region, token] = query.id
    world.engines.add(query, lambda one: _carry_out(world, call, caller, one))
    return {"QueryExecutionId": query.id}


def _carry_out(world: World, call: ApiCall, caller: Credential, query: Query) -> None:
    rights = _Rights(world, call, caller)
    catalogue = world.engines.catalogue(caller.account, call.region)
    asked = query.asked
    database = str(asked.get("QueryExecutionContext", {}).get("Database", "default")).lower()
    try:
        rights.need_output(str(asked["output"]))
        tree = duck.parse(query.text, asked.get("ExecutionParameters", ()))
        if isinstance(tree, exp.Create | exp.Drop):
            rights.need_glue_change(tree, database)
        if catalogue.carry_out(tree, database):
            query.result = Answer((), [])
        else:
            query.result = _select(tree, catalogue, database, rights, query)
        _write_result(query, world)
    except QueryFailedError as failure:
        query.failure = str(failure)


def _select(
    tree: exp.Expr, catalogue: Catalogue, database: str, rights: _Rights, query: Query
) -> Answer:
    if not isinstance(tree, exp.Query):
        raise QueryFailedError(f"NOT_SUPPORTED: {tree.key} is not supported here")
    own = {str(one.alias).lower() for one in tree.find_all(exp.CTE)}
    named = {
        ((one.db or database).lower(), one.name.lower())
        for one in tree.find_all(exp.Table)
        if one.name.lower() not in own
    }
    if len(named) != 1:
        raise QueryFailedError("NOT_SUPPORTED: a query here is about one table")
    key = named.pop()
    rights.need_glue(*key)
    table = catalogue.tables.get(key)
    if table is None:
        raise QueryFailedError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{'.'.join(key)}' not found")
    rights.need_source(table)
    try:
        read = pruned(table, tree)
    except KeyError as bucket:
        raise QueryFailedError(f"The specified bucket does not exist: {bucket}") from None
    for name in read:
        rights.need("s3", "GetObject", f"arn:aws:s3:::{table.prefix()[0]}/{name}")
    query.scanned_bytes = max(_LEAST_BYTES, sum(len(body) for _, body in read.values()))
    columns = {**table.columns, **table.partitions}
    answer = duck.run(tree, table.name, columns, rows_of(table, read))
    lowered = tuple((name.lower(), kind) for name, kind in answer.columns)
    return Answer(lowered, answer.rows)


class _Rights:
    """What the caller may do besides; a missing right fails the query, not the call."""

    def __init__(self, world: World, call: ApiCall, caller: Credential) -> None:
        self._world = world
        self._call = call
        self._caller = caller
        self._view = world.iam.view(caller.account)

    def need(self, service: str, action: str, resource: str) -> None:
        """Raises QueryFailedError where no policy allows it."""
        layers = authorization.layers_of(self._caller, self._view)
        if layers is None:
            return
        context = context_of(self._call, self._caller, self._view, self._world.clock.now())
        name = f"{service}:{action}"
        why = authorization.ask(layers, Question(name, resource, context))
        if why is not None:
            raise QueryFailedError(
                f"Access denied: {self._caller.arn} is not authorized to perform: {name} on "
                f"resource: {resource} {why} (Service: Amazon {service.upper()}; Status Code: 403)"
            )

    def need_glue(self, database: str, table: str) -> None:
        """To read a table's definition."""
        for resource in self._catalogue(database, table):
            self.need("glue", "GetTable", resource)

    def need_glue_change(self, tree: exp.Create | exp.Drop, database: str) -> None:
        """To make or drop a database or a table."""
        named = tree.find(exp.Table)
        what = "Database" if tree.kind in ("DATABASE", "SCHEMA") else "Table"
        verb = "Create" if isinstance(tree, exp.Create) else "Delete"
        name = named.name.lower() if named is not None else ""
        within = (named.db or database).lower() if named is not None else database
        chosen = (name, None) if what == "Database" else (within, name)
        for resource in self._catalogue(*chosen):
            self.need("glue", f"{verb}{what}", resource)

    def need_source(self, table: Table) -> None:
        """To list and read what a table is made of."""
        bucket, _ = table.prefix()
        self.need("s3", "ListBucket", f"arn:aws:s3:::{bucket}")

    def need_output(self, location: str) -> None:
        """To write a result."""
        bucket, _, key = location.removeprefix("s3://").partition("/")
        if moto_trails.bucket_owner(bucket) is None:
            raise QueryFailedError(f"The S3 location provided to save your query results is "
                                   f"invalid: {location} (the bucket does not exist)")  # fmt: skip
        self.need("s3", "GetBucketLocation", f"arn:aws:s3:::{bucket}")
        self.need(
            "s3", "PutObject", f"arn:aws:s3:::{bucket}/{key.rstrip('/')}/*".replace("//", "/")
        )

    def _catalogue(self, database: str, table: str | None) -> list[str]:
        base = f"arn:aws:glue:{self._call.region}:{self._caller.account}:"
        found = [f"{base}catalog", f"{base}database/{database}"]
        return [*found, f"{base}table/{database}/{table}"] if table else found


def _write_result(query: Query, world: World) -> None:
    bucket, _, prefix = str(query.asked["output"]).removeprefix("s3://").partition("/")
    answer = cast("Answer", query.result)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([name for name, _ in answer.columns])
    writer.writerows(answer.rows)
    key = f"{prefix.rstrip('/')}/{query.id}.csv".lstrip("/")
    stored = StoredObject(bucket, key, text.getvalue().encode(), world.clock.now(), {})
    moto_trails.put_object(stored)


def _query(world: World, call: ApiCall, caller: Credential) -> Query:
    wanted = str(call.params["QueryExecutionId"])
    query = world.engines.queries.get(wanted)
    if query is None or (query.account, query.region) != (caller.account, call.region):
        raise ServiceError(_BAD, f"QueryExecution {wanted} was not found")
    return query


_STATES = ("RUNNING", "FAILED", "CANCELLED", "SUCCEEDED")


def get_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """How a query stands."""
    query = _query(world, call, caller)
    query.poll()
    state = query.state(*_STATES)
    status: dict[str, Dynamic] = {
        "State": state,
        "SubmissionDateTime": datetime.fromtimestamp(query.started_ms / 1000, UTC),
    }
    if state == "FAILED":
        status["StateChangeReason"] = query.failure
    return {
        "QueryExecution": {
            "QueryExecutionId": query.id,
            "Query": query.text,
            "ResultConfiguration": {"OutputLocation": query.asked["output"]},
            "QueryExecutionContext": query.asked.get("QueryExecutionContext", {}),
            "WorkGroup": query.asked.get("WorkGroup", "primary"),
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": query.scanned_bytes if query.over else 0,
                "TotalExecutionTimeInMillis": 1000,
            },
        }
    }


def get_query_results(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A page; the first one begins with the names of the columns."""
    query = _query(world, call, caller)
    state = query.state(*_STATES)
    if state != "SUCCEEDED":
        raise ServiceError(_BAD, f"Query has not yet finished. Current state: {state}")
    size = int(call.params.get("MaxResults", _LARGEST_PAGE))
    if not 1 <= size <= _LARGEST_PAGE:
        raise ServiceError(_BAD, "MaxResults is more than maximum allowed length 1000.")
    answer = cast("Answer", query.result)
    header = [tuple(name for name, _ in answer.columns)] if answer.columns else []
    rows, more = page(call, cast("list[Dynamic]", [*header, *answer.rows]), size, _BAD)
    info = [
        {
            "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name,
            "Type": kind, "Precision": 0, "Scale": 0, "Nullable": "UNKNOWN",
            "CaseSensitive": kind == "varchar",
        }
        for name, kind in answer.columns
    ]  # fmt: skip
    shown = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows]
    result: dict[str, Dynamic] = {
        "ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": info}},
        "UpdateCount": 0,
    }
    return {**result, "NextToken": more} if more else result


def stop_query_execution(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """Stop a query that has not ended."""
    query = _query(world, call, caller)
    query.cancelled = query.cancelled or not query.over
    return {}


def get_table_metadata(world: World, call: ApiCall, caller: Credential) -> Dynamic:
    """A table as the catalogue has it; needs the right to read it from Glue."""
    key = (str(call.params["DatabaseName"]).lower(), str(call.params["TableName"]).lower())
    try:
        _Rights(world, call, caller).need_glue(*key)
    except QueryFailedError as refusal:
        raise ServiceError("MetadataException", str(refusal)) from None
    table = world.engines.catalogue(caller.account, call.region).tables.get(key)
    if table is None:
        message = f"EntityNotFoundException: Entity Not Found ({'.'.join(key)})"
        raise ServiceError("MetadataException", message)
    properties = {**table.properties, "location": table.location, "EXTERNAL": "TRUE"}
    return {
        "TableMetadata": {
            "Name": table.name,
            "TableType": "EXTERNAL_TABLE",
            "Columns": [{"Name": n, "Type": hive_type(k)} for n, k in table.columns.items()],
            "PartitionKeys": [
                {"Name": n, "Type": hive_type(k)} for n, k in table.partitions.items()
            ],
            "Parameters": properties,
        }
    }


OPERATIONS = {
    "StartQueryExecution": start_query_execution,
    "GetQueryExecution": get_query_execution,
    "GetQueryResults": get_query_results,
    "StopQueryExecution": stop_query_execution,
    "GetTableMetadata": get_table_metadata,
}
