"""Athena, CloudTrail Lake and Logs Insights, as collect.asking asks them."""

from collections.abc import Mapping, Sequence
from typing import Any

from trailtui.aws.errors import AccessDenied, CallError, NotFound, Refused
from trailtui.aws.session import AwsSession
from trailtui.collect import athena, insights, lake
from trailtui.collect.asking import Part
from trailtui.collect.insights_groups import LogGroup
from trailtui.collect.prices import ATHENA, LAKE, LOGS_INSIGHTS
from trailtui.collect.remote_query import Outcome, Standing
from trailtui.query.columns import Kind
from trailtui.query.cwli_form import InsightsColumn

PAGE = 1000


class AsksAthena:
    """Athena: values come with their types, the first row of all is the columns' names."""

    price = ATHENA
    empty_is_null = False

    def __init__(self, session: AwsSession, workplace: athena.Workplace) -> None:
        self._session = session
        self._workplace = workplace

    def start(self, text: str, token: str) -> str:
        """The same token gives the same query."""
        return athena.start(self._session, self._workplace, text, token)

    def standing(self, query: str) -> Standing:
        """How it stands, and what it read so far."""
        return athena.standing(self._session, query)

    def part(self, query: str, token: str | None) -> Part:
        """A page of at most a thousand rows."""
        more = {} if token is None else {"NextToken": token}
        values = self._session.read(
            "athena", "GetQueryResults", QueryExecutionId=query, MaxResults=PAGE, **more
        ).values
        result: Mapping[str, Any] = values.get("ResultSet", {})
        told = result.get("ResultSetMetadata", {}).get("ColumnInfo", [])
        columns = tuple((str(one["Name"]), str(one.get("Type", ""))) for one in told)
        rows = [
            tuple(cell.get("VarCharValue") for cell in row.get("Data", []))
            for row in result.get("Rows", [])
        ]
        names = tuple(name for name, _ in columns)
        if token is None and rows and rows[0] == names:
            rows = rows[1:]
        return Part(columns, tuple(rows), values.get("NextToken"))

    def stop(self, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        try:
            self._session.query("athena", "StopQueryExecution", QueryExecutionId=query)
        except (Refused, NotFound, AccessDenied):
            return

    def refusal(self, reason: str) -> CallError:
        """Why it failed."""
        return athena.failure_of(reason)


class AsksLake:
    """CloudTrail Lake: all values are texts, and a NULL is an empty one."""

    price = LAKE
    empty_is_null = True

    def __init__(self, session: AwsSession) -> None:
        self._session = session

    def start(self, text: str, token: str) -> str:
        """StartQuery has no token."""
        del token
        return lake.start(self._session, text)

    def standing(self, query: str) -> Standing:
        """How it stands."""
        return lake.standing(self._session, query)

    def part(self, query: str, token: str | None) -> Part:
        """A page of at most a thousand rows; each row is a list of single columns."""
        more = {} if token is None else {"NextToken": token}
        values = self._session.read(
            "cloudtrail", "GetQueryResults", QueryId=query, MaxQueryResults=PAGE, **more
        ).values
        listed: Sequence[Sequence[Mapping[str, Any]]] = values.get("QueryResultRows", [])
        columns = tuple((next(iter(cell), ""), "") for cell in listed[0]) if listed else ()
        rows = tuple(tuple(next(iter(cell.values()), None) for cell in row) for row in listed)
        return Part(columns, rows, values.get("NextToken"))

    def stop(self, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        lake.stop(self._session, query)

    def refusal(self, reason: str) -> CallError:
        """Why it failed."""
        return lake.failure_of(reason)


class AsksInsights:
    """Logs Insights: a row has just the fields that are there, and comes with a pointer."""

    price = LOGS_INSIGHTS
    empty_is_null = False

    def __init__(
        self,
        session: AwsSession,
        group: LogGroup,
        columns: Sequence[InsightsColumn],
        span: tuple[int, int],
    ) -> None:
        """`columns`: of the answer, in their order. `span`: first and last second of arrival."""
        self._session = session
        self._group = group
        self._columns = tuple(columns)
        self._span = span

    def start(self, text: str, token: str) -> str:
        """StartQuery has no token."""
        del token
        return insights.start(self._session, self._group, text, *self._span)

    def standing(self, query: str) -> Standing:
        """How it stands; rows that come along are read again as a page."""
        try:
            values = self._session.read("logs", "GetQueryResults", queryId=query).values
        except NotFound:
            return Standing(Outcome.GONE)
        status = str(values.get("status", ""))
        told: Mapping[str, Any] = values.get("statistics", {})
        return Standing(insights.outcome_of(status), status, int(told.get("bytesScanned", 0)))

    def part(self, query: str, token: str | None) -> Part:
        """A page of at most ten thousand rows."""
        more = {} if token is None else {"nextToken": token}
        values = self._session.read("logs", "GetQueryResults", queryId=query, **more).values
        found: list[tuple[str | None, ...]] = []
        for row in values.get("results", []):
            cells = {str(cell["field"]): cell.get("value") for cell in row}
            found.append(tuple(_cell(cells, column) for column in self._columns))
        columns = tuple((column.name, "") for column in self._columns)
        return Part(columns, tuple(found), values.get("nextToken"))

    def stop(self, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        insights.stop(self._session, query)

    def refusal(self, reason: str) -> CallError:
        """Logs Insights gives no reason."""
        return insights.failure_of(reason)


_WHOLE_TIME = "0000-01-01T00:00:00Z"


def _cell(cells: Mapping[str, str | None], column: InsightsColumn) -> str | None:
    """A field, or what stands for one that lacks; of a time's beginning, the whole time."""
    text = cells.get(column.field)
    if column.counted_by and cells.get(column.counted_by) in (None, "0"):
        return None
    if text is None:
        return column.default
    cut = column.kind is Kind.TIME and len(text) in (4, 7, 10, 13, 16, 19)
    return f"{text}{_WHOLE_TIME[len(text) :]}" if cut else text
