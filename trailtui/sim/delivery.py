"""Log files as CloudTrail delivers them: gzip, by account and Region, in the S3 folder layout.

Source: CloudTrail User Guide, "CloudTrail log file examples: file name format" and "Finding your
CloudTrail log files": Insight, network activity and aggregated events have folders of their own.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from trailtui.sim.record_facts import INSIGHT, Record, as_delivered, category, event_time, owner
from trailtui.sim.record_facts import region as region_of

if TYPE_CHECKING:
    from trailtui.sim.world import World

_MINUTES = 5  # CloudTrail gathers about this long before it writes a file
_FOLDERS = {
    INSIGHT: "CloudTrail-Insight",
    "NetworkActivity": "CloudTrail-NetworkActivity",
    "Aggregated": "CloudTrail-Aggregated",
}
"""Where records of these categories are written; all others lie in CloudTrail."""
_ENDING = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, order=True)
class Destination:
    """What the records of one file have in common."""

    account: str
    region: str
    folder: str
    """CloudTrail, or one of _FOLDERS."""
    delivered: datetime

    def key(self, ending: str, prefix: str = "", organisation: str = "") -> str:
        """The file's place in a bucket.

        Args:
            ending: sixteen characters that make the name unique.
            prefix: the trail's, without slash at its end.
            organisation: its id, for a trail of one.
        """
        at = self.delivered.astimezone(UTC)
        name = f"{self.account}_{self.folder}_{self.region}_{at:%Y%m%dT%H%MZ}_{ending}.json.gz"
        folders = [prefix, "AWSLogs", organisation, self.account, self.folder, self.region]
        return "/".join([*filter(None, folders), f"{at:%Y/%m/%d}", name])


def delivery_time(record: Record) -> datetime:
    """When a record lies in a file at the earliest: at the end of its five minutes."""
    at = event_time(record)
    if at is None:
        raise ValueError("a record without a time is never delivered")
    at = at.astimezone(UTC).replace(microsecond=0)
    return at - timedelta(minutes=at.minute % _MINUTES, seconds=at.second) + timedelta(minutes=5)


def destination(record: Record, default_account: str, delivered: datetime) -> Destination:
    """Which file a record goes to."""
    folder = _FOLDERS.get(category(record), "CloudTrail")
    return Destination(owner(record, default_account), region_of(record), folder, delivered)


def by_file(
    chosen: Iterable[tuple[Destination, Record]],
) -> Iterator[tuple[Destination, list[Record]]]:
    """The records of each file; those of one file stay in their order."""
    ordered = sorted(chosen, key=lambda pair: pair[0])
    for place, group in groupby(ordered, key=lambda pair: pair[0]):
        yield place, [record for _, record in group]


def content(records: Iterable[Record]) -> bytes:
    """What a log file holds, before it is packed."""
    written = [as_delivered(record) for record in records]
    return json.dumps({"Records": written}, separators=(",", ":")).encode()


def pack(body: bytes) -> bytes:
    """The gzip file of a body, always the same for the same body."""
    return gzip.compress(body, mtime=0)


def new_ending(source: random.Random) -> str:
    """Sixteen characters from the seeded source."""
    return "".join(source.choices(_ENDING, k=16))


def write_log_files(world: World, records: list[Record], folder: Path) -> list[Path]:
    """Write records as log files under a folder.

    Args:
        world: for the account's number and the seeded names.
        records: to be written, in any order.
        folder: the bucket's root; made if it is not there, 0700.
    Returns:
        the files, 0600, in order of account, Region and time.
    """
    written: list[Path] = []
    placed = [(destination(one, world.account, delivery_time(one)), one) for one in records]
    for place, group in by_file(placed):
        path = folder / place.key(new_ending(world.random))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pack(content(group)))
        written.append(path)
    return written
