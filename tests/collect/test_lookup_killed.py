"""kill -9 in the middle of a look-up: what was stored is not asked for again, nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.sim.corpus import corpus
from tests.simulated import empty_account
from trailtui.case import journal
from trailtui.case.events import page
from trailtui.case.fetches import all_fetches
from trailtui.case.file import Case
from trailtui.sim.account import SimulatedAccount

_DRIVER = """
import sys
from pathlib import Path
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.lookup import LookupWish
from trailtui.collect.lookups import plan_lookups, run_lookups
from trailtui.collect.scope import Place, Scope

path, endpoint, account, since_ms, until_ms, *regions = sys.argv[1:]
base = AwsSession.open(endpoint_url=endpoint)
with Case.open(Path(path)) as case:
    places = tuple(Place(account, region) for region in regions)
    scope = Scope(places, int(since_ms), int(until_ms))
    lookups = plan_lookups(case, scope, [LookupWish()], present_ms=lambda: int(until_ms))
    sessions = lambda _, region: base.in_region(region)
    run_lookups(
        case, lookups, sessions, present_ms=lambda: int(until_ms), per_second=60,
    )
"""
REGIONS = ("us-east-1", "eu-west-1")
KILLS = 12


def _start(account: SimulatedAccount, case: Path, until: datetime) -> subprocess.Popen[bytes]:
    until_ms = int(until.timestamp() * 1000)
    since_ms = until_ms - 48 * 3_600_000
    words = [case, account.endpoint, account.number, since_ms, until_ms, *REGIONS]
    own = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": account.root.id,
        "AWS_SECRET_ACCESS_KEY": account.root.secret,
    }
    return subprocess.Popen([sys.executable, "-c", _DRIVER, *map(str, words)], env=own)


def _requests(account: SimulatedAccount) -> int:
    return len(account.calls.of("LookupEvents"))


def test_killed_at_random_moments_nothing_is_lost_doubled_or_fetched_again(tmp_path: Path) -> None:
    chance = random.Random(5)
    now = datetime.now(UTC)
    start = now - timedelta(hours=40)
    records = corpus(1500, start=start, hours=30, regions=REGIONS, data_share=0, insight_share=0.01)
    path = tmp_path / "killed.case"
    Case.create(path).close()
    kills = 0
    with empty_account(at=now) as account, account.unrecorded():
        account.adopt(records)
        while True:
            process = _start(account, path, now)
            wanted = _requests(account) + chance.randrange(1, 5)
            while kills < KILLS and process.poll() is None and _requests(account) < wanted:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.002)
            if kills < KILLS and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                kills += 1
            if process.wait(60) == 0:
                break
        assert kills == KILLS
        asked = _requests(account)
    with Case.open(path) as case:
        ids = sorted(row.event_id for row in page(case, limit=10_000).rows)
        assert ids == sorted(r["eventID"] for r in records)
        assert case.connection.execute("SELECT count(*) FROM sightings").fetchone()[0] == 0
        assert all(fetch.state.whole for fetch in all_fetches(case))
        assert journal.verify(case).ok
        stored = sum(fetch.requests for fetch in all_fetches(case))
    # each kill costs the answers that were on their way: one for each of the two Regions, at most
    # one more that waited to be stored
    assert stored <= asked <= stored + KILLS * 2 * len(REGIONS)
