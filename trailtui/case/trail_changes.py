"""What trails did not log, by the calls that stopped, deleted or narrowed them.

Those calls are in the case as events: whoever turned logging off left that trace. They tell of one
trail each; whether another one logged meanwhile is for AWS's own answers to say (trail_state).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import cast

from trailtui.case.events import by_ids, record_of
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.selectors import Members, lowered, read_selectors
from trailtui.case.unlogged import DELIVERY, EVERYTHING, GLOBAL, NotLogged

NAMES = (
    "StopLogging", "StartLogging", "DeleteTrail", "CreateTrail", "UpdateTrail", "PutEventSelectors",
)  # fmt: skip
MOST = 5000
"""So many of these calls are read at most; nobody stops a trail that often by mistake."""


@dataclass(frozen=True, slots=True)
class TrailChange:
    """A call about a trail that succeeded."""

    at_ms: int
    event_id: str
    name: str
    account: str
    region: str
    """Where it was called: a trail is changed in its home Region only."""
    parameters: Members
    answer: Members

    @property
    def trail(self) -> str:
        """The trail's name, without the rest of an ARN."""
        named = self.parameters.get("name") or self.parameters.get("trailName")
        return str(named or self.answer.get("name") or "").rpartition("/")[2]


def trail_changes(case: Case) -> list[TrailChange]:
    """The calls about trails that are in the case and succeeded, in time order."""
    marks = ", ".join("?" * len(NAMES))
    rows = case.connection.execute(
        "SELECT id FROM event_rows WHERE error IS NULL AND flags & 64 = 0 AND name IN "  # noqa: S608
        f"(SELECT id FROM strings WHERE text IN ({marks})) ORDER BY id LIMIT ?",
        [*NAMES, MOST],
    )
    reader = RecordReader(case)
    found: list[TrailChange] = []
    for row in by_ids(case, [row[0] for row in rows]):
        if row.source != "cloudtrail.amazonaws.com" or row.time_ms is None:
            continue
        record = _object(json.loads(record_of(case, row, reader)))
        found.append(
            TrailChange(
                row.time_ms, row.event_id, row.name or "", row.account or "", row.region or "",
                lowered(_object(record.get("requestParameters"))),
                lowered(_object(record.get("responseElements"))),
            )
        )  # fmt: skip
    return found


def _object(value: object) -> Members:
    return cast("Members", value) if isinstance(value, dict) else {}


def unlogged_by_changes(
    changes: Iterable[TrailChange], multi_region: Mapping[str, bool] | None = None
) -> list[NotLogged]:
    """The stretches of time in which each trail did not log, by the calls about it.

    `multi_region` tells of trails, by name, whether they log every Region; the calls themselves
    tell it where a trail was made or changed.
    """
    known = multi_region or {}
    by_trail = sorted(changes, key=lambda one: (one.account, one.region, one.trail, one.at_ms))
    found: list[NotLogged] = []
    for _, group in groupby(by_trail, key=lambda one: (one.account, one.region, one.trail)):
        several = list(group)
        found += _Trail(several[0], known.get(several[0].trail)).follow(several)
    return sorted(found, key=lambda span: (span.account, span.since_ms or 0, span.trail))


@dataclass(slots=True)
class _Trail:
    """One trail while its calls are followed."""

    first: TrailChange
    multi_region: bool | None
    bucket: str = ""
    open: dict[str, NotLogged] = field(default_factory=dict[str, NotLogged])
    """What is not logged at present, by what it is that was changed."""
    found: list[NotLogged] = field(default_factory=list[NotLogged])

    def follow(self, changes: Sequence[TrailChange]) -> Iterator[NotLogged]:
        """All stretches, those that have no end last."""
        for change in changes:
            told = {**change.parameters, **change.answer}
            if isinstance(told.get("isMultiRegionTrail"), bool):
                self.multi_region = told["isMultiRegionTrail"] is True
        for change in changes:
            self._take(change)
        yield from self.found
        yield from self.open.values()

    def _take(self, change: TrailChange) -> None:
        told = {**change.parameters, **change.answer}
        if change.name == "StopLogging":
            self._begin("logging", change, EVERYTHING, "StopLogging")
        elif change.name == "DeleteTrail":
            self._begin("logging", change, EVERYTHING, "DeleteTrail")
        elif change.name == "StartLogging":
            self._end("logging", change)
        elif change.name == "PutEventSelectors":
            self._selectors(change)
        self._bucket(change, told)
        if change.name == "UpdateTrail":
            self._update(change)

    def _begin(self, kind: str, change: TrailChange, what: str, because: str) -> None:
        if kind in self.open:  # stopped, then deleted: the first one counts
            told = self.open[kind]
            both = f"{told.because}, then {because}"
            events = (*told.events, change.event_id)
            self.open[kind] = replace(told, because=both, events=events)
            return
        self.open[kind] = self._span(change, what, because)

    def _span(self, change: TrailChange, what: str, because: str) -> NotLogged:
        sure = "by events of this case; whether another trail logged meanwhile they don't say"
        if self.multi_region is None:
            sure += ", nor whether the trail logs other Regions too"
        regions = () if self.multi_region else (self.first.region,)
        return NotLogged(
            change.account, regions, change.at_ms, None, what, change.trail, because, sure,
            (change.event_id,),
        )  # fmt: skip

    def _end(self, kind: str, change: TrailChange) -> None:
        span = self.open.pop(kind, None)
        if span is not None:
            events = (*span.events, change.event_id)
            self.found.append(replace(span, until_ms=change.at_ms, events=events))

    def _selectors(self, change: TrailChange) -> None:
        for kind in [kind for kind in self.open if kind.startswith("selectors ")]:
            self._end(kind, change)
        selected = read_selectors(change.parameters) or read_selectors(change.answer)
        for what in selected.lacking() if selected else ():
            self._begin(f"selectors {what}", change, what, "PutEventSelectors leaves it out")

    def _bucket(self, change: TrailChange, told: Members) -> None:
        bucket = str(told.get("s3BucketName") or "")
        if bucket and self.bucket and bucket != self.bucket:
            because = f"{change.name}: from here on its files go to the bucket {bucket}"
            self._end("bucket", change)
            self._begin("bucket", change, DELIVERY, because)
        self.bucket = bucket or self.bucket

    def _update(self, change: TrailChange) -> None:
        told = {**change.parameters, **change.answer}
        if told.get("isMultiRegionTrail") is True:
            self._end("regions", change)
        elif change.parameters.get("isMultiRegionTrail") is False:
            because = "UpdateTrail: from here on it logs its home Region only"
            self._begin("regions", change, EVERYTHING, because)
            home = (self.first.region,)
            self.open["regions"] = replace(
                self.open["regions"], regions=(), except_regions=home
            )  # fmt: skip
        if told.get("includeGlobalServiceEvents") is True:
            self._end("global", change)
        elif change.parameters.get("includeGlobalServiceEvents") is False:
            because = "UpdateTrail: without global service events (IAM, STS, CloudFront)"
            self._begin("global", change, GLOBAL, because)
