"""What the trails write into their buckets: log files, late ones among them, and digests."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from trailtui.sim import delivery, digests, moto_trails
from trailtui.sim.delivery import Destination
from trailtui.sim.digests import Digest, DigestPlace, LoggedFile
from trailtui.sim.moto_trails import StoredObject
from trailtui.sim.record_facts import Record, owner, text
from trailtui.sim.selection import delivers
from trailtui.sim.trail_history import TrailState, whole_seconds

if TYPE_CHECKING:
    from trailtui.sim.world import World

_HOUR = timedelta(hours=1)
_LAST_FILES = timedelta(minutes=10)
"""So long after the logging was stopped its last digest is written."""

Late = Collection[str] | float
"""Which records are late: their event ids, or how many of a hundred, from 0 to 1."""


@dataclass(frozen=True)
class Delivery:
    """What one delivery wrote, as "s3://bucket/key", in order."""

    files: list[str]
    digests: list[str]


@dataclass(frozen=True)
class _Waiting:
    """A record on its way."""

    record: Record
    place: Destination
    state: TrailState
    late: bool


@dataclass
class _Chain:
    """The digests of one account and Region, and the files that none vouches for yet."""

    files: list[LoggedFile] = field(default_factory=list[LoggedFile])
    last: Digest | None = None
    covered_until: datetime | None = None


@dataclass
class Progress:
    """How far the delivery of one trail has come."""

    next_number: int = 0
    waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    latest_file: datetime | None = None
    latest_digest: datetime | None = None
    error: str | None = None
    """AWS's code of why the last delivery failed."""
    chains: dict[tuple[str, str], _Chain] = field(default_factory=dict[tuple[str, str], _Chain])


class Buckets:
    """Delivers for all trails of all accounts.

    Args:
        world: the account.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.progress: dict[str, Progress] = {}
        """By the trails' ARNs."""

    def deliver(self, arn: str, late: Late, late_by: timedelta) -> Delivery:
        """Deliver what a trail has not delivered yet.

        Args:
            arn: the trail's.
            late: these records come into files of their own, which are delivered later.
            late_by: how much later; before that time has come the records wait.
        """
        progress = self.progress.setdefault(arn, Progress())
        progress.waiting += self._fresh(arn, progress, late, late_by)
        now = self._world.clock.now()
        due = [one for one in progress.waiting if not one.late or one.place.delivered <= now]
        missing = {one.state.bucket for one in due if not _exists(one.state.bucket)}
        due = [one for one in due if one.state.bucket not in missing]
        going = {id(one) for one in due}
        progress.waiting = [one for one in progress.waiting if id(one) not in going]
        progress.error = "NoSuchBucket" if missing else None
        files = [self._write(progress, group) for group in _by_state(due)]
        written = [uri for uris in files for uri in uris]
        return Delivery(written, list(self._write_digests(arn, progress)))

    def _fresh(
        self, arn: str, progress: Progress, late: Late, late_by: timedelta
    ) -> Iterator[_Waiting]:
        records, world = self._world.records, self._world
        for number in range(progress.next_number, len(records)):
            record, state = records[number], world.trails.in_force(arn, number)
            if state is None:
                continue
            account = owner(record, world.account)
            if not delivers(state, record, account, _members(state)):
                continue
            is_late = self._is_late(record, late)
            at = delivery.delivery_time(record) + (late_by if is_late else timedelta(0))
            place = delivery.destination(record, world.account, at)
            yield _Waiting(record, place, state, is_late)
        progress.next_number = len(records)

    def _is_late(self, record: Record, late: Late) -> bool:
        if isinstance(late, int | float):
            return self._world.random.random() < late
        return text(record, "eventID") in late

    def _write(self, progress: Progress, group: list[_Waiting]) -> list[str]:
        """Write the files of records that were recorded under the same settings."""
        state, now = group[0].state, self._world.clock.now()
        organisation = _organisation_id(state)
        placed = [(_not_before_digest(progress, one.place), one.record) for one in group]
        uris: list[str] = []
        for place, records in delivery.by_file(placed):
            key = place.key(delivery.new_ending(self._world.random), state.prefix, organisation)
            body = delivery.content(records)
            at = min(place.delivered, now)
            packed = delivery.pack(body)
            moto_trails.put_object(
                StoredObject(state.bucket, key, packed, at, {}, kms_key=state.kms_key)
            )
            times = sorted(str(one["eventTime"]) for one in records)
            digest = hashlib.sha256(body).hexdigest()
            file = LoggedFile(state.bucket, key, place.delivered, digest, times[0], times[-1])
            chain = progress.chains.setdefault((place.account, place.region), _Chain())
            chain.files.append(file)
            progress.latest_file = max(progress.latest_file or at, at)
            uris.append(f"s3://{state.bucket}/{key}")
        return uris

    def _write_digests(self, arn: str, progress: Progress) -> Iterator[str]:
        """The digests of all hours that are over, in every Region that had a file, and at home."""
        state, now = self._world.trails.latest(arn), self._world.clock.now()
        spans = list(self._world.trails.validated_spans(arn))
        if not spans or not _exists(state.bucket):
            return
        accounts = _members(state) if state.for_organisation else (state.account,)
        for account in accounts:
            progress.chains.setdefault((account, state.home_region), _Chain())
        for (account, region), chain in sorted(progress.chains.items()):
            place = DigestPlace(
                account=account,
                region=region,
                trail=state.name,
                home_region=state.home_region,
                bucket=state.bucket,
                prefix=state.prefix,
                organisation=_organisation_id(state),
            )
            for digest in _next_digests(place, chain, spans, now):
                body = delivery.pack(digest.content)
                at = min(digest.ends, now)
                moto_trails.put_object(
                    StoredObject(digest.bucket, digest.key, body, at, digest.metadata)
                )
                progress.latest_digest = max(progress.latest_digest or at, at)
                yield f"s3://{digest.bucket}/{digest.key}"


