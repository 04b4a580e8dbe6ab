"""What trails do not log, by what AWS says of them: DescribeTrails, GetTrailStatus, selectors.

Pure functions over the bodies of those answers. They say how things stood when AWS was asked, and
of the time before only what a trail's own times tell.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from trailtui.case.selectors import Members, Selected, lowered, objects, read_selectors
from trailtui.case.unlogged import DELIVERY, EVERYTHING, GLOBAL, MANAGEMENT, NotLogged
from trailtui.model.times import format_utc, parse_event_time

ORIGIN = "trails "
"""Evidence of kind `answer` with an origin that begins so, `trails ACCOUNT REGION OPERATION`, and
the trail's ARN where it is about one, holds an answer about trails (collect.trails keeps it)."""


@dataclass(frozen=True, slots=True)
class TrailAnswer:
    """One answer about trails."""

    account: str
    region: str
    """The Region that was asked."""
    asked_ms: int
    body: Members
    trail: str = ""
    """ARN or name, where the answer is about one trail and does not name it."""


@dataclass(slots=True)
class Trail:
    """One trail, as far as answers tell of it."""

    arn: str
    name: str
    home: str
    multi_region: bool
    global_events: bool
    asked_ms: int
    status: Members | None = None
    selected: Selected | None = None


def answer_of(origin: str, content: bytes, told: str | None, seen_ms: int) -> TrailAnswer | None:
    """An answer from evidence; None where its origin or content is something else.

    Args:
        origin: what the evidence is called.
        content: its content.
        told: JSON of what was noted with it: `at_ms`, when AWS said so, and `trail`.
        seen_ms: when it was taken in, where that is not noted.
    """
    words = origin.split()
    if not origin.startswith(ORIGIN) or len(words) < 3:
        return None
    try:
        body, noted = json.loads(content), json.loads(told or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(noted, dict):
        return None
    beside = cast("Members", noted)
    at_ms, trail = beside.get("at_ms"), beside.get("trail") or (words[4:] or [""])[0]
    asked_ms = at_ms if isinstance(at_ms, int) else seen_ms
    return TrailAnswer(words[1], words[2], asked_ms, cast("Members", body), str(trail))


def trails_of(answers: Iterable[TrailAnswer]) -> dict[tuple[str, str], list[Trail]]:
    """The trails that cover each account and Region that was asked, by the newest answers."""
    found: dict[tuple[str, str], list[Trail]] = {}
    rest: list[TrailAnswer] = []
    for answer in sorted(answers, key=lambda answer: answer.asked_ms):
        listed = lowered(answer.body).get("trailList")
        if isinstance(listed, list):
            told = objects(cast("object", listed))
            trails = [_trail(lowered(one), answer.asked_ms) for one in told]
            found[(answer.account, answer.region)] = trails
        rest.append(answer)
    for answer in rest:
        _add_to(found, answer)
    return found


def _trail(told: Members, asked_ms: int) -> Trail:
    return Trail(
        arn=str(told.get("trailARN") or ""),
        name=str(told.get("name") or ""),
        home=str(told.get("homeRegion") or ""),
        multi_region=told.get("isMultiRegionTrail") is True,
        global_events=told.get("includeGlobalServiceEvents") is not False,
        asked_ms=asked_ms,
    )


def _add_to(found: Mapping[tuple[str, str], list[Trail]], answer: TrailAnswer) -> None:
    """Status and selectors, from an answer of their own or beside the list of trails."""
    body = lowered(answer.body)
    parts: list[tuple[str, Members]] = [(str(body.get("trailARN") or answer.trail), answer.body)]
    for member in ("status", "selectors"):
        inside = body.get(member)
        if isinstance(inside, dict):
            named = cast("Mapping[str, object]", inside)
            parts += [
                (name, cast("Members", one)) for name, one in named.items() if isinstance(one, dict)
            ]
    for name, part in parts:
        status = lowered(part) if "isLogging" in lowered(part) else None
        selected = read_selectors(part)
        for (account, _), trails in found.items():
            for trail in trails:
                if account == answer.account and name and name in (trail.arn, trail.name):
                    trail.status = status or trail.status
                    trail.selected = selected or trail.selected


def unlogged_by_state(found: Mapping[tuple[str, str], Sequence[Trail]]) -> list[NotLogged]:
    """What is not logged in each account and Region that was asked."""
    spans: list[NotLogged] = []
    for (account, region), trails in sorted(found.items()):
        if not trails:
            spans.append(_no_trail(account, region))
        of_each = [[*_of_trail(account, region, trail)] for trail in trails]
        for at, mine in enumerate(of_each):
            others = [other for number, other in enumerate(of_each) if number != at]
            spans += [replace(one, others_log=_logged_by(others, one)) for one in mine]
    return _with_regions_joined(spans)


def _no_trail(account: str, region: str) -> NotLogged:
    return NotLogged(
        account, (region,), None, None, EVERYTHING, "",
        "DescribeTrails lists no trail for this Region",
        "certain for the moment AWS was asked; a trail that was deleted before is not listed",
    )  # fmt: skip


def _of_trail(account: str, region: str, trail: Trail) -> Iterable[NotLogged]:
    when = f"as AWS said at {format_utc(trail.asked_ms)}"
    one = NotLogged(account, (region,), None, trail.asked_ms, EVERYTHING, trail.name, "", when)
    yield from _by_status(one, trail)
    for what in trail.selected.lacking() if trail.selected else ():
        because = "the trail's event selectors leave it out"
        sure = f"{when}; selectors may have been others before"
        yield replace(one, what=what, because=because, sure=sure)
    if not trail.global_events:
        because = "the trail does not include global service events (IAM, STS, CloudFront)"
        yield replace(one, what=GLOBAL, because=because)


def _by_status(one: NotLogged, trail: Trail) -> Iterable[NotLogged]:
    if trail.status is None:
        return
    stopped = _time_ms(trail.status.get("stopLoggingTime"))
    started = _time_ms(trail.status.get("startLoggingTime"))
    if trail.status.get("isLogging") is False:
        because = "the trail is stopped" if stopped else "the trail was never started"
        yield replace(one, since_ms=stopped, because=because)
    elif stopped is not None and started is not None and stopped < started:
        sure = f"{one.sure}; only the last stop is told"
        because = "the trail was stopped and started again"
        yield replace(one, since_ms=stopped, until_ms=started, because=because, sure=sure)
    if error := trail.status.get("latestDeliveryError"):
        since = _time_ms(trail.status.get("latestDeliveryTime"))
        because = f"the last delivery failed: {error}"
        yield replace(one, since_ms=since, what=DELIVERY, because=because)


def _time_ms(value: object) -> int | None:
    """A time in an answer's body: seconds since 1970, or text."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return int(value * 1000)
    return parse_event_time(value) if isinstance(value, str) else None


def _logged_by(others: Sequence[Sequence[NotLogged]], one: NotLogged) -> bool:
    """Whether one of the other trails logged, all that time, what this one did not."""
    return any(not any(_holds(gap, one) for gap in gaps) for gaps in others)


def _holds(gap: NotLogged, one: NotLogged) -> bool:
    """Whether the other trail's gap touches this one: then nobody can count on it."""
    return gap.what in (one.what, EVERYTHING) and _touch(gap, one)


def _touch(one: NotLogged, other: NotLogged) -> bool:
    begins = one.until_ms is None or other.since_ms is None or other.since_ms < one.until_ms
    ends = one.since_ms is None or other.until_ms is None or one.since_ms < other.until_ms
    return begins and ends


def logged_throughout(trail: Trail, span: NotLogged) -> bool:
    """Whether AWS's answers say that a trail logged management events during all of a span."""
    status = trail.status or {}
    started = _time_ms(status.get("startLoggingTime"))
    if status.get("isLogging") is not True or started is None or span.since_ms is None:
        return False
    if started > span.since_ms and not status.get("stopLoggingTime"):
        return False  # it was made later
    gaps = _of_trail(span.account, trail.home, trail)
    return not any(gap.what in (EVERYTHING, MANAGEMENT) and _touch(gap, span) for gap in gaps)


def _with_regions_joined(spans: Sequence[NotLogged]) -> list[NotLogged]:
    """The same of several Regions as one."""
    regions: dict[NotLogged, list[str]] = {}
    for span in spans:
        regions.setdefault(replace(span, regions=()), []).extend(span.regions)
    return [replace(span, regions=tuple(named)) for span, named in regions.items()]
