"""Asking one product of one account and Region for its findings, page by page.

Each step is what a few requests brought and the place to go on at. Sources: GuardDuty API
Reference, ListFindings and GetFindings (50 ids a call); Security Hub API Reference, GetFindings and
GetFindingsV2 (100 a page); CloudWatch API Reference, DescribeAlarmHistory and DescribeAlarms.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from trailtui.aws.calls import Answer
from trailtui.aws.errors import CallError, NotFound
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Unit
from trailtui.collect.running import Incomplete
from trailtui.model.times import HOUR_MS, format_utc, now_ms

ALARM_HISTORY_MS = 30 * 24 * HOUR_MS
"""CloudWatch keeps an alarm's history so long (CloudWatch User Guide, "Using alarms")."""

_GUARDDUTY_PAGE = 50
_PAGE = 100
_ALARM_TYPES = ["MetricAlarm", "CompositeAlarm"]

Cursor = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of an API with findings in it."""

    product: str
    account: str
    region: str
    origin: str
    """Where it came from, in words."""
    body: bytes
    """The answer as it was received; where that is no JSON, its values as JSON."""
    alarms: Mapping[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """With a page of alarm history: the alarms in it by name, as DescribeAlarms has them."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a few requests brought, and where to go on."""

    pages: tuple[Page, ...]
    cursor: Cursor
    """JSON; with `end` there is nothing to go on with."""
    requests: int


class NotEnabledError(Exception):
    """The product is not switched on in this account and Region."""


def _guardduty(session: AwsSession, unit: Unit, cursor: Cursor, _: int) -> Iterator[Step]:
    """Ids in pages of 50, and the 50 findings of each; the oldest update first."""
    listed = session.read("guardduty", "ListDetectors")
    detectors = cast("list[str]", listed.values.get("DetectorIds", []))
    if not detectors:
        raise NotEnabledError("GuardDuty has no detector here: it is not switched on")
    criterion = {"updatedAt": {"GreaterThanOrEqual": unit.since_ms}}
    gone = 0
    for detector in detectors:
        token = str(cursor.get("token", "")) if cursor.get("detector") == detector else ""
        while True:
            more = {"NextToken": token} if token else {}
            ids = session.read(
                "guardduty", "ListFindings", DetectorId=detector, MaxResults=_GUARDDUTY_PAGE,
                FindingCriteria={"Criterion": criterion},
                SortCriteria={"AttributeName": "updatedAt", "OrderBy": "ASC"}, **more,
            ).values  # fmt: skip
            token = str(ids.get("NextToken") or "")
            last = not token and detector == detectors[-1]
            where = {"end": True} if last else {"detector": detector, "token": token}
            wanted = cast("list[str]", ids.get("FindingIds", []))
            pages: tuple[Page, ...] = ()
            if wanted:
                answer = session.read(
                    "guardduty", "GetFindings", DetectorId=detector, FindingIds=wanted
                )
                gone += len(wanted) - len(answer.values.get("Findings", []))
                pages = (_page(unit, "guardduty GetFindings", answer),)
            yield Step(pages, where, 1 + len(pages))
            if not token:
                break
    if gone:
        raise Incomplete(f"GuardDuty listed {gone} findings that it did not give")


def _securityhub(
    session: AwsSession, unit: Unit, cursor: Cursor, present_ms: int
) -> Iterator[Step]:
    """Findings in ASFF, the oldest update first."""
    updated = {"Start": format_utc(unit.since_ms), "End": format_utc(present_ms + HOUR_MS)}
    ask: dict[str, object] = {
        "Filters": {"UpdatedAt": [cursor.get("updated") or updated]},
        "SortCriteria": [{"Field": "UpdatedAt", "SortOrder": "asc"}],
    }
    try:
        yield from _paged(session, unit, "GetFindings", ask, cursor)
    except CallError as error:
        if error.code == "InvalidAccessException":
            raise NotEnabledError(
                "this account is not subscribed to Security Hub here (or may not ask: AWS has one "
                f"code for both). {error.what}"
            ) from None
        raise


def _securityhub_v2(
    session: AwsSession, unit: Unit, cursor: Cursor, present_ms: int
) -> Iterator[Step]:
    """Findings in OCSF."""
    try:
        session.read("securityhub", "DescribeSecurityHubV2")
    except NotFound:
        raise NotEnabledError("the second version of Security Hub is not switched on") from None
    updated = {"Start": format_utc(unit.since_ms), "End": format_utc(present_ms + HOUR_MS)}
    modified = {
        "FieldName": "finding_info.modified_time_dt",
        "Filter": cursor.get("updated") or updated,
    }
    ask: dict[str, object] = {"Filters": {"CompositeFilters": [{"DateFilters": [modified]}]}}
    yield from _paged(session, unit, "GetFindingsV2", ask, cursor)


