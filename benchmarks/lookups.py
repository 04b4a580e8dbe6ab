"""How close `collect lookup` comes to the limit of LookupEvents, against the simulated account.

    python -m benchmarks.lookups [--events 10000]

The simulated account refuses what goes over two requests a second for an account and Region, as
AWS does. Two runs: all events in one Region, and the same number spread over four. It prints the
seconds, how much longer than the limit itself that is, and how many calls were throttled.
"""

import argparse
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.sim.corpus import corpus
from trailtui.aws.session import AwsSession
from trailtui.case.events import count
from trailtui.case.fetches import plan_fetches
from trailtui.case.file import Case
from trailtui.collect.lookup import PAGE, PER_SECOND, LookupEvents, LookupWish, units_of
from trailtui.collect.running import run_fetches
from trailtui.collect.scope import Place, Scope
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.clock import Clock

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1")


def measure(events: int, regions: tuple[str, ...], folder: Path) -> str:
    """One run; a line of what came out."""
    now = datetime.now(UTC)
    records = corpus(
        events, start=now - timedelta(hours=20), hours=18, regions=regions, data_share=0
    )
    now_ms = int(now.timestamp() * 1000)
    with (
        SimulatedAccount.start(clock=Clock(now, running=False), lookup_rate=PER_SECOND) as account,
        Case.create(folder / f"{len(regions)}.case") as case,
    ):
        account.adopt(records)
        os.environ["AWS_ACCESS_KEY_ID"] = account.root.id
        os.environ["AWS_SECRET_ACCESS_KEY"] = account.root.secret
        base = AwsSession.open(endpoint_url=account.endpoint)
        lookup = LookupEvents(lambda _, region: base.in_region(region))
        places = tuple(Place(account.number, region) for region in regions)
        scope = Scope(places, now_ms - 24 * 3_600_000, now_ms)
        fetches = plan_fetches(case, units_of(scope, LookupWish(insights=False), now_ms))
        started = time.monotonic()
        result = run_fetches(case, "lookup", fetches, lookup, asked={})
        seconds = time.monotonic() - started
        throttled = sum(call.error_code is not None for call in account.calls.of("LookupEvents"))
        missing = events - count(case)
    busiest = max(sum(r["awsRegion"] == region for r in records) for region in regions)
    limit = -(-busiest // PAGE) / PER_SECOND
    return (
        f"{events:,} events, {len(regions)} Regions (the busiest {busiest:,}): {seconds:.1f} s, "
        f"the limit itself {limit:.1f} s ({seconds / limit - 1:+.1%}); {result.requests} requests, "
        f"{throttled} throttled, {missing} events missing"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder:
        for regions in (REGIONS[:1], REGIONS):
            print(measure(events, regions, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
