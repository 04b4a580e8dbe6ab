"""CloudTrail Lake: event data stores asked in SQL for whole records, slice by slice.

Closed to new customers since 2026-05-31; whoever has a store goes on with it. A query is a SELECT
of at most 10,000 characters, runs an hour at most, ten at a time, and is paid by what it scans; its
results are kept seven days, a thousand to a page (service model of `cloudtrail`; CloudTrail User
Guide, "CloudTrail Lake"). The column eventJson is the record as CloudTrail wrote it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailtui.aws.errors import AccessDenied, CallError, NotFound, Refused, Throttled
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Fetch
from trailtui.collect.engines import LANES, Source
from trailtui.collect.estimate import Estimate
from trailtui.collect.lake_stores import EventDataStore, named
from trailtui.collect.narrowing import EVERYTHING, Narrowing, Term, sql_of, text_literal
from trailtui.collect.prices import LAKE, PRICES_OF
from trailtui.collect.remote_query import Outcome, Page, Question, Standing
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS, format_utc

SOURCE = Source("lake", LAKE, 24 * HOUR_MS)
HOLDS = "what the event data store selects: data events too where it does"
PAGE = 1000
LONGEST = 10_000
"""Characters of a query."""

_OUTCOMES = {
    "FINISHED": Outcome.DONE,
    "FAILED": Outcome.FAILED,
    "CANCELLED": Outcome.GONE,
    "TIMED_OUT": Outcome.TOO_MUCH,
}
_QUERY_SECONDS = 5.0
"""About what a query takes; for estimates."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "credential": ("userIdentity.accessKeyId",),
    "principal": ("userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn"),
    "ip": ("sourceIPAddress",),
    "agent": ("userAgent",),
    "account": ("recipientAccountId",),
    "region": ("awsRegion",),
    "name": ("eventName",),
    "source": ("eventSource",),
    "user": ("userIdentity.userName", "userIdentity.sessionContext.sessionIssuer.userName"),
    "error": ("errorCode",),
}


@dataclass(frozen=True, slots=True)
class LakeWish:
    """What to ask an event data store for."""

    store: EventDataStore
    narrowing: Narrowing = EVERYTHING
    by_account: bool = False
    """Whether the store holds other accounts' events, which are not asked for."""
    by_region: bool = False
    """Whether only some of its Regions are asked for."""

    @property
    def question(self) -> dict[str, object]:
        """As the case keeps it with each fetch."""
        question: dict[str, object] = {"event_data_store": self.store.arn, "holds": HOLDS}
        if words := self.narrowing.words:
            question["filter"] = words
        return question


def statement(wish: LakeWish, question: Question) -> str:
    """The query of one piece; raises InputError where Lake would not take so long a one."""
    start, end = question.piece
    conditions = [f"eventTime >= '{_moment(start)}'", f"eventTime < '{_moment(end)}'"]
    if wish.by_account:
        conditions.append(_among("recipientAccountId", {p.account for p in question.places}))
    if wish.by_region:
        conditions.append(_among("awsRegion", {p.region for p in question.places}))
    conditions += [_any(terms) for terms in wish.narrowing.by_kind()]
    if parsed := wish.narrowing.condition():
        conditions.append(f"({sql_of(parsed.tree)})")
    condition = " AND ".join(conditions)
    text = f"SELECT eventJson FROM {wish.store.id} WHERE {condition}"  # noqa: S608 - quoted values
    if len(text) > LONGEST:
        raise InputError(
            f"the query has {len(text):,} characters and CloudTrail Lake takes {LONGEST:,}",
            cure="Ask for fewer accounts or values at a time.",
        )
    return text


