"""CloudTrail's event history through LookupEvents: 90 days, one Region, one attribute, 2 a second.

Source: CloudTrail API Reference, LookupEvents. Management events and Insight events only, 50 to a
page, newest first; times in whole seconds, both ends included. A page is kept whole, whatever was
asked for besides the one attribute that AWS takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from trailtui.aws.errors import Refused, Throttled
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Fetch, Unit
from trailtui.collect.estimate import Estimate
from trailtui.collect.pacing import Pacer
from trailtui.collect.running import Got, Incomplete, Stop
from trailtui.collect.scope import Place, Scope, slices
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS, format_utc, now_ms
from trailtui.model.wording import numbered

SOURCE = "lookup"
PER_SECOND = 2.0
"""The documented limit, for an account and Region, shared with everyone else in the account."""
SAFE_PER_SECOND = 1 / 0.52
"""What stays under it, jitter of the network included (aws-facts: 104 s for 200 pages)."""
PAGE = 50
DAY_MS = 24 * HOUR_MS
KEPT_MS = 90 * DAY_MS
PAGE_BYTES = 80_000
"""About what a page of 50 events weighs."""

ATTRIBUTES = (
    "EventId", "AccessKeyId", "ResourceName", "Username", "EventName", "EventSource",
    "ResourceType", "ReadOnly",
)  # fmt: skip
"""What AWS can look for, the most telling first: of several, the first one is asked."""

_INSIGHT_ATTRIBUTES = ("EventId", "EventName", "EventSource")
_INSIGHT_SLICE_MS = 30 * DAY_MS
_ESTIMATED_AT_ONCE = 8
_THROTTLES = 6
"""So many refusals in a row are waited out."""

Sessions = Callable[[str, str], AwsSession]
"""Gives the session for an account and a Region."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute with its value, by AWS's names."""

    key: str
    value: str

    def __post_init__(self) -> None:
        if self.key not in ATTRIBUTES or not self.value:
            raise InputError(
                f"LookupEvents has no attribute {self.key}={self.value}",
                cure=f"One of {', '.join(ATTRIBUTES)}, as in AccessKeyId=AKIA...",
            )

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


@dataclass(frozen=True, slots=True)
class LookupWish:
    """What to look up in every place of a scope."""

    attributes: tuple[Attribute, ...] = ()
    """Together: AWS is asked for the most telling one, the others are for whoever reads."""
    insights: bool = True
    """Whether Insight events are asked for too."""

    @property
    def asked(self) -> Attribute | None:
        """The one that AWS is asked for."""
        return min(self.attributes, key=lambda one: ATTRIBUTES.index(one.key), default=None)

    @property
    def left_out(self) -> tuple[Attribute, ...]:
        """Those that AWS can't be asked for at the same time."""
        return tuple(one for one in self.attributes if one is not self.asked)


