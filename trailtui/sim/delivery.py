"""Log files as CloudTrail delivers them: gzip, by Region, in the S3 folder layout.

Source: CloudTrail User Guide, "CloudTrail log file examples: file name format".
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.world import World

_MINUTES = 5  # CloudTrail gathers about this long before it writes a file


def _window(record: dict[str, Dynamic]) -> datetime:
    at = datetime.fromisoformat(record["eventTime"])
    return at - timedelta(minutes=at.minute % _MINUTES, seconds=at.second)


def _place(record: dict[str, Dynamic]) -> tuple[str, datetime]:
    return record["awsRegion"], _window(record)


def write_log_files(world: World, records: list[dict[str, Dynamic]], folder: Path) -> list[Path]:
    """Write records as log files under a folder.

    Args:
        world: for the account's number and the seeded names.
        records: to be written, in any order.
        folder: the bucket's root; made if it is not there, 0700.
    Returns:
        the files, 0600, in order of Region and time.
    """
    written: list[Path] = []
    for (region, start), group in groupby(sorted(records, key=_place), key=_place):
        delivered = start + timedelta(minutes=_MINUTES)
        ending = "".join(
            world.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk0123456789", k=16)
        )
        name = f"{world.account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}_{ending}.json.gz"
        place = folder / "AWSLogs" / world.account / "CloudTrail" / region / f"{delivered:%Y/%m/%d}"
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        body = json.dumps({"Records": list(group)}, separators=(",", ":")).encode()
        path = place / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(gzip.compress(body, mtime=0))
        written.append(path)
    return written
