"""The same records in a case and in DuckDB, and the same question to both.

DuckDB's table has CloudTrail Lake's schema; its columns are filled here from the decoded records,
by code that shares nothing with the query room, and sqlglot's own translation makes DuckDB's SQL.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import sqlglot

from trailtui.case.events import EventRow, by_ids, record_of
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.loading import Loader
from trailtui.collect.reading import acquire
from trailtui.model.identity import resolve_identity
from trailtui.query.context import Given
from trailtui.query.result import Result
from trailtui.query.sql import run_sql

NOW_MS = 1_780_000_000_000
Record = dict[str, Any]

_ISSUER = "type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR"
_IDENTITY = (
    "STRUCT(type VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, "
    "accessKeyId VARCHAR, userName VARCHAR, invokedBy VARCHAR, sessionContext STRUCT("
    "attributes STRUCT(creationDate TIMESTAMP, mfaAuthenticated BOOLEAN), "
    f"sessionIssuer STRUCT({_ISSUER}), sourceIdentity VARCHAR))"
)
_TEXTS = (
    "eventID", "eventName", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "requestID", "eventType", "eventCategory", "recipientAccountId", "eventVersion",
    "apiVersion", "sharedEventID", "vpcEndpointId",
)  # fmt: skip
_MAPS = ("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails")


def load(case: Case, records: Sequence[Record], origin: str = "test.json") -> None:
    """Put records into a case, as one file."""
    data = json.dumps(list(records)).encode()
    with case.writing():
        loader = Loader(case)
        loader.begin()
        loader.load(acquire(origin, data, hashlib.sha256(data).hexdigest()))


class Engines:
    """A case and DuckDB over the same records."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.duck = duckdb.connect()
        self.duck.execute("SET TimeZone = 'UTC'")
        columns = [
            "eventTime TIMESTAMP",
            *(f"{name} VARCHAR" for name in _TEXTS),
            f"userIdentity {_IDENTITY}",
            *(f"{name} MAP(VARCHAR, VARCHAR)" for name in _MAPS),
            "readOnly BOOLEAN",
            "managementEvent BOOLEAN",
            "resources STRUCT(accountId VARCHAR, type VARCHAR, ARN VARCHAR)[]",
            "tlsDetails STRUCT(tlsVersion VARCHAR, cipherSuite VARCHAR)",
            *(f"{name}_json VARCHAR" for name in _MAPS),
            "principal VARCHAR",
        ]
        self.duck.execute(f"CREATE TABLE events ({', '.join(columns)})")
        reader = RecordReader(case)
        ids = [row[0] for row in case.connection.execute("SELECT id FROM event_rows")]
        rows = [self._row(row, reader) for row in by_ids(case, ids)]
        marks = ", ".join("?" * len(columns))
        self.duck.executemany(f"INSERT INTO events VALUES ({marks})", rows)

    def _row(self, row: EventRow, reader: RecordReader) -> list[Any]:
        record = lowered(json.loads(record_of(self.case, row, reader)))
        identity = record.get("useridentity")
        values: list[Any] = [_time(record.get("eventtime"))]
        for name in _TEXTS:
            value = _text(record.get(name.lower()))
            if name == "recipientAccountId":  # the documented fall-back, see query-format.md
                value = value or row.account
            values.append(value)
        values.append(_identity(lowered(identity)) if isinstance(identity, dict) else None)
        values += [_map(record.get(name.lower())) for name in _MAPS]
        values += [_truth(record.get("readonly")), _truth(record.get("managementevent"))]
        resources = record.get("resources")
        values.append(
            [_pick(lowered(each), "accountId", "type", "ARN") for each in resources]
            if isinstance(resources, list)
            else None
        )
        tls = record.get("tlsdetails")
        values.append(_pick(lowered(tls), "tlsVersion", "cipherSuite") if tls else None)
        for name in _MAPS:
            value = record.get(name.lower())
            values.append(_text(value) if isinstance(value, dict) else None)
        values.append(resolve_identity(identity).principal)
        return values

    def ask(self, trino: str, given: Mapping[str, Given] | None = None) -> Result:
        """The case's answer."""
        return run_sql(self.case, trino, given, limit=1_000_000, present_ms=NOW_MS)

    def expected(self, trino: str, duck: str = "") -> list[tuple[Any, ...]]:
        """DuckDB's answer to the same question, in the form of a result."""
        text = duck or sqlglot.transpile(trino, read="trino", write="duckdb")[0]
        return [tuple(_shown(value) for value in row) for row in self.duck.execute(text).fetchall()]

    def agree(
        self,
        trino: str,
        duck: str = "",
        given: Mapping[str, Given] | None = None,
        *,
        ordered: bool = False,
    ) -> int:
        """Assert that both answer the same rows; gives how many there are."""
        answer = [tuple(_rounded(value) for value in row) for row in self.ask(trino, given).rows]
        expected = [tuple(_rounded(v) for v in row) for row in self.expected(trino, duck)]
        if ordered:
            assert answer == expected
        else:
            missing, extra = (
                Counter(expected) - Counter(answer),
                Counter(answer) - Counter(expected),
            )
            assert not missing and not extra, (trino, list(missing)[:3], list(extra)[:3])
        return len(answer)


def lowered(mapping: dict[str, Any]) -> dict[str, Any]:
    """Keys in lower case, as the engines of AWS see the fields of structs."""
    return {key.lower(): value for key, value in mapping.items()}


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    return json.dumps(value, separators=(",", ":"))


def _map(value: object) -> dict[str, str | None] | None:
    if not isinstance(value, dict):
        return None
    return {key: _text(item) for key, item in value.items()}


def _truth(value: object) -> bool | None:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    for layout in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S",
                   "%Y-%m-%d %H:%M:%S.%f"):  # fmt: skip
        try:
            at = datetime.strptime(value.removesuffix("Z"), layout)  # noqa: DTZ007 - all are UTC
            return at.replace(microsecond=at.microsecond // 1000 * 1000)
        except ValueError:
            continue
    return None


def _pick(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: _text(fields.get(name.lower())) for name in names}


def _identity(fields: dict[str, Any]) -> dict[str, Any]:
    context = lowered(fields.get("sessioncontext") or {})
    attributes = lowered(context.get("attributes") or {})
    issuer = lowered(context.get("sessionissuer") or {})
    made = _pick(
        fields, "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy"
    )
    made["sessionContext"] = {
        "attributes": {
            "creationDate": _time(attributes.get("creationdate")),
            "mfaAuthenticated": _truth(attributes.get("mfaauthenticated")),
        },
        "sessionIssuer": _pick(issuer, "type", "principalId", "arn", "accountId", "userName"),
        "sourceIdentity": _text(context.get("sourceidentity")),
    }
    return made


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        at = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        text = at.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{at.microsecond // 1000:03d}Z" if at.microsecond else f"{text}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(_within(value), separators=(",", ":"), ensure_ascii=False)
    return float(value) if isinstance(value, Decimal) else value


def _within(value: object) -> object:
    """What lies in a list or a map, as JSON has it."""
    if isinstance(value, list):
        return [_within(each) for each in value]
    if isinstance(value, dict):
        return {key: _within(each) for key, each in value.items()}
    return _shown(value)


def _rounded(value: object) -> object:
    return round(value, 9) if isinstance(value, float) else value
