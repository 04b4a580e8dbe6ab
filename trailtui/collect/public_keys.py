"""The public keys of a Region, so that its digests can be checked from the case, without AWS.

CloudTrail signs with a key of the Region, a new one now and then, and hands out the public halves
by ListPublicKeys for a time (CloudTrail API Reference; User Guide, "Custom implementations of log
file integrity validation"). The answer is kept as it came, as evidence of kind `answer` whose
origin begins with `public-keys REGION`; its times stand beside it. A digest names its key by
`digestPublicKeyFingerprint`.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from trailtui.aws.errors import CallError
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.collect.answers import keep_answers
from trailtui.collect.s3_layout import DIGESTS
from trailtui.collect.s3_plan import SOURCE, S3Plan
from trailtui.collect.storing import Document
from trailtui.model.times import HOUR_MS, format_utc, now_ms

ORIGIN = "public-keys "
_OPERATION = "ListPublicKeys"
_THREADS = 8


@dataclass(slots=True)
class PublicKeys:
    """What AWS answered, and the Regions in which it refused."""

    answers: list[Document] = field(default_factory=list[Document])
    asked: list[str] = field(default_factory=list[str])
    """The Regions that answered."""
    refused: list[tuple[str, CallError]] = field(default_factory=list[tuple[str, CallError]])


def digest_times(plan: S3Plan) -> dict[str, tuple[int, int]]:
    """The Regions of which a plan fetches digests, and from when to when, in milliseconds."""
    found: dict[str, tuple[int, int]] = {}
    for unit in plan.units:
        if unit.region and any(f"/{DIGESTS}/" in prefix for prefix in plan.prefixes(unit)):
            since, until = found.get(unit.region, (unit.since_ms, unit.until_ms))
            found[unit.region] = min(since, unit.since_ms), max(until, unit.until_ms)
    return found


def missing_keys(case: Case, times: Mapping[str, tuple[int, int]], present_ms: int) -> list[str]:
    """The Regions whose keys of these times the case does not have."""
    rows = case.connection.execute(
        "SELECT told FROM evidence_origins WHERE origin BETWEEN ? AND ? AND told IS NOT NULL",
        [ORIGIN, f"{ORIGIN}\U0010ffff"],
    )
    had = [json.loads(told) for (told,) in rows]
    return [
        region
        for region, (since, until) in times.items()
        if not any(
            one["region"] == region
            and one["since_ms"] <= since
            and one["until_ms"] >= min(until, present_ms)
            for one in had
        )
    ]


def ask_for_keys(
    session: AwsSession, since_ms: Mapping[str, int], present_ms: int | None = None
) -> PublicKeys:
    """The keys of Regions from a time of each on until now; a Region that refuses is noted.

    Until now, whatever was asked for: a digest that was written later for an earlier hour is signed
    with the key of the day it was written.
    """
    until_ms = now_ms() if present_ms is None else present_ms
    found = PublicKeys()

    def ask(region: str) -> list[Document] | CallError:
        try:
            return _pages(session.in_region(region), region, since_ms[region], until_ms)
        except CallError as error:
            return error

    with ThreadPoolExecutor(_THREADS) as threads:
        for region, pages in zip(since_ms, threads.map(ask, since_ms), strict=True):
            if isinstance(pages, CallError):
                found.refused.append((region, pages))
            else:
                found.asked.append(region)
                found.answers += pages
    return found


def _pages(session: AwsSession, region: str, since_ms: int, until_ms: int) -> list[Document]:
    times = {"StartTime": _moment(since_ms - HOUR_MS), "EndTime": _moment(until_ms)}
    pages: list[Document] = []
    more: dict[str, object] = {}
    while True:
        answer = session.read("cloudtrail", _OPERATION, **times, **more)
        told: dict[str, object] = {
            "operation": _OPERATION,
            "region": region,
            "since_ms": since_ms,
            "until_ms": until_ms,
            "at_ms": answer.at_ms or now_ms(),
        }
        span = f"{format_utc(since_ms)}..{format_utc(until_ms)}"
        origin = f"{_origin(region)} {span} page {len(pages) + 1}"
        pages.append(Document(origin, answer.body, told))
        if not answer.values.get("NextToken"):
            return pages
        more = {"NextToken": answer.values["NextToken"]}


def keep_keys(case: Case, found: PublicKeys) -> int:
    """Keep the answers as evidence and the refusals as problems; gives how many are new.

    The action log tells which Regions were asked.
    """
    if not found.asked and not found.refused:
        return 0
    refused = [(_origin(region), error) for region, error in found.refused]
    new = keep_answers(case, found.answers, refused, map(_origin, found.asked))
    said = [f"{region}: {error}" for region, error in found.refused]
    append(case, "collect", {"source": SOURCE, "public_keys": found.asked, "refused": said})
    return new


def _origin(region: str) -> str:
    return f"{ORIGIN}{region} {_OPERATION}"


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)
