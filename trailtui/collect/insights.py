"""CloudWatch Logs Insights over a trail's log group: records as they were written, in slices.

A query gives 10,000 rows at most and says nothing of the rest but a count. So each slice of time is
asked for by itself, and one that comes back full, or with fewer rows than were matched, is cut and
asked again, down to a second (service model of `logs`: StartQuery, GetQueryResults).

The language is CWLI: `@message` is the record. Its SQL has the same limit of rows, needs the same
slices and can do nothing for "give me the records", so it is not used.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailtui.aws.calls import Answer
from trailtui.aws.errors import AccessDenied, CallError, NotFound, Refused, Throttled
from trailtui.aws.session import AwsSession
from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.fetches import Fetch
from trailtui.collect.engines import LANES, Source
from trailtui.collect.estimate import Estimate
from trailtui.collect.insights_groups import LogGroup
from trailtui.collect.narrowing import EVERYTHING, Narrowing, Term
from trailtui.collect.prices import LOGS_INSIGHTS, PRICES_OF
from trailtui.collect.remote_query import Outcome, Page, Question, Standing
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS, format_utc, now_ms

ROWS_LIMIT = 10_000
"""What one query gives at most without paging on (aws-facts 1.5)."""

SOURCE = Source("insights", LOGS_INSIGHTS, 24 * HOUR_MS, after_ms=DELIVERY_DELAY_MS)
"""Log events are filed under the moment they arrived, some minutes after the event's own."""

HOLDS = "what the trail sends to its log group: data events too where the trail selects them"

_UNSAFE = re.compile(r'["\\`\x00-\x1f\x7f]')
_OUTCOMES = {
    "Complete": Outcome.DONE,
    "Failed": Outcome.FAILED,
    "Cancelled": Outcome.GONE,
    "Timeout": Outcome.TOO_MUCH,
}
_QUERY_SECONDS = 5.0
"""About what a query takes; for estimates."""


@dataclass(frozen=True, slots=True)
class InsightsWish:
    """What to ask a log group for."""

    group: LogGroup
    narrowing: Narrowing = EVERYTHING
    by_account: bool = False
    """Whether the group holds other accounts' events, which are not asked for."""
    by_region: bool = False
    """Whether only some of its Regions are asked for."""

    def __post_init__(self) -> None:
        if self.narrowing.where:
            raise InputError(
                "Logs Insights has a language of its own, so it takes no SQL condition",
                cure="Use --entity, or collect without and query the case.",
            )
        for term in self.narrowing.terms:
            _quoted(term.value)

    @property
    def question(self) -> dict[str, object]:
        """As the case keeps it with each fetch."""
        question: dict[str, object] = {"log_group": self.group.arn, "holds": HOLDS}
        if words := self.narrowing.words:
            question["filter"] = words
        return question


