"""What is fetched from a trail's bucket: the days, accounts and Regions that are asked for.

A unit is a day of delivery of one account and Region, everything in it included: log files, Insight
files, digests. Where an end is given, a day more is taken, or as many as are wished: events of the
last minutes of a day are delivered on the next, and late files lie under the day of their delivery.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from trailtui.aws.errors import CallError
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Unit
from trailtui.collect.s3_bucket import Bucket
from trailtui.collect.s3_days import ENDS
from trailtui.collect.s3_discovery import TreePlace, find_places, find_trees, lacking
from trailtui.collect.s3_layout import DAY_MS, KINDS, Address, Spot, Tree, days, find_spot
from trailtui.collect.s3_objects import Objects
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.model.times import format_utc, now_ms

SOURCE = "s3"


class Listable(Objects, Protocol):
    """A bucket, or what stands for one, whose folders can be listed."""

    @property
    def name(self) -> str:
        """What a unit's question calls it."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under a prefix that ends with a slash or is empty."""
        ...


@dataclass(frozen=True, slots=True)
class S3Wish:
    """What is wanted of a bucket; what is empty or None is not limited."""

    since_ms: int | None = None
    until_ms: int | None = None
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    requester_pays: bool = False
    late_days: int = 1
    """How many days of delivery behind the end are taken, too."""


@dataclass(frozen=True, slots=True)
class S3Plan:
    """What is going to be fetched, and from where. `plan_s3` makes it."""

    units: tuple[Unit, ...]
    buckets: Mapping[str, Objects]
    """By what a unit's question names as the bucket."""
    kinds: Mapping[tuple[Tree, str, str], tuple[str, ...]]
    """The kinds of files that each account and Region of a tree has."""
    lacking: tuple[str, ...] = ()
    """What was wanted by name and is not there, in words."""
    addresses: tuple[str, ...] = ()
    refused: tuple[tuple[str, TrailtuiError], ...] = ()
    """Addresses of which nothing could be planned, where others could."""

    def prefixes(self, unit: Unit) -> list[str]:
        """What is listed for a unit."""
        question = unit.question
        if "key" in question:
            return [str(question["key"])]
        tree = Tree(str(question["bucket"]), str(question["root"]))
        kinds = (
            (str(question["kind"]),)
            if "kind" in question
            else self.kinds.get((tree, unit.account, unit.region)) or KINDS[:1]
        )
        return [tree.folder(unit.account, kind, unit.region, unit.since_ms) for kind in kinds]