def _next_digests(
    place: DigestPlace,
    chain: _Chain,
    spans: Iterable[tuple[datetime, datetime | None]],
    now: datetime,
) -> Iterator[Digest]:
    for began, stopped in spans:
        first = whole_seconds(began)
        for start, end in _hours(first, stopped):
            if end > now:
                break
            if chain.covered_until is not None and end <= chain.covered_until:
                continue
            if start == first:
                # What was delivered while nothing was validated no digest vouches for.
                chain.files = [one for one in chain.files if one.delivered >= first]
            within = [one for one in chain.files if one.delivered < end]
            chain.files = [one for one in chain.files if one.delivered >= end]
            previous = None if start == first else chain.last
            chain.last = digests.make_digest(place, start, end, within, previous)
            chain.covered_until = end
            yield chain.last


def _hours(began: datetime, stopped: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    """The hours of a span, counted from its beginning; the last one ends soon after the stop."""
    last = whole_seconds(stopped) + _LAST_FILES if stopped else None
    start = began
    while last is None or start < last:
        end = start + _HOUR if last is None else min(start + _HOUR, last)
        yield start, end
        start = end


def _not_before_digest(progress: Progress, place: Destination) -> Destination:
    """A file that comes after its hour's digest belongs to the next hour."""
    chain = progress.chains.get((place.account, place.region))
    covered = chain.covered_until if chain else None
    if covered is None or place.delivered >= covered:
        return place
    return replace(place, delivered=covered)


def _by_state(waiting: list[_Waiting]) -> list[list[_Waiting]]:
    """The records by where their trail wrote to at their time."""
    groups: dict[tuple[str, str, bool, str | None], list[_Waiting]] = {}
    for one in waiting:
        state = one.state
        where = (state.bucket, state.prefix, state.for_organisation, state.kms_key)
        groups.setdefault(where, []).append(one)
    return list(groups.values())


def _exists(bucket: str) -> bool:
    return moto_trails.bucket_owner(bucket) is not None


def _members(state: TrailState) -> tuple[str, ...]:
    organisation = moto_trails.organisation_of(state.account)
    return organisation.accounts if organisation else ()


def _organisation_id(state: TrailState) -> str:
    organisation = moto_trails.organisation_of(state.account) if state.for_organisation else None
    return organisation.id if organisation else ""