def _paged(
    session: AwsSession,
    unit: Unit,
    operation: str,
    ask: Mapping[str, object],
    cursor: Cursor,
) -> Iterator[Step]:
    """Security Hub's pages. A token is bound to its request, so the cursor keeps the times."""
    filters = cast("Any", ask["Filters"])
    updated = (
        filters["UpdatedAt"][0]
        if operation == "GetFindings"
        else filters["CompositeFilters"][0]["DateFilters"][0]["Filter"]
    )
    token = str(cursor.get("token") or "")
    while True:
        more = {"NextToken": token} if token else {}
        answer = session.read("securityhub", operation, MaxResults=_PAGE, **ask, **more)
        token = str(answer.values.get("NextToken") or "")
        found = answer.values.get("Findings", [])
        pages = (_page(unit, f"securityhub {operation}", answer),) if found else ()
        yield Step(pages, {"token": token, "updated": updated} if token else {"end": True}, 1)
        if not token:
            return


def _alarms(session: AwsSession, unit: Unit, cursor: Cursor, present_ms: int) -> Iterator[Step]:
    """Changes of state in the time looked at, and the alarms that ring now."""
    kept_since = present_ms - ALARM_HISTORY_MS
    if cursor.get("part") != "ringing":
        yield from _alarm_history(session, unit, cursor)
    token = str(cursor.get("token") or "") if cursor.get("part") == "ringing" else ""
    while True:
        more = {"NextToken": token} if token else {}
        answer = session.read(
            "cloudwatch", "DescribeAlarms", StateValue="ALARM", AlarmTypes=_ALARM_TYPES,
            MaxRecords=_PAGE, **more,
        )  # fmt: skip
        token = str(answer.values.get("NextToken") or "")
        pages = (_page(unit, "cloudwatch DescribeAlarms", answer),) if _listed(answer) else ()
        yield Step(pages, {"part": "ringing", "token": token} if token else {"end": True}, 1)
        if not token:
            break
    if unit.since_ms < kept_since:
        raise Incomplete(
            "CloudWatch keeps an alarm's history for 30 days: nothing from before "
            f"{format_utc(kept_since)}"
        )


def _alarm_history(session: AwsSession, unit: Unit, cursor: Cursor) -> Iterator[Step]:
    token = str(cursor.get("token") or "")
    while True:
        more = {"NextToken": token} if token else {}
        answer = session.read(
            "cloudwatch", "DescribeAlarmHistory", HistoryItemType="StateUpdate",
            AlarmTypes=_ALARM_TYPES, StartDate=_moment(unit.since_ms),
            EndDate=_moment(unit.until_ms), MaxRecords=_PAGE, ScanBy="TimestampAscending", **more,
        )  # fmt: skip
        token = str(answer.values.get("NextToken") or "")
        items = cast("list[dict[str, Any]]", answer.values.get("AlarmHistoryItems", []))
        names = sorted({str(one.get("AlarmName", "")) for one in items} - {""})
        pages: tuple[Page, ...] = ()
        if names:
            told = session.read(
                "cloudwatch",
                "DescribeAlarms",
                AlarmNames=names,
                AlarmTypes=_ALARM_TYPES,
                MaxRecords=_PAGE,
            )
            known = {str(one.get("AlarmName")): one for one in _listed(told)}
            pages = (
                _page(unit, "cloudwatch DescribeAlarms", told),
                _page(unit, "cloudwatch DescribeAlarmHistory", answer, known),
            )
        part = "history" if token else "ringing"
        yield Step(pages, {"part": part, "token": token}, 1 + bool(names))
        if not token:
            return


def _listed(answer: Answer) -> list[dict[str, Any]]:
    values = answer.values
    return [*values.get("MetricAlarms", []), *values.get("CompositeAlarms", [])]


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


ASKING: Mapping[
    str, Callable[[AwsSession, Unit, Cursor, int], Iterator[Step]]
] = {
    "guardduty": _guardduty,
    "securityhub": _securityhub,
    "securityhub-v2": _securityhub_v2,
    "alarms": _alarms,
}  # fmt: skip


def _page(
    unit: Unit, call: str, answer: Answer, alarms: Mapping[str, dict[str, Any]] | None = None
) -> Page:
    origin = f"{call} {unit.account} {unit.region} at {format_utc(answer.at_ms or now_ms())}"
    product = str(unit.question["product"])
    return Page(product, unit.account, unit.region, origin, _json_of(answer), alarms or {})


def _json_of(answer: Answer) -> bytes:
    """The bytes as they came; CloudWatch may answer in CBOR or XML, then the values as JSON."""
    try:
        json.loads(answer.body)
    except ValueError:
        return json.dumps(answer.values, default=_plain, sort_keys=True).encode()
    return answer.body


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
