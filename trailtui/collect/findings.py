"""Findings from the APIs: GuardDuty, Security Hub in both versions, CloudWatch's alarms.

Each account, Region and product is asked on its own; what refuses, or is not switched on, is told
and the rest goes on. Every answer that holds findings is handed on as it came, in one transaction
with how far the asking got, so that a killed run goes on with the next page.

AWS is asked for what was updated since the beginning of the time looked at, whenever that was: a
finding of last week is updated today. Whoever takes the pages leaves out what began too late.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trailtui.aws.errors import (
    AccessDenied,
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    Refused,
    Throttled,
)
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Fetch, State, Unit, all_fetches, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.estimate import Estimate, log_estimate
from trailtui.collect.findings_asking import ASKING, Cursor, NotEnabledError, Page
from trailtui.collect.prices import FINDINGS as PRICE
from trailtui.collect.prices import PRICES_OF
from trailtui.collect.running import Incomplete
from trailtui.collect.scope import Scope
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.model.times import HOUR_MS, format_utc, now_ms

SOURCE = "findings"
PRODUCTS = ("guardduty", "securityhub", "securityhub-v2", "alarms")
NOT_ENABLED = "not-enabled"
"""The state of a product that is not switched on: nothing refused, and nothing was looked at."""

FRESH_MS = 15 * 60 * 1000
"""What was asked so lately is not asked again: GuardDuty publishes updates every 15 minutes at the
most (GuardDuty User Guide, "Frequency for publishing findings")."""
_ENDS_ALL = (CredentialsExpired, CredentialsRefused, NoCredentials)

Sessions = Callable[[str, str], AwsSession]
"""Gives the session for an account and a Region."""


Keep = Callable[[Page], None]
"""Takes a page into the case; called within the transaction that notes how far the asking got."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one product of an account in a Region."""

    account: str
    region: str
    product: str
    state: str
    """A state of case.fetches, or NOT_ENABLED."""
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether something that is there could not be had."""
        return self.state not in (State.FETCHED, State.EMPTY, NOT_ENABLED)


@dataclass(slots=True)
class FindingsResult:
    """What a run did, also while it goes on."""

    units: int = 0
    asked: list[Asked] = field(default_factory=list[Asked])
    fresh: int = 0
    """Asked so lately that they were not asked again."""
    requests: int = 0
    pages: int = 0
    present_ms: int = 0
    """The time by which it is judged how far back a product remembers."""
    cancelled: bool = False
    stopped_by: TrailtuiError | None = None
    """What ended all of it, such as expired credentials."""

    @property
    def refused(self) -> list[Asked]:
        """Where AWS refused, or did not give all."""
        return [one for one in self.asked if one.refused]

    def as_json(self) -> dict[str, object]:
        """For the action log."""
        told = [one for one in self.asked if one.state not in (State.FETCHED, State.EMPTY)]
        return {
            "units": self.units,
            "requests": self.requests,
            "pages": self.pages,
            "fresh": self.fresh,
            "cancelled": self.cancelled,
            "not_whole": [
                [one.account, one.region, one.product, str(one.state), one.detail]
                for one in told[:200]
            ],
        }


Progress = Callable[[FindingsResult], bool]
"""Called after each product of a Region; returns False to stop."""


def units_of(scope: Scope, products: Sequence[str]) -> list[Unit]:
    """What is asked, in whole hours, so that a run that is repeated asks for the same."""
    unknown = sorted(set(products) - set(PRODUCTS))
    if unknown:
        raise InputError(f"{unknown[0]} has no findings", cure=f"Use {', '.join(PRODUCTS)}.")
    since = scope.since_ms // HOUR_MS * HOUR_MS
    until = -(-scope.until_ms // HOUR_MS) * HOUR_MS
    return [
        Unit(SOURCE, place.account, place.region, since, until, {"product": product})
        for place in scope.places
        for product in products
    ]


def collect_findings(
    case: Case,
    sessions: Sessions,
    scope: Scope,
    products: Sequence[str],
    keep: Keep,
    *,
    again: bool = False,
    present_ms: int | None = None,
    progress: Progress = lambda _: True,
) -> FindingsResult:
    """Ask the products in every place, keep what comes, note what does not.

    Args:
        case: open for writing.
        sessions: gives the session for an account and a Region.
        scope: where, and since when.
        products: some of PRODUCTS.
        keep: takes a page into the case.
        again: ask for what was asked just now, too.
        present_ms: AWS's time, where it is known better than by this host's clock.
        progress: hears how it goes, and stops it.
    """
    fetches = plan_fetches(case, units_of(scope, products))
    result = FindingsResult(len(fetches))
    result.present_ms = now_ms() if present_ms is None else present_ms
    asked = {"products": list(products), "since": format_utc(scope.since_ms),
             "until": format_utc(scope.until_ms),
             "places": [[one.account, one.region] for one in scope.places]}  # fmt: skip
    append(case, "collect", {"source": SOURCE, **asked})
    try:
        for fetch in fetches:
            if not again and _is_fresh(fetch):
                result.fresh += 1
                continue
            _ask(case, sessions, fetch, keep, result)
            if result.stopped_by is None and not progress(result):
                result.cancelled = True
            if result.cancelled or result.stopped_by is not None:
                break
    finally:
        append(case, "collect", {"source": SOURCE, "done": result.as_json()})
    return result


_LEAST_REQUESTS = {"guardduty": 2, "securityhub": 1, "securityhub-v2": 2, "alarms": 2}
"""Where there is nothing to be had; see findings_asking."""
_REQUEST_SECONDS = 0.2


def estimate_findings(
    case: Case, scope: Scope, products: Sequence[str], *, again: bool = False
) -> Estimate:
    """The least that asking takes; how many findings there are AWS tells only when it is asked.

    Asks nobody. The action log tells of it.
    """
    there = {
        (one.unit.account, one.unit.region, one.unit.since_ms, one.unit.until_ms,
         one.unit.question_text): one
        for one in all_fetches(case, sources=(SOURCE,))
    }  # fmt: skip
    units = [
        unit
        for unit in units_of(scope, products)
        if again
        or (known := there.get((unit.account, unit.region, unit.since_ms, unit.until_ms,
                                unit.question_text))) is None
        or not _is_fresh(known)
    ]  # fmt: skip
    requests = sum(_LEAST_REQUESTS[str(unit.question["product"])] for unit in units)
    says = (
        f"{len(units):,} products in Regions, one after the other, {_REQUEST_SECONDS} s a request",
        "for each 50 findings of GuardDuty two requests more, for each 100 others one or two: how "
        "many there are is not known beforehand",
        f"prices of {PRICES_OF}: {PRICE.name} costs {PRICE.dollars:g} dollars",
    )
    found = Estimate(SOURCE, requests, requests * _REQUEST_SECONDS, 0, PRICE.of(requests), says)
    log_estimate(case, found)
    return found


def _is_fresh(fetch: Fetch) -> bool:
    return fetch.state.whole and now_ms() - fetch.changed_ms < FRESH_MS


def _ask(case: Case, sessions: Sessions, fetch: Fetch, keep: Keep, result: FindingsResult) -> None:
    """Ask one product in one place, from where it stands, and note what came of it."""
    unit = fetch.unit
    cursor: Cursor = {} if fetch.state.whole else fetch.cursor
    pages, failure = result.pages, None
    try:
        session = sessions(unit.account, unit.region).collecting(SOURCE)
        try:
            _go_on(case, session, fetch, cursor, keep, result)
        except Refused:
            if not cursor.get("token") or result.pages > pages:
                raise
            # the token of a run that was broken off is too old by now
            _go_on(case, session, fetch, {}, keep, result)
    except (CallError, Incomplete, NotEnabledError) as error:
        failure = error
    state, detail = _judge(failure, some=result.pages > pages or bool(cursor))
    stored = State.EMPTY if state == NOT_ENABLED else State(state)
    update_fetch(
        case, fetch.id, stored, cursor={} if stored.whole else None,
        reached_ms=unit.since_ms if stored.whole else None, detail=detail,
    )  # fmt: skip
    product = str(unit.question["product"])
    result.asked.append(Asked(unit.account, unit.region, product, state, detail))
    if isinstance(failure, _ENDS_ALL):
        result.stopped_by = failure


def _go_on(
    case: Case, session: AwsSession, fetch: Fetch, cursor: Cursor, keep: Keep,
    result: FindingsResult,
) -> None:  # fmt: skip
    """Take page after page into the case, each with the place to go on at."""
    if cursor.get("end"):
        return
    asking = ASKING[str(fetch.unit.question["product"])]
    for step in asking(session, fetch.unit, cursor, result.present_ms):
        with case.writing():
            for page in step.pages:
                keep(page)
            update_fetch(
                case, fetch.id, State.RUNNING, cursor=step.cursor, requests=step.requests,
                records=len(step.pages),
            )  # fmt: skip
        result.pages += len(step.pages)
        result.requests += step.requests


def _judge(failure: Exception | None, *, some: bool) -> tuple[str, str]:
    """The state that the asking ends in, and the words for it."""
    if failure is None:
        return (State.FETCHED if some else State.EMPTY), ""
    if isinstance(failure, NotEnabledError):
        return NOT_ENABLED, str(failure)
    if isinstance(failure, Incomplete) or some:
        return State.PARTIAL, str(failure)
    if isinstance(failure, AccessDenied):
        return State.DENIED, str(failure)
    if isinstance(failure, Throttled):
        return State.THROTTLED, str(failure)
    return State.FAILED, str(failure)