class InsightsEngine:
    """Logs Insights' words; see remote_query.Engine."""

    rows_limit: int | None = ROWS_LIMIT

    def __init__(self, session: AwsSession, wish: InsightsWish) -> None:
        """`session` reaches the account and Region of the log group."""
        self._session = session
        self._wish = wish

    def text(self, question: Question) -> str:
        """CWLI that gives each record whole, newest first."""
        lines = ["fields @timestamp, @message"]
        lines += [f"filter {_any(terms)}" for terms in self._wish.narrowing.by_kind()]
        if self._wish.by_account:
            lines.append(f"filter {_any(_terms('account', {p.account for p in question.places}))}")
        if self._wish.by_region:
            lines.append(f"filter {_any(_terms('region', {p.region for p in question.places}))}")
        if question.beyond:
            lines.append(f"filter {_just_before(question.unit.until_ms)}")
        return "\n| ".join([*lines, "sort @timestamp desc", f"limit {ROWS_LIMIT}"])

    def start(self, question: Question, text: str, token: str) -> str:
        """Both ends in whole seconds and included, so neighbours share a second.

        Whether the last second counts whole is not documented; only at the very end it is left out.
        """
        del token  # StartQuery has none
        begin, end = question.piece
        last = -(-end // 1000) - question.final
        return start(self._session, self._wish.group, text, begin // 1000, last)

    def standing(self, question: Question, query: str) -> Standing:
        """Status and rows come in one answer."""
        try:
            answer = self._session.read("logs", "GetQueryResults", queryId=query)
        except NotFound:
            return Standing(Outcome.GONE)
        status = str(answer.values.get("status", ""))
        told: Mapping[str, Any] = answer.values.get("statistics", {})
        outcome = outcome_of(status)
        return Standing(
            outcome,
            status,
            int(told.get("bytesScanned", 0)),
            int(told.get("recordsMatched", 0)),
            self._page(question, query, answer, 1) if outcome is Outcome.DONE else None,
        )

    def page(self, question: Question, query: str, token: str | None, number: int) -> Page:
        """A later page, where AWS gives the result in several."""
        more = {} if token is None else {"nextToken": token}
        answer = self._session.read("logs", "GetQueryResults", queryId=query, **more)
        return self._page(question, query, answer, number)

    def _page(self, question: Question, query: str, answer: Answer, number: int) -> Page:
        told = {"query": query, "text": self.text(question), "log_group": self._wish.group.arn}
        values = answer.values
        document = Document(
            f"{question.origin} page {number}",
            answer.body,
            {**told, "statistics": values.get("statistics", {})},
        )
        return Page((document,), len(values.get("results", [])), token=values.get("nextToken"))

    def stop(self, question: Question, query: str) -> None:
        """Stop it; one that is over is no complaint."""
        del question
        stop(self._session, query)

    def refusal(self, reason: str) -> CallError:
        """Logs Insights gives no reason."""
        return failure_of(reason)


def start(
    session: AwsSession, group: LogGroup, text: str, first_second: int, last_second: int
) -> str:
    """Start a query over a log group; both seconds are included. Raises a CallError."""
    try:
        answer = session.query(
            "logs",
            "StartQuery",
            logGroupIdentifiers=[group.arn],
            queryLanguage="CWLI",
            startTime=first_second,
            endTime=max(last_second, first_second),
            queryString=text,
        )
    except Refused as error:
        if error.code == "LimitExceededException":
            raise _too_many(error) from None
        raise
    return str(answer.values["queryId"])


def outcome_of(status: str) -> Outcome:
    """How a query stands, by the status that Logs Insights gives."""
    return _OUTCOMES.get(status, Outcome.RUNNING)


def stop(session: AwsSession, query: str) -> None:
    """Stop a query; one that is over is no complaint."""
    try:
        session.query("logs", "StopQuery", queryId=query)
    except (Refused, NotFound, AccessDenied):
        return


def failure_of(reason: str) -> CallError:
    """The error for a query that did not end well."""
    return Refused(
        f"the query ended as {reason} and AWS gives no reason",
        where="logs:GetQueryResults",
        cure="Try again; the CloudWatch console shows the query in its history.",
        code=reason,
    )


def _too_many(error: Refused) -> Throttled:
    return Throttled(
        "the account runs as many Logs Insights queries as it may",
        where=error.where,
        cure="Wait until others have ended, then run the same command again.",
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )


def _quoted(value: str) -> str:
    """A text of CWLI. What would have to be escaped is refused: its rules are not documented."""
    if _UNSAFE.search(value):
        raise InputError(
            f"{value[:60]!r} can't be put safely into a Logs Insights query",
            cure="Leave out quotes, backslashes and control characters, or look for less of it.",
        )
    return f'"{value}"'


def _just_before(until_ms: int) -> str:
    """Records of the minutes before a time, among those that were filed after it."""
    first = until_ms - SOURCE.after_ms
    minutes = sorted(
        {format_utc(at)[:16] for at in [*range(first, until_ms, 60_000), until_ms - 1]}
    )
    return f"@message like /eventTime\\W{{1,6}}({'|'.join(minutes)})/"


def _terms(kind: str, values: set[str]) -> list[Term]:
    return [Term(kind, value) for value in sorted(values)]


def _any(terms: Sequence[Term]) -> str:
    """Records in which one of the values stands, wherever.

    The field alone is not asked for: of a log event with very many fields AWS finds only the first
    ones, and a record that is left out by that would be lost in silence.
    """
    return " or ".join(f"@message like {_quoted(term.value)}" for term in terms)


def estimate(
    wanted: Sequence[Fetch], session: AwsSession, group: LogGroup
) -> tuple[Estimate, bool]:
    """What the slices would scan, from how much the log group stores and since when.

    The second value says whether that could be told.
    """
    slices = {(fetch.unit.since_ms, fetch.unit.until_ms) for fetch in wanted}
    asked_ms = sum(until - since for since, until in slices)
    held, kept_ms = stored(session, group)
    scanned = int(held * min(1.0, asked_ms / kept_ms)) if kept_ms else 0
    says = [
        f"{len(slices)} slices, {LANES} side by side, about {_QUERY_SECONDS:.0f} s each; "
        "busy ones are asked again in smaller pieces",
        f"prices of {PRICES_OF}: {LOGS_INSIGHTS.dollars} dollars per {LOGS_INSIGHTS.per}",
        "what is scanned is reckoned from the group's stored bytes, spread evenly over its time"
        if kept_ms
        else "how much the log group holds could not be told: bytes and dollars are unknown",
    ]
    requests = len(slices) * 4
    seconds = len(slices) * _QUERY_SECONDS / LANES
    dollars = LOGS_INSIGHTS.of(scanned)
    return Estimate(SOURCE.name, requests, seconds, scanned, dollars, tuple(says)), kept_ms > 0


def stored(session: AwsSession, group: LogGroup) -> tuple[int, int]:
    """Bytes that a log group stores, and over how long they came; zeros where AWS doesn't say."""
    try:
        answer = session.read("logs", "DescribeLogGroups", logGroupNamePrefix=group.name)
    except CallError:
        return 0, 0
    for found in answer.values.get("logGroups", []):
        if found.get("logGroupName") == group.name:
            since = int(found.get("creationTime", 0))
            if days := found.get("retentionInDays"):
                since = max(since, now_ms() - int(days) * 24 * HOUR_MS)
            return int(found.get("storedBytes", 0)), max(HOUR_MS, now_ms() - since)
    return 0, 0
