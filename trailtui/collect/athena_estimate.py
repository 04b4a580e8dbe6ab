"""What a query would make Athena read: the sizes of the objects under its partitions' prefixes."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from trailtui.aws.errors import CallError
from trailtui.aws.session import AwsSession
from trailtui.case.fetches import Fetch
from trailtui.collect.athena import SOURCE
from trailtui.collect.athena_partitions import Keys, days_of
from trailtui.collect.athena_table import Table
from trailtui.collect.engines import LANES
from trailtui.collect.estimate import Estimate
from trailtui.collect.prices import ATHENA, PRICES_OF
from trailtui.collect.scope import Place
from trailtui.collect.together import grouped

MOST_LISTED = 200
"""Prefixes that are listed at most; of more, so many spread evenly stand for all."""
_PAGES = 20
"""Listing requests for one prefix at most (a thousand objects each)."""
_QUERY_SECONDS = 10.0
"""About what a query takes."""


def estimate(
    wanted: Sequence[Fetch], table: Table, keys: Keys, session: AwsSession
) -> tuple[Estimate, bool]:
    """Bytes and dollars from listing the partitions' prefixes in S3 (ListObjectsV2).

    The second value says whether they could be listed.
    """
    groups = grouped(wanted)
    prefixes: Counter[str] = Counter()
    for group in groups:
        unit = group.carrier.unit
        for day in days_of((unit.since_ms, unit.until_ms)):
            for place in group.places:
                prefixes[prefix_of(table, keys, place, day)] += 1
    says = [
        f"{len(groups)} queries, {LANES} side by side, about {_QUERY_SECONDS:.0f} s each",
        f"prices of {PRICES_OF}: {ATHENA.dollars} dollars per {ATHENA.per}",
    ]
    size, known = listed(prefixes, session, says) if prefixes else (0, True)
    dollars = max(ATHENA.of(size), len(groups) * ATHENA.of(0)) if groups else 0.0
    seconds = len(groups) * _QUERY_SECONDS / LANES
    made = Estimate(SOURCE.name, len(groups) * 5, seconds, size, dollars, tuple(says))
    return made, known


def prefix_of(table: Table, keys: Keys, place: Place, day: date) -> str:
    """The S3 URI under which a partition's files lie; the table's whole where nobody says."""
    location = table.location
    if "${" not in location:
        return location
    values = {keys.account: place.account, keys.region: place.region}
    if keys.day and keys.day_format:
        values[keys.day] = day.strftime(keys.day_format)
    if keys.parts:
        values |= dict(zip(keys.parts, day.strftime("%Y %m %d").split(), strict=True))
    for key, value in values.items():
        location = location.replace(f"${{{key}}}", value)
    return location.partition("${")[0]


def listed(prefixes: Counter[str], session: AwsSession, says: list[str]) -> tuple[int, bool]:
    """Bytes under all prefixes, each as often as it is read; whether they could be listed."""
    names = list(prefixes)
    step = -(-len(names) // MOST_LISTED)
    sample = names[::step]
    total = 0
    try:
        for name in sample:
            size, whole = _size_under(session, name)
            total += size * prefixes[name]
            if not whole:
                says.append(f"{name} holds more objects than were counted: it is more than this")
    except CallError as error:
        says.append(f"the log files could not be listed, so bytes and dollars are unknown: {error}")
        return 0, False
    if step > 1:
        says.append(f"reckoned from {len(sample):,} of {len(names):,} partitions, spread evenly")
        total = total * len(names) // len(sample)
    return total, True


def _size_under(session: AwsSession, uri: str) -> tuple[int, bool]:
    """Bytes of the objects under an S3 URI, and whether all were counted."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    under = f"{prefix.rstrip('/')}/" if prefix else ""
    total = 0
    more: dict[str, object] = {}
    for _page in range(_PAGES):
        values = session.read("s3", "ListObjectsV2", Bucket=bucket, Prefix=under, **more).values
        total += sum(int(one["Size"]) for one in values.get("Contents", []))
        if not values.get("IsTruncated"):
            return total, True
        more = {"ContinuationToken": values["NextContinuationToken"]}
    return total, False