def _moment(at_ms: int) -> str:
    """A time as Lake's samples write it; to the next whole second, as events have no fractions."""
    return format_utc(-(-at_ms // 1000) * 1000).replace("T", " ").rstrip("Z")


def _among(field: str, values: set[str]) -> str:
    return f"{field} IN ({', '.join(map(text_literal, sorted(values)))})"


def _any(terms: Sequence[Term]) -> str:
    """Records in which one of the values stands in one of the fields of its kind."""
    kind = terms[0].kind
    if kind == "resource":
        tests = [f"strpos(eventJson, {text_literal(term.value)}) > 0" for term in terms]
    else:
        tests = [_among(field, {term.value for term in terms}) for field in _FIELDS[kind]]
    return f"({' OR '.join(tests)})"


class LakeEngine:
    """CloudTrail Lake's words; see remote_query.Engine."""

    rows_limit: int | None = None

    def __init__(self, session: AwsSession, wish: LakeWish) -> None:
        """`session` reaches the account and Region of the store."""
        self._session = session
        self._wish = wish

    def text(self, question: Question) -> str:
        """SQL that gives each record whole."""
        return statement(self._wish, question)

    def start(self, question: Question, text: str, token: str) -> str:
        """Ten queries may run in the account; one more has to wait."""
        del question, token  # StartQuery has none
        return start(self._session, text)

    def standing(self, question: Question, query: str) -> Standing:
        """A query that Lake forgot (after seven days) has to be asked again."""
        del question
        return standing(self._session, query)

    def page(self, question: Question, query: str, token: str | None, number: int) -> Page:
        """One page of at most a thousand records."""
        more = {} if token is None else {"NextToken": token}
        answer = self._session.read(
            "cloudtrail", "GetQueryResults", QueryId=query, MaxQueryResults=PAGE, **more
        )
        values = answer.values
        statistics: Mapping[str, Any] = values.get("QueryStatistics", {})
        told = {"query": query, "text": self.text(question), "statistics": statistics}
        return Page(
            (Document(f"{question.origin} page {number}", answer.body, told),),
            len(values.get("QueryResultRows", [])),
            statistics.get("TotalResultsCount"),
            values.get("NextToken"),
        )

    def stop(self, question: Question, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        del question
        stop(self._session, query)

    def refusal(self, reason: str) -> CallError:
        """A query that Lake could not run, in its words."""
        return failure_of(reason)


def start(session: AwsSession, text: str) -> str:
    """Start a statement; gives its id. Raises a CallError."""
    try:
        answer = session.query("cloudtrail", "StartQuery", QueryStatement=text)
    except Refused as error:
        if error.code == "MaxConcurrentQueriesException":
            raise _too_many(error) from None
        raise named(error) from None
    return str(answer.values["QueryId"])


def standing(session: AwsSession, query: str) -> Standing:
    """How a statement stands. Raises a CallError."""
    try:
        answer = session.read("cloudtrail", "DescribeQuery", QueryId=query)
    except (NotFound, Refused) as error:
        if error.code not in ("QueryIdNotFoundException", "InactiveQueryException"):
            raise
        return Standing(Outcome.GONE)
    told: Mapping[str, Any] = answer.values.get("QueryStatistics", {})
    status = str(answer.values.get("QueryStatus", ""))
    return Standing(
        _OUTCOMES.get(status, Outcome.RUNNING),
        str(answer.values.get("ErrorMessage", status)),
        int(told.get("BytesScanned", 0)),
    )


def stop(session: AwsSession, query: str) -> None:
    """Stop a statement; one that is over is no complaint."""
    try:
        session.query("cloudtrail", "CancelQuery", QueryId=query)
    except (Refused, NotFound, AccessDenied):
        return


def failure_of(reason: str) -> CallError:
    """The error for a statement that Lake ended as FAILED, in its words."""
    return Refused(
        f"CloudTrail Lake could not run the query: {reason}",
        where="cloudtrail:DescribeQuery",
        cure="Try again; with --where, try without.",
        code="FAILED",
    )


def _too_many(error: Refused) -> Throttled:
    return Throttled(
        "the account runs as many CloudTrail Lake queries as it may",
        where=error.where,
        cure="Wait until others have ended, then run the same command again.",
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )


def estimate(wanted: Sequence[Fetch]) -> Estimate:
    """Calls and minutes; what Lake scans, and so what it costs, it tells nobody beforehand."""
    slices = {(fetch.unit.since_ms, fetch.unit.until_ms) for fetch in wanted}
    says = (
        f"{len(slices)} slices, {LANES} side by side, about {_QUERY_SECONDS:.0f} s each, and a "
        f"request for each {PAGE:,} records",
        f"bytes and dollars are not known beforehand: {LAKE.dollars} dollars per {LAKE.per} "
        f"(prices of {PRICES_OF}); start with a short time and read what it scanned",
    )
    seconds = len(slices) * _QUERY_SECONDS / LANES
    return Estimate(SOURCE.name, len(slices) * 4, seconds, 0, 0.0, says)
