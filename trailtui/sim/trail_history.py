"""What each trail was set to, and when: a record is delivered by what was in force at its time."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from trailtui.sim import moto_trails
from trailtui.sim.clock import Clock
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.record_facts import Record, event_time

DEFAULT_SELECTORS: list[dict[str, Dynamic]] = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
"""What AWS has where nothing was put. Source: CloudTrail API Reference, PutEventSelectors."""


@dataclass(frozen=True)
class TrailState:
    """A trail's settings at one time."""

    arn: str
    account: str
    name: str
    home_region: str
    bucket: str
    prefix: str
    multi_region: bool
    global_events: bool
    validated: bool
    """Whether digest files are written."""
    for_organisation: bool
    kms_key: str | None
    log_group: str | None
    """ARN of the log group that it sends to as well."""
    logging: bool
    event_selectors: list[dict[str, Dynamic]]
    advanced_selectors: list[dict[str, Dynamic]]
    insights: frozenset[str]


@dataclass(frozen=True)
class _Change:
    at: datetime
    counts_from: int
    """The number of the first record that it counts for."""
    state: TrailState


def look(trail: Dynamic) -> TrailState:
    """The present settings of one of moto's trails."""
    advanced = deepcopy(trail.advanced_event_selectors)
    basic = deepcopy(trail.event_selectors)
    return TrailState(
        arn=str(trail.arn),
        account=str(trail.account_id),
        name=str(trail.trail_name),
        home_region=str(trail.region_name),
        bucket=str(trail.bucket_name),
        prefix=str(trail.s3_key_prefix or ""),
        multi_region=bool(trail.is_multi_region),
        global_events=bool(trail.include_global_service_events),
        validated=bool(trail.log_validation),
        for_organisation=bool(trail.is_org_trail),
        kms_key=trail.kms_key_id or None,
        log_group=trail.cw_log_group_arn or None,
        logging=bool(trail.status.is_logging),
        event_selectors=basic if basic or advanced else deepcopy(DEFAULT_SELECTORS),
        advanced_selectors=advanced,
        insights=frozenset(str(one["InsightType"]) for one in trail.insight_selectors),
    )


class TrailHistory:
    """All trails that ever were, each with its changes, oldest first.

    Args:
        clock: the account's.
        records: the records so far; only their number is looked at.
        adopted: the numbers of those that no call made.
    """

    def __init__(self, clock: Clock, records: list[Record], adopted: set[int]) -> None:
        self._clock = clock
        self._records = records
        self._adopted = adopted
        self._changes: dict[str, list[_Change]] = {}

    def note_change(self, account: str, *, recorded: bool) -> None:
        """Look at an account's trails; to be called after every call that changes some.

        The call that ends the logging is still logged, and so is the one that begins it.

        Args:
            account: whose trails.
            recorded: whether the call will be the next record.
        """
        present = {state.arn: state for state in map(look, moto_trails.trails(account))}
        for arn, changes in self._changes.items():
            if arn not in present and changes[-1].state.account == account:
                present[arn] = replace(changes[-1].state, logging=False)
        for arn, state in present.items():
            changes = self._changes.setdefault(arn, [])
            last = changes[-1].state if changes else None
            if state != last:
                own = 1 if recorded and last is not None and last.logging else 0
                counts_from = len(self._records) + own
                changes.append(_Change(self._clock.now(), counts_from, state))

    def arns(self, name: str | None = None) -> list[str]:
        """The ARNs of all trails, or of those with a name."""
        return [
            arn
            for arn, changes in self._changes.items()
            if name in (None, arn, changes[-1].state.name)
        ]

    def latest(self, arn: str) -> TrailState:
        """A trail's last settings; of a deleted trail, those it had, without logging."""
        return self._changes[arn][-1].state

    def in_force(self, arn: str, number: int) -> TrailState | None:
        """A trail's settings for a record, by its number; None before the trail was made.

        The records of calls are compared by their order, since many have the same second;
        adopted ones came in any order and are compared by their time.
        """
        changes = self._changes[arn]
        if number not in self._adopted:
            counting = [one for one in changes if one.counts_from <= number]
        else:
            at = event_time(self._records[number])
            counting = sorted(
                (one for one in changes if at is not None and one.at <= at), key=lambda one: one.at
            )
        return counting[-1].state if counting else None

    def validated_spans(self, arn: str) -> Iterator[tuple[datetime, datetime | None]]:
        """From when to when a trail was logging with validation; None: until now."""
        began: datetime | None = None
        for change in sorted(self._changes[arn], key=lambda one: one.at):
            on = change.state.logging and change.state.validated
            if on and began is None:
                began = change.at
            elif not on and began is not None:
                yield began, change.at
                began = None
        if began is not None:
            yield began, None


def whole_seconds(at: datetime) -> datetime:
    """The second a time lies in, in UTC."""
    return at.astimezone(UTC) - timedelta(microseconds=at.microsecond)
