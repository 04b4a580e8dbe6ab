"""Which days the log files from disk are of, as far as their names tell."""

import re
from datetime import UTC, datetime

from trailtui.case.covering import DAY_MS, Known, Place, Stretch, merged
from trailtui.case.file import Case

_NAMED_DAY = re.compile(
    r"(?:^|/)(\d{12})/CloudTrail/([a-z]{2}(?:-[a-z]+)+-\d)/(\d{4})/(\d\d)/(\d\d)/[^/]+$"
    r"|(?:^|/)(\d{12})_CloudTrail_([a-z]{2}(?:-[a-z]+)+-\d)_(\d{4})(\d\d)(\d\d)T\d{4}Z_[^/]*$"
)


def named_day(origin: str) -> tuple[str, str, int] | None:
    """Account, Region and day (its midnight in ms) of a trail's log file, by its path or name.

    Source: CloudTrail User Guide, "CloudTrail log file name format". None for other names.
    """
    found = _NAMED_DAY.search(origin)
    if found is None:
        return None
    groups = found.groups()
    account, region, year, month, day = groups[:5] if groups[0] else groups[5:]
    try:
        midnight = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return account, region, int(midnight.timestamp()) * 1000


def file_days(case: Case) -> dict[Place, tuple[Stretch, ...]]:
    """The days of which log files from disk are in the case, as far as their names tell.

    A file that could not be read at all counts for no day.
    """
    rows = case.connection.execute(
        "SELECT o.origin FROM evidence_origins o JOIN evidence e ON e.id = o.evidence "
        "WHERE e.fetch IS NULL AND e.kind = 'records' AND o.origin NOT LIKE 's3://%'"
    )
    days: dict[Place, set[int]] = {}
    known: set[str] = set()
    for (origin,) in rows:
        folder, slash, _ = origin.rpartition("/")
        if slash and folder in known:
            continue
        told = named_day(origin)
        if told is None:
            continue
        if origin.count("/CloudTrail/"):
            known.add(folder)  # all files of that folder are of the same day
        days.setdefault(told[:2], set()).add(told[2])
    says = "log files of that day are here; whether they are all, files can't tell"
    return {
        place: tuple(merged(Stretch(day, day + DAY_MS, Known.SILENT, says) for day in sorted(some)))
        for place, some in days.items()
    }
