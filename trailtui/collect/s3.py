"""A trail's bucket as a source: the days, accounts and Regions that are asked for, whole files.

A unit is a day of delivery of one account and Region, everything in it included: log files, Insight
files, digests. Where an end is given, one day more is taken: events of the last minutes of a day
are delivered on the next, and late files lie under the day of their delivery.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Unit, plan_fetches
from trailtui.case.file import Case
from trailtui.collect.parsing import Parsing
from trailtui.collect.running import CollectResult, Progress, run_fetches
from trailtui.collect.s3_bucket import Bucket
from trailtui.collect.s3_days import DayFetcher
from trailtui.collect.s3_discovery import TreePlace, find_places, find_trees, lacking
from trailtui.collect.s3_known import settle_problems
from trailtui.collect.s3_layout import DAY_MS, KINDS, Address, Spot, Tree, days, find_spot
from trailtui.collect.scope import to_do
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, now_ms

SOURCE = "s3"
DOWNLOADS = 16
"""Objects that are downloaded at a time."""
LANES = 8
"""Days that are worked at at a time."""


@dataclass(frozen=True, slots=True)
class S3Wish:
    """What is wanted of a bucket; what is empty or None is not limited."""

    since_ms: int | None = None
    until_ms: int | None = None
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    requester_pays: bool = False


@dataclass(frozen=True, slots=True)
class S3Plan:
    """What is going to be fetched, and from where. `plan_s3` makes it."""

    units: tuple[Unit, ...]
    buckets: Mapping[str, Bucket]
    kinds: Mapping[tuple[Tree, str, str], tuple[str, ...]]
    """The kinds of files that each account and Region of a tree has."""
    lacking: tuple[str, ...] = ()
    """What was wanted by name and is not there, in words."""
    addresses: tuple[str, ...] = ()

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

    def address(self, bucket: Bucket, address: Address) -> None:
        """Plan what lies at one address."""
        spot = find_spot(address.key)
        if spot.rest or (spot.root is None and _is_object(bucket, address.key)):
            self._names(bucket, address, spot)
            return
        trees = find_trees(bucket.folders, bucket.name, address.key)
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

    def _names(self, bucket: Bucket, address: Address, spot: Spot) -> None:
        """A single object, or those whose names begin alike."""
        if not next(bucket.objects(address.key)):
            raise InputError("there is no such object or folder", where=str(address))
        question = {"bucket": bucket.name, "key": address.key, "filter": f"only {address}"}
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
        late = None if until is None else until + DAY_MS
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


def _is_object(bucket: Bucket, key: str) -> bool:
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

    Raises InputError where nothing is there, and a CallError where the bucket can't be listed.
    """
    planning = _Planning(wish, now_ms() if present_ms is None else present_ms)
    buckets: dict[str, Bucket] = {}
    named = list(addresses)
    for address in named:
        bucket = buckets.setdefault(
            address.bucket, Bucket(session, address.bucket, requester_pays=wish.requester_pays)
        )
        planning.address(bucket, address)
    units = sorted(planning.units.values(), key=lambda unit: -unit.since_ms)
    missing = tuple(lacking(planning.found, wish.accounts, wish.regions))
    if not units:
        raise InputError(
            "; ".join(missing) or "there are no files of any account in it",
            where=", ".join(map(str, named)),
        )
    return S3Plan(
        tuple(units),
        buckets,
        planning.kinds,
        missing,
        tuple(map(str, named)),
    )


def collect_s3(
    case: Case,
    plan: S3Plan,
    *,
    again: bool = False,
    downloads: int = DOWNLOADS,
    progress: Progress = lambda _: True,
) -> CollectResult:
    """Fetch what was planned and is not in the case yet.

    Days that are whole and over are not even listed, unless `again`. What can't be had of an object
    is kept as a problem; what can't be had of a day is its state in the case.
    """
    fetches = to_do(plan_fetches(case, plan.units), again=again)
    with ThreadPoolExecutor(downloads) as threads, Parsing(str(case.path)) as parsing:
        fetcher = DayFetcher(case, plan.buckets, plan.prefixes, threads)
        told = 0

        def hear(result: CollectResult) -> bool:
            nonlocal told
            told += fetcher.notes.keep(case)
            return progress(result)

        result = run_fetches(
            case,
            SOURCE,
            fetches,
            fetcher,
            asked=_asked(plan, again=again),
            lane_of=unit_key,
            lanes=LANES,
            progress=hear,
            read=parsing.read,
        )
        told += fetcher.notes.keep(case)
    for bucket in plan.buckets.values():
        told += settle_problems(case, bucket.origin(""))
    result.problems += told
    return result


def _asked(plan: S3Plan, *, again: bool) -> dict[str, object]:
    """For the action log."""
    times = [unit.since_ms for unit in plan.units], [unit.until_ms for unit in plan.units]
    return {
        "addresses": list(plan.addresses),
        "from": format_utc(min(times[0])),
        "to": format_utc(max(times[1])),
        "accounts": sorted({unit.account for unit in plan.units}),
        "regions": sorted({unit.region for unit in plan.units}),
        "units": len(plan.units),
        "again": again,
        "not_there": list(plan.lacking),
    }