def units_of(scope: Scope, wish: LookupWish, present_ms: int) -> list[Unit]:
    """What is asked, newest day first: all places' newest day before anyone's second one.

    What lies more than 90 days back is a unit as well: it ends as partial, with the reason.
    """
    since, until = _whole_seconds(scope.since_ms, scope.until_ms)
    kept_since = min(max(since, -(-(present_ms - KEPT_MS) // DAY_MS) * DAY_MS), until)
    parts = [*slices(kept_since, until, DAY_MS)]
    if since < kept_since:
        parts.append((since, kept_since))
    units = [
        Unit(SOURCE, place.account, place.region, start, end, _question(wish.asked, "management"))
        for start, end in parts
        for place in scope.places
    ]
    attribute = wish.asked
    if wish.insights and (attribute is None or attribute.key in _INSIGHT_ATTRIBUTES):
        units += [
            Unit(SOURCE, place.account, place.region, start, end, _question(attribute, "insight"))
            for start, end in slices(kept_since, until, _INSIGHT_SLICE_MS)
            for place in scope.places
        ]
    return units


def _whole_seconds(since_ms: int, until_ms: int) -> tuple[int, int]:
    return since_ms // 1000 * 1000, -(-until_ms // 1000) * 1000


def _question(attribute: Attribute | None, category: str) -> dict[str, object]:
    question: dict[str, object] = {"category": category}
    if attribute is not None:
        question["attribute"] = [attribute.key, attribute.value]
        question["filter"] = str(attribute)
    return question


@dataclass(slots=True)
class LookupEvents:
    """The fetcher: one page after the other, at the rate that AWS allows."""

    sessions: Sessions
    per_second: float = SAFE_PER_SECOND
    present_ms: Callable[[], int] = now_ms
    """AWS's time, which decides what is older than it keeps."""
    _pacers: dict[Place, Pacer] = field(default_factory=dict[Place, Pacer])

    def pacer(self, place: Place) -> Pacer:
        """The one pacer of an account and Region."""
        return self._pacers.setdefault(place, Pacer(self.per_second))

    def __call__(self, fetch: Fetch, stop: Stop) -> Iterator[Got]:
        """Ask for a unit from where its cursor stands; see running.Fetcher."""
        asking = _Asking(fetch.unit, dict(fetch.cursor), fetch.reached_ms)
        asking.begin(self.present_ms() - KEPT_MS)
        while not asking.through:
            answer = self._ask(asking, stop)
            if answer is None:
                return
            yield asking.take(answer.values, answer.body)
        if asking.start_ms > fetch.unit.since_ms:
            raise Incomplete(
                f"LookupEvents keeps 90 days: what is older than {format_utc(asking.start_ms)} "
                "is in the trail's bucket (collect s3), Athena or Lake"
            )

    def _ask(self, asking: "_Asking", stop: Stop) -> Any:  # noqa: ANN401 - an Answer, or None
        """One page; None where it is time to stop. Waits out a few throttles."""
        unit = asking.unit
        session = self.sessions(unit.account, unit.region)
        pacer = self.pacer(Place(unit.account, unit.region))
        for throttles in range(_THROTTLES + 1):
            if not pacer.wait(stop):
                return None
            try:
                return session.read("cloudtrail", "LookupEvents", **asking.parameters())
            except Throttled:
                if throttles == _THROTTLES:
                    raise
                pacer.back_off(2.0**throttles)
            except Refused as error:
                if error.code != "InvalidNextTokenException" or not asking.forget_token():
                    raise
        return None


@dataclass(slots=True)
class _Asking:
    """Where a unit stands: the token of its next page, and the time reached."""

    unit: Unit
    cursor: dict[str, object]
    reached_ms: int | None
    through: bool = False

    def begin(self, oldest_ms: int) -> None:
        """Note from when on AWS is asked; its tokens hold for the very same times only."""
        start_ms = max(self.unit.since_ms, -(-oldest_ms // 1000) * 1000)
        self.cursor.setdefault("start_ms", start_ms)
        # the last page has no token: who was killed right after it asks for nothing again
        had_all = "token" in self.cursor and not self.cursor["token"]
        self.through = had_all or self.start_ms >= self.unit.until_ms

    @property
    def start_ms(self) -> int:
        """From when on AWS is asked."""
        return int(str(self.cursor.get("start_ms", self.unit.since_ms)))

    def parameters(self) -> dict[str, object]:
        """Of the next request."""
        end_ms = int(str(self.cursor.get("end_ms", self.unit.until_ms - 1000)))
        parameters: dict[str, object] = {
            "StartTime": _moment(self.start_ms),
            "EndTime": _moment(end_ms),
            "MaxResults": PAGE,
        }
        attribute = self.unit.question.get("attribute")
        if isinstance(attribute, list):
            key, value = cast("list[str]", attribute)
            parameters["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
        if self.unit.question.get("category") == "insight":
            parameters["EventCategory"] = "insight"
        if token := self.cursor.get("token"):
            parameters["NextToken"] = token
        return parameters

    def forget_token(self) -> bool:
        """Go on without a token that AWS does not take any more, from the second reached.

        False where there was none. The events of that second come again; they are known.
        """
        if not self.cursor.pop("token", None):
            return False
        if self.reached_ms is not None:
            self.cursor["end_ms"] = self.reached_ms - 1000
        return True

    def take(self, values: Mapping[str, Any], body: bytes) -> Got:
        """What a page brought, and where the next one begins."""
        number = int(str(self.cursor.get("page", 0))) + 1
        self.cursor["page"] = number
        events: Sequence[Mapping[str, Any]] = values.get("Events", [])
        if events:
            last: datetime = events[-1]["EventTime"]
            self.reached_ms = max(int(last.timestamp()) * 1000 + 1000, self.unit.since_ms)
        token = values.get("NextToken")
        self.cursor["token"] = token
        self.through = not token
        document = Document(f"{_named(self.unit)} page {number}", body)
        return Got((document,), dict(self.cursor), self.reached_ms)


def _named(unit: Unit) -> str:
    """A unit in words, as the origin of its pages."""
    asked = unit.question.get("filter")
    words = [
        "LookupEvents",
        unit.account,
        unit.region,
        f"{format_utc(unit.since_ms)}..{format_utc(unit.until_ms)}",
        "insight" if unit.question.get("category") == "insight" else "",
        str(asked) if asked else "",
    ]
    return " ".join(word for word in words if word)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)


def estimate(fetches: Sequence[Fetch], sessions: Sessions) -> Estimate:
    """Calls and minutes, from one page of each place: how close its newest 50 events stand.

    Asks AWS once for each account and Region (an unreachable one counts its units only).
    """
    lanes: dict[Place, list[Fetch]] = {}
    for fetch in fetches:
        lanes.setdefault(Place(fetch.unit.account, fetch.unit.region), []).append(fetch)

    def pages_of(place: Place) -> int | None:
        return _pages(lanes[place], sessions(place.account, place.region))

    requests, longest, unknown = 0, 0.0, 0
    with ThreadPoolExecutor(_ESTIMATED_AT_ONCE) as threads:
        for place, pages in zip(lanes, threads.map(pages_of, lanes), strict=True):
            unknown += pages is None
            calls = max(len(lanes[place]), pages or 0)
            requests += calls
            longest = max(longest, calls / SAFE_PER_SECOND)
    says = [
        f"{numbered(len(lanes), 'place')} side by side, {SAFE_PER_SECOND:.2f} requests a second in "
        "each",
        "reckoned from the newest page of each place: busier hours take more",
    ]
    if unknown:
        says.append(f"{numbered(unknown, 'place')} gave no page to reckon from")
    return Estimate(SOURCE, requests, longest, requests * PAGE_BYTES, 0.0, tuple(says))


def _pages(wanted: Sequence[Fetch], session: AwsSession) -> int | None:
    """About how many pages a place holds; None where AWS does not say.

    Of what was begun it is the next page, not one that was taken already.
    """
    from trailtui.aws.errors import CallError

    newest = max(wanted, key=lambda fetch: fetch.unit.until_ms)
    asking = _Asking(newest.unit, dict(newest.cursor), newest.reached_ms)
    try:
        values = session.read("cloudtrail", "LookupEvents", **asking.parameters()).values
    except CallError:
        return None
    events: Sequence[Mapping[str, Any]] = values.get("Events", [])
    asked_ms = sum(left_ms(fetch) for fetch in wanted)
    if not values.get("NextToken"):
        return 1
    first, last = events[0]["EventTime"], events[-1]["EventTime"]
    span_ms = max(1000, int((first - last).total_seconds() * 1000))
    return int(asked_ms / span_ms) + 1


def left_ms(fetch: Fetch) -> int:
    """How long a stretch of time is still to be asked for."""
    end = fetch.unit.until_ms if fetch.reached_ms is None else fetch.reached_ms
    return max(0, end - fetch.unit.since_ms)
