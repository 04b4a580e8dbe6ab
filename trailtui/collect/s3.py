"""A trail's bucket as a source: what was planned is listed and downloaded, whole files as they are.

The same way serves whatever holds such a bucket's objects: a local mirror, presigned URLs.
"""

from concurrent.futures import ThreadPoolExecutor

from trailtui.aws.errors import AccessDenied
from trailtui.case.fetches import State, Unit, plan_fetches
from trailtui.case.file import Case
from trailtui.case.loading import add_problems
from trailtui.collect.parsing import Parsing
from trailtui.collect.running import CollectResult, Progress, run_fetches
from trailtui.collect.s3_days import DayFetcher
from trailtui.collect.s3_known import settle_problems
from trailtui.collect.s3_plan import SOURCE, S3Plan, unit_key
from trailtui.collect.scope import to_do
from trailtui.model.times import format_utc

DOWNLOADS = 16
"""Objects that are downloaded at a time."""
LANES = 8
"""Days that are worked at at a time."""


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
    _refuse(case, plan, result)
    for bucket in plan.buckets.values():
        told += settle_problems(case, bucket.origins)
    result.problems += told
    return result


def _refuse(case: Case, plan: S3Plan, result: CollectResult) -> None:
    """Keep what could not even be planned; which accounts and Regions it holds is not known."""
    with case.writing() as connection:
        for address in plan.addresses:  # those that could be planned this time
            connection.execute(
                "DELETE FROM problems WHERE origin = ? AND evidence IS NULL", [address]
            )
        for address, error in plan.refused:
            state = State.DENIED if isinstance(error, AccessDenied) else State.FAILED
            unit = Unit(SOURCE, "", "", 0, 0, {"address": address})
            result.refusals.append((unit, state, f"{address}: {error}"))
            add_problems(case, address, None, [(None, None, str(error))])


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
