"""Write a trail: gzip files of CloudTrail records in the layout that S3 has them in.

    python -m benchmarks.generate --events 300000 --out DIR

Event and request ids are random, as real ones are, so the files pack about as well as real ones.
The same events and seed give the same bytes, on however many processes.
"""

import argparse
import gzip
import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import msgspec

from benchmarks.catalogue import Event, choose_error, choose_events
from benchmarks.world import (
    ACCOUNT,
    FIRST_SECOND,
    REGIONS,
    Caller,
    Json,
    World,
    build_world,
    hexadecimal,
    letters,
    seeded,
    uuid,
)

SEED = 20260302
_SLOT_SECONDS = 300
_EVENTS_PER_SLOT = 2_000
_LARGEST_FILE = 700
_ERROR_SHARE = 0.06
_WITHOUT_TLS = frozenset({"kms", "logs", "ssm", "signin"})
_FILE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Share:
    """What goes into one file."""

    slot: int
    part: int
    region: str
    events: int


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    files: int
    events: int
    json_bytes: int
    packed_bytes: int
    seconds: float


def generate(out: Path, events: int, *, seed: int = SEED, processes: int = 2) -> Written:
    """Write `events` records under `out`; folders are made as needed."""
    started = time.monotonic()
    shares = list(_shares(events, seed))
    work = [(str(out), seed, share) for share in shares]
    if processes > 1:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            sizes = list(pool.map(_write_file, work, chunksize=8))
    else:
        sizes = [_write_file(item) for item in work]
    return Written(
        len(shares),
        sum(share.events for share in shares),
        sum(size for size, _ in sizes),
        sum(packed for _, packed in sizes),
        time.monotonic() - started,
    )


def _shares(events: int, seed: int) -> Iterator[Share]:
    """Files of a few hundred events: by five minutes, by Region, in parts where there are many."""
    left = events
    slot = 0
    while left:
        rng = seeded(seed, "slot", slot)
        for region, share in REGIONS:
            wanted = min(left, max(1, round(_EVENTS_PER_SLOT * share * rng.uniform(0.7, 1.3))))
            parts = -(-wanted // _LARGEST_FILE)
            for part in range(parts):
                count = wanted // parts + (part < wanted % parts)
                if count:
                    yield Share(slot, part, region, count)
            left -= wanted
        slot += 1


@lru_cache(maxsize=1)
def _world(seed: int) -> World:
    return build_world(seed)


def _write_file(item: tuple[str, int, Share]) -> tuple[int, int]:
    """Write one file; gives its size before and after packing."""
    out, seed, share = item
    rng = seeded(seed, share.slot, share.part, share.region)
    content = msgspec.json.encode({"Records": _records(rng, _world(seed), share)})
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    path = Path(out) / _key(rng, share)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    return len(content), len(packed)


def _key(rng: random.Random, share: Share) -> str:
    delivered = datetime.fromtimestamp(FIRST_SECOND + (share.slot + 1) * _SLOT_SECONDS, UTC)
    name = f"{ACCOUNT}_CloudTrail_{share.region}_{delivered:%Y%m%dT%H%MZ}"
    return (
        f"AWSLogs/{ACCOUNT}/CloudTrail/{share.region}/{delivered:%Y/%m/%d}/"
        f"{name}_{letters(rng, _FILE_LETTERS, 16)}.json.gz"
    )


def _records(rng: random.Random, world: World, share: Share) -> list[Json]:
    start = FIRST_SECOND + share.slot * _SLOT_SECONDS
    seconds = sorted(start + int(rng.random() * _SLOT_SECONDS) for _ in range(share.events))
    events = choose_events(rng, share.events)
    return [
        make_record(rng, world, share.region, event, second)
        for event, second in zip(events, seconds, strict=True)
    ]


def make_record(rng: random.Random, world: World, region: str, event: Event, second: int) -> Json:
    """The record of one call at a second since 1970."""
    caller = _caller(rng, world, event, second)
    call = event.making(rng, world, region)
    source = f"{event.source}.amazonaws.com"
    record: Json = {
        "eventVersion": "1.11",
        "userIdentity": caller.identity,
        "eventTime": datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": event.name,
        "awsRegion": region,
        "sourceIPAddress": caller.address,
        "userAgent": caller.agent.format(api=event.source),
    }
    failed = rng.random() < _ERROR_SHARE
    if failed:
        record["errorCode"], record["errorMessage"] = choose_error(rng, event, caller)
    record["requestParameters"] = call.parameters
    record["responseElements"] = None if failed else call.answer
    if call.additional:
        record["additionalEventData"] = call.additional
    record["requestID"] = hexadecimal(rng, 16).upper() if event.source == "s3" else uuid(rng)
    record["eventID"] = uuid(rng)
    record["readOnly"] = event.read_only
    if call.resources:
        record["resources"] = call.resources
    record["eventType"] = "AwsConsoleSignIn" if event.name == "ConsoleLogin" else "AwsApiCall"
    record["managementEvent"] = not event.data
    record["recipientAccountId"] = ACCOUNT
    if event.source == "kms" or caller.by_service:
        record["sharedEventID"] = uuid(rng)
    record["eventCategory"] = "Data" if event.data else "Management"
    if "invokedBy" not in caller.identity and event.source not in _WITHOUT_TLS:
        record["tlsDetails"] = {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{event.source}.{region}.amazonaws.com",
        }
    return record


def _caller(rng: random.Random, world: World, event: Event, second: int) -> Caller:
    """Users for a third, AWS itself for a fifth, sessions of roles for the rest."""
    kind = rng.random()
    if event.name == "ConsoleLogin" or kind < 0.38:
        return world.users[min(rng.randrange(36), rng.randrange(36))]
    if kind < 0.62 or (event.name == "AssumeRole" and kind < 0.7):
        return rng.choice(world.services)
    sessions = world.sessions((second - FIRST_SECOND) // 3600)
    return sessions[int(rng.random() ** 1.5 * len(sessions))]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    written = generate(given.out, given.events, seed=given.seed, processes=given.processes)
    print(
        f"{written.events:,} events in {written.files:,} files: "
        f"{written.json_bytes / 1e6:.1f} MB of JSON ({written.json_bytes / written.events:.0f} "
        f"bytes each), {written.packed_bytes / 1e6:.1f} MB packed "
        f"({written.packed_bytes / written.events:.0f} each), {written.seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
