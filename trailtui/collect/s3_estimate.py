"""What collecting from a bucket will cost: its days are listed, all or evenly spread ones."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

from trailtui.case.fetches import Fetch, Unit, all_fetches
from trailtui.case.file import Case
from trailtui.collect.estimate import BYTES_PER_SECOND, Estimate
from trailtui.collect.prices import PRICES_OF, S3_GET, S3_LIST, S3_OUT
from trailtui.collect.s3_bucket import Bucket
from trailtui.collect.s3_known import is_known, known_objects
from trailtui.collect.s3_objects import Entry
from trailtui.collect.s3_plan import SOURCE, S3Plan, unit_key
from trailtui.collect.scope import to_do

OBJECTS_PER_SECOND = 150
"""What sixteen downloads at a time bring, each taking a tenth of a second."""
LISTS_PER_SECOND = 40
MOST_DAYS = 400
"""More days of an account and Region are not listed for an estimate."""
_THREADS = 8
_MOST_PAGES = 100
"""Of one folder, a hundred thousand objects; what is beyond is not counted, and nobody has it."""


@dataclass(frozen=True, slots=True)
class _Day:
    lists: int = 0
    objects: int = 0
    bytes: int = 0


def units_to_do(case: Case, plan: S3Plan, *, again: bool = False) -> list[Unit]:
    """The units of a plan that a run would ask for; nothing is planned in the case by that."""
    there = {unit_key(fetch.unit): fetch for fetch in all_fetches(case, sources=(SOURCE,))}
    known: list[Fetch] = [there[key] for unit in plan.units if (key := unit_key(unit)) in there]
    done = {fetch.id for fetch in known} - {fetch.id for fetch in to_do(known, again=again)}
    whole = {unit_key(fetch.unit) for fetch in known if fetch.id in done}
    return [unit for unit in plan.units if unit_key(unit) not in whole]


def estimate_s3(
    case: Case, plan: S3Plan, *, again: bool = False, most_days: int = MOST_DAYS
) -> Estimate:
    """Count what a run would list and download, known objects left out.

    Of more than `most_days` days only so many are listed, evenly spread, and `says` tells it.
    Raises a CallError where a listing is refused.
    """
    units = units_to_do(case, plan, again=again)
    sample = _spread(units, most_days)
    with ThreadPoolExecutor(_THREADS) as threads:
        pages = threads.map(partial(_pages, plan), sample)
        days = [
            _count(case, plan, unit, listed) for unit, listed in zip(sample, pages, strict=True)
        ]
    factor = len(units) / len(sample) if sample else 1.0
    lists, objects, size = (
        round(factor * sum(getattr(day, name) for day in days))
        for name in ("lists", "objects", "bytes")
    )
    seconds = max(objects / OBJECTS_PER_SECOND, size / BYTES_PER_SECOND) + lists / LISTS_PER_SECOND
    charged = any(isinstance(bucket, Bucket) for bucket in plan.buckets.values())
    dollars = S3_LIST.of(lists) + S3_GET.of(objects) + S3_OUT.of(size) if charged else 0.0
    return Estimate(
        SOURCE,
        lists + objects,
        seconds,
        size,
        dollars,
        tuple(_says(len(units), len(sample), charged=charged)),
    )


def _spread(units: Sequence[Unit], most: int) -> list[Unit]:
    if len(units) <= most:
        return list(units)
    return [units[number * len(units) // most] for number in range(most)]


def _pages(plan: S3Plan, unit: Unit) -> list[list[Entry]]:
    """The pages of a unit's listing, of a very long one the first."""
    bucket = plan.buckets[str(unit.question["bucket"])]
    return [
        page
        for prefix in plan.prefixes(unit)
        for page in islice(bucket.objects(prefix), _MOST_PAGES)
    ]


def _count(case: Case, plan: S3Plan, unit: Unit, pages: list[list[Entry]]) -> _Day:
    bucket = plan.buckets[str(unit.question["bucket"])]
    objects = size = 0
    for page in pages:
        known = known_objects(case, bucket, page)
        for entry in page:
            if not is_known(known, entry):
                objects += 1
                size += entry.size
    return _Day(len(pages), objects, size)


def _says(units: int, listed: int, *, charged: bool) -> list[str]:
    says = [
        f"{units:,} days of accounts and Regions",
        f"minutes at {OBJECTS_PER_SECOND} objects or {BYTES_PER_SECOND / 1e6:.0f} MB a second, "
        "whichever takes longer; it depends on the way to the bucket",
        f"list prices of {PRICES_OF}, transfer to outside AWS included: within the bucket's Region "
        "there is none; this estimate's own listing is not counted"
        if charged
        else "no bucket is asked: a local mirror costs nothing, URLs cost whoever gave them",
    ]
    if listed < units:
        says.append(f"reckoned from {listed:,} days, evenly spread over all {units:,}")
    return says