@dataclass(slots=True)
class _Planning:
    wish: S3Wish
    present_ms: int
    units: dict[tuple[object, ...], Unit] = field(default_factory=dict[tuple[object, ...], Unit])
    kinds: dict[tuple[Tree, str, str], tuple[str, ...]] = field(
        default_factory=dict[tuple[Tree, str, str], tuple[str, ...]]
    )
    found: list[TreePlace] = field(default_factory=list[TreePlace])

    def add(self, unit: Unit) -> None:
        self.units[unit_key(unit)] = unit

    def place(self, bucket: Listable, key: str) -> None:
        """Plan what lies at one place."""
        spot = find_spot(key)
        is_part = spot.rest != "" if spot.root is not None else _is_object(bucket, key)
        if is_part:
            self._names(bucket, key, spot)
            return
        trees = find_trees(bucket.folders, bucket.name, key)
        wish = self.wish
        found = find_places(
            bucket.folders, trees, spot, accounts=wish.accounts, regions=wish.regions
        )
        self.found += found
        for midnight in self._days(spot):
            for place in found:
                self._day(place, spot, midnight)

    def _day(self, found: TreePlace, spot: Spot, midnight_ms: int) -> None:
        tree, place = found.tree, found.place
        self.kinds[(tree, place.account, place.region)] = found.kinds
        question: dict[str, object] = {"bucket": tree.bucket, "root": tree.root}
        if spot.kind is not None and spot.kind != KINDS[0]:
            question |= {"kind": spot.kind, "filter": f"only {spot.kind}"}
        end = midnight_ms + DAY_MS
        self.add(Unit(SOURCE, place.account, place.region, midnight_ms, end, question))

    def _names(self, bucket: Listable, key: str, spot: Spot) -> None:
        """A single object, or those whose names begin alike."""
        if not next(bucket.objects(key)):
            raise InputError("there is no such object or folder", where=bucket.origin(key))
        question = {"bucket": bucket.name, "key": key, "filter": f"only {bucket.origin(key)}"}
        self.add(
            Unit(
                SOURCE,
                spot.account or "",
                spot.region or "",
                spot.since_ms or 0,
                spot.until_ms or 0,
                question,
            )
        )

    def _days(self, spot: Spot) -> list[int]:
        """The midnights of the days that are wanted, newest first."""
        since, until = self.wish.since_ms, self.wish.until_ms
        if since is not None and until is not None and since >= until:
            raise InputError(
                "the time to look at ends before it begins", cure="Check --from and --to (UTC)."
            )
        if since is None and spot.since_ms is None:
            raise InputError(
                "it is not said from when on", cure="Give --from, or name a day in the address."
            )
        starts = [one for one in (since, spot.since_ms) if one is not None]
        late = None if until is None else until + self.wish.late_days * DAY_MS
        ends = [one for one in (late, spot.until_ms) if one is not None]
        first, end = max(starts), min([*ends, self.present_ms + 1])
        if first >= end:
            raise InputError(
                f"no day is left between {format_utc(first)} and {format_utc(end)}",
                cure="Check --from and --to (UTC) against the days that the address names.",
            )
        return days(first, end)


def unit_key(unit: Unit) -> tuple[object, ...]:
    """What tells two units apart."""
    return unit.account, unit.region, unit.since_ms, unit.until_ms, unit.question_text


def _is_object(bucket: Listable, key: str) -> bool:
    """Whether a key that lies in no trail's tree is an object's."""
    if not key or key.endswith("/"):
        return False
    return any(entry.key == key for entry in next(bucket.objects(key)))


def plan_s3(
    session: AwsSession,
    addresses: Iterable[Address],
    wish: S3Wish,
    *,
    present_ms: int | None = None,
) -> S3Plan:
    """Find out what lies at addresses and make units of what is wanted; folders are listed only.

    Raises what `make_plan` raises.
    """
    buckets: dict[str, Bucket] = {}
    places: list[tuple[Listable, str]] = []
    for address in addresses:
        bucket = Bucket(session, address.bucket, requester_pays=wish.requester_pays)
        places.append((buckets.setdefault(address.bucket, bucket), address.key))
    return make_plan(places, wish, now_ms() if present_ms is None else present_ms)


def make_plan(places: Sequence[tuple[Listable, str]], wish: S3Wish, present_ms: int) -> S3Plan:
    """The units of what is wanted at places in buckets, or in what stands for one.

    Of several places, one that can't be listed is noted and the others go on. Raises InputError
    where nothing is there, and a CallError where no bucket can be listed.
    """
    planning = _Planning(wish, present_ms)
    refused: list[tuple[str, TrailtuiError]] = []
    for bucket, key in places:
        try:
            planning.place(bucket, key)
        except (CallError, InputError) as error:
            if len(places) == 1 or isinstance(error, ENDS):
                raise
            refused.append((bucket.origin(key), error))
    if refused and len(refused) == len(places):
        raise refused[0][1]
    named = tuple(bucket.origin(key) for bucket, key in places)
    missing = tuple(lacking(planning.found, wish.accounts, wish.regions))
    if not planning.units:
        reason = "; ".join(missing) or "there are no files of any account in it"
        raise InputError(reason, where=", ".join(named))
    return S3Plan(
        tuple(sorted(planning.units.values(), key=lambda unit: -unit.since_ms)),
        {bucket.name: bucket for bucket, _ in places},
        planning.kinds,
        missing,
        named,
        tuple(refused),
    )
