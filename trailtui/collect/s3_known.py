"""What the case knows of a bucket's objects, and what is noted of those that can't be had."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trailtui.case.file import Case
from trailtui.case.loading import add_problems
from trailtui.case.unreadable import OVERWRITTEN
from trailtui.collect.s3_objects import Entry, Objects


@dataclass(slots=True)
class Known:
    """An object that the case has, in one version or several."""

    etags: set[str] = field(default_factory=set[str])
    records: int = 0


def known_objects(case: Case, bucket: Objects, page: Sequence[Entry]) -> dict[str, Known]:
    """By key, the objects of a page in key order whose bytes the case has, whatever their ETag."""
    if not page:
        return {}
    rows = case.connection.execute(
        "SELECT o.origin, o.told, e.records FROM evidence_origins o "
        "JOIN evidence e ON e.id = o.evidence WHERE o.origin BETWEEN ? AND ?",
        [bucket.origin(page[0].key), bucket.origin(page[-1].key)],
    )
    keys = {bucket.origin(entry.key): entry.key for entry in page}
    known: dict[str, Known] = {}
    for origin, told, records in rows:
        if origin not in keys:
            continue
        one = known.setdefault(keys[origin], Known())
        said = json.loads(told or "{}")
        one.etags.add(str(said.get("ETag") or said.get("file", "")))
        one.records = max(one.records, records)
    return known


def is_known(known: Mapping[str, Known], entry: Entry) -> bool:
    """Whether the case has an object as it was listed."""
    return entry.key in known and (entry.etag is None or entry.etag in known[entry.key].etags)


class Notes:
    """Objects that could not be had, told by the threads that asked for them."""

    def __init__(self) -> None:
        self._failures: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def add(self, failures: Sequence[tuple[str, str]]) -> None:
        """Tell of objects by their address, and why each could not be had."""
        with self._lock:
            self._failures += failures

    def keep(self, case: Case) -> int:
        """Write what was told since the last time into the case's problems; gives how many."""
        with self._lock:
            taken, self._failures = self._failures, []
        if taken:
            with case.writing():
                for origin, reason in taken:
                    add_problems(case, origin, None, [(None, None, reason)])
        return len(taken)


def settle_problems(case: Case, origins: str) -> int:
    """After a collect: forget complaints about objects that came since, tell of overwritten ones.

    `origins` is what the addresses in question begin with. An object that was met with two
    contents was overwritten after the first collect; a trail never does that to its files. Gives
    how many there are.
    """
    within = [origins, f"{origins}\U0010ffff"]
    with case.writing() as connection:
        connection.execute(
            "DELETE FROM problems WHERE evidence IS NULL AND offset IS NULL "
            "AND origin BETWEEN ? AND ? AND EXISTS (SELECT 1 FROM evidence_origins o "
            "WHERE o.origin = problems.origin AND o.seen_ms >= problems.at_ms)",
            within,
        )
        rows = connection.execute(
            "SELECT origin, min(evidence), max(evidence) FROM evidence_origins "
            "WHERE origin BETWEEN ? AND ? GROUP BY origin HAVING count(*) > 1",
            within,
        ).fetchall()
        for origin, first, last in rows:
            reason = (
                f"{OVERWRITTEN}: it was met with one content (evidence {first}) and "
                f"later with another (evidence {last}); a trail never changes a file it delivered"
            )
            add_problems(case, origin, last, [(None, None, reason)])
    return len(rows)
