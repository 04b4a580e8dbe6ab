"""Athena over a trail's bucket: for what one machine can't hold, an organisation's years.

One query for all places of a week, with the partitions of just these. Its rows are made into
records again (athena_rows); they are stored as derived, beside the answer as it came. Athena bills
what it reads (GetQueryExecution, DataScannedInBytes), at least 10 MB a query.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any

from trailtui.aws.errors import AccessDenied, CallError, NotFound, Refused, Throttled
from trailtui.aws.session import AwsSession
from trailtui.collect.athena_create import create_database, create_table
from trailtui.collect.athena_partitions import Keys, keys_of
from trailtui.collect.athena_rows import records_of
from trailtui.collect.athena_sql import statement
from trailtui.collect.athena_table import CATALOG, Table, describe_table
from trailtui.collect.engines import Source
from trailtui.collect.narrowing import EVERYTHING, Narrowing
from trailtui.collect.prices import ATHENA
from trailtui.collect.remote_query import Outcome, Page, Question, Standing, pause
from trailtui.collect.running import Stop
from trailtui.collect.storing import Document
from trailtui.model.times import HOUR_MS

SOURCE = Source("athena", ATHENA, 7 * 24 * HOUR_MS)
"""A week at a time: each query reads one day more than it asks for (late delivery)."""

HOLDS = "the log files of the trail: data events too where the trail selects them"
PAGE = 1000
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 5.0

_DENIED = re.compile(
    r"access denied|accessdenied|not authorized|insufficient permissions|\b403\b", re.IGNORECASE
)
_THROTTLED = re.compile(r"slow ?down|reduce your request rate|rate exceeded", re.IGNORECASE)
_TOO_MUCH = re.compile(r"exhausted resources|timed? ?out|exceeded .* time limit", re.IGNORECASE)
_PERMISSION = re.compile(r"\b((?:s3|glue|athena|kms|lakeformation):\w+)")
_UNKNOWN_QUERY = re.compile(r"was not found|does not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where queries run."""

    database: str
    work_group: str = "primary"
    output: str = ""
    """S3 URI for results; empty: the work group's own."""
    catalog: str = CATALOG

    def parameters(self) -> dict[str, object]:
        """What StartQueryExecution takes besides the query."""
        given: dict[str, object] = {
            "WorkGroup": self.work_group,
            "QueryExecutionContext": {"Database": self.database, "Catalog": self.catalog},
        }
        if self.output:
            given["ResultConfiguration"] = {"OutputLocation": self.output}
        return given


@dataclass(frozen=True, slots=True)
class AthenaWish:
    """What to ask a table for."""

    table: Table
    keys: Keys
    narrowing: Narrowing = EVERYTHING

    @property
    def question(self) -> dict[str, object]:
        """As the case keeps it with each fetch."""
        table = self.table
        question: dict[str, object] = {
            "table": f"{table.catalog}.{table.database}.{table.name}",
            "holds": HOLDS,
        }
        if words := self.narrowing.words:
            question["filter"] = words
        return question


