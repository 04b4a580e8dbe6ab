"""From a question to what an engine is asked: its words, the place, what is known before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trailtui.aws.session import AwsSession
from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.query_runs import Asked
from trailtui.collect.answer_values import AnswerColumn
from trailtui.collect.asking import Errand, OrderBy
from trailtui.collect.asking_engines import AsksAthena, AsksInsights, AsksLake
from trailtui.collect.athena import Workplace
from trailtui.collect.athena_partitions import Keys, first_day
from trailtui.collect.athena_table import ColumnType, Table
from trailtui.collect.insights import stored
from trailtui.collect.insights_groups import LogGroup
from trailtui.collect.lake_stores import EventDataStore
from trailtui.model.times import now_ms
from trailtui.query.athena_shape import FREE_FORM, AthenaShape, lacking
from trailtui.query.context import Given
from trailtui.query.cwli import insights_for
from trailtui.query.cwli_by_hand import form_by_hand
from trailtui.query.cwli_form import MOST_ROWS, InsightsForm
from trailtui.query.elsewhere import Engine, sql_for
from trailtui.query.execute import rewrite
from trailtui.query.folding import with_values
from trailtui.query.given import as_json
from trailtui.query.parse import parse_query
from trailtui.query.partitions import time_window

_EPOCH_DAY = date(1970, 1, 1)
_CLOUDTRAIL_BEGAN_MS = 1_383_264_000_000
"""2013-11-01."""
_TEXTS = ("string", "varchar", "char")


@dataclass(frozen=True, slots=True)
class AskedQuery:
    """A query as a user asks it."""

    sql: str
    given: Mapping[str, Given]
    name: str = ""
    sha256: str = ""
    insights: str = ""
    """The library's own form for Logs Insights."""

    def window(self) -> tuple[int | None, int | None]:
        """From when to when it reads events, in milliseconds; None where it does not say."""
        return time_window(with_values(parse_query(self.sql).tree, self.given))

    def asked(
        self, engine: str, session: AwsSession, account: str, place: str, sent: str, identity: str
    ) -> Asked:
        """As the case keeps it."""
        values = {key: as_json(value) for key, value in self.given.items()}
        return Asked(
            engine, account, session.region, place, sent, self.sql, values, self.name, self.sha256,
            identity,
        )  # fmt: skip


def shape_of(
    table: Table, keys: Keys, accounts: Sequence[str], regions: Sequence[str]
) -> AthenaShape:
    """What a query's words depend on in a table; the accounts and Regions that are asked for."""
    among = [(keys.account, tuple(accounts)), (keys.region, tuple(regions))]
    declared = {path for name, kind in table.columns.items() for path in _dotted(name, kind)}
    return AthenaShape(
        lacks=lacking(declared),
        nested=frozenset(
            name for name in FREE_FORM & set(table.columns) if table.columns[name].nested
        ),
        day=keys.day if keys.day_format and keys.day else None,
        day_format=keys.day_format,
        year=keys.parts[0] if keys.parts else None,
        year_is_text=keys.parts is None or table.partitions[keys.parts[0]].name in _TEXTS,
        among=tuple((key, values) for key, values in among if key and values),
    )


def _dotted(name: str, kind: ColumnType) -> list[str]:
    if kind.name != "struct":
        return [name]
    return [name, *(f"{name}.{path}" for one, inner in kind.fields for path in _dotted(one, inner))]


def ask_athena(
    query: AskedQuery, session: AwsSession, account: str, workplace: Workplace, table: Table,
    shape: AthenaShape, identity: str,
) -> Errand:  # fmt: skip
    """The question to a table in Athena. Raises QueryError for what it can't be asked."""
    name = f'"{table.database}"."{table.name}"'
    sent = sql_for(Engine.ATHENA, query.sql, query.given, name, shape=shape)
    place = f"{table.catalog}.{table.database}.{table.name}"
    only = [f"Only {key} {', '.join(values)} was asked for." for key, values in shape.among]
    return Errand(
        query.asked("athena", session, account, place, sent, identity),
        AsksAthena(session, workplace),
        rewrite(query.sql, query.given).outputs,
        notes=tuple(only),
    )


def ask_lake(
    query: AskedQuery, session: AwsSession, store: EventDataStore, identity: str
) -> Errand:
    """The question to an event data store. Raises QueryError for what it can't be asked."""
    sent = sql_for(Engine.LAKE, query.sql, query.given, store.id)
    outputs = rewrite(query.sql, query.given).outputs
    return Errand(
        query.asked("lake", session, store.account, store.arn, sent, identity),
        AsksLake(session),
        outputs,
        notes=("Lake writes a NULL and an empty text alike; both are shown as nothing.",),
    )


def insights_form(query: AskedQuery) -> InsightsForm:
    """The library's own form where there is one, else what is derived from the SQL."""
    if query.insights:
        return form_by_hand(query.insights, query.sql, query.given)
    return insights_for(query.sql, query.given)


def ask_insights(
    query: AskedQuery, session: AwsSession, group: LogGroup, form: InsightsForm, identity: str
) -> Errand:
    """The question to a log group."""
    span = span_of(session, group, form)
    columns = tuple(AnswerColumn(one.name, one.kind) for one in form.columns)
    nothing = tuple(0 if one.kind == "bigint" else None for one in columns)
    return Errand(
        query.asked("insights", session, group.account, group.arn, form.text, identity),
        AsksInsights(session, group, form.columns, span),
        (),
        columns,
        tuple(OrderBy(one.position, one.down, one.nulls_first) for one in form.order),
        takes_all=True,
        full_at=MOST_ROWS,
        at_most=form.at_most,
        only_row=nothing if form.counts_all else None,
        notes=form.notes,
    )


def span_of(session: AwsSession, group: LogGroup, form: InsightsForm) -> tuple[int, int]:
    """The seconds of arrival in which the events that are asked for lie.

    Events arrive some minutes after they happened. A query that says no beginning goes back to
    where the log group begins.
    """
    present = now_ms()
    _bytes, kept_ms = stored(session, group) if form.since_ms is None else (0, 0)
    first = form.since_ms if form.since_ms is not None else (present - kept_ms if kept_ms else 0)
    last = present if form.until_ms is None else form.until_ms + DELIVERY_DELAY_MS
    return first // 1000, -(-max(first, last) // 1000)


def days_read(
    window: tuple[int | None, int | None], table: Table, keys: Keys, present_ms: int
) -> tuple[int, int]:
    """The stretch of time, in milliseconds, whose partitions an Athena query reads."""
    since_ms, until_ms = window
    if since_ms is None:
        begins = first_day(table, keys)
        since_ms = _CLOUDTRAIL_BEGAN_MS
        if begins is not None:
            since_ms = (begins - _EPOCH_DAY) // timedelta(milliseconds=1)
    until_ms = present_ms if until_ms is None else min(until_ms, present_ms)
    return since_ms, max(until_ms, since_ms + 1)
