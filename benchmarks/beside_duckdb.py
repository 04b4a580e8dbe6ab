"""The records of a case in a DuckDB table with the columns that CloudTrail documents.

What the queries of a case are held against: the same records, the same SQL (sqlglot translates it,
with the corrections that the tests use), a column store that has every field unpacked.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from tests.query.translating import MAPS, Given, for_duckdb
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.model.record import Flags

_ISSUER = "type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR"
_IDENTITY = (
    "STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, accessKeyId VARCHAR,"
    " userName VARCHAR, invokedBy VARCHAR, sessionContext STRUCT(attributes STRUCT(creationDate "
    f"TIMESTAMP, mfaAuthenticated BOOLEAN), sessionIssuer STRUCT({_ISSUER}), "
    "sourceIdentity VARCHAR))"
)
_TEXTS = (
    "eventID", "eventName", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "requestID", "eventType", "eventCategory", "recipientAccountId", "eventVersion",
    "apiVersion", "sharedEventID", "vpcEndpointId",
)  # fmt: skip
_NESTED_MAPS = (
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "serviceEventDetails",
)
_TYPES = {
    "eventTime": "TIMESTAMP",
    **dict.fromkeys(_TEXTS, "VARCHAR"),
    "userIdentity": _IDENTITY,
    **dict.fromkeys(_NESTED_MAPS, "JSON"),
    "readOnly": "BOOLEAN",
    "managementEvent": "BOOLEAN",
    "resources": "STRUCT(accountId VARCHAR, type VARCHAR, ARN VARCHAR)[]",
    "tlsDetails": "STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR)",
}
_ROWS = """
SELECT s.text, e.evidence, e.offset, e.length, e.flags FROM event_rows e
LEFT JOIN strings s ON s.id = e.principal ORDER BY e.evidence, e.offset
"""


def opened(case: Case, path: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB over the records of a case; the table is made once and kept in the file `path`."""
    there = path.is_file()
    connection = duckdb.connect(str(path))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 2")
    if not there:
        lines = path.with_suffix(".jsonl")
        _write_lines(case, lines)
        _make_table(connection, lines)
        lines.unlink()
    return connection


def _write_lines(case: Case, path: Path) -> None:
    """Each record with its principal, which only the case knows, on a line."""
    import json

    reader = RecordReader(case)
    with path.open("wb") as file:
        for principal, evidence, offset, length, flags in case.connection.execute(_ROWS):
            raw = reader.read(evidence, offset, length, in_string=bool(flags & Flags.IN_STRING))
            name = json.dumps(principal).encode()
            file.write(b'{"principal":' + name + b',"r":' + raw.replace(b"\n", b" ") + b"}\n")


def _make_table(connection: duckdb.DuckDBPyConnection, lines: Path) -> None:
    struct = ", ".join(f'"{name}" {kind}' for name, kind in _TYPES.items())
    columns = [
        f"from_json(r.{name}, '\"MAP(VARCHAR, VARCHAR)\"') AS {name}, "
        f"CAST(r.{name} AS VARCHAR) AS {name}_json"
        if name.lower() in MAPS
        else f"r.{name} AS {name}"
        for name in _TYPES
    ]
    connection.execute(
        f"CREATE TABLE events AS SELECT {', '.join(columns)}, principal FROM read_json('{lines}', "
        f"format = 'newline_delimited', columns = {{principal: 'VARCHAR', r: 'STRUCT({struct})'}})"
    )


def asked(
    connection: duckdb.DuckDBPyConnection, trino: str, given: Mapping[str, Given], rows: int
) -> tuple[float, int]:
    """Milliseconds until all rows that a case would give are there, and how many they are."""
    text = for_duckdb(trino, given)
    started = time.perf_counter()
    found: list[Any] = connection.execute(text).fetchmany(rows)
    return (time.perf_counter() - started) * 1000, len(found)