class AthenaEngine:
    """Athena's words; see remote_query.Engine."""

    rows_limit: int | None = None

    def __init__(self, session: AwsSession, wish: AthenaWish, workplace: Workplace) -> None:
        """`session` reaches the account and Region in which the table is catalogued."""
        self._session = session
        self._wish = wish
        self._workplace = workplace

    def text(self, question: Question) -> str:
        """The SELECT of a piece."""
        return statement(self._wish.table, self._wish.keys, self._wish.narrowing, question)

    def start(self, question: Question, text: str, token: str) -> str:
        """The same token gives the same query, so a start whose answer was lost costs nothing."""
        del question
        return start(self._session, self._workplace, text, token)

    def standing(self, question: Question, query: str) -> Standing:
        """How it stands, and what it read so far."""
        del question
        return standing(self._session, query)

    def page(self, question: Question, query: str, token: str | None, number: int) -> Page:
        """One page: the answer as it came, and the records that were made of it."""
        more = {} if token is None else {"NextToken": token}
        answer = self._session.read(
            "athena", "GetQueryResults", QueryExecutionId=query, MaxResults=PAGE, **more
        )
        records = records_of(self._wish.table, answer.values, number)
        told = {"query": query, "text": self.text(question)}
        name = f"{question.origin} page {number}"
        documents = [Document(name, answer.body, told)]
        if records:
            lines = "".join(f"{dumps(record, separators=(',', ':'))}\n" for record in records)
            origin = f"{name}, its rows made into records"
            documents.append(Document(origin, lines.encode(), told, derived=True))
        return Page(tuple(documents), len(records), token=answer.values.get("NextToken"))

    def stop(self, question: Question, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        del question
        try:
            self._session.query("athena", "StopQueryExecution", QueryExecutionId=query)
        except (Refused, NotFound, AccessDenied):
            return

    def refusal(self, reason: str) -> CallError:
        """Why a query failed: Athena reads with the caller's own permissions and says so here."""
        return failure_of(reason)


def start(session: AwsSession, workplace: Workplace, text: str, token: str) -> str:
    """Start a statement; gives its id. Raises a CallError."""
    try:
        answer = session.query(
            "athena",
            "StartQueryExecution",
            QueryString=text,
            ClientRequestToken=token,
            **workplace.parameters(),
        )
    except Refused as error:
        if "output location" in error.what.lower():
            raise Refused(
                f"the work group {workplace.work_group} has no place for results",
                where=error.where,
                cure="Give one with --output s3://BUCKET/PREFIX/.",
                code=error.code,
                status=error.status,
                request_id=error.request_id,
            ) from None
        raise
    return str(answer.values["QueryExecutionId"])


def standing(session: AwsSession, query: str) -> Standing:
    """How a statement stands. Raises a CallError."""
    try:
        answer = session.read("athena", "GetQueryExecution", QueryExecutionId=query)
    except Refused as error:
        if not _UNKNOWN_QUERY.search(error.what):
            raise
        return Standing(Outcome.GONE)
    told: Mapping[str, Any] = answer.values["QueryExecution"]
    status: Mapping[str, Any] = told.get("Status", {})
    reason = str(status.get("StateChangeReason", ""))
    outcome = {
        "SUCCEEDED": Outcome.DONE,
        "CANCELLED": Outcome.GONE,
        "FAILED": Outcome.TOO_MUCH if _TOO_MUCH.search(reason) else Outcome.FAILED,
    }.get(str(status.get("State", "")), Outcome.RUNNING)
    return Standing(outcome, reason, int(told.get("Statistics", {}).get("DataScannedInBytes", 0)))


def failure_of(reason: str) -> CallError:
    """The error for a statement that Athena ended as FAILED."""
    where = "athena:StartQueryExecution"
    if _DENIED.search(reason):
        found = _PERMISSION.search(reason)
        error = AccessDenied(
            f"Athena was denied what it needs for the query: {reason}",
            where=where,
            cure="Athena reads with your own permissions: the log files and the results in S3, "
            "the table in Glue; docs/permissions.md has the least policy.",
            code="FAILED",
        )
        error.permission = found[1] if found else ""
        return error
    if _THROTTLED.search(reason):
        return Throttled(
            f"S3 throttled Athena: {reason}",
            where=where,
            cure="Wait, then try again.",
            code="FAILED",
        )
    return Refused(
        f"Athena could not run the query: {reason}",
        where=where,
        cure="--explain prints the query.",
        code="FAILED",
    )


def make_table(
    session: AwsSession,
    workplace: Workplace,
    table: str,
    location: str,
    regions: list[str],
    *,
    wait: Callable[[float, Stop], bool] = pause,
) -> list[tuple[str, str]]:
    """Make the database, where it is missing, and the table; gives each statement with its id.

    Raises a CallError where Athena refuses, InputError for what can't be a table's place or name.
    """
    from uuid import uuid4

    statements = [
        create_database(workplace.database),
        create_table(workplace.database, table, location, regions),
    ]
    made: list[tuple[str, str]] = []
    for text in statements:
        query = start(session, workplace, text, uuid4().hex)
        seconds = _FIRST_WAIT_SECONDS
        while (found := standing(session, query)).outcome is Outcome.RUNNING:
            wait(seconds, lambda: False)
            seconds = min(seconds * 1.5, _LONGEST_WAIT_SECONDS)
        if found.outcome is not Outcome.DONE:
            raise failure_of(found.reason or "it was stopped")
        made.append((text, query))
    return made


def look_at_table(session: AwsSession, workplace: Workplace, name: str) -> tuple[Table, Keys]:
    """A table and what its partition keys mean. Raises a CallError or InputError."""
    table = describe_table(session, workplace.database, name, workplace.catalog)
    return table, keys_of(table)
